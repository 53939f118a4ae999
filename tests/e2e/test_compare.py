"""/compare: one prompt on several engines, on one card."""

import re
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.engine_info import ENGINES
from sandbox.discord.model import Overwrite
from sandbox.discord.permissions import Permission
from sandbox.message_view import Message, faces
from tests.e2e.gestures import send_for_job
from tests.e2e.studio import Studio, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a lighthouse --ar 2:1 --seed 7"


def words(message: Message) -> str:
    """Everything that a message in components says."""
    return "\n".join(part["content"] for part in parts(message) if part["type"] == 10)


def parts(message: Message) -> list[dict[str, Any]]:
    """All components of a message, those inside of others too."""
    found: list[dict[str, Any]] = []
    rest = list(message["components"])
    while rest:
        part = rest.pop(0)
        found.append(part)
        beside = [part["accessory"]] if "accessory" in part else []
        rest = [*part.get("components", []), *beside, *rest]
    return found


def go_ons(message: Message) -> list[str]:
    """The custom ids of the buttons that go on with one result."""
    return [str(part["custom_id"]) for part in parts(message) if part.get("label") == "Use this one"]


async def compare(studio: Studio, options: dict[str, str]) -> Message:
    """Order a comparison, agree to what it costs, and return its card."""
    question = await studio.slash("compare", options)
    ((start, *_others),) = faces(question)
    await studio.click(question, start)
    return await studio.posted_after(question, lambda message: not message["content"], "the card")


async def whole(studio: Studio, card: Message, count: int) -> Message:
    """The card once so many results stand on it."""

    def shown() -> Message | None:
        now = studio.message(card["id"])
        return now if now is not None and len(go_ons(now)) == count else None

    return await studio.eventually(shown, f"{count} results side by side")


def names(gallery: dict[str, Any]) -> list[str]:
    """The descriptions of the pictures of a gallery."""
    return [item["description"] for item in gallery["items"]]


def pings(studio: Studio, card: Message) -> list[Message]:
    """The messages that tell that a comparison is over."""
    return [message for message in replies(studio, card) if message["content"].startswith("<@")]


def replies(studio: Studio, card: Message) -> list[Message]:
    """The messages that reply to a comparison's card."""
    return [m for m in studio.messages() if (m.get("message_reference") or {}).get("message_id") == card["id"]]


async def test_results_stand_side_by_side_and_ping_once(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT, "engines": "midjourney, ideogram, kling"})
    assert [name in words(card) for name in ("Midjourney", "Ideogram", "Kling", "fal")] == [True, True, True, False]

    done = await whole(studio, card, 3)
    (ping,) = await studio.eventually(lambda: pings(studio, card), "the ping")

    (box,) = done["components"]
    below = [(one, other) for one, other in pairwise(box["components"]) if other["type"] == 12]
    assert [(re.findall(r"\*\*(\w+)\*\*", words({"components": [line]})), names(shown)) for line, shown in below] == [
        ([engine], [engine]) for engine in ("Midjourney", "Ideogram", "Kling")
    ]
    assert not [part for part in parts(done) if part.get("label") == "Cancel the rest"]
    assert "All 3 are ready." in ping["content"]
    assert words(done).count(" s") >= 3  # the time under each
    assert [user["username"] for user in ping["mentions"]] == ["ana"]
    assert not result_files(ping)
    assert not [m for m in replies(studio, card) if result_files(m)]


async def test_all_engines_are_compared_unless_some_are_named(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT})

    await whole(studio, card, len(ENGINES))


async def test_parameters_of_midjourneys_own_are_no_words_for_others(studio: Studio) -> None:
    before = len(studio.relay.tasks())

    card = await compare(studio, {"prompt": PROMPT, "engines": "midjourney, ideogram, kling"})
    await whole(studio, card, 3)

    sent = sorted(task["prompt"] for task in studio.relay.tasks()[before:])
    assert sent == ["a lighthouse", "a lighthouse", PROMPT]


async def test_one_result_goes_on_with_its_own_buttons(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT, "engines": "midjourney, ideogram"})
    done = await whole(studio, card, 2)

    chosen = await studio.whole_answer(await studio.actor.click("ana", card["id"], go_ons(done)[0]))
    pick = await studio.follow_up(chosen, "U2")

    await studio.result(pick)


@pytest.mark.parametrize("engines", ["midjourney", "midjourney, dalle", "dalle, sora"])
async def test_what_cannot_be_compared_is_said(studio: Studio, engines: str) -> None:
    before = len(studio.relay.tasks())

    answer = await studio.slash("compare", {"prompt": PROMPT, "engines": engines})

    assert "choose from midjourney, ideogram" in answer["content"]
    assert len(studio.relay.tasks()) == before


