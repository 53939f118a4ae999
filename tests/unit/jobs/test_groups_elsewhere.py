"""Groups whose jobs are acted on at another process than the one that has their card."""

import pytest

from bot.domain.job import BatchLine, GroupKind
from bot.domain.outcomes import Found, Uncertain
from bot.jobs.build import JobLoops
from bot.services import Services
from tests.support.groups import CARD, cats, finish
from tests.support.loops import make_loops
from tests.support.makers import ANA, make_place, make_token
from tests.support.ports import RecordingPresenter, ScriptedEngine
from tests.support.walk import now, work_off

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]


@pytest.fixture
def loops(services: Services) -> JobLoops:
    return make_loops(services, services.clock)


@pytest.mark.parametrize("kind", GroupKind)
async def test_job_of_a_group_that_is_found_at_another_process_goes_on_where_the_groups_card_is(
    kind: GroupKind,
    services: Services,
    other: Services,
    loops: JobLoops,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    other_presenter: RecordingPresenter,
) -> None:
    request = ANA, make_place(), kind, "{a, b} cat", cats(2)
    group, members = await services.jobs.admission.request_group(*request, token=make_token())
    await services.jobs.intake.group_shown(group, members, CARD)
    await services.jobs.submission.submit(members[0].id)
    engine.answers = [Uncertain("reset")]
    await services.jobs.submission.submit(members[1].id)
    await work_off(services)
    engine.finds = Found("task-9")

    assert await other.jobs.recovery.retry_recovery(await now(other, members[1]), make_token(9))
    await loops.changes_elsewhere.look_once()
    for job in members:
        await finish(services, job)
    await services.jobs.groups.refresh(group.id)

    assert [told.group.id for told, _attempt in presenter.told_groups] == [group.id]
    assert (dict(other.jobs.live.running), other_presenter.posted) == ({}, [])


async def test_batch_that_is_paused_at_another_process_waits_at_its_owner(
    services: Services, other: Services, loops: JobLoops
) -> None:
    group, members = await services.jobs.admission.request_group(
        ANA,
        make_place(),
        GroupKind.PERMUTATION,
        "cats.csv",
        cats(2),
        token=make_token(),
        lines=[BatchLine(2), BatchLine(3)],
    )
    await services.jobs.intake.group_shown(group, members, CARD)

    for is_paused in (True, False):
        state = await other.store.groups.get(group.id)
        assert state is not None
        await other.jobs.groups.pause(state, is_paused=is_paused)
        await loops.changes_elsewhere.look_once()
        await services.jobs.groups.refresh(group.id)

        assert (group.id in services.jobs.live.paused) is is_paused
        assert group.id not in other.jobs.live.paused
