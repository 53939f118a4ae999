"""`python -m bot doctor`: what works and what does not, in a sentence each."""

from collections.abc import Awaitable, Callable

import aiohttp
import discord
from rich.console import Console

from bot.client import EaselBot, point_at
from bot.errors import DatabaseBusyError, No, RelayError, RelayNotReachedError, RelayRefusedError, SettingsError
from bot.jobs import policy
from bot.jobs.store import JobStore
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from bot.relay.registry import known, relay_access
from bot.settings import Settings, env_file, unknown_names


class Finding(Exception):  # noqa: N818 - what a check found wrong, in a sentence, not a fault of the program
    """A check did not hold."""


async def examine(settings: Settings) -> bool:
    """Make every check and print its sentence; True when all hold."""
    console = Console(highlight=False, soft_wrap=True)
    checks: tuple[Callable[[Settings], Awaitable[str]], ...] = (_settings, _database, _relay, _discord, _web)
    all_hold = True
    for check in checks:
        try:
            console.print(f"[green]ok[/]    {await check(settings)}")
        except Finding as finding:
            all_hold = False
            console.print(f"[red]wrong[/] {finding}")
    return all_hold


async def _settings(settings: Settings) -> str:
    unknown = unknown_names(env_file())
    if unknown:
        raise Finding(f"The settings file has names that Easel does not know: {', '.join(unknown)}.")
    try:
        known(settings)
    except SettingsError as exc:
        raise Finding(str(exc)) from exc
    return "The settings are complete."


async def _database(settings: Settings) -> str:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        async with JobStore.opened(settings.database) as store:
            unfinished = len(await store.unfinished())
    except DatabaseBusyError:
        return "The database is in use by a running Easel."
    except Exception as exc:
        raise Finding(f"The database cannot be opened: {exc}") from exc
    return f"The database is up to date; {unfinished} unfinished jobs."


async def _relay(settings: Settings) -> str:
    async with RelayHttp.opened(*relay_access(settings)) as http:
        try:
            await Midjourney.check(http)
        except RelayNotReachedError as exc:
            raise Finding(f"The relay at {http.base} cannot be reached; check RELAY_BASE_URL.") from exc
        except RelayRefusedError as exc:
            raise Finding(_refusal(exc)) from exc
        except RelayError as exc:
            raise Finding(f"What answers at {http.base} is no relay: {exc}.") from exc
    return "The relay answers and takes the key."


def _refusal(exc: RelayRefusedError) -> str:
    if exc.kind is No.AUTH:
        return "The relay refuses the key; check RELAY_API_KEY, and RELAY_MJ_AUTH if it is right."
    if exc.kind is No.QUOTA:
        return "The relay says that the account is out of credit; top it up."
    return f"The relay refuses a free list call ({exc}); check RELAY_BASE_URL."


async def _discord(settings: Settings) -> str:
    point_at(settings)
    async with EaselBot(settings) as client:
        try:
            # Not `login`: that would load the commands and change what Discord knows of them.
            me = await client.http.static_login(settings.discord_token.get_secret_value())
            application = await client.application_info()
            known = await client.http.get_global_commands(application.id)
        except discord.LoginFailure as exc:
            raise Finding("Discord does not accept DISCORD_TOKEN; copy it again from the developer portal.") from exc
        except (discord.HTTPException, aiohttp.ClientError, OSError) as exc:
            raise Finding(f"Discord cannot be reached at {settings.discord_api_url}: {exc}.") from exc
        await client.load_cogs()
        ours = {command.name for command in client.tree.get_commands()}
    theirs = {command["name"] for command in known}
    if ours != theirs:
        raise Finding("Discord does not know the commands of this version yet; start the bot once to sync them.")
    if application.bot_public and not settings.allowed_guilds:
        raise Finding(
            "The application is public and ALLOWED_GUILDS is empty, so anybody may invite the bot and spend your"
            " credit; make it private or list your servers."
        )
    warning = policy.open_doors(settings, is_public=application.bot_public)
    in_sync = f"Discord takes the token of {me['username']}, and its {len(ours)} commands are in sync."
    return f"{in_sync} Mind that {warning}." if warning else in_sync


async def _web(settings: Settings) -> str:
    if settings.public_url is None:
        return (
            "PUBLIC_URL is not set, so Vary (Region) shows no link for drawing; choosing cells and uploading a mask"
            " work. docs/web.md says how to switch it on."
        )
    if settings.public_url.scheme == "http" and settings.public_url.host not in ("127.0.0.1", "localhost", "[::1]"):
        raise Finding("PUBLIC_URL begins with http, so drawings would travel unprotected; use https (docs/web.md).")
    return f"Members draw regions at {settings.public_url}."
