"""What is asked before anything is spent, and what an answer starts."""

from typing import Any

from sandbox.message_view import Message, is_private
from tests.e2e.studio import Ordered, Studio, ordered


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
    return await studio.posted_after(
        earlier, lambda message: text in message["content"], f"a message with {text!r}", user=user
    )


async def card_after(studio: Studio, question: Message, text: str, user: str = "ana") -> Ordered:
    """The card of the job that the answer to a question started."""
    return ordered(await posted_after(studio, question, text, user), user, "studio")


def spent(studio: Studio, user: str = "") -> int:
    """Units that were spent today, by one member or by all."""
    scope = f"member:{studio.mention(user)[2:-1]}" if user else "all"
    return int(studio.stored(f"SELECT coalesce(sum(used), 0) FROM budgets WHERE scope = '{scope}'"))
