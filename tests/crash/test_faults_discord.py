"""Discord lets us down in every known way, once for each: what members see, and that nothing happens twice."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio

from sandbox.discord.events import Intent
from sandbox.discord.model import Channel, ChannelType, Guild, Overwrite
from sandbox.discord.permissions import Permission
from sandbox.message_view import Message, faces, is_private
from sandbox.wire import Fault
from tests.crash.judge import Ledgers, judge, unsettled
from tests.e2e.studio import CAT, Ordered, Studio, open_studio, ordered
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 100.0
LONG = f"{CAT} --sandbox-queued"  # twice as long: time for something to happen
LATE_S = 3.5  # after this an interaction is dead
ENDLESS = 10_000  # times
POSTS, EDITS, ANSWERS = "/channels/*/messages", "/webhooks/*", "/interactions/*/callback"
DEAD = {"message": "Invalid Webhook Token", "code": 50027}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    folder = tmp_path_factory.mktemp("discord")
    async with open_studio(folder, speed=SPEED) as opened:
        yield opened
        opened.clear_faults()
        await opened.eventually(lambda: not unsettled(opened.database), "all settled")
        assert judge(Ledgers.of(opened.sandbox)).problems == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grid(studio: Studio) -> Message:
    """A finished grid of Ana's."""
    return await studio.result(await studio.imagine())


@pytest.fixture(autouse=True)
def _mended(studio: Studio) -> None:
    studio.clear_faults()


async def running(studio: Studio, **where: str) -> Ordered:
    """A job that runs for another while."""
    job = await studio.imagine(LONG, **where)
    await studio.running(job)
    return job


def sessions(studio: Studio) -> set[str]:
    """The gateway sessions that there are."""
    return set(studio.sandbox.discord.gateway.sessions)


def job_count(studio: Studio) -> int:
    """How many jobs have cost or may cost anything."""
    free = "status IN ('cancelled', 'refused')"
    return int(rows(studio.database, f"SELECT count(*) AS n FROM jobs WHERE NOT {free}")[0]["n"])


# The gateway.


@pytest.mark.parametrize("how", ["cut", "op 7"])
async def test_a_lost_connection_is_resumed_and_what_was_missed_comes_after_all(
    studio: Studio, grid: Message, how: str
) -> None:
    job, before, gateway = await running(studio), sessions(studio), studio.sandbox.discord.gateway
    if how == "cut":
        gateway.abort()
    else:
        gateway.reconnect()
    variation = await studio.follow_up(grid, "V1")

    for one in (job, variation):
        await studio.result(one)
        assert len(studio.submits(one.id)) == 1
    assert sessions(studio) == before


async def test_a_press_that_comes_through_too_late_costs_nothing_and_may_be_repeated(
    studio: Studio, grid: Message
) -> None:
    spent, wire = studio.spent_today(), studio.sandbox.discord.wire
    wire.faults.append(Fault("GET", "/gateway*", delay_s=LATE_S))
    studio.sandbox.discord.gateway.abort()
    late = await studio.click(grid, "U3")

    await studio.eventually(lambda: studio.actor.interaction(late)["state"] == "failed", "Discord giving up")
    await studio.eventually(lambda: f"interaction is gone interaction_id={late}" in studio.log(), "the bot giving up")
    await studio.eventually(lambda: studio.spent_today() == spent, "the units released")

    await studio.result(await studio.follow_up(grid, "U3"))


async def test_an_invalid_session_is_begun_anew(studio: Studio, grid: Message) -> None:
    job, before = await running(studio), sessions(studio)

    studio.sandbox.discord.gateway.invalidate(is_resumable=False)
    await studio.eventually(lambda: sessions(studio) - before, "a new session")

    variation = await studio.follow_up(grid, "V2")
    for one in (job, variation):
        await studio.result(one)
        assert len(studio.submits(one.id)) == 1


@pytest.mark.parametrize("label", ["", "U1", "V3"], ids=["command", "once-only button", "button"])
async def test_an_interaction_that_comes_twice_counts_once(studio: Studio, grid: Message, label: str) -> None:
    state, before = studio.sandbox.discord.state, job_count(studio)
    if label:
        interaction_id = await studio.click(grid, label)
    else:
        interaction_id = await studio.actor.slash("ana", "studio", "imagine", {"prompt": CAT})
    studio.sandbox.discord._events.interaction_created(state.interactions[int(interaction_id)])

    job = ordered(await studio.answer(interaction_id), "ana", "studio")
    await studio.result(job)

    assert not any("(Stopped)" in stage["content"] for stage in studio.states(job.card["id"]))
    assert len(studio.submits(job.id)) == 1
    assert job_count(studio) == before + 1


