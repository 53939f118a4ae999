"""The way of a job to people: the card while it runs, the ladder of places when it ends."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any, assert_never

import discord

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.job import Actor, FailureKind, Group, GroupState, Job, JobStatus, Place, Reach
from bot.domain.outcomes import Delivery, NoPlace, Posted, Told, Working
from bot.errors import PictureError
from bot.language import Sentence, _
from bot.pictures.folder import Pictures
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, webhook_of
from bot.ui.components.job_buttons import (
    TEXT_MATTERS,
    JobButton,
    again_view,
    answer_view,
    check_view,
    doubt_view,
    ends_for_good,
    expired_view,
    job_id_of,
    redo_view,
    result_view,
    running_view,
    stopped_view,
    uncertain_view,
)
from bot.ui.components.message_links import NOBODY, message_link, nonce, nonce_of, reference_to, reply_reference
from bot.ui.delivery.card_editor import CardEditor
from bot.ui.messages.group_card import FINISHED, group_card_parts, shows_group
from bot.ui.messages.result import ResultParts, alt_text, result_parts, shows_result_of
from bot.ui.text import job_lines

logger = logging.getLogger(__name__)

CLOCKS_APART = timedelta(minutes=5)  # what Discord's clock and ours may differ
TOKEN_LIFE = timedelta(minutes=15)  # within that a card has come, or never will
# The last moment for offering a Check button, before the token dies: simulated seconds, but never less than real ones.
LAST_CALL_S, LAST_CALL_REAL_S = 60.0, 5.0
# A press brings these cards back to life, in due distance from the edit that told of it.
MAY_GO_ON = frozenset({JobStatus.AWAITING_INPUT, JobStatus.UNCERTAIN, JobStatus.EXPIRED})
PREVIEW_LIMIT_S = 5.0  # real seconds; a card does not wait longer for its progress picture
DEAD_TOKEN_CODES = (10015, 10062, 50027)  # unknown webhook, unknown interaction, invalid webhook token
UNKNOWN_MESSAGE_CODE = 10008
TOO_LARGE_CODE, INVALID_BODY_CODE = 40005, 50035
NO_HISTORY_CODE = 160002  # replies need the right to read what they reply to
SMALLEST_UPLOAD = 200_000  # bytes; below this a picture is not worth making smaller


class _NoWayError(Exception):
    """This rung of the ladder does not bear."""


class DiscordPresenter:
    """Shows jobs on Discord, and posts each result once.

    The ladder (decided by what the bot may do in the job's place): a new channel message by the bot's own token; else
    the card becomes the result while an interaction token lives; else a direct message; else nowhere.
    """

    def __init__(
        self,
        client: discord.Client,
        pictures: Pictures,
        cipher: TokenCipher,
        clock: Clock,
        nearby: Collection[str] = (),
    ) -> None:
        """`nearby` are origins beside the public web whose links members can open."""
        self._client = client
        self._pictures = pictures
        self._nearby = nearby
        self._cipher = cipher
        self._clock = clock
        self._alerts: asyncio.Queue[Sentence] = asyncio.Queue()
        self.editor = CardEditor(clock, self._look_of, self._edit_progress)

    # While it runs.

    def show(self, job: Job, working: Working) -> None:
        """See `Presenter`."""
        if is_on_board(job):
            return  # its group's card tells of it
        self.editor.offer(job, working)

    def _look_of(self, job: Job, working: Working) -> object:
        """All that a running card depends on."""
        return job.request, job.status, job.stopped, job.waiting_for, self._is_last_call(job), working

    def _progress(self, job: Job, working: Working) -> tuple[str, Callable[[Job], discord.ui.View] | None]:
        """The line of a running card and what makes its buttons, of one moment."""
        if job.stopped:
            return job_lines.running_line(job, working), None
        if self._is_last_call(job):
            return job_lines.still_running_line(job, working), check_view
        return job_lines.running_line(job, working), running_view

    def _is_last_call(self, job: Job) -> bool:
        """Whether this card is about to leave our reach."""
        if job.place.may_post or job.token is None:
            return False
        margin = max(self._clock.real(LAST_CALL_S), LAST_CALL_REAL_S)
        return (job.token.expires_at - self._clock.now()).total_seconds() < margin

    async def _edit_progress(self, job: Job, working: Working) -> None:
        if job.card_id is None:
            return
        files = []
        if working.preview_url:
            try:
                async with asyncio.timeout(PREVIEW_LIMIT_S):
                    preview = await self._pictures.preview(job.id, working.preview_url)
            except (PictureError, TimeoutError):
                logger.debug("preview not fetched job_id=%s", job.id)  # the next one comes soon
            else:
                files = [discord.File(io.BytesIO(preview), f"preview-{job.id}.webp", description=alt_text(job))]
        line, view_of = self._progress(job, working)
        await self._edit_card(job, line, view_of(job) if view_of else None, files)

    # When it ends.

    async def post(self, job: Job, attempt: int) -> Delivery:
        """See `Presenter`."""
        if is_on_board(job) and job.status is not JobStatus.POSTING:
            return await self._tell_beside_board(job, attempt)
        match job.status:
            case JobStatus.POSTING:
                return await self._post_result(job, attempt)
            case JobStatus.DONE:
                await self._remove_card(job)
            case JobStatus.REFUSED:
                await self._tell_refusal(job)
            case JobStatus.FAILED:
                await self._last_edit(job, stopped_view(job))
            case JobStatus.EXPIRED:
                await self._last_edit(job, expired_view(job) if job.task_id else stopped_view(job))
            case JobStatus.CANCELLED | JobStatus.UNDELIVERABLE:
                await self._last_edit(job, None)
            case JobStatus.AWAITING_INPUT:
                await self._last_edit(job, answer_view(job))
            case JobStatus.UNCERTAIN:
                await self._last_edit(job, uncertain_view(job))
            case JobStatus.RECEIVED | JobStatus.SUBMITTING | JobStatus.RUNNING | JobStatus.REMOVED:
                logger.error("nothing to post job_id=%s status=%s", job.id, job.status)
            case _:
                assert_never(job.status)
        if job.status not in MAY_GO_ON:
            self.editor.forget(job.id)
        return Told()

    async def _post_result(self, job: Job, attempt: int) -> Delivery:
        self.editor.hush(job.id)
        for rung in (self._as_channel_message, self._as_card, self._as_direct_message):
            try:
                return await rung(job, attempt)
            except _NoWayError as exc:
                logger.info("rung does not bear job_id=%s rung=%s reason=%s", job.id, rung.__name__, exc)
        return NoPlace()

    async def _as_channel_message(self, job: Job, attempt: int) -> Delivery:
        if not job.place.may_post:
            raise _NoWayError("not allowed to post here")
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        try:
            return await self._send(job, channel, attempt, is_reply=True)
        except discord.HTTPException as exc:
            if exc.code != NO_HISTORY_CODE:
                raise
        return await self._send(job, channel, attempt, is_reply=False)

    async def _as_direct_message(self, job: Job, attempt: int) -> Delivery:
        try:
            channel = await self._client.create_dm(discord.Object(job.actor.id))
        except (discord.Forbidden, discord.NotFound) as exc:
            raise _NoWayError("no direct messages") from exc
        place = Place(channel.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
        delivery = await self._send(job.with_(place=place), channel, attempt, is_reply=False)
        await self._remove_card(job)  # while it is known where the card stands
        return Posted(delivery.message_id, place) if isinstance(delivery, Posted) else delivery

    async def _send(self, job: Job, channel: discord.abc.Messageable, attempt: int, *, is_reply: bool) -> Delivery:
        try:
            if attempt and (found := await self._posted_before(job, channel)):
                return Posted(found)

            # Of a group's results only the last word pings.
            pinged = NOBODY if job.group_id else _pinging(job.actor)

            async def send(parts: ResultParts, view: discord.ui.View) -> int:
                message = await channel.send(
                    parts.content,
                    embeds=parts.embeds,
                    files=parts.files,
                    view=view,
                    reference=reply_reference(job) if is_reply else None,  # type: ignore[arg-type]  # None means none here as well
                    nonce=nonce(job),
                    allowed_mentions=pinged,
                    suppress_embeds=not parts.embeds,
                )
                return message.id

            return Posted(await self._with_picture(job, send))
        except (discord.Forbidden, discord.NotFound) as exc:
            raise _NoWayError(f"HTTP {exc.status} code {exc.code}") from exc

    async def _posted_before(self, job: Job, channel: discord.abc.Messageable) -> int | None:
        """The message of an earlier try, found in history by its file's name or its buttons."""
        since = max(job.card_id or 0, _first_id(job.submitted_at or job.created_at))
        try:
            return await self._found(channel, since, lambda message: shows_result_of(message, job.id))
        except discord.Forbidden:
            logger.info("history not readable job_id=%s", job.id)  # the nonce still guards some minutes
        return None

    async def _found(
        self,
        channel: discord.abc.Messageable,
        since: int,
        fits: Callable[[discord.Message], bool],
        *,
        until: datetime | None = None,
    ) -> int | None:
        """The first message of ours after an id that fits, written before a moment of our clock if there is one.

        It stands near the beginning, however much was said later on; in a busy channel all of that time is searched.
        """
        last = None if until is None else discord.utils.time_snowflake(until + CLOCKS_APART, high=True)
        async for message in channel.history(limit=None, after=discord.Object(since), oldest_first=True):
            if last is not None and message.id > last:
                break
            if message.author == self._client.user and fits(message):
                return message.id
        return None

    async def _as_card(self, job: Job, attempt: int) -> Delivery:
        card_id = job.card_id
        if card_id is not None and attempt and await self._is_result(job, card_id):
            return Posted(card_id)
        if card_id is None or not (webhook := self._webhook(job)):
            raise _NoWayError("no living interaction token")

        async def edit(parts: ResultParts, view: discord.ui.View) -> int:
            async def show_result() -> None:
                await webhook.edit_message(
                    card_id,
                    content=parts.content,
                    embeds=parts.embeds,
                    attachments=parts.files,
                    view=view,
                    allowed_mentions=NOBODY,
                )

            await self.editor.finish(job.id, show_result)
            return card_id

        try:
            posted = Posted(await self._with_picture(job, edit))
        except discord.HTTPException as exc:
            if exc.code in DEAD_TOKEN_CODES or exc.status in (401, 403, 404):
                raise _NoWayError(f"HTTP {exc.status} code {exc.code}") from exc
            raise
        await self._ping(job, webhook)
        return posted

    async def _is_result(self, job: Job, card_id: int) -> bool:
        """Whether an earlier try made the card the result; its token may be dead: the bot looks by its own."""
        if job.place.reach is Reach.USER_INSTALL:
            return False
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        try:
            return shows_result_of(await channel.fetch_message(card_id), job.id)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("card not looked at job_id=%s code=%d", job.id, exc.code)
            return False

    async def _ping(self, job: Job, webhook: discord.Webhook) -> None:
        """An edit pings nobody, so the author gets a line; it may be lost, the picture is there."""
        link = message_link(job.place, job.card_id)
        text = _("{mention} Your picture is ready: {link}", mention=f"<@{job.actor.id}>", link=link)
        try:
            await webhook.send(
                text.render(job.actor.locale),
                allowed_mentions=_pinging(job.actor),
                wait=True,
            )
        except NETWORK_ERRORS as exc:
            logger.info("ping lost job_id=%s reason=%s", job.id, type(exc).__name__)

    async def _with_picture(self, job: Job, send: Callable[[ResultParts, discord.ui.View], Awaitable[int]]) -> int:
        """Send the picture under the place's limit, smaller if Discord finds it too large all the same.

        Faces of buttons come from the relay: where Discord takes one for no emoji, all are written in words.
        """
        limit, view = job.place.upload_limit, result_view(job)
        while True:
            try:
                return await send(await result_parts(self._pictures, job, limit, nearby=self._nearby), view)
            except discord.HTTPException as exc:
                too_large = exc.status == 413 or exc.code == TOO_LARGE_CODE
                if too_large and limit >= SMALLEST_UPLOAD:
                    limit //= 2
                elif exc.code == INVALID_BODY_CODE and _has_emoji(view):
                    view = result_view(job, in_words=True)
                else:
                    raise

    # Groups.

    async def show_group(self, board: GroupState) -> bool:
        """See `GroupPresenter`."""
        group = board.group
        if group.card_id is None:
            return False
        parts = await group_card_parts(board, self._pictures)
        channel = self._client.get_partial_messageable(group.place.channel_id, guild_id=group.place.guild_id)
        card = channel.get_partial_message(group.card_id)
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
        channel = self._client.get_partial_messageable(group.place.channel_id, guild_id=group.place.guild_id)
        try:
            return await self._found(
                channel,
                _first_id(group.created_at),
                lambda said: shows_group(said, group.id),
                until=group.created_at + TOKEN_LIFE,
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("group card not searched group_id=%s code=%d", group.id, exc.code)
            return None

    async def tell_group(self, board: GroupState, attempt: int) -> None:
        """See `GroupPresenter`."""
        group = board.group
        channel = self._client.get_partial_messageable(group.place.channel_id, guild_id=group.place.guild_id)
        finished = sum(job.status in FINISHED for job in board.jobs)
        mention, count = f"<@{group.actor.id}>", len(board.jobs)
        text = _("{mention} {finished} of {count} are ready.", mention=mention, finished=finished, count=count)
        try:
            if attempt and await self._found(channel, group.card_id or 0, lambda said: _tells_of(said, group)):
                return
            await _reply(
                channel,
                text.render(group.actor.locale),
                reference_to(group.place, group.card_id),
                nonce=nonce_of(group.id, group.place),
                allowed_mentions=_pinging(group.actor),
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("group not told group_id=%s code=%d", group.id, exc.code)  # the card says the same

    async def _tell_beside_board(self, job: Job, attempt: int) -> Told:
        """What needs an answer gets a card of its own; everything else stands on the group's."""
        view_of = _QUESTIONS.get(job.status)
        if view_of is None or (job.status is JobStatus.EXPIRED and not job.task_id):
            return Told()
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        try:
            if attempt and (found := await self._lost_card(job, until=None)):
                return Told(found)
            card = await _reply(
                channel,
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

    # Ends without a result.

    async def _tell_refusal(self, job: Job) -> None:
        """The author alone is told why; then the card goes. Where nobody can be told alone, the card says it."""
        webhook = self._webhook(job)
        if webhook is None:
            await self._last_edit(job, stopped_view(job))
            return
        way_out = _WAYS_OUT.get(job.failure.kind) if job.failure else None
        try:
            await webhook.send(
                job_lines.failure_sentence(job).render(job.actor.locale),
                view=(way_out(job) if way_out else None) or discord.utils.MISSING,
                ephemeral=True,
                wait=True,
            )
        except discord.HTTPException as exc:
            if exc.code not in DEAD_TOKEN_CODES:
                raise
            await self._last_edit(job, stopped_view(job))
        else:
            await self._remove_card(job)

    async def _last_edit(self, job: Job, view: discord.ui.View | None) -> None:
        async def edit() -> None:
            until = job.created_at + TOKEN_LIFE
            shown = job if job.card_id else job.with_(card_id=await self._lost_card(job, until=until))
            await self._edit_card(shown, job_lines.ended_line(job), view, None if ends_for_good(job) else [])

        try:
            await self.editor.finish(job.id, edit)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("last state not shown job_id=%s code=%d", job.id, exc.code)

    # The card.

    async def _edit_card(
        self, job: Job, content: str, view: discord.ui.View | None, files: list[discord.File] | None
    ) -> None:
        """Change a card; without files it keeps what it has, with None for them it loses that."""
        attachments, card_id = [] if files is None else files or discord.utils.MISSING, job.card_id
        if card_id is None:
            return

        async def by_token(webhook: discord.Webhook) -> None:
            await webhook.edit_message(
                card_id,
                content=content,
                view=view,
                attachments=attachments,
                allowed_mentions=NOBODY,
            )

        async def by_bot(card: discord.PartialMessage) -> None:
            for file in files or ():
                file.reset()  # a dead token may have read it
            await card.edit(content=content, view=view, attachments=attachments, allowed_mentions=NOBODY)

        await self._reach_card(job, card_id, by_token, by_bot)

    async def _lost_card(self, job: Job, *, until: datetime | None) -> int | None:
        """The card that Discord may show although its id never reached us: the token's first answer, or in history."""
        if webhook := self._webhook(job):
            try:
                answer = await webhook.fetch_message("@original")  # type: ignore[arg-type]  # Discord takes the word for an id
            except discord.HTTPException as exc:
                if exc.code not in (*DEAD_TOKEN_CODES, UNKNOWN_MESSAGE_CODE):
                    raise
            else:
                if job_id_of(answer) == job.id:
                    return answer.id
        if job.place.reach is Reach.USER_INSTALL:
            return None
        channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
        try:
            return await self._found(
                channel, _first_id(job.created_at), lambda message: job_id_of(message) == job.id, until=until
            )
        except (discord.Forbidden, discord.NotFound):
            logger.info("history not readable job_id=%s", job.id)
        return None

    async def _remove_card(self, job: Job) -> None:
        card_id = job.card_id
        if card_id is None or card_id == job.result_message_id:
            return

        async def by_token(webhook: discord.Webhook) -> None:
            await webhook.delete_message(card_id)

        async def by_bot(card: discord.PartialMessage) -> None:
            await card.delete()

        try:
            await self._reach_card(job, card_id, by_token, by_bot)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("card not removed job_id=%s code=%d", job.id, exc.code)

    async def _reach_card(
        self,
        job: Job,
        card_id: int,
        by_token: Callable[[discord.Webhook], Awaitable[None]],
        by_bot: Callable[[discord.PartialMessage], Awaitable[None]],
    ) -> None:
        """Do something to the card by its token; by the bot's own where that one is dead, as Discord may know first."""
        webhook = self._webhook(job)
        if webhook is not None:
            try:
                await by_token(webhook)
            except discord.HTTPException as exc:
                if exc.code not in DEAD_TOKEN_CODES:
                    raise
                logger.info("token died early job_id=%s code=%d", job.id, exc.code)
            else:
                return
        if job.place.reach is not Reach.USER_INSTALL:
            await by_bot(self._client.get_partial_messageable(job.place.channel_id).get_partial_message(card_id))

    def _webhook(self, job: Job) -> discord.Webhook | None:
        return webhook_of(self._client, job.token, self._cipher, self._clock)

    # The owner.

    async def alert_owner(self, sentence: Sentence) -> None:
        """See `Presenter`."""
        logger.error("owner alert: %s", sentence)
        self._alerts.put_nowait(sentence)

    async def tell_alerts(self) -> None:
        """Send what the owner must know, until cancelled: whoever has it to tell does not wait for Discord."""
        while True:
            await self._tell_owner(await self._alerts.get())

    async def _tell_owner(self, sentence: Sentence) -> None:
        application = self._client.application
        owner = application and (application.team.owner if application.team else application.owner)
        if owner is None:
            return
        try:
            channel = await self._client.create_dm(discord.Object(owner.id))
            await channel.send(sentence.render(), allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.warning("owner not reached reason=%s", type(exc).__name__)


_WAYS_OUT = {
    FailureKind.FORGOTTEN: again_view,
    FailureKind.MASK_EMPTY: doubt_view,
    FailureKind.MASK_FULL: doubt_view,
    **dict.fromkeys(TEXT_MATTERS, redo_view),
}


# Ends that ask their author something, and the buttons to answer with.
_QUESTIONS = {
    JobStatus.UNCERTAIN: uncertain_view,
    JobStatus.EXPIRED: expired_view,
    JobStatus.AWAITING_INPUT: answer_view,
}


async def _reply(
    channel: discord.abc.Messageable, text: str, reference: discord.MessageReference | None, **options: Any
) -> discord.Message:
    """Say something as a reply; without a reference where the bot may not read what it replies to."""
    try:
        return await channel.send(text, reference=reference, **options)  # type: ignore[arg-type]  # None means none here as well
    except discord.HTTPException as exc:
        if exc.code != NO_HISTORY_CODE:
            raise
    return await channel.send(text, **options)


def _tells_of(message: discord.Message, group: Group) -> bool:
    """Whether a message of ours tells that a group is over."""
    about = message.reference.message_id if message.reference else None
    return about == group.card_id and message.content.startswith(f"<@{group.actor.id}>")


def _first_id(moment: datetime) -> int:
    """An id that no message has which was written after this moment of our clock."""
    return discord.utils.time_snowflake(moment - CLOCKS_APART)


def _has_emoji(view: discord.ui.View) -> bool:
    return any(isinstance(item, JobButton) and item.item.emoji for item in view.children)


def _pinging(actor: Actor) -> discord.AllowedMentions:
    """Nobody but the author is pinged."""
    return discord.AllowedMentions(users=[discord.Object(actor.id)], replied_user=False)


def is_on_board(job: Job) -> bool:
    """Whether a job has no card of its own, because its group's card tells of it."""
    return job.group_id is not None and job.card_id is None
