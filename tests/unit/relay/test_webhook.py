"""The owner's webhook, over a real socket: one request, mentioning nobody, its address in no log."""

import logging

import pytest

from bot.errors import RelayError
from bot.relay.webhook import post_to_webhook
from tests.support.loopback import Fault, Reply, ScriptedRelay

PATH = "/api/webhooks/1/a-secret-token"


async def test_message_is_posted_as_discord_takes_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    async with ScriptedRelay.serving(Reply(status=204)) as hook:
        assert await post_to_webhook(hook.url + PATH, "@everyone the disk is full")

    (seen,) = hook.seen
    assert (seen.method, seen.path) == ("POST", PATH)
    assert seen.body == {"content": "@everyone the disk is full", "allowed_mentions": {"parse": []}}
    assert "a-secret-token" not in "".join(one.message for one in caplog.records if one.name.startswith("bot."))


@pytest.mark.parametrize("status", [400, 401, 404, 301])
async def test_what_is_refused_would_be_refused_again(status: int) -> None:
    async with ScriptedRelay.serving(Reply(status=status, headers={"Location": "/elsewhere"})) as hook:
        assert not await post_to_webhook(hook.url + PATH, "x")

    assert len(hook.seen) == 1  # a redirect is not followed


@pytest.mark.parametrize("answer", [Reply(status=500), Reply(status=429), Fault.RESET])
async def test_what_is_not_taken_now_may_be_taken_later(answer: object) -> None:
    async with ScriptedRelay.serving(answer) as hook:
        with pytest.raises(RelayError) as caught:
            await post_to_webhook(hook.url + PATH, "x")

    assert "a-secret-token" not in str(caught.value)


async def test_nobody_there_is_told_without_the_address(closed_port: int) -> None:
    with pytest.raises(RelayError) as caught:
        await post_to_webhook(f"http://127.0.0.1:{closed_port}{PATH}", "x")

    assert "a-secret-token" not in str(caught.value)
