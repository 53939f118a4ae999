"""Prompts end to end: what is put right, asked about, and confirmed before anything is spent."""

import asyncio

import pytest

from sandbox.message_view import Message, buttons, faces, is_private
from tests.e2e.gestures import BLUE, RED, painted
from tests.e2e.questions import ask, card_after, posted_after, sent
from tests.e2e.studio import Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"MAX_JOBS_PER_PROMPT": "6", "UNITS_PER_MEMBER_DAY": "60", "PRICES": '{"*": 1, "*/turbo": 11}'}
TYPO = "a cat in the rain --stylze 50 --seed 7"
QUESTION = ["Fix and run", "Run as it is", "Edit"]


async def test_a_typo_is_asked_about_fixed_and_run(studio: Studio) -> None:
    before = len(sent(studio))

    question = await ask(studio, TYPO)
    assert faces(question) == [QUESTION]
    assert "__**--stylze**__" in question["content"]
    assert len(sent(studio)) == before
    await studio.click(question, "Fix and run")
    job = await card_after(studio, question, "--stylize 50")

    result = await studio.result(job)
    assert "--stylize 50" in result["content"]
    assert sent(studio)[before:] == ["a cat in the rain --stylize 50 --seed 7"]
    await studio.with_text(question, "Fixed and sent.")


async def test_a_doubtful_prompt_can_run_as_it_is(studio: Studio) -> None:
    question = await ask(studio, "a red fox --neverheard of --seed 7")
    assert faces(question) == [["Run as it is", "Edit"]]

    await studio.click(question, "Run as it is")
    job = await card_after(studio, question, "--neverheard of")

    await studio.result(job)
    assert sent(studio)[-1] == "a red fox --neverheard of --seed 7"


async def test_a_doubtful_prompt_can_be_edited_until_it_fits(studio: Studio) -> None:
    question = await ask(studio, "a blue boat --stylize 5000 --seed 7")

    await studio.send(await studio.open(question, "Edit"), prompt="a blue boat --stylize 4000 --seed 7")
    again = await studio.with_text(question, "not 4000")
    await studio.send(await studio.open(again, "Edit"), prompt="a blue boat --stylize 400 --seed 7")
    job = await card_after(studio, question, "a blue boat --stylize 400")

    await studio.result(job)
    assert await studio.with_text(question, "Changed and sent.")
    assert [prompt for prompt in sent(studio) if "blue boat" in prompt] == ["a blue boat --stylize 400 --seed 7"]


async def test_plain_slips_are_put_right_and_shown(studio: Studio) -> None:
    job = await studio.imagine("a green hill \u2014ar4:1 --seed 7")

    note = await studio.whisper("ana", "Corrected:")
    assert "--ar 4:1" in note
    await studio.result(job)
    assert sent(studio)[-1] == "a green hill --ar 4:1 --seed 7"


async def test_pictures_go_along_with_a_fixed_prompt(studio: Studio) -> None:
    red, style = studio.upload("red.png", painted(RED)), studio.upload("style.png", painted(BLUE))
    question = await ask(studio, "a warm hill --stylze 50 --seed 7", image1=red, style_reference=style)

    await studio.click(question, "Fix and run")
    await studio.result(await card_after(studio, question, "a warm hill"))

    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1
    assert " --sref http" in call.body["prompt"]


async def test_a_question_has_one_answer_however_often_it_is_pressed(studio: Studio) -> None:
    question = await ask(studio, "a grey hill --stylze 50 --seed 7")

    await asyncio.gather(*(studio.click(question, "Fix and run") for _press in range(4)))

    await studio.result(await card_after(studio, question, "a grey hill"))
    assert len([prompt for prompt in sent(studio) if "a grey hill" in prompt]) == 1


async def test_a_question_is_for_its_member_alone(studio: Studio) -> None:
    question = await ask(studio, "a quiet hill --stylze 50 --seed 7")
    draft_id = next(str(button["custom_id"]) for button in buttons(question)).split(":")[2]

    kept = studio.stored(f"SELECT value FROM notes WHERE name = 'draft:{draft_id}'")

    assert "a quiet hill" in kept
    assert not any("a quiet hill" in message["content"] for message in studio.messages(user="ben"))


