"""Jobs start with their cards: what has none is withdrawn, and costs nothing."""

import pytest

from bot.domain.job import GroupKind, JobStatus
from bot.domain.requests import Imagine
from bot.jobs.service import JobService
from tests.support.hands import Hands
from tests.support.makers import ANA, DAY, make_place
from tests.support.ports import ManualClock

STUDIO = make_place()


@pytest.fixture
async def hands(service: JobService, clock: ManualClock) -> Hands:
    return await Hands.of(service, clock)


async def statuses(service: JobService) -> set[JobStatus]:
    return {job.status for job in await service.store.of_author(ANA.id, 10)}


async def test_job_waits_behind_its_card(hands: Hands, service: JobService) -> None:
    await hands.command("imagine", ANA.id, STUDIO)

    (job,) = await service.store.of_author(ANA.id, 10)
    assert (job.status, job.card_id is not None, service.position(job.id)) == (JobStatus.RECEIVED, True, 0)


async def test_job_without_a_card_is_withdrawn_and_costs_nothing(hands: Hands, service: JobService) -> None:
    hands.is_discord_away = True

    await hands.command("imagine", ANA.id, STUDIO)

    assert await statuses(service) == set()  # none that is not over
    assert await service.store.spent(ANA, DAY) == (0, 0)


async def test_group_without_a_card_is_withdrawn_as_a_whole(hands: Hands, service: JobService) -> None:
    interaction = hands.interaction(ANA.id, STUDIO)
    interaction.answer.is_away = True
    requests = [(Imagine(prompt=prompt), None) for prompt in ("a cat", "a dog")]

    with pytest.raises(TimeoutError):
        await hands.bot.flows.starter.start_group(interaction, GroupKind.PERMUTATION, "{a cat, a dog}", requests)

    assert await statuses(service) == set()
    assert await service.store.spent(ANA, DAY) == (0, 0)
