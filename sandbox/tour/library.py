"""The tour's part about what was made: found again, kept, shown on a wall, made by the file, and taken away."""

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import aiohttp

from sandbox.message_view import Message, buttons, faces, words
from sandbox.panel import Panel, open_panel
from sandbox.tour.browser import browser_page
from sandbox.tour.guide import Guide, Step, job_of
from sandbox.tour.jobs import make

if TYPE_CHECKING:
    from playwright.async_api import Page

FOX, KITE, OWL = "a fox beside a brook", "a kite over a field", "an owl on a branch"
PRIMARY = 1  # the style of a star that is given
WALL = "news"


async def search_history(guide: Guide) -> None:
    """A picture of many is found by two words and by its star, and shown to everybody once more."""
    guide.kept["fox"] = await make(guide, FOX)
    found = await open_panel(guide, "history", {"search": "fox brook"})
    guide.same("it is found by its words", prompts_in(found), [FOX])
    await found.click("⭐")
    await found.shows(lambda now: any(button["style"] == PRIMARY for button in buttons(now.message)))
    starred = await open_panel(guide, "history", {"favourites": True})
    guide.show(starred.message)
    guide.holds("it is among the favourites", prompts_in(starred), FOX in prompts_in(starred))
    offered = await guide.suggestions("show", "id", "brook")
    guide.holds("/show suggests it without an id", offered[0], FOX in offered[0])


async def look_into_gallery(guide: Guide) -> None:
    """All that Ana made, in the browser: searched, looked at, sorted, run anew, taken along, removed."""
    kite = await make(guide, KITE)
    answer = await guide.slash("gallery")
    url = next(button["url"] for button in buttons(answer) if button.get("url"))
    async with browser_page(1280, 800) as page:
        if page is None:
            guide.transcript.act("no gallery: Chromium and playwright are needed for it")
            return
        await page.goto(url)
        await page.locator(".tile img").first.wait_for()
        for image in await page.locator(".tile img").all():
            await image.evaluate("(one) => one.decode()")
        guide.transcript.picture("gallery.png", await page.screenshot())
        await collect(guide, page)
        await take_along(guide, page)
        await remove(guide, page, kite)


async def collect(guide: Guide, page: "Page") -> None:
    """Look at one picture, and put it into a new collection."""
    await page.get_by_role("searchbox").fill("fox brook")
    tile = page.locator(".tile", has_text=FOX)
    await tile.click()
    await page.get_by_role("button", name="Add to a collection…").click()
    await page.get_by_role("button", name="New collection…").click()
    await page.locator("#naming-name").fill("Foxes")
    await page.get_by_role("button", name="Save").click()
    await page.locator("#sets-said", has_text="Added").wait_for()
    await page.get_by_role("button", name="Done").click()
    await page.locator("#shown img").wait_for()
    guide.transcript.picture("gallery-picture.png", await page.screenshot())
    said = await page.locator("#prompt").inner_text()
    guide.same("the prompt stands beside it", said, FOX)
    await page.get_by_role("button", name="Close").click()
    await page.locator("#collection").select_option(label="Foxes · 1")
    await page.locator(".tile").nth(1).wait_for(state="detached")
    guide.transcript.fact("the collection holds it alone")
    await page.locator("#collection").select_option(value="")


async def take_along(guide: Guide, page: "Page") -> None:
    """Take a choice along as one ZIP."""
    await page.get_by_role("button", name="Choose").click()
    await page.locator(".tile").first.click()
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download as ZIP").click()
    with zipfile.ZipFile(await (await waiting.value).path()) as archive:
        names = archive.namelist()
    is_whole = len(names) == 2 and names[-1] == "manifest.csv"
    guide.holds("the ZIP has the picture and a list", names, is_whole)


async def remove(guide: Guide, page: "Page", kite: Message) -> None:
    """Remove a picture; its message goes, too."""
    await page.get_by_role("searchbox").fill("kite field")
    await page.locator(".tile", has_text=KITE).first.click()
    await page.get_by_role("button", name="Remove…").click()
    await page.locator("#sure").get_by_role("button", name="Remove", exact=True).click()
    await guide.eventually(lambda: guide.now(kite) is None, "the message gone")
    guide.transcript.fact("its message has gone")
    found = await open_panel(guide, "history", {"search": "kite field"})
    guide.same("history has it no more", prompts_in(found), [])


async def shine_on_wall(guide: Guide) -> None:
    """Two stars bring a picture to the server's wall, once; it goes when its author removes it."""
    await guide.slash("easel wall", {"channel": WALL, "stars": 2}, user="mia")
    grid = await make(guide, OWL)
    name = f"wall-{job_of(grid)}."

    def shown() -> list[Message]:
        return [one for one in guide.messages(WALL) if any(name in file["filename"] for file in one["attachments"])]

    for user in ("ben", "mia"):
        await guide.react(user, grid, "⭐")
    (post,) = await guide.eventually(shown, "the picture on the wall")
    guide.show(post)
    await guide.pixels(post, "wall")
    guide.holds("it names its author", post["content"], "<@" in post["content"] and "⭐ 2" in post["content"])
    await guide.react("ana", grid, "⭐")
    starred = await open_panel(guide, "history", {"favourites": True, "search": "owl"})
    guide.same("one more star is kept, and posts nothing more", (prompts_in(starred), len(shown())), ([OWL], 1))
    await guide.use_menu(grid, "Remove")
    await guide.eventually(lambda: not shown(), "nothing on the wall")
    guide.transcript.fact("it has gone from the wall, with its message")
    await guide.slash("easel wall", user="mia")


