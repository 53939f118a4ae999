"""What the owner looks at over all servers is whole, in order, and goes on where a page ended."""

from datetime import timedelta

import pytest

from bot.domain.job import Job, JobStatus
from bot.storage.audit import Act, ActKind, write_act
from bot.storage.jobs import JobStore
from bot.storage.library import Spot
from bot.storage.overview import Overview
from tests.support.makers import ANA, DAY, NO_LIMITS, START, make_job, make_place

pytestmark = pytest.mark.both_databases
S = JobStatus


async def stored(store: JobStore, status: JobStatus, minutes: int = 0, guild_id: int = 201) -> Job:
    created_at = START + timedelta(minutes=minutes)
    job = make_job(status, created_at=created_at, place=make_place(guild_id=guild_id))
    await store.admissions.admit(job, NO_LIMITS, DAY)
    return job


async def test_jobs_of_all_servers_are_counted_as_they_stand(store: JobStore) -> None:
    for status, guild_id in ((S.RUNNING, 201), (S.RUNNING, 202), (S.UNCERTAIN, 201), (S.DONE, 201)):
        await stored(store, status, guild_id=guild_id)

    assert await Overview(store.database).counts() == {S.RUNNING: 2, S.UNCERTAIN: 1}


async def test_standing_jobs_go_on_where_a_page_ended_also_within_an_instant(store: JobStore) -> None:
    known = [await stored(store, S.UNCERTAIN, minutes=number // 3) for number in range(8)]
    await stored(store, S.DONE)
    overview, found, before = Overview(store.database), list[Job](), None
    while page := await overview.standing([S.UNCERTAIN], 3, before):
        found += page
        before = Spot(page[-1].created_at, page[-1].id)

    assert [job.id for job in found] == [
        job.id for job in sorted(known, key=lambda job: (job.created_at, job.id), reverse=True)
    ]


async def test_what_ended_is_listed_once_by_when_it_was_asked_for(store: JobStore) -> None:
    first, going_on, second = [await stored(store, status) for status in (S.RUNNING, S.RUNNING, S.REFUSED)]
    await store.move(first, [S.RUNNING], S.DONE)
    overview = Overview(store.database)

    [(number, last)] = await overview.ended(1, None)
    [(_number, before)] = await overview.ended(5, number)

    assert (last.id, before.id) == (second.id, first.id)
    assert going_on.id not in {job.id for _number, job in await overview.ended(5, None)}


async def test_an_act_is_written_with_what_it_changes_or_not_at_all(store: JobStore) -> None:
    job = await stored(store, S.UNCERTAIN)
    act = Act(ANA.id, 201, ActKind.GIVE_UP, f"job:{job.id}")
    overview = Overview(store.database)

    assert await store.move(job, [S.RUNNING], S.CANCELLED, act) is None
    assert list(await overview.acts(5, None)) == []
    assert await store.move(job, [S.UNCERTAIN], S.CANCELLED, act) is not None

    [row] = await overview.acts(5, None)
    assert (row.actor, row.act, row.target) == (str(ANA.id), "give_up", f"job:{job.id}")


async def test_acts_go_on_where_a_page_ended(store: JobStore) -> None:
    for guild_id in (201, None, 202):
        await write_act(store.database, Act(ANA.id, guild_id, ActKind.PAUSE))
    overview = Overview(store.database)

    first = await overview.acts(2, None)
    second = await overview.acts(2, first[-1].id)

    assert [row.guild_id for row in (*first, *second)] == [202, None, 201]
