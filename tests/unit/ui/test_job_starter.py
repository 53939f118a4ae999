"""Jobs start with their cards: what has none is withdrawn, and costs nothing."""

import asyncio

import pytest

from bot.domain.job import GroupKind, JobStatus
from bot.domain.requests import Imagine
from bot.language import _
from bot.services import Services
from bot.storage.database import FEW
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Draft, Question
from tests.support.hands import Hands
from tests.support.makers import ANA, DAY, make_place
from tests.support.ports import PATIENCE_S

STUDIO = make_place()


@pytest.fixture
async def hands(services: Services) -> Hands:
    return await Hands.of(services)


async def statuses(services: Services) -> set[JobStatus]:
    return {job.status for job in await services.store.of_author(ANA.id, 10)}


async def test_job_waits_behind_its_card(hands: Hands, services: Services) -> None:
    await hands.command("imagine", ANA.id, STUDIO)

    (job,) = await services.store.of_author(ANA.id, 10)
    assert (job.status, job.card_id is not None, services.jobs.live.position(job.id)) == (JobStatus.RECEIVED, True, 0)


async def test_job_without_a_card_is_withdrawn_and_costs_nothing(hands: Hands, services: Services) -> None:
    hands.is_discord_away = True

    await hands.command("imagine", ANA.id, STUDIO)

    assert await statuses(services) == set()  # none that is not over
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_job_whose_card_has_no_name_is_withdrawn_and_costs_nothing(hands: Hands, services: Services) -> None:
    interaction = hands.interaction(ANA.id, STUDIO)
    interaction.answer.tells_ids = False

    with pytest.raises(RuntimeError, match="which message"):
        await hands.bot.flows.starter.start(interaction, Imagine(prompt="a cat"), mode=None)

    assert await statuses(services) == set()
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_job_whose_question_cannot_be_closed_is_withdrawn_and_costs_nothing(
    hands: Hands, services: Services
) -> None:
    question = Question(_("Sent as it is."), await hands.drafts.keep(Draft(ANA.id, ModalKind.IMAGINE, text="a cat")))
    interaction = hands.interaction(ANA.id, STUDIO)
    interaction.answer.is_away = True

    with pytest.raises(TimeoutError):
        await hands.bot.flows.starter.start(interaction, Imagine(prompt="a cat"), mode=None, question=question)

    assert await statuses(services) == set()
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_group_whose_card_has_no_name_is_withdrawn_as_a_whole(hands: Hands, services: Services) -> None:
    interaction = hands.interaction(ANA.id, STUDIO)
    interaction.answer.tells_ids = False
    requests = [(Imagine(prompt=prompt), None) for prompt in ("a cat", "a dog")]

    with pytest.raises(RuntimeError, match="which message"):
        await hands.bot.flows.starter.start_group(interaction, GroupKind.PERMUTATION, "{a cat, a dog}", requests)

    assert await statuses(services) == set()
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_group_without_a_card_is_withdrawn_as_a_whole(hands: Hands, services: Services) -> None:
    interaction = hands.interaction(ANA.id, STUDIO)
    interaction.answer.is_away = True
    requests = [(Imagine(prompt=prompt), None) for prompt in ("a cat", "a dog")]

    with pytest.raises(TimeoutError):
        await hands.bot.flows.starter.start_group(interaction, GroupKind.PERMUTATION, "{a cat, a dog}", requests)

    assert await statuses(services) == set()
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_job_is_let_run_after_the_answers_that_others_wait_for(
    hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fairness.HELD_BACK_S", PATIENCE_S)  # however busy the machine is
    first, others = hands.interaction(ANA.id, STUDIO), [hands.interaction(1000 + one, STUDIO) for one in range(FEW + 1)]
    starter, answered = hands.bot.flows.starter, asyncio.Event()
    for other in others:
        other.answer.waits_for = answered

    async with asyncio.TaskGroup() as group:
        for other in others:
            group.create_task(starter.start(other, Imagine(prompt="a dog"), mode=None), name="other")
        group.create_task(starter.start(first, Imagine(prompt="a cat"), mode=None), name="first")
        await first.answer.is_given.wait()
        (job,) = await services.store.of_author(ANA.id, 10)
        assert services.jobs.live.position(job.id) is None
        assert [other.response.is_done() for other in others] == [False] * len(others)
        answered.set()

    assert services.jobs.live.position(job.id) is not None
