"""/help, the welcome, and the hint with a first grid: what explains the bot where people are."""

import pytest
from PIL import Image

from sandbox.discord.acting import ActingError
from sandbox.message_view import Message, is_private, words
from sandbox.panel import Panel, open_panel
from tests.e2e.studio import Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOPICS = ("Start", "Buttons", "Prompts", "Own pictures", "Costs and data")
HINT = "Your first grid"


def hints(studio: Studio, user: str) -> list[Message]:
    """The hints that somebody sees in the channel."""
    return [one for one in studio.messages(user=user) if any(HINT in text for text in words(one))]


async def test_each_topic_says_something_else_and_is_lit(studio: Studio) -> None:
    panel = await open_panel(studio, "help")
    seen = {panel.text}

    for topic in TOPICS[1:]:
        panel = await panel.press(topic)
        assert panel.is_on == {topic}
        seen.add(panel.text)

    assert len(seen) == len(TOPICS)


async def test_a_picture_is_painted_from_the_first_topic_once_its_prompt_is_sent(studio: Studio) -> None:
    panel = await open_panel(studio, "help")
    before = len(studio.requests_to("/submit/imagine"))

    modal = await panel.open("Try it: make a picture")

    assert len(studio.requests_to("/submit/imagine")) == before
    card = await studio.answer(await studio.send(modal, prompt="a paper boat --ar 4:1 --seed 7"))
    job = ordered(card, "ana", card["channel_id"])
    await studio.result(job)
    assert len(studio.submits(job.id)) == 1


async def test_a_picture_of_ones_own_goes_along(studio: Studio) -> None:
    panel = await (await open_panel(studio, "help")).press("Own pictures")
    modal = await panel.open("Try it: use a picture")
    upload = studio.upload("boat.png", Image.new("RGB", (64, 64), "teal"))

    card = await studio.answer(await studio.send(modal, prompt="in paper --ar 4:1 --seed 7", file=[upload]))

    job = ordered(card, "ana", card["channel_id"])
    (submit,) = await studio.eventually(lambda: studio.submits(job.id), "the submit")
    assert len(submit.body["base64Array"]) == 1
    await studio.result(job)


@pytest.mark.parametrize(
    ("topic", "label", "shown"),
    [
        ("Prompts", "Try it: build a prompt", "describe your picture"),
        ("Costs and data", "My data", "Your data"),
    ],
)
async def test_other_panels_open_beside_it(topic: str, label: str, shown: str, studio: Studio) -> None:
    panel = await (await open_panel(studio, "help")).press(topic)

    answer = await studio.answer(await panel.click(label))

    assert is_private(answer)
    assert any(shown in text for text in words(answer))


async def test_a_panel_turns_its_pages_after_a_restart(studio: Studio) -> None:
    panel = await open_panel(studio, "help")

    await studio.restart()

    assert "Better prompts" in (await panel.press("Prompts")).text


async def test_help_is_in_the_members_language(studio: Studio) -> None:
    interaction = await studio.actor.slash("ana", "studio", "help", {}, locale="zh-CN")

    assert any("你的第一张图片" in text for text in words(await studio.answer(interaction)))


async def test_a_moderator_posts_a_welcome_whose_buttons_answer_everybody_alone(studio: Studio) -> None:
    posted = await studio.slash("easel welcome", user="mia")
    assert not is_private(posted)
    welcome = Panel(studio, posted, "ana")

    told = await studio.answer(await welcome.click("What else is there?"))

    assert is_private(told)
    assert any("Your first picture" in text for text in words(told))
    assert (await welcome.open("Make a first picture")).text.startswith("a paper boat")


async def test_nobody_else_posts_a_welcome(studio: Studio) -> None:
    with pytest.raises(ActingError):
        await studio.slash("easel welcome", user="ana")


async def test_a_first_grid_brings_a_hint_for_one_member_once(studio: Studio) -> None:
    await studio.result(await studio.imagine(user="ben"))
    hint = await studio.eventually(lambda: next(iter(hints(studio, "ben")), None), "the hint")
    assert is_private(hint)

    await studio.restart()
    await studio.result(await studio.imagine(user="ben"))

    assert len(hints(studio, "ben")) == 1
    assert all(is_private(one) for one in hints(studio, "ben"))
    more = await studio.press(hint, "What else is there?", user="ben")
    assert any("Your first picture" in text for text in words(more))
