"""Several relays: whose turn it is, what a clear no leads to, and what never leaves the relay that has it."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import Clock
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.outcomes import Busy, NeedsInput, NotListed, Refused, Resubmit, Uncertain
from bot.domain.requests import Action, Animate, Button, Imagine, Mode
from bot.errors import UserError
from bot.jobs.offers import REFUSED_FOR_S
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.loops import make_poller
from tests.support.makers import PICK_2, START, VARY_3, make_job, make_result, make_settings
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, at_work, until
from tests.support.services import make_services
from tests.support.walk import REGION, now, received, waiting, work_off

NO_KEY, NO_CREDIT, FULL = Busy(Wait.KEY, 60.0), Busy(Wait.CREDIT, 60.0), Busy(Wait.QUEUE_FULL, 15.0)
NOT_OFFERED = Refused(Failure(kind=FailureKind.UNSUPPORTED))
LANES = {"a": "midjourney@a", "b": "midjourney@b"}


def several(**of_a: Any) -> Settings:
    """Settings with two relays."""
    entries = [{"name": name, "url": f"https://{name}.example", "key": "k"} for name in LANES]
    entries[0] |= of_a
    return make_settings(relays=json.dumps(entries), prices={"imagine": 1, "action": 1})


@pytest.fixture
def settings() -> Settings:
    return several()


@pytest.fixture
def at_a() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def at_b() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def services(
    store: JobStore,
    at_a: ScriptedEngine,
    at_b: ScriptedEngine,
    pictures: Pictures,
    presenter: RecordingPresenter,
    settings: Settings,
    clock: ManualClock,
) -> Services:
    return made(store, {"a": at_a, "b": at_b}, pictures, presenter, settings, clock)


def made(
    store: JobStore,
    engines: dict[str, ScriptedEngine],
    pictures: Pictures,
    presenter: RecordingPresenter,
    settings: Settings,
    clock: Clock,
) -> Services:
    """Services whose Midjourney is at these relays, the first of them for jobs from before as well."""
    first = next(iter(engines.values()))
    by_lane = {LANES[name]: engine for name, engine in engines.items()} | {"midjourney": first}
    return make_services(
        store=store, engines=by_lane, pictures=pictures, presenter=presenter, settings=settings, clock=clock
    )


async def sent(services: Services, job: Job) -> str:
    """The lane that a job was sent into, by whose turn it is."""
    lane = services.jobs.relays.next_of(services.jobs.relays.lanes(job))
    await services.jobs.submission.submit(job.id, lane.partition("@")[2])
    return lane


async def taken_at(services: Services, name: str, request: Any = Imagine(prompt="a cat")) -> Job:  # noqa: B008 - frozen
    """A job that a relay has taken."""
    job = await waiting(services, request)
    await services.jobs.submission.submit(job.id, name)
    return services.jobs.live.running[job.id]


def press(parent: Job, button: Button = PICK_2) -> Action:
    return Action(prompt="a cat", button=button, parent_task_id=parent.task_id or "", relay=parent.relay)


# Whose turn it is.


@pytest.mark.parametrize("settings", [several(weight=3)])
async def test_turns_follow_the_weights_evenly(services: Services) -> None:
    lanes = list(LANES.values())

    turns = [services.jobs.relays.next_of(lanes) for _number in range(8)]

    assert Counter(turns) == {LANES["a"]: 6, LANES["b"]: 2}
    assert Counter(turns[:4]) == {LANES["a"]: 3, LANES["b"]: 1}


async def test_who_was_away_gets_no_more_than_its_share_afterwards(services: Services) -> None:
    for _number in range(50):
        services.jobs.relays.next_of([LANES["b"]])

    turns = [services.jobs.relays.next_of(list(LANES.values())) for _number in range(10)]

    assert Counter(turns) == {LANES["a"]: 5, LANES["b"]: 5}


@pytest.mark.parametrize("settings", [several(weight=0)])
async def test_a_relay_without_weight_takes_nothing_new_and_keeps_what_it_has(services: Services) -> None:
    parent = make_job(JobStatus.DONE, relay="a", task_id="7")

    assert services.jobs.relays.lanes(await waiting(services)) == [LANES["b"]]
    assert services.jobs.relays.lanes(await waiting(services, press(parent))) == [LANES["a"]]


@pytest.mark.parametrize("settings", [several(modes=["relax"])])
async def test_a_relay_gets_the_speeds_that_it_takes(services: Services) -> None:
    fast, relaxed = await waiting(services), await waiting(services, mode=Mode.RELAX)

    assert services.jobs.relays.lanes(fast) == [LANES["b"]]
    assert services.jobs.relays.lanes(relaxed) == [LANES["a"], LANES["b"]]
    with pytest.raises(UserError, match="not in Fast mode"):
        await received(services, press(make_job(JobStatus.DONE, relay="a", task_id="7")))


# What names a task.


@pytest.mark.parametrize("name", ["a", "b"])
async def test_a_press_is_admitted_for_the_relay_of_the_picture(name: str, services: Services) -> None:
    parent = await taken_at(services, name)
    done = parent.with_(status=JobStatus.DONE, result=make_result(PICK_2))

    job = await services.jobs.admission.press(
        parent.actor, parent.place, done, 0, token=None, message_id=1, answers=None
    )

    assert (job.relay, services.jobs.relays.lanes(job)) == (name, [LANES[name]])


async def test_a_picture_from_before_there_were_several_is_the_firsts(services: Services) -> None:
    job = await waiting(services, press(make_job(JobStatus.DONE, task_id="7")))

    assert services.jobs.relays.lanes(job) == [LANES["a"]]


async def test_films_that_go_on_and_answers_to_questions_stay_too(services: Services, at_b: ScriptedEngine) -> None:
    film = await waiting(services, Animate(prompt="more", extends="7", relay="b"))
    at_b.answers = [NeedsInput("8", "a cat")]
    asked = await waiting(services, REGION.model_copy(update={"relay": "b"}))
    await services.jobs.submission.submit(asked.id, "b")
    await services.jobs.submission.answer(await now(services, asked), "a dog", asked.token or pytest.fail("no token"))

    assert services.jobs.relays.lanes(film) == [LANES["b"]]
    assert services.jobs.relays.lanes(services.jobs.live.waiting[asked.id]) == [LANES["b"]]


async def test_what_becomes_a_request_of_its_own_may_go_anywhere(services: Services, at_a: ScriptedEngine) -> None:
    at_a.answers = [Resubmit(Imagine(prompt="a dog"))]
    job = await waiting(services, press(make_job(JobStatus.DONE, relay="a", task_id="7")))
    await services.jobs.submission.submit(job.id, "a")

    again = services.jobs.live.waiting[job.id]
    assert (again.relay, services.jobs.relays.lanes(again)) == ("", list(LANES.values()))


async def test_looks_seeds_and_searches_ask_the_relay_that_has_the_task(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine, clock: ManualClock
) -> None:
    jobs = [await taken_at(services, name) for name in ("a", "b", "b")]
    clock.pass_by(60)

    await make_poller(services).look_once()
    seed = await services.jobs.controls.seed(jobs[1])

    assert at_a.looked == [[jobs[0].id]]
    assert [sorted(looked) for looked in at_b.looked] == [sorted(job.id for job in jobs[1:])]
    assert (seed, at_a.seeds_asked, at_b.seeds_asked) == (f"seed of {jobs[1].id}", 0, 1)


# A clear no.


@pytest.mark.parametrize("no", [NO_KEY, NO_CREDIT, FULL, Busy(Wait.UNREACHABLE, 15.0)])
async def test_a_clear_no_lets_another_relay_have_the_job_at_once(
    no: Busy, services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine
) -> None:
    at_a.answers = [no]
    job = await waiting(services)

    assert await services.jobs.submission.submit(job.id, "a") == no.retry_after_s
    back = services.jobs.live.waiting[job.id]
    assert (back.relay, back.waiting_for, services.jobs.live.queue.take()) == ("", "", [job.id])
    assert services.jobs.live.held == {LANES["a"]: no.wait}
    await services.jobs.submission.submit(job.id, "b")

    assert [(await now(services, job)).relay, len(at_a.submitted), len(at_b.submitted)] == ["b", 1, 1]


async def test_a_press_waits_for_its_relay(services: Services, at_b: ScriptedEngine) -> None:
    at_b.answers = [NO_KEY]
    job = await waiting(services, press(make_job(JobStatus.DONE, relay="b", task_id="7")))
    await services.jobs.submission.submit(job.id, "b")

    back = services.jobs.live.waiting[job.id]
    assert (back.relay, back.waiting_for, services.jobs.relays.lanes(back)) == ("b", Wait.KEY, [LANES["b"]])


async def test_a_job_that_all_relays_sent_back_waits_for_whichever_is_first(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine
) -> None:
    at_a.answers, at_b.answers = [NO_KEY], [NO_CREDIT]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "a")
    await services.jobs.submission.submit(job.id, "b")

    back = services.jobs.live.waiting[job.id]
    assert (back.relay, back.waiting_for) == ("", Wait.CREDIT)
    assert services.jobs.relays.lanes(back) == list(LANES.values())


async def test_the_owner_hears_of_each_relay_once(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    at_a.answers, at_b.answers = [NO_KEY], [NO_KEY]
    for name in ("a", "a", "b", "b"):
        await services.jobs.submission.submit((await waiting(services)).id, name)

    assert [alert.partition(".")[0] for alert in presenter.alerts] == [
        f"The relay “{name}” refuses its key for midjourney" for name in LANES
    ]


async def test_what_one_relay_takes_ends_no_hold_of_the_other(services: Services, at_a: ScriptedEngine) -> None:
    at_a.answers = [NO_KEY]
    await services.jobs.submission.submit((await waiting(services)).id, "a")

    await taken_at(services, "b")

    assert services.jobs.live.held == {LANES["a"]: Wait.KEY}


async def test_a_job_that_only_one_relay_sends_back_again_and_again_is_left_to_the_other(
    services: Services, at_a: ScriptedEngine
) -> None:
    odd = await waiting(services)
    for _time in range(2):
        at_a.answers = [NO_KEY]
        await services.jobs.submission.submit(odd.id, "a")
        at_a.answers = []
        await taken_at(services, "a")

    assert services.jobs.relays.lanes(odd) == [LANES["b"]]
    assert (await now(services, odd)).status is JobStatus.RECEIVED


async def test_what_a_relay_does_not_offer_is_asked_of_the_other_and_refused_by_the_last(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine
) -> None:
    at_a.answers, at_b.answers = [NOT_OFFERED], [NOT_OFFERED]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "a")
    assert services.jobs.relays.lanes(services.jobs.live.waiting[job.id]) == [LANES["b"]]

    await services.jobs.submission.submit(job.id, "b")

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (JobStatus.REFUSED, NOT_OFFERED.failure)


async def test_what_a_relay_does_not_offer_is_learnt_for_that_one(
    services: Services, at_a: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    at_a.answers = [NOT_OFFERED]
    for _time in range(2):
        await services.jobs.submission.submit((await waiting(services)).id, "a")

    assert services.jobs.relays.lanes(await waiting(services)) == [LANES["b"]]
    assert presenter.alerts[-1].startswith("The relay answered twice that it does not offer imagine at a.")
    clock.pass_by(REFUSED_FOR_S + 1)
    assert services.jobs.relays.lanes(await waiting(services)) == list(LANES.values())


# An unknown outcome.


async def test_an_unknown_outcome_stays_with_its_relay_also_after_a_crash(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine
) -> None:
    at_b.answers = [Uncertain("reset")]
    at_a.finds = at_b.finds = NotListed()
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "b")
    await work_off(services)

    assert ((await now(services, job)).status, (await now(services, job)).relay) == (JobStatus.UNCERTAIN, "b")
    assert (at_a.searched, at_b.searched, at_a.submitted) == ([], [job.id], [])


async def test_a_submit_that_a_crash_cut_off_is_searched_where_it_went(
    services: Services, at_a: ScriptedEngine, at_b: ScriptedEngine, store: JobStore
) -> None:
    job = await waiting(services)
    at_b.gate.clear()
    async with at_work(services.jobs.submission.submit(job.id, "b")):  # type: ignore[arg-type]  # its answer is not seen
        await until(lambda: at_b.submitted)
        stored = await now(services, job)

    assert (stored.status, stored.relay) == (JobStatus.SUBMITTING, "b")
    assert await store.get(job.id) == stored
    assert at_a.submitted == []


# A relay that is taken out of the settings.


async def test_a_job_whose_relay_is_gone_ends_in_a_plain_sentence_and_can_be_checked_when_it_is_back(
    services: Services,
    store: JobStore,
    pictures: Pictures,
    presenter: RecordingPresenter,
    at_b: ScriptedEngine,
    clock: ManualClock,
) -> None:
    job = await taken_at(services, "a")
    without = made(store, {"b": at_b}, pictures, presenter, make_settings(relays=_only_b()), clock)
    await without.jobs.recovery.pick_up(job)

    ended = await now(without, job)
    assert ended.status is JobStatus.EXPIRED
    assert ended.failure is not None
    assert "not in use here any more" in ended.failure.detail
    with pytest.raises(UserError, match="“a” that this job was sent to is not in use"):
        await without.jobs.recovery.retry_recovery(ended, job.token or pytest.fail("no token"))
    assert await services.jobs.recovery.retry_recovery(ended, job.token or pytest.fail("no token"))


async def test_a_picture_whose_relay_is_gone_has_no_buttons_any_more(
    store: JobStore, pictures: Pictures, presenter: RecordingPresenter, at_b: ScriptedEngine, clock: ManualClock
) -> None:
    without = made(store, {"b": at_b}, pictures, presenter, make_settings(relays=_only_b()), clock)

    with pytest.raises(UserError, match="made this picture is not in use here any more"):
        await received(without, press(make_job(JobStatus.DONE, relay="a", task_id="7")))


def _only_b() -> str:
    return json.dumps([{"name": "b", "url": "https://b.example", "key": "k"}])


# Units of a day.


@pytest.mark.parametrize("settings", [several(units_per_day=1)])
async def test_a_relay_whose_units_are_used_up_leaves_the_rest_to_the_other(
    services: Services, at_a: ScriptedEngine
) -> None:
    await taken_at(services, "a")
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "a")

    assert services.jobs.relays.lanes(services.jobs.live.waiting[job.id]) == [LANES["b"]]
    assert len(at_a.submitted) == 1


@pytest.mark.parametrize("settings", [several(units_per_day=1)])
async def test_a_press_whose_relay_has_no_units_left_is_refused_with_the_moment_when_it_renews(
    services: Services, clock: ManualClock
) -> None:
    """Those of the day on which it would be sent: both waited over midnight."""
    parent = await taken_at(services, "a")
    sent, job = await waiting(services, press(parent)), await waiting(services, press(parent, VARY_3))
    clock.pass_by(86_400)
    for one in (sent, job):
        await services.jobs.submission.submit(one.id, "a")

    ended, midnight = await now(services, job), START.replace(hour=0, minute=0) + timedelta(days=2)
    assert (await now(services, sent)).status is JobStatus.RUNNING
    assert ended.status is JobStatus.REFUSED
    assert ended.failure is not None
    assert f"used up for today. It renews <t:{int(midnight.timestamp())}:" in ended.failure.detail
    assert await services.store.spent(job.actor, job.created_at.date().isoformat()) == (2, 2)
