"""The owner's page: what goes on everywhere and what it costs, by a private link; each act stands in the audit."""

from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from sandbox.message_view import buttons
from tests.e2e.drawing import with_address
from tests.e2e.studio import Studio
from tests.support.touch import PHONE, is_wider_than_the_screen, too_small

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address() | {"UNITS_PER_DAY": "500"}
BASE = SETTINGS["PUBLIC_URL"]
SPEED = 8.0  # a link lives for two minutes
PATIENCE_MS = 60_000
OWNER = "mia"  # of the application's team, and a moderator, to whom Discord offers /easel


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def made(studio: Studio) -> int:
    """Two pictures that are done; returns what they cost."""
    for prompt, user in (("a harbour in the morning", "ana"), ("a lighthouse --turbo", "ben")):
        job = await studio.imagine(prompt, user=user)
        await studio.running(job)
        studio.finish(job)
        await studio.result(job)
    return studio.spent_today()


async def link_of(studio: Studio, user: str = OWNER, locale: str = "en-US") -> str:
    """Give the command and return the address behind its button."""
    answer = await studio.answer(await studio.actor.slash(user, "studio", "easel web", {}, locale))
    return next(str(button["url"]) for button in buttons(answer) if button.get("url"))


async def opened(page: Page, address: str) -> Page:
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(address)
    await expect(page.locator("#studio")).to_be_visible()
    return page


