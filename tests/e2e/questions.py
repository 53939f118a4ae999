"""What is asked before anything is spent, and what an answer starts."""

from typing import Any

from sandbox.message_view import Message, is_private
from tests.e2e.studio import Ordered, Studio, custom_id, ordered


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


def mention(studio: Studio, user: str) -> str:
    """A user as a message mentions them."""
    return f"<@{next(one['id'] for one in studio.actor.state()['users'] if one['username'] == user)}>"


def spent(studio: Studio, user: str = "") -> int:
    """Units that were spent today, by one member or by all."""
    scope = f"member:{mention(studio, user)[2:-1]}" if user else "all"
    return int(studio._asked("SELECT coalesce(sum(used), 0) FROM budgets WHERE scope = ?", scope))
