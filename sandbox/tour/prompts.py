"""The tour's part about prompts: asked about and put right before they cost anything, and several from one."""

from sandbox.message_view import Message, faces, is_private
from sandbox.tour.guide import Guide, Step


async def fix_typo(guide: Guide) -> None:
    """A mistyped parameter is pointed at, privately, before anything is spent."""
    before = len(guide.relay.tasks())
    question = await guide.slash("imagine", {"prompt": "a lantern --stylze 5000 --seed 7"})
    guide.holds("it is private", question["content"], is_private(question))
    guide.holds("it points at the place", question["content"], "__**--stylze**__" in question["content"])
    guide.same("it offers three ways on", faces(question), [["Fix and run", "Run as it is", "Edit"]])
    guide.same("nothing was sent yet", len(guide.relay.tasks()), before)

    await guide.press(question, "Fix and run")
    picture = await guide.result(await card_behind(guide, question))
    guide.show(picture)
    guide.holds("the fixed prompt ran", picture["content"], "a lantern --stylize 1000 --seed 7" in picture["content"])


async def edit_prompt(guide: Guide) -> None:
    """A doubtful prompt is changed in a modal."""
    question = await guide.slash("imagine", {"prompt": "a lantern by day --stylize 5000 --seed 7"})
    modal = await guide.open(question, "Edit")
    guide.same("the prompt stands in the modal", modal.text, "a lantern by day --stylize 5000 --seed 7")

    await guide.submit(modal, prompt="a lantern by day --stylize 500 --seed 7")
    picture = await guide.result(await card_behind(guide, question))
    guide.holds("the edited prompt ran", picture["content"], "--stylize 500 " in picture["content"])


async def slip(guide: Guide) -> None:
    """A plain slip is put right without a question, and shown."""
    card = await guide.slash("imagine", {"prompt": "a lantern at night —ar16:9 --seed 7"})
    note = await guide.told("Corrected:")
    guide.show(note)
    picture = await guide.result(card)
    guide.holds("it ran as it was meant", picture["content"], "--ar 16:9" in picture["content"])


async def options(guide: Guide) -> None:
    """Options of the command become parameters; recent prompts are suggested."""
    chosen: dict[str, str | int] = {"aspect": "3:2", "version": "7", "style": "raw", "stylize": 50, "chaos": 5}
    card = await guide.slash("imagine", {"prompt": "a lantern in snow", "no": "people", **chosen})
    picture = await guide.result(card)
    guide.show(picture)
    written = "a lantern in snow --ar 3:2 --style raw --stylize 50 --chaos 5 --no people --v 7"
    guide.holds("they stand in the prompt", picture["content"], written in picture["content"])

    recent = await guide.suggestions("imagine", "prompt", "in snow")
    guide.same("the prompt is suggested next time", recent, [written])


async def permute(guide: Guide) -> None:
    """Six pictures from one prompt: confirmed with their price, shown on one card, one ping at the end."""
    prompt = "a {red, blue, green} {cat, dog} in the rain --seed 7 --fast"
    question = await guide.slash("imagine", {"prompt": prompt})
    guide.holds("it says what that costs", question["content"], "6 jobs and cost 6 units" in question["content"])

    await guide.press(question, "Start all 6")
    card = await posted_behind(guide, question, "Cancel the rest")
    guide.show(card)
    last = await guide.eventually(lambda: next(iter(pings(guide, card)), None), "the last word")
    guide.show(last)
    guide.show(await guide.with_text(card, "(6/6)"))
    pictures = [message for message in replies(guide, card) if message["attachments"]]
    guide.same("six pictures stand under the card", len(pictures), 6)
    guide.same("none of them pinged", [message for message in pictures if message["mentions"]], [])
    guide.same("there was one ping", len(pings(guide, card)), 1)
    await guide.pixels(pictures[0], "permutation")


async def cancel_rest(guide: Guide) -> None:
    """What is left of several is stopped at once."""
    question = await guide.slash("imagine", {"prompt": "a slow snail --repeat 3 --sandbox-slow"})
    await guide.press(question, "Start all 3")
    card = await posted_behind(guide, question, "Cancel the rest")

    answer = await guide.press(card, "Cancel the rest")
    guide.holds("its author is told what that means", answer["content"], "Stopped 3." in answer["content"])
    guide.show(await guide.with_text(card, "3 stopped."))
    await guide.eventually(lambda: pings(guide, card), "the last word")


PROMPTS = (
    Step("A typo is asked about and fixed", fix_typo),
    Step("A doubtful prompt is edited", edit_prompt),
    Step("A plain slip is put right", slip),
    Step("Options instead of parameters", options),
    Step("Six pictures from one prompt", permute),
    Step("Cancel the rest", cancel_rest),
)


async def card_behind(guide: Guide, question: Message) -> Message:
    """The card of the job that the answer to a question started."""
    return await posted_behind(guide, question, "Cancel Job")


async def posted_behind(guide: Guide, question: Message, label: str) -> Message:
    """The first public message after a question that has this button."""
    return await guide.posted_after(
        question, lambda message: any(label in row for row in faces(message)), f"a message with {label}"
    )


def replies(guide: Guide, card: Message) -> list[Message]:
    """The messages that reply to a card."""
    everything = guide.messages()
    return [m for m in everything if (m.get("message_reference") or {}).get("message_id") == card["id"]]


def pings(guide: Guide, card: Message) -> list[Message]:
    """Those of them that ping."""
    return [message for message in replies(guide, card) if message["mentions"]]
