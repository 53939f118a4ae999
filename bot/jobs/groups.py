"""Jobs asked for together: one card that says how far they are, and one ping when all are over."""

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.job import Group, GroupKind, GroupState, Job, JobStatus
from bot.jobs.job_metrics import tell_end
from bot.jobs.live_jobs import LiveJobs
from bot.lanes import Lanes
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

SPACING_S = 2.0  # real seconds between edits of one card
SETTLING_S = 0.3  # changes within this time are shown together
LONGEST_PAUSE_S = 60.0
CARDS_AT_ONCE = 2  # of one channel, with all their pictures in memory
PATIENCE_S = 5.0  # real seconds after which the others of a channel do not wait for a card


class GroupPresenter(Protocol):
    """How groups look to people; implemented by the Discord side."""

    async def show_group(self, group_state: GroupState) -> bool:
        """Bring the group's card up to date; False when the card is gone. Any exception means "again later"."""
        ...

    async def find_group(self, group: Group) -> int | None:
        """The card that Discord may show although its id never reached us. Any exception means "again later"."""
        ...

    async def tell_group(self, group_state: GroupState, attempt: int) -> None:
        """Tell the author, once, that all jobs of a group are over. Any exception means "again later".

        `attempt` is 0 only if it is certain that nothing was tried before.
        """
        ...


