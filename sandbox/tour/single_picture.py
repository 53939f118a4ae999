"""The tour's part about one picture: its buttons, its modals, and what is painted anew in it."""

import base64
import io

from PIL import Image, ImageChops, ImageDraw

from sandbox.driver import ExpectationError
from sandbox.message_view import Message, buttons, cell, face, faces
from sandbox.panel import Panel
from sandbox.tour.browser import browser_page
from sandbox.tour.guide import Guide, Step, likeness, presses
from sandbox.tour.jobs import follow, make
from sandbox.tour.not_offered import missing_button
from sandbox.tour.operations import BOAT


async def zoom(guide: Guide) -> None:
    """The picture with more around it."""
    single = guide.kept["single"]
    whole, zoomed = await guide.pixels(single), await guide.pixels(await follow(guide, single, "Zoom Out 2x"), "zoom")
    inner = cell(zoomed, 1)
    quarter = inner.crop((inner.width // 4, inner.height // 4, inner.width * 3 // 4, inner.height * 3 // 4))
    closeness = likeness(whole, quarter)
    guide.holds("the zoom has the picture in its middle", f"{closeness:.0%} alike", closeness > 0.7)


async def pan(guide: Guide) -> None:
    """The picture goes on to its right."""
    single = guide.kept["single"]
    whole, panned = await guide.pixels(single), cell(await guide.pixels(await follow(guide, single, "➡️"), "pan"), 1)
    guide.holds("the pan is wider", panned.size, panned.width * whole.height > whole.width * panned.height)


async def upscale(guide: Guide) -> None:
    """The same picture, larger."""
    single = guide.kept["single"]
    whole = await guide.pixels(single)
    large = await guide.pixels(await follow(guide, single, "Upscale (Subtle)"), "upscale")
    guide.same("the upscale is twice as large", large.size, (whole.width * 2, whole.height * 2))


async def vary(guide: Guide) -> None:
    """Four pictures that are near to it."""
    await guide.pixels(await follow(guide, guide.kept["single"], "Vary (Subtle)"), "vary")


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
    modal = await guide.open(panel, "Repaint…")
    repainted = await guide.result(await guide.submit(modal, prompt="a storm cloud"))
    guide.show(repainted)
    await check_repaint(guide, repainted, "region-cells")


async def region_by_mask(guide: Guide) -> None:
    """A mask of one's own; one that is all white is asked about before it costs anything."""
    panel = await region_panel(guide)
    size = (await guide.pixels(guide.kept["single"])).size
    everything = guide.upload("white.png", Image.new("L", size, 255))
    before = len(guide.relay.tasks())
    await guide.submit(await guide.open(panel, "Upload a mask…"), prompt="a storm", file=[everything])
    doubt = await guide.told("all white")
    guide.show(doubt)
    guide.same("nothing was sent yet", len(guide.relay.tasks()), before)

    panel = await region_panel(guide)  # the first one leads to the card that was doubted
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse((size[0] // 3, size[1] // 3, size[0] * 2 // 3, size[1] * 2 // 3), fill=255)
    modal = await guide.open(panel, "Upload a mask…")
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


async def see_no_remix(guide: Guide) -> str:
    """A relay that takes no other prompt for a variation paints the first one, and the result says so."""
    await guide.slash("prefer remix")
    modal = await guide.open(guide.kept["boat"], "V2")
    varied = await guide.result(await guide.submit(modal, prompt="a paper swan on a lake"))
    await guide.slash("prefer remix")
    guide.show(varied)
    guide.same("the first prompt was painted", guide.relay.tasks()[-1]["prompt"], BOAT)
    guide.holds("the message says so", varied["content"], "takes no other prompt" in varied["content"])
    return "as it was, and the message says so"


SINGLE_PICTURE = (
    Step("Zoom out", zoom, "Zoom Out", presses("outpaint"), missing_button("single", "Zoom Out 2x")),
    Step("Pan", pan, "⬅️ ➡️ ⬆️ ⬇️", presses("pan_right"), missing_button("single", "➡️")),
    Step("Upscale", upscale, "Upscale", presses("upsample_v7_2x_subtle"), missing_button("single", "Upscale (Subtle)")),
    Step("Vary", vary, "Vary", presses("low_variation"), missing_button("single", "Vary (Subtle)")),
    Step("Custom Zoom", custom_zoom, "Custom Zoom", presses("customzoom"), missing_button("single", "Custom Zoom")),
    *(
        Step(title, walk, "Vary (Region)", presses("inpaint"), missing_button("single", "Vary (Region)"))
        for title, walk in (
            ("Vary (Region) by cells", region_by_cells),
            ("Vary (Region) by a mask", region_by_mask),
            ("Vary (Region) by drawing", region_by_drawing),
        )
    ),
    Step("Remix", remix, "remix", presses("variation"), see_no_remix),
)


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
