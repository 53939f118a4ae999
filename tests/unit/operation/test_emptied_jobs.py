"""After KEEP_PROMPTS_DAYS nothing of a job that is over tells of its member; what it cost stays."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.crypto import Pseudonyms
from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus, Reach
from bot.domain.requests import Imagine
from bot.errors import UserError
from bot.jobs.admission import check_is_kept
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from bot.storage.schema import metadata
from tests.support.loops import make_sweeper
from tests.support.makers import ANA, NO_LIMITS, START, make_job, make_place, make_result
from tests.support.ports import ManualClock

pytestmark = pytest.mark.both_databases

MEMBER = Actor(704_115_936_220_118_027, roles=(998877,))
LONG_AGO = START - timedelta(days=31)
SECRET = "a secret garden"


async def over(store: JobStore, status: JobStatus = JobStatus.DONE, **changes: Any) -> Job:
    """A job of the member's that ended long ago, with a picture."""
    known = {"actor": MEMBER, "request": Imagine(prompt=SECRET, pictures=("input.png",)), "created_at": LONG_AGO}
    job = make_job(JobStatus.RECEIVED, **(known | changes))
    await store.admissions.admit(job, NO_LIMITS, job.created_at.date().isoformat())
    result = make_result().model_copy(update={"picture": "made.png", "final_prompt": SECRET})
    failure = Failure(kind=FailureKind.RELAY, detail=SECRET)
    paid = await store.move(
        job, [job.status], JobStatus.POSTING, result=result, task_id="778899001122", failure=failure
    )
    assert paid is not None
    done = await store.move(
        paid, [paid.status], status, result_message_id=556677889900, card_id=445566778899, token=None
    )
    assert done is not None
    return done


async def everything(store: JobStore) -> str:
    """All rows of all tables, as they are kept."""
    async with store.database.reading() as connection:
        found = [await connection.execute(text(f"SELECT * FROM {name}")) for name in metadata.tables]
    return "\n".join(str(row) for rows in found for row in rows)


async def swept(store: JobStore, pictures: Pictures) -> None:
    await make_sweeper(store, pictures, ManualClock(), keep_pictures_days=0, keep_prompts_days=30).sweep_once()


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.UNDELIVERABLE, JobStatus.FAILED, JobStatus.REMOVED])
async def test_nothing_tells_of_its_member_any_more(
    status: JobStatus, store: JobStore, pictures: Pictures, tmp_path: Path
) -> None:
    await over(store, status)
    await over(store, status, place=make_place(guild_id=None, reach=Reach.DM, channel_id=667788))
    for name in ("input.png", "made.png"):
        (tmp_path / "pictures" / name).write_bytes(b"pixels")

    await swept(store, pictures)

    left = await everything(store)
    assert [
        word
        for word in (str(MEMBER.id), SECRET, "778899001122", "556677889900", "445566778899", "667788", "998877")
        if word in left
    ] == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_what_it_cost_stays_under_one_pseudonym(store: JobStore, pictures: Pictures) -> None:
    jobs = [await over(store, units=units) for units in (2, 5)]

    await swept(store, pictures)
    await swept(store, pictures)

    stands_in = Actor(Pseudonyms("key").of(MEMBER.id))
    assert stands_in.id < 0
    kept = [await store.get(job.id) for job in jobs]
    assert [job and (job.units, job.actor.id, job.place.guild_id) for job in kept] == [
        (2, stands_in.id, 201),
        (5, stands_in.id, 201),
    ]
    assert await store.spent(stands_in, LONG_AGO.date().isoformat()) == (7, 7)
    assert await store.spent(MEMBER, LONG_AGO.date().isoformat()) == (0, 7)


async def test_its_buttons_refuse(store: JobStore, pictures: Pictures) -> None:
    job = await over(store)

    await swept(store, pictures)

    kept = await store.get(job.id)
    assert kept is not None
    with pytest.raises(UserError):
        check_is_kept(kept)


@pytest.mark.parametrize(
    "changes",
    [
        {"created_at": START - timedelta(days=29)},
        {"status": JobStatus.RUNNING},
        {"told": False},
    ],
)
async def test_what_is_young_or_not_over_keeps_its_words(
    changes: dict[str, Any], store: JobStore, pictures: Pictures
) -> None:
    job = await over(store, **changes)

    await swept(store, pictures)

    kept = await store.get(job.id)
    assert kept is not None
    assert (kept.prompt, kept.actor) == (SECRET, MEMBER)


async def test_units_that_may_come_back_stay_where_they_were_booked(store: JobStore, pictures: Pictures) -> None:
    await over(store, units=2)
    open_job = make_job(JobStatus.RECEIVED, actor=MEMBER, created_at=LONG_AGO, units=3)
    await store.admissions.admit(open_job, NO_LIMITS, LONG_AGO.date().isoformat())

    await swept(store, pictures)
    assert await store.move(open_job, [open_job.status], JobStatus.CANCELLED)

    assert await store.spent(MEMBER, LONG_AGO.date().isoformat()) == (0, 2)


async def test_one_of_unknown_outcome_is_given_up_with_its_units_spent(store: JobStore, pictures: Pictures) -> None:
    job = make_job(JobStatus.RECEIVED, actor=MEMBER, created_at=LONG_AGO, units=3)
    await store.admissions.admit(job, NO_LIMITS, LONG_AGO.date().isoformat())
    assert await store.move(job, [job.status], JobStatus.UNCERTAIN)

    await swept(store, pictures)

    kept = await store.get(job.id)
    assert kept is not None
    assert kept.status is JobStatus.CANCELLED
    assert (await store.spent(ANA, LONG_AGO.date().isoformat()))[1] == 3
