"""Masks over pictures of one's own, drawn as a person draws them; what was painted is asked of the relay."""

import base64
import io
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageDraw
from playwright.async_api import FilePayload, Locator, Page, expect

from sandbox.driver import png
from sandbox.message_view import cell
from sandbox.relay.profiles import MIDJOURNEY_PROXY
from tests.e2e.chat import message
from tests.e2e.drawing import Easel, Point, open_easel, overlap, patch, with_address
from tests.e2e.gestures import BLUE, RED, from_data_url, painted, relay_task, same_inside, same_outside
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address()
SIZE = (480, 320)
FIELD: list[Point] = [(0.2, 0.25), (0.55, 0.2), (0.6, 0.7), (0.25, 0.75)]


def striped() -> Image.Image:
    """A picture in which every place looks different from its neighbours."""
    image = Image.new("RGB", SIZE, RED)
    pen = ImageDraw.Draw(image)
    for left in range(0, SIZE[0], 40):
        pen.rectangle((left, 0, left + 19, SIZE[1]), fill=(20, left // 2, 220 - left // 4))
    return image


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": data}


async def ask_for_page(chat: Page, line: str, **files: bytes) -> Locator:
    """Type a command with pictures and `region`, and send it; returns the link that it answers with."""
    await chat.locator("#composer").fill(line)
    for option, data in files.items():
        await chat.get_by_role("option", name=f"+ {option} ").click()
        await chat.locator(f"[data-upload={option}]").set_input_files([file(f"{option}.png", data)])
    await chat.get_by_role("option", name="+ region ").click()
    await chat.locator("[data-option=region]").fill("True")
    await chat.get_by_role("option", name="True").click()
    await chat.get_by_role("button", name="Send the command").click()
    answer = message(chat, "Nothing is charged until you send it.")
    await expect(answer).to_contain_text("Only you can see this")
    return answer.get_by_role("link", name="Draw the region")


async def draw(chat: Page, link: Locator, *, prompt: str = "") -> tuple[Easel, Image.Image]:
    """Go around a field with the lasso and send it; returns the easel and the mask that should come of it."""
    page = await chat.context.new_page()
    easel = await open_easel(page, str(await link.get_attribute("href")))
    await page.keyboard.press("l")
    await easel.drag([*FIELD, FIELD[0]])
    if prompt:
        await page.fill("#prompt", prompt)
    await page.click("#repaint")
    await expect(page.locator("#card-title")).to_have_text("On its way")
    return easel, patch(easel.size, [easel.pixels(spot) for spot in FIELD])


async def fetched(address: str) -> Image.Image:
    """A picture as the relay hands it out."""
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return Image.open(io.BytesIO(await response.read())).convert("RGB")


async def task_done(studio: Studio, prompt: str) -> dict[str, Any]:
    """The relay's one task with this prompt, once the relay has finished it."""

    def done() -> dict[str, Any] | None:
        found = [task for task in studio.relay.tasks() if prompt in task["prompt"]]
        assert len(found) < 2, "paid twice"
        return found[0] if found and found[0]["status"] == "SUCCESS" else None

    return await studio.eventually(done, f"the relay's task of {prompt!r}")


async def test_an_upload_is_changed_where_it_was_drawn_on_and_nowhere_else(chat: Page, room: Studio) -> None:
    room.relay.profile = MIDJOURNEY_PROXY
    source = striped()
    link = await ask_for_page(chat, "/edit a small pond", picture=png(source))

    easel, drawn = await draw(chat, link)

    task = await task_done(room, "a small pond")
    (call,) = room.requests_to("/mj/submit/edits")
    mask = from_data_url(call.body["maskBase64"]).convert("L")
    grid = await fetched((await relay_task(room, task["id"]))["imageUrl"])
    cells = [cell(grid, number) for number in range(1, 5)]
    assert easel.size == source.size
    assert (call.body["prompt"], task["action"]) == ("a small pond", "EDIT")
    assert overlap(mask, drawn) >= 0.99
    assert [same_outside(mask, one, source) for one in cells] == [True] * 4
    assert [same_inside(mask, one, source) for one in cells] == [False] * 4
    await expect(message(chat, "a small pond").get_by_role("button", name="U1")).to_be_visible()


async def test_two_pictures_and_the_hole_that_was_drawn_reach_the_model(chat: Page, room: Studio) -> None:
    source = striped()
    link = await ask_for_page(chat, "/draw a cat", image1=png(source), image2=painted(BLUE, SIZE))

    _easel, drawn = await draw(chat, link, prompt="a cat — in the hole")

    task = await task_done(room, "a cat — in the hole")
    (call,) = room.requests_to("/v1/images/edits")
    assert (task["action"], call.body["prompt"]) == ("OPENAI_EDIT", "a cat — in the hole")
    assert [one["part"] for one in call.body["files"]] == ["image[]", "image[]", "mask"]
    first, second, hole = [Image.open(io.BytesIO(base64.b64decode(one["base64"]))) for one in call.body["files"]]
    # What can be seen through is painted anew (docs/relay.md 13.3).
    alpha = hole.getchannel("A")
    mask = alpha.point([255] + [0] * 255)
    assert [(one.format, one.size) for one in (first, second, hole)] == [("PNG", SIZE)] * 3
    assert first.convert("RGB").tobytes() == source.tobytes()
    assert second.convert("RGB").tobytes() == Image.new("RGB", SIZE, BLUE).tobytes()
    assert {shade for _count, shade in alpha.getcolors() or []} == {0, 255}
    assert overlap(mask, drawn) >= 0.99
