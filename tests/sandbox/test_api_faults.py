"""What the page's side panel asks of the acting API: faults, the ledger, the relay's pace and family; odd input."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.relay.profiles import NEW_API, PROFILES

RELAY_FAULT = {"side": "relay", "method": "POST", "path": "/mj/submit/imagine", "times": 1}


class Api:
    """The acting API of a sandbox without a bot."""

    def __init__(self, sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._web = web

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and body of one call."""
        headers = {"Authorization": f"Bearer {self.sandbox.key}"}
        async with self._web.request(method, f"{self.sandbox.api_url}/{path}", headers=headers, **options) as response:
            return response.status, await response.json()

    async def imagine(self) -> tuple[int, str] | None:
        """What the loopback relay answers to a submit; None when the connection was cut."""
        assert self.sandbox.relay is not None
        headers, url = {"mj-api-secret": self.sandbox.relay.key}, f"{self.sandbox.relay.base_url}/mj/submit/imagine"
        try:
            async with self._web.post(url, json={"prompt": "a cat"}, headers=headers) as response:
                return response.status, await response.text()
        except aiohttp.ClientConnectionError:
            return None


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Sandbox(with_bot=False) as sandbox, aiohttp.ClientSession() as web:
        yield Api(sandbox, web)


async def test_faults_that_wait_are_listed_and_taken_back(api: Api) -> None:
    await api.ask("POST", "faults", json=RELAY_FAULT | {"status": 502, "body": "<html>Bad Gateway</html>"})
    await api.ask("POST", "faults", json=RELAY_FAULT | {"side": "discord", "path": "/api/*", "delay_s": 2})

    _, waiting = await api.ask("GET", "faults")
    status, _ = await api.ask("DELETE", "faults")

    assert [(fault["side"], fault["status"], fault["times"]) for fault in waiting] == [
        ("discord", None, 1),
        ("relay", 502, 1),
    ]
    assert status == 200
    assert await api.ask("GET", "faults") == (200, [])


async def test_broken_page_is_answered_once_and_costs_nothing(api: Api) -> None:
    await api.ask("POST", "faults", json=RELAY_FAULT | {"status": 502, "body": "<html>Bad Gateway</html>"})

    assert await api.imagine() == (502, "<html>Bad Gateway</html>")
    assert (await api.imagine() or (0,))[0] == 200
    assert await api.ask("GET", "faults") == (200, [])


async def test_false_answer_may_hide_the_effect(api: Api) -> None:
    await api.ask("POST", "faults", json=RELAY_FAULT | {"status": 502, "body": "<html>", "takes_effect": True})

    assert await api.imagine() == (502, "<html>")
    _, ledger = await api.ask("GET", "ledger")
    assert [task["charged"] for task in ledger["relay"]["tasks"]] == [1]


@pytest.mark.parametrize(("drop", "charged"), [("before", []), ("after", [1])])
async def test_dropped_reply_is_charged_only_after_the_effect(api: Api, drop: str, charged: list[int]) -> None:
    await api.ask("POST", "faults", json=RELAY_FAULT | {"drop": drop})

    assert await api.imagine() is None

    _, ledger = await api.ask("GET", "ledger")
    assert [task["charged"] for task in ledger["relay"]["tasks"]] == charged
    assert [request["status"] for request in ledger["relay"]["requests"]] == [None]


async def test_ledger_can_be_cut_to_the_newest(api: Api) -> None:
    for _ in range(3):
        await api.imagine()

    _, ledger = await api.ask("GET", "ledger?last=2")

    assert (len(ledger["relay"]["requests"]), len(ledger["relay"]["tasks"])) == (2, 2)


