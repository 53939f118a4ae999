"""The tour's second half: every other operation of the relay, from Discord."""

import base64
import io

from PIL import Image, ImageChops, ImageDraw

from sandbox.driver import ExpectationError
from sandbox.message_view import Message, buttons, cell, face, faces, is_private
from sandbox.panel import Panel
from sandbox.tour.browser import browser_page
from sandbox.tour.guide import Guide, Step, likeness

BOAT = "a paper boat on a lake"
KEYCAPS = [f"{number}\ufe0f\u20e3" for number in range(1, 6)]


async def choose_speed(guide: Guide) -> None:
    """Ana works in turbo mode from now on; a flag in a prompt still counts first."""
    answer = await guide.slash("turbo")
    guide.holds("it is remembered, privately", answer["content"], is_private(answer) and "turbo" in answer["content"])

    grid = await make(guide, BOAT)
    guide.holds("the next job is fast no more", grid["content"], grid["content"].endswith("(turbo)"))
    relaxed = await make(guide, "a slow river --relax --sandbox-late")
    guide.holds("a flag wins and is taken out", relaxed["content"], "--relax" not in relaxed["content"])
    guide.holds("it runs relaxed", relaxed["content"], relaxed["content"].endswith("(relaxed)"))
    guide.kept["boat"] = grid
    guide.kept["single"] = await follow(guide, grid, "U1")


async def go_by_pictures(guide: Guide) -> None:
    """Pictures to go by travel with the prompt; one for a style becomes a link behind --sref."""
    red = guide.upload("red.png", Image.new("RGB", (320, 240), "firebrick"))
    card = await guide.slash("imagine", {"prompt": "a warm evening", "image1": red, "style_reference": red})
    picture = await guide.result(card)
    await guide.pixels(picture, "by-pictures")

    sent = guide.bodies("/mj/submit/imagine")[-1]
    guide.same("one picture went along", len(sent["base64Array"]), 1)
    guide.holds("the style is a link", sent["prompt"], "--sref http" in sent["prompt"])

    modal = await guide.modal_of(await guide.use_menu(guide.kept["boat"], "Use as image prompt"))
    used = await guide.result(await guide.submit(modal, prompt="the same lake in winter"))
    guide.show(used)
    await guide.pixels(used, "image-prompt")


async def blend(guide: Guide) -> None:
    """Two pictures become four mixtures."""
    first, second = (guide.upload(f"{name}.png", sign(name)) for name in ("gold", "navy"))
    card = await guide.slash("blend", {"image1": first, "image2": second, "dimensions": "LANDSCAPE"})
    mixed = await guide.result(card)
    guide.show(mixed)

    picture = await guide.pixels(mixed, "blend")
    guide.holds("it is wider than high", picture.size, picture.width > picture.height)
    guide.same("the relay got two pictures", len(guide.bodies("/mj/submit/blend")[-1]["base64Array"]), 2)


async def describe(guide: Guide) -> None:
    """A picture becomes four prompts; one is picked, then all."""
    card = await guide.answer(await guide.use_menu(guide.kept["single"], "Describe"))
    described = await guide.result(card)
    guide.show(described)
    guide.same("it has the official buttons", faces(described), [[*KEYCAPS[:4], "🔄"], ["Imagine all"]])

    modal = await guide.open(described, KEYCAPS[1])
    guide.holds("the second prompt stands in the modal", modal.text, "--ar" in modal.text)
    picked = await guide.result(await guide.submit(modal, prompt=f"{modal.text} at dawn"))
    guide.holds("what was typed is painted", picked["content"], "at dawn" in picked["content"])
    await guide.pixels(picked, "picked")

    question = await guide.press(described, "Imagine all")
    guide.holds("four jobs are confirmed first", question["content"], "4 jobs" in question["content"])
    before = len(guide.relay.tasks())
    await guide.result(await guide.press(question, "Imagine all"))
    await guide.eventually(lambda: len(guide.relay.tasks()) == before + 4, "four new tasks")
    guide.transcript.fact("four jobs were sent")


async def shorten(guide: Guide) -> None:
    """Which words of a prompt count."""
    prompt = "a very beautiful and quite tall red lighthouse over the stormy sea at night"
    shortened = await guide.result(await guide.slash("shorten", {"prompt": prompt}))
    guide.show(shortened)
    guide.same("it has the official buttons", faces(shortened), [KEYCAPS, ["Show Details"]])

    details = await guide.result(await guide.press(shortened, "Show Details"))
    guide.show(details)
    modal = await guide.open(shortened, KEYCAPS[2])
    guide.holds("the third prompt is shorter", modal.text, 0 < len(modal.text) < len(prompt))


