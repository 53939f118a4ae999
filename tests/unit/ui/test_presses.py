"""Presses by somebody else, presses made twice, and presses on what has moved on: nothing is shown, lost or paid."""

from dataclasses import replace
from typing import Any, cast

import discord
import pytest

from bot.domain.job import Failure, FailureKind, Group, GroupKind, Job, JobStatus, Reach, Result, new_job_id
from bot.domain.requests import Button, Imagine, Mode
from bot.services import Services
from bot.settings import Settings
from bot.storage.audit import last_acts
from bot.ui.components.job_actions import JobAction, PictureQuestion, RegionAction
from bot.ui.components.modals import ModalContext, ModalKind
from tests.support.hands import ATTACHMENT, Hands
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    START,
    TASK,
    make_job,
    make_place,
    make_result,
    make_settings,
    make_token,
)

S = JobStatus
STUDIO = make_place()
ONLY_AUTHOR = "Only the person who started this job"
BANNED = Failure(kind=FailureKind.BANNED, detail="a rude word")
FOUR = "\n".join(f"{number}\ufe0f\u20e3 a cat number {number}" for number in range(1, 5))


class EditedMessage:
    """A message that takes every edit."""

    edits = 0
    flags = discord.MessageFlags()

    async def edit(self, **_what: Any) -> None:
        self.edits += 1


@pytest.fixture
async def hands(services: Services) -> Hands:
    return await Hands.of(services)


async def kept(services: Services, job: Job) -> Job:
    """A job as it stands in the database."""
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    columns = {"result": job.result, "task_id": job.task_id, "failure": job.failure}
    await services.store.update(job, **columns)
    return job


async def now(services: Services, job: Job) -> Job:
    found = await services.store.get(job.id)
    assert found is not None
    return found


async def test_who_stops_a_job_of_another_is_told_who_will_find_it(hands: Hands, services: Services) -> None:
    hands.is_moderator = True
    of_ben = await kept(services, make_job(S.RUNNING, task_id=TASK, actor=BEN))
    own = await kept(services, make_job(S.RUNNING, task_id=TASK))

    said = [(await hands.press("cancel", job.id, ANA.id, STUDIO)).said for job in (of_ben, own)]

    (act,) = await last_acts(services.store.database, 201, 9)
    assert (act.actor, act.act, act.target) == (str(ANA.id), "cancel", f"job:{of_ben.id}")
    assert said[0].endswith(f"if it finishes anyway, <@{BEN.id}> finds it in /jobs.")
    assert said[1].endswith("if it finishes anyway, you find it in /jobs.")


async def described(services: Services) -> Job:
    zoom = Button(custom_id=f"MJ::CustomZoom::{TASK}")
    result = Result(text=FOUR, buttons=(zoom,))
    return await kept(services, make_job(S.DONE, task_id=TASK, mode=Mode.FAST, result=result))


async def with_two_failed(services: Services) -> tuple[Group, list[Job]]:
    """A group of Ana's that is over: two of its three jobs failed."""
    group = Group(new_job_id(), GroupKind.PERMUTATION, ANA, STUDIO, "{a, b, c}", START)
    failure = Failure(kind=FailureKind.RELAY)
    members = [
        make_job(S.RECEIVED, group_id=group.id, request=Imagine(prompt=prompt), mode=Mode.FAST)
        for prompt in ("a", "b", "c")
    ]
    await services.store.admissions.admit_group(group, members, NO_LIMITS, DAY)
    await services.store.groups.card_shown(group.id, 403)
    for job, status in zip(members, (S.FAILED, S.FAILED, S.DONE), strict=True):
        await services.store.move(job, [S.RECEIVED], status, failure=failure if status is S.FAILED else None)
    return group, members


async def units_spent(services: Services) -> int:
    return (await services.store.spent(ANA, DAY))[1]


# Somebody else.


