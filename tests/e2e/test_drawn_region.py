"""Vary (Region) with a drawn mask, from the panel's link to the four pictures."""

import asyncio

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image, ImageChops
from playwright.async_api import Browser, Page

from bot.ui.components.interactions import UNREACHABLE
from sandbox.driver import mask_of, png
from sandbox.message_view import Message, cell
from tests.e2e.drawing import (
    card_after,
    link_for,
    mask_at_relay,
    open_easel,
    overlap,
    patch,
    post,
    stroke,
    with_address,
)
from tests.e2e.gestures import call_with, same_outside
from tests.e2e.studio import Studio, same_pixels
from tests.support.rows import Row, rows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address()
WAVE = [(0.1, 0.2), (0.3, 0.3), (0.5, 0.2), (0.7, 0.35)]
FIELD = [(0.55, 0.6), (0.85, 0.62), (0.9, 0.9), (0.6, 0.85)]


TINT_AT = """
([x, y]) => {
  const picture = document.getElementById("picture").getBoundingClientRect();
  const canvas = document.getElementById("region");
  const box = canvas.getBoundingClientRect();
  const at = [picture.x + x * picture.width - box.x, picture.y + y * picture.height - box.y];
  const density = canvas.width / box.width;
  return canvas.getContext("2d").getImageData(at[0] * density, at[1] * density, 1, 1).data[3];
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(studio: Studio) -> Message:
    """A picture that can be repainted."""
    grid = await studio.result(await studio.imagine())
    return await studio.result(await studio.follow_up(grid, "U1"))


def known(studio: Studio) -> set[str]:
    """The messages so far."""
    return {message["id"] for message in studio.messages()}


def waiting_cards(studio: Studio) -> set[str]:
    """The cards of jobs that were not sent yet."""
    return {message["id"] for message in studio.messages() if "(Waiting to start)" in message["content"]}


def jobs(studio: Studio) -> list[Row]:
    """All jobs so far."""
    return rows(studio.database, "SELECT id FROM jobs ORDER BY id")


def half(size: tuple[int, int]) -> Image.Image:
    """A mask whose left half is white."""
    return mask_of(size, (0, 0, size[0] // 2, size[1]))


async def test_a_region_drawn_with_the_mouse_is_repainted_and_nothing_else(
    studio: Studio, single: Message, page: Page
) -> None:
    easel = await open_easel(page, await link_for(studio, single))
    before = known(studio)

    await easel.drag(WAVE)
    await page.keyboard.press("r")
    await easel.drag([(0.1, 0.7), (0.2, 0.8)])
    await page.keyboard.press("Control+z")
    await page.keyboard.press("l")
    await easel.drag([*FIELD, FIELD[0]])
    await page.fill("#prompt", "a red balloon")
    await page.click("#repaint")
    await page.wait_for_selector("#card:not([hidden])")
    title, link = await page.inner_text("#card-title"), await page.get_attribute("#card-link", "href")
    job = await card_after(studio, before)
    result = await studio.result(job)

    drawn = ImageChops.lighter(
        stroke(easel.size, [easel.pixels(spot) for spot in WAVE], await easel.brush()),
        patch(easel.size, [easel.pixels(spot) for spot in FIELD]),
    )
    mask = await mask_at_relay(studio, job)
    parent, child = await studio.picture(single), await studio.picture(result)
    assert title == "On its way"
    assert link is not None
    assert link.endswith(job.card["id"])
    assert (await studio.told("Sent"))["content"] == "Sent."  # what was the panel
    assert overlap(mask, drawn) >= 0.99
    assert (mask.size, mask.mode) == (parent.size, "L")
    assert [shade for _count, shade in mask.getcolors() or []] == [0, 255]
    assert (await call_with(studio, job, "/mj/submit/modal")).body["prompt"] == "a red balloon"
    assert all(same_outside(mask, parent, cell(child, number)) for number in range(1, 5))
    assert not any(same_pixels(parent, cell(child, number)) for number in range(1, 5))
    assert result["message_reference"]["message_id"] == single["id"]
    assert job.card["message_reference"]["message_id"] == single["id"]


async def test_a_finger_draws_on_a_phone(studio: Studio, single: Message, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = await context.new_page()
    easel = await open_easel(page, await link_for(studio, single))
    before = known(studio)

    radius = await easel.brush()
    await easel.swipe(WAVE)
    marked = await easel.marked()
    await page.tap("#undo")
    undone = await easel.marked()
    await page.tap("#redo")
    redone = await easel.marked()
    await page.tap("#repaint")
    await page.wait_for_selector("#card:not([hidden])")
    await context.close()

    mask = await mask_at_relay(studio, await card_after(studio, before))
    drawn = stroke(easel.size, [easel.pixels(spot) for spot in WAVE], radius)
    assert (undone, redone) == ("Nothing marked yet", marked)
    assert overlap(mask, drawn) >= 0.99


async def test_two_fingers_zoom_and_mark_nothing(studio: Studio, single: Message, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = await context.new_page()
    easel = await open_easel(page, await link_for(studio, single))
    session = await context.new_cdp_session(page)
    x, y = easel.at((0.5, 0.5))
    whole = await page.inner_text("#fit")

    for kind, apart in (("touchStart", 20), *(("touchMove", apart) for apart in range(30, 120, 10))):
        fingers = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    marked = await easel.marked()
    larger = await page.inner_text("#fit")
    await context.close()

    assert marked == "Nothing marked yet"
    assert int(larger.rstrip("%")) > 3 * int(whole.rstrip("%"))


async def test_the_keyboard_draws_undoes_and_sends(studio: Studio, single: Message, page: Page) -> None:
    easel = await open_easel(page, await link_for(studio, single))
    before = known(studio)

    await page.focus("#board")
    await page.keyboard.press("r")
    await page.keyboard.press("Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"):
        await page.keyboard.press(key)
    await page.keyboard.press("Space")
    marked = await easel.marked()
    await page.keyboard.press("Control+z")
    undone = await easel.marked()
    await page.keyboard.press("Control+Shift+z")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("#card:not([hidden])")

    scale = easel.width / easel.size[0]
    x, y = easel.size[0] / 2, easel.size[1] / 2
    corners = [(x, y), (x + 80 / scale, y), (x + 80 / scale, y + 40 / scale), (x, y + 40 / scale)]
    mask = await mask_at_relay(studio, await card_after(studio, before))
    assert "marked" in marked
    assert undone == "Nothing marked yet"
    assert overlap(mask, patch(easel.size, corners)) >= 0.97  # small: one row of pixels weighs a lot


async def test_the_tint_stays_on_the_region_however_it_is_zoomed_and_moved(
    studio: Studio, single: Message, page: Page
) -> None:
    easel = await open_easel(page, await link_for(studio, single))
    await easel.drag(WAVE)

    async def tints() -> list[int]:
        """How opaque the tint is on the stroke, a little beside it, and far from it."""
        await easel.marked()  # the last frame
        return [await page.evaluate(TINT_AT, spot) for spot in (WAVE[2], (0.5, 0.34), (0.5, 0.8))]

    shown = [await tints()]
    for _ in range(3):
        await page.click("#zoom-in")
        shown.append(await tints())
    await page.mouse.move(*easel.at((0.5, 0.3)))
    await page.mouse.wheel(0, -400)
    shown.append(await tints())
    await page.keyboard.press("0")
    await page.keyboard.press("Control+z")
    undone = await tints()

    assert all(on > 100 and near == far == 0 for on, near, far in shown)
    assert undone == [0, 0, 0]


async def test_a_reload_keeps_drawing_and_prompt(studio: Studio, single: Message, page: Page) -> None:
    url = await link_for(studio, single)
    easel = await open_easel(page, url)
    await easel.drag(WAVE)
    await page.fill("#prompt", "an owl")
    marked = await easel.marked()
    while not any("an owl" in kept for kept in await page.evaluate("() => Object.values(localStorage)")):  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # the page keeps it a moment after the last change

    await page.reload()
    await page.wait_for_selector("#app:not([hidden])")

    assert (await page.inner_text("#marked")).startswith(marked)
    assert await page.input_value("#prompt") == "an owl"


@pytest.mark.parametrize(("keys", "question"), [("", "Nothing is marked"), ("i", "Everything is marked")])
async def test_an_empty_or_full_region_is_asked_about(
    studio: Studio, single: Message, page: Page, keys: str, question: str
) -> None:
    await open_easel(page, await link_for(studio, single))
    before = jobs(studio)

    for key in keys:
        await page.keyboard.press(key)
    await page.click("#repaint")
    asked = await page.inner_text("#ask-title")
    leads = await page.locator("#ask button.main:visible").all_inner_texts()
    await page.click("#ask-keep")

    assert (asked, leads) == (question, ["Keep drawing"])
    assert await page.is_visible("#board")
    assert jobs(studio) == before


async def test_the_page_speaks_the_members_language(studio: Studio, single: Message, page: Page) -> None:
    await open_easel(page, await link_for(studio, single, locale="zh-CN"))

    assert await page.inner_text("#repaint") == "重绘"
    assert await page.get_attribute("html", "lang") == "zh-CN"


@pytest.mark.parametrize("light", ["dark", "light"])
async def test_everybody_can_use_the_page(studio: Studio, single: Message, browser: Browser, light: str) -> None:
    # axe works within the page, where the page's own policy lets nothing in
    context = await browser.new_context(color_scheme="light" if light == "light" else "dark", bypass_csp=True)
    page = await context.new_page()
    await open_easel(page, await link_for(studio, single))

    found = (await Axe().run(page)).response["violations"]
    await page.click("#help")
    found += (await Axe().run(page)).response["violations"]
    await context.close()

    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


async def test_a_used_link_says_so_and_leads_to_discord(studio: Studio, single: Message, page: Page) -> None:
    url = await link_for(studio, single)
    size = (await studio.picture(single)).size
    assert (await post(url, png(half(size))))[0] == 200

    await page.goto(url)
    await page.wait_for_selector("#card-link:not([hidden])")

    assert await page.inner_text("#card-title") == "Already sent"
    assert (await post(url, png(half(size))))[0] == 409


@pytest.mark.parametrize("token", ["", "nonsense", ".eJw.abc"])
async def test_a_damaged_link_says_so(studio: Studio, page: Page, token: str) -> None:
    assert studio.bot.running
    await page.goto(f"{SETTINGS['PUBLIC_URL']}/draw/#{token}")
    await page.wait_for_selector("#card:not([hidden])")

    assert await page.inner_text("#card-title") == "This link does not work"
    assert "the button “Draw the region”" in await page.inner_text("#card-text")


async def test_sent_twice_at_once_it_is_one_job(studio: Studio, single: Message) -> None:
    url, mask = await link_for(studio, single), png(half((await studio.picture(single)).size))
    before = known(studio)

    answers = await asyncio.gather(*(post(url, mask) for _number in range(4)))
    await card_after(studio, before)

    assert sorted(status for status, _body in answers) == [200, 409, 409, 409]
    cards = [m for m in studio.messages() if m["id"] not in before and "Region" not in m["content"]]
    assert len(cards) == 1


async def test_a_blocked_member_may_not_use_an_old_link(studio: Studio, single: Message) -> None:
    url, mask = await link_for(studio, single), png(half((await studio.picture(single)).size))
    await studio.slash("easel block", {"member": "ana"}, user="mia")

    status, body = await post(url, mask)
    await studio.slash("easel unblock", {"member": "ana"}, user="mia")

    assert (status, body["error"]) == (403, "refused")
    assert "blocked" in body["text"]


async def guarded(studio: Studio, channel: str) -> Message:
    """A picture in a channel where the bot may not post by itself."""
    grid = await studio.result(await studio.imagine(channel=channel), channel=channel)
    return await studio.result(await studio.follow_up(grid, "U1"), channel=channel)


@pytest.mark.parametrize("channel", ["no-posting", "lounge"])
async def test_where_the_bot_may_not_post_the_press_lets_it(studio: Studio, channel: str) -> None:
    picture = await guarded(studio, channel)
    url, mask = await link_for(studio, picture), png(half((await studio.picture(picture)).size))
    before = {message["id"] for message in studio.messages(channel)}

    status, body = await post(url, mask, "a boat")

    job = await card_after(studio, before, channel=channel)
    result = await studio.result(job)
    assert status == 200
    assert "the picture will appear here" in job.card["content"]
    assert body["address"].endswith(f"/{job.card['channel_id']}/{job.card['id']}")
    assert result["id"] == job.card["id"]


async def test_where_the_press_is_too_old_it_goes_on_in_direct_messages(studio: Studio) -> None:
    picture = await guarded(studio, "no-posting")
    url, mask = await link_for(studio, picture), png(half((await studio.picture(picture)).size))
    gone = {"message": "Invalid Webhook Token", "code": 50027}
    studio.discord_fault("POST", "/webhooks/*", status=401, body=gone, times=1)
    before = {message["id"] for message in studio.messages("dm")}

    status, body = await post(url, mask, "a boat")

    job = await card_after(studio, before, channel="dm")
    assert status == 200
    assert "/channels/@me/" in body["address"]
    assert (await studio.result(job))["channel_id"] == job.card["channel_id"]


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_card_whose_answer_was_lost_does_not_wait_for_ever(
    studio: Studio, single: Message, *, is_killed: bool
) -> None:
    url, mask = await link_for(studio, single), png(half((await studio.picture(single)).size))
    studio.discord_fault("POST", "/channels/*/messages", drop="after", times=1)
    before = waiting_cards(studio)

    sending = asyncio.create_task(post(url, mask, "a boat"))
    (card_id,) = await studio.eventually(lambda: waiting_cards(studio) - before, "the card")
    if is_killed:
        await studio.kill()
        await studio.start()
    (sent,) = await asyncio.gather(sending, return_exceptions=True)

    def shown() -> str:
        return next(str(message["content"]) for message in studio.messages() if message["id"] == card_id)

    await studio.eventually(lambda: "(Stopped)" in shown(), "the end of the card")
    assert is_killed or sent == (403, {"error": "refused", "text": UNREACHABLE.render("en-US")})
    assert (await post(url, mask, "a boat"))[0] == 200


async def test_killed_before_its_answer_a_drawing_can_be_sent_again(studio: Studio, single: Message) -> None:
    url, mask = await link_for(studio, single), png(half((await studio.picture(single)).size))
    studio.discord_fault("POST", "/channels/*/messages", delay_s=3.0, times=1)
    before = len(studio.log())
    sending = asyncio.create_task(post(url, mask, "a boat"))
    await studio.eventually(lambda: "job received" in studio.log()[before:] or sending.done(), "the job")
    assert not sending.done(), sending
    await studio.kill()
    await asyncio.gather(sending, return_exceptions=True)
    studio.clear_faults()
    await studio.start()

    status, body = await post(url, mask, "a boat")

    assert status == 200
    card_id = body["address"].rpartition("/")[2]
    job = await card_after(studio, known(studio) - {card_id})
    await studio.result(job)
    assert len([task for task in studio.relay.tasks() if task["state"] == job.id]) == 1
