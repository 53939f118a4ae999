"""Results that wait for a moderator: nobody sees them before, one decision counts, and the books agree with it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.domain.job import Job, JobStatus
from bot.domain.outcomes import Succeeded, Working
from bot.domain.review import Decision
from bot.domain.server_rules import Key
from bot.errors import UserError
from bot.jobs.reviews import LOST_NOTE
from bot.services import Services
from bot.storage import books
from bot.storage.audit import last_acts
from tests.support.makers import ANA, DAY, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ShelfFetcher
from tests.support.stored import reservation_of, units_used
from tests.support.walk import finished, now, running, work_off

pytestmark = pytest.mark.both_databases

S = JobStatus
GUILD, CHANNEL, MODERATOR = 201, 777, 903


async def held(services: Services, **rules: Any) -> Job:
    """A finished job that waits for a moderator, and whose card says so."""
    await set_rules(services, **rules)
    job = await finished(services)
    await work_off(services)
    return await now(services, job)


async def set_rules(services: Services, **rules: Any) -> None:
    chosen = {"review": True, "review_channel": CHANNEL} | rules
    await services.jobs.rulebook.set(GUILD, {Key("server", name): value for name, value in chosen.items()}, MODERATOR)


def posted(presenter: RecordingPresenter) -> list[Job]:
    return [job for job, _attempt in presenter.posted if job.status is S.POSTING]


async def decide(services: Services, job: Job, decision: Decision, **more: Any) -> bool:
    return await services.jobs.reviews.decide(job.id, decision, MODERATOR, **more)


async def test_a_result_waits_with_its_pictures_kept_and_its_author_is_told(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await held(services)

    assert (job.status, job.awaits_review, job.told) == (S.UNDELIVERABLE, True, True)
    assert job.result is not None
    assert job.result.picture == f"{job.id}.png"
    assert posted(presenter) == []
    assert [told.awaits_review for told, _attempt in presenter.posted] == [True]
    review = await services.store.reviews.get(job.id)
    assert review is not None
    assert (review.channel_id, review.decision) == (CHANNEL, None)


@pytest.mark.parametrize("scope", ["channel:301", "role:42"])
@pytest.mark.parametrize("is_there", [True, False])
async def test_what_is_held_goes_by_channel_and_role(services: Services, scope: str, *, is_there: bool) -> None:
    actor, place = replace(ANA, roles=(42,) if is_there else ()), make_place(channel_id=301 if is_there else 302)
    await services.jobs.rulebook.set(GUILD, {Key(scope, "review"): True}, MODERATOR)

    assert services.jobs.reviews.applies(actor, place) is is_there


async def test_nobody_sees_a_preview_of_what_moderators_look_at_first(
    services: Services, presenter: RecordingPresenter
) -> None:
    await set_rules(services)
    job = await running(services)

    await services.jobs.tracking.advance(job, Working(31, "https://img.example.com/grid.png"))

    assert [(working.percent, working.preview_url) for _job, working in presenter.shown][-1:] == [(31, "")]


@pytest.mark.parametrize(("decision", "is_spoiler"), [(Decision.POST, False), (Decision.SPOILER, True)])
async def test_what_is_let_through_is_posted_once_and_as_it_was_decided(
    services: Services, presenter: RecordingPresenter, decision: Decision, *, is_spoiler: bool
) -> None:
    job = await held(services)

    assert await decide(services, job, decision)
    await work_off(services)

    assert (await now(services, job)).status is S.DONE
    assert [one.is_spoiler for one in posted(presenter)] == [is_spoiler]


async def test_of_ten_decisions_at_the_same_instant_one_counts(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await held(services)
    wanted = [list(Decision)[number % 3] for number in range(10)]

    counted = await asyncio.gather(*(decide(services, job, one, is_refunded=True) for one in wanted))
    await work_off(services)

    review = await services.store.reviews.get(job.id)
    assert review is not None
    assert counted.count(True) == 1
    assert review.decision is wanted[counted.index(True)]
    assert len(posted(presenter)) == (0 if review.decision is Decision.REJECT else 1)
    assert len([act for act in await last_acts(services.store.database, GUILD, 50) if act.act == "review"]) == 1


@pytest.mark.parametrize(("is_refunded", "state", "used"), [(True, "released", 0), (False, "settled", 1)])
async def test_a_rejection_ends_the_job_and_the_books_say_what_became_of_its_units(
    services: Services, presenter: RecordingPresenter, state: str, used: int, *, is_refunded: bool
) -> None:
    job = await held(services)
    assert await units_used(services.store) == 1

    assert await decide(services, job, Decision.REJECT, reason="no faces here", is_refunded=is_refunded)
    await work_off(services)

    ended = await now(services, job)
    assert (ended.status, ended.told, posted(presenter)) == (S.FAILED, True, [])
    assert ended.failure is not None
    assert (ended.failure.detail, ended.failure.is_refunded) == ("no faces here", is_refunded)
    assert (await reservation_of(services.store, job), await units_used(services.store)) == (state, used)
    assert (await services.store.spent(ANA, DAY))[0] == used
    async with services.store.database.transaction() as connection:
        assert await connection.run_sync(books.imbalances) == []
    (act, *_rules) = await last_acts(services.store.database, GUILD, 5)
    assert (act.act, act.actor, act.target, act.before, act.reason) == (
        "review",
        str(MODERATOR),
        str(ANA.id),
        job.id,
        "no faces here",
    )


async def test_nothing_is_left_of_what_was_rejected(services: Services) -> None:
    job = await held(services)
    await decide(services, job, Decision.REJECT, reason="no")

    await services.jobs.reviews.delete_rejected(await now(services, job))

    assert (await now(services, job)).result is None
    assert not await services.pictures.has(f"{job.id}.png")


@pytest.mark.parametrize(
    ("otherwise", "status"), [("post", S.DONE), ("spoiler", S.DONE), ("reject", S.FAILED), (None, S.FAILED)]
)
async def test_what_nobody_looks_at_in_time_goes_as_the_server_wants(
    services: Services, clock: ManualClock, otherwise: str | None, status: JobStatus
) -> None:
    job = await held(services, review_minutes=30, review_after=otherwise)

    clock.pass_by(29 * 60)
    await services.jobs.reviews.decide_overdue()
    assert (await now(services, job)).awaits_review
    clock.pass_by(2 * 60)
    await services.jobs.reviews.decide_overdue()
    await work_off(services)

    ended = await now(services, job)
    assert (ended.status, ended.is_spoiler) == (status, otherwise == "spoiler")
    assert (await services.store.spent(ANA, DAY))[0] == 1  # what was paid stays spent
    assert not await decide(services, job, Decision.POST)


async def test_it_goes_on_waiting_over_a_restart(services: Services, presenter: RecordingPresenter) -> None:
    job = await held(services)

    await services.jobs.recovery.resume()
    await work_off(services)

    assert (await now(services, job)).awaits_review
    assert posted(presenter) == []
    assert await decide(services, job, Decision.POST)
    await work_off(services)
    assert (await now(services, job)).status is S.DONE


async def test_nobody_takes_over_what_waits_and_whoever_decides_posts_it(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await held(services)
    async with services.store.database.transaction() as connection:
        await connection.execute(text("UPDATE jobs SET owner = 'gone'"))

    assert (await services.store.ownership.claim(100)).job_ids == []
    assert await decide(services, job, Decision.POST)
    await work_off(services)

    assert (await now(services, job)).status is S.DONE
    assert len(posted(presenter)) == 1


async def test_what_another_version_lets_slip_waits_all_the_same(
    services: Services, presenter: RecordingPresenter
) -> None:
    """As /jobs of the version before offers to show what it takes for undeliverable."""
    job = await held(services)
    place = make_place(channel_id=302)

    await services.jobs.deliveries.show_here(job, place, make_token(), 402)
    await work_off(services)

    assert (await now(services, job)).awaits_review
    assert posted(presenter) == []


async def test_rules_that_are_gone_let_nothing_through_that_waits(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await held(services)

    await set_rules(services, review=None)
    await services.jobs.deliveries.show_here(job, make_place(), make_token(), 402)
    await work_off(services)

    assert (await now(services, job)).awaits_review
    assert posted(presenter) == []


async def test_pictures_are_fetched_before_it_waits(services: Services, fetcher: ShelfFetcher) -> None:
    await set_rules(services)
    job = await finished(services)
    kept = fetcher.shelf.pop("https://img.example.com/grid.png")

    await work_off(services)
    assert (await now(services, job)).status is S.POSTING
    fetcher.shelf["https://img.example.com/grid.png"] = kept
    await services.jobs.deliveries.deliver(job.id)

    assert (await now(services, job)).awaits_review


async def test_what_its_author_erased_has_nothing_to_decide(services: Services, clock: ManualClock) -> None:
    job = await held(services)
    clock.pass_by(1)

    await services.personal_data.erase(ANA)

    assert not await decide(services, job, Decision.POST)
    assert [review.job_id for review in await services.store.reviews.outlived()] == [job.id]
    await services.store.reviews.forget(job.id)
    assert await services.store.reviews.get(job.id) is None


async def test_what_its_author_withdraws_has_nothing_to_decide_and_stays_paid(services: Services) -> None:
    job = await held(services)

    await services.jobs.controls.withdraw(job)

    gone = await now(services, job)
    assert (gone.status, gone.result, gone.prompt) == (S.REMOVED, None, "")
    assert not await services.pictures.has(f"{job.id}.png")
    assert (await services.store.spent(ANA, DAY))[0] == 1
    assert not await decide(services, job, Decision.POST)
    assert [review.job_id for review in await services.store.reviews.outlived()] == [job.id]


async def test_of_a_withdrawal_and_a_decision_one_counts(services: Services, presenter: RecordingPresenter) -> None:
    job = await held(services)
    await decide(services, job, Decision.POST)

    with pytest.raises(UserError):
        await services.jobs.controls.withdraw(job)

    await work_off(services)
    assert (await now(services, job)).status is S.DONE
    assert len(posted(presenter)) == 1


async def test_an_export_has_nothing_of_what_waits(services: Services) -> None:
    job = await held(services)

    (row,) = await services.store.erasure.rows_of(ANA.id)

    assert (row["id"], row["result"]) == (job.id, None)


async def test_what_was_stopped_waits_for_a_moderator_once_its_author_wants_it(
    services: Services, presenter: RecordingPresenter
) -> None:
    await set_rules(services)
    job = await running(services)
    await services.jobs.controls.cancel(job)
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)
    stopped = await now(services, job)
    (row,) = await services.store.erasure.rows_of(ANA.id)

    await services.jobs.deliveries.show_here(stopped, job.place, make_token(), 402)
    await work_off(services)

    assert (stopped.status, stopped.may_be_seen, row["result"]) == (S.UNDELIVERABLE, False, None)
    assert posted(presenter) == []
    assert (await now(services, job)).awaits_review


async def test_a_channel_out_of_reach_is_told_once_until_it_is_another(services: Services) -> None:
    review = await services.store.reviews.get((await held(services)).id)
    assert review is not None

    for channel in (CHANNEL, CHANNEL, 778):
        await services.jobs.reviews.note_reach(replace(review, channel_id=channel), is_lost=True)

    acts = [act.act for act in await last_acts(services.store.database, GUILD, 50)]
    assert acts.count("review channel out of reach") == 2
    await services.jobs.reviews.note_reach(review, is_lost=False)
    assert await services.store.notes.get(f"{LOST_NOTE}{GUILD}") is None


async def test_two_processes_never_show_the_same(services: Services, clock: ManualClock) -> None:
    job = await held(services)
    (review,) = await services.store.reviews.unsettled(clock.now())

    claims = await asyncio.gather(*(services.store.reviews.claim(review, clock.now()) for _number in range(5)))

    assert len([one for one in claims if one is not None]) == 1
    assert review.job_id == job.id
    assert await services.store.reviews.unsettled(clock.now()) == []


async def test_a_decision_while_it_is_being_shown_is_shown_next(services: Services, clock: ManualClock) -> None:
    job = await held(services)
    (review,) = await services.store.reviews.unsettled(clock.now())
    claimed = await services.store.reviews.claim(review, clock.now())
    assert claimed is not None

    await decide(services, job, Decision.POST)
    await services.store.reviews.settle(claimed, 888)

    (next_one,) = await services.store.reviews.unsettled(clock.now())
    assert (next_one.message_id, next_one.decision, next_one.decided_by) == (888, Decision.POST, MODERATOR)
