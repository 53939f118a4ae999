"""Prompts end to end: what is put right, asked about, and confirmed before anything is spent."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from sandbox.message_view import Message, buttons, faces, is_private
from tests.e2e.studio import Ordered, Studio, custom_id, ordered

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 60.0
SETTINGS = {"MAX_JOBS_PER_PROMPT": "6", "UNITS_PER_MEMBER_DAY": "60", "PRICES": '{"*": 1, "*/turbo": 11}'}
TYPO = "a cat in the rain --stylze 50 --seed 7"
QUESTION = ["Fix and run", "Run as it is", "Edit"]


def sent(studio: Studio) -> list[str]:
    """The prompts that the relay was asked to imagine, oldest first."""
    return [r.body["prompt"] for r in studio.relay.wire.requests if r.path.endswith("/mj/submit/imagine")]


async def ask(studio: Studio, prompt: str, user: str = "ana", **options: Any) -> Message:
    """What /imagine asks before it starts anything."""
    question = await studio.slash("imagine", {"prompt": prompt, **options}, user=user)
    assert is_private(question), question["content"]
    return question


async def posted_after(studio: Studio, earlier: Message, text: str, user: str = "ana") -> Message:
    """The first public message since another one that has this text in it."""

    def found() -> Message | None:
        since = (m for m in studio.messages(user=user) if int(m["id"]) > int(earlier["id"]) and not is_private(m))
        return next((m for m in since if text in m["content"]), None)

    return await studio.eventually(found, f"a message with {text!r}")


async def edited(studio: Studio, message: Message, text: str, user: str = "ana") -> Message:
    """A message once it has this text in it."""

    def found() -> Message | None:
        now = studio.message(message["id"], user=user)
        return now if now is not None and text in now["content"] else None

    return await studio.eventually(found, f"{text!r} in a message")


async def card_after(studio: Studio, question: Message, text: str, user: str = "ana") -> Ordered:
    """The card of the job that the answer to a question started."""
    return ordered(await posted_after(studio, question, text, user), user, "studio")


async def click(studio: Studio, message: Message, label: str, user: str = "ana") -> str:
    """Press a button; returns the interaction's id, as the answer may be an edit."""
    return await studio.actor.click(user, message["id"], custom_id(message, label))


async def submit(studio: Studio, interaction_id: str, text: str, user: str = "ana") -> str:
    """Answer the modal that an interaction opened."""
    modal = await studio.eventually(lambda: studio.actor.interaction(interaction_id)["modal"], "a modal")
    (field,) = [row["component"] for row in modal["components"]]
    return await studio.actor.modal(user, interaction_id, {field["custom_id"]: text})


async def test_a_typo_is_asked_about_fixed_and_run(studio: Studio) -> None:
    before = len(sent(studio))

    question = await ask(studio, TYPO)
    assert faces(question) == [QUESTION]
    assert "__**--stylze**__" in question["content"]
    assert len(sent(studio)) == before
    await click(studio, question, "Fix and run")
    job = await card_after(studio, question, "--stylize 50")

    result = await studio.result(job)
    assert "--stylize 50" in result["content"]
    assert sent(studio)[before:] == ["a cat in the rain --stylize 50 --seed 7"]
    await edited(studio, question, "Fixed and sent.")


async def test_a_doubtful_prompt_can_run_as_it_is(studio: Studio) -> None:
    question = await ask(studio, "a red fox --neverheard of --seed 7")
    assert faces(question) == [["Run as it is", "Edit"]]

    await click(studio, question, "Run as it is")
    job = await card_after(studio, question, "--neverheard of")

    await studio.result(job)
    assert sent(studio)[-1] == "a red fox --neverheard of --seed 7"


async def test_a_doubtful_prompt_can_be_edited_until_it_fits(studio: Studio) -> None:
    question = await ask(studio, "a blue boat --stylize 5000 --seed 7")

    await submit(studio, await click(studio, question, "Edit"), "a blue boat --stylize 4000 --seed 7")
    again = await edited(studio, question, "not 4000")
    await submit(studio, await click(studio, again, "Edit"), "a blue boat --stylize 400 --seed 7")
    job = await card_after(studio, question, "a blue boat --stylize 400")

    await studio.result(job)
    assert await edited(studio, question, "Changed and sent.")
    assert [prompt for prompt in sent(studio) if "blue boat" in prompt] == ["a blue boat --stylize 400 --seed 7"]


