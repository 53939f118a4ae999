"""Permutations end to end: confirmed as a whole, shown on one card, told of by one ping."""

import asyncio
from typing import Any

import pytest

from sandbox.message_view import Message, faces
from tests.e2e.gestures import RED, painted
from tests.e2e.questions import ask, posted_after, sent, spent
from tests.e2e.studio import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"MAX_JOBS_PER_PROMPT": "6", "UNITS_PER_MEMBER_DAY": "60", "PRICES": '{"*": 1, "*/turbo": 11}'}
SIX = "{red, blue, green} {cat, dog} in the rain --ar 4:1 --seed 7"


async def confirmed(studio: Studio, prompt: str, count: int, user: str = "ana", **options: Any) -> Message:
    """The group's card, once a confirmation was given."""
    question = await ask(studio, prompt, user, **options)
    await studio.click(question, f"Start all {count}", user=user)
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
    assert "6 jobs and cost 6 units. You have" in question["content"]
    assert "5. green cat in the rain" in question["content"]
    assert "and 1 more" in question["content"]
    assert faces(question) == [["Start all 6", "Edit", "Never mind"]]
    before = len(sent(studio))
    await studio.click(question, "Start all 6")
    card = await posted_after(studio, question, "(0/6) (fast)")
    assert faces(card) == [["Cancel the rest"]]

    await all_over(studio, card)

    assert [m["content"] for m in pings_of(studio, card)] == [f"{studio.mention('ana')} All 6 are ready."]
    assert len(results_under(studio, card)) == 6
    assert sorted(sent(studio)[before:]) == sorted(
        f"{colour} {animal} in the rain --ar 4:1 --seed 7"
        for colour in ("red", "blue", "green")
        for animal in ("cat", "dog")
    )
    done = await studio.with_text(card, "(6/6)")
    assert done["components"] == []
    assert await studio.with_text(question, "Started all 6.")


async def test_a_confirmation_pressed_twice_makes_one_group(studio: Studio) -> None:
    question = await ask(studio, "{tall, small} tower --ar 4:1 --seed 7")
    before = spent(studio)

    await asyncio.gather(*(studio.click(question, "Start all 2") for _press in range(3)))

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
        studio, "a {calm, wild} sea --ar 4:1 --seed 7", 2, image1=studio.upload("red.png", painted(RED))
    )

    await all_over(studio, card)

    calls = [r for r in studio.relay.wire.requests if r.path.endswith("imagine") and " sea " in r.body["prompt"]]
    assert [len(call.body["base64Array"]) for call in calls] == [1, 1]
    fetched = [r for r in studio.sandbox.discord.wire.requests if "/red.png?" in r.path]
    assert len(fetched) == 1


async def test_a_picture_of_no_use_ends_all_before_anything_is_spent(studio: Studio) -> None:
    before = spent(studio)

    card = await confirmed(
        studio, "a {round, flat} stone --seed 7", 2, image1=studio.upload("no.png", b"not a picture")
    )

    await studio.with_text(card, "2x: I can't read this file")
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
    await studio.with_text(card, "4 stopped")
    await all_over(studio, card)
    assert results_under(studio, card) == []


async def test_more_than_the_cap_is_refused_with_a_way_on(studio: Studio) -> None:
    before = spent(studio)

    question = await ask(studio, "{a, b, c} {d, e, f} jar --repeat 40 --seed 7")
    assert "would be 360 jobs; the limit here is 6 per prompt" in question["content"]
    assert faces(question) == [["Edit", "Never mind"]]

    await studio.send(await studio.open(question, "Edit"), prompt="{a, b} jar --seed 7")
    confirmation = await studio.with_text(question, "2 jobs")
    await studio.click(confirmation, "Never mind")
    await studio.with_text(question, "Nothing was started.")
    assert spent(studio) == before


async def test_a_group_that_costs_too_much_cannot_be_started(studio: Studio) -> None:
    question = await ask(studio, "a {big, small} bowl --repeat 3 --turbo", "ben")

    assert "6 jobs and cost 66 units. You have" in question["content"]
    assert "That is more than you have left." in question["content"]
    assert faces(question) == [["Edit", "Never mind"]]


async def test_a_group_for_which_too_little_is_left_by_then_leaves_nothing(studio: Studio) -> None:
    questions = [await ask(studio, f"a {{big, small}} {what} --repeat 2 --turbo", "mia") for what in ("bowl", "cup")]
    await studio.click(questions[0], "Start all 4", user="mia")
    await posted_after(studio, questions[0], "/4)", "mia")
    paid = spent(studio, "mia")

    await studio.click(questions[1], "Start all 4", user="mia")

    await studio.whisper("mia", "This costs 44 units, more than you have left")
    assert spent(studio, "mia") == paid
    assert studio.stored("SELECT count(*) FROM jobs WHERE request LIKE '% cup%'") == 0
    assert not [prompt for prompt in sent(studio) if " cup" in prompt]


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
    await studio.with_text(card, "(4/4)", user="mia")
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
