"""Modals as a person at the page uses them, in a browser: Custom Zoom, and Vary (Region) in both its ways."""

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import FilePayload, Locator, Page, expect

from sandbox.driver import png
from sandbox.message_view import Message, cell
from tests.e2e.chat import message, say
from tests.e2e.gestures import from_data_url, lies_in, same_inside, same_outside
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

PROMPT = "a red lighthouse over the sea --seed 7"
SIDE = 512


@pytest_asyncio.fixture(loop_scope="session")
async def chat(chat: Page) -> Page:
    """The page with a single picture on it."""
    await say(chat, f"/imagine {PROMPT}")
    await chat.get_by_role("button", name="U2").click()
    await expect(chat.get_by_role("button", name="Custom Zoom")).to_be_visible()
    return chat


@pytest_asyncio.fixture(loop_scope="session")
async def panel(chat: Page) -> Locator:
    """The private panel of Vary (Region)."""
    await chat.get_by_role("button", name="Vary (Region)").click()
    panel = message(chat, "Pick the cells")
    await expect(panel).to_contain_text("Only you can see this")
    return panel


async def posted(chat: Page, studio: Studio, text: str) -> tuple[Message, Message]:
    """The single picture and what became of it, once the page shows it."""
    child = chat.locator("li[data-message-id]").filter(has_text=text).filter(has=chat.get_by_role("button", name="U1"))
    await expect(child.locator(".content img")).to_be_visible()
    single = next(m for m in studio.messages() if "Image #2" in m["content"])
    result = studio.message(str(await child.get_attribute("data-message-id")))
    assert result is not None
    return single, result


async def check_repainted(studio: Studio, parent: Message, child: Message) -> Image.Image:
    """Outside the white of the mask that was sent each of the child's cells is the parent; returns the mask."""
    mask = from_data_url(studio.requests_to("/mj/submit/modal")[-1].body["maskBase64"]).convert("L")
    before, after = await studio.picture(parent), await studio.picture(child)
    cells = [cell(after, number) for number in range(1, 5)]
    assert mask.size == before.size == (SIDE, SIDE)
    assert all(same_outside(mask, one, before) for one in cells)
    assert not any(same_inside(mask, one, before) for one in cells)
    return mask


async def test_custom_zoom_is_prefilled_refuses_nonsense_and_zooms(chat: Page, room: Studio) -> None:
    await chat.get_by_role("button", name="Custom Zoom").click()
    modal = chat.get_by_role("dialog", name="Zoom Out")
    await expect(modal.get_by_label("Prompt")).to_have_value(f"{PROMPT} --zoom 2")
    await modal.get_by_label("Prompt").fill(f"{PROMPT} --zoom 3")
    await modal.get_by_role("button", name="Submit").click()

    await chat.get_by_role("button", name="Open again").click()
    reopened = chat.get_by_role("dialog", name="Prompt")
    await expect(reopened.get_by_label("Prompt")).to_have_value(f"{PROMPT} --zoom 3")
    await reopened.get_by_label("Prompt").fill(f"{PROMPT} --zoom 1.6")
    await reopened.get_by_role("button", name="Submit").click()

    single, zoomed = await posted(chat, room, "Zoom Out by")
    small = (await room.picture(single)).resize((320, 320), Image.Resampling.LANCZOS)
    assert lies_in(small, cell(await room.picture(zoomed), 1))
    assert len(room.requests_to("/mj/submit/modal")) == 1


async def test_chosen_cells_are_repainted(chat: Page, panel: Locator, room: Studio) -> None:
    for number, bits in (("5", 16), ("6", 48)):
        await panel.get_by_role("button", name=number, exact=True).click()
        await expect(panel.locator(f"[data-custom-id$=':{bits}']")).to_have_count(11)
    await panel.get_by_role("button", name="Repaint…").click()
    modal = chat.get_by_role("dialog", name="Vary (Region)")
    await modal.get_by_label("Prompt").fill("a storm")
    await modal.get_by_role("button", name="Submit").click()

    single, repainted = await posted(chat, room, "Variations (Region) by")
    mask = await check_repainted(room, single, repainted)
    assert mask.getbbox() == (170, 170, SIDE, 341)


async def test_an_uploaded_mask_is_repainted(chat: Page, panel: Locator, room: Studio) -> None:
    drawn = Image.new("L", (SIDE, SIDE))
    drawn.paste(255, (40, 60, 300, 200))
    file: FilePayload = {"name": "mask.png", "mimeType": "image/png", "buffer": png(drawn)}
    await panel.get_by_role("button", name="Upload a mask…").click()
    modal = chat.get_by_role("dialog", name="Vary (Region)")
    await modal.get_by_label("Prompt").fill("a storm")
    await modal.locator("[data-custom-id=file]").set_input_files([file])
    await modal.get_by_role("button", name="Submit").click()

    single, repainted = await posted(chat, room, "Variations (Region) by")
    mask = await check_repainted(room, single, repainted)
    assert mask.tobytes() == drawn.tobytes()