# Interaction tokens.


async def test_an_answer_that_discord_takes_no_more_costs_nothing(studio: Studio) -> None:
    spent, jobs = studio.spent_today(), job_count(studio)
    studio.discord_fault("POST", ANSWERS, status=404, body={"message": "Unknown interaction", "code": 10062})

    interaction_id = await studio.actor.slash("ana", "studio", "imagine", {"prompt": CAT})

    await studio.eventually(lambda: f"interaction is gone interaction_id={interaction_id}" in studio.log(), "a warning")
    await studio.eventually(lambda: studio.spent_today() == spent, "the units released")
    assert job_count(studio) == jobs


async def test_the_end_of_a_job_is_told_although_its_token_has_died_early(studio: Studio) -> None:
    job = await studio.imagine("a cat --sandbox-fail")
    await studio.running(job)
    studio.discord_fault("*", EDITS, status=401, body=DEAD, times=ENDLESS)

    card = await studio.shows(job, "(Failed)")

    assert faces(card) == [["Why?", "Try again", "Edit and run again"]]


async def test_a_refusal_is_told_although_its_token_has_died_early(studio: Studio) -> None:
    studio.discord_fault("*", EDITS, status=401, body=DEAD, times=ENDLESS)
    job = await studio.imagine("a field of gore")

    card = await studio.shows(job, "(Refused)")

    assert "“gore”" in (await studio.press(card, "Why?"))["content"]


# Answers that say nothing about what happened.


@pytest.mark.parametrize("status", [500, 503])
async def test_a_message_that_was_created_in_spite_of_an_error_is_not_posted_again(studio: Studio, status: int) -> None:
    studio.discord_fault("POST", POSTS, status=status, body={"message": "upset"}, takes_effect=True)

    job = await studio.imagine()
    await studio.result(job)

    posts = [r for r in studio.sandbox.discord.wire.requests if is_post_of(r.body, job)]
    assert len(studio.results(job.id, "studio")) == 1
    assert {str(post.body["nonce"]) for post in posts} == {str(posts[0].body["nonce"])}


async def test_a_card_that_became_the_result_in_spite_of_an_error_stays_the_only_one(studio: Studio) -> None:
    job = await running(studio, channel="no-posting")
    studio.discord_fault("PATCH", EDITS, status=502, body={"message": "upset"}, takes_effect=True)

    message = await studio.result(job)

    assert message["id"] == job.card["id"]


async def test_a_card_whose_answer_was_lost_starts_nothing(studio: Studio) -> None:
    spent, jobs = studio.spent_today(), job_count(studio)
    studio.discord_fault("POST", ANSWERS, status=503, body={"message": "upset"}, takes_effect=True)

    card = await studio.slash("imagine", {"prompt": CAT})
    await studio.eventually(lambda: studio.spent_today() == spent, "the units released")

    await studio.shows(ordered(card, "ana", "studio"), "(Stopped)")
    assert job_count(studio) == jobs


async def test_a_group_whose_card_cannot_be_posted_starts_nothing(studio: Studio) -> None:
    spent, jobs, groups = studio.spent_today(), job_count(studio), studio.log().count("group received")
    question = await studio.slash("compare", {"prompt": CAT, "engines": "midjourney, kling"})
    studio.discord_fault("POST", EDITS, status=503, body={"message": "upset"}, times=ENDLESS)

    await studio.click(question, "Start all 2")

    await studio.eventually(lambda: studio.log().count("group received") > groups, "the group admitted")
    await studio.eventually(lambda: studio.spent_today() == spent, "the units released")
    assert job_count(studio) == jobs


@pytest.mark.parametrize("scope", ["global", "shared"])
async def test_what_discord_wants_later_is_posted_later_and_once(studio: Studio, scope: str) -> None:
    wait = {"message": "You are being rate limited.", "retry_after": 0.7, "global": scope == "global"}
    headers = {"Via": "1.1 loopback", "Retry-After": "1", "X-RateLimit-Scope": scope}
    job = await running(studio)
    for route in (POSTS, EDITS):
        studio.discord_fault("*", route, status=429, body=wait, headers=headers, times=2)

    await studio.result(job)

    refused = [r.at for r in studio.sandbox.discord.wire.requests if is_post_of(r.body, job) and r.status == 429]
    taken = [r.at for r in studio.sandbox.discord.wire.requests if is_post_of(r.body, job) and r.status == 200]
    assert len(taken) == 1
    assert taken[0] - refused[-1] >= 0.7