async def test_why_of_a_refused_word_is_for_its_author_alone(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.REFUSED, failure=BANNED))

    by_ben = await hands.press(JobAction.EXPLAIN, job.id, BEN.id, STUDIO)
    by_ana = await hands.press(JobAction.EXPLAIN, job.id, ANA.id, STUDIO)

    assert ONLY_AUTHOR in by_ben.said
    assert ("rude word" in by_ben.said, "rude word" in by_ana.said) == (False, True)


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (JobAction.CHECK, S.UNDELIVERABLE),
        (JobAction.SHOW_HERE, S.UNDELIVERABLE),
        (JobAction.ANSWER, S.AWAITING_INPUT),
        (JobAction.DISMISS, S.UNCERTAIN),
        (JobAction.RETRY_RECOVERY, S.EXPIRED),
        (JobAction.TRY_AGAIN, S.FAILED),
        (JobAction.EDIT_JOB, S.FAILED),
        (JobAction.CANCEL, S.RECEIVED),
    ],
)
async def test_press_of_somebody_else_shows_and_changes_nothing(
    action: JobAction, status: JobStatus, hands: Hands, services: Services
) -> None:
    failure = Failure(kind=FailureKind.RELAY)
    job = await kept(
        services, make_job(status, task_id=TASK, result=make_result(), failure=failure, token=make_token())
    )
    before, units = await now(services, job), await units_spent(services)

    pressed = await hands.press(action, job.id, BEN.id, STUDIO)

    assert (pressed.said, pressed.answer.modals, pressed.answer.views) == (
        "Only the person who started this job can do that.",
        [],
        [],
    )
    assert (await now(services, job), await units_spent(services)) == (before, units)


@pytest.mark.parametrize("action", [JobAction.CANCEL_REST, JobAction.RETRY_FAILED, JobAction.RETRY_ALL])
async def test_group_is_its_authors_affair(action: JobAction, hands: Hands, services: Services) -> None:
    group, _members = await with_two_failed(services)
    units = await units_spent(services)

    pressed = await hands.press(action, group.id, BEN.id, STUDIO)

    assert ONLY_AUTHOR in pressed.said
    assert await units_spent(services) == units


@pytest.mark.parametrize("settings", [make_settings(press="author")])
@pytest.mark.parametrize(
    "action", [JobAction.PRESS, JobAction.CONFIRM_ALL, JobAction.IMAGINE_ALL, JobAction.SHOW_RESULT]
)
async def test_buttons_that_are_for_authors_alone_do_nothing_for_others(
    action: JobAction, settings: Settings, hands: Hands, services: Services
) -> None:
    assert services.settings is settings
    job = await described(services)
    units = await units_spent(services)

    pressed = await hands.press(action, job.id, BEN.id, STUDIO, 0)

    assert "Only the author of this picture" in pressed.said
    assert (pressed.answer.modals, pressed.answer.views, await units_spent(services)) == ([], [], units)


@pytest.mark.parametrize("action", [JobAction.FILES, JobAction.USE_SEED, JobAction.STAR])
async def test_what_is_private_is_its_authors_affair(action: JobAction, hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.DONE, is_private=True, task_id=TASK, result=make_result()))

    pressed = await hands.press(action, job.id, BEN.id, STUDIO)

    assert ONLY_AUTHOR in pressed.said
    assert (pressed.answer.modals, pressed.answer.views, pressed.answer.files) == ([], [], [])


