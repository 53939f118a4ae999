"""Jobs on Discord, as bot/jobs asks for: a card while a job runs, a message when it ends."""

import logging
from typing import assert_never

import discord

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.alerts import Alert, AlertKind
from bot.domain.job import FailureKind, Group, GroupState, Job, JobStatus, Place, Reach
from bot.domain.outcomes import Delivery, Told, Working
from bot.jobs.extras import Extras
from bot.jobs.original_addresses import OriginalAddresses
from bot.pictures.folder import Pictures
from bot.ui.components.guilds import Guilds
from bot.ui.components.interactions import DM_UPLOAD_LIMIT
from bot.ui.components.job_buttons import (
    again_view,
    answer_view,
    doubt_view,
    ends_for_good,
    expired_view,
    redo_view,
    running_view,
    stopped_view,
    uncertain_view,
)
from bot.ui.components.message_links import NOBODY, nonce_of
from bot.ui.delivery.card_access import DEAD_TOKEN_CODES, CardAccess
from bot.ui.delivery.card_editor import CardEditor
from bot.ui.delivery.channels import TOKEN_LIFE
from bot.ui.delivery.direct_copies import DirectCopies
from bot.ui.delivery.first_grid_hint import FirstGridHint
from bot.ui.delivery.group_presenter import DiscordGroupPresenter, is_on_group_card
from bot.ui.delivery.owner_alerts import OwnerAlerts
from bot.ui.delivery.result_ladder import ResultLadder
from bot.ui.delivery.running_cards import RunningCards
from bot.ui.text import job_lines

logger = logging.getLogger(__name__)

# A press brings these cards back to life, no sooner after the last edit than the editor allows; so does a decision what
# waits for a moderator.
MAY_GO_ON = frozenset({JobStatus.AWAITING_INPUT, JobStatus.UNCERTAIN, JobStatus.EXPIRED})

# What a refusal offers its author besides the reason, where that is not the way back to the text.
_REFUSAL_VIEWS = {
    FailureKind.FORGOTTEN: again_view,
    FailureKind.MASK_EMPTY: doubt_view,
    FailureKind.MASK_FULL: doubt_view,
}


