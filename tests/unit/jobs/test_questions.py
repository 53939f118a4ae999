"""Questions that are answered once, and pictures that several jobs go by."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.domain.job import Group, GroupKind, Job, JobStatus, Wait
from bot.domain.requests import Imagine, Mode, Request
from bot.errors import PictureError, UserError
from bot.jobs.intake import Prepared
from bot.language import _
from bot.prompts import MAX_PROMPT
from bot.services import Services
from tests.support.makers import ANA, BEN, START, make_place, make_settings, make_token
from tests.support.ports import ManualClock, ScriptedEngine
from tests.support.walk import finished, now

CARD = 701
QUESTION = "draft:0000000000000001"
SPENT_BY_NOBODY = (0, 0)


def cats(count: int) -> list[tuple[Request, Mode | None]]:
    return [(Imagine(prompt=f"cat {number}"), Mode.FAST) for number in range(count)]


async def answer(services: Services) -> Job:
    """Start the one job that a question is about."""
    return await services.jobs.admission.request(
        ANA, make_place(), Imagine(prompt="cat"), mode=None, token=make_token(), answers=QUESTION
    )


async def answer_all(services: Services, count: int = 3) -> tuple[Group, list[Job]]:
    """Start the several jobs that a question is about."""
    return await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(count), token=make_token(), answers=QUESTION
    )


async def spent(services: Services) -> tuple[int, int]:
    return await services.store.spent(ANA, START.date().isoformat())


@pytest.mark.parametrize(("start", "jobs"), [(answer, 1), (answer_all, 3)])
async def test_question_has_one_answer_however_many_press(
    services: Services, start: Callable[[Services], Awaitable[object]], jobs: int
) -> None:
    await services.store.notes.set(QUESTION, "{}")

    came = await asyncio.gather(*(start(services) for _press in range(5)), return_exceptions=True)

    refusals = [one for one in came if isinstance(one, BaseException)]
    assert [type(one) for one in refusals] == [UserError] * 4
    assert {str(one) for one in refusals} == {"This question was already answered, or it has expired."}
    assert len(await services.store.of_author(ANA.id, 50)) == jobs
    assert await spent(services) == (jobs, jobs)


@pytest.mark.parametrize("settings", [make_settings(units_per_member_day=2)])
async def test_question_whose_answer_costs_too_much_stays_open(services: Services) -> None:
    await services.store.notes.set(QUESTION, "{}")

    with pytest.raises(UserError, match="3 units"):
        await answer_all(services)

    assert await services.store.notes.get(QUESTION) == "{}"
    assert await spent(services) == SPENT_BY_NOBODY
    await answer_all(services, 2)


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (make_settings(), None),
        (make_settings(units_per_member_day=10), 7),
        (make_settings(units_per_day=8), 4),
        (make_settings(units_per_member_day=10, units_per_day=8), 4),
        (make_settings(units_per_member_day=3), 0),
    ],
)
async def test_what_is_left_counts_own_units_and_those_of_all(services: Services, left: int | None) -> None:
    for member, count in ((ANA, 3), (BEN, 1)):
        await services.jobs.admission.request_group(
            member, make_place(), GroupKind.PERMUTATION, "cats", cats(count), token=make_token()
        )

    assert await services.jobs.admission.units_left.of(ANA, make_place()) == left


async def shown_with(services: Services, keys: Sequence[str] | Exception) -> tuple[Group, list[Job], list[str]]:
    """A group whose card stands and whose pictures were taken in; with the names under which they were."""
    names: list[str] = []

    async def prepare(job: Job) -> Prepared:
        names.append(job.id)
        if isinstance(keys, Exception):
            raise keys
        return Prepared(keys)

    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(3), token=make_token()
    )
    await services.jobs.intake.group_shown(group, members, CARD, prepare)
    return group, members, names


async def members_of(services: Services, group: Group) -> Sequence[Job]:
    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    return group_state.jobs


async def test_pictures_are_taken_in_once_and_used_by_all(services: Services, engine: ScriptedEngine) -> None:
    group, members, names = await shown_with(services, ["red.png"])

    for job in members:
        await services.jobs.submission.submit(job.id)

    assert names == [members[0].id]
    assert [job.request.pictures for job in engine.submitted] == [("red.png",)] * 3
    assert [job.waiting_for for job in await members_of(services, group)] == [""] * 3


async def test_picture_of_no_use_ends_all_and_gives_their_units_back(services: Services) -> None:
    group, _members, _names = await shown_with(services, PictureError(_("No picture.")))

    jobs = await members_of(services, group)

    assert [(job.status, job.failure and job.failure.detail) for job in jobs] == [
        (JobStatus.REFUSED, "No picture.")
    ] * 3
    assert await spent(services) == SPENT_BY_NOBODY
    assert services.jobs.live.waiting == {}


async def test_start_sends_nothing_whose_pictures_were_not_all_there(services: Services) -> None:
    group, _members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(3), token=make_token()
    )
    await services.store.groups.card_shown(group.id, CARD, waiting_for=Wait.PICTURES)

    await services.jobs.recovery.resume()

    assert [job.status for job in await members_of(services, group)] == [JobStatus.CANCELLED] * 3
    assert await spent(services) == SPENT_BY_NOBODY


async def test_recent_prompts_are_a_members_own_newest_first(services: Services, clock: ManualClock) -> None:
    for number, member in enumerate((ANA, BEN, ANA)):
        await services.jobs.admission.request(
            member, make_place(), Imagine(prompt=f"cat {number}"), mode=None, token=make_token()
        )
        clock.pass_by(1)

    assert await services.store.prompts_of(ANA.id, 10, 100) == ["cat 2", "cat 0"]


async def test_suggestions_leave_long_prompts_in_the_database(services: Services, clock: ManualClock) -> None:
    for prompt in ("short", "雨" * 101, "x" * MAX_PROMPT):
        await services.jobs.admission.request(ANA, make_place(), Imagine(prompt=prompt), mode=None, token=make_token())
        clock.pass_by(1)

    assert await services.store.prompts_of(ANA.id, 10, 100) == ["short"]


async def test_no_longer_prompt_is_kept_than_one_that_can_be_typed(services: Services) -> None:
    with pytest.raises(UserError, match="too long"):
        await services.jobs.admission.request(
            ANA, make_place(), Imagine(prompt="x" * (MAX_PROMPT + 1)), mode=None, token=make_token()
        )

    assert await spent(services) == SPENT_BY_NOBODY


async def test_question_about_a_button_has_one_answer(services: Services) -> None:
    parent = await finished(services)
    await services.store.notes.set(QUESTION, "{}")

    async def press() -> Job:
        return await services.jobs.admission.press(
            ANA, make_place(), await now(services, parent), 1, token=make_token(), message_id=1, answers=QUESTION
        )

    await press()
    with pytest.raises(UserError, match="already answered"):
        await press()
