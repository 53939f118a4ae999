"""Command line: `easel COMMAND` where it is installed, `python -m bot COMMAND` in the source."""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import __version__
from bot.errors import DatabaseBusyError, SessionStartsError, SettingsError
from bot.log import set_up
from bot.settings import Settings, env_file, example_file, load_settings, near_name, unknown_names

WRONG_SETTINGS = 2
HEALTH_HELP = """Ask the running bot whether it lives; exit code 0 or 1. WEB_PORT or METRICS_PORT must be set.

A restart mends no outage of Discord's or of the database's, and costs one of the day's sessions with Discord: whoever
restarts what is not well must not ask for more than this.
"""

# Each command's help is an argument: where Python drops docstrings to save memory, `easel --help` has it all the same.
app = typer.Typer(add_completion=False, no_args_is_help=True, help="Easel, the Discord bot with its own studio.")


def _tell_version(is_asked: bool) -> None:  # noqa: FBT001 - as typer hands it over
    if is_asked:
        from bot.storage.revisions import known  # noqa: PLC0415 - whoever asks for something else needs no database

        typer.echo(f"Easel {__version__}, tables {known()[0]}")
        raise typer.Exit


@app.callback()
def _easel(
    version: Annotated[  # noqa: FBT002 - told before
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Easel, the Discord bot with its own studio."""


@app.command("run", help="Run the bot until it is told to stop.")
def _run(
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds for which another Easel on the same database file may still go on.")
    ] = 0.0,
) -> None:
    settings = _settings()
    gc.disable()  # until everything is loaded: it would find next to nothing, and take a fifth of the start
    from bot.app import run_in_turn  # noqa: PLC0415 - a missing setting is told before anything heavy is loaded

    set_up(settings.log.level, settings.log.format, settings.secrets(), settings.log.levels)
    for name in unknown_names(env_file()):
        meant = near_name(name)
        hint = f"did you mean {meant}?" if meant else "please check its spelling."
        typer.echo(f"Easel does not know the setting {name}; {hint}", err=True)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run_in_turn(settings, wait))
    except* (SettingsError, DatabaseBusyError, SessionStartsError) as group:
        _stop(str(group.exceptions[0]))


@app.command("doctor", help="Check the configuration against Discord, the relay and the database: a sentence each.")
def _doctor(
    as_json: Annotated[  # noqa: FBT002 - as typer wants it
        bool, typer.Option("--json", help="For programs: every check with its figures.")
    ] = False,
) -> None:
    settings = _settings()
    from bot.doctor.examination import examine  # noqa: PLC0415 - as above

    set_up("ERROR", settings.log.format, settings.secrets())
    sys.exit(0 if asyncio.run(examine(settings, as_json=as_json)) else 1)


@app.command("health", help=HEALTH_HELP)
def _health(
    ready: Annotated[  # noqa: FBT002 - as typer wants it
        bool, typer.Option("--ready", help="Whether it can serve now: Discord, the database, not stopping.")
    ] = False,
) -> None:
    from bot.health import ask  # noqa: PLC0415 - as above

    try:
        is_well, sentence = ask(load_settings(), ready=ready)
    except SettingsError as exc:
        is_well, sentence = False, str(exc)
    typer.echo(sentence, err=not is_well)
    sys.exit(0 if is_well else 1)


@app.command(
    "backup", help="Write all that the bot keeps into one file, also while it runs: database, pictures, secret key."
)
def _backup(
    to: Annotated[Path | None, typer.Option(help="Folder to write it to; DATA_DIR/backups if none is named.")] = None,
) -> None:
    from bot.operation.backup import back_up  # noqa: PLC0415 - as above

    _do(lambda settings: back_up(settings, to))


@app.command(
    "restore",
    help="Put a backup back where there is nothing yet; what was open in it is looked up, and not paid again.",
)
def _restore(file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")]) -> None:
    from bot.operation.backup import restore as put_back  # noqa: PLC0415 - as above

    _do(lambda settings: put_back(settings, file))


_First = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day (UTC), such as 2026-11-01.")]
_Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day (UTC).")]
_AsCsv = Annotated[bool, typer.Option("--csv", help="As CSV, for programs; of any length.")]


@app.command(
    "usage", help="Tell what was spent: each line of the ledger with --csv, or sums. The bot may run meanwhile."
)
def _usage(
    first: _First = None,
    last: _Last = None,
    by: Annotated[
        str | None,
        typer.Option(help="Sum up by member, role, channel, server, engine, operation, mode or day."),
    ] = None,
    as_csv: _AsCsv = False,  # noqa: FBT002 - as typer wants it
) -> None:
    from bot.operation.books import write_usage  # noqa: PLC0415 - as above

    _do(lambda settings: write_usage(settings, sys.stdout, first=first, last=last, by=by, as_csv=as_csv))


@app.command(
    "audit",
    help="Tell what moderators and owners did, each act with how it was before and after. The bot may run meanwhile.",
)
def _audit(
    first: _First = None,
    last: _Last = None,
    as_csv: _AsCsv = False,  # noqa: FBT002 - as typer wants it
) -> None:
    from bot.operation.books import write_audit  # noqa: PLC0415 - as above

    _do(lambda settings: write_audit(settings, sys.stdout, first=first, last=last, as_csv=as_csv))


@app.command(
    "move", help="Copy the whole SQLite database, which no bot may have open, into a PostgreSQL one, and compare them."
)
def _move(
    to: Annotated[str, typer.Option(help="The address of an empty database of a PostgreSQL server.", metavar="URL")],
) -> None:
    from bot.operation.moving import move as move_all  # noqa: PLC0415 - as above

    _do(lambda settings: move_all(settings, to))


@app.command(
    "erase", help="Erase all that is kept of a member, also while the bot runs: jobs, pictures, settings, drafts."
)
def _erase(
    user: Annotated[str, typer.Argument(help="The id of a Discord user, a number.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase it; without, what would go is only told.")] = False,
) -> None:
    from bot.operation.member_erasure import erase_member  # noqa: PLC0415 - as above

    _do(lambda settings: erase_member(settings, user, is_sure=yes))


@app.command(
    "privacy-text", help="Write a privacy policy to begin with, as the settings are; Discord wants one of every bot."
)
def _privacy_text(
    locale: Annotated[str, typer.Option(help="Language of the text, as Discord names it: en-US, zh-CN.")] = "en-US",
) -> None:
    settings = _settings()
    from bot.operation.privacy_policy import privacy_policy  # noqa: PLC0415 - as above

    typer.echo(privacy_policy(settings, locale))


@app.command(
    "env-example",
    help="Show a settings file with every setting and its default, to begin with: easel env-example > .env.",
)
def _env_example() -> None:
    typer.echo(example_file(), nl=False)


def _do(work: Callable[[Settings], Coroutine[None, None, str]]) -> None:
    """Do something for the owner, and say in a sentence what came of it."""
    settings = _settings()
    set_up("ERROR", settings.log.format, settings.secrets())
    try:
        if sentence := asyncio.run(work(settings)):
            typer.echo(sentence)
    except (SettingsError, DatabaseBusyError) as exc:
        _stop(str(exc))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as exc:
        _stop(str(exc))


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(WRONG_SETTINGS)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not everywhere
    except ImportError:
        return None
    return uvloop.Loop


if __name__ == "__main__":
    app()