class Groups:
    """The groups whose authors must still be told. What a comparison's jobs made stands in its card alone.

    Jobs whose group's card is gone speak for themselves: their results become messages of their own.
    """

    def __init__(self, store: JobStore, presenter: GroupPresenter, live: LiveJobs, clock: Clock) -> None:
        self._store = store
        self._presenter = presenter
        self._live = live
        self._deliveries = live.deliveries
        self._clock = clock
        self._open: dict[str, Group] = {}
        self._attempts: dict[str, int] = {}
        self._shown_at: dict[str, float] = {}
        self._under_way: set[str] = set()
        self._collected: set[str] = set()  # jobs that wait to be shown on their group's card
        self.due = DelayQueue(clock)

    async def load(self) -> None:
        """Take up the open groups after a start."""
        for group in await self._store.groups.list_open():
            self.pick_up(group)

    def pick_up(self, group: Group) -> None:
        """Take up a group of which an earlier try, of this process or of one before, may have told already."""
        self.begin(group)
        self._attempts[group.id] = 1
        self.changed(group.id)

    def begin(self, group: Group) -> None:
        """A group's card stands, or may stand although we do not know its id; then none of its jobs is sent."""
        self._open[group.id] = group
        self._take_pause(group)

    def _take_pause(self, group: Group) -> None:
        """Let nothing of a paused group start, and go on where it is not paused any more."""
        paused = self._live.paused
        if group.is_paused:
            paused.add(group.id)
        elif group.id in paused:
            paused.discard(group.id)
            self._live.queue.poke()

    async def pause(self, group_state: GroupState, *, is_paused: bool) -> None:
        """Let nothing more of a group start, or let it go on; what was sent is followed all the same."""
        group = replace(group_state.group, is_paused=is_paused)
        await self._store.groups.pause(group.id, is_paused=is_paused)
        if self._store.ownership.is_ours(group):
            self._take_pause(group)
            self.changed(group.id)
        elif theirs := [job for job in group_state.jobs if not self._store.ownership.is_ours(job)]:
            await self._store.ownership.touch(theirs[0])  # by one of its jobs its owner hears of the group

    def knows(self, group_id: str) -> bool:
        """Whether a group is followed until its author is told."""
        return group_id in self._open

    def is_open(self, group_id: str | None) -> bool:
        """Whether a group's card stands and its author must still be told."""
        group = self._open.get(group_id or "")
        return group is not None and group.card_id is not None

    def collect(self, job: Job) -> bool:
        """Take a result whose pictures are kept, if it belongs into its group's card; else it is a message's affair."""
        group = self._open.get(job.group_id or "")
        if group is None or group.kind is not GroupKind.COMPARISON:
            return False
        self._collected.add(job.id)
        self.changed(group.id)
        return True

    def changed(self, group_id: str | None) -> None:
        """One of a group's jobs stands otherwise than it did."""
        if group_id in self._open and group_id not in self.due:
            self.due.put(group_id, max(self._rest_s(group_id), SETTLING_S))

    def _rest_s(self, group_id: str) -> float:
        """Seconds until a group's card may be edited again."""
        return self._shown_at.get(group_id, -SPACING_S) + SPACING_S - self._clock.monotonic()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            lanes = Lanes(tasks, self._refresh_in, places=CARDS_AT_ONCE, patience_s=PATIENCE_S)
            while True:
                await self.due.wait()
                for group_id in self.due.take():
                    if (rest_s := self._rest_s(group_id)) > 0:  # the last edit took its time to arrive
                        self.due.put(group_id, rest_s)
                    elif (group := self._open.get(group_id)) is not None:
                        lanes.put(group.place.channel_id, group_id, group.actor.id)

    async def _refresh_in(self, _channel: int, group_id: str) -> None:
        await self.refresh(group_id)

    async def refresh(self, group_id: str) -> None:
        """Show how a group stands and, at the end, tell its author; whatever goes wrong is tried again."""
        if group_id in self._under_way:
            self.due.put(group_id, SPACING_S)  # of two edits at once the older could come last
            return
        attempt = self._attempts.get(group_id, 0)
        self._under_way.add(group_id)
        try:
            await self._refresh(group_id, attempt)
        except Exception:  # one group's trouble must never stop the others
            logger.exception("group not shown group_id=%s attempt=%d", group_id, attempt)
            self._attempts[group_id] = attempt + 1
            self.due.put(group_id, min(2.0 ** min(attempt + 1, 6), LONGEST_PAUSE_S))
        finally:
            self._under_way.discard(group_id)

    async def _refresh(self, group_id: str, attempt: int) -> None:
        collected = set(self._collected)
        group_state = await self._store.groups.get(group_id)
        if group_state is None or group_state.group.told or not self._store.ownership.is_ours(group_state.group):
            self._close(group_id)
            return
        self._take_pause(group_state.group)
        if not self._store.database.processes.lease.holds():  # another process may be about to do the same
            self.due.put(group_id, SPACING_S)
            return
        if group_state.group.card_id is None:
            card_id = await self._presenter.find_group(group_state.group)
            if card_id is None:  # nobody ever saw it
                await self._store.groups.told(group_id)
                self._close(group_id)
                return
            await self._store.groups.card_shown(group_id, card_id)
            group_state = replace(group_state, group=replace(group_state.group, card_id=card_id))
        self._shown_at[group_id] = self._clock.monotonic()
        shown = collected & {job.id for job in group_state.jobs}
        group_state = replace(
            group_state, jobs=tuple(_as_posted(job) if job.id in shown else job for job in group_state.jobs)
        )
        stands = await self._presenter.show_group(group_state)
        self._shown_at[group_id] = self._clock.monotonic()
        if not stands:
            await self._card_is_gone(group_state)
            return
        if group_state.group.kind is GroupKind.COMPARISON:
            await self._settle(group_state, shown)
        if group_state.is_over:  # as the card shows it: what has changed since then brings us here again
            await self._presenter.tell_group(group_state, attempt)
            await self._store.groups.told(group_id)
            self._close(group_id)

    async def _settle(self, group_state: GroupState, shown: set[str]) -> None:
        """What the card shows is posted; a card that one of them had of its own has to go."""
        done = {"result_message_id": group_state.group.card_id, "token": None}
        for job in group_state.jobs:
            if job.id in shown:
                has_card = job.card_id is not None
                posted = await self._store.move(job, [JobStatus.POSTING], JobStatus.DONE, told=not has_card, **done)
                if posted is not None:
                    tell_end(posted, self._clock)
                if has_card:
                    self._deliveries.put(job.id)
        self._collected -= shown

    async def _card_is_gone(self, group_state: GroupState) -> None:
        """Somebody deleted the card: from here on each job speaks for itself."""
        await self._store.groups.told(group_state.group.id)
        self._close(group_state.group.id)
        for job in group_state.jobs:
            if job.status is JobStatus.POSTING or job.id in self._collected:
                self._collected.discard(job.id)
                self._deliveries.put(job.id)
            elif group_state.group.is_paused and job.status is JobStatus.RECEIVED:
                self._live.forget(job.id)  # nobody can let it go on: it is found in no list, and ended

    def _close(self, group_id: str) -> None:
        for kept in (self._open, self._attempts, self._shown_at):
            kept.pop(group_id, None)
        self._live.paused.discard(group_id)


def _as_posted(job: Job) -> Job:
    """How a job looks on the card that posts its result."""
    return job.with_(status=JobStatus.DONE)
