"""Where a result goes: every step of the ladder, and every refusal of Discord's that leads to the next."""

import asyncio

import aiohttp
import discord
import pytest

from bot.domain.job import JobStatus, Reach, Result
from bot.domain.outcomes import NoPlace, Posted, Working
from bot.domain.requests import Button
from bot.fairness import AnswersFirst
from bot.ui.delivery.presenter import DiscordPresenter
from sandbox.discord.permissions import Permission
from tests.support.discord_bench import DiscordBench
from tests.support.makers import PICK_2, make_result
from tests.support.ports import at_work, until
from tests.unit.ui.posted_results import edits_of, finished, labels, names

SEND, EDIT, ANSWER = "/channels/*/messages", "/webhooks/*/messages/*", "/webhooks/*"
MISSING_HISTORY = 160002
DEAD_TOKEN = [(404, 10015), (404, 10062), (401, 50027)]


# A channel message.


@pytest.mark.parametrize("channel", ["studio", "side-thread", "dm-ana", "voice-chat"])
async def test_a_result_is_a_new_message_where_the_bot_may_post(
    channel: str, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, channel)

    delivery = await discord_presenter.post(job, 0)

    card, posted = bench.messages(channel)
    assert delivery == Posted(posted.id)
    assert card.id == job.card_id  # removed once the post is written down
    assert names(posted) == [f"easel-{job.id}.png"]
    assert labels(posted) == ["U2"]
    assert posted.mentions.users == [job.actor.id]


@pytest.mark.parametrize("channel", ["studio", "dm-ana"])
async def test_a_covered_result_is_a_spoiler_and_is_found_again_by_its_files_name(
    channel: str, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, channel)
    job = job.with_(is_spoiler=True, result=Result(picture=kept))  # no buttons by which it could be known

    delivery = await discord_presenter.post(job, 0)
    again = await discord_presenter.post(job, 1)

    _card, posted = bench.messages(channel)
    assert (delivery, again) == (Posted(posted.id), Posted(posted.id))
    assert names(posted) == [f"SPOILER_easel-{job.id}.png"]


