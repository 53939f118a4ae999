"""What strangers could make the bot do: ping people, look into the owner's network, press for others, overspend."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from yarl import URL

from bot.errors import PictureError
from bot.relay.fetch import MAX_REDIRECTS, PictureFetcher
from sandbox.discord.errors import ActingError
from sandbox.discord.model import Message as Stored
from sandbox.discord.model import User
from sandbox.message_view import Message, is_private
from tests.e2e.gestures import run_as_it_is
from tests.e2e.studio import CAT, Ordered, Studio, open_studio
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import picture
from tests.unit.relay.test_fetch import NOT_PUBLIC, REFUSED, wavering

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 60.0
LIST, IMAGINE = "/mj/task/list-by-condition", "/mj/submit/imagine"
BEN = 1_200_000_000_008_388_608
MENTIONS = f"@everyone @here <@&1200000000046137344> <@{BEN}> <@!{BEN}> @\u200beveryone \u202e@everyone"
MEMBERS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("security"), speed=SPEED) as opened:
        yield opened
        opened.clear_faults()


def messages(studio: Studio) -> list[Stored]:
    """Every message that there is, whoever may see it."""
    return [one for channel in studio.sandbox.discord.state.channels.values() for one in channel.messages.values()]


async def watched(studio: Studio, job: Ordered, **changes: Any) -> None:
    """Let the next look at a job find its task like this; looks at other jobs stay as they are."""
    task = await studio.running(job)
    body = [{"id": task["id"], "progress": "100%"} | changes]
    studio.relay_fault("POST", LIST, status=200, body=body, naming=str(task["id"]))


# Pings.


async def test_nobody_is_pinged_by_what_members_or_the_relay_write(studio: Studio) -> None:
    before = {message.id for message in messages(studio)}
    await studio.result(await run_as_it_is(studio, f"{MENTIONS} {CAT}"))
    failed = await studio.imagine()
    await watched(studio, failed, status="FAILURE", failReason=MENTIONS)
    await studio.press(await studio.shows(failed, "(Failed)"), "Why?", user="mia")
    studio.relay_fault("POST", IMAGINE, status=400, body={"code": 4, "description": MENTIONS, "properties": {}})
    await studio.gone(await studio.imagine())
    labelled = await studio.imagine()
    button = {"customId": "MJ::JOB::future::1::SOLO", "label": MENTIONS, "emoji": "", "style": 2, "type": 2}
    shown = f"{studio.relay.base_url}/attachments/none.png"
    await watched(studio, labelled, status="SUCCESS", imageUrl=shown, prompt=MENTIONS, buttons=[button])
    weighed = await run_as_it_is(studio, f"{MENTIONS} a cat in the rain under an old umbrella", "shorten")

    await studio.gone(weighed)
    fresh = [message for message in messages(studio) if message.id not in before]
    assert any("everyone" in message.content or "everyone" in str(message.embeds) for message in fresh)
    for message in fresh:
        assert not message.mentions.everyone
        assert message.mentions.roles == []
        assert BEN not in message.mentions.users


# The owner's network.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[ScriptedRelay]:
    """Something inside the owner's network that must never be asked."""
    async with ScriptedRelay.serving(Reply(picture())) as inside:
        yield inside
        assert inside.seen == []


AT_ONCE = 8