async def test_one_engine_that_fails_does_not_hold_the_others(studio: Studio) -> None:
    prompt = "something --sandbox-unsafe"
    card = await compare(studio, {"prompt": prompt, "engines": "ideogram, kling"})

    await studio.eventually(lambda: pings(studio, card), "the ping")

    now = studio.message(card["id"])
    assert now is not None
    assert "does not allow this" in words(now)


async def test_the_rest_is_stopped_by_its_author_alone(studio: Studio) -> None:
    card = await compare(studio, {"prompt": f"{PROMPT} --sandbox-slow", "engines": "midjourney, kling"})
    (rest,) = [str(part["custom_id"]) for part in parts(card) if part.get("label") == "Cancel the rest"]

    refused = await studio.answer(await studio.actor.click("ben", card["id"], rest))
    await studio.actor.click("ana", card["id"], rest)

    assert "Only the person who started this job" in refused["content"]
    await studio.told("Stopped 2")


async def test_a_kill_in_the_middle_changes_nothing(studio: Studio) -> None:
    card = await compare(studio, {"prompt": f"{PROMPT} --sandbox-slow", "engines": "midjourney, fal, kling"})
    await studio.eventually(
        lambda: (now := studio.message(card["id"])) and words(now).count("Working") == 3, "all of them on their way"
    )

    await studio.kill()
    await studio.start()

    await whole(studio, card, 3)
    await studio.eventually(lambda: pings(studio, card), "the ping")
    assert len(pings(studio, card)) == 1


async def test_the_end_is_told_where_history_may_not_be_read(studio: Studio) -> None:
    def told_of() -> list[Message]:
        return [message for message in studio.messages() if "Both are ready" in message["content"]]

    before, state = len(told_of()), studio.sandbox.discord.state
    place = state.channel("studio")
    assert place is not None
    place.overwrites.append(Overwrite(state.bot.id, is_member=True, deny=Permission.READ_MESSAGE_HISTORY))
    try:
        await compare(studio, {"prompt": PROMPT, "engines": "fal, kling"})
        await studio.eventually(lambda: len(told_of()) > before, "the ping")
    finally:
        place.overwrites.pop()


async def test_a_deleted_card_leaves_each_result_to_itself(studio: Studio) -> None:
    card = await compare(studio, {"prompt": f"{PROMPT} --sandbox-slow", "engines": "midjourney, kling"})
    await studio.actor.delete_message("studio", card["id"], "mia")

    def speaking_for_themselves() -> bool:
        results = [m["content"] for m in studio.messages() if m["id"] > card["id"] and result_files(m)]
        return all(any(f"({engine})" in content for content in results) for engine in ("fast", "Kling"))

    await studio.eventually(speaking_for_themselves, "a message for each result")


async def test_a_picture_of_a_comparison_is_taken_up_after_asking_which(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT, "engines": "midjourney, fal"})
    await whole(studio, card, 2)

    asked = await studio.answer(await studio.use_menu(card, "Describe"))
    (menu,) = [part for part in parts(asked) if part["type"] == 3]
    await studio.actor.select("ana", asked["id"], menu["custom_id"], ["1"])

    await studio.eventually(
        lambda: [m for m in studio.messages() if m["id"] > asked["id"] and m["embeds"] and result_files(m) == []],
        "the description",
    )
    again = await studio.answer(await studio.use_menu(card, "Use as image prompt"))
    (menu,) = [part for part in parts(again) if part["type"] == 3]
    modal = await studio.modal_of(await studio.actor.select("ana", again["id"], menu["custom_id"], ["0"]))
    await send_for_job(studio, modal, prompt=PROMPT)


async def test_a_comparison_tells_its_details_and_is_removed_by_its_author(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT, "engines": "midjourney, kling"})
    await whole(studio, card, 2)

    details = await studio.whole_answer(await studio.use_menu(card, "Details and files"))
    refused = await studio.answer(await studio.use_menu(card, "Remove", user="ben"))
    removed = await studio.answer(await studio.use_menu(card, "Remove"))

    assert details["content"].count("**Job ID**") == 2
    assert "Only the person who started this job" in refused["content"]
    assert removed["content"] == "Removed."
    await studio.eventually(lambda: studio.message(card["id"]) is None, "the card to go")


async def test_the_word_that_all_is_ready_is_its_authors_to_remove(studio: Studio) -> None:
    card = await compare(studio, {"prompt": PROMPT, "engines": "fal, kling"})
    (ping,) = await studio.eventually(lambda: pings(studio, card), "the ping")

    refused = await studio.answer(await studio.use_menu(ping, "Remove", user="ben"))
    await studio.use_menu(ping, "Remove")

    assert "Only the person" in refused["content"]
    await studio.eventually(lambda: studio.message(ping["id"]) is None, "the ping to go")
