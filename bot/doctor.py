"""`python -m bot doctor`: what works and what does not, in a sentence each."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import discord
from rich.console import Console
from rich.markup import escape

from bot.client import point_at
from bot.clock import Clock
from bot.errors import (
    DatabaseBusyError,
    RefusalKind,
    RelayError,
    RelayNotReachedError,
    RelayRefusedError,
    SettingsError,
)
from bot.jobs import policy
from bot.log import plain
from bot.pictures.places import look_at_bucket
from bot.private_files import others_may_read
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from bot.relay.registry import known, relay_access
from bot.settings import Settings, env_file, kept_secrets, near_name, unknown_names
from bot.storage.inspection import is_file, survey
from bot.ui.flows.entry_points import top_level_names


class Finding(Exception):  # noqa: N818 - what a check found wrong, in a sentence, not a fault of the program
    """A check did not hold."""


class Note(Exception):  # noqa: N818 - as above
    """A check found something to know that is no fault, such as what the first start will do."""


Check = Callable[[Settings], Awaitable[str]]


async def examine(settings: Settings) -> bool:
    """Make every check and print its sentence; True when nothing is wrong. Nothing is written anywhere."""
    console = Console(highlight=False, soft_wrap=True)
    checks: tuple[Check, ...] = (_settings, _env_file, _secret_files, _database, _bucket, _relay, _discord, _web)
    all_hold = True
    for check in checks:
        try:
            mark, sentence = "[green]ok[/]   ", await check(settings)
        except Note as note:
            mark, sentence = "[yellow]note[/] ", str(note)
        except Finding as finding:
            all_hold = False
            mark, sentence = "[red]wrong[/]", str(finding)
        if sentence:
            console.print(f"{mark} {escape(plain(sentence))}")  # a relay's words may stand in it
    return all_hold


async def _settings(settings: Settings) -> str:
    unknown = unknown_names(env_file())
    if unknown:
        guesses = [f"{name} (did you mean {meant}?)" if (meant := near_name(name)) else name for name in unknown]
        raise Finding(f"The settings file has names that Easel does not know: {', '.join(guesses)}.")
    try:
        known(settings)
    except SettingsError as exc:
        raise Finding(str(exc)) from exc
    return "The settings are complete."


async def _env_file(_settings: Settings) -> str:
    path = env_file()
    if path is None or not path.is_file() or os.name != "posix":
        return ""
    if others_may_read(path):
        raise Note(f"{path} holds your keys, and other accounts of this machine may read it: chmod 600 {path}")
    return f"{path} can be read by its owner alone."


async def _secret_files(_settings: Settings) -> str:
    files = kept_secrets()
    opened = [f"{file.path}" for file in files if os.name == "posix" and others_may_read(file.path)]
    if opened:
        raise Note(f"Other accounts of this machine may read secrets of yours: chmod 600 {' '.join(opened)}")
    return f"{len(files)} secrets stand in files that others cannot read." if files else ""


async def _database(settings: Settings) -> str:
    try:
        found = await survey(settings.storage.database)
    except DatabaseBusyError:
        return "The database is in use by a running Easel."
    except SettingsError as exc:
        raise Finding(str(exc)) from exc
    except Exception as exc:
        raise Finding(f"The database cannot be read: {exc}") from exc
    if found is None:
        _can_be_made(settings.storage.data_dir)
        if not is_file(settings.storage.database):
            raise Note("The database is empty; the first start makes its tables.")
        raise Note(f"There is no database yet; the first start makes it in {settings.storage.data_dir}.")
    if found.is_newer:
        raise Finding("The database was made by a newer Easel; update this one.")
    if not found.is_current:
        copying = "; it keeps a copy of this one" if is_file(settings.storage.database) else ""
        raise Note(f"The database is of an older version; the next start brings it up to date{copying}.")
    return f"The database is up to date; {found.unfinished} unfinished jobs."


async def _bucket(settings: Settings) -> str:
    if not settings.bucket.url:
        return ""
    try:
        await look_at_bucket(settings.bucket, Clock())
    except SettingsError as exc:
        raise Finding(str(exc)) from exc
    return f"Pictures are kept in the bucket {settings.bucket.bucket}, which answers."


def _can_be_made(folder: Path) -> None:
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise Finding(f"DATA_DIR {folder} cannot be created: {nearest} is no folder that Easel may write to.")


async def _relay(settings: Settings) -> str:
    async with RelayHttp.opened(*relay_access(settings)) as http:
        try:
            await Midjourney.check(http)
        except RelayNotReachedError as exc:
            raise Finding(f"The relay at {http.base} cannot be reached; check RELAY_BASE_URL.") from exc
        except RelayRefusedError as exc:
            raise Finding(_refusal(exc, str(http.base))) from exc
        except RelayError as exc:
            raise Finding(f"What answers at {http.base} is no relay: {exc}.") from exc
    return "The relay answers and takes the key."


def _refusal(exc: RelayRefusedError, base: str) -> str:
    if exc.kind is RefusalKind.AUTH:
        return "The relay refuses the key; check RELAY_API_KEY, and RELAY_MJ_AUTH if it is right."
    if exc.kind is RefusalKind.QUOTA:
        return "The relay says that the account is out of credit; top it up."
    if exc.kind is RefusalKind.UNSUPPORTED:
        return f"{base} answers, but not like a relay; check RELAY_BASE_URL."
    return f"The relay refuses a free list call ({exc}); check RELAY_BASE_URL."


async def _discord(settings: Settings) -> str:
    point_at(settings)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            me = await client.http.static_login(settings.discord.token.get_secret_value())
            application = await client.application_info()
            known = await client.http.get_global_commands(application.id)
        except discord.LoginFailure as exc:
            raise Finding("Discord does not accept DISCORD_TOKEN; copy it again from the developer portal.") from exc
        except (discord.HTTPException, aiohttp.ClientError, OSError) as exc:
            raise Finding(f"Discord cannot be reached at {settings.discord.api_url}: {exc}.") from exc
    ours = top_level_names(settings.engines.on)
    theirs = {command["name"] for command in known}
    if application.bot_public and not settings.places.allowed_guilds:
        raise Finding(
            "The application is public and ALLOWED_GUILDS is empty, so anybody may invite the bot and spend your"
            " credit; make it private or list your servers."
        )
    takes = f"Discord takes the token of {me['username']}"
    if ours != theirs:
        raise Note(f"{takes}. It does not know the commands of this version yet; the first start tells it.")
    warning = policy.open_doors(settings, is_public=application.bot_public)
    if warning:
        raise Note(f"{takes}. Mind that {warning}.")
    return f"{takes}, and its {len(ours)} commands are in sync."


async def _web(settings: Settings) -> str:
    url = settings.web.public_url
    if url is None:
        raise Note(
            "PUBLIC_URL is not set, so Vary (Region) shows no link for drawing; choosing cells and uploading a mask"
            " work. docs/web.md says how to switch it on."
        )
    if url.scheme == "http" and url.host not in ("127.0.0.1", "localhost", "[::1]"):
        raise Finding("PUBLIC_URL begins with http, so drawings would travel unprotected; use https (docs/web.md).")
    return f"Members draw regions at {url}."
