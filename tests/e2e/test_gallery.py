"""The gallery: a member's own pictures in the browser, by a private link that shows nothing else."""

import csv
import io
import json
import re
import zipfile
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.async_api import Browser, Page, expect

from sandbox.message_view import Message, buttons
from sandbox.relay.profiles import MIDJOURNEY_PROXY
from tests.e2e.drawing import card_after, opened_easel, with_address
from tests.e2e.galleries import ask, link_of
from tests.e2e.gestures import RED, painted
from tests.e2e.studio import Studio, ordered, same_pixels

# Settles once a film has gone on by itself.
PLAYS = """film => film.currentTime > 0 || new Promise(
  (played) => film.addEventListener("timeupdate", () => film.currentTime > 0 && played()))"""

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address()
BASE = SETTINGS["PUBLIC_URL"]
SPEED = 120.0
CAT, BOAT = "a cat in the rain --seed 7", "a boat on a lake at dawn --ar 16:9 --seed 8"
PATIENCE_MS = 60_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(studio: Studio) -> dict[str, Message]:
    """A cat with the second of its pictures, a boat, and a picture of Ben's."""
    cat = await studio.result(await studio.imagine(CAT))
    second = await studio.result(await studio.follow_up(cat, "U2"))
    boat = await studio.result(await studio.imagine(BOAT))
    bens = await studio.result(await studio.imagine("the secret of Ben", user="ben"))
    return {"cat": cat, "second": second, "boat": boat, "bens": bens}


async def opened(page: Page, address: str) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(address)
    await expect(page.locator("#gallery")).to_be_visible()
    return page


async def listed(address: str, query: str = "") -> list[dict[str, Any]]:
    _status, found = await ask(address, f"api/jobs?{query}")
    return list(found["entries"])