async def run_batch(guide: Guide) -> None:
    """A file of prompts: checked, started, paused, resumed, taken away; and one that is stopped."""
    things = ("a horn", "a bell", "a gong", "a fife", "a drum --quux 7")
    question = await batch(guide, *(f"{thing} in brass" for thing in things))
    guide.holds("a line that cannot be is left out", question["content"], "Left out: 1 line" in question["content"])
    card = await begun(guide, question, 4)
    await guide.press(card, "Pause")
    paused = await guide.with_text(card, "Paused. 0 running, 1 waiting.")
    guide.show(paused)
    guide.same("what waited was not sent", len(sent(guide)), 3)
    await guide.press(paused, "Resume")
    ping = await guide.eventually(lambda: containing(guide, "All 4 are ready."), "the ping")
    guide.show(ping)
    guide.same("each line was paid once", sorted(sent(guide)), sorted({*sent(guide)}))
    answer = await guide.whole_answer(await guide.click(ping, "Download all"))
    link = re.search(r"<(http[^>]+)>", answer["content"])
    guide.holds("the ZIP has a link", answer["content"], link is not None)
    async with aiohttp.ClientSession() as session, session.get(link[1] if link else "") as response:
        names = zipfile.ZipFile(io.BytesIO(await response.read())).namelist()
    guide.same("the ZIP has the pictures and a list", {name.rpartition(".")[2] for name in names}, {"png", "csv"})

    card = await begun(guide, await batch(guide, "a tin cup", "a tin can"), 2)
    await guide.press(card, "Cancel the rest")
    stopped = await guide.eventually(lambda: without_cancel(guide, card), "the card without its buttons")
    guide.show(stopped)


async def batch(guide: Guide, *prompts: str) -> Message:
    """What is asked about a file of prompts."""
    data = "prompt,params\n" + "".join(f"{prompt},--ar 1:1\n" for prompt in prompts)
    upload = guide.upload("prompts.csv", data.encode())
    guide.transcript.act(f"Ana types /batch with a file of {len(prompts)} lines")
    question = await guide.whole_answer(await guide.actor.slash("ana", "studio", "batch", {"file": upload}))
    guide.show(question)
    return question


async def begun(guide: Guide, question: Message, count: int) -> Message:
    """The card of a batch, once it was started."""
    start = next(label for row in faces(question) for label in row if label.startswith("Start"))
    known = {message["id"] for message in guide.messages()}
    await guide.click(question, start)

    def card() -> Message | None:
        fresh = (one for one in guide.messages() if one["id"] not in known)
        return next((one for one in fresh if f"/{count})" in one["content"]), None)

    return await guide.eventually(card, "the card of the batch")


def containing(guide: Guide, text: str) -> Message | None:
    """The newest message of the studio with a text in it."""
    return next((one for one in reversed(guide.messages()) if text in one["content"]), None)


def sent(guide: Guide) -> list[str]:
    """The batch's prompts, as often as the relay was asked for each."""
    return [body["prompt"] for body in guide.bodies("/mj/submit/imagine") if "in brass" in body["prompt"]]


def without_cancel(guide: Guide, card: Message) -> Message | None:
    """The card once nothing of it can be stopped any more."""
    now = guide.now(card)
    return now if now is not None and "Cancel the rest" not in str(faces(now)) else None


async def export_data(guide: Guide) -> None:
    """All that is kept of Ana, to take along."""
    panel = await open_panel(guide, "privacy")
    guide.show(panel.message)
    answer = await guide.whole_answer(await panel.click("Export my data"))
    with zipfile.ZipFile(io.BytesIO(await exported(guide, answer))) as archive:
        data = json.loads(archive.read("data.json"))
        pictures = [name for name in archive.namelist() if name.startswith("pictures/")]
    guide.holds("so are her pictures", len(pictures), bool(pictures))
    kept = [job["request"].get("prompt") for job in data["jobs"]]
    guide.holds("her prompts are in it", len(kept), FOX in kept)
    named = [one["name"] for one in data["collections"]]
    guide.holds("so is what she starred", len(data["favourites"]), bool(data["favourites"]))
    guide.transcript.fact(f"collections in it: {', '.join(named) or 'none'}")
    removed = [prompt for prompt in kept if prompt and KITE in prompt]
    guide.same("what she removed is not", removed, [])


async def exported(guide: Guide, answer: Message) -> bytes:
    """The export behind its link, or where it fits into a direct message, from there."""
    if (link := re.search(r"<(http\S+/export/\S+)>", answer["content"])) is None:
        sent = [one for one in guide.messages("dm", "ana") if "easel.zip" in str(one["attachments"])]
        return await guide.download(sent[-1])
    async with aiohttp.ClientSession() as session, session.get(link[1]) as response:
        return await response.read()


def prompts_in(panel: Panel) -> list[str]:
    """The prompts on a page of history."""
    return re.findall(r"^\*\*(.+)\*\*$", "\n".join(words(panel.message)), re.MULTILINE)


LIBRARY = (
    Step("History, searched and starred", search_history),
    Step("The gallery in the browser", look_into_gallery),
    Step("The wall", shine_on_wall),
    Step("A batch of prompts", run_batch),
    Step("One's data to take along", export_data),
)
