"""What is left of a relay's key, in each form that gateways tell it in. Source: docs/relay.md 3.6."""

from typing import Any

import pytest

from bot.relay.balance import Balance, read_balance
from bot.relay.http import RelayHttp
from tests.support.loopback import Reply, ScriptedRelay, Seen

TOKEN, GRANTED, USED = "/api/usage/token/", "/dashboard/billing/subscription", "/dashboard/billing/usage"
UNLIMITED = {"total_granted": 0, "total_used": 250_000, "total_available": -250_000, "unlimited_quota": True}
LEFT = {"total_granted": 10_000_000, "total_used": 625_000, "total_available": 9_375_000, "unlimited_quota": False}


@pytest.mark.parametrize(
    ("answers", "balance"),
    [
        ({TOKEN: {"code": True, "message": "ok", "data": LEFT}}, Balance(18.75, 1.25)),
        ({TOKEN: {"code": True, "message": "ok", "data": UNLIMITED}}, Balance(None, 0.5)),
        ({GRANTED: {"hard_limit_usd": 20.0}, USED: {"total_usage": 125.0}}, Balance(18.75, 1.25)),
        ({GRANTED: {"hard_limit_usd": 100_000_000}, USED: {"total_usage": 125.0}}, Balance(None, 1.25)),
        ({TOKEN: "<html>", GRANTED: {"hard_limit_usd": 20.0}, USED: {"total_usage": 0}}, Balance(20.0, 0.0)),
        ({GRANTED: {"hard_limit_usd": 20.0}}, None),
        ({TOKEN: {"data": None}, GRANTED: {"error": {"message": "no"}}}, None),
        ({}, None),
    ],
    ids=["key", "key without a limit", "account", "account without a limit", "a page", "half", "other shapes", "none"],
)
async def test_what_is_left_is_read_where_it_is_told(answers: dict[str, Any], balance: Balance | None) -> None:
    def answer(seen: Seen) -> Any:
        return answers.get(seen.path, Reply(b'{"error": {"message": "Invalid URL"}}', 404))

    async with ScriptedRelay.serving(answer) as relay, RelayHttp.opened(relay.url, {}) as http:
        assert await read_balance(http) == balance
