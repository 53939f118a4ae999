"""What a member gets where the relay does not offer an operation: a plain sentence and no bill, or no button."""

from collections.abc import Awaitable, Callable

from sandbox.message_view import Message, faces, is_private
from sandbox.tour.guide import Guide

NO_BUTTON = "no button"
NOT_OFFERED = "The relay does not offer this"


async def refused(guide: Guide, act: Awaitable[Message]) -> str:
    """Do what the relay will not; returns the sentence that its author alone is told."""
    before = len(guide.relay.tasks())
    answer = await act
    if not is_private(answer):
        await guide.eventually(lambda: guide.now(answer) is None, "the card gone")
        guide.transcript.fact("the card has gone")

        def told() -> Message | None:
            since = (message for message in guide.messages() if int(message["id"]) > int(answer["id"]))
            return next((m for m in since if is_private(m) and NOT_OFFERED in m["content"]), None)

        answer = await guide.eventually(told, f"{NOT_OFFERED!r}, told to the member alone")
        guide.show(answer)
    guide.holds("the member is told so", answer["content"], NOT_OFFERED in answer["content"])
    guide.same("the relay has no task of it", len(guide.relay.tasks()), before)
    return str(answer["content"])


def refused_command(command: str, **options: str) -> Callable[[Guide], Awaitable[str]]:
    """See a command refused."""

    async def otherwise(guide: Guide) -> str:
        return await refused(guide, guide.slash(command, options))

    return otherwise


def refused_press(kept: str, label: str) -> Callable[[Guide], Awaitable[str]]:
    """See a button under a kept message refused, or that it is not there."""

    async def otherwise(guide: Guide) -> str:
        if guide.relay.profile.lists_buttons:
            return await refused(guide, guide.press(guide.kept[kept], label))
        return no_button(guide, kept, label)

    return otherwise


def missing_button(kept: str, label: str) -> Callable[[Guide], Awaitable[str]]:
    """See that a button is not there."""

    async def otherwise(guide: Guide) -> str:
        return no_button(guide, kept, label)

    return otherwise


def no_button(guide: Guide, kept: str, label: str) -> str:
    """Insist that a kept message does not offer what would not work."""
    seen = faces(guide.kept[kept])
    guide.holds(f"there is no button {label}", seen, all(label not in row for row in seen))
    return NO_BUTTON