async def test_a_question_is_answered_where_the_bot_may_not_post(studio: Studio) -> None:
    question = await studio.slash("imagine", {"prompt": "a far hill --stylze 50 --ar 4:1"}, channel="no-posting")
    await studio.click(question, "Fix and run")

    def has_card() -> Message | None:
        everything = studio.messages("no-posting")
        return next((m for m in everything if "a far hill" in m["content"] and not is_private(m)), None)

    card = await studio.eventually(has_card, "the card")
    result = await studio.result(ordered(card, "ana", "no-posting"))
    assert result["id"] == card["id"]


async def test_several_are_refused_where_the_bot_may_not_post(studio: Studio) -> None:
    refusal = await studio.slash("imagine", {"prompt": "a {far, near} hill"}, channel="no-posting")

    assert "I can't post here" in refusal["content"]


async def test_a_prompt_for_a_picture_of_a_message_is_checked_too(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a known hill --ar 4:1 --seed 7"))
    opened = await studio.actor.context("ana", "studio", "Use as image prompt", grid["id"])

    question = await studio.answer(
        await studio.send(await studio.modal_of(opened), prompt="a hill in winter --stylze 50 --ar 4:1")
    )
    await studio.click(question, "Fix and run")

    await studio.result(await card_after(studio, question, "a hill in winter --stylize 50"))
    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1


async def test_a_prompt_for_another_engines_picture_is_checked_too(studio: Studio) -> None:
    card = await studio.slash("ideogram generate", {"prompt": "a poster", "seed": 7})
    poster = await studio.result(ordered(card, "ana", "studio"))

    modal = await studio.click(poster, "Use in Midjourney")
    question = await studio.answer(
        await studio.send(await studio.modal_of(modal), prompt="a poster in snow --stylze 50 --ar 4:1")
    )
    assert is_private(question)
    await studio.click(question, "Fix and run")

    result = await studio.result(await card_after(studio, question, "a poster in snow --stylize 50"))
    assert result["message_reference"]["message_id"] == poster["id"]
    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1


async def test_a_question_outlives_a_restart(studio: Studio) -> None:
    question = await ask(studio, "a loud hill --stylze 50 --seed 7")

    await studio.restart()
    await studio.click(question, "Fix and run")

    await studio.result(await card_after(studio, question, "a loud hill --stylize 50"))


# Help while typing.


async def test_options_become_parameters(studio: Studio) -> None:
    chosen = {"aspect": "16x9", "version": "niji 6", "style": "raw", "stylize": 50, "chaos": 5, "no": "cars, people"}
    card = await studio.slash("imagine", {"prompt": "a street --ar 1:1 --seed 7", **chosen}, user="mia")
    if is_private(card):
        await studio.click(card, "Run as it is", user="mia")
        card = await posted_after(studio, card, "a street", "mia")

    await studio.result(ordered(card, "mia", "studio"))

    street = next(prompt for prompt in sent(studio) if prompt.startswith("a street"))
    for written in ("--ar 16:9", "--niji 6", "--style raw", "--stylize 50", "--chaos 5", "--no cars, people"):
        assert written in street
    assert "--ar 1:1" not in street


async def test_recent_prompts_are_offered_whole(studio: Studio) -> None:
    await studio.result(await studio.imagine("a very particular teapot --ar 4:1 --seed 7"))

    choices = await studio.actor.autocomplete("ana", "studio", "imagine", {"prompt": "particular"}, "prompt")

    assert choices == [
        {"name": "a very particular teapot --ar 4:1 --seed 7", "value": "a very particular teapot --ar 4:1 --seed 7"}
    ]
    others = await studio.actor.autocomplete("ben", "studio", "imagine", {"prompt": "particular"}, "prompt")
    assert others == []
