"""Discord's side: the token, the application, its commands, and what the bot may do in each channel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import discord

from bot.client import point_at
from bot.doctor.answers import Answer, note, ok, wrong
from bot.jobs import policy
from bot.settings import Settings
from bot.ui.flows.entry_points import top_level_names

TIME_LIMIT_S = 10.0
MOST_GUILDS = 25  # each takes three requests
MOST_NAMED = 5
SLOW_CLOCK_S, WRONG_CLOCK_S = 5, 60
# What a result needs in its channel, by discord.py's names; the invitation in the README asks for the same.
NEEDED = ("view_channel", "send_messages", "attach_files", "embed_links", "read_message_history")


async def look_at_discord(settings: Settings) -> AsyncIterator[Answer]:
    """Whether Discord takes the token, and whether the application and its servers are set up for it."""
    point_at(settings)
    try:
        async with logged_in(settings) as client:
            yield await _application(client, settings)
            async for answer in _pages(client, settings):
                yield answer
            if settings.places.message_replies:
                yield _intents(client)
            async for answer in _servers(client):
                yield answer
    except discord.LoginFailure:
        yield wrong("Discord does not accept DISCORD_TOKEN; copy it again from the developer portal.")
    except (discord.HTTPException, aiohttp.ClientError, OSError) as exc:
        yield wrong(f"Discord cannot be reached at {settings.discord.api_url}: {exc}.")


@asynccontextmanager
async def logged_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Log in without the gateway."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(settings.discord.token.get_secret_value())
        yield client


async def _application(client: discord.Client, settings: Settings) -> Answer:
    application = await client.application_info()
    known = await client.http.get_global_commands(application.id)
    ours = top_level_names(settings.engines.on)
    theirs = {command["name"] for command in known}
    if application.bot_public and not settings.places.allowed_guilds:
        return wrong(
            "The application is public and ALLOWED_GUILDS is empty, so anybody may invite the bot and spend your"
            " credit; make it private or list your servers."
        )
    takes = f"Discord takes the token of {client.user.name if client.user else application.name}"
    figures = {"commands": sorted(theirs), "is_public": application.bot_public}
    if ours != theirs:
        return note(f"{takes}. It does not know the commands of this version yet; the first start tells it.", **figures)
    warning = policy.open_doors(settings, is_public=application.bot_public)
    if warning:
        return note(f"{takes}. Mind that {warning}.", **figures)
    return ok(f"{takes}, and its {len(ours)} commands are in sync.", **figures)


async def _pages(client: discord.Client, settings: Settings) -> AsyncIterator[Answer]:
    """Whether the portal names the owner's pages, as Discord's terms want it of every bot."""
    application = await client.application_info()
    pages = [
        ("PRIVACY_URL", "Privacy Policy", settings.owner.privacy_url, application.privacy_policy_url),
        ("TERMS_URL", "Terms of Service", settings.owner.terms_url, application.terms_of_service_url),
    ]
    for name, field, ours, theirs in pages:
        if ours is None and theirs is None:
            if name == "PRIVACY_URL":
                yield note("PRIVACY_URL is not set; Discord wants a privacy policy of every bot: easel privacy-text")
        elif ours is None or theirs is None or str(ours).rstrip("/") != theirs.rstrip("/"):
            yield note(
                f"{name} is {ours or 'not set'}, and the developer portal has {theirs or 'nothing'} as {field} URL;"
                " enter the same in both (General Information).",
                setting=name,
            )
        else:
            yield ok(f"{name} is in the developer portal as well.", setting=name)


def _intents(client: discord.Client) -> Answer:
    flags = client.application_flags
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return ok("The Message Content intent that MESSAGE_REPLIES needs is switched on.")
    return wrong(
        "MESSAGE_REPLIES needs the Message Content intent; switch it on in the developer portal, under Bot, or set"
        " MESSAGE_REPLIES=false."
    )


async def _servers(client: discord.Client) -> AsyncIterator[Answer]:
    """What the bot may do in each channel that it sees, a sentence for each server."""
    guilds = [guild async for guild in client.fetch_guilds(limit=None)]
    if not guilds:
        yield note("The bot is in no server yet; invite it with the address in the README.", guilds=0)
    for guild in guilds[:MOST_GUILDS]:
        yield await _server(client, guild.id)
    if len(guilds) > MOST_GUILDS:
        yield note(f"{len(guilds) - MOST_GUILDS} more servers were not looked at.", guilds=len(guilds))


async def _server(client: discord.Client, guild_id: int) -> Answer:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(client.user.id if client.user else 0)
    channels = [channel for channel in await guild.fetch_channels() if isinstance(channel, discord.TextChannel)]
    seen = [channel for channel in channels if channel.permissions_for(me).view_channel]
    missing = {channel: lacking for channel in seen if (lacking := lacking_in(channel.permissions_for(me)))}
    figures: dict[str, Any] = {
        "guild": str(guild.id),
        "channels": [{"id": str(c.id), "name": c.name, "missing": missing.get(c, [])} for c in seen],
        "hidden": len(channels) - len(seen),
    }
    if not missing:
        return ok(f"{guild.name}: the bot may post in every channel that it sees ({len(seen)}).", **figures)
    named = [f"#{channel.name} ({', '.join(rights)})" for channel, rights in missing.items()]
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return note(
        f"{guild.name}: rights are missing in {', '.join(named[:MOST_NAMED])}{more}. Pictures appear in the bot's"
        " answers there, or by direct message.",
        **figures,
    )


def lacking_in(rights: discord.Permissions) -> list[str]:
    """Return the rights that a result needs and the bot has not, as Discord's settings call them."""
    return [name.replace("_", " ").title() for name in NEEDED if not getattr(rights, name)]


async def look_at_clock(settings: Settings) -> AsyncIterator[Answer]:
    """Whether this machine's clock goes as Discord's; links and days are counted by it."""
    limit = aiohttp.ClientTimeout(total=TIME_LIMIT_S)
    try:
        async with aiohttp.ClientSession(timeout=limit) as session:
            asked_at = datetime.now(UTC)
            async with session.get(f"{settings.discord.api_url}/gateway") as response:
                theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return  # said already, or a proxy that tells no time
    ahead_s = round((asked_at - theirs.astimezone(UTC)).total_seconds())  # the header counts whole seconds
    if abs(ahead_s) <= SLOW_CLOCK_S:
        yield ok("The clock goes as Discord's.", ahead_s=ahead_s)
        return
    said = wrong if abs(ahead_s) > WRONG_CLOCK_S else note
    direction = "ahead of" if ahead_s > 0 else "behind"
    yield said(f"The clock is {abs(ahead_s)} s {direction} Discord's; let the machine set it by NTP.", ahead_s=ahead_s)
