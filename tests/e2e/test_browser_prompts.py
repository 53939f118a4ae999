"""Prompts as a person at the page types them, in a browser: a typo, and a prompt that stands for six."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat import message, say
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = {"MAX_JOBS_PER_PROMPT": "10"}


async def test_a_typo_is_pointed_at_fixed_and_run(chat: Page, room: Studio) -> None:
    await say(chat, "/imagine a red lighthouse over the sea --stylze 5000 --seed 7")
    question = message(chat, "Check this before it is sent")
    await expect(question).to_contain_text("Only you can see this")
    await expect(question.locator("u")).to_have_text("--stylze")
    assert room.relay.tasks() == []

    await question.get_by_role("button", name="Fix and run").click()

    result = message(chat, "a red lighthouse over the sea --stylize 1000 --seed 7").filter(
        has=chat.get_by_role("button", name="U1")
    )
    await expect(result.locator(".content img")).to_be_visible()
    await expect(message(chat, "Fixed and sent.").get_by_role("button", name="Fix and run")).to_have_count(0)
    assert len(room.relay.tasks()) == 1


async def test_a_permutation_is_confirmed_and_finished_with_one_ping(chat: Page, room: Studio) -> None:
    await say(chat, "/imagine {red, blue, green} {cat, dog} in the rain --ar 4:1 --seed 7")
    question = message(chat, "This will start 6 jobs and cost 6 units.")
    await expect(question).to_contain_text("green cat in the rain --ar 4:1 --seed 7")

    await question.get_by_role("button", name="Start all 6").click()
    begun = chat.locator("li[data-message-id]").filter(has=chat.get_by_role("button", name="Cancel the rest"))
    card = chat.locator(f"li[data-message-id='{await begun.get_attribute('data-message-id')}']")
    await expect(card).to_contain_text("/6) (fast)")

    last = message(chat, "All 6 are ready.")
    await expect(last).to_be_visible()
    await expect(card).to_contain_text("(6/6)")
    pictures = chat.locator("li[data-message-id]").filter(has=chat.get_by_role("button", name="U1"))
    await expect(pictures).to_have_count(6)
    pinging = [m for m in room.messages() if m["mentions"]]
    assert len(pinging) == 1
