"""`RELAYS` in the sandbox: a loopback relay for each entry without an address, with faults and a ledger of its own."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.errors import SettingsError
from sandbox.app import Sandbox
from sandbox.own_settings import read_settings
from tests.sandbox.test_api_faults import RELAY_FAULT, Api

ELSEWHERE = {"name": "c", "url": "https://c.example", "key": "theirs"}
RELAYS = json.dumps([{"name": "a", "weight": 3}, {"name": "b"}, ELSEWHERE])


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Sandbox(with_bot=False, env={"RELAYS": RELAYS}) as sandbox, aiohttp.ClientSession() as web:
        yield Api(sandbox, web)


async def test_the_bot_gets_their_addresses_and_keys(api: Api) -> None:
    a, b = api.sandbox.relays.values()

    assert json.loads(api.sandbox.bot_environment()["RELAYS"]) == [
        {"name": "a", "weight": 3, "url": a.base_url, "key": a.key},
        {"name": "b", "url": b.base_url, "key": b.key},
        ELSEWHERE,
    ]
    assert (a is api.sandbox.relay, a.key == b.key, a.base_url == b.base_url) == (True, False, False)


async def test_faults_and_ledger_are_of_each(api: Api) -> None:
    await api.ask("POST", "faults", json=RELAY_FAULT | {"relay": "b", "status": 502})
    await api.imagine()
    status, refused = await api.ask("POST", "faults", json=RELAY_FAULT | {"relay": "moon"})
    _, waiting = await api.ask("GET", "faults")
    _, ledger = await api.ask("GET", "ledger")
    await api.ask("DELETE", "faults")

    assert [(fault["side"], fault["relay"], fault["status"]) for fault in waiting] == [("relay", "b", 502)]
    assert {name: len(of["tasks"]) for name, of in ledger["relays"].items()} == {"a": 1, "b": 0}
    assert ledger["relay"] == ledger["relays"]["a"]
    assert (status, refused) == (404, {"error": "There is no loopback relay moon."})
    assert await api.ask("GET", "faults") == (200, [])


async def test_without_them_there_is_one() -> None:
    async with Sandbox(with_bot=False) as sandbox:
        assert (sandbox.relays, sandbox.relay is not None, "RELAYS" in sandbox.bot_environment()) == ({}, True, False)


def test_they_are_checked_before_anything_starts() -> None:
    assert read_settings([f"RELAYS={RELAYS}"]) == {"RELAYS": RELAYS}
    with pytest.raises(SettingsError, match="“weight” of its entry 1 must be at least 0"):
        read_settings(['RELAYS=[{"name": "a", "weight": -1}]'])
    with pytest.raises(SettingsError, match="RELAYS is not JSON"):
        read_settings(["RELAYS=a,b"])
