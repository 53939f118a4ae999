"""/draw as a person at the page uses it: two pictures and a mask go in, and what comes is changed once more."""

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, expect

from sandbox.driver import mask_of, png
from tests.e2e.gestures import BLUE, RED, painted, same_inside, same_outside
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SIZE = (512, 512)
PATIENCE_MS = 60_000


@pytest_asyncio.fixture(loop_scope="session")
async def chat(room: Studio, page: Page) -> Page:
    """The page."""
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(room.sandbox.url)
    return page


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": data}


def result(chat: Page, prompt: str) -> Locator:
    """The finished picture of a prompt."""
    messages = chat.locator("li[data-message-id]").filter(has_text=prompt)
    return messages.filter(has=chat.get_by_role("button", name="Edit this"))


async def picture_of(chat: Page, studio: Studio, prompt: str) -> Image.Image:
    """Its pixels, once the page shows it."""
    shown = result(chat, prompt).last
    await expect(shown.locator(".content img")).to_be_visible()
    await expect(shown.locator(".content img")).not_to_have_js_property("naturalWidth", 0)
    message = studio.message(str(await shown.get_attribute("data-message-id")))
    assert message is not None
    return await studio.picture(message)


async def test_two_pictures_and_a_mask_are_drawn_over_and_changed_again(chat: Page, room: Studio) -> None:
    mask = mask_of(SIZE, (128, 96, 384, 320))
    files = {"image1": painted(RED, SIZE), "image2": painted(BLUE, SIZE), "mask": png(mask)}
    await chat.locator("#composer").fill("/draw a cat in the middle")
    for option, data in files.items():
        await chat.get_by_role("option", name=f"+ {option} ").click()
        await chat.locator(f"[data-upload={option}]").set_input_files([file(f"{option}.png", data)])
    await chat.locator("[data-option=mask]").press("Enter")

    drawn = await picture_of(chat, room, "a cat in the middle")
    parts = [one["part"] for one in room.requests_to("/v1/images/edits")[-1].body["files"]]
    assert parts == ["image[]", "image[]", "mask"]
    assert same_outside(mask, drawn, Image.new("RGB", SIZE, RED))
    assert not same_inside(mask, drawn, Image.new("RGB", SIZE, RED))

    await result(chat, "a cat in the middle").get_by_role("button", name="Edit this").click()
    modal = chat.get_by_role("dialog", name="Draw: change this picture")
    await modal.get_by_label("Prompt").fill("a dog instead")
    await modal.get_by_role("button", name="Submit").click()

    await picture_of(chat, room, "a dog instead")
    (again,) = [one for one in room.requests_to("/v1/images/edits") if one.body["prompt"] == "a dog instead"]
    assert [one["part"] for one in again.body["files"]] == ["image[]"]
