"""Groups: one card for all, a card of its own for each question, one ping at the end."""

from dataclasses import replace
from typing import Any

import aiohttp
import discord
import pytest

from bot.domain.job import Failure, FailureKind, Group, GroupKind, GroupState, Job, JobStatus, Result
from bot.domain.outcomes import Told
from bot.pictures.folder import Pictures
from bot.ui.delivery.presenter import DiscordPresenter
from bot.ui.messages.group_card import group_card_parts
from sandbox.discord.model import Message
from sandbox.discord.permissions import Permission
from tests.support.discord_bench import DiscordBench
from tests.support.makers import TASK, picture

GROUP_ID = "ab" * 8
SEND, ONE = "/channels/*/messages", "/channels/*/messages/*"
GONE = [(404, 10008), (404, 10003), (403, 50001), (403, 50013)]


async def group_of(
    bench: DiscordBench, pictures: Pictures, *statuses: JobStatus, kind: GroupKind = GroupKind.PERMUTATION, **about: Any
) -> GroupState:
    """A group whose card stands in the studio, as it was when nothing was done yet."""
    jobs = [await bench.job(status, group_id=GROUP_ID, card_id=None, **about) for status in statuses]
    for channel in bench.loopback.state.channels.values():
        channel.messages.clear()
    group = Group(GROUP_ID, kind, jobs[0].actor, bench.place(), "a {red, blue} cat", bench.clock.now())
    new = GroupState(group, tuple(job.with_(status=JobStatus.RUNNING) for job in jobs))
    parts = await group_card_parts(new, pictures)
    studio = bench.client.get_partial_messageable(group.place.channel_id)
    if isinstance(parts.view, discord.ui.LayoutView):
        card = await studio.send(view=parts.view)
    else:
        card = await studio.send(parts.content, view=parts.view)
    bench.loopback.wire.requests.clear()
    return GroupState(replace(group, card_id=card.id), tuple(jobs))


def labels(message: Message) -> list[str]:
    """Of all buttons, wherever they stand."""
    found: list[str] = []

    def walk(part: dict[str, Any]) -> None:
        found.extend([part["label"]] if part.get("type") == 2 else [])
        for child in [*part.get("components", []), *([part["accessory"]] if "accessory" in part else [])]:
            walk(child)

    for component in message.components:
        walk(component)
    return found


# The card.


async def test_a_permutations_card_counts(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE, JobStatus.RUNNING)

    assert await discord_presenter.show_group(state)

    (card,) = bench.messages()
    assert "(1/2)" in card.content
    assert labels(card) == ["Cancel the rest"]


