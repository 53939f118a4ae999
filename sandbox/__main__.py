"""`python -m sandbox`: the loopback services, the bot, and the address of the page."""

import asyncio
import errno
import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.errors import SettingsError
from sandbox.app import Sandbox
from sandbox.bot_process import BotStartError
from sandbox.bots import Crew
from sandbox.own_settings import check_database, read_settings
from sandbox.relay.profiles import PROFILES, UNIAPI
from sandbox.servers import NoServerError

Processes = Annotated[
    int, typer.Option(min=1, max=16, help="How many bots share one database, on PostgreSQL.", metavar="N")
]
Shards = Annotated[int, typer.Option(min=1, max=64, help="How many shards Discord tells the bot to have.", metavar="N")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="A PostgreSQL database for the bots; several have one of their own without it.", metavar="URL"),
]
OwnSettings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting for the bot; may be given several times."),
]


def main(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")] = 8800,
    relay_url: Annotated[str | None, typer.Option(help="A relay of your own instead of the loopback one.")] = None,
    relay_key: Annotated[str | None, typer.Option(help="The key of that relay.")] = None,
    relay_profile: Annotated[
        str, typer.Option(help=f"The family of relays to play: {', '.join(PROFILES)}.", metavar="NAME")
    ] = UNIAPI.name,
    no_bot: Annotated[bool, typer.Option("--no-bot", help="Start no bot; print its environment.")] = False,  # noqa: FBT002
    speed: Annotated[float, typer.Option(min=0.01, help="How many times faster than life.")] = 1.0,
    data: Annotated[Path | None, typer.Option(help="Folder to keep; otherwise a temporary one.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of ids and pictures.")] = 0,
    processes: Processes = 1,
    shards: Shards = 1,
    database_url: DatabaseUrl = None,
    set_: OwnSettings = None,
) -> None:
    """Try Easel on this machine: no Discord account, no relay key, no network."""
    check_together(relay_url, relay_key, no_bot=no_bot, processes=processes)
    if relay_profile not in PROFILES:
        raise typer.BadParameter(f"There is no relay profile {relay_profile}; there are {', '.join(PROFILES)}.")
    try:
        settings = read_settings(set_ or [])
        check_database(database_url)
    except SettingsError as error:
        fail(str(error))
    sandbox = Sandbox(
        port=port,
        relay_url=relay_url,
        relay_key=relay_key,
        with_bot=not no_bot,
        speed=speed,
        data=data,
        seed=seed,
        relay_profile=PROFILES[relay_profile],
        env=settings,
        crew=Crew(processes, shards, database_url),
    )
    run_or_fail(sandbox, with_bot=not no_bot, port=port)


def check_together(relay_url: str | None, relay_key: str | None, *, no_bot: bool, processes: int) -> None:
    """Refuse options that need each other, or rule each other out."""
    if (relay_url is None) != (relay_key is None):
        raise typer.BadParameter("--relay-url and --relay-key go together.")
    if no_bot and processes > 1:
        raise typer.BadParameter("--no-bot and --processes do not go together.")


def fail(sentence: str) -> NoReturn:
    """End with one sentence and exit code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def run_or_fail(sandbox: Sandbox, *, with_bot: bool, port: int) -> None:
    """Run the sandbox; what a person can mend is told in one sentence."""
    try:
        asyncio.run(run(sandbox, with_bot=with_bot))
    except BotStartError as error:
        fail(str(error))
    except NoServerError as error:
        fail(f"Several processes need PostgreSQL: {error}. Name a database with --database-url.")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        fail(f"Port {port} is in use; choose another with --port.")


async def run(sandbox: Sandbox, *, with_bot: bool) -> None:
    """Run the sandbox until Ctrl-C or SIGTERM, then stop everything in order."""
    life = asyncio.create_task(live(sandbox, with_bot=with_bot), name="sandbox")
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():  # a second Ctrl-C must not cut the orderly stop short
            stopping.set()
            life.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await life
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


async def live(sandbox: Sandbox, *, with_bot: bool) -> None:
    """Start everything, say where it is, and stay."""
    typer.echo("Starting the sandbox...")
    async with sandbox:
        if with_bot:
            await sandbox.wait_ready()
        typer.echo(sandbox.url)
        if not with_bot:
            for name, value in sandbox.bot_environment().items():
                typer.echo(f"{name}={value}")
        await asyncio.Event().wait()


if __name__ == "__main__":
    typer.run(main)
