"""What running cards show."""

import asyncio

import pytest

from bot.domain.job import JobStatus
from bot.domain.outcomes import Working
from bot.pictures.folder import Pictures
from bot.ui.delivery.card_access import CardAccess
from bot.ui.delivery.running_cards import RunningCards
from sandbox.discord.model import Message
from tests.support.discord_bench import DiscordBench

GRID = "https://img.example.com/grid.png"  # it lies on the shelf of the tests' fetcher


@pytest.fixture
def running(bench: DiscordBench, pictures: Pictures) -> RunningCards:
    return RunningCards(pictures, CardAccess(bench.client, bench.cipher, bench.clock), bench.clock)


def labels(message: Message) -> list[str]:
    return [button["label"] for row in message.components for button in row["components"]]


async def test_progress_has_its_picture_and_the_red_button(bench: DiscordBench, running: RunningCards) -> None:
    job = await bench.job(JobStatus.RUNNING)

    await running.edit(job, Working(31, GRID))

    (card,) = bench.messages()
    assert "(31%)" in card.content
    assert [file.filename for file in card.attachments] == [f"preview-{job.id}.webp"]
    assert card.attachments[0].description == job.prompt
    assert labels(card) == ["Cancel Job"]


async def test_progress_of_what_will_be_covered_is_covered(bench: DiscordBench, running: RunningCards) -> None:
    job = await bench.job(JobStatus.RUNNING, is_spoiler=True)

    await running.edit(job, Working(31, GRID))

    assert [file.filename for file in bench.messages()[0].attachments] == [f"SPOILER_preview-{job.id}.webp"]


async def test_a_picture_that_cannot_be_had_is_left_out(bench: DiscordBench, running: RunningCards) -> None:
    job = await bench.job(JobStatus.RUNNING)
    await running.edit(job, Working(31, GRID))

    await running.edit(job, Working(62, "https://img.example.com/none.png"))

    (card,) = bench.messages()
    assert "(62%)" in card.content
    assert len(card.attachments) == 1  # the one before stays


async def test_a_stopped_job_has_nothing_to_press(bench: DiscordBench, running: RunningCards) -> None:
    job = await bench.job(JobStatus.RUNNING, stopped=True)

    await running.edit(job, Working(31))

    assert labels(bench.messages()[0]) == []


@pytest.mark.parametrize(
    ("minutes", "may_post", "expected"),
    [
        (13.9, False, ["Cancel Job"]),
        (14.1, False, ["Check", "Cancel Job"]),
        (14.1, True, ["Cancel Job"]),
    ],
)
async def test_before_its_token_dies_a_card_out_of_reach_offers_to_check(
    minutes: float, may_post: bool, expected: list[str], bench: DiscordBench, running: RunningCards
) -> None:
    job = await bench.job(JobStatus.RUNNING, may_post=may_post)
    before = running.look_of(job, Working(31))
    bench.clock.pass_by(minutes * 60)

    await running.edit(job, Working(31))

    assert labels(bench.messages()[0]) == expected
    assert (running.look_of(job, Working(31)) != before) == ("Check" in expected)


async def test_a_job_without_a_card_shows_nothing(bench: DiscordBench, running: RunningCards) -> None:
    job = await bench.job(JobStatus.RUNNING, card_id=None)

    await running.edit(job, Working(31, GRID))

    assert bench.calls == []


async def test_edits_can_go_on_beside_each_other(bench: DiscordBench, running: RunningCards) -> None:
    jobs = [await bench.job(JobStatus.RUNNING) for _number in range(3)]

    await asyncio.gather(*(running.edit(job, Working(10 * number)) for number, job in enumerate(jobs)))

    assert [f"({10 * number}%)" in card.content for number, card in enumerate(bench.messages())] == [True] * 3
