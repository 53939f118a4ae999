"""The chat page in a browser, with a small bot that shows one of everything."""

import asyncio

from playwright.async_api import Page, Route, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import PICTURE, SHARED, messages, type_command

pytestmark = SHARED


async def test_page_leads_from_imagine_to_the_single_picture(chat: Page) -> None:
    await type_command(chat, "/imagine a red fox")
    grid = messages(chat, "a red fox").filter(has=chat.get_by_role("button", name="U1"))
    await expect(grid.locator(".content img")).to_be_visible()
    await grid.get_by_role("button", name="U1").click()
    single = messages(chat, "Image from")
    await expect(single.locator(".content img")).to_have_js_property("naturalWidth", 512)

    await single.locator(".picture").click()
    await expect(chat.get_by_test_id("lightbox").locator("img")).to_be_visible()
    await chat.keyboard.press("Escape")
    await expect(chat.get_by_test_id("lightbox")).to_have_count(0)


async def test_nothing_can_be_typed_before_the_commands_are_known(chat: Page) -> None:
    may_go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_go_on.wait()
        await route.continue_()

    await chat.route("**/sandbox/api/state*", hold)
    await chat.reload()
    await expect(chat.locator("#composer")).to_be_disabled()

    may_go_on.set()
    await type_command(chat, "/imagine an early fox")

    await expect(messages(chat, "an early fox").get_by_role("button", name="U1")).to_be_visible()
    await chat.unroute_all()


async def test_picker_is_usable_with_the_keyboard_alone(chat: Page) -> None:
    await chat.locator("#composer").press_sequentially("/ima")
    await expect(chat.get_by_test_id("picker").get_by_role("option")).to_have_count(1)
    await chat.keyboard.press("Tab")
    await expect(chat.locator("[data-option=prompt]")).to_be_focused()

    await chat.keyboard.press("Escape")

    await expect(chat.locator("#composer")).to_be_focused()


async def test_required_option_is_asked_for_before_sending(chat: Page) -> None:
    await type_command(chat, "/imagine ")

    await expect(chat.get_by_test_id("notice")).to_contain_text("prompt")
    await expect(chat.locator("[data-option=prompt]")).to_have_attribute("aria-invalid", "true")


async def test_files_go_into_attachment_options(chat: Page) -> None:
    await chat.locator("#composer").fill("/imagine a fox")
    await chat.get_by_role("option", name="image1").click()
    await chat.locator("[data-upload=image1]").set_input_files([PICTURE])
    await chat.locator("[data-option=image1]").press("Enter")

    await expect(messages(chat, "['fox.png']")).to_be_visible()


async def test_ephemeral_message_is_seen_by_its_user_alone_and_dismissed(chat: Page) -> None:
    await type_command(chat, "/whisper ")
    whisper = messages(chat, "Only for you.")
    await expect(whisper).to_contain_text("Only you can see this")
    await expect(whisper).to_contain_text("used /whisper")

    await chat.locator("[data-user=ben]").click()
    await expect(whisper).to_have_count(0)
    await chat.locator("[data-user=ana]").click()
    await whisper.get_by_role("button", name="Dismiss message").click()

    await expect(whisper).to_have_count(0)


async def test_modal_sends_every_part(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await chat.get_by_role("button", name="Custom Zoom").click()
    modal = chat.get_by_role("dialog", name="Zoom Out")
    await modal.get_by_label("Prompt").fill("a fox --zoom 1.5")
    await modal.locator("[data-custom-id=mask]").set_input_files([PICTURE])
    await modal.get_by_role("radio", name="Strong").check()
    await modal.locator("[data-custom-id=shape]").click()
    await modal.get_by_role("option", name="Tall").click()
    await modal.get_by_role("button", name="Submit").click()

    await expect(messages(chat, "zoomed: a fox --zoom 1.5 | ['fox.png'] | Strong | ['Tall']")).to_be_visible()


async def test_select_menu_sends_the_choice(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await chat.locator("[data-custom-id=model]").click()
    await chat.get_by_role("option", name="niji").click()

    await expect(messages(chat, "chosen: niji")).to_be_visible()


async def test_autocomplete_offers_what_the_bot_suggests(chat: Page) -> None:
    await chat.locator("#composer").fill("/show fox")
    await chat.get_by_role("option", name="fox in the rain").click()
    await chat.keyboard.press("Enter")

    await expect(messages(chat, "shown: job-1 1")).to_be_visible()


async def test_context_menu_runs_a_message_command_and_reacts(chat: Page) -> None:
    await type_command(chat, "hello @ben **there**")
    said = messages(chat, "hello @Ben there").first
    await said.click(button="right")
    await chat.get_by_role("menuitem", name="Describe").click()
    await expect(messages(chat, "Described")).to_be_visible()

    await said.hover()
    await said.get_by_role("button", name="React").click()
    await chat.get_by_role("menuitem", name="⭐").click()

    await expect(said.get_by_role("button", name="⭐, 1")).to_have_attribute("aria-pressed", "true")


async def test_silent_button_ends_as_failed(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await chat.get_by_role("button", name="🔄").click()
    await expect(chat.get_by_role("button", name="🔄")).to_have_attribute("aria-busy", "true")

    await expect(messages(chat, "This interaction failed")).to_be_visible()


async def test_first_words_in_a_dm_open_it(chat: Page) -> None:
    await chat.locator("[data-user=ben]").click()
    await chat.get_by_role("button", name="Direct messages").click()
    await type_command(chat, "are you there?")

    await expect(messages(chat, "are you there?")).to_be_visible()


async def test_killed_bot_is_shown_and_started_again(chat: Page) -> None:
    state = chat.get_by_test_id("bot-state")
    await state.click()
    await chat.get_by_role("menuitem", name="Kill the bot").click()
    await expect(state).to_have_attribute("data-state", "offline")
    await expect(chat.locator("#banner")).to_contain_text("The bot has stopped")
    await state.click()
    await chat.get_by_role("menuitem", name="Start it again").click()

    await expect(state).to_have_attribute("data-state", "online")


async def test_page_without_its_key_says_where_to_find_it(sandbox: Sandbox, page: Page) -> None:
    await page.goto(sandbox.url.partition("?")[0])

    await expect(page.locator("#banner")).to_contain_text("address that the sandbox printed")
