"""Copies by direct message: for those who want them, once, and not into closed ones."""

from typing import Any

import aiohttp
import pytest

from bot.domain.job import Actor, Job, JobStatus, Result
from bot.domain.outcomes import Told
from bot.jobs.auto_dm import AUTO_DM, CLOSED, ON
from bot.jobs.extras import Extras
from bot.jobs.original_addresses import OriginalAddresses
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from bot.ui.delivery.presenter import DiscordPresenter
from tests.support.discord_bench import DiscordBench
from tests.support.makers import PICK_2, make_settings
from tests.unit.ui.posted_results import labels, names

DIRECT, SEND, FOLLOW_UP = "dm-ana", "/channels/*/messages", "/webhooks/*"


async def posted(bench: DiscordBench, key: str, channel: str = "studio", **changes: Any) -> Job:
    """A job of Ana's whose result stands in a channel."""
    result = Result(picture=key, image_url="https://img.example.com/grid.png", buttons=(PICK_2,))
    known: dict[str, Any] = {"result": result, "result_message_id": 77}
    return await bench.job(JobStatus.DONE, channel, **(known | changes))


async def wanted_by(store: JobStore, actor: Actor) -> None:
    await store.notes.set(f"{AUTO_DM}:{actor.id}", ON)


async def test_who_does_not_want_it_gets_nothing(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    assert await discord_presenter.post(await posted(bench, kept), 0) == Told()

    assert bench.messages(DIRECT) == []


async def test_a_result_comes_once_more_with_the_way_to_its_message(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept)
    await wanted_by(store, job.actor)

    await discord_presenter.post(job, 0)

    (copy,) = bench.messages(DIRECT)
    assert names(copy) == [f"easel-{job.id}.png"]
    assert f"[Open](https://discord.com/channels/{job.place.guild_id}/{job.place.channel_id}/77)" in copy.content
    assert labels(copy) == []  # nobody may use the bot there
    assert bench.messages() == []  # the card went as always


async def test_its_buttons_are_there_where_they_would_answer(
    bench: DiscordBench, pictures: Pictures, kept: str, store: JobStore
) -> None:
    extras = Extras.over(store, make_settings(allow_dm="true"))
    shown = DiscordPresenter(bench.client, pictures, bench.cipher, bench.clock, OriginalAddresses(), extras)
    job = await posted(bench, kept)
    await wanted_by(store, job.actor)

    await shown.post(job, 0)

    assert labels(bench.messages(DIRECT)[0]) == ["U2"]


async def test_a_repeat_sends_no_second_copy(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept)
    await wanted_by(store, job.actor)
    await discord_presenter.post(job, 0)
    bench.clock.pass_by(3600)  # Discord has forgotten the nonce

    await discord_presenter.post(job, 1)

    assert len(bench.messages(DIRECT)) == 1


async def test_a_repeat_takes_nothing_else_there_for_the_copy(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept)
    await wanted_by(store, job.actor)
    await discord_presenter.post(job.with_(result_message_id=76), 0)
    bench.clock.pass_by(3600)  # Discord has forgotten the nonce

    await discord_presenter.post(job, 1)

    assert len(bench.messages(DIRECT)) == 2


async def test_what_may_not_have_arrived_is_tried_again(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept)
    await wanted_by(store, job.actor)
    bench.cut("POST", SEND)

    with pytest.raises(aiohttp.ClientError):
        await discord_presenter.post(job, 0)
    bench.loopback.wire.faults.clear()
    await discord_presenter.post(job, 1)

    assert len(bench.messages(DIRECT)) == 1


@pytest.mark.parametrize("result", [Result(text="1️⃣ a cat", picture="x.png"), Result()])
async def test_words_and_nothing_are_not_sent(
    result: Result, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept, result=result)
    await wanted_by(store, job.actor)

    await discord_presenter.post(job, 0)

    assert bench.messages(DIRECT) == []


async def test_what_stands_in_direct_messages_is_not_sent_there_again(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    job = await posted(bench, kept, DIRECT)
    await wanted_by(store, job.actor)

    await discord_presenter.post(job, 0)

    assert bench.messages(DIRECT) == []


def close(bench: DiscordBench) -> None:
    ana = bench.loopback.state.user("ana")
    assert ana is not None
    ana.accepts_dms = False


async def test_closed_messages_are_told_once_and_tried_no_more(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    first, second = await posted(bench, kept), await posted(bench, kept)
    await wanted_by(store, first.actor)
    close(bench)

    await discord_presenter.post(first, 0)
    await discord_presenter.post(second, 0)

    (told,) = bench.messages()
    assert told.visible_to == first.actor.id
    assert "couldn't send you a direct message" in told.content
    assert sum(call.endswith("/users/@me/channels") for call in bench.calls) == 1  # for the first alone


async def test_who_cannot_be_told_now_is_told_with_the_next(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str, store: JobStore
) -> None:
    mute, next_one = await posted(bench, kept), await posted(bench, kept)
    await wanted_by(store, mute.actor)
    close(bench)

    await discord_presenter.post(mute.with_(token=None), 0)
    assert await store.notes.get(f"{AUTO_DM}:{mute.actor.id}") == CLOSED
    await discord_presenter.post(next_one, 0)

    assert "couldn't send you a direct message" in bench.messages()[-1].content
    assert await store.notes.get(f"{AUTO_DM}:{mute.actor.id}") is None
