"""Looks at tasks one by one: one that hangs keeps no other waiting, and is not begun twice."""

import asyncio

from bot.domain.job import Job
from bot.domain.outcomes import Observation, Unread, Working
from bot.errors import RelayUnclearError
from bot.relay.single_looks import LOOKS_AT_ONCE, SingleLooks
from tests.support.makers import make_job
from tests.support.ports import until


class Tasks:
    """Some hang until they are let go; the others say something at once."""

    def __init__(self, *hanging: Job) -> None:
        self._hanging = {job.id for job in hanging}
        self.let_go = asyncio.Event()
        self.looked: list[str] = []
        self.over: list[str] = []

    async def fetch(self, job: Job) -> Observation:
        self.looked.append(job.id)
        if job.id in self._hanging:
            await self.let_go.wait()
        self.over.append(job.id)
        if job.id in self._hanging:
            return Working(99)
        return Working(31)


async def test_look_that_hangs_keeps_no_other_waiting() -> None:
    jobs = [make_job(task_id=str(number)) for number in range(3 * LOOKS_AT_ONCE)]
    tasks = Tasks(*jobs[:LOOKS_AT_ONCE])
    singly = SingleLooks(patience_s=0.01)

    await singly.at(jobs, tasks.fetch)
    await until(lambda: len(tasks.over) == 2 * LOOKS_AT_ONCE)  # although all places were taken by what hangs
    seen = await singly.at(jobs, tasks.fetch)

    assert [seen[job.id] for job in jobs] == [Unread()] * LOOKS_AT_ONCE + [Working(31)] * 2 * LOOKS_AT_ONCE


async def test_late_look_is_told_next_time_and_not_begun_twice() -> None:
    slow, quick = make_job(task_id="1"), make_job(task_id="2")
    tasks, singly = Tasks(slow), SingleLooks(patience_s=0.01)
    assert (await singly.at([slow, quick], tasks.fetch))[slow.id] == Unread()

    tasks.let_go.set()
    await until(lambda: slow.id in tasks.over)
    seen = await singly.at([slow, quick], tasks.fetch)

    assert seen == {slow.id: Working(99), quick.id: Working(31)}
    assert tasks.looked.count(slow.id) == 1
    await singly.at([slow], tasks.fetch)
    assert tasks.looked.count(slow.id) == 2


async def test_late_trouble_is_told_next_time() -> None:
    job, singly, let_go = make_job(task_id="1"), SingleLooks(patience_s=0.01), asyncio.Event()
    over: list[str] = []

    async def fetch(job: Job) -> Observation:
        await let_go.wait()
        over.append(job.id)
        raise RelayUnclearError("timed out")

    assert await singly.at([job], fetch) == {job.id: Unread()}
    let_go.set()
    await until(lambda: over)
    seen = await singly.at([job], fetch)

    assert isinstance(seen[job.id], RelayUnclearError)
