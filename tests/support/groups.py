"""Jobs asked for together, at chosen steps of their lives."""

from collections.abc import Sequence

from bot.domain.job import Group, GroupKind, Job, JobStatus
from bot.domain.outcomes import Succeeded
from bot.domain.requests import Imagine, Mode, Request
from bot.services import Services
from tests.support.makers import ANA, make_place, make_result, make_token

CARD = 701


def cats(count: int) -> list[tuple[Request, Mode | None]]:
    return [(Imagine(prompt=f"cat {number}"), Mode.FAST) for number in range(count)]


async def started(
    services: Services, kind: GroupKind = GroupKind.PERMUTATION, requests: Sequence[tuple[Request, Mode | None]] = ()
) -> tuple[Group, list[Job]]:
    """A group whose card stands and whose jobs were all sent."""
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), kind, "{a, b} cat", list(requests) or cats(2), token=make_token()
    )
    await services.jobs.intake.group_shown(group, members, CARD)
    for job in members:
        await services.jobs.submission.submit(job.id)
    return group, members


async def finish(services: Services, job: Job) -> None:
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await services.jobs.deliveries.deliver(job.id)


async def statuses(services: Services, group: Group) -> list[JobStatus]:
    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    return [job.status for job in group_state.jobs]