async def test_what_failed_can_be_tried_again_once_all_is_over(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    failure = Failure(kind=FailureKind.RELAY, detail="no more steam")
    state = await group_of(bench, pictures, JobStatus.DONE, JobStatus.FAILED, failure=failure)

    assert await discord_presenter.show_group(state)

    (card,) = bench.messages()
    assert "-# 1x: " in card.content
    assert labels(card) == ["Try the failed ones again"]


async def test_a_comparison_shows_the_pictures_that_are_kept(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    key = await pictures.keep_made("made", picture())
    result = Result(picture=key, took_s=22)
    statuses = (JobStatus.DONE, JobStatus.DONE, JobStatus.RUNNING)
    state = await group_of(bench, pictures, *statuses, kind=GroupKind.COMPARISON, result=result)
    jobs = (state.jobs[0], state.jobs[1].with_(result=Result(picture="lost")), state.jobs[2])

    assert await discord_presenter.show_group(GroupState(state.group, jobs))

    (card,) = bench.messages()
    assert [file.filename for file in card.attachments] == [f"comparison-{jobs[0].id}.png"]
    assert labels(card) == ["Use this one"] * 2 + ["Cancel the rest"]


@pytest.mark.parametrize(("status", "code"), GONE)
async def test_a_card_that_is_gone_is_told_of(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)
    bench.refuse("PATCH", ONE, status, code)

    assert not await discord_presenter.show_group(state)


async def test_without_a_card_nothing_is_shown(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)

    assert not await discord_presenter.show_group(replace(state, group=replace(state.group, card_id=None)))
    assert bench.calls == []


@pytest.mark.parametrize("kind", list(GroupKind))
async def test_a_card_whose_id_never_reached_us_is_found(
    kind: GroupKind, bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.RUNNING, kind=kind)

    assert await discord_presenter.find_group(state.group) == state.group.card_id


@pytest.mark.parametrize(("status", "code"), GONE)
async def test_where_history_is_closed_no_card_is_found(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.RUNNING)
    bench.refuse("GET", SEND, status, code)

    assert await discord_presenter.find_group(state.group) is None


# The ping.


async def test_the_author_is_pinged_once(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE, JobStatus.FAILED)

    await discord_presenter.tell_group(state, 0)
    bench.clock.pass_by(3600)  # Discord has forgotten the nonce
    await discord_presenter.tell_group(state, 1)

    _card, ping = bench.messages()
    assert ping.content == f"<@{state.group.actor.id}> 1 of 2 is ready, 1 failed."
    assert (ping.reply_to, ping.mentions.users) == (state.group.card_id, [state.group.actor.id])


async def test_a_ping_that_is_sent_twice_at_once_stands_once(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    """As the library does where Discord's answer is lost."""
    state = await group_of(bench, pictures, JobStatus.DONE)

    for _time in range(2):
        await discord_presenter.tell_group(state, 0)

    assert len(bench.messages()) == 2


async def test_a_ping_that_was_lost_is_sent_again(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)

    await discord_presenter.tell_group(state, 1)

    assert len(bench.messages()) == 2


async def test_without_the_right_to_read_history_the_ping_is_no_reply(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)
    bench.deny(Permission.READ_MESSAGE_HISTORY)

    await discord_presenter.tell_group(state, 0)

    assert bench.messages()[-1].reply_to is None
    assert bench.messages()[-1].mentions.users == [state.group.actor.id]


@pytest.mark.parametrize(("status", "code"), GONE)
async def test_where_nothing_can_be_said_the_card_has_said_it(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)
    bench.refuse("POST", SEND, status, code)

    await discord_presenter.tell_group(state, 0)

    assert len(bench.messages()) == 1


async def test_an_outage_leaves_the_ping_for_later(
    bench: DiscordBench, discord_presenter: DiscordPresenter, pictures: Pictures
) -> None:
    state = await group_of(bench, pictures, JobStatus.DONE)
    bench.cut("POST", SEND)

    with pytest.raises(aiohttp.ClientError):
        await discord_presenter.tell_group(state, 0)


# Questions.

QUESTIONS = {
    JobStatus.UNCERTAIN: ["Why?", "Look again", "Send again (may be charged twice)", "Give up"],
    JobStatus.EXPIRED: ["Why?", "Try again", "Edit and run again", "Look again"],
    JobStatus.AWAITING_INPUT: ["Answer", "Cancel Job"],
}


async def job_of_group(bench: DiscordBench, status: JobStatus, **about: Any) -> Job:
    """A job that has no card of its own, in a channel where nothing stands."""
    job = await bench.job(status, group_id=GROUP_ID, card_id=None, **({"task_id": TASK, "token": None} | about))
    bench.channel("studio").messages.clear()
    return job


@pytest.mark.parametrize("status", QUESTIONS)
async def test_a_question_has_a_card_of_its_own_once(
    status: JobStatus, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await job_of_group(bench, status)

    first = await discord_presenter.post(job, 0)
    bench.clock.pass_by(3600)
    again = await discord_presenter.post(job, 1)

    (card,) = bench.messages()
    assert first == again == Told(card.id)
    assert labels(card) == QUESTIONS[status]
    assert card.mentions.users == []


async def test_a_question_that_is_sent_twice_at_once_stands_once(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await job_of_group(bench, JobStatus.UNCERTAIN)
    before = len(bench.messages())

    first, second = [await discord_presenter.post(job, 0) for _time in range(2)]

    assert first == second
    assert len(bench.messages()) == before + 1


@pytest.mark.parametrize(
    "status", [JobStatus.REFUSED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.DONE, JobStatus.UNDELIVERABLE]
)
async def test_other_ends_stand_on_the_groups_card(
    status: JobStatus, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    assert await discord_presenter.post(await job_of_group(bench, status), 0) == Told()
    assert bench.calls == []


async def test_what_timed_out_without_a_task_asks_nothing(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await job_of_group(bench, JobStatus.EXPIRED, task_id=None)

    assert await discord_presenter.post(job, 0) == Told()
    assert bench.calls == []


@pytest.mark.parametrize(("status", "code"), GONE)
async def test_a_question_that_cannot_be_asked_waits_in_the_list(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await job_of_group(bench, JobStatus.UNCERTAIN)
    bench.refuse("POST", SEND, status, code)

    assert await discord_presenter.post(job, 0) == Told()
