"""The tour's part about one's own ways: suffix, options, settings panel, prompt builder, info and history."""

from sandbox.message_view import Message, buttons, face, is_private, words
from sandbox.tour.guide import Guide, Step

GREEN = 3
HERON = "a heron in the reeds"


async def speak_own_language(guide: Guide) -> None:
    """A suffix stands behind every prompt, and an option stands for a text; what is typed counts first."""
    said = await guide.command("ana", "studio", "prefer suffix", text="--chaos 5")
    guide.holds("it is remembered, privately", said["content"], is_private(said) and "--chaos 5" in said["content"])
    await guide.command("ana", "studio", "prefer option set", option="mine", value="in thick oil paint --ar 3:2")
    listed = await guide.command("ana", "studio", "prefer option list")
    guide.holds("the option is listed", listed["content"], "--mine" in listed["content"])

    painted = await imagine(guide, f"{HERON} --mine", sent=f"{HERON} in thick oil paint --ar 3:2 --chaos 5")
    await guide.pixels(painted, "own-language")
    await imagine(guide, f"{HERON} --chaos 50", sent=f"{HERON} --chaos 50")

    await guide.command("ana", "studio", "prefer suffix")
    await guide.command("ana", "studio", "prefer option set", option="mine")


async def change_settings(guide: Guide) -> None:
    """The settings panel writes parameters into every prompt; typed ones beat them."""
    panel = await guide.command("ana", "studio", "settings")
    guide.holds("it is private", panel["flags"], is_private(panel))
    for label in ("Fast mode", "Midjourney 6.1", "Stylize high", "Low Variation Mode"):
        if label not in green(panel):
            panel = await guide.turn("ana", panel, label)
    guide.same("what is on is green", green(panel), {"Fast mode", "Stylize high", "Low Variation Mode"})
    guide.show(panel)

    grid = await imagine(guide, HERON, sent=f"{HERON} --v 6.1 --stylize 250")
    near = await guide.result(await guide.press("ana", grid, "V1"))
    guide.holds("a variation stays near", near["content"], "Variations (Subtle) by" in near["content"])
    await imagine(guide, f"{HERON} --v 7", sent=f"{HERON} --v 7 --stylize 250")
    panel = await guide.turn("ana", panel, "Reset Settings")
    guide.same("nothing is left", green(panel), {"Fast mode"})


async def build_prompt(guide: Guide) -> None:
    """The prompt builder, from empty to a picture."""
    panel = await guide.command("ana", "studio", "build")
    panel = await guide.write("ana", panel, "Text...", HERON)
    for label in ("Shape: 3:2 (landscape)", "Midjourney 7", "Chaos: 10 (a little)"):
        panel = await guide.turn("ana", panel, label)
    panel = await guide.write("ana", panel, "Leave out...", "people, boats")
    guide.show(panel)

    built = f"{HERON} --ar 3:2 --v 7 --chaos 10 --no people, boats"
    guide.holds("the prompt stands there", words(panel), f"**{built}**" in words(panel)[0])
    picture = await guide.result(await guide.press("ana", panel, "Imagine"))
    guide.show(picture)
    await guide.pixels(picture, "built")
    guide.same("it was sent so", guide.requests("/mj/submit/imagine")[-1]["prompt"], built)


async def look_back(guide: Guide) -> None:
    """How Ana stands, and what she has made."""
    info = await guide.command("ana", "studio", "info")
    told = info["embeds"][0]["description"]
    guide.holds("her units are told, privately", told, is_private(info) and "**Units used today**" in told)
    history = await guide.command("ana", "studio", "history")
    newest = words(history)[0].split("\n")[1]
    guide.holds("the newest picture stands first", newest, HERON in newest and "/channels/" in newest)
    older = await guide.turn("ana", history, "Older")
    guide.holds("there is another page", words(older), newest not in words(older)[0])


PERSONAL = (
    Step("A suffix, and an option of one's own", speak_own_language),
    Step("The settings panel", change_settings),
    Step("The prompt builder", build_prompt),
    Step("Info and history", look_back),
)


async def imagine(guide: Guide, prompt: str, *, sent: str) -> Message:
    """A grid of Ana's, whose prompt reached the relay as it should."""
    grid = await guide.result(await guide.command("ana", "studio", "imagine", prompt=prompt))
    guide.show(grid)
    guide.same("the whole prompt was sent", guide.requests("/mj/submit/imagine")[-1]["prompt"], sent)
    return grid


def green(panel: Message) -> set[str]:
    """The buttons of a panel that are on."""
    return {face(button) for button in buttons(panel) if button["style"] == GREEN}
