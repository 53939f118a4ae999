"""What people ask of a job after it was admitted."""

import contextlib
from datetime import datetime

from bot.domain.alerts import HOLD_ALERTS
from bot.domain.job import GOING_ON, Failure, FailureKind, Job, JobStatus, Subject, Token
from bot.domain.outcomes import Working
from bot.domain.rules import kept_pictures, without_words
from bot.errors import RelayUnclearError, UserError
from bot.jobs.access import Access
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.bans import Bans
from bot.jobs.groups import Groups
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import NOBODY, Moderation
from bot.jobs.presenter import Presenter
from bot.jobs.rulebook import Rulebook
from bot.jobs.transitions import STOPPED, Transitions
from bot.language import _
from bot.pictures.cache import Cache
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.audit import Act, ActKind
from bot.storage.jobs import JobStore

SEEDS_KEPT = 2_000


class JobControls:
    """Stops jobs, takes them away, and answers what is asked about them."""

    def __init__(
        self,
        store: JobStore,
        engines: ActiveEngines,
        live: LiveJobs,
        transitions: Transitions,
        groups: Groups,
        moderation: Moderation,
        rulebook: Rulebook,
        bans: Bans,
        access: Access,
        pictures: Pictures,
        presenter: Presenter,
    ) -> None:
        self._store = store
        self._engines = engines
        self._live = live
        self._transitions = transitions
        self._groups = groups
        self._moderation = moderation
        self._rulebook = rulebook
        self._bans = bans
        self._access = access
        self._pictures = pictures
        self._presenter = presenter
        self._seeds = Cache[str, str](SEEDS_KEPT)

    async def cancel(self, job: Job, by: int = NOBODY) -> JobStatus:
        """Stop a job: for good before it was sent, else only following it; returns where it stood.

        It is written down as an act of whoever is named.

        Raises:
            UserError: it is over.
        """
        act = _act(job, ActKind.CANCEL, by)
        while True:
            for free in (JobStatus.RECEIVED, JobStatus.AWAITING_INPUT):
                if await self._transitions.end_now(job, free, JobStatus.CANCELLED, STOPPED, act):
                    return free
            for status in (JobStatus.SUBMITTING, JobStatus.RUNNING):
                stopped = await self._store.move(job, [status], status, act, stopped=True)
                if stopped is not None:
                    self.follow_silently(stopped)
                    return status
            # A job that a busy relay sends back goes to and fro, and may have been elsewhere each time.
            now = await self._store.get(job.id)
            if now is None or now.status not in GOING_ON - {JobStatus.POSTING}:
                raise UserError(_("This job has already ended."))
            job = now  # it may have changed hands, too

    def follow_silently(self, job: Job) -> None:
        """Let everybody here who works on a job that was sent know that it is stopped; its owner hears of it."""
        if not self._store.ownership.is_ours(job):
            return
        if job.status is JobStatus.SUBMITTING:
            self._live.stopped_on_the_way.add(job.id)
        if job.id in self._live.running:
            self._live.running[job.id] = job
            self._live.looks.put(job.id)  # so that the relay is asked to stop it soon
        self._presenter.show(job, Working())
        self._groups.changed(job.group_id)

    async def cancel_rest(self, group_id: str) -> int:
        """Stop what still goes on of a group, each job as `cancel` does; returns how many that were."""
        group_state = await self._store.groups.get(group_id)
        stopped = 0
        for job in group_state.jobs if group_state else ():
            if job.status in GOING_ON and not job.stopped:
                with contextlib.suppress(UserError):  # it was over a moment ago
                    await self.cancel(job)
                    stopped += 1
        self._groups.changed(group_id)
        return stopped

    async def resume_server(self, guild_id: int, by: int = NOBODY) -> None:
        """Let jobs start in a server again, at once."""
        await self._moderation.resume(guild_id, by)
        self._live.queue.poke()

    async def block(self, guild_id: int, user_id: int, by: int = NOBODY) -> None:
        """Block a member in a server, and stop what waits of theirs there."""
        await self._moderation.block(guild_id, user_id, by)
        await self._stop_blocked()

    async def ban(self, subject: Subject, subject_id: int, by: int, *, reason: str, until: datetime | None) -> None:
        """Ban a member or a server everywhere, and stop what waits of theirs."""
        await self._bans.ban(subject, subject_id, by, reason=reason, until=until)
        await self._stop_blocked()

    async def on_moderation_changed(self) -> None:
        """Take in what moderators and the owner decided at another process."""
        await self._moderation.load()
        await self._rulebook.load()
        await self._bans.load()
        await self._stop_blocked()
        self._live.queue.poke()

    async def _stop_blocked(self) -> None:
        """Stop what waits of members who are blocked where it does, or of whom the owner banned."""
        for job in list(self._live.waiting.values()):
            if self._access.is_blocked(job.actor, job.place):
                await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)

    async def on_settings_changed(self, _settings: Settings) -> None:
        """Let what is held back from engines be tried at once: they may be reached in another way now."""
        for engine in list(self._live.held):
            self._live.held_until.pop(engine, None)
            if engine not in self._engines:  # it is in use no more, so that no job can show that it takes something
                self._live.held.pop(engine, None)
                for kind in HOLD_ALERTS:
                    await self._presenter.resolve_alert(kind, engine)
            await self._store.shared_limits.release(engine)
        self._live.queue.poke()

    async def dismiss(self, job: Job, by: int = NOBODY) -> None:
        """An uncertain job's author wants no more of it; it may have been charged, so its units stay spent.

        It is written down as an act of whoever is named.

        Raises:
            UserError: it is not uncertain any more.
        """
        act = _act(job, ActKind.GIVE_UP, by)
        given_up = Failure(kind=FailureKind.GIVEN_UP)
        if not await self._transitions.end_now(job, JobStatus.UNCERTAIN, JobStatus.CANCELLED, given_up, act):
            raise UserError(_("This job has already ended."))

    async def remove(self, job: Job) -> None:
        """Take a posted job away for good: its buttons refuse from now on, its words and pictures are deleted.

        Raises:
            UserError: it is not a posted result.
        """
        removed = await self._store.move(job, [JobStatus.DONE], JobStatus.REMOVED, once_key=None)
        if removed is None:
            raise UserError(_("Only a finished picture can be removed."))
        await self._finish_removal(removed)

    async def withdraw(self, job: Job) -> None:
        """Take away a result that waits for a moderator, as `remove` does one that is posted; its units stay spent.

        Raises:
            UserError: it waits no more.
        """
        gone: dict[str, object] = {"once_key": None, "in_review": False, "told": True, "token": None}
        removed = None
        if job.awaits_review:
            removed = await self._store.move(job, [JobStatus.UNDELIVERABLE], JobStatus.REMOVED, **gone)
        if removed is None:
            raise UserError(_("This job has already ended."))
        await self._finish_removal(removed)
        self._groups.changed(job.group_id)

    async def finish_removals(self) -> None:
        """Delete words and pictures of jobs that were being removed when the process before ended."""
        for job in await self._store.erasure.half_removed():
            await self._finish_removal(job)

    async def _finish_removal(self, removed: Job) -> None:
        # The words last: as long as they are there, the next start knows that there is something to be finished.
        needed = await self._store.needed_pictures()
        await self._pictures.remove(kept_pictures(removed.request, removed.result) - needed)
        await self._store.erasure.blank(removed.id, without_words(removed.request))

    async def fresh_token(self, job: Job, token: Token) -> bool:
        """A press on a card gave us another quarter of an hour; False when the job is over.

        Raises:
            UserError: nothing can be done for it, as its engine is off.
        """
        if self._engines.is_engine_off(job):
            self._engines.get(job.lane)
        if not await self._store.refresh_token(job.id, token):
            return False
        if not self._store.ownership.is_ours(job):
            return True
        self.on_fresh_token(job.with_(token=token))
        return True

    def on_fresh_token(self, job: Job) -> None:
        """Let everybody here who works on a job have its younger token, and look after it soon."""
        waiting, running = self._live.waiting, self._live.running
        if job.id in running:  # which may know more than the job that was pressed
            running[job.id] = running[job.id].with_(token=job.token)
            self._live.looks.put(job.id)
        elif job.id in waiting:
            waiting[job.id] = waiting[job.id].with_(token=job.token)
            self._presenter.show(waiting[job.id], Working())
        else:
            self._live.deliveries.put(job.id)

    async def seed(self, job: Job) -> str:
        """The seed of a finished job; raises `RelayError`."""

        async def ask() -> str:
            seed = await self._engines.get(job.lane).seed(job)
            if not seed:
                raise RelayUnclearError("no seed")
            return seed

        return await self._seeds.get(job.id, ask)


def _act(job: Job, kind: ActKind, by: int) -> Act | None:
    """What is written down of somebody who acts on another's job; nothing of what is its author's own affair."""
    return Act(by, job.place.guild_id, kind, f"job:{job.id}", job.status) if by else None