async def test_relay_changes_its_pace_and_family(api: Api) -> None:
    _, before = await api.ask("GET", "relay")
    _, after = await api.ask("POST", "relay", json={"speed": 20, "profile": "new-api"})

    assert (before["speed"], before["profile"]) == (1, "uniapi")
    assert [profile["name"] for profile in before["profiles"]] == list(PROFILES)
    assert (after["speed"], after["profile"]) == (20, "new-api")
    assert api.sandbox.relay is not None
    assert api.sandbox.relay.profile is NEW_API
    assert api.sandbox.clock.speed == 1  # Discord keeps its pace


async def test_family_can_be_chosen_at_the_start() -> None:
    async with Sandbox(with_bot=False, relay_profile=NEW_API) as sandbox:
        assert sandbox.relay is not None
        assert sandbox.relay.profile is NEW_API


async def test_own_relay_is_left_alone() -> None:
    own = Sandbox(with_bot=False, relay_url="http://127.0.0.1:9", relay_key="k")
    async with own as sandbox, aiohttp.ClientSession() as web:
        api = Api(sandbox, web)
        assert await api.ask("GET", "relay") == (200, None)
        status, answer = await api.ask("POST", "relay", json={"speed": 2})

    assert status == 409
    assert "your own" in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "relay", '{"speed": 0}'),
        ("POST", "relay", '{"profile": "moon"}'),
        ("GET", "ledger?last=-1", ""),
        ("GET", "ledger?last=%C2%B2", ""),
        ("POST", "faults", '{"side": "relay", "method": "GET", "path": "/", "times": 1, "delay_s": Infinity}'),
        ("POST", "faults", '{"side": "relay", "method": "GET", "path": "/", "times": 1, "headers": {"a\\n": "b"}}'),
        ("POST", "faults", '{"side": "relay", "method": "", "path": "/", "times": 1}'),
        ("POST", "say", '{"user": "ana", "channel": "studio", "content": "\\ud800"}'),
        ("POST", "say", '{"user": "ana", "channel": "studio", "content": "hi", "reply_to": "²"}'),
        ("POST", "say", '{"user": "ana", "channel": "studio", "content": "hi", "attachments": ["' + "9" * 5000 + '"]}'),
        ("POST", "say", "[" * 100_000),
        ("POST", "say", '{"user": "ana", "channel": "studio", "content": "' + "a" * 2001 + '"}'),
        ("POST", "react", '{"user": "ana", "message_id": "²", "emoji": "⭐"}'),
        ("POST", "select", '{"user": "ana", "message_id": "1", "custom_id": "x", "values": ["²"]}'),
        ("POST", "autocomplete", '{"user": "ana", "channel": "studio", "command": "", "focused": "x"}'),
        ("GET", "interactions/%C2%B2", ""),
        ("GET", "feed", ""),
    ],
)
async def test_odd_input_is_refused_with_a_sentence(api: Api, method: str, path: str, body: str) -> None:
    status, answer = await api.ask(method, path, data=body.encode())

    assert 400 <= status < 500
    assert answer["error"].endswith(".")


# Ready-made troubles.


async def test_unreadable_list_is_a_fault_that_waits(api: Api) -> None:
    body = {"trouble": "unreadable-list", "user": "ben", "channel": "studio"}

    made = await api.ask("POST", "troubles", json=body)
    _, [fault] = await api.ask("GET", "faults")

    assert made == (200, {"interaction_ids": []})
    assert (fault["side"], fault["path"], fault["status"], fault["times"]) == (
        *("relay", "*/mj/task/list-by-condition", 404),
        60,
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"trouble": "flood", "user": "ben", "channel": "studio"}, 404),
        ({"trouble": "long-option", "user": "nobody", "channel": "studio"}, 404),
        ({"trouble": "long-option", "user": "ben", "channel": "studio"}, 404),  # no bot, so no such command
        ({"trouble": "long-option"}, 400),
    ],
)
async def test_trouble_that_cannot_be_made_is_refused_in_a_sentence(
    api: Api, body: dict[str, str], status: int
) -> None:
    refused = await api.ask("POST", "troubles", json=body)

    assert refused[0] == status
    assert refused[1]["error"].endswith(".")