async def test_plain_slips_are_put_right_and_shown(studio: Studio) -> None:
    job = await studio.imagine("a green hill \u2014ar4:1 --seed 7")

    note = await studio.whisper("ana", "Put right:")
    assert "--ar 4:1" in note
    await studio.result(job)
    assert sent(studio)[-1] == "a green hill --ar 4:1 --seed 7"


async def test_pictures_go_along_with_a_fixed_prompt(studio: Studio) -> None:
    red, style = studio.upload("red.png", plain("red")), studio.upload("style.png", plain("navy"))
    question = await ask(studio, "a warm hill --stylze 50 --seed 7", image1=red, style_reference=style)

    await click(studio, question, "Fix and run")
    await studio.result(await card_after(studio, question, "a warm hill"))

    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1
    assert " --sref http" in call.body["prompt"]


async def test_a_question_has_one_answer_however_often_it_is_pressed(studio: Studio) -> None:
    question = await ask(studio, "a grey hill --stylze 50 --seed 7")

    await asyncio.gather(*(click(studio, question, "Fix and run") for _press in range(4)))

    await studio.result(await card_after(studio, question, "a grey hill"))
    assert len([prompt for prompt in sent(studio) if "a grey hill" in prompt]) == 1


async def test_a_question_is_for_its_member_alone(studio: Studio) -> None:
    question = await ask(studio, "a quiet hill --stylze 50 --seed 7")
    draft_id = next(str(button["custom_id"]) for button in buttons(question)).split(":")[2]

    kept = studio._asked("SELECT value FROM notes WHERE name = ?", f"draft:{draft_id}")

    assert "a quiet hill" in kept
    assert not any("a quiet hill" in message["content"] for message in studio.messages(user="ben"))


async def test_a_question_is_answered_where_the_bot_may_not_post(studio: Studio) -> None:
    question = await studio.slash("imagine", {"prompt": "a far hill --stylze 50 --ar 4:1"}, channel="no-posting")
    await studio.actor.click("ana", question["id"], custom_id(question, "Fix and run"))

    def has_card() -> Message | None:
        everything = studio.messages("no-posting")
        return next((m for m in everything if "a far hill" in m["content"] and not is_private(m)), None)

    card = await studio.eventually(has_card, "the card")
    result = await studio.result(ordered(card, "ana", "no-posting"))
    assert result["id"] == card["id"]


async def test_several_are_refused_where_the_bot_may_not_post(studio: Studio) -> None:
    refusal = await studio.slash("imagine", {"prompt": "a {far, near} hill"}, channel="no-posting")

    assert "Several pictures need a place where I may post" in refusal["content"]