# Places that are gone, or closed.


async def test_the_result_of_a_deleted_channel_is_sent_directly(studio: Studio) -> None:
    state = studio.sandbox.discord.state
    channel = Channel(state.new_id(), ChannelType.TEXT, "short-lived", guild_id=guild_of(studio, "studio").id)
    state.channels[channel.id] = channel
    studio.sandbox.discord._events.channel_created(channel)
    job = await running(studio, channel="short-lived", user="ben")

    del state.channels[channel.id]
    tell_bot(studio, "CHANNEL_DELETE", studio.sandbox.discord._events._payloads.channel(channel), channel.guild_id)

    (message,) = await studio.eventually(lambda: studio.results(job.id, "dm-ben", "ben"), "the direct message")
    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]


async def test_a_bot_that_was_kicked_shows_the_result_on_the_card_while_its_token_lives(studio: Studio) -> None:
    job = await running(studio, channel="hall")

    with kicked(studio, "hall"):
        message = await studio.result(job)

    assert message["id"] == job.card["id"]


async def test_a_bot_that_was_kicked_and_can_reach_nobody_keeps_the_result_for_its_author(studio: Studio) -> None:
    job = await running(studio, channel="hall", user="ben")
    studio.discord_fault("*", EDITS, status=403, body={"message": "Missing Access", "code": 50001}, times=ENDLESS)
    ben = studio.sandbox.discord.state.user("ben")
    assert ben is not None

    with kicked(studio, "hall"):
        ben.accepts_dms = False
        await studio.eventually(lambda: f"result has no place job_id={job.id}" in studio.log(), "an undeliverable job")
        ben.accepts_dms = True
    studio.clear_faults()
    listed = await studio.slash("jobs", user="ben", channel="studio")
    await studio.press(listed, "Post no. 1 here", user="ben")

    await studio.eventually(lambda: studio.results(job.id, "studio", "ben"), "the result in another place")
    assert is_private(listed)


@pytest.mark.parametrize(
    "lost",
    [Permission.ATTACH_FILES, Permission.VIEW_CHANNEL, Permission.READ_MESSAGE_HISTORY],
    ids=lambda permission: str(permission.name),
)
async def test_a_right_that_is_taken_away_meanwhile_loses_no_result(
    studio: Studio, grid: Message, lost: Permission
) -> None:
    job = await studio.follow_up(grid, "V4")
    await studio.running(job)

    with denied(studio, "studio", lost):
        await studio.result(job)

    assert len(studio.submits(job.id)) == 1


# How the world changes.


def is_post_of(body: Any, job: Ordered) -> bool:
    """Whether this is the body of a request that posts the job's result."""
    return isinstance(body, dict) and "nonce" in body and job.id in str(body.get("components"))


def guild_of(studio: Studio, channel: str) -> Guild:
    """The server of a channel."""
    state = studio.sandbox.discord.state
    place = state.channel(channel)
    assert place is not None
    guild = state.guild_of(place)
    assert guild is not None
    return guild


def tell_bot(studio: Studio, event: str, data: dict[str, Any], guild_id: int | None) -> None:
    """Send the bot an event of its servers."""
    studio.sandbox.discord.gateway.dispatch(event, data, guild_id, Intent.GUILDS, None)


@contextmanager
def kicked(studio: Studio, channel: str) -> Iterator[None]:
    """Without the bot in the server of this channel, for a while."""
    guild, bot = guild_of(studio, channel), studio.sandbox.discord.state.bot
    roles = guild.roles_by_member.pop(bot.id)
    tell_bot(studio, "GUILD_DELETE", {"id": str(guild.id)}, guild.id)
    try:
        yield
    finally:
        guild.roles_by_member[bot.id] = roles
        tell_bot(studio, "GUILD_CREATE", studio.sandbox.discord._events._payloads.guild_create(guild), guild.id)


@contextmanager
def denied(studio: Studio, channel: str, permission: Permission) -> Iterator[None]:
    """Without one of the bot's rights in this channel, for a while."""
    place, bot = studio.sandbox.discord.state.channel(channel), studio.sandbox.discord.state.bot
    assert place is not None
    place.overwrites.append(Overwrite(bot.id, is_member=True, deny=permission))
    try:
        yield
    finally:
        place.overwrites.pop()