async def test_pictures_are_shown_newest_first_and_found_while_typing(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    await opened(page, await link_of(studio))
    await expect(page.locator(".tile")).to_have_count(3)
    first = page.locator(".tile").first
    await expect(first).to_contain_text("a boat on a lake")
    await expect(first.locator("img")).not_to_have_js_property("naturalWidth", 0)

    await page.get_by_role("searchbox").fill("cat rain")
    await expect(page.locator(".tile")).to_have_count(2)
    await page.get_by_role("searchbox").fill("")
    await page.get_by_role("button", name="Single pictures").click()
    await expect(page.locator(".tile")).to_have_count(1)
    assert made


async def test_a_picture_is_opened_with_its_family_starred_and_stepped_through(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    await opened(page, await link_of(studio))
    await page.locator(".tile").nth(1).click()

    await expect(page.locator("#viewer .words#prompt")).to_have_text(CAT)
    await expect(page.locator("#family li")).to_have_count(2)
    await expect(page.locator("#open-discord")).to_have_attribute(
        "href", re.compile(f"/{made['second']['channel_id']}/{made['second']['id']}$")
    )
    await page.locator("#star").click()
    await expect(page.locator("#star")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("#viewer .words#prompt")).to_have_text(BOAT)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Favourites").click()
    await expect(page.locator(".tile")).to_have_count(1)
    await expect(page.locator(".tile")).to_contain_text("cat")


async def test_a_choice_is_one_zip_with_a_list_and_the_very_pictures(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Choose").click()
    await page.locator(".tile").nth(0).click()
    await page.locator(".tile").nth(2).click()
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download as ZIP").click()
    path = await (await waiting.value).path()

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        *pictures, manifest = archive.namelist()
        rows = list(csv.DictReader(io.StringIO(archive.read(manifest).decode("utf-8-sig"))))
        assert [row["prompt"] for row in rows] == [BOAT, CAT]
        assert pictures == [row["file"] for row in rows]
        boat = Image.open(io.BytesIO(archive.read(pictures[0]))).convert("RGB")
        assert same_pixels(await studio.picture(made["boat"]), boat)


async def test_a_link_shows_its_members_own_and_nothing_else(studio: Studio, made: dict[str, Message]) -> None:
    mine, bens = await link_of(studio), await link_of(studio, user="ben")
    [his] = await listed(bens)
    hers = await listed(mine)

    assert all("secret" not in str(entry["prompt"]) for entry in hers)
    assert await listed(mine, "search=secret") == []
    for method, path in (
        ("GET", f"api/jobs/{his['id']}"),
        ("DELETE", f"api/jobs/{his['id']}"),
        ("PUT", f"api/jobs/{his['id']}/star"),
        ("POST", f"api/jobs/{his['id']}/send"),
        ("POST", f"api/jobs/{his['id']}/show"),
        ("POST", f"api/jobs/{his['id']}/draw"),
        ("GET", f"api/jobs/{his['id']}/order"),
    ):
        assert (await ask(mine, path, method))[0] == 403, (method, path)
    _status, choice = await ask(mine, "api/choice", "POST", str(his["id"]))
    async with aiohttp.ClientSession() as session, session.get(f"{BASE}/gallery/zip/{choice['address']}") as response:
        with zipfile.ZipFile(io.BytesIO(await response.read())) as archive:
            assert archive.namelist() == ["manifest.csv"]
    assert made


async def test_revoked_and_damaged_links_show_nothing(studio: Studio, made: dict[str, Message], page: Page) -> None:
    answer = await studio.slash("gallery", {}, user="ana")
    address = next(str(button["url"]) for button in buttons(answer) if button.get("url"))
    thumbnail = (await listed(address))[0]["pictures"][0]["thumbnail"]
    await studio.press(answer, "End all my links", user="ana")

    assert (await ask(address, "api/jobs"))[0] == 410
    assert (await ask(f"{address}x", "api/jobs"))[0] == 401
    async with aiohttp.ClientSession() as session, session.get(f"{BASE}/gallery/file/{thumbnail}") as response:
        assert response.status == 410
    await page.goto(address)
    await expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    assert made


async def named(page: Page, name: str) -> None:
    """Answer the question for a name."""
    dialog = page.locator("#naming")
    await dialog.get_by_role("textbox").fill(name)
    await dialog.get_by_role("button", name="Save").click()


async def test_a_choice_is_put_into_a_new_collection_and_taken_out_again(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Choose").click()
    await page.locator(".tile").nth(0).click()
    await page.locator(".tile").nth(2).click()
    await page.locator("#choice-collect").click()
    await page.get_by_role("button", name="New collection…").click()
    await named(page, "  ")
    await expect(page.locator("#naming-said")).to_contain_text("1 to 60 characters")
    await named(page, "Water & rain")
    await expect(page.locator("#sets").get_by_role("button", name="Water & rain")).to_be_visible()
    await expect(page.locator("#sets-said")).to_have_text("Added to “Water & rain”.")
    await page.get_by_role("button", name="Done").click()

    await page.locator("#collection").select_option(label="Water & rain · 2")
    await expect(page.locator(".tile")).to_have_count(2)
    await page.get_by_role("button", name="Choose").click()
    await page.locator(".tile").nth(1).click()
    await page.get_by_role("button", name="Take out of the collection").click()
    await expect(page.locator(".tile")).to_have_count(1)
    await expect(page.locator(".tile")).to_contain_text("a boat on a lake")
    assert made


async def test_a_collection_is_left_by_one_renamed_and_deleted(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    address = await link_of(studio)
    _status, cats = await ask(address, "api/collections", "POST", "Cats")
    await ask(address, f"api/collections/{cats['id']}/add", "POST", (await listed(address))[1]["id"])
    await opened(page, address)
    await page.locator("#collection").select_option(label="Cats · 1")
    await expect(page.locator(".tile")).to_have_count(1)
    await page.locator(".tile").click()
    await page.locator("#collect").click()
    held = page.locator("#sets").get_by_role("button", name="Cats")
    await expect(held).to_have_attribute("aria-pressed", "true")
    await held.click()
    await expect(held).to_have_attribute("aria-pressed", "false")
    await page.get_by_role("button", name="Done").click()
    await page.keyboard.press("Escape")
    await expect(page.locator(".tile")).to_have_count(0)

    await page.get_by_role("button", name="Rename this collection").click()
    await named(page, "Tigers")
    await expect(page.locator("#collection")).to_have_text(re.compile("Tigers · 0"))
    await page.get_by_role("button", name="Delete this collection").click()
    await page.locator("#sure").get_by_role("button", name="Delete", exact=True).click()
    await expect(page.locator(".tile")).to_have_count(3)
    assert made


async def test_a_picture_is_shown_in_discord_again_with_working_buttons(
    studio: Studio, made: dict[str, Message], page: Page
) -> None:
    await opened(page, await link_of(studio))
    await page.locator(".tile").first.click()
    await page.get_by_role("button", name="Show in Discord again").click()

    link = page.locator("#said-link")
    await expect(link).to_be_visible()
    message_id = str(await link.get_attribute("href")).rpartition("/")[2]
    (again,) = [message for message in studio.messages("studio") if message["id"] == message_id]
    assert again["content"] == made["boat"]["content"]
    assert same_pixels(await studio.picture(made["boat"]), await studio.picture(again))
    await studio.result(await studio.follow_up(again, "V1", user="mia"))
    await studio.actor.delete_message("studio", message_id, "mia")


async def test_a_region_is_drawn_from_the_gallery(studio: Studio, page: Page) -> None:
    grid = await studio.result(await studio.imagine("a house --seed 9", user="mia"))
    single = await studio.result(await studio.follow_up(grid, "U1", user="mia"))
    await opened(page, await link_of(studio, user="mia"))
    await page.locator(".tile", has_text="U1").click()
    known = {message["id"] for message in studio.messages("studio")}
    await page.get_by_role("button", name="Draw the region").click()
    await (await opened_easel(page)).drag([(0.2, 0.2), (0.6, 0.6)])
    await page.get_by_role("button", name="Repaint").click()

    job = await card_after(studio, known, user="mia")
    result = await studio.result(job)
    assert result["message_reference"]["message_id"] == single["id"]
    assert studio.units(job) == "settled"


async def test_a_text_is_changed_and_run_from_the_gallery(studio: Studio, page: Page) -> None:
    made = await studio.result(await studio.imagine("a quiet harbour --seed 4", user="mia"))
    await opened(page, await link_of(studio, user="mia"))
    await page.locator(".tile", has_text="a quiet harbour").click()
    known = {message["id"] for message in studio.messages("studio")}
    await page.get_by_role("button", name="Edit and run again").click()
    await expect(page.locator("#order-said")).to_have_text("1 unit")
    await page.locator("#order-text").fill("a loud harbour --seed 4 --stylze 50")
    await page.get_by_role("button", name="Run", exact=True).click()
    await expect(page.locator("#order-said")).to_contain_text("--stylze")
    assert {message["id"] for message in studio.messages("studio")} == known, "nothing starts while it is asked"
    await page.get_by_role("button", name="Fix and run").click()

    await expect(page.locator("#said")).to_have_text("Sent. The picture will appear in Discord.")
    job = await card_after(studio, known, user="mia")
    result = await studio.result(job)
    assert "a loud harbour --seed 4 --stylize 50" in result["content"]
    assert result["message_reference"]["message_id"] == made["id"]
    assert studio.units(job) == "settled"


async def test_an_order_that_is_sent_twice_is_one_job(studio: Studio) -> None:
    await studio.result(await studio.imagine("a lone pine --seed 4", user="mia"))
    address = await link_of(studio, user="mia")
    [entry] = await listed(address, "search=pine")
    order = json.dumps({"text": "a lone birch --seed 4", "run_id": "0123456789abcdef"})

    answers = [await ask(address, f"api/jobs/{entry['id']}/order", "POST", order) for _number in range(2)]

    assert [status for status, _body in answers] == [200, 200]
    sent = await studio.eventually(lambda: prompts_sent(studio, "a lone birch"), "the order at the relay")
    assert len(sent) == 1
    await studio.eventually(lambda: len(studio.messages("studio", "mia")) and not running(studio), "the result")
    assert len(prompts_sent(studio, "a lone birch")) == 1


def prompts_sent(studio: Studio, words: str) -> list[str]:
    """What the relay was asked to imagine that has these words."""
    bodies = [request.body for request in studio.relay.wire.requests if request.path.endswith("/submit/imagine")]
    return [str(body["prompt"]) for body in bodies if words in str(body["prompt"])]


def running(studio: Studio) -> bool:
    """Whether a card in the studio tells of something that goes on."""
    faces = [str(button.get("label")) for message in studio.messages("studio") for button in buttons(message)]
    return "Cancel Job" in faces


async def test_a_seed_is_used_from_the_gallery(studio: Studio, page: Page) -> None:
    await studio.result(await studio.imagine("a mossy stone", user="mia"))
    await opened(page, await link_of(studio, user="mia"))
    await page.locator(".tile", has_text="a mossy stone").click()
    await page.get_by_role("button", name="Use this seed").click()

    await expect(page.locator("#order-text")).to_have_value(re.compile(r"^a mossy stone --seed \d+$"))
    await page.locator("#order-cancel").click()
    await expect(page.locator("#said")).to_have_text("")


async def test_a_removed_picture_is_gone_everywhere_at_once(studio: Studio, page: Page) -> None:
    message = await studio.result(await studio.imagine("to be removed", user="ben"))
    address = await link_of(studio, user="ben")
    [entry] = await listed(address, "search=removed")
    file = entry["pictures"][0]["file"]
    await opened(page, address)
    await page.locator(".tile").first.click()
    await page.get_by_role("button", name="Remove…").click()
    await page.locator("#sure").get_by_role("button", name="Remove", exact=True).click()

    await expect(page.locator("#viewer")).to_be_hidden()
    await studio.eventually(lambda: studio.now(message, user="ben") is None, "a message that is gone")
    assert await listed(address, "search=removed") == []
    async with aiohttp.ClientSession() as session, session.get(f"{BASE}/gallery/file/{file}") as response:
        assert response.status == 403


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
async def test_a_film_is_found_and_played(width: int, studio: Studio, page: Page) -> None:
    before, studio.relay.profile = studio.relay.profile, MIDJOURNEY_PROXY  # its films are films
    options = {"prompt": "red waves", "picture": studio.upload("red.png", painted(RED)), "films": 1}
    await studio.result(ordered(await studio.slash("animate", options, user="mia"), "mia", "studio"))
    studio.relay.profile = before
    await page.set_viewport_size({"width": width, "height": 844})
    await opened(page, await link_of(studio, user="mia"))
    await page.get_by_role("button", name="Videos").click()
    await page.locator(".tile").first.click()

    await page.locator("dialog[open] video").evaluate(PLAYS)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
async def test_gallery_can_be_used_by_everybody(
    studio: Studio, made: dict[str, Message], browser: Browser, scheme: str, size: tuple[int, int]
) -> None:
    context = await browser.new_context(
        bypass_csp=True,  # axe works within the page, where the page's own policy lets nothing in
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
    )
    address = await link_of(studio, locale="zh-CN")
    await ask(address, "api/collections", "POST", f"雨 {scheme} {size[0]}")
    page = await opened(await context.new_page(), address)
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator(".tile")).to_have_count(3)
    for step in ("grid", "viewer", "collections"):
        if step == "viewer":
            await page.locator(".tile").nth(1).click()
            await expect(page.locator("#family li")).to_have_count(2)
        if step == "collections":
            await page.locator("#collect").click()
            await expect(page.locator("#sets-list button").first).to_be_visible()
        found = await Axe().run(page)
        assert found.response["violations"] == [], step
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()
    assert made
