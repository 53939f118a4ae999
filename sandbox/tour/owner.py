"""The tour's part about the owner: their page in the browser, what it adds up, and an act that is written down."""

from sandbox.message_view import buttons, is_private
from sandbox.tour.browser import browser_page
from sandbox.tour.guide import Guide, Step

OWNER = "mia"  # of the application's team, and offered /easel


async def look_at_owners_page(guide: Guide) -> None:
    """The owner looks over all servers, pauses one, and lets it go on; the audit says so."""
    answer = await guide.slash("easel web", user=OWNER)
    guide.holds("the link is for the owner's eyes alone", answer["flags"], is_private(answer))
    url = next(button["url"] for button in buttons(answer) if button.get("url"))
    async with browser_page(1280, 1000) as page:
        if page is None:
            guide.transcript.act("not opened: Chromium and playwright are needed for it")
            return
        await page.goto(url)
        await page.get_by_role("button", name="Units", exact=True).click()
        await page.locator(".chart rect").first.wait_for()
        guide.transcript.picture("owners-page.png", await page.screenshot())
        shown = await page.locator(".box", has_text="By engine").locator("th").all_inner_texts()
        guide.holds("Midjourney is among the engines", ", ".join(shown), "Midjourney" in shown)

        await page.get_by_role("button", name="Servers").click()
        await page.get_by_role("button", name="Pause").first.click()
        await page.locator("#sure").get_by_role("button", name="Pause").click()
        await page.get_by_role("button", name="Resume").click()
        await page.locator("#said", has_text="Resumed").wait_for()
        await page.get_by_role("button", name="Audit").click()
        await page.locator(".row").nth(1).wait_for()
        acts = await page.locator(".row .title").all_inner_texts()
    guide.same("both acts stand in the audit", acts[:2], ["Resumed the server", "Paused the server"])


OWNERS = (Step("The owner's page", look_at_owners_page),)