async def test_details_of_what_is_private_are_its_authors_affair(
    hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await kept(services, make_job(S.DONE, is_private=True, result=make_result()))
    monkeypatch.setitem(ATTACHMENT, "filename", f"easel-{job.id}.png")

    by_ben = await hands.context("Details and files", BEN.id, STUDIO)
    by_ana = await hands.context("Details and files", ANA.id, STUDIO)

    assert by_ben.said == "Only the person who started this job can do that."
    assert job.id in by_ana.said


@pytest.mark.parametrize(
    ("status", "more", "words"),
    [
        (S.POSTING, {}, "already on its way"),
        (S.UNDELIVERABLE, {"in_review": True}, "waits for a moderator"),
        (S.UNDELIVERABLE, {"stopped": True}, "could not be posted"),
    ],
)
async def test_what_moderators_have_not_seen_is_not_posted_from_a_comparison(
    status: JobStatus, more: dict[str, Any], words: str, hands: Hands, services: Services
) -> None:
    job = await kept(services, make_job(status, result=make_result(), **more))

    pressed = await hands.press(JobAction.SHOW_RESULT, job.id, BEN.id, STUDIO)

    assert words in pressed.said


@pytest.mark.parametrize("settings", [make_settings(allow_user_install=True)])
async def test_nobody_removes_what_somebody_else_made_in_direct_messages_of_several(
    settings: Settings, hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services.settings is settings
    chat = make_place(guild_id=None, reach=Reach.USER_INSTALL, may_post=False)
    job = await kept(services, make_job(S.DONE, place=chat, result=make_result()))
    monkeypatch.setitem(ATTACHMENT, "filename", f"easel-{job.id}.png")

    pressed = await hands.context("Remove", BEN.id, chat)

    assert pressed.said == "Only the person who started this job can do that."
    assert (await now(services, job)).status is S.DONE


@pytest.mark.parametrize("is_hidden", [True, False])
async def test_who_goes_on_with_the_seed_of_their_own_is_shown_it_as_that_was(
    hands: Hands, services: Services, *, is_hidden: bool
) -> None:
    result = make_result()
    job = await kept(
        services, make_job(S.DONE, is_private=is_hidden, is_spoiler=is_hidden, task_id=TASK, result=result)
    )

    opened = await hands.press(JobAction.USE_SEED, job.id, ANA.id, STUDIO)
    (modal,) = opened.answer.modals
    draft_id = modal.custom_id.split(":")[2]
    await hands.answer(ModalContext(ModalKind.EDIT, draft_id), ANA.id, STUDIO, f"{job.prompt} --seed 7")

    (again,) = [one for one in await services.store.unfinished() if one.status is S.RECEIVED]
    assert (again.is_private, again.is_spoiler) == (is_hidden, is_hidden)


async def test_menus_are_not_for_blocked_members(hands: Hands, services: Services) -> None:
    job = await described(services)
    await services.jobs.moderation.block(201, BEN.id)

    chosen = await hands.choose(PictureQuestion.TASK, job.id, "x", BEN.id, STUDIO)

    assert "blocked" in chosen.said


async def test_moderators_stop_jobs_and_groups_of_others(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.RECEIVED))
    group, members = await with_two_failed(services)
    await services.store.move(members[2], [S.DONE], S.RUNNING)
    hands.is_moderator = True

    await hands.press(JobAction.CANCEL, job.id, BEN.id, STUDIO)
    stopped = await hands.press(JobAction.CANCEL_REST, group.id, BEN.id, STUDIO)

    assert (await now(services, job)).status is S.CANCELLED
    assert "Stopped 1" in stopped.said
    assert (await now(services, members[2])).stopped


# Once.


async def test_imagine_all_is_paid_once_for_each_question(hands: Hands, services: Services) -> None:
    job = await described(services)
    before = await units_spent(services)

    first = await hands.press(JobAction.IMAGINE_ALL, job.id, ANA.id, STUDIO)
    again = await hands.press(JobAction.IMAGINE_ALL, job.id, ANA.id, STUDIO)

    assert [waiting.parent_id for waiting in services.jobs.live.waiting.values()] == [job.id] * 4
    assert await units_spent(services) == before + 4
    assert "already" not in first.said
    assert "already on its way" in again.said


async def test_what_failed_is_tried_again_once_and_nothing_else(hands: Hands, services: Services) -> None:
    group, _members = await with_two_failed(services)
    before = await units_spent(services)

    asked = await hands.press(JobAction.RETRY_FAILED, group.id, ANA.id, STUDIO)
    spent = await units_spent(services)
    await hands.press(JobAction.RETRY_ALL, group.id, ANA.id, STUDIO)
    again = await hands.press(JobAction.RETRY_ALL, group.id, ANA.id, STUDIO)

    prompts = sorted(job.request.prompt for job in services.jobs.live.waiting.values())
    assert (asked.said, spent) == ("This will start 2 jobs and cost 2 units.", before)
    assert (prompts, await units_spent(services)) == (["a", "b"], before + 2)
    assert "already on its way" in again.said


async def test_one_that_failed_is_tried_again_without_a_question(hands: Hands, services: Services) -> None:
    group, members = await with_two_failed(services)
    await services.store.move(members[0], [S.FAILED], S.DONE)

    await hands.press(JobAction.RETRY_FAILED, group.id, ANA.id, STUDIO)

    assert [job.request.prompt for job in services.jobs.live.waiting.values()] == ["b"]


async def test_group_without_failures_starts_none(hands: Hands, services: Services) -> None:
    group, members = await with_two_failed(services)
    for job in members[:2]:
        await services.store.move(job, [S.FAILED], S.DONE)

    pressed = await hands.press(JobAction.RETRY_FAILED, group.id, ANA.id, STUDIO)

    assert "nothing to try again" in pressed.said
    assert not services.jobs.live.waiting


# What has moved on.


async def test_removed_description_is_imagined_by_nobody(hands: Hands, services: Services) -> None:
    job = await described(services)
    await services.jobs.controls.remove(await now(services, job))

    await hands.press(JobAction.IMAGINE_ALL, job.id, ANA.id, STUDIO)

    assert not services.jobs.live.waiting


async def test_description_that_has_no_place_yet_is_imagined_by_nobody(hands: Hands, services: Services) -> None:
    job = await described(services)
    await services.store.move(await now(services, job), [S.DONE], S.UNDELIVERABLE)

    pressed = await hands.press(JobAction.IMAGINE_ALL, job.id, ANA.id, STUDIO)

    assert ("no longer knows" in pressed.said, services.jobs.live.waiting) == (True, {})


async def test_button_of_a_place_that_a_picture_does_not_have_is_a_sentence(hands: Hands, services: Services) -> None:
    job = await described(services)

    pressed = await hands.press(JobAction.PRESS, job.id, ANA.id, STUDIO, 9)

    assert "no longer knows" in pressed.said


async def test_check_of_a_job_that_runs_leaves_the_card_to_its_progress(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.RUNNING))

    pressed = await hands.press(JobAction.CHECK, job.id, ANA.id, STUDIO)

    assert (pressed.said, pressed.answer.is_done()) == ("", True)
    assert (await now(services, job)).token != job.token


