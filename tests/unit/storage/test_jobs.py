"""Jobs in a real database file: what goes in comes out, guarded moves, units at the end, lists."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.job import ENDED, Failure, FailureKind, JobStatus
from bot.domain.requests import Action, Blend, Describe, Dimensions, FaceSwap, Imagine, Mode, Outgoing, Request, Shorten
from bot.storage.jobs import JobStore
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    PICK_2,
    START,
    TASK,
    make_place,
    make_result,
    make_token,
)
from tests.support.stored import admitted, moved, received, reservation_of, units_used

pytestmark = pytest.mark.both_databases

REQUESTS: list[Request] = [
    Imagine(prompt="猫 --v 7\n'; DROP TABLE jobs;", pictures=("a-input1.png",), references=("--sref",)),
    Blend(pictures=("a.png", "b.png"), dimensions=Dimensions.PORTRAIT),
    Describe(pictures=("a.png",)),
    Shorten(prompt="x" * 6000),
    FaceSwap(pictures=("a.png", "b.png")),
    Action(prompt="cat", button=PICK_2, parent_task_id=TASK, answer="dog", is_answered=True, pictures=("mask.png",)),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.operation))
async def test_job_comes_out_as_it_went_in(request_: Request, store: JobStore) -> None:
    place = make_place(channel_id=2**63 - 1, guild_id=None, may_post=False)
    job = received(request=request_, mode=Mode.TURBO, place=place, reply_to=7, units=3)

    assert await admitted(store, job) == await store.get(job.id) == job.with_(owner=store.database.process)


async def test_reopened_database_has_everything(database: str) -> None:
    result, failure = make_result(), Failure(kind=FailureKind.RELAY, detail="no")
    changes = {"result": result, "failure": failure, "deadline_at": START, "submitted_at": START, "task_id": "007"}
    changes |= {"card_id": 1, "result_message_id": 2, "told": False, "stopped": True, "token": make_token(7)}
    async with JobStore.opened(database) as store:
        before = await moved(store, await admitted(store), JobStatus.FAILED, **changes)
        await store.notes.set("a", "1")

    async with JobStore.opened(database) as store:
        now = await store.get(before.id)
        assert now is not None
        assert now.with_(owner=before.owner) == before == before.with_(**changes)
        assert await store.notes.get("a") == "1"


async def test_unknown_job_is_none(store: JobStore) -> None:
    assert await store.get("nobody") is None


async def test_wiped_token_is_gone(store: JobStore) -> None:
    job = await admitted(store)

    await store.update(job, token=None)

    assert (await store.get(job.id)) == job.with_(token=None)


async def test_move_from_another_status_changes_nothing(store: JobStore) -> None:
    job = await admitted(store)

    assert await store.move(job, [JobStatus.RUNNING, JobStatus.SUBMITTING], JobStatus.DONE, task_id="9") is None
    assert await store.get(job.id) == job


async def test_only_one_of_many_movers_wins(store: JobStore) -> None:
    job = await admitted(store)

    moves = [store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING) for _ in range(20)]
    winners = [now for now in await asyncio.gather(*moves) if now is not None]

    assert [winner.status for winner in winners] == [JobStatus.SUBMITTING]


async def test_cancel_and_submit_at_once_have_one_winner(store: JobStore) -> None:
    job = await admitted(store)

    sent, cancelled = await asyncio.gather(
        store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING),
        store.move(job, [JobStatus.RECEIVED], JobStatus.CANCELLED),
    )

    assert (sent is None) != (cancelled is None)


async def test_job_that_starts_over_waits_as_if_it_had_never_left(store: JobStore) -> None:
    job = await moved(store, await admitted(store), JobStatus.SUBMITTING, task_id=TASK, submitted_at=START)
    outgoing = Outgoing(Imagine(prompt="a dog"), Mode.RELAX)

    back = await store.start_over(job, outgoing, 1, NO_LIMITS)

    fresh = {"status": JobStatus.RECEIVED, "task_id": None, "submitted_at": None}
    assert back == job.with_(**fresh, request=outgoing.request, mode=outgoing.mode)


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.UNCERTAIN, JobStatus.REFUSED])
async def test_job_that_has_moved_on_does_not_start_over(status: JobStatus, store: JobStore) -> None:
    sent = await moved(store, await admitted(store), JobStatus.SUBMITTING)
    job = await moved(store, sent, status)

    assert await store.start_over(sent, Outgoing(Imagine(prompt="a dog"), None), 1, NO_LIMITS) is None

    assert await store.get(job.id) == job


@pytest.mark.parametrize(
    ("way", "state", "used"),
    [
        ([JobStatus.SUBMITTING, JobStatus.RUNNING], "reserved", 3),
        ([JobStatus.SUBMITTING, JobStatus.UNCERTAIN], "reserved", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING, JobStatus.DONE], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING, JobStatus.UNDELIVERABLE], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.EXPIRED], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.FAILED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.REFUSED], "released", 0),
        ([JobStatus.CANCELLED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.UNCERTAIN, JobStatus.CANCELLED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.RECEIVED, JobStatus.CANCELLED], "released", 0),
    ],
    ids=lambda value: str(value[-1]) if isinstance(value, list) else None,
)
async def test_units_are_settled_or_released_with_the_end(
    way: list[JobStatus], state: str, used: int, store: JobStore
) -> None:
    job = await admitted(store, received(units=3))

    await moved(store, job, *way)

    assert await reservation_of(store, job) == state
    assert (await units_used(store), await units_used(store, "member:901")) == (used, used)


async def test_units_are_released_once(store: JobStore) -> None:
    other, job = await admitted(store), await admitted(store)

    await moved(store, job, JobStatus.FAILED, JobStatus.CANCELLED)

    assert await units_used(store) == 1
    assert await reservation_of(store, other) == "reserved"


async def test_units_are_given_back_to_the_day_that_they_were_spent_on(store: JobStore) -> None:
    job, next_day = await admitted(store), received()
    await store.admissions.admit(next_day, NO_LIMITS, "2026-11-23")

    await moved(store, job, JobStatus.CANCELLED)

    assert [await store.spent(ANA, day) for day in (DAY, "2026-11-23")] == [(0, 0), (1, 1)]


async def test_posting_again_elsewhere_settles_nothing_twice(store: JobStore) -> None:
    job = await admitted(store)

    await moved(store, job, JobStatus.POSTING, JobStatus.UNDELIVERABLE, JobStatus.POSTING, JobStatus.DONE)

    assert (await units_used(store), await reservation_of(store, job)) == (1, "settled")


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("told", [True, False])
async def test_unfinished_is_what_still_needs_something_done(status: JobStatus, *, told: bool, store: JobStore) -> None:
    job = await admitted(store)
    await store.move(job, [JobStatus.RECEIVED], status, told=told)
    rests = ENDED | {JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN}

    assert [found.id for found in await store.unfinished()] == ([job.id] if status not in rests or not told else [])


async def test_unfinished_comes_oldest_first(store: JobStore) -> None:
    late, early = received(created_at=START + timedelta(seconds=9)), received()
    for job in (late, early):
        await admitted(store, job)

    assert [job.id for job in await store.unfinished()] == [early.id, late.id]


@pytest.mark.parametrize("status", JobStatus)
async def test_own_list_has_what_is_not_over(status: JobStatus, store: JobStore) -> None:
    job, foreign = await admitted(store), await admitted(store, received(actor=BEN))
    for each in (job, foreign):
        await store.move(each, [JobStatus.RECEIVED], status)

    assert [found.id for found in await store.of_author(901, 10)] == ([] if status in ENDED else [job.id])


async def test_pictures_are_needed_until_the_end_was_told(store: JobStore) -> None:
    job = await admitted(store, received(request=Imagine(prompt="a cat", pictures=("a.png",))))
    done = await moved(store, job, JobStatus.DONE, told=False)

    assert await store.needed_pictures() == {"a.png"}
    await store.told(done, None)

    assert await store.needed_pictures() == frozenset()


@pytest.mark.parametrize("status", JobStatus)
async def test_token_of_a_job_that_is_over_stays_wiped(status: JobStatus, store: JobStore) -> None:
    job = await moved(store, await admitted(store, received(token=None)), status)

    is_kept = await store.refresh_token(job.id, make_token())

    after = await store.get(job.id)
    assert after is not None
    assert is_kept == (after.token is not None) == (status not in ENDED | {JobStatus.UNDELIVERABLE})


async def test_result_that_was_posted_meanwhile_has_its_place(store: JobStore) -> None:
    posting = await moved(store, await admitted(store), JobStatus.POSTING)
    done = await moved(store, posting, JobStatus.DONE)

    assert await store.unposted(posting) is None

    assert await store.get(posting.id) == done


@pytest.mark.parametrize("status", JobStatus)
async def test_moderators_see_what_is_not_over_in_their_own_server(status: JobStatus, store: JobStore) -> None:
    places = [make_place(), make_place(guild_id=202), make_place(guild_id=None)]
    job, *elsewhere = [await admitted(store, received(actor=BEN, place=place)) for place in places]
    for each in (job, *elsewhere):
        await store.move(each, [JobStatus.RECEIVED], status)

    assert [found.id for found in await store.of_guild(201, 10)] == ([] if status in ENDED else [job.id])


async def test_own_lists_are_cut_to_the_newest(store: JobStore) -> None:
    jobs = [await admitted(store, received(created_at=START + timedelta(seconds=at))) for at in range(3)]
    for job in jobs:
        await store.move(job, [JobStatus.RECEIVED], JobStatus.RUNNING)

    found = await store.of_author(901, 2)

    assert [job.id for job in found] == [jobs[2].id, jobs[1].id]
