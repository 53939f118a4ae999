"""What an interaction tells about person, place and rights; and the one path on which errors reach people."""

import logging
import secrets
from typing import NamedTuple

import aiohttp
import discord
from discord import app_commands

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.job import Actor, Place, Reach, Token
from bot.domain.visibility import AS_PREFERRED, Visibility
from bot.errors import RepeatedError, UserError, bug_sentence
from bot.language import Sentence, _
from bot.ui.components.client import Interaction

logger = logging.getLogger(__name__)

TOKEN_LIFE_S = 15 * 60.0
DM_UPLOAD_LIMIT = 10 * 1024 * 1024  # bytes per file, whatever a server allows
NETWORK_ERRORS = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError)
UNREACHABLE = _("I couldn't post in Discord, so nothing was sent or charged. Please try again in a moment.")


VISIBILITY = "visibility"  # among an interaction's extras, where its command has such options


class Requester(NamedTuple):
    """Person, place and token of an interaction."""

    actor: Actor
    place: Place
    token: Token


def locale_of(interaction: Interaction) -> str:
    """Return the language that a person's Discord is in, as Discord spells it ("en-US", "zh-CN")."""
    return str(interaction.locale.value)


def server_locale_of(interaction: Interaction) -> str:
    """Return the language that a server chose, else the person's: Discord says en-US of all that never chose one."""
    chosen = interaction.guild_locale
    return locale_of(interaction) if chosen in (None, discord.Locale.american_english) else str(chosen.value)


def actor_of(interaction: Interaction) -> Actor:
    """Return the person behind an interaction, with their language and roles."""
    return Actor(interaction.user.id, locale_of(interaction), roles_of(interaction.user))


def roles_of(person: discord.User | discord.Member) -> tuple[int, ...]:
    """Return the ids of the roles that a member of a server has; none of whoever is not one."""
    # The library gives out those roles alone whose server it keeps, and we keep none: the ids are all that came.
    return tuple(person._roles) if isinstance(person, discord.Member) else ()  # noqa: SLF001


def place_of(interaction: Interaction) -> Place:
    """Describe where an interaction happened, and what the bot may do there by its own token."""
    if interaction.guild_id is None:
        own_dm = interaction.context.dm_channel
        reach = Reach.DM if own_dm else Reach.USER_INSTALL
        may_post = own_dm
    else:
        reach = Reach.GUILD if interaction.is_guild_integration() else Reach.USER_INSTALL
        may_post = reach is Reach.GUILD and _may_post(interaction)
    channel = interaction.channel
    parent_id, category_id = None, None
    if isinstance(channel, discord.Thread):
        parent_id = channel.parent_id
    elif isinstance(channel, discord.abc.GuildChannel):
        category_id = channel.category_id
    guild_locale = interaction.guild_locale
    return Place(
        interaction.channel_id or 0,
        interaction.guild_id,
        reach,
        may_post,
        interaction.filesize_limit,
        parent_id,
        category_id,
        bool(getattr(channel, "nsfw", False)),  # kinds of channels that cannot be do not say so
        guild_locale.value if guild_locale else None,
    )


def _may_post(interaction: Interaction) -> bool:
    rights = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    may_send = rights.send_messages_in_threads if in_thread else rights.send_messages
    return rights.view_channel and may_send and rights.attach_files


def token_of(interaction: Interaction, cipher: TokenCipher, clock: Clock) -> Token:
    """Return the interaction's token, encrypted, with the moment from which it is dead."""
    return Token(cipher.encrypt(interaction.token), clock.after(TOKEN_LIFE_S))


def requester_of(interaction: Interaction, cipher: TokenCipher, clock: Clock) -> Requester:
    """Tell who asks for something, from where, and the token that reaches them."""
    return Requester(actor_of(interaction), place_of(interaction), token_of(interaction, cipher, clock))


def visibility_of(interaction: Interaction) -> Visibility:
    """Tell how the options of a command want its results shown; as preferred where it has none."""
    found = interaction.extras.get(VISIBILITY)
    return found if isinstance(found, Visibility) else AS_PREFERRED


def webhook_of(
    client: discord.Client, token: Token | None, cipher: TokenCipher, clock: Clock
) -> discord.Webhook | None:
    """Turn a living interaction token into something to send with; None when it is dead, lost, or there is none."""
    if token is None or token.expires_at <= clock.now():
        return None
    opened, application_id = cipher.decrypt(token.sealed), client.application_id
    if opened is None or application_id is None:
        return None
    webhook = discord.Webhook.partial(application_id, opened, client=client)
    webhook.type = discord.WebhookType.application  # what `partial` cannot say; only these send private messages
    return webhook


def manages_messages(interaction: Interaction) -> bool:
    """Tell whether the person may manage messages in this place."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages


async def tell(interaction: Interaction, what: Sentence | str, view: discord.ui.View | None = None) -> None:
    """Answer privately, whether or not something was answered before; sentences in the person's language."""
    text = what.render(locale_of(interaction)) if isinstance(what, Sentence) else what
    shown = view if view is not None else discord.utils.MISSING
    if interaction.response.is_done():
        await interaction.followup.send(text, view=shown, ephemeral=True)
    else:
        await interaction.response.send_message(text, view=shown, ephemeral=True)


async def report(interaction: Interaction, error: BaseException) -> None:
    """Answer an error of a command, button or modal: a sentence for the person, a trace for the log."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    sentence = _sentence(interaction, error)
    if sentence is None:
        return
    try:
        await tell(interaction, sentence)
    except NETWORK_ERRORS as exc:
        logger.warning("error not shown interaction_id=%d reason=%s", interaction.id, type(exc).__name__)


def _sentence(interaction: Interaction, error: BaseException) -> Sentence | None:
    match error:
        case UserError():
            return error.sentence
        case RepeatedError():
            logger.info("interaction was delivered twice interaction_id=%d %s", interaction.id, error)
            return None
        case discord.HTTPException(code=10062 | 40060):
            # Too late, or answered by an earlier delivery of the same event: there is nobody to tell.
            logger.warning("interaction is gone interaction_id=%d code=%d", interaction.id, error.code)
            return None
        case discord.DiscordServerError():
            # Whoever could not show a card has withdrawn its job.
            logger.warning("Discord failed interaction_id=%d status=%d", interaction.id, error.status)
            return UNREACHABLE
        case _ if interaction.client.is_closed():
            # We are stopping, and nothing can be said any more. A job without its card is withdrawn by the next start.
            logger.warning("interaction came too late interaction_id=%d reason=%s", interaction.id, error)
            return None
        case app_commands.TransformerError():
            return _("“{value}” does not fit this option. Please check it.", value=str(error.value)[:100])
        case app_commands.CheckFailure():
            return _("You are not allowed to use this here.")
        case app_commands.CommandNotFound():
            return _("This command is from another version of Easel. Please reload Discord.")
        case _:
            reference = secrets.token_hex(4)
            logger.error("interaction failed reference=%s", reference, exc_info=error)
            return bug_sentence(reference)
