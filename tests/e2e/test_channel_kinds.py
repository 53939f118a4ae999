"""The bot where people meet it beside plain channels: posts, voice chats, stages, news; and odd messages' pictures."""

import pytest

from sandbox.message_view import Message, is_private
from tests.e2e.studio import Studio
from tests.support.makers import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a harbour --ar 4:1 --seed 7"


@pytest.mark.parametrize("channel", ["first-post", "voice-chat", "stage", "news"])
async def test_a_result_is_posted_in_each_kind_of_channel(studio: Studio, channel: str) -> None:
    job = await studio.imagine(PROMPT, channel=channel)

    result = await studio.result(job, channel=channel)

    assert result["attachments"]


async def test_a_new_post_is_a_place_like_any_other(studio: Studio) -> None:
    post = await studio.actor.post("ana", "showcase", "A harbour", "who paints it?")

    job = await studio.imagine(PROMPT, channel=post["id"])

    await studio.result(job, channel=post["id"])


async def odd_message(studio: Studio, kind: str) -> Message:
    upload = studio.actor.upload("ana", "a.png", picture((64, 64)))
    match kind:
        case "forward":
            said = await studio.actor.say("ana", "studio", "look", attachments=[upload])
            return await studio.actor.forward("ana", said["id"], "studio")
        case "forwarded result":
            result = await studio.result(await studio.imagine(PROMPT))
            return await studio.actor.forward("ana", result["id"], "studio")
        case _:
            return await studio.actor.say("ana", "first-post", "look", attachments=[upload])


@pytest.mark.parametrize("kind", ["forward", "forwarded result", "post"])
async def test_the_picture_of_an_odd_message_is_found(studio: Studio, kind: str) -> None:
    message = await odd_message(studio, kind)

    card = await studio.answer(await studio.use_menu(message, "Describe"))

    assert not is_private(card), card["content"]


async def test_a_preview_is_a_picture(studio: Studio) -> None:
    studio.actor.preview("https://a.example/page", title="A page", image="https://a.example/cat.png")
    message = await studio.actor.say("ana", "studio", "https://a.example/page")

    card = await studio.answer(await studio.use_menu(message, "Describe"))

    assert "This message has no picture" not in card["content"]


async def test_a_poll_has_no_picture(studio: Studio) -> None:
    poll = {"question": {"text": "Which?"}, "answers": [{"poll_media": {"text": "a"}}]}
    message = await studio.actor.say("ana", "studio", "", poll=poll)

    answer = await studio.answer(await studio.use_menu(message, "Describe"))

    assert "This message has no picture" in answer["content"]
