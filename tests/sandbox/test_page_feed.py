"""How the page feels: fields that grow, a feed that stays where its reader is, fresh replies, choosers of its own."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import PICTURE, SHARED, messages, type_command

pytestmark = SHARED

PHONE = ViewportSize(width=390, height=780)
LONG = "a red fox under an old oak tree in the first snow of the year, oil painting, wide, warm light " * 4
TO_END = (
    "() => { const s = document.getElementById('scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight < 2 }"
)
# What a picture without a known size does: it grows after the jump to the end, before that jump's own scroll event.
GROW = """
() => {
  const list = document.getElementById("messages");
  list.append(Object.assign(document.createElement("li"), { id: "late" }));
  document.getElementById("late").style.minHeight = "600px";
  document.getElementById("scroller").dispatchEvent(new Event("scroll"));
}
"""


# Settles once the page knows of a message, shown or not.
KNOWS = """
async (text) => {
  const { state } = await import("/static/js/state.js");
  while (!state.messages.some(({ content }) => content === text)) await new Promise(requestAnimationFrame);
}
"""


async def fill_the_channel(sandbox: Sandbox, count: int = 30) -> None:
    for number in range(count):
        await sandbox.discord.actor.say("ben", "studio", f"line {number}")


@pytest.mark.parametrize("command", ["/show job: ", "/imagine "])
async def test_words_get_the_room_they_need(chat: Page, command: str) -> None:
    await chat.locator("#composer").fill(f"{command}a fox")
    field = chat.locator("[data-option=job], [data-option=prompt]")
    before = await field.bounding_box()
    await field.fill(LONG)
    after = await field.bounding_box()

    assert before is not None
    assert after is not None
    assert before["width"] > 400
    assert after["height"] > before["height"] * 1.8
    assert await field.evaluate("area => area.scrollHeight <= area.clientHeight + 1")


async def test_line_breaks_of_a_pasted_prompt_become_blanks(chat: Page) -> None:
    await chat.locator("#composer").fill("/show job: a")
    field = chat.locator("[data-option=job]")
    await field.fill("a fox\n  in the snow\n")

    await expect(field).to_have_value("a fox in the snow ")


async def test_the_feed_stays_at_its_end_when_something_grows_late(chat: Page, sandbox: Sandbox) -> None:
    await fill_the_channel(sandbox)
    await expect(messages(chat, "line 29")).to_be_in_viewport()
    await chat.evaluate(GROW)

    await chat.wait_for_function(TO_END)
    await expect(chat.locator("#jump-to-end")).to_be_hidden()


async def test_whoever_scrolled_up_is_left_there(chat: Page, sandbox: Sandbox) -> None:
    await fill_the_channel(sandbox)
    await expect(messages(chat, "line 29")).to_be_in_viewport()
    await chat.locator("#scroller").evaluate("scroller => (scroller.scrollTop = 0)")
    await expect(chat.locator("#jump-to-end")).to_be_visible()
    await sandbox.discord.actor.say("ben", "studio", "something new")

    await expect(chat.locator("#jump-to-end")).to_have_text("New messages below")
    assert await chat.locator("#scroller").evaluate("scroller => scroller.scrollTop") == 0


async def test_a_button_stays_under_the_pointer_that_presses_it(chat: Page, sandbox: Sandbox) -> None:
    await type_command(chat, "/imagine a fox")
    button = messages(chat, "a fox - ").get_by_role("button", name="U1")
    await button.hover()
    await chat.mouse.down()
    await fill_the_channel(sandbox)
    await chat.evaluate(KNOWS, "line 29")
    await chat.mouse.up()

    await expect(messages(chat, "Image from @Ana")).to_be_in_viewport()
    assert await messages(chat, "line 29").count() == 1


async def test_the_way_to_the_end_covers_nothing_on_a_phone(chat: Page, sandbox: Sandbox) -> None:
    await chat.set_viewport_size(PHONE)
    await fill_the_channel(sandbox)
    await expect(messages(chat, "line 29")).to_be_in_viewport()
    await chat.locator("#scroller").evaluate("scroller => (scroller.scrollTop = 0)")
    await chat.locator("#composer").fill("/imagine a fox")
    pill, feed, box = [await chat.locator(what).bounding_box() for what in ("#jump-to-end", "#scroller", "#compose")]

    assert pill is not None
    assert feed is not None
    assert box is not None
    assert feed["y"] + feed["height"] <= pill["y"]
    assert pill["y"] + pill["height"] <= box["y"]
    await chat.keyboard.press("Escape")  # puts the command away, and what is offered for it
    await chat.locator("#jump-to-end").click()
    await chat.wait_for_function(TO_END)


async def test_each_result_has_a_head_of_its_own(chat: Page) -> None:
    for prompt in ("a fox", "an owl"):
        await type_command(chat, f"/imagine {prompt}")
        await expect(messages(chat, f"{prompt} - ").get_by_role("button", name="U1")).to_be_visible()

    await expect(chat.locator("li[data-message-id] .heading-line")).to_have_count(2)


async def test_a_reply_shows_its_original_as_it_stands(chat: Page, sandbox: Sandbox) -> None:
    await type_command(chat, "/panel ")
    panel = messages(chat, "How the studio works")
    await expect(panel).to_be_visible()
    await sandbox.discord.actor.say("ana", "studio", "so it is", reply_to=await panel.get_attribute("data-message-id"))
    await type_command(chat, "/count ")
    await expect(messages(chat, "that was all").locator(".jump")).to_have_text("counting (2/2)")
    said = await sandbox.discord.actor.say("ben", "studio", "the beginning")
    await sandbox.discord.actor.say("ana", "studio", "an answer", reply_to=said["id"])

    await expect(messages(chat, "so it is").locator(".jump")).to_have_text("Settings")
    await expect(messages(chat, "an answer").locator(".jump")).to_have_text("the beginning")
    await sandbox.discord.actor.delete_message("studio", said["id"], "ben")
    await expect(messages(chat, "an answer")).to_contain_text("Original message was deleted")


async def test_a_file_is_chosen_in_the_page_s_own_way(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await chat.get_by_role("button", name="Custom Zoom").click()
    dialog = chat.get_by_role("dialog", name="Zoom Out")
    async with chat.expect_file_chooser() as chosen:
        await dialog.get_by_text("Choose a file").click()
    await (await chosen.value).set_files([PICTURE])

    await expect(dialog.get_by_role("listitem")).to_contain_text("fox.png")
    await expect(dialog.get_by_label("Mask")).to_have_css("opacity", "0")
