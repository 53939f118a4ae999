"""Jobs asked for together: admitted whole, shown on one card, told of once."""

import asyncio

import pytest

from bot.domain.job import Failure, FailureKind, GroupKind, Job, JobStatus
from bot.domain.outcomes import Failed, NoPlace, NotListed, Refused, Succeeded, Uncertain
from bot.domain.requests import Imagine, Mode, Request
from bot.errors import PictureError, UserError
from bot.jobs.admission import UsedButtonError
from bot.jobs.intake import Prepared
from bot.jobs.recovery import LOOK_UP_FOR_S
from bot.language import _
from bot.services import Services
from bot.ui.messages.group_card import list_retryable
from tests.support.groups import CARD, cats, finish, started, statuses
from tests.support.makers import ANA, DAY, make_place, make_result, make_settings, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, until
from tests.support.services import make_services

S = JobStatus


async def test_group_is_admitted_whole_and_in_order(services: Services) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "{a, b, c} cat", cats(3), token=make_token()
    )

    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    assert [job.id for job in group_state.jobs] == [job.id for job in members]
    assert [job.prompt for job in group_state.jobs] == ["cat 0", "cat 1", "cat 2"]


@pytest.mark.parametrize("settings", [make_settings(units_per_member_day=2)])
async def test_group_that_costs_too_much_leaves_nothing_behind(services: Services) -> None:
    with pytest.raises(UserError, match="3 units"):
        await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(3), token=make_token()
        )

    assert await services.store.of_author(ANA.id, 10) == []
    await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
    )


@pytest.mark.parametrize("settings", [make_settings(max_waiting_per_member=2)])
async def test_group_waits_as_one(services: Services) -> None:
    for _number in range(2):
        await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(3), token=make_token()
        )

    with pytest.raises(UserError, match="waiting"):
        await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(1), token=make_token()
        )


async def test_group_is_refused_where_the_bot_may_not_post(services: Services) -> None:
    with pytest.raises(UserError, match="can't post"):
        await services.jobs.admission.request_group(
            ANA, make_place(may_post=False), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
        )


async def test_results_of_permutations_are_messages_of_their_own_under_the_card(
    services: Services, presenter: RecordingPresenter
) -> None:
    _group, members = await started(services)

    for job in members:
        await finish(services, job)

    posted = [job for job, _attempt in presenter.posted if job.status is S.POSTING]
    assert [(job.reply_to, job.card_id) for job in posted] == [(CARD, None), (CARD, None)]