class DiscordPresenter:
    """Implements `bot.jobs.deliveries.Presenter` on Discord.

    `editor` and `alerts` have loops that must run beside it.
    """

    def __init__(
        self,
        client: discord.Client,
        pictures: Pictures,
        cipher: TokenCipher,
        clock: Clock,
        originals: OriginalAddresses,
        extras: Extras,
    ) -> None:
        self._client = client
        self._cards = CardAccess(client, cipher, clock)
        running = RunningCards(pictures, self._cards, clock)
        self.editor = CardEditor(clock, running.look_of, running.edit)
        self.alerts = OwnerAlerts()
        self._guilds = Guilds(client, clock)
        self._results = ResultLadder(client, pictures, self._cards, self.editor, originals, self._guilds)
        self._groups = DiscordGroupPresenter(client, pictures, self._cards)
        self._hint = FirstGridHint(self._cards, extras.first_grid)
        self._copies = DirectCopies(client, pictures, self._cards, originals, extras.auto_dm)

    def show(self, job: Job, working: Working) -> None:
        """See `Presenter`."""
        if not is_on_group_card(job):
            self.editor.offer(job, working)

    async def post(self, job: Job, attempt: int) -> Delivery:
        """See `Presenter`."""
        if job.status is JobStatus.POSTING:
            return await self._results.post(job, attempt)
        told = Told()
        if is_on_group_card(job):
            told = await self._groups.ask_beside_card(job, attempt)
        else:
            await self._tell_end(job)
        if job.status is JobStatus.DONE:
            await self._copies.send(job, attempt)
        return told

    async def _tell_end(self, job: Job) -> None:
        """Bring a job's card to its last state."""
        match job.status:
            case JobStatus.DONE:
                await self._cards.remove(job)
                await self._hint.tell(job)
            case JobStatus.REFUSED:
                await self._tell_refusal(job)
            case JobStatus.FAILED:
                await self._edit_last(job, stopped_view(job))
                if job.is_withheld and job.is_ephemeral and self._cards.webhook(job) is None:
                    await self._tell_directly(job)
            case JobStatus.EXPIRED:
                await self._edit_last(job, expired_view(job) if job.task_id else stopped_view(job))
            case JobStatus.CANCELLED | JobStatus.UNDELIVERABLE:
                await self._edit_last(job, running_view(job) if job.awaits_review else None)
            case JobStatus.AWAITING_INPUT:
                await self._edit_last(job, answer_view(job))
            case JobStatus.UNCERTAIN:
                await self._edit_last(job, uncertain_view(job))
            case JobStatus.RECEIVED | JobStatus.SUBMITTING | JobStatus.RUNNING | JobStatus.POSTING | JobStatus.REMOVED:
                logger.error("nothing to post job_id=%s status=%s", job.id, job.status)
            case _:
                assert_never(job.status)
        if job.status not in MAY_GO_ON and not job.awaits_review:
            self.editor.forget(job.id)

    async def _tell_directly(self, job: Job) -> None:
        """Tell the author by direct message how a job ended whose card nothing reaches any more."""
        try:
            channel = await self._client.create_dm(discord.Object(job.actor.id))
            place = Place(channel.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
            await channel.send(
                job_lines.ended_line(job),
                nonce=nonce_of(f"{job.id}:end", place),
                allowed_mentions=NOBODY,
                suppress_embeds=True,
            )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("end not told job_id=%s code=%d", job.id, exc.code)  # /history has it

    async def _tell_refusal(self, job: Job) -> None:
        """Tell the author alone why, and remove the card. Where nobody can be told alone, the card says it."""
        webhook = self._cards.webhook(job)
        if webhook is None:
            await self._edit_last(job, stopped_view(job))
            return
        build_view = _REFUSAL_VIEWS.get(job.failure.kind, redo_view) if job.failure else redo_view
        try:
            await webhook.send(
                job_lines.failure_sentence(job).render(job.actor.locale),
                view=build_view(job) or discord.utils.MISSING,
                ephemeral=True,
                wait=True,
            )
        except discord.HTTPException as exc:
            if exc.code not in DEAD_TOKEN_CODES:
                raise
            await self._edit_last(job, stopped_view(job))
        else:
            await self._cards.remove(job)

    async def _edit_last(self, job: Job, view: discord.ui.View | None) -> None:
        """Show a job's end on its card, which is searched if its id never reached us."""

        async def edit() -> None:
            until = job.created_at + TOKEN_LIFE
            shown = job if job.card_id else job.with_(card_id=await self._cards.find_lost(job, until=until))
            files: list[discord.File] | None = None if ends_for_good(job) or job.is_withheld else []
            await self._cards.edit(shown, job_lines.ended_line(job), view, files)

        try:
            await self.editor.finish(job.id, edit)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("last state not shown job_id=%s code=%d", job.id, exc.code)

    async def show_group(self, group_state: GroupState) -> bool:
        """See `GroupPresenter`."""
        return await self._groups.show_group(group_state)

    async def find_group(self, group: Group) -> int | None:
        """See `GroupPresenter`."""
        return await self._groups.find_group(group)

    async def tell_group(self, group_state: GroupState, attempt: int) -> None:
        """See `GroupPresenter`."""
        await self._groups.tell_group(group_state, attempt)

    async def upload_limit(self, place: Place) -> int:
        """See `Presenter`."""
        return await self._guilds.upload_limit(place)

    async def alert_owner(self, alert: Alert) -> None:
        """See `Alerts`."""
        self.alerts.put(alert)

    async def resolve_alert(self, kind: AlertKind, subject: str = "") -> None:
        """See `Alerts`."""
        self.alerts.resolve(kind, subject)
