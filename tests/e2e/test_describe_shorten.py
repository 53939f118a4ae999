"""What a picture is described by, and a prompt shortened to; and how both are imagined."""

import re

import pytest
import pytest_asyncio

from sandbox.message_view import Message, faces
from tests.e2e.gestures import calls, lines_of, painted, reading, send_for_job
from tests.e2e.studio import Ordered, Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a red lighthouse over the sea --ar 2:1 --seed 7"
KEYCAPS = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"]
NOT_OFFERED = {"error": {"message": "No available channel for model", "code": "model_not_found"}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def described(studio: Studio) -> Message:
    """The description of a picture."""
    picture = studio.upload("dusk.png", painted((250, 140, 30), (300, 200)))
    return await reading(studio, await started(studio, "describe", image=picture))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shortened(studio: Studio) -> Message:
    """The analysis of a long prompt."""
    prompt = "a very beautiful and quite tall red lighthouse over the stormy sea at night --ar 3:2"
    return await reading(studio, await started(studio, "shorten", prompt=prompt))


async def started(studio: Studio, command: str, *, channel: str = "studio", **options: str) -> Ordered:
    """A job of Ana's that a command started."""
    return ordered(await studio.slash(command, options, channel=channel), "ana", channel)


# Describe.


async def test_a_description_has_four_prompts_the_picture_and_its_buttons(described: Message) -> None:
    lines = lines_of(described)

    assert [line[:3] for line in lines] == KEYCAPS[:4]
    assert all(line.endswith("--ar 3:2") for line in lines)
    assert "orange" in lines[0]
    assert faces(described) == [[*KEYCAPS[:4], "🔄"], ["Imagine all"]]
    assert "/easel-" in described["embeds"][0]["image"]["url"]


async def test_a_description_posted_just_before_a_kill_is_found_again(studio: Studio) -> None:
    place = "hall"  # where no other job takes the fault, or posts anything
    messages = f"/channels/{studio.channel_id(place)}/messages"
    studio.discord_fault("POST", messages, drop="after")
    job = await started(studio, "describe", channel=place, image=studio.upload("noon.png", painted((90, 160, 250))))
    await reading(studio, job)

    await studio.kill()
    await studio.start()
    await studio.gone(job)

    requests = studio.sandbox.discord.wire.requests
    assert sum(request.method == "POST" and request.path.endswith(messages) for request in requests) == 1


async def test_a_posted_picture_is_described_by_its_menu(studio: Studio, single: Message) -> None:
    job = ordered(await studio.answer(await studio.use_menu(single, "Describe")), "ana", "studio")

    message = await reading(studio, job)

    assert len(lines_of(message)) == 4


async def test_a_link_into_our_own_network_is_refused_politely(studio: Studio) -> None:
    job = await started(studio, "describe", link="http://127.0.0.1:1/picture.png")

    await studio.whisper("ana", "could not be downloaded")

    assert studio.submits(job.id) == []


async def test_describe_wants_either_a_picture_or_a_link(studio: Studio) -> None:
    answer = await studio.slash("describe")

    assert answer["content"] == "Please give either a picture or a link to one."


async def test_a_described_prompt_is_edited_and_imagined(studio: Studio, described: Message) -> None:
    modal = await studio.open(described, "2️⃣")
    job = await send_for_job(studio, modal, prompt="a picked harbour --ar 3:2")

    message = await studio.result(job)

    assert modal.title == "Imagine This!"
    assert modal.text in lines_of(described)[1]
    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == "a picked harbour --ar 3:2"
    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]


async def test_a_pick_that_the_gateway_refuses_is_imagined(studio: Studio, described: Message) -> None:
    refusal = {"code": 4, "description": "unknown_action ", "type": "upstream_error"}
    studio.relay_fault("POST", "/mj/submit/action", status=400, body=refusal)
    modal = await studio.open(described, "1️⃣")
    job = await send_for_job(studio, modal, prompt="a picked bay")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/imagine"]
    assert studio.submits(job.id)[1].body["prompt"] == "a picked bay"


async def test_a_picture_is_described_again(studio: Studio, described: Message) -> None:
    again = await reading(studio, await studio.follow_up(described, "🔄"))

    assert len(lines_of(again)) == 4
    assert lines_of(again) != lines_of(described)


async def test_all_four_are_imagined_once_that_was_confirmed(studio: Studio, described: Message) -> None:
    before = len(studio.requests_to("/mj/submit/imagine"))
    asked = await studio.press(described, "Imagine all")
    paid_before_the_confirmation = len(studio.requests_to("/mj/submit/imagine")) - before
    await studio.press(asked, "Imagine all")

    def sent() -> list[str] | None:
        prompts = [request.body["prompt"] for request in studio.requests_to("/mj/submit/imagine")[before:]]
        return prompts if len(prompts) == 4 else None

    prompts = await studio.eventually(sent, "four imagines")

    assert asked["content"] == "This will start 4 jobs and cost 4 units."
    assert paid_before_the_confirmation == 0
    assert sorted(prompts) == sorted(line[3:].strip() for line in lines_of(described))


# Shorten.


async def test_a_long_prompt_is_weighed_and_shortened(shortened: Message) -> None:
    text = shortened["embeds"][0]["description"]

    assert "Important tokens" in text
    assert "**lighthouse**" in text
    assert "~~very~~" in text
    assert faces(shortened) == [KEYCAPS, ["Show Details"]]
    assert shortened["embeds"][0]["footer"]["text"].startswith("Click on a button")


async def test_a_shorter_prompt_is_picked(studio: Studio, shortened: Message) -> None:
    modal = await studio.open(shortened, "3️⃣")
    job = await send_for_job(studio, modal)

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == modal.text
    assert any(line.endswith(modal.text) for line in lines_of(shortened))


async def test_details_show_the_weights(studio: Studio, shortened: Message) -> None:
    details = await reading(studio, await studio.follow_up(shortened, "Show Details"))

    assert re.search(r"\*\*lighthouse\*\* \(\+[\d.]+\)", details["embeds"][0]["description"])
