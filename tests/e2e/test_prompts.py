"""Prompts end to end: what is put right, asked about, and confirmed before anything is spent."""

from typing import Any

import pytest

from tests.e2e.studio import Message, Ordered, Studio, buttons, face, faces, is_private, ordered

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 60.0
SETTINGS = {"MAX_JOBS_PER_PROMPT": "6", "UNITS_PER_MEMBER_DAY": "60"}
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
    custom_id = next(b["custom_id"] for b in buttons(message) if face(b) == label)
    return await studio.actor.click(user, message["id"], custom_id)


async def submit(studio: Studio, interaction_id: str, text: str, user: str = "ana") -> str:
    """Answer the dialog that an interaction opened."""
    modal = await studio.eventually(lambda: studio.actor.interaction(interaction_id)["modal"], "a dialog")
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
