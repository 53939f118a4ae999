"""Replies that press buttons: "U2", "V3" or "R" as an answer to a result."""

import logging
import re

import discord

from bot.domain.custom_ids import Family, parse
from bot.domain.job import Actor, Asked, Job, JobStatus, Place, Reach
from bot.domain.upload_limits import REQUEST_LIMIT
from bot.errors import RepeatedError, UserError
from bot.jobs.admission import REMOVED, UsedButtonError
from bot.services import Services
from bot.ui.components.guilds import guild_id_of
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, roles_of
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modals import button_kind
from bot.ui.flows.known_jobs import where_is
from bot.ui.messages.card_posts import post_card

logger = logging.getLogger(__name__)

COMMAND = re.compile(r"\s*(?:([UV])([1-4])|(R))\s*", re.IGNORECASE)


class ReplyRouter:
    """Presses buttons for those who reply to results."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._intake = services.jobs.intake
        self._admission = services.jobs.admission
        self._preferences = services.preferences

    async def press(self, message: discord.Message, job_id: str) -> None:
        """Press the button that a reply names; the card and every refusal are replies too."""
        parent = await self._store.get(job_id)
        if parent is not None and parent.status is JobStatus.REMOVED:
            await message.reply(REMOVED.render(parent.actor.locale), allowed_mentions=NOBODY)
            return
        key = None if parent is None else _key(parent, message.content)
        if parent is None or key is None:
            return
        actor = Actor(message.author.id, parent.actor.locale, roles_of(message.author))
        pressed = message.reference.message_id if message.reference else None
        try:
            strong = await self._preferences.strong(actor, button_kind(parent, key))
            job = await self._admission.press(
                actor,
                place_of(message, parent),
                parent,
                key,
                token=None,
                message_id=pressed or message.id,
                strong=strong,
                asked=Asked(message.id),
            )
        except RepeatedError as exc:
            logger.info("reply was delivered twice message_id=%d %s", message.id, exc)
            return
        except UsedButtonError as exc:
            await message.reply(where_is(exc.job).render(actor.locale), allowed_mentions=NOBODY)
            return
        except UserError as exc:
            await message.reply(exc.sentence.render(actor.locale), allowed_mentions=NOBODY)
            return
        try:
            left = await self._admission.units_left.after(job)
            await post_card(self._intake, message.channel, job, message.to_reference(fail_if_not_exists=False), left)
        except NETWORK_ERRORS:
            await self._intake.withdraw(job)
            raise


def _key(parent: Job, text: str) -> int | None:
    """Find the place of the button that the text names."""
    named = COMMAND.fullmatch(text)
    if named is None or parent.result is None:
        return None
    family = Family.REROLL if named[3] else {"U": Family.PICK, "V": Family.VARIATION}[named[1].upper()]
    index = int(named[2] or 0)
    for key, button in enumerate(parent.result.buttons):
        kind = parse(button.custom_id)
        if kind.family is family and (kind.index == index or family is Family.REROLL):
            return key
    return None


def place_of(message: discord.Message, parent: Job) -> Place:
    """Describe where a reply to a job's result stands.

    A message tells no rights and no limits: the card, which is a message of the bot's own, shows whether it may post.
    """
    guild_id = guild_id_of(message)
    reach = Reach.DM if guild_id is None else Reach.GUILD
    limit = DM_UPLOAD_LIMIT if guild_id is None else REQUEST_LIMIT
    locale = parent.place.locale if guild_id == parent.place.guild_id else None
    return Place(message.channel.id, guild_id, reach, may_post=True, upload_limit=limit, locale=locale)
