"""Results that a server's moderators look at first: which those are, and what comes of a decision."""

import asyncio

from bot.clock import Clock
from bot.domain.job import Actor, Job, JobStatus, Place, Reach
from bot.domain.review import MINUTES, NOBODY_LOOKED, Decision, Review
from bot.domain.rules import kept_pictures
from bot.domain.server_rules import Key, Name
from bot.jobs.groups import Groups
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import NOBODY
from bot.jobs.rulebook import Rulebook
from bot.jobs.transitions import Transitions
from bot.pictures.folder import Pictures
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.jobs import JobStore

LOST_NOTE = "review-lost:"  # the channel of a server that was out of reach, so that this is told once


class Reviews:
    """Lets results wait, and go on; `changed` tells whoever shows them to moderators."""

    def __init__(
        self,
        store: JobStore,
        live: LiveJobs,
        transitions: Transitions,
        groups: Groups,
        rulebook: Rulebook,
        pictures: Pictures,
        clock: Clock,
    ) -> None:
        self.changed = asyncio.Event()
        store.removals.subscribe(self.changed.set)  # what is gone has to be taken away
        self._store = store
        self._live = live
        self._transitions = transitions
        self._groups = groups
        self._rulebook = rulebook
        self._pictures = pictures
        self._clock = clock

    def applies(self, actor: Actor, place: Place) -> bool:
        """Whether what somebody makes in a place is shown to moderators first."""
        if place.reach is not Reach.GUILD:
            return False
        held = (rules.holding(Name.REVIEW, actor, place) for rules in self._rulebook.all_of(place))
        return any(value for found in held for _key, value in found)

    async def is_needed(self, job: Job) -> bool:
        """Whether a finished job may not be posted yet."""
        if not (job.in_review or self.applies(job.actor, job.place)):
            return False
        review = await self._store.reviews.get(job.id)
        return review is None or review.decision is None

    async def ask(self, job: Job) -> Job | None:
        """Let a finished job, whose pictures are kept, wait for a moderator; None when it had moved on."""
        waiting = await self._store.reviews.ask(job, self._review_of(job))
        if waiting is not None:
            self._groups.changed(job.group_id)
            self.changed.set()
        return waiting

    def _review_of(self, job: Job) -> Review:
        guild_id = job.place.guild_id or 0
        values = self._rulebook.of_guild(guild_id).values
        minutes = values.get(Key("server", Name.REVIEW_MINUTES), MINUTES)
        otherwise = values.get(Key("server", Name.REVIEW_AFTER), NOBODY_LOOKED)
        return Review(
            job.id,
            guild_id,
            values.get(Key("server", Name.REVIEW_CHANNEL)),
            asked_at=self._clock.now(),
            decides_at=self._clock.after(minutes * 60.0),
            otherwise=Decision(otherwise),
        )

    async def decide(
        self, job_id: str, decision: Decision, by: int, *, reason: str = "", is_refunded: bool = False
    ) -> bool:
        """Post a job that waits, or end it; False where nothing waits any more."""
        job = await self._store.reviews.decide(job_id, decision, by, reason=reason, is_refunded=is_refunded)
        if job is None:
            return False
        if job.status is JobStatus.FAILED:
            self._transitions.on_ended(job)
        elif self._store.ownership.is_ours(job):
            self._live.deliveries.schedule(job, attempt=0)
        self._groups.changed(job.group_id)
        self.changed.set()
        return True

    async def decide_overdue(self) -> None:
        """Decide what no moderator looked at in time, as each server wants it."""
        for review in await self._store.reviews.overdue(self._clock.now()):
            await self.decide(review.job_id, review.otherwise, NOBODY)

    async def delete_rejected(self, job: Job) -> None:
        """Delete what came of a job that was rejected; begun once more where it was broken off."""
        if job.result is None or not job.is_withheld:
            return
        await self._pictures.remove(kept_pictures(job.request, job.result) - kept_pictures(job.request, None))
        await self._store.reviews.drop_result(job)

    async def note_reach(self, review: Review, *, is_lost: bool) -> None:
        """Tell a server's moderators, in its log, that its review channel cannot be reached; once, until it can be."""
        name, told = f"{LOST_NOTE}{review.guild_id}", str(review.channel_id or "-")
        known = await self._store.notes.get(name)
        if not is_lost:
            if known is not None:
                await self._store.notes.delete(name)
        elif known != told and await self._store.notes.replace(name, known, told):
            act = Act(NOBODY, review.guild_id, ActKind.REVIEW_CHANNEL_LOST)
            await self._store.notes.set(name, told, audit_line(act))
