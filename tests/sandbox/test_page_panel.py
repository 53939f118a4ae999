"""The side panel: faults, the relay's family and pace, tasks, events, the ledger, and the bot's life."""

from playwright.async_api import Page, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import SHARED, messages, open_panel, type_command

pytestmark = SHARED


async def test_panel_is_remembered_with_its_tab(chat: Page) -> None:
    await open_panel(chat, "Events")
    await chat.reload()
    await expect(chat.get_by_role("tab", name="Events")).to_have_attribute("aria-selected", "true")

    await chat.get_by_role("button", name="Close the panel").click()

    await expect(chat.get_by_test_id("panel-button")).to_be_focused()
    await expect(chat.locator("#panel")).to_be_hidden()
    await chat.reload()
    await expect(chat.locator("#panel")).to_be_hidden()


async def test_tabs_are_walked_with_the_arrow_keys(chat: Page) -> None:
    await open_panel(chat, "Controls")
    await chat.keyboard.press("ArrowRight")
    await expect(chat.get_by_role("tabpanel", name="Faults")).to_be_visible()
    await chat.keyboard.press("End")
    await expect(chat.get_by_role("tab", name="Ledger")).to_be_focused()

    await chat.keyboard.press("Escape")

    await expect(chat.locator("#panel")).to_be_hidden()


async def test_ready_made_faults_wait_and_are_taken_back(chat: Page, sandbox: Sandbox) -> None:
    assert sandbox.relay is not None
    faults = await open_panel(chat, "Faults")
    for name in ("Answer 502 with a web page, once", "Drop the reply after the charge", "Refuse the key once (401)"):
        await faults.get_by_role("button", name=name).click()
    await expect(faults.get_by_role("list", name="Faults that wait").get_by_role("listitem")).to_have_count(3)
    assert [(fault.status, fault.drop) for fault in sandbox.relay.wire.faults] == [
        (502, None),
        (None, "after"),
        (401, None),
    ]

    await faults.get_by_role("button", name="Take all back").click()

    await expect(faults.get_by_text("No faults set.")).to_be_visible()
    assert sandbox.relay.wire.faults == []


async def test_rate_limit_of_discord_is_survived_and_used_up(chat: Page) -> None:
    faults = await open_panel(chat, "Faults")
    await faults.get_by_role("button", name="Answer 429 once").click()
    await expect(faults.get_by_text("answers 429")).to_be_visible()

    await type_command(chat, "/whisper ")

    await expect(messages(chat, "Only for you.")).to_be_visible()
    await expect(faults.get_by_text("No faults set.")).to_be_visible()


async def test_ready_made_troubles_are_made_by_who_one_is(chat: Page, sandbox: Sandbox) -> None:
    assert sandbox.relay is not None
    faults = await open_panel(chat, "Faults")
    troubles = faults.locator("section", has_text="Troubles that nobody else may feel")
    await expect(troubles.get_by_role("button")).to_have_count(4)

    await troubles.get_by_role("button", name="Make the list of tasks unreadable, 60 times").click()

    await expect(faults.get_by_text("answers 404, 60 times")).to_be_visible()
    await faults.get_by_role("button", name="Take all back").click()
    await expect(faults.get_by_text("No faults set.")).to_be_visible()


async def test_fault_of_ones_own(chat: Page, sandbox: Sandbox) -> None:
    faults = await open_panel(chat, "Faults")
    await faults.get_by_label("Who").select_option("discord")
    await faults.get_by_label("What").select_option("delay")
    await faults.get_by_label("Path").fill("/api/v10/never")
    await faults.get_by_role("spinbutton", name="Seconds").fill("7")
    await faults.get_by_role("button", name="Add the fault").click()

    await expect(faults.get_by_text("waits 7 s")).to_be_visible()
    sandbox.discord.wire.faults.clear()


async def test_impossible_fault_is_refused_in_words(chat: Page) -> None:
    faults = await open_panel(chat, "Faults")
    await faults.get_by_role("spinbutton", name="Status").fill("99")
    await faults.get_by_role("button", name="Add the fault").click()

    await expect(chat.get_by_test_id("notice")).to_contain_text("'status' is wrong")


async def test_relay_changes_its_family_and_pace(chat: Page, sandbox: Sandbox) -> None:
    assert sandbox.relay is not None
    controls = await open_panel(chat, "Controls")
    await controls.get_by_test_id("relay-profile").select_option("new-api")
    await expect(controls.get_by_text("refreshed every 15 s")).to_be_visible()
    await controls.get_by_role("button", name="20").click()
    await expect(controls.get_by_role("button", name="20")).to_have_attribute("aria-pressed", "true")

    assert (sandbox.relay.profile.name, sandbox.relay.clock.speed) == ("new-api", 20)


async def test_events_and_ledger_tell_what_happened_and_can_be_filtered(chat: Page) -> None:
    events = await open_panel(chat, "Events")
    await type_command(chat, "/whisper ")
    await expect(events.get_by_text("Easel wrote in #studio: Only for you.")).to_be_visible()
    await events.get_by_label("Which events").select_option("interactions")
    await expect(events.get_by_text("Only for you.")).to_have_count(0)

    await chat.get_by_role("tab", name="Ledger").click()
    ledger = chat.get_by_role("tabpanel", name="Ledger")
    await ledger.get_by_label("Filter the requests").fill("callback")
    request = ledger.get_by_role("listitem").first
    await expect(request).to_contain_text("/interactions/")
    await request.locator("summary").click()

    await expect(request.locator("pre")).to_contain_text("Only for you.")


async def test_tasks_of_the_relay_are_listed(chat: Page, sandbox: Sandbox) -> None:
    assert sandbox.relay is not None
    headers = {"mj-api-secret": sandbox.relay.key}
    submitted = await chat.request.post(
        f"{sandbox.relay.base_url}/mj/submit/imagine", data={"prompt": "a cat"}, headers=headers
    )
    assert submitted.ok

    tasks = await open_panel(chat, "Tasks")

    await expect(tasks.get_by_role("listitem").first).to_contain_text("imagine")
    await expect(tasks.get_by_role("status")).to_contain_text("units charged")


async def test_bot_is_killed_and_started_again(chat: Page, sandbox: Sandbox) -> None:
    assert sandbox.bot is not None
    first = sandbox.bot.pid
    controls = await open_panel(chat, "Controls")
    await controls.get_by_role("button", name="Kill the bot").click()
    await expect(chat.get_by_test_id("bot-state")).to_have_attribute("data-state", "offline")
    await expect(chat.locator("#banner")).to_contain_text("The bot has stopped")
    await controls.get_by_role("button", name="Start it again").click()

    await expect(chat.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    assert sandbox.bot.pid != first