async def test_a_prompt_for_a_picture_of_a_message_is_checked_too(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a known hill --ar 4:1 --seed 7"))
    opened = await studio.actor.context("ana", "studio", "Use as image prompt", grid["id"])

    question = await studio.answer(await submit(studio, opened, "a hill in winter --stylze 50 --ar 4:1"))
    await click(studio, question, "Fix and run")

    await studio.result(await card_after(studio, question, "a hill in winter --stylize 50"))
    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1


async def test_a_prompt_for_another_engines_picture_is_checked_too(studio: Studio) -> None:
    card = await studio.slash("ideogram generate", {"prompt": "a poster", "seed": 7})
    poster = await studio.result(ordered(card, "ana", "studio"))

    modal = await click(studio, poster, "Use in Midjourney")
    question = await studio.answer(await submit(studio, modal, "a poster in snow --stylze 50 --ar 4:1"))
    assert is_private(question)
    await click(studio, question, "Fix and run")

    result = await studio.result(await card_after(studio, question, "a poster in snow --stylize 50"))
    assert result["message_reference"]["message_id"] == poster["id"]
    call = next(r for r in reversed(studio.relay.wire.requests) if r.path.endswith("/mj/submit/imagine"))
    assert len(call.body["base64Array"]) == 1


async def test_a_question_outlives_a_restart(studio: Studio) -> None:
    question = await ask(studio, "a loud hill --stylze 50 --seed 7")

    await studio.restart()
    await click(studio, question, "Fix and run")

    await studio.result(await card_after(studio, question, "a loud hill --stylize 50"))


# Permutations.

SIX = "{red, blue, green} {cat, dog} in the rain --ar 4:1 --seed 7"


async def confirmed(studio: Studio, prompt: str, count: int, user: str = "ana", **options: Any) -> Message:
    """The group's card, once a confirmation was given."""
    question = await ask(studio, prompt, user, **options)
    await click(studio, question, f"Start all {count}", user)
    return await posted_after(studio, question, f"/{count})", user)


def results_under(studio: Studio, card: Message, user: str = "ana") -> list[Message]:
    """The pictures that reply to a group's card."""
    return [m for m in replies(studio, card, user) if m["attachments"]]


def pings_of(studio: Studio, card: Message, user: str = "ana") -> list[Message]:
    """The messages that tell that a group is over."""
    return [m for m in replies(studio, card, user) if m["mentions"]]


def replies(studio: Studio, card: Message, user: str) -> list[Message]:
    """The public messages that reply to a card."""
    everything = studio.messages(user=user)
    return [m for m in everything if (m.get("message_reference") or {}).get("message_id") == card["id"]]


async def all_over(studio: Studio, card: Message, user: str = "ana") -> None:
    """Return once the author was told that a group is over."""
    await studio.eventually(lambda: pings_of(studio, card, user), "the last word about a group")


async def test_a_permutation_is_confirmed_and_finished_with_one_ping(studio: Studio) -> None:
    question = await ask(studio, SIX)
    assert "6 jobs: 6 units in all. You have" in question["content"]
    assert "5. green cat in the rain" in question["content"]
    assert "and 1 more" in question["content"]
    assert faces(question) == [["Start all 6", "Edit", "Never mind"]]
    before = len(sent(studio))
    await click(studio, question, "Start all 6")
    card = await posted_after(studio, question, "(0/6) (fast)")
    assert faces(card) == [["Cancel the rest"]]

    await all_over(studio, card)

    assert [m["content"] for m in pings_of(studio, card)] == [f"{mention(studio, 'ana')} 6 of 6 are ready."]
    assert len(results_under(studio, card)) == 6
    assert sorted(sent(studio)[before:]) == sorted(
        f"{colour} {animal} in the rain --ar 4:1 --seed 7"
        for colour in ("red", "blue", "green")
        for animal in ("cat", "dog")
    )
    done = await edited(studio, card, "(6/6)")
    assert done["components"] == []
    assert await edited(studio, question, "Started all 6.")


async def test_a_confirmation_pressed_twice_makes_one_group(studio: Studio) -> None:
    question = await ask(studio, "{tall, small} tower --ar 4:1 --seed 7")
    before = spent(studio)

    await asyncio.gather(*(click(studio, question, "Start all 2") for _press in range(3)))

    card = await posted_after(studio, question, "/2)")
    await all_over(studio, card)
    assert spent(studio) - before == 2
    assert len([prompt for prompt in sent(studio) if "tower" in prompt]) == 2


async def test_speeds_may_differ_within_a_prompt(studio: Studio) -> None:
    card = await confirmed(studio, "a winding road --ar 4:1 --seed 7 --{fast, relax}", 2)

    assert "/2) (fast, relaxed)" in card["content"]
    await all_over(studio, card)

    ways = [r.path for r in studio.relay.wire.requests if r.path.endswith("imagine") and "road" in r.body["prompt"]]
    assert sorted(ways) == ["/mj-fast/mj/submit/imagine", "/mj-relax/mj/submit/imagine"]


async def test_pictures_are_taken_in_once_for_all(studio: Studio) -> None:
    card = await confirmed(
        studio, "a {calm, wild} sea --ar 4:1 --seed 7", 2, image1=studio.upload("red.png", plain("red"))
    )

    await all_over(studio, card)

    calls = [r for r in studio.relay.wire.requests if r.path.endswith("imagine") and " sea " in r.body["prompt"]]
    assert [len(call.body["base64Array"]) for call in calls] == [1, 1]
    fetched = [r for r in studio.sandbox.discord.wire.requests if r.path.endswith("/red.png")]
    assert len(fetched) <= 2  # one of them by the test about a fixed prompt


async def test_a_picture_of_no_use_ends_all_before_anything_is_spent(studio: Studio) -> None:
    before = spent(studio)

    card = await confirmed(
        studio, "a {round, flat} stone --seed 7", 2, image1=studio.upload("no.png", b"not a picture")
    )

    await edited(studio, card, "2x: That file is not a picture")
    assert not [prompt for prompt in sent(studio) if " stone" in prompt]
    assert spent(studio) == before


async def test_the_rest_is_cancelled_by_its_author(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    card = await confirmed(studio, "{old, new} {hut, barn} --ar 4:1 --seed 7", 4)
    await studio.eventually(lambda: len([p for p in sent(studio) if p.startswith(("old ", "new "))]) == 4, "four tasks")

    refusal = await studio.press(card, "Cancel the rest", user="ben")
    answer = await studio.press(card, "Cancel the rest")

    assert "Only the person" in refusal["content"]
    assert "Stopped 4" in answer["content"]
    await edited(studio, card, "4 stopped")
    await all_over(studio, card)
    assert results_under(studio, card) == []


async def test_more_than_the_cap_is_refused_with_a_way_on(studio: Studio) -> None:
    before = spent(studio)

    question = await ask(studio, "{a, b, c} {d, e, f} jar --repeat 40 --seed 7")
    assert "stands for 360 jobs; one prompt may start 6 here" in question["content"]
    assert faces(question) == [["Edit", "Never mind"]]

    await submit(studio, await click(studio, question, "Edit"), "{a, b} jar --seed 7")
    confirmation = await edited(studio, question, "2 jobs")
    await click(studio, confirmation, "Never mind")
    await edited(studio, question, "Nothing was started.")
    assert spent(studio) == before


async def test_a_group_that_costs_too_much_leaves_nothing(studio: Studio) -> None:
    question = await ask(studio, "a {big, small} bowl --repeat 3 --turbo", "ben")
    assert "6 jobs: 66 units in all. You have" in question["content"]
    before, paid = len(sent(studio)), spent(studio, "ben")

    await click(studio, question, "Start all 6", "ben")

    await studio.whisper("ben", "This costs 66 units, more than you have left")
    assert (len(sent(studio)), spent(studio, "ben")) == (before, paid)
    assert studio._asked("SELECT count(*) FROM jobs WHERE request LIKE ?", "% bowl%") == 0


async def test_a_group_killed_half_way_is_finished_once_with_one_ping(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    card = await confirmed(studio, "{pink, black} {hat, shoe} --ar 4:1 --seed 7", 4, "mia")
    tasks = await studio.eventually(lambda: four(studio, ("pink ", "black ")), "four tasks")
    await studio.eventually(lambda: all(studio.looks(task["id"]) for task in tasks), "the first looks")
    studio.finish_task(tasks[1]["id"])
    await studio.eventually(lambda: results_under(studio, card, "mia"), "the first picture")

    await studio.kill()
    studio.let_relay_work(1.0)
    await studio.start()

    await all_over(studio, card, "mia")
    pictures = [message["attachments"][0]["filename"] for message in results_under(studio, card, "mia")]
    assert len(pictures) == len(set(pictures)) == 4
    await edited(studio, card, "(4/4)", "mia")
    assert len(pings_of(studio, card, "mia")) == 1


def four(studio: Studio, starts: tuple[str, ...]) -> list[dict[str, Any]]:
    """The relay's tasks whose prompts begin so, once there are four."""
    states = [
        r.body["state"]
        for r in studio.relay.wire.requests
        if r.path.endswith("/mj/submit/imagine") and r.body["prompt"].startswith(starts)
    ]
    tasks = [task for task in studio.relay.tasks() if task["state"] in states]
    return tasks if len(tasks) == 4 else []


# Help while typing.


async def test_options_become_parameters(studio: Studio) -> None:
    chosen = {"aspect": "16x9", "version": "niji 6", "style": "raw", "stylize": 50, "chaos": 5, "no": "cars, people"}
    card = await studio.slash("imagine", {"prompt": "a street --ar 1:1 --seed 7", **chosen}, user="mia")
    if is_private(card):
        await click(studio, card, "Run as it is", "mia")
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


def plain(colour: str) -> bytes:
    """A small picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


def mention(studio: Studio, user: str) -> str:
    """A user as a message mentions them."""
    return f"<@{next(one['id'] for one in studio.actor.state()['users'] if one['username'] == user)}>"


def spent(studio: Studio, user: str = "") -> int:
    """Units that were spent today, by one member or by all."""
    scope = f"member:{mention(studio, user)[2:-1]}" if user else "all"
    return int(studio._asked("SELECT coalesce(sum(used), 0) FROM budgets WHERE scope = ?", scope))