@pytest.mark.parametrize(("chosen", "modals"), [(0, 0), (5, 1)])
async def test_repaint_needs_a_cell(chosen: int, modals: int, hands: Hands, services: Services) -> None:
    region = Button(custom_id=f"MJ::Inpaint::1::{TASK}::SOLO")
    job = await kept(services, make_job(S.DONE, task_id=TASK, result=make_result(region)))

    pressed = await hands.press_region(RegionAction.REPAINT, job.id, ANA.id, STUDIO, chosen=chosen)

    assert ("at least one cell" in pressed.said, len(pressed.answer.modals)) == (not chosen, modals)


@pytest.mark.parametrize("may_post", [True, False])
async def test_used_button_is_marked_where_the_bot_may_edit(may_post: bool, hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.DONE, task_id=TASK, result=make_result()))
    message = EditedMessage()

    await hands.bot.flows.results.mark_used(cast(discord.Message, message), job, make_place(may_post=may_post))

    assert message.edits == int(may_post)


async def test_question_that_is_over_opens_no_modal(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.RUNNING))

    pressed = await hands.press(JobAction.ANSWER, job.id, ANA.id, STUDIO)

    assert ("has been answered" in pressed.said, pressed.answer.modals) == (True, [])


async def test_posted_result_is_not_announced_again(hands: Hands, services: Services) -> None:
    job = await kept(services, replace(make_job(S.DONE), result=make_result()))

    pressed = await hands.press(JobAction.SHOW_HERE, job.id, ANA.id, STUDIO)

    assert "already made" in pressed.said
    assert (await now(services, job)).status is S.DONE