async def api(
    address: str, path: str, method: str = "GET", origin: str | None = BASE, token: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Ask as the page does, with the token of a link."""
    headers = {"Authorization": f"Bearer {token or address.partition('#')[2]}"}
    headers |= {"Origin": origin} if origin else {}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{BASE}/studio/api/{path}", headers=headers) as response,
    ):
        return response.status, await response.json()


async def test_a_job_is_stopped_after_a_question_and_that_stands_in_the_audit(studio: Studio, page: Page) -> None:
    studio.let_relay_work(0.001)
    job = await studio.imagine("a ship that takes its time", user="ben")
    await studio.running(job)
    await opened(page, await link_of(studio))
    await expect(page.locator(".row")).to_contain_text("a ship that takes its time")
    await expect(page.locator(".row")).to_contain_text("Ben · Easel Studio")
    await expect(page.locator(".tile").first).to_contain_text("1")
    await page.get_by_role("button", name="Stop", exact=True).click()
    await page.locator("#sure").get_by_role("button", name="Stop").click()

    await expect(page.get_by_role("status").filter(has_text="Stopped. The relay may still charge")).to_be_visible()
    await studio.shows(job, "Stopped")
    await page.get_by_role("button", name="Audit").click()
    await expect(page.locator(".row").first).to_contain_text(f"Stopped a job job:{job.id}")
    await expect(page.locator(".row").first).to_contain_text("Mia (moderator) · Easel Studio")
    assert studio.stored("SELECT act FROM audit ORDER BY id DESC LIMIT 1") == "cancel"


async def test_what_is_new_appears_by_itself(studio: Studio, made: int, page: Page) -> None:
    await opened(page, await link_of(studio))
    await expect(page.locator(".empty")).to_have_text("No job is running.")
    studio.let_relay_work(0.001)
    job = await studio.imagine("somebody's new idea", user="ben")
    await studio.running(job)

    await expect(page.locator(".row")).to_contain_text("somebody's new idea")
    await expect(page.locator(".row")).to_contain_text("Ben")
    studio.finish(job)
    await studio.result(job)
    await expect(page.locator(".empty")).to_have_text("No job is running.")
    assert made


async def test_a_server_is_paused_and_resumed(studio: Studio, made: int, page: Page) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Servers").click()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#sure-title")).to_have_text("Pause Easel Studio?")
    await page.locator("#sure").get_by_role("button", name="Pause").click()
    await expect(page.locator(".row .badge")).to_have_text("Paused")

    refused = await studio.slash("imagine", {"prompt": "in vain"}, user="ana")
    assert "paused" in refused["content"]
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator(".row .badge")).to_have_count(0)
    assert made


async def test_a_member_is_banned_from_their_job_and_let_in_again(studio: Studio, made: int, page: Page) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Recent").click()
    row = page.locator(".row", has_text="Ben · ").first
    await row.get_by_text("More").click()
    await row.get_by_role("button", name="Ban everywhere").click()
    sure = page.locator("#sure")
    await expect(sure).to_contain_text("Ban Ben everywhere?")
    await sure.get_by_role("button", name="Ban everywhere").click()
    await expect(sure).to_be_visible()  # a reason is wanted
    await sure.get_by_label("Reason").fill("tries everything")
    await sure.get_by_role("button", name="Ban everywhere").click()
    await expect(page.get_by_role("status").filter(has_text="Banned everywhere")).to_be_visible()
    assert "has banned you" in (await studio.slash("imagine", {"prompt": "in vain"}, user="ben"))["content"]

    await page.get_by_role("button", name="Servers").click()
    await expect(page.locator(".row", has_text="tries everything")).to_contain_text("for good")
    await page.get_by_role("button", name="Lift the ban").click()
    await expect(page.locator(".row", has_text="tries everything")).to_have_count(0)
    assert made


async def test_units_are_drawn_and_told_as_a_table(studio: Studio, made: int, page: Page) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Units", exact=True).click()

    await expect(page.locator(".chart rect")).to_have_count(1)
    assert "Units by day" in str(await page.locator(".chart").get_attribute("aria-label"))
    await page.get_by_text("Show as a table").click()
    spent = studio.spent_today()
    await expect(page.locator(".wide tbody td").last).to_have_text(str(spent))
    await expect(page.locator(".tile").nth(4)).to_contain_text(f"{spent}of 500")
    assert spent >= made


async def test_settings_show_what_differs_and_no_secret(studio: Studio, made: int, page: Page) -> None:
    await opened(page, await link_of(studio))
    await page.get_by_role("button", name="Settings").click()
    await expect(page.locator(".row", has_text="UNITS_PER_DAY")).to_contain_text("500")
    differing = await page.locator(".row").count()
    await page.get_by_role("button", name="Only what differs").click()
    await expect(page.locator(".row", has_text="METRICS_HOST")).to_be_visible()

    assert await page.locator(".row").count() > differing
    text = await page.locator("#view").inner_text()
    environment = studio.bot.environment
    assert not any(environment[name] in text for name in ("DISCORD_TOKEN", "RELAY_API_KEY"))
    assert made


async def test_a_link_that_ended_says_so_instead_of_the_page(studio: Studio, made: int, page: Page) -> None:
    answer = await studio.slash("easel web", {}, user=OWNER)
    address = next(str(button["url"]) for button in buttons(answer) if button.get("url"))
    await opened(page, address)
    await studio.press(answer, "End all my links", user=OWNER)
    await page.get_by_role("button", name="Refresh").click()

    await expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    await expect(page.locator("#studio")).to_be_hidden()
    assert made


async def test_a_moderator_who_is_no_owner_gets_no_link(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studio.sandbox.discord.state, "application_team", None)

    answer = await studio.slash("easel web", {}, user=OWNER)

    assert answer["content"] == "Only the owner of Easel can do this."


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_the_page_can_be_used_by_everybody(
    studio: Studio, made: int, browser: Browser, scheme: str, size: tuple[int, int], locale: str
) -> None:
    context = await browser.new_context(
        bypass_csp=True,  # axe works within the page, where the page's own policy lets nothing in
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
    )
    page = await opened(await context.new_page(), await link_of(studio, locale=locale))
    await expect(page.locator("html")).to_have_attribute("lang", locale)
    for number in range(await page.locator("#parts button").count()):
        await page.locator("#parts button").nth(number).click()
        await expect(page.locator("#parts button").nth(number)).to_have_attribute("aria-current", "page")
        await expect(page.locator("#view > *").first).to_be_visible()
        found = await Axe().run(page)
        assert found.response["violations"] == [], number
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()
    assert made


@pytest.mark.parametrize("locale", ["en-US", "de", "zh-CN"])
async def test_a_finger_hits_everything(studio: Studio, made: int, page: Page, locale: str) -> None:
    await page.set_viewport_size(PHONE)
    await opened(page, await link_of(studio, locale=locale))
    await page.locator("#view .chip").last.click()
    await page.locator(".menu summary").first.click()
    for number in range(await page.locator("#parts button").count()):
        assert await too_small(page) == []
        assert not await is_wider_than_the_screen(page)
        await expect(page.locator("#parts button").nth(number)).to_be_in_viewport(ratio=1)
        await page.locator("#parts button").nth(number).click()
        await expect(page.locator("#parts button").nth(number)).to_have_attribute("aria-current", "page")
    assert made
