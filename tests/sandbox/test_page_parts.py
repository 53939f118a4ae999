"""Every kind of component on the page: lists, layouts, forms; unread, language, and replies that jump."""

import re

import pytest
from playwright.async_api import Page, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import PICTURE, SHARED, messages, type_command
from tests.sandbox.discord_studio import make_picture

pytestmark = SHARED


@pytest.mark.parametrize(
    ("custom_id", "option", "answer"),
    [
        ("users", "Ben", "person: ben"),
        ("roles", "@everyone", "role: @everyone"),
        ("anyone", "Mia", "anyone: mia"),
        ("places", "#studio", "place: studio"),
    ],
)
async def test_each_kind_of_list_offers_what_there_is(chat: Page, custom_id: str, option: str, answer: str) -> None:
    await type_command(chat, "/selects ")
    await chat.locator(f"[data-custom-id={custom_id}]").click()
    await chat.get_by_role("option", name=option).first.click()

    await expect(messages(chat, answer)).to_be_visible()


async def test_several_choices_are_sent_when_the_list_closes(chat: Page) -> None:
    await type_command(chat, "/selects ")
    opener = chat.locator("[data-custom-id=colours]")
    await opener.focus()
    await chat.keyboard.press("ArrowDown")
    for key in ("Enter", "End", "Enter", "Escape"):
        await chat.keyboard.press(key)

    await expect(messages(chat, "colours: ['Red', 'Blue']")).to_be_visible()


async def test_layout_shows_every_part(chat: Page) -> None:
    await type_command(chat, "/layout ")
    layout = messages(chat, "A layout")

    await expect(layout.locator(".container").first).to_be_visible()
    await expect(layout.get_by_role("button", name="Enlarge: A small fox")).to_be_visible()
    await expect(layout.get_by_role("button", name="Enlarge: The first")).to_be_visible()
    await expect(layout.get_by_role("link", name="notes.txt")).to_be_visible()
    await expect(layout.get_by_role("separator")).to_have_count(1)
    await expect(layout.get_by_text("behind the curtain")).to_be_hidden()
    await layout.get_by_text("Spoiler", exact=True).click()
    await expect(layout.get_by_text("behind the curtain")).to_be_visible()


async def test_form_complains_beside_itself_and_then_sends_every_part(chat: Page) -> None:
    await type_command(chat, "/form ")
    form = chat.get_by_role("dialog", name="A form")
    await form.get_by_label("Name").fill("ox")
    await form.get_by_role("button", name="Submit").click()
    await expect(form.get_by_role("alert")).to_contain_text("at least 3 characters")

    await form.get_by_label("Name").fill("oxen")
    await form.locator("[data-custom-id=person]").click()
    await form.get_by_role("option", name="Ben").click()
    await form.get_by_role("checkbox", name="Loud").check()
    await form.get_by_role("checkbox", name="Blue").check()
    await form.get_by_role("checkbox", name="Sure").check()
    await form.get_by_role("button", name="Submit").click()

    await expect(messages(chat, "form: oxen | ben | ['Blue', 'Loud'] | True")).to_be_visible()


async def test_language_goes_to_the_bot(chat: Page) -> None:
    async with chat.expect_navigation():
        await chat.get_by_test_id("locale").select_option("zh-CN")
    await expect(chat.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    await type_command(chat, "/speak ")

    await expect(messages(chat, "language: zh-CN")).to_be_visible()


async def test_unread_messages_are_counted_where_one_is_not(chat: Page, sandbox: Sandbox) -> None:
    await sandbox.discord.actor.say("ben", "no-posting", "look here, <@1200000000004194304>")
    await sandbox.discord.actor.say("ben", "no-posting", "and here")

    channel = chat.locator("[data-channel=no-posting]")
    await expect(channel).to_have_accessible_name("no-posting, 2 unread")
    await channel.click()
    await expect(channel).to_have_accessible_name("no-posting")


async def test_reply_jumps_to_its_original(chat: Page) -> None:
    await type_command(chat, "the beginning")
    original = messages(chat, "the beginning").first
    await original.hover()
    await original.get_by_role("button", name="Reply").click()
    await type_command(chat, "an answer")

    await messages(chat, "an answer").get_by_role("button", name="Jump to the message of Ana").click()

    await expect(original).to_be_focused()


async def test_attachment_is_pasted_into_a_message(chat: Page) -> None:
    await chat.locator("#compose input[type=file]").first.set_input_files([PICTURE])
    await type_command(chat, "my own picture")

    await expect(messages(chat, "my own picture").locator(".content img")).to_be_visible()


async def test_refusal_is_a_sentence_and_not_an_error_tree(chat: Page) -> None:
    await type_command(chat, "a" * 2001)

    note = chat.get_by_test_id("notice")
    await expect(note).to_contain_text("2000")
    await expect(note).not_to_contain_text("{")


async def test_a_poll_is_answered_and_counted(chat: Page, sandbox: Sandbox) -> None:
    answers = [{"poll_media": {"text": "By day"}}, {"poll_media": {"text": "By night"}}]
    await sandbox.discord.actor.say("ben", "studio", "", poll={"question": {"text": "When?"}, "answers": answers})
    poll = chat.get_by_role("group", name="When?")
    await poll.get_by_role("button", name="By night").click()

    await expect(poll.get_by_role("button", name="By night")).to_have_attribute("aria-pressed", "true")
    await expect(poll.get_by_role("button", name="By night")).to_contain_text("1")
    await poll.get_by_role("button", name="By day").click()
    await expect(poll.get_by_role("button", name="By night")).to_contain_text("0")


async def test_a_forward_shows_what_was_said(chat: Page, sandbox: Sandbox) -> None:
    upload = sandbox.discord.actor.upload("ben", "fox.png", make_picture())
    said = await sandbox.discord.actor.say("ben", "hall", "a fox", attachments=[upload])
    await sandbox.discord.actor.forward("ben", said["id"], "studio")
    forward = chat.get_by_label("Forwarded")

    await expect(forward).to_contain_text("a fox")
    await expect(forward.get_by_role("button", name="Enlarge: fox.png")).to_be_visible()


async def test_a_forum_opens_posts(chat: Page) -> None:
    await chat.locator("[data-channel=showcase]").click()
    await chat.locator("#composer").fill("A harbour\nwith two boats")
    await chat.locator("#composer").press("Enter")

    await expect(chat.locator("#channel-name")).to_contain_text("A harbour")
    await expect(messages(chat, "with two boats")).to_be_visible()


@pytest.mark.parametrize(("text", "words"), [("{link}", "#hall \u203a 💬"), ("[Open]({link})", "Open")])
async def test_a_link_to_a_message_leads_to_it_on_this_page(
    chat: Page, sandbox: Sandbox, text: str, words: str
) -> None:
    aim = await sandbox.discord.actor.say("ben", "hall", f"what {words} leads to")
    link = f"https://discord.com/channels/1/{aim['channel_id']}/{aim['id']}"
    said = await sandbox.discord.actor.say("ana", "studio", "See " + text.format(link=link))

    chip = chat.locator(f"[data-message-id='{said['id']}'] a")
    await expect(chip).to_have_text(words)
    await expect(chat.get_by_test_id("link-preview")).to_have_count(0)
    await chip.click()

    await expect(chat.locator(f"[data-message-id='{aim['id']}']")).to_have_class(re.compile("glow"))
