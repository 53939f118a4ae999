"""What is kept of a member can be had, erased, and goes once its time is over."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.crypto import Pseudonyms
from bot.domain.job import Failure, FailureKind, Group, GroupKind, Job, JobStatus, ResultImage
from bot.domain.outcomes import Refused, SubmitOutcome, Uncertain
from bot.domain.requests import Action, EngineRequest, Imagine, Mode, Request
from bot.domain.rules import without_words
from bot.errors import UserError
from bot.jobs.admission import REMOVED, check_is_kept
from bot.jobs.first_grid import HINT
from bot.jobs.preferences import Preferences
from bot.operation.personal_data import Erased, PersonalData
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.loops import make_sweeper
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    PICK_2,
    START,
    make_job,
    make_place,
    make_result,
    make_settings,
    make_token,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.stored import moved
from tests.support.walk import waiting, work_off


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def data(store: JobStore, pictures: Pictures) -> PersonalData:
    return PersonalData(store, pictures, ManualClock(), Pseudonyms("key"))


async def ended(store: JobStore, status: JobStatus = JobStatus.DONE, **changes: Any) -> Job:
    """A job that went all its way, with pictures of its own."""
    given = {"request": Imagine(prompt="a secret garden", pictures=("input.png",))} | changes
    job = make_job(JobStatus.RECEIVED, **given)
    await store.admissions.admit(job, NO_LIMITS, job.created_at.date().isoformat())
    result = make_result().model_copy(update={"picture": "made.png", "more": (ResultImage(picture="second.png"),)})
    done = await store.move(job, [job.status], status, result=result, failure=Failure(kind=FailureKind.RELAY))
    assert done is not None
    return done


async def two_cats(services: Services, *statuses: JobStatus) -> tuple[Group, list[Job]]:
    """A group of two jobs that stand so."""
    cats: list[tuple[Request, Mode | None]] = [(Imagine(prompt=prompt), Mode.FAST) for prompt in ("a cat", "b cat")]
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "{a, b} cat", cats, token=make_token()
    )
    return group, [await moved(services.store, job, status) for job, status in zip(members, statuses, strict=True)]


def keep(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"pixels")


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_an_export_holds_jobs_preferences_and_units_of_its_member_alone(
    store: JobStore, data: PersonalData
) -> None:
    job = await ended(store, units=3)
    await ended(store, actor=BEN)
    await Preferences(store, make_settings()).prefer_mode(ANA, Mode.FAST)

    exported = json.loads(await data.as_json(ANA))

    assert [row["id"] for row in exported["jobs"]] == [job.id]
    assert exported["jobs"][0]["request"]["prompt"] == "a secret garden"
    assert exported["jobs"][0]["channel_id"] == str(job.place.channel_id)
    assert "token" not in exported["jobs"][0]
    assert exported["preferences"] == {"mode": "fast"}
    assert exported["units_by_day"] == {DAY: 3}


async def test_erasing_leaves_nothing_of_a_member_but_todays_units(
    store: JobStore, data: PersonalData, folder: Path
) -> None:
    yesterday = START - timedelta(days=1)
    await ended(store, units=2, created_at=yesterday)
    await ended(store, JobStatus.UNDELIVERABLE, units=2)
    await ended(store, JobStatus.UNCERTAIN, units=1)
    others = await ended(store, actor=BEN, request=Imagine(prompt="a boat"))
    await Preferences(store, make_settings()).prefer_remix(ANA, on=True)
    await store.notes.set(f"{HINT}:{ANA.id}", others.id)
    keep(folder, "input.png", "made.png")

    assert await data.erase(ANA) == Erased(jobs=3, going_on=0)

    left = json.loads(await data.as_json(ANA))
    assert (left["jobs"], left["preferences"], left["units_by_day"]) == ([], {}, {DAY: 3})
    assert await store.get(others.id) is not None
    assert await store.notes.get(f"{HINT}:{ANA.id}") is None
    assert "input.png" not in kept(folder)


async def test_erasing_stops_nothing_that_goes_on(store: JobStore, data: PersonalData, folder: Path) -> None:
    running = await ended(store, JobStatus.RUNNING)
    keep(folder, "input.png")

    assert await data.erase(ANA) == Erased(jobs=0, going_on=1)

    assert await store.get(running.id) is not None
    assert kept(folder) == {"input.png"}


async def test_erasing_leaves_the_pictures_that_jobs_of_others_go_by(
    store: JobStore, data: PersonalData, folder: Path
) -> None:
    await ended(store)
    await ended(store, JobStatus.RUNNING, actor=BEN, request=Imagine(pictures=("made.png",)))
    keep(folder, "input.png", "made.png")

    await data.erase(ANA)

    assert kept(folder) == {"made.png"}


async def test_erasing_leaves_a_group_of_which_something_goes_on(services: Services, data: PersonalData) -> None:
    group, (done, running) = await two_cats(services, JobStatus.DONE, JobStatus.RUNNING)

    assert await data.erase(ANA) == Erased(jobs=1, going_on=1)

    assert await services.store.get(done.id) is None
    left = await services.store.groups.get(group.id)
    assert left is not None
    assert [job.id for job in left.jobs] == [running.id]


@pytest.mark.parametrize("outcome", [Refused(Failure(kind=FailureKind.BANNED)), Uncertain("reset")])
async def test_erasing_leaves_a_job_whose_card_does_not_say_yet_how_it_ended(
    outcome: SubmitOutcome,
    services: Services,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    data: PersonalData,
) -> None:
    engine.answers = [outcome]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)

    assert await data.erase(ANA) == Erased(jobs=0, going_on=1)

    await work_off(services)
    assert [told.id for told, _attempt in presenter.posted] == [job.id]
    assert await data.erase(ANA) == Erased(jobs=1, going_on=0)


async def test_a_job_of_somebody_else_only_loses_its_erased_parent(store: JobStore, data: PersonalData) -> None:
    parent = await ended(store)
    press = Action(prompt="a secret garden", button=PICK_2, parent_task_id="1")
    child = await ended(store, actor=BEN, parent_id=parent.id, request=press, once_key=PICK_2.custom_id)

    await data.erase(ANA)

    found = await store.get(child.id)
    assert found is not None
    assert found.parent_id is None


async def test_a_removed_picture_keeps_neither_words_nor_files(
    services: Services, store: JobStore, folder: Path
) -> None:
    job = await ended(store)
    keep(folder, "input.png", "made.png", "second.png", "others.png")

    await services.jobs.controls.remove(job)

    found = await store.get(job.id)
    assert found is not None
    assert (found.status, found.prompt, found.result, found.failure) == (JobStatus.REMOVED, "", None, None)
    assert kept(folder) == {"others.png"}


async def test_a_removal_that_was_broken_off_is_finished_at_the_next_start(
    services: Services, store: JobStore, folder: Path
) -> None:
    job = await ended(store)
    keep(folder, "input.png", "made.png", "second.png", "others.png")
    assert await store.move(job, [JobStatus.DONE], JobStatus.REMOVED) is not None

    await services.jobs.controls.finish_removals()

    found = await store.get(job.id)
    assert found is not None
    assert (found.prompt, found.result) == ("", None)
    assert kept(folder) == {"others.png"}
    assert await store.erasure.half_removed() == []


async def test_a_group_keeps_its_words_until_its_last_picture_is_removed(services: Services) -> None:
    group, jobs = await two_cats(services, JobStatus.DONE, JobStatus.DONE)
    titles = []

    for job in jobs:
        await services.jobs.controls.remove(job)
        left = await services.store.groups.get(group.id)
        titles.append(left and left.group.title)

    assert titles == ["{a, b} cat", ""]


async def test_a_file_that_an_unfinished_job_goes_by_outlives_its_removed_picture(
    services: Services, store: JobStore, folder: Path
) -> None:
    job = await ended(store)
    await ended(store, JobStatus.RUNNING, actor=BEN, request=Imagine(pictures=("made.png",)))
    keep(folder, "input.png", "made.png")

    await services.jobs.controls.remove(job)

    assert kept(folder) == {"made.png"}


async def test_jobs_that_are_over_go_after_their_days(store: JobStore, pictures: Pictures, folder: Path) -> None:
    long_ago = START - timedelta(days=31)
    old = await ended(store, created_at=long_ago)
    unanswered = await ended(store, JobStatus.AWAITING_INPUT, created_at=long_ago)
    untold = await ended(store, created_at=long_ago, told=False)
    later_that_day = START - timedelta(days=30) + timedelta(minutes=1)
    young = await ended(store, created_at=later_that_day, request=Imagine(prompt="a boat"))
    keep(folder, "input.png")

    await make_sweeper(store, pictures, ManualClock(), keep_pictures_days=0, keep_jobs_days=30).sweep_once()

    assert await store.get(old.id) is None
    assert None not in [await store.get(job.id) for job in (unanswered, untold, young)]
    days = [day.date().isoformat() for day in (long_ago, later_that_day)]
    assert [(await store.spent(ANA, day))[0] for day in days] == [0, 1]


def test_nothing_that_was_typed_stays_in_a_request_without_words() -> None:
    asked = (
        Imagine(prompt="secret", pictures=("a.png",), references=("--sref",)),
        Action(prompt="secret", answer="secret", button=PICK_2, parent_task_id="1"),
        EngineRequest(prompt="secret", engine="fal", kind="generate", options={"negative_prompt": "secret"}),
    )

    for request in asked:
        kept_words = without_words(request).model_dump_json()
        assert "secret" not in kept_words
        assert "--sref" not in kept_words


async def test_details_of_a_removed_picture_are_not_told(services: Services, store: JobStore) -> None:
    job = await ended(store)
    await services.jobs.controls.remove(job)
    removed = await store.get(job.id)
    assert removed is not None

    with pytest.raises(UserError) as refused:
        check_is_kept(removed)

    assert refused.value.sentence is REMOVED
