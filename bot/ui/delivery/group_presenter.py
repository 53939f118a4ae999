"""Groups on Discord: the card they share, the questions of single jobs beside it, one ping at the end."""

import io
import logging
from typing import Any

import discord

from bot.domain.job import Group, GroupState, Job, JobStatus
from bot.domain.outcomes import Told
from bot.pictures.folder import Pictures
from bot.ui.components.job_buttons import answer_view, expired_view, uncertain_view, view_of
from bot.ui.components.message_links import NOBODY, nonce_of, ping_only, reference_to, reply_reference
from bot.ui.delivery.card_access import CardAccess
from bot.ui.delivery.channels import TOKEN_LIFE, channel_of, find_own_message, first_id_after, send_reply
from bot.ui.messages.group_card import download_button, group_card_parts, has_finished, shows_group
from bot.ui.messages.group_end import end_sentence
from bot.ui.text import job_lines
from bot.ui.text.batch_manifest import MANIFEST, manifest, packed_files

logger = logging.getLogger(__name__)

# Ends that ask their author something, and the buttons to answer with.
_QUESTIONS = {
    JobStatus.UNCERTAIN: uncertain_view,
    JobStatus.EXPIRED: expired_view,
    JobStatus.AWAITING_INPUT: answer_view,
}


def is_on_group_card(job: Job) -> bool:
    """Whether a job has no card of its own, because its group's card tells of it."""
    return job.group_id is not None and job.card_id is None


class DiscordGroupPresenter:
    """Shows groups on one card each, and tells their authors once that all is over."""

    def __init__(self, client: discord.Client, pictures: Pictures, cards: CardAccess) -> None:
        self._client = client
        self._pictures = pictures
        self._cards = cards

    async def show_group(self, group_state: GroupState) -> bool:
        """See `GroupPresenter`."""
        group = group_state.group
        if group.card_id is None:
            return False
        parts = await group_card_parts(group_state, self._pictures)
        card = channel_of(self._client, group.place).get_partial_message(group.card_id)
        try:
            if isinstance(parts.view, discord.ui.LayoutView):
                await card.edit(view=parts.view, attachments=parts.files, allowed_mentions=NOBODY)
            else:
                await card.edit(content=parts.content, view=parts.view, allowed_mentions=NOBODY)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("group card is gone group_id=%s code=%d", group.id, exc.code)
            return False
        return True

    async def find_group(self, group: Group) -> int | None:
        """See `GroupPresenter`."""
        try:
            return await find_own_message(
                self._client,
                channel_of(self._client, group.place),
                first_id_after(group.created_at),
                lambda message: shows_group(message, group.id),
                until=group.created_at + TOKEN_LIFE,
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("group card not searched group_id=%s code=%d", group.id, exc.code)
            return None

    async def tell_group(self, group_state: GroupState, attempt: int) -> None:
        """See `GroupPresenter`."""
        group = group_state.group
        channel = channel_of(self._client, group.place)
        text = f"<@{group.actor.id}> {end_sentence(group_state).render(group.public_locale)}"
        try:
            if attempt and await find_own_message(
                self._client, channel, group.card_id or 0, lambda message: _tells_of(message, group)
            ):
                return
            await send_reply(
                channel,
                text,
                reference_to(group.place, group.card_id),
                nonce=nonce_of(group.id, group.place),
                allowed_mentions=ping_only(group.actor),
                **_what_came(group_state),
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("group not told group_id=%s code=%d", group.id, exc.code)  # the card says the same

    async def ask_beside_card(self, job: Job, attempt: int) -> Told:
        """Post a card of its own for a job that needs an answer; any other end stands on the group's card.

        `attempt` is 0 only if it is certain that nothing was tried before.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: it may be posted or not; try again later.
        """
        view_of = _QUESTIONS.get(job.status)
        if view_of is None or (job.status is JobStatus.EXPIRED and not job.task_id):
            return Told()
        try:
            if attempt and (found := await self._cards.find_lost(job, until=None)):
                return Told(found)
            card = await send_reply(
                channel_of(self._client, job.place),
                job_lines.ended_line(job),
                reply_reference(job),
                view=view_of(job),
                nonce=nonce_of(f"{job.id}:{job.status}", job.place),
                allowed_mentions=NOBODY,
                suppress_embeds=True,
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("end not told job_id=%s code=%d", job.id, exc.code)  # /jobs has it
            return Told()
        return Told(card.id)


def _what_came(group_state: GroupState) -> dict[str, Any]:
    """What stands under the last word about a batch: the table of its lines, and the way to its pictures."""
    if not group_state.group.is_batch:
        return {}
    lines = manifest(group_state, packed_files(group_state))
    what: dict[str, Any] = {"file": discord.File(io.BytesIO(lines), MANIFEST)}
    if has_finished(group_state):
        what["view"] = view_of(download_button(group_state.group))
    return what


def _tells_of(message: discord.Message, group: Group) -> bool:
    """Whether a message of ours tells that a group is over."""
    about = message.reference.message_id if message.reference else None
    return about == group.card_id and message.content.startswith(f"<@{group.actor.id}>")
