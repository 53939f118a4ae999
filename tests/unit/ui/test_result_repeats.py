"""Posting once: a repeat finds what stands already, by its file, its buttons, its card or its nonce."""

import pytest

from bot.domain.job import JobStatus
from bot.domain.outcomes import Posted
from bot.ui.delivery.presenter import DiscordPresenter
from tests.support.discord_bench import DiscordBench
from tests.support.makers import make_result
from tests.unit.ui.posted_results import finished, names

SEND, EDIT, ANSWER = "/channels/*/messages", "/webhooks/*/messages/*", "/webhooks/*"
MISSING_HISTORY = 160002
DEAD_TOKEN = [(404, 10015), (404, 10062), (401, 50027)]


async def test_a_repeat_after_a_lost_answer_finds_the_message_by_its_file(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)
    first = await discord_presenter.post(job, 0)
    bench.clock.pass_by(3600)  # Discord has forgotten the nonce

    assert await discord_presenter.post(job, 1) == first
    assert len(bench.messages()) == 2


async def test_a_repeat_takes_no_other_jobs_result_for_its_own(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job, other = await finished(bench, kept), await finished(bench, kept)
    others = await discord_presenter.post(other, 0)

    own = await discord_presenter.post(job, 1)

    assert own == Posted(bench.messages()[-1].id) != others


async def test_a_repeat_where_the_card_is_no_result_yet_makes_it_one(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False)

    assert await discord_presenter.post(job, 1) == Posted(job.card_id or 0)

    assert names(bench.messages()[0]) == [f"easel-{job.id}.png"]


async def test_a_repeat_finds_the_message_where_discords_clock_is_behind(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)
    first = await discord_presenter.post(job, 0)
    by_our_clock = job.with_(submitted_at=bench.clock.after(60), card_id=None)
    bench.clock.pass_by(3600)

    assert await discord_presenter.post(by_our_clock, 1) == first


async def test_a_repeat_finds_the_message_without_a_file_by_its_buttons(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await bench.job(JobStatus.POSTING, result=make_result(url=""))
    first = await discord_presenter.post(job, 0)
    bench.clock.pass_by(3600)

    assert await discord_presenter.post(job, 1) == first


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (403, 50013)])
async def test_where_history_is_not_readable_the_nonce_guards(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)
    first = await discord_presenter.post(job, 0)
    bench.refuse("GET", SEND, status, code)

    assert await discord_presenter.post(job, 1) == first
    assert len(bench.messages()) == 2


async def test_a_repeat_where_nothing_was_posted_posts(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)

    assert await discord_presenter.post(job, 1) == Posted(bench.messages()[-1].id)


async def test_a_card_that_is_the_result_already_is_found_after_its_tokens_life(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False, user="ben")
    first = await discord_presenter.post(job, 0)
    bench.clock.pass_by(3600)

    assert await discord_presenter.post(job, 1) == first
    assert bench.messages("dm-ben") == []


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10008)])
async def test_a_card_that_cannot_be_looked_at_is_edited(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False)
    bench.refuse("GET", f"{SEND}/*", status, code)

    assert await discord_presenter.post(job, 1) == Posted(job.card_id or 0)
    assert names(bench.messages()[0]) == [f"easel-{job.id}.png"]
