"""The tour's part about who moderates: results wait for Mia, who lets one through and rejects another."""

from sandbox.message_view import Message, buttons
from sandbox.panel import Panel, open_panel
from sandbox.tour.guide import Guide, Step, job_of

CHANNEL = "news"
FERRY = "a ferry at night --ar 4:1"


async def review_results(guide: Guide) -> None:
    """Everything waits for a moderator, until that is switched off again."""
    panel = await set_up(guide)
    first, second = [await wait_for_moderator(guide, f"{FERRY} --seed {seed}") for seed in (3, 4)]

    message = await asked(guide, first)
    guide.show(message)
    await guide.pixels(message, "in-review")
    await guide.click(message, "Approve", user="mia")
    result = await guide.result(first)
    guide.show(result)
    guide.holds("nothing of it is left in the review channel", message, await is_closed(guide, message))

    message = await asked(guide, second)
    reject = await guide.open(message, "Reject", user="mia")
    await guide.send(reject, prompt="No ferries, please", choice="back")
    card = await guide.with_text(second, "No ferries, please")
    guide.show(card)
    guide.holds("its author reads that the units are back", card["content"], "given back" in card["content"])

    panel = await panel.press("All results wait for a moderator")
    guide.same("nothing waits any more", panel.is_on, set())


async def set_up(guide: Guide) -> Panel:
    """Choose the review channel, and let all results wait."""
    panel = await (await open_panel(guide, "easel setup", user="mia")).choose("page", "review")
    channel = next(str(one.id) for one in guide.sandbox.discord.state.channels.values() if one.name == CHANNEL)
    panel = await panel.pick("reviewchannel", [channel])
    panel = await panel.press("All results wait for a moderator")
    guide.show(panel.message)
    return panel


async def wait_for_moderator(guide: Guide, prompt: str) -> Message:
    """Ask for a picture, and see its card wait."""
    card = await guide.slash("imagine", {"prompt": prompt})
    waiting = await guide.with_text(card, "(Waiting for a moderator)")
    guide.same("its card shows no picture", waiting["attachments"], [])
    return card


async def asked(guide: Guide, card: Message) -> Message:
    """The message in the review channel that asks about a card's job."""
    job = job_of(card)

    def seen() -> Message | None:
        return next((m for m in guide.messages(CHANNEL, "mia") if f":{job}" in str(buttons(m))), None)

    return await guide.eventually(seen, "the picture before the moderators")


async def is_closed(guide: Guide, message: Message) -> bool:
    """Wait until a message in the review channel is nothing but a line."""

    def closed() -> bool:
        now = guide.now(message, user="mia")
        return now is not None and not now["attachments"] and not buttons(now)

    return await guide.eventually(closed, "the decision in the review channel")


MODERATORS = (Step("Review", review_results),)
