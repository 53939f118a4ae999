"""The tour's part about texts: what describe and shorten say, and what their lines become."""

from sandbox.message_view import faces
from sandbox.relay.profiles import Profile
from sandbox.tour.guide import Guide, Step, presses, serves
from sandbox.tour.jobs import follow
from sandbox.tour.not_offered import refused_command, refused_press

KEYCAPS = [f"{number}\ufe0f\u20e3" for number in range(1, 6)]
LONG = "a very beautiful and quite tall red lighthouse over the stormy sea at night"
SHORTENS = serves("/mj/submit/shorten")


async def describe(guide: Guide) -> None:
    """A picture becomes four prompts."""
    card = await guide.answer(await guide.use_menu(guide.kept["single"], "Describe"))
    described = guide.kept["described"] = await guide.result(card)
    guide.show(described)
    text = str(described["embeds"][0]["description"])
    guide.holds("it has four prompts", text, all(number in text for number in KEYCAPS[:4]))
    again = ["🔄"] if guide.relay.profile.lists_buttons else []
    guide.same("it has the official buttons", faces(described), [[*KEYCAPS[:4], *again], ["Imagine all"]])


async def pick_line(guide: Guide) -> None:
    """One of the prompts is changed and painted."""
    modal = await guide.open(guide.kept["described"], KEYCAPS[1])
    guide.holds("the second prompt stands in the modal", modal.text, "--ar" in modal.text)
    picked = await guide.result(await guide.submit(modal, prompt=f"{modal.text} at dawn"))
    guide.holds("what was typed is painted", picked["content"], "at dawn" in picked["content"])
    guide.holds("by the relay, too", "another", "at dawn" in guide.relay.tasks()[-1]["prompt"])
    await guide.pixels(picked, "picked")


async def describe_again(guide: Guide) -> None:
    """Other prompts for the same picture."""
    again = await guide.result(await guide.press(guide.kept["described"], "🔄"))
    guide.show(again)
    guide.same("it has the same buttons", faces(again), faces(guide.kept["described"]))


async def imagine_all(guide: Guide) -> None:
    """All four prompts at once."""
    question = await guide.press(guide.kept["described"], "Imagine all")
    guide.holds("four jobs are confirmed first", question["content"], "4 jobs" in question["content"])
    before = len(guide.relay.tasks())
    await guide.result(await guide.press(question, "Imagine all"))
    await guide.eventually(lambda: len(guide.relay.tasks()) == before + 4, "four new tasks")
    guide.transcript.fact("four jobs were sent")


async def shorten(guide: Guide) -> None:
    """Which words of a prompt count."""
    shortened = guide.kept["shortened"] = await guide.result(await guide.slash("shorten", {"prompt": LONG}))
    guide.show(shortened)
    guide.same("it has the official buttons", faces(shortened), [KEYCAPS, ["Show Details"]])


async def pick_shorter(guide: Guide) -> None:
    """One of the shorter prompts is painted."""
    modal = await guide.open(guide.kept["shortened"], KEYCAPS[2])
    guide.holds("the third prompt is shorter", modal.text, 0 < len(modal.text) < len(LONG))
    picked = await guide.result(await guide.submit(modal, prompt=modal.text))
    guide.show(picked)
    guide.holds("the shorter one is painted", "another", modal.text in guide.relay.tasks()[-1]["prompt"])


async def show_details(guide: Guide) -> None:
    """The weights of the words."""
    await follow(guide, guide.kept["shortened"], "Show Details")


def weighs(profile: Profile) -> bool:
    """Whether a family shortens prompts and passes the weights on."""
    return SHORTENS(profile) and presses("promptanalyzerextended")(profile)


async def see_no_details(guide: Guide) -> str:
    """No weights, or nothing at all to weigh."""
    if SHORTENS(guide.relay.profile):
        return await refused_press("shortened", "Show Details")(guide)
    return await see_no_shorten(guide)


see_no_shorten = refused_command("shorten", prompt=LONG)

TEXTS = (
    Step("Describe", describe, "/describe"),
    Step("A line of a description", pick_line, "1️⃣ of /describe"),
    Step("Describe again", describe_again, "🔄 of /describe", presses("picread"), refused_press("described", "🔄")),
    Step("Imagine all", imagine_all, "Imagine all"),
    Step("Shorten", shorten, "/shorten", SHORTENS, see_no_shorten),
    Step("A shorter prompt", pick_shorter, "1️⃣ of /shorten", SHORTENS, see_no_shorten),
    Step("The weights of the words", show_details, "Show Details", weighs, see_no_details),
)
