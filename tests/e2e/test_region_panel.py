"""Vary (Region) without a browser: cells of the private panel, masks that are uploaded, and what is repainted."""

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from sandbox.driver import png
from sandbox.message_view import Message, buttons, cell, face, faces, is_private
from tests.e2e.gestures import call_with, calls, from_data_url, panel_of, same_inside, same_outside, send_for_job, tick
from tests.e2e.studio import Ordered, Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a red lighthouse over the sea --seed 7"
SIDE = 512
GREENER = 8  # by how much a chosen cell is, on the average of its pixels
SIXTHS = [0, 170, 341, 512]  # where the cells of the panel begin and end


async def sent_mask(studio: Studio, job: Ordered) -> Image.Image:
    """The mask that reached the relay, which must be hard, opaque and as large as the picture."""
    mask = from_data_url((await call_with(studio, job, "/mj/submit/modal")).body["maskBase64"])
    assert mask.size == (SIDE, SIDE)
    assert "A" not in mask.getbands()
    assert "transparency" not in mask.info
    plain = mask.convert("L")
    assert {shade for _count, shade in plain.getcolors() or []} <= {0, 255}
    return plain


async def test_the_panel_shows_the_picture_nine_cells_and_both_ways(studio: Studio, single: Message) -> None:
    panel = await panel_of(studio, single)

    assert is_private(panel)
    assert [a["content_type"] for a in panel["attachments"]] == ["image/webp"]
    assert faces(panel) == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["Repaint…", "Upload a mask…"]]


async def test_a_cell_pressed_twice_is_not_chosen_and_repaint_waits(studio: Studio, single: Message) -> None:
    panel = await panel_of(studio, single)

    once = await tick(studio, panel, "5")
    twice = await tick(studio, once, "5")

    green = [[face(button) for button in buttons(view) if button["style"] == 3] for view in (panel, once, twice)]
    assert green == [[], ["5"], []]
    repaint = [next(b for b in buttons(view) if face(b) == "Repaint…") for view in (panel, once, twice)]
    assert [button.get("disabled", False) for button in repaint] == [True, False, True]
    assert [button["style"] for button in repaint] == [2, 1, 2]


async def test_chosen_cells_are_green_in_the_picture(studio: Studio, single: Message) -> None:
    panel = await panel_of(studio, single)
    before = await studio.picture(panel)

    shown = await studio.picture(
        await with_another_picture(studio, await with_another_picture(studio, panel, "5"), "9")
    )

    grown = ImageChops.subtract(shown, before).getchannel("G")
    assert shown.size == before.size
    assert [number for number in range(1, 10) if ImageStat.Stat(ninth(grown, number)).mean[0] > GREENER] == [5, 9]


async def with_another_picture(studio: Studio, panel: Message, number: str) -> Message:
    """The panel after one of its cells was pressed, once its picture is another one."""
    ticked = await tick(studio, panel, number)

    def shown() -> Message | None:
        now = studio.now(ticked)
        return now if now and now["attachments"] and now["attachments"][0]["id"] != file["id"] else None

    (file,) = panel["attachments"]
    return await studio.eventually(shown, "another picture")


def ninth(image: Image.Image, number: int) -> Image.Image:
    """A cell of the panel, well within its edges."""
    row, column = divmod(number - 1, 3)
    wide, high = image.width // 3, image.height // 3
    left, top = column * wide + wide // 4, row * high + high // 4
    return image.crop((left, top, left + wide // 2, top + high // 2))


async def test_only_chosen_cells_are_repainted_and_the_panel_says_so(studio: Studio, single: Message) -> None:
    panel = await tick(studio, await tick(studio, await panel_of(studio, single), "1"), "6")
    modal = await studio.open(panel, "Repaint…")
    job = await send_for_job(studio, modal, prompt="a storm")
    closed = await studio.with_text(panel, "Sent")

    message = await studio.result(job)

    assert (closed["content"], closed["components"], closed["attachments"]) == ("Sent.", [], [])
    mask = await sent_mask(studio, job)
    wanted = Image.new("L", (SIDE, SIDE))
    wanted.paste(255, (SIXTHS[0], SIXTHS[0], SIXTHS[1], SIXTHS[1]))
    wanted.paste(255, (SIXTHS[2], SIXTHS[1], SIXTHS[3], SIXTHS[2]))
    assert mask.tobytes() == wanted.tobytes()
    await check_repainted(studio, mask, single, message)
    assert studio.submits(job.id)[1].body["prompt"] == "a storm"
    assert (modal.title, modal.text) == ("Vary (Region)", PROMPT)
    assert message["message_reference"]["message_id"] == single["id"]


async def check_repainted(studio: Studio, mask: Image.Image, parent: Message, child: Message) -> None:
    """Each of the child's four cells equals the parent outside the white, and not within."""
    before, after = await studio.picture(parent), await studio.picture(child)
    cells = [cell(after, number) for number in range(1, 5)]
    assert [same_outside(mask, one, before) for one in cells] == [True] * 4
    assert [same_inside(mask, one, before) for one in cells] == [False] * 4


def round_mask(side: int) -> Image.Image:
    """A white disc on black."""
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).ellipse((side // 4, side // 4, side * 3 // 4, side * 3 // 4), fill=255)
    return mask


async def send_mask(studio: Studio, message: Message, mask: Image.Image) -> Ordered:
    """Upload a mask through the panel."""
    modal = await studio.open(await panel_of(studio, message), "Upload a mask…")
    return await send_for_job(studio, modal, prompt="a storm", file=[studio.upload("mask.png", png(mask))])


async def test_an_uploaded_mask_is_sent_as_it_is(studio: Studio, single: Message) -> None:
    job = await send_mask(studio, single, round_mask(SIDE))

    message = await studio.result(job)

    mask = await sent_mask(studio, job)
    assert mask.tobytes() == round_mask(SIDE).tobytes()
    await check_repainted(studio, mask, single, message)


async def test_a_mask_of_another_size_is_scaled_and_that_is_said(studio: Studio, single: Message) -> None:
    job = await send_mask(studio, single, round_mask(128))

    await studio.whisper("ana", "it was scaled to fit")

    assert (await sent_mask(studio, job)).getbbox() == (128, 128, 388, 388)


async def test_transparency_and_grey_become_black_and_white(studio: Studio, single: Message) -> None:
    mask = Image.new("RGBA", (SIDE, SIDE), (255, 255, 255, 0))
    mask.paste((200, 200, 200, 255), (0, 0, SIDE, 100))
    job = await send_mask(studio, single, mask)

    assert (await sent_mask(studio, job)).getbbox() == (0, 0, SIDE, 100)


@pytest.mark.parametrize(("shade", "sentence"), [(0, "The mask is all black"), (255, "The mask is all white")])
async def test_a_mask_that_makes_no_sense_is_asked_about_before_spending(
    studio: Studio, single: Message, shade: int, sentence: str
) -> None:
    doubted = await send_mask(studio, single, Image.new("L", (SIDE, SIDE), shade))
    asked = await studio.told(sentence)
    spent_before = calls(studio, doubted)
    job = ordered(await studio.press(asked, "Send it anyway"), "ana", "studio")

    mask = await sent_mask(studio, job)

    assert spent_before == calls(studio, doubted) == []
    assert mask.getextrema() == (shade, shade)
