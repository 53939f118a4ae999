"""The tour's part about one's own ways: suffix, options, settings panel, prompt builder, info and history."""

from sandbox.message_view import Message, faces, is_private, words
from sandbox.panel import open_panel
from sandbox.tour.guide import Guide, Step

HERON = "a heron in the reeds"


async def speak_own_language(guide: Guide) -> None:
    """A suffix stands behind every prompt, and an option stands for a text; what is typed counts first."""
    said = await guide.slash("prefer suffix", {"text": "--chaos 5"})
    guide.holds("it is remembered, privately", said["content"], is_private(said) and "--chaos 5" in said["content"])
    await guide.slash("prefer option set", {"option": "mine", "value": "in thick oil paint --ar 3:2"})
    listed = await guide.slash("prefer option list")
    guide.holds("the option is listed", listed["content"], "--mine" in listed["content"])

    painted = await imagine(guide, f"{HERON} --mine", sent=f"{HERON} in thick oil paint --ar 3:2 --chaos 5")
    await guide.pixels(painted, "own-language")
    await imagine(guide, f"{HERON} --chaos 50", sent=f"{HERON} --chaos 50")

    await guide.slash("prefer suffix")
    await guide.slash("prefer option set", {"option": "mine"})


async def change_settings(guide: Guide) -> None:
    """The settings panel writes parameters into every prompt; typed ones beat them."""
    panel = await (await open_panel(guide, "settings")).choose("model", "v 6.1")
    for label in ("Fast mode", "Stylize high", "Low Variation Mode"):
        if label not in panel.is_on:
            panel = await panel.press(label)
    guide.same("what is on is green", panel.is_on, {"Fast mode", "Stylize high", "Low Variation Mode"})
    guide.show(panel.message)

    grid = await imagine(guide, HERON, sent=f"{HERON} --v 6.1 --stylize 250")
    near = await guide.result(await guide.press(grid, "V1"))
    guide.holds("a variation stays near", near["content"], "Variations (Subtle) by" in near["content"])
    await imagine(guide, f"{HERON} --v 7", sent=f"{HERON} --v 7 --stylize 250")
    panel = await panel.press("Reset Settings")
    guide.same("nothing is left", panel.is_on, {"Fast mode"})


async def build_prompt(guide: Guide) -> None:
    """The prompt builder, from empty to a picture."""
    panel = await (await open_panel(guide, "build")).write("Prompt…", HERON)
    for menu, value in (("aspect", "3:2"), ("model", "v 7"), ("chaos", "10")):
        panel = await panel.choose(menu, value)
    panel = await panel.write("Leave out…", "people, boats")
    guide.show(panel.message)

    built = f"{HERON} --ar 3:2 --v 7 --chaos 10 --no people, boats"
    guide.holds("the prompt stands there", panel.text, f"**{built}**" in panel.text)
    picture = await guide.result(await guide.press(panel.message, "Imagine"))
    guide.show(picture)
    await guide.pixels(picture, "built")
    guide.same("it was sent so", guide.bodies("/mj/submit/imagine")[-1]["prompt"], built)


async def look_back(guide: Guide) -> None:
    """How Ana stands, and what she has made."""
    info = await guide.slash("info")
    told = info["embeds"][0]["description"]
    guide.holds("her units are told, privately", told, is_private(info) and "**Units used today**" in told)
    await guide.slash("usage")
    usage = await guide.told("Units today: **")
    guide.holds("her spending is a chart, described", usage["content"], bool(usage["attachments"][0]["description"]))
    history = await open_panel(guide, "history")
    newest = words(history.message)[1]
    guide.holds("the newest picture stands first", newest, HERON in newest and "/channels/" in newest)
    guide.show(history.message)
    await history.click("Older")
    older = await history.shows(lambda now: words(now.message)[1] != newest)
    guide.holds("there is another page", older.text, newest not in older.text)
    found = await open_panel(guide, "history", {"search": HERON, "kind": "picture"})
    guide.holds("it is found by its words", found.text, HERON in found.text)


async def get_pictures_directly(guide: Guide) -> None:
    """A picture also comes by direct message, with the way to where it stands."""
    said = await guide.slash("prefer auto_dm")
    guide.holds(
        "it is on, and told privately", said["content"], is_private(said) and "also come to you" in said["content"]
    )
    grid = await guide.result(await guide.slash("imagine", {"prompt": HERON}))

    def sent() -> Message | None:
        return next((one for one in guide.messages("dm-ana") if grid["id"] in one["content"]), None)

    copy = await guide.eventually(sent, "the copy")
    guide.show(copy)
    guide.same("it has the same buttons", faces(copy), faces(grid))
    await guide.slash("prefer auto_dm")


async def keep_to_oneself(guide: Guide) -> None:
    """A private picture is seen by its author alone; a spoiler is covered."""
    card = await guide.slash("imagine", {"prompt": HERON, "private": True})
    guide.holds("the card is private", card["content"], is_private(card))
    grid = await guide.result(card)
    guide.show(grid)
    guide.same("the card became the result", grid["id"], card["id"])
    seen = [one for one in guide.messages(user="ben") if one["id"] == grid["id"]]
    guide.same("nobody else sees it", seen, [])

    covered = await guide.result(await guide.slash("imagine", {"prompt": HERON, "spoiler": True}))
    name = covered["attachments"][0]["filename"]
    guide.holds("a spoiler is covered", name, name.startswith("SPOILER_"))


PERSONAL = (
    Step("A suffix, and an option of one's own", speak_own_language),
    Step("The settings panel", change_settings),
    Step("The prompt builder", build_prompt),
    Step("Info and history", look_back),
    Step("Pictures by direct message", get_pictures_directly),
    Step("Private pictures, and spoilers", keep_to_oneself),
)


async def imagine(guide: Guide, prompt: str, *, sent: str) -> Message:
    """A grid of Ana's, whose prompt reached the relay as it should."""
    grid = await guide.result(await guide.slash("imagine", {"prompt": prompt}))
    guide.show(grid)
    guide.same("the whole prompt was sent", guide.bodies("/mj/submit/imagine")[-1]["prompt"], sent)
    return grid