async def press_everything(guide: Guide) -> None:
    """The buttons of a single picture that need no modal."""
    single = guide.kept["single"]
    whole = await guide.pixels(single)
    zoomed = await guide.pixels(await follow(guide, single, "Zoom Out 2x"), "zoom")
    inner = cell(zoomed, 1)
    quarter = inner.crop((inner.width // 4, inner.height // 4, inner.width * 3 // 4, inner.height * 3 // 4))
    closeness = likeness(whole, quarter)
    guide.holds("the zoom has the picture in its middle", f"{closeness:.0%} alike", closeness > 0.7)

    panned = cell(await guide.pixels(await follow(guide, single, "➡️"), "pan"), 1)
    guide.holds("the pan is wider", panned.size, panned.width * whole.height > whole.width * panned.height)
    large = await guide.pixels(await follow(guide, single, "Upscale (Subtle)"), "upscale")
    guide.same("the upscale is twice as large", large.size, (whole.width * 2, whole.height * 2))
    await guide.pixels(await follow(guide, single, "Vary (Subtle)"), "vary")
    await guide.pixels(await follow(guide, single, "Animate (Low motion)"), "animate")


async def custom_zoom(guide: Guide) -> None:
    """A modal; what cannot be is refused with the text kept."""
    modal = await guide.open(guide.kept["single"], "Custom Zoom")
    guide.same("the modal suggests a zoom", modal.text, f"{BOAT} --zoom 2")
    refusal = await guide.submit(modal, prompt=f"{BOAT} --zoom 3")
    guide.holds("3 is too much", refusal["content"], "between 1 and 2" in refusal["content"])

    again = await guide.open(refusal, "Open again")
    guide.same("the text was kept", again.text, f"{BOAT} --zoom 3")
    zoomed = await guide.result(await guide.submit(again, prompt=f"{BOAT} --zoom 1.5"))
    guide.show(zoomed)
    await guide.pixels(zoomed, "custom-zoom")


async def region_by_cells(guide: Guide) -> None:
    """Cells of the picture are chosen and repainted; the rest stays."""
    panel = await region_panel(guide)
    for number in ("1", "2"):
        panel = (await Panel(guide, panel).press(number)).message
    modal = await guide.open(panel, "Repaint...")
    repainted = await guide.result(await guide.submit(modal, prompt="a storm cloud"))
    guide.show(repainted)
    await check_repaint(guide, repainted, "region-cells")


async def region_by_mask(guide: Guide) -> None:
    """A mask of one's own; one that is all white is asked about before it costs anything."""
    panel = await region_panel(guide)
    size = (await guide.pixels(guide.kept["single"])).size
    everything = guide.upload("white.png", Image.new("L", size, 255))
    before = len(guide.relay.tasks())
    await guide.submit(await guide.open(panel, "Upload a mask..."), prompt="a storm", file=[everything])
    doubt = await guide.told("all white")
    guide.show(doubt)
    guide.same("nothing was sent yet", len(guide.relay.tasks()), before)

    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((size[0] // 3, size[1] // 3, size[0] * 2 // 3, size[1] * 2 // 3), fill=255)
    modal = await guide.open(panel, "Upload a mask...")
    repainted = await guide.result(
        await guide.submit(modal, prompt="a red moon", file=[guide.upload("mask.png", mask)])
    )
    guide.show(repainted)
    await check_repaint(guide, repainted, "region-mask")


async def region_by_drawing(guide: Guide) -> None:
    """The region is drawn in the browser, behind a link that only its member sees."""
    panel = await region_panel(guide)
    url = next(button["url"] for button in buttons(panel) if face(button) == "Draw the region")
    seen = {message["id"] for message in guide.messages()}
    async with browser_page(1100, 900) as page:
        if page is None:
            guide.transcript.act("no drawing: Chromium and playwright are needed for it")
            return
        await page.goto(url)
        await page.wait_for_selector("#app:not([hidden])")
        box = await page.locator("#picture").bounding_box()
        if box is None:
            raise ExpectationError("expected a picture to draw on; seen: an empty page")
        left, top, width, height = (box[name] for name in ("x", "y", "width", "height"))
        await page.mouse.move(left + width * 0.3, top + height * 0.3)
        await page.mouse.down()
        await page.mouse.move(left + width * 0.7, top + height * 0.4, steps=8)
        await page.mouse.up()
        await page.fill("#prompt", "a flock of birds")
        guide.transcript.picture("drawing.png", await page.screenshot())
        await page.click("#repaint")
        await page.wait_for_selector("#card:not([hidden])")
    guide.transcript.act("Ana draws a stroke in the browser and presses Repaint")

    def new_card() -> Message | None:
        fresh = (m for m in guide.messages() if m["id"] not in seen)
        return next((m for m in fresh if ["Cancel Job"] in faces(m)), None)

    repainted = await guide.result(await guide.eventually(new_card, "the card of the drawing"))
    guide.show(repainted)
    await check_repaint(guide, repainted, "region-drawn")


async def remix(guide: Guide) -> None:
    """With remix on, a variation asks for its prompt first; off, a relay that asks is answered at once."""
    await guide.slash("prefer remix")
    modal = await guide.open(guide.kept["boat"], "V2")
    remixed = await guide.result(await guide.submit(modal, prompt="a paper swan on a lake"))
    guide.same("the relay painted the new prompt", guide.relay.tasks()[-1]["prompt"], "a paper swan on a lake")
    guide.holds("the message says so", remixed["content"], "a paper swan" in remixed["content"])
    await guide.pixels(remixed, "remix")
    await guide.slash("prefer remix")

    asking = await make(guide, "a paper crane --sandbox-remix")
    varied = await follow(guide, asking, "V1")
    guide.holds("nobody was asked", varied["content"], "a paper crane" in varied["content"])


async def without_buttons(guide: Guide) -> None:
    """A task without buttons gets ours; a reply presses them, too."""
    bare = await make(guide, "a bare tree --sandbox-bare")
    guide.same("they are the usual ones", faces(bare), [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]])
    await guide.pixels(await follow(guide, bare, "U3"), "change")
    guide.same("the older operation was used", guide.bodies("/mj/submit/change")[-1]["action"], "UPSCALE")

    before = len(guide.relay.tasks())
    await guide.say("ana", guide.kept["boat"], "V3")
    await guide.eventually(lambda: len(guide.relay.tasks()) == before + 1, "a task for the reply")
    guide.transcript.fact("a reply presses the button")


async def swap_face(guide: Guide) -> None:
    """The face of one picture on another."""
    source = guide.upload("face.png", sign("coral"))
    modal = await guide.modal_of(await guide.use_menu(guide.kept["single"], "Swap a face into this"))
    swapped = await guide.result(await guide.submit(modal, file=[source]))
    guide.show(swapped)
    await guide.pixels(swapped, "face-swap")


async def find_again(guide: Guide) -> None:
    """Seed and details, by menu and by reaction; an old job posted again; one removed."""
    boat = guide.kept["boat"]
    answer = await guide.answer(await guide.use_menu(boat, "Seed and details"))
    details = await guide.with_text(answer, "**seed**")
    guide.show(details)
    await guide.react("ana", boat, "✉️")
    await guide.eventually(
        lambda: [m for m in guide.messages("dm", "ana") if m["attachments"]], "the seed by direct message"
    )
    guide.transcript.fact("the envelope sends it by direct message, with the pictures")

    shown = await guide.slash("show", {"id": job_in(boat)})
    again = await guide.with_text(shown, BOAT)
    guide.same("its buttons live", faces(again), faces(boat))
    await guide.answer(await guide.use_menu(guide.kept["single"], "Remove", user="mia"))
    await guide.eventually(lambda: guide.now(guide.kept["single"]) is None, "the picture gone")
    guide.transcript.fact("a moderator removes a picture")


OPERATIONS = (
    Step("Speeds", choose_speed),
    Step("Pictures to go by", go_by_pictures),
    Step("Blend", blend),
    Step("Describe", describe),
    Step("Shorten", shorten),
    Step("The buttons of a single picture", press_everything),
    Step("Custom Zoom", custom_zoom),
    Step("Vary (Region) by cells", region_by_cells),
    Step("Vary (Region) by a mask", region_by_mask),
    Step("Vary (Region) by drawing", region_by_drawing),
    Step("Remix", remix),
    Step("A task without buttons, and a reply", without_buttons),
    Step("Face swap", swap_face),
    Step("Seed, show, remove", find_again),
)


async def make(guide: Guide, prompt: str) -> Message:
    """A grid of Ana's."""
    grid = await guide.result(await guide.slash("imagine", {"prompt": prompt}))
    guide.show(grid)
    return grid


async def follow(guide: Guide, message: Message, label: str) -> Message:
    """What comes of a button."""
    result = await guide.result(await guide.press(message, label))
    guide.show(result)
    return result


async def region_panel(guide: Guide) -> Message:
    """The private panel of Vary (Region)."""
    return await guide.with_text(await guide.press(guide.kept["single"], "Vary (Region)"), "cells")


async def check_repaint(guide: Guide, repainted: Message, name: str) -> None:
    """Outside the white of the mask that was sent, each of the four cells is the picture as it was."""
    whole, grid = await guide.pixels(guide.kept["single"]), await guide.pixels(repainted, name)
    data = guide.bodies("/mj/submit/modal")[-1]["maskBase64"].partition(",")[2]
    mask = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")
    guide.same("the mask has the picture's size", mask.size, whole.size)
    kept = Image.new("RGB", whole.size)
    for number in range(1, 5):
        outside = ImageChops.difference(whole, cell(grid, number))
        outside.paste(kept, mask=mask)
        guide.check(f"cell {number} is untouched outside the mask", outside.getbbox(), outside.getbbox() is None)
    guide.transcript.fact("outside the mask all four cells are as before")


def sign(colour: str) -> Image.Image:
    """A small picture to send: a disc of one colour."""
    image = Image.new("RGB", (360, 360), "ivory")
    ImageDraw.Draw(image).ellipse((60, 60, 300, 300), fill=colour)
    return image


def job_in(result: Message) -> str:
    """The id of the job that a result shows."""
    return str(result["attachments"][0]["filename"]).removeprefix("easel-").partition(".")[0]