async def test_a_result_is_found_that_is_older_than_the_card_and_than_its_jobs_second_beginning(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    """As after a restore: the job was posted, then of unknown outcome, and found at the relay a day later."""
    job = await finished(bench, kept)
    posted = await discord_presenter.post(job, 0)
    bench.clock.pass_by(86_400)
    later = await finished(bench, kept)  # has a card of that day

    again = await discord_presenter.post(job.with_(card_id=later.card_id, submitted_at=bench.clock.now()), 1)

    assert again == posted


async def test_a_follow_up_replies_to_the_pressed_message(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    parent = await finished(bench, kept)
    job = await finished(bench, kept, reply_to=parent.card_id)

    await discord_presenter.post(job, 0)

    assert bench.messages()[-1].reply_to == parent.card_id


async def test_a_follow_up_of_a_deleted_message_is_posted_all_the_same(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    parent = await finished(bench, kept)
    job = await finished(bench, kept, reply_to=parent.card_id)
    del bench.channel("studio").messages[parent.card_id or 0]

    delivery = await discord_presenter.post(job, 0)

    assert delivery == Posted(bench.messages()[-1].id)


async def test_without_the_right_to_read_history_it_is_no_reply(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, reply_to=77)
    bench.deny(Permission.READ_MESSAGE_HISTORY)

    delivery = await discord_presenter.post(job, 0)

    posted = bench.messages()[-1]
    assert delivery == Posted(posted.id)
    assert (posted.reply_to, names(posted)) == (None, [f"easel-{job.id}.png"])


async def test_of_a_groups_results_none_pings(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, group_id="a" * 16)

    await discord_presenter.post(job, 0)

    assert bench.messages()[-1].mentions.users == []


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (403, 50013), (404, 10003), (404, 10008)])
async def test_what_may_not_be_posted_any_more_stands_on_the_card(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)
    bench.refuse("POST", SEND, status, code)

    delivery = await discord_presenter.post(job, 0)

    assert delivery == Posted(job.card_id or 0)


async def test_an_outage_is_no_reason_to_post_elsewhere(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept)
    bench.refuse("POST", SEND, 503)

    with pytest.raises(discord.DiscordServerError):
        await discord_presenter.post(job, 0)

    assert bench.calls == [f"POST /channels/{job.place.channel_id}/messages"]


async def test_a_deleted_channel_leaves_the_direct_message(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, user="ben")
    del bench.loopback.state.channels[job.place.channel_id]

    delivery = await discord_presenter.post(job, 0)

    (posted,) = bench.messages("dm-ben")
    assert isinstance(delivery, Posted)
    assert delivery.message_id == posted.id
    assert delivery.place is not None
    assert (delivery.place.channel_id, delivery.place.reach) == (posted.channel_id, Reach.DM)


# The card becomes the result.


@pytest.mark.parametrize("channel", ["no-posting", "lounge"])
async def test_the_card_becomes_the_result_where_the_bot_may_not_post(
    channel: str, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, channel, may_post=False)

    delivery = await discord_presenter.post(job, 0)

    card, ping = bench.messages(channel)
    assert delivery == Posted(card.id)
    assert (names(card), labels(card)) == ([f"easel-{job.id}.png"], ["U2"])
    assert ping.content.startswith(f"<@{job.actor.id}> Your picture is ready: [Open](https://discord.com/channels/")
    assert ping.mentions.users == [job.actor.id]


async def test_a_lost_ping_loses_no_result(bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str) -> None:
    job = await finished(bench, kept, may_post=False)
    bench.cut("POST", ANSWER)

    assert await discord_presenter.post(job, 0) == Posted(job.card_id or 0)


@pytest.mark.parametrize(("status", "code"), [*DEAD_TOKEN, (403, 50001), (404, 10008)])
async def test_a_card_that_cannot_be_edited_leaves_the_direct_message(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False, user="ben")
    bench.refuse("PATCH", EDIT, status, code)

    delivery = await discord_presenter.post(job, 0)

    assert isinstance(delivery, Posted)
    assert [names(message) for message in bench.messages("dm-ben")] == [[f"easel-{job.id}.png"]]


async def test_an_outage_while_editing_is_tried_again_later(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False)
    bench.cut("PATCH", EDIT)

    with pytest.raises(aiohttp.ClientError):
        await discord_presenter.post(job, 0)

    assert bench.messages("dm-ana") == []


async def test_a_card_that_discord_finds_wrong_is_an_error(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False)
    bench.refuse("PATCH", EDIT, 400, 50035)

    with pytest.raises(discord.HTTPException):
        await discord_presenter.post(job, 0)

    assert bench.messages("dm-ana") == []


async def test_progress_that_still_waits_is_not_shown_once_the_result_is_posted(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job, other = await finished(bench, kept), await bench.job(JobStatus.RUNNING)
    discord_presenter.show(job.with_(status=JobStatus.RUNNING), Working(62))

    await discord_presenter.post(job, 0)

    discord_presenter.show(other, Working(31))
    async with at_work(discord_presenter.editor.run(AnswersFirst())):
        await until(lambda: edits_of(bench, other))
    assert edits_of(bench, job) == []


async def test_the_card_becomes_the_result_after_the_edit_that_is_on_its_way(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job, other = [await finished(bench, kept, may_post=False) for _number in range(2)]
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await go_on.wait()

    edit = asyncio.create_task(discord_presenter.editor.finish(job.id, slow), name="edit")
    await begun.wait()
    post = asyncio.create_task(discord_presenter.post(job, 0), name="post")
    await discord_presenter.post(other, 0)

    assert edits_of(bench, job) == []
    go_on.set()
    await asyncio.gather(edit, post)
    assert names(bench.messages()[0]) == [f"easel-{job.id}.png"]


# A direct message, or nothing.


async def test_after_the_tokens_life_the_result_goes_to_its_author(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False, user="ben", reply_to=77)
    bench.clock.pass_by(3600)

    delivery = await discord_presenter.post(job, 0)

    (posted,) = bench.messages("dm-ben")
    assert isinstance(delivery, Posted)
    assert delivery.message_id == posted.id
    assert posted.reply_to is None  # what was pressed stands elsewhere
    assert bench.messages() == []  # the card, which the bot's own token still reaches


async def test_a_guest_never_touches_the_place_by_its_own_token(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, "lounge")
    bench.clock.pass_by(3600)

    await discord_presenter.post(job, 1)

    assert not [call for call in bench.calls if f"/channels/{job.place.channel_id}/" in call]
    assert len(bench.messages("lounge")) == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/users/@me/channels", 403, 50007), ("/users/@me/channels", 404, 10013), (SEND, 403, 50007)],
)
async def test_closed_direct_messages_leave_no_place(
    path: str, status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False, token=None)
    bench.refuse("POST", path, status, code)

    assert await discord_presenter.post(job, 0) == NoPlace()


# What Discord takes.


@pytest.mark.parametrize(("status", "code"), [(413, 0), (413, 40005), (400, 40005)])
async def test_a_file_that_is_too_large_all_the_same_is_made_smaller(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, upload_limit=1_000_000)
    bench.refuse("POST", SEND, status, code, times=2)

    await discord_presenter.post(job, 0)

    posted = bench.messages()[-1]
    assert names(posted) == [f"easel-{job.id}-small.webp"]
    assert len(posted.attachments[0].data) <= 250_000
    assert "[Original](<https://img.example.com/grid.png>)" in posted.content


async def test_a_card_becomes_the_smaller_picture_too(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, may_post=False, upload_limit=1_000_000)
    bench.refuse("PATCH", EDIT, 413, times=2)

    await discord_presenter.post(job, 0)

    assert names(bench.messages()[0]) == [f"easel-{job.id}-small.webp"]


async def test_nothing_is_made_smaller_without_end(
    bench: DiscordBench, discord_presenter: DiscordPresenter, kept: str
) -> None:
    job = await finished(bench, kept, upload_limit=500_000)
    bench.refuse("POST", SEND, 413)

    with pytest.raises(discord.HTTPException):
        await discord_presenter.post(job, 0)

    assert len(bench.calls) == 3


async def test_a_picture_that_is_gone_leaves_its_link(bench: DiscordBench, discord_presenter: DiscordPresenter) -> None:
    job = await bench.job(JobStatus.POSTING, result=make_result())

    await discord_presenter.post(job, 0)

    posted = bench.messages()[-1]
    assert names(posted) == []
    assert "[See it at the relay](<https://img.example.com/grid.png>)" in posted.content


async def test_buttons_are_written_in_words_where_discord_takes_a_face_for_no_emoji(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    reroll = Button(custom_id="MJ::JOB::reroll::0::26d56b92-4ed6-45e2-8561-563797923135::SOLO", emoji="🔄")
    job = await bench.job(JobStatus.POSTING, result=make_result(PICK_2, reroll))
    bench.refuse("POST", SEND, 400, 50035, times=1)

    await discord_presenter.post(job, 0)

    assert labels(bench.messages()[-1]) == ["U2", "Reroll"]


async def test_a_body_that_words_do_not_mend_is_an_error(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await bench.job(JobStatus.POSTING, result=make_result(PICK_2))
    bench.refuse("POST", SEND, 400, 50035)

    with pytest.raises(discord.HTTPException):
        await discord_presenter.post(job, 0)

    assert len(bench.calls) == 1