async def test_author_is_told_once_when_the_last_is_over(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await started(services)
    await finish(services, members[0])
    await services.jobs.groups.refresh(group.id)
    assert presenter.told_groups == []

    await finish(services, members[1])
    await services.jobs.groups.refresh(group.id)
    await services.jobs.groups.refresh(group.id)

    assert [(group_state.group.id, attempt) for group_state, attempt in presenter.told_groups] == [(group.id, 0)]


async def test_a_job_that_ends_badly_does_not_hold_the_group(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [
        Refused(Failure(kind=FailureKind.BANNED)),
        Uncertain("lost"),
    ]
    group, members = await started(services)
    for job in members:
        await services.jobs.deliveries.deliver(job.id)

    await services.jobs.groups.refresh(group.id)

    assert await statuses(services, group) == [S.REFUSED, S.UNCERTAIN]
    assert len(presenter.told_groups) == 1


async def test_a_lost_job_is_searched_for_before_the_group_is_told_of(
    services: Services, engine: ScriptedEngine, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    engine.answers, engine.finds = [Uncertain("lost")], NotListed()
    group, (job,) = await started(services, requests=cats(1))
    await services.jobs.deliveries.deliver(job.id)
    await services.jobs.groups.refresh(group.id)
    assert presenter.told_groups == []

    clock.pass_by(LOOK_UP_FOR_S)
    services.jobs.groups.due.discard(group.id)
    await services.jobs.deliveries.deliver(job.id)
    assert group.id in services.jobs.groups.due
    await services.jobs.groups.refresh(group.id)

    assert len(presenter.told_groups) == 1


async def test_a_stop_of_the_last_job_brings_the_group_to_its_end(
    services: Services, presenter: RecordingPresenter
) -> None:
    group, (job,) = await started(services, requests=cats(1))
    services.jobs.groups.due.discard(group.id)

    await services.jobs.controls.cancel(job)

    assert group.id in services.jobs.groups.due
    await services.jobs.groups.refresh(group.id)
    assert len(presenter.told_groups) == 1


async def test_a_job_that_fails_brings_its_groups_card_up_to_date(services: Services) -> None:
    group, members = await started(services)
    services.jobs.groups.due.discard(group.id)

    await services.jobs.tracking.advance(services.jobs.live.running[members[0].id], Failed("no"))

    assert group.id in services.jobs.groups.due


@pytest.mark.parametrize("settings", [make_settings(allowed_modes="fast", prices={"imagine": 2})])
async def test_every_job_of_a_group_is_looked_over_and_priced(services: Services) -> None:
    async def ask(*prompts: str) -> None:
        requests: list[tuple[Request, Mode | None]] = [(Imagine(prompt=prompt), Mode.FAST) for prompt in prompts]
        await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", requests, token=make_token()
        )

    with pytest.raises(UserError, match="Turbo mode is switched off"):
        await ask("a cat", "a dog --turbo")
    await ask("a cat", "a dog")

    assert await services.store.spent(ANA, DAY) == (4, 4)


async def test_a_blocked_member_starts_no_group(services: Services) -> None:
    await services.jobs.moderation.block(201, ANA.id)

    with pytest.raises(UserError, match="blocked"):
        await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
        )


async def test_a_card_is_never_edited_by_two_at_once(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await started(services)
    presenter.group_gate.clear()
    first = asyncio.create_task(services.jobs.groups.refresh(group.id), name="first")
    await until(lambda: presenter.group_states)
    for job in members:
        await finish(services, job)

    services.jobs.groups.due.discard(group.id)

    second = asyncio.create_task(services.jobs.groups.refresh(group.id), name="second")
    await until(lambda: second.done() or len(presenter.group_states) > 1)
    assert len(presenter.group_states) == 1
    assert group.id in services.jobs.groups.due

    presenter.group_gate.set()
    await first
    await services.jobs.groups.refresh(group.id)
    assert [group_state.is_over for group_state in presenter.group_states] == [False, True]
    assert len(presenter.told_groups) == 1


async def test_a_result_without_a_place_counts_as_over(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await started(services, requests=cats(1))
    presenter.says = [NoPlace()]
    await finish(services, members[0])

    await services.jobs.groups.refresh(group.id)

    assert len(presenter.told_groups) == 1


async def test_trouble_with_the_card_is_tried_again(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await started(services, requests=cats(1))
    await finish(services, members[0])
    presenter.group_trouble = OSError("no network")
    services.jobs.groups.due.discard(group.id)
    await services.jobs.groups.refresh(group.id)
    assert group.id in services.jobs.groups.due

    presenter.group_trouble = None
    await services.jobs.groups.refresh(group.id)

    assert [attempt for _board, attempt in presenter.told_groups] == [1]


async def test_what_ended_badly_is_tried_again_once_at_a_time(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.BANNED))]
    _group, failed = await started(services)

    async def try_again() -> list[Job]:
        _group, members = await services.jobs.admission.request_group(
            ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token(), tries_again=failed
        )
        return members

    members = await try_again()
    with pytest.raises(UsedButtonError) as caught:
        await try_again()
    assert caught.value.job.id == members[0].id
    assert len(await services.store.of_author(ANA.id, 10)) == 2

    for job in members:
        await services.jobs.intake.withdraw(job)
    await try_again()


async def test_what_lacks_its_pictures_is_not_tried_again_without_them(services: Services) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
    )

    async def prepare(_job: Job) -> Prepared:
        raise PictureError(_("The picture could not be downloaded. Please try again."))

    await services.jobs.intake.group_shown(group, members, CARD, prepare)

    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    assert [job.status for job in group_state.jobs] == [S.REFUSED, S.REFUSED]
    assert list_retryable(group_state) == []


async def test_the_rest_can_be_stopped(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(3), token=make_token()
    )
    await services.jobs.intake.group_shown(group, members, CARD)
    await services.jobs.submission.submit(members[0].id)
    await finish(services, members[0])

    assert await services.jobs.controls.cancel_rest(group.id) == 2

    await services.jobs.groups.refresh(group.id)
    assert await statuses(services, group) == [S.DONE, S.CANCELLED, S.CANCELLED]
    assert len(presenter.told_groups) == 1


async def test_rest_is_stopped_beside_what_was_stopped_before_and_what_has_just_come(services: Services) -> None:
    group, members = await started(services, requests=cats(3))
    await services.jobs.controls.cancel(members[0])
    await services.jobs.tracking.advance(services.jobs.live.running[members[1].id], Succeeded(make_result()))

    assert await services.jobs.controls.cancel_rest(group.id) == 1

    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    assert [job.stopped for job in group_state.jobs] == [True, False, True]


async def test_a_card_whose_id_never_arrived_says_how_it_ended(
    services: Services, presenter: RecordingPresenter
) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
    )
    presenter.lost_group_card = CARD

    await services.jobs.intake.withdraw_group(group, members)
    await services.jobs.groups.refresh(group.id)

    (group_state,) = presenter.group_states
    assert (group_state.group.card_id, [job.status for job in group_state.jobs]) == (CARD, [S.CANCELLED, S.CANCELLED])
    assert len(presenter.told_groups) == 1
    assert await services.store.groups.list_open() == []


async def test_a_group_that_nobody_saw_is_over_in_silence(services: Services, presenter: RecordingPresenter) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "cats", cats(2), token=make_token()
    )

    await services.jobs.intake.withdraw_group(group, members)
    await services.jobs.groups.refresh(group.id)

    assert (presenter.group_states, presenter.told_groups) == ([], [])
    assert await services.store.groups.list_open() == []


async def test_after_a_restart_the_group_goes_on_and_an_unshown_one_does_not(
    services: Services, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    shown, members = await started(services)
    unshown, _members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "dogs", cats(2), token=make_token()
    )
    later = make_services(
        store=services.store,
        engines={"midjourney": services.jobs.engines.get("midjourney")},
        pictures=services.pictures,
        presenter=presenter,
        settings=services.settings,
        clock=clock,
    )
    await later.jobs.recovery.resume()

    for job in members:
        await finish(later, job)
    await later.jobs.groups.refresh(shown.id)

    assert await statuses(later, unshown) == [S.CANCELLED, S.CANCELLED]
    assert [(group_state.group.id, attempt) for group_state, attempt in presenter.told_groups] == [(shown.id, 1)]
