"""What costs no units is bounded for each member, and what is somebody's own is not for others."""

import pytest

from bot.domain.job import JobStatus
from bot.jobs.unpaid_work import BURST
from bot.ui.components.job_actions import JobAction
from tests.support.hands import Interaction
from tests.support.makers import ANA, BEN, make_job, make_token
from tests.support.ports import ManualClock
from tests.unit.ui.entry_points.rules import PEOPLE, RULES, STUDIO
from tests.unit.ui.entry_points.world import REGION, World


async def show(world: World) -> Interaction:
    job = await world.grid(actor=BEN)
    await world.begin()
    return await world.hands.command("show", BEN.id, world.place, id=job.id)


async def go_on(world: World) -> Interaction:
    return await world.press(JobAction.SHOW_RESULT, (await world.grid()).id)


async def post_here(world: World) -> Interaction:
    return await world.press(JobAction.POST_HERE, (await world.grid(actor=BEN)).id)


WORDS = (
    "not allowed",
    "blocked",
    "has banned",
    "only serves",
    "does not work",
    "only works",
    "may not be used",
    "let you",
    "only be used",
)
FREE = {"show": show, JobAction.SHOW_RESULT: go_on, JobAction.POST_HERE: post_here}


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize(
    "world",
    [RULES[name] for name in PEOPLE if name != "paused"],
    indirect=True,
    ids=[n for n in PEOPLE if n != "paused"],
)
async def test_who_may_not_come_in_is_not_shown_pictures_for_nothing(name: str, world: World) -> None:
    result = await FREE[name](world)

    assert result.answer.is_done()
    assert not result.answer.views
    assert any(word in result.said for word in WORDS)


async def test_pictures_for_nothing_are_bounded_for_each_member(world: World, clock: ManualClock) -> None:
    answers = [await go_on(world) for _number in range(int(BURST) + 1)]
    of_another = await world.hands.press(JobAction.SHOW_RESULT, (await world.grid()).id, ANA.id, STUDIO)
    clock.pass_by(60)
    later = await go_on(world)

    assert ["too much at once" in one.said for one in answers] == [False] * int(BURST) + [True]
    assert "too much at once" not in of_another.said
    assert "too much at once" not in later.said


async def test_removed_picture_is_not_posted_again(world: World) -> None:
    job = await world.grid()
    await world.services.jobs.controls.remove(job)

    result = await world.press(JobAction.SHOW_RESULT, job.id)

    assert "This picture was removed" in result.said


async def test_inputs_of_a_removed_job_are_asked_for_again(world: World) -> None:
    job = await world.grid(actor=BEN)
    await world.services.jobs.controls.remove(job)
    draft_id = await world.draft(inputs_of=job.id)

    await world.press(JobAction.RUN_AS_IS, draft_id)

    (made,) = [await world.services.store.get(job_id) for job_id in world.made()]
    assert made is not None
    assert made.status is JobStatus.REFUSED


async def test_region_panels_are_bounded_too(world: World) -> None:
    job = await world.grid(REGION)

    answers = [await world.press("press", job.id, 0) for _number in range(int(BURST) + 1)]

    assert "too much at once" in answers[-1].said


# Whose it is.


@pytest.mark.parametrize("verb", ["cancel", "drop", "look", "check", "again", "redo", "show"])
async def test_what_is_somebodys_own_is_not_for_others(verb: str, world: World) -> None:
    status = {"drop": JobStatus.UNCERTAIN, "look": JobStatus.UNCERTAIN, "again": JobStatus.FAILED}
    job = await world.kept(make_job(status.get(verb, JobStatus.RECEIVED), token=make_token()))

    result = await world.press(verb, job.id)

    now = await world.services.store.get(job.id)
    assert now is not None
    assert "Only the person who started this job" in result.said
    assert (now.status, now.token) == (job.status, job.token)


@pytest.mark.parametrize("action", [JobAction.POST_HERE, JobAction.RUN_AGAIN, JobAction.EDIT_JOB])
async def test_what_is_in_a_library_is_its_members_own(action: JobAction, world: World) -> None:
    job = await world.grid(actor=ANA)

    result = await world.press(action, job.id)

    assert "Only the person who started this job" in result.said
    assert not world.made()