def disguises(port: int) -> list[str]:
    """Addresses that all lead to one port of this machine, in every spelling that somebody may try."""
    hosts = [
        *("127.0.0.1", "localhost", "LOCALHOST.", "127.1", "127.0.1", "0", "0.0.0.0", "127.0.0.1."),
        *("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    ]
    return [f"{scheme}://{host}:{port}/a.png" for host in hosts for scheme in ("http", "https")]


def refusals(studio: Studio) -> int:
    """How often Ben was told that a picture could not be had."""
    return sum("could not be downloaded" in said for said in studio.whispers("ben"))


def has_refused(studio: Studio, times: int) -> bool:
    """Whether Ben was told so as often."""
    return refusals(studio) >= times


async def test_no_spelling_of_an_inner_address_leads_the_bot_there(studio: Studio, canary: ScriptedRelay) -> None:
    addresses = disguises(URL(canary.url).port or 0)
    before = refusals(studio)
    for done in range(0, len(addresses), AT_ONCE):  # more would outlive their tokens on a busy machine
        asked = addresses[done : done + AT_ONCE]
        await asyncio.gather(*(studio.slash("describe", {"link": address}, user="ben") for address in asked))
        await studio.eventually(partial(has_refused, studio, before + done + len(asked)), "a refusal for each")

    assert len(addresses) == 40
    assert not any(task["action"] == "DESCRIBE" for task in studio.relay.tasks())


@pytest.mark.parametrize("hops", [0, 1, MAX_REDIRECTS - 1, MAX_REDIRECTS])
async def test_no_chain_of_redirects_leads_inside(hops: int, canary: ScriptedRelay, tmp_path: Path) -> None:
    inside = [*disguises(URL(canary.url).port or 0), *REFUSED]
    async with ScriptedRelay.serving(Reply(b"")) as relay, PictureFetcher.opened([URL(relay.url)]) as fetcher:
        for address in inside:
            relay.answers = [Reply(b"", 302, {"Location": "/next"})] * hops + [Reply(b"", 302, {"Location": address})]
            with pytest.raises(PictureError):
                await fetcher.fetch(f"{relay.url}/a.png", tmp_path / "a", is_trusted=True)


async def test_a_name_that_changes_its_mind_between_two_hops_is_not_followed(tmp_path: Path) -> None:
    private = [address for address in NOT_PUBLIC if address and address[0] in "0123456789:f" and "%" not in address]
    async with ScriptedRelay.serving(Reply(b"")) as relay, PictureFetcher.opened([URL(relay.url)]) as fetcher:
        connector = fetcher._far.connector
        assert isinstance(connector, aiohttp.TCPConnector)
        for number, address in enumerate(private):
            resolver = wavering(["8.8.8.8"], [address])
            assert (await resolver.resolve(f"n{number}.example", 443))[0]["host"] == "8.8.8.8"
            connector._resolver = resolver
            relay.answers = [Reply(b"", 302, {"Location": f"https://n{number}.example/a.png"})]
            with pytest.raises(PictureError) as caught:
                await fetcher.fetch(f"{relay.url}/a.png", tmp_path / "a", is_trusted=True)
            assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorDNSError)
    assert len(private) > 30


# Other people's buttons.


async def a_card(studio: Studio, state: str) -> tuple[Ordered, Message]:
    """A job of Ana's and its card in this state."""
    match state:
        case "running":
            job = await studio.imagine(f"{CAT} --sandbox-stuck")
            await studio.running(job)
            return job, job.card
        case "uncertain":
            studio.relay_fault("POST", IMAGINE, drop="before")
            job = await studio.imagine()
            return job, await studio.shows(job, "(Unknown outcome)")
        case _:
            job = await studio.imagine("a cat --sandbox-fail")
            return job, await studio.shows(job, "(Failed)")


@pytest.mark.parametrize(
    ("state", "labels"),
    [
        ("running", ["Cancel Job"]),
        ("uncertain", ["Look again", "Send again (may be charged twice)", "Give up"]),
        ("failed", ["Try again"]),
    ],
)
async def test_buttons_of_a_card_do_nothing_for_others(studio: Studio, state: str, labels: list[str]) -> None:
    job, card = await a_card(studio, state)
    submits = len(studio.relay.tasks())

    for label in labels:
        for user in ("ben",) if state == "running" else ("ben", "mia"):
            answer = await studio.press(card, label, user=user)
            assert is_private(answer)
            assert "Only the person who started this job" in answer["content"]

    now = studio.card(job)
    assert now is not None
    assert now["components"] == card["components"]
    assert len(studio.relay.tasks()) == submits
    if state == "running":
        await studio.press(card, "Cancel Job")
        await watched(studio, job, status="FAILURE", failReason="over")  # it would be looked at during other tests
        await studio.eventually(lambda: studio.units(job) == "released", "its end")


@pytest.mark.parametrize("command", ["pause", "resume", "block", "unblock", "jobs"])
async def test_commands_of_moderators_are_for_moderators(studio: Studio, command: str) -> None:
    options = {"member": "mia"} if command in ("block", "unblock") else {}
    try:
        answer = await studio.slash(f"easel {command}", options, user="ben")
    except ActingError:
        return  # Discord itself does not offer it
    assert is_private(answer)
    assert "not allowed" in answer["content"]


# Money.


async def test_twenty_members_at_the_last_unit_start_one_job(studio: Studio) -> None:
    state = studio.sandbox.discord.state
    guild = next(guild for guild in state.guilds.values() if guild.name == "Easel Studio")
    members = [User(state.new_id(), f"member{number}", f"Member {number}") for number in range(MEMBERS)]
    state.users |= {user.id: user for user in members}
    guild.roles_by_member |= {user.id: [] for user in members}
    tasks = len(studio.relay.tasks())
    await studio.restart(UNITS_PER_DAY=str(studio.spent_today() + 1))

    orders = (studio.slash("imagine", {"prompt": CAT}, user=user.username) for user in members)
    answers = await asyncio.gather(*orders)

    refusals = [answer["content"] for answer in answers if is_private(answer)]
    assert len(refusals) == MEMBERS - 1
    assert all("more than is left for everybody today" in refusal for refusal in refusals)
    await studio.eventually(lambda: len(studio.relay.tasks()) > tasks, "the one job")
    await studio.restart(UNITS_PER_DAY="")
    assert len(studio.relay.tasks()) == tasks + 1
