"""The acting API: who may call it, and what it says to bad input."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(with_bot=False) as running:
        yield running


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def bearer(sandbox: Sandbox, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {sandbox.key}", **headers}


async def ask(web: aiohttp.ClientSession, sandbox: Sandbox, method: str, path: str, **options: Any) -> tuple[int, Any]:
    options.setdefault("headers", bearer(sandbox))
    async with web.request(method, f"{sandbox.api_url}/{path}", **options) as response:
        return response.status, await response.json()


async def test_state_names_the_world(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    status, state = await ask(web, sandbox, "GET", "state")

    assert status == 200
    assert state["ready"] is False
    assert {"ana", "ben", "mia"} <= {user["username"] for user in state["users"]}


async def test_key_in_the_address_is_enough(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    status, _ = await ask(web, sandbox, "GET", f"state?key={sandbox.key}", headers={})

    assert status == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}])
async def test_missing_or_wrong_key_is_refused(
    sandbox: Sandbox, web: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    status, answer = await ask(web, sandbox, "GET", "state", headers=headers)

    assert status == 401
    assert "key" in answer["error"]


@pytest.mark.parametrize("header", [{"Host": "evil.example:80"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_foreign_host_or_origin_is_refused(
    sandbox: Sandbox, web: aiohttp.ClientSession, header: dict[str, str]
) -> None:
    status, answer = await ask(web, sandbox, "GET", "state", headers=bearer(sandbox, **header))

    assert status == 403
    assert "error" in answer


async def test_own_origin_is_allowed(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    origin = sandbox.url.partition("/?")[0]

    status, _ = await ask(web, sandbox, "GET", "state", headers=bearer(sandbox, Origin=origin))

    assert status == 200


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("slash", "{", "not JSON"),
        ("slash", "\xff", "not JSON"),
        ("slash", "[]", "must be an object"),
        ("slash", '{"user": "ana", "channel": "studio"}', "'command' is missing"),
        ("slash", '{"user": 7, "channel": "studio", "command": "imagine"}', "'user' is wrong"),
        ("slash", '{"user": "ana", "channel": "studio", "command": "x", "options": {"a": null}}', "'options.a'"),
        ("say", '{"user": "ana", "channel": "studio", "content": "hi", "to": "ben"}', "'to' is not a field"),
        ("click", '{"user": "ana", "message_id": "1"}', "'custom_id' is missing"),
        ("faults", '{"side": "moon", "method": "GET", "path": "/", "times": 1}', "'side' is wrong"),
        ("faults", '{"side": "relay", "method": "GET", "path": "/", "times": 0}', "'times' is wrong"),
        ("bot", '{"action": "dance"}', "'action' is wrong"),
        ("upload", "{}", "multipart"),
    ],
)
async def test_bad_body_is_refused_with_a_sentence(
    sandbox: Sandbox, web: aiohttp.ClientSession, path: str, body: str, sentence: str
) -> None:
    status, answer = await ask(web, sandbox, "POST", path, data=body.encode("latin-1"))

    assert status == 400
    assert sentence in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "say", {"user": "nobody", "channel": "studio", "content": "hi"}),
        ("POST", "say", {"user": "ana", "channel": "nowhere", "content": "hi"}),
        ("POST", "slash", {"user": "ana", "channel": "studio", "command": "unsynced"}),
        ("POST", "click", {"user": "ana", "message_id": "x", "custom_id": "u1"}),
        ("POST", "react", {"user": "ana", "message_id": "1", "emoji": "⭐"}),
        ("POST", "modal", {"user": "ana", "interaction_id": "x"}),
        ("GET", "interactions/x", None),
        ("GET", "channels/studio/messages", None),
        ("DELETE", "channels/studio/messages/1?user=ana", None),
        ("GET", "no-such-call", None),
        ("PUT", "state", None),
        ("POST", "bot", {"action": "start"}),
    ],
)
async def test_impossible_calls_are_refused_with_a_sentence(
    sandbox: Sandbox, web: aiohttp.ClientSession, method: str, path: str, body: Any
) -> None:
    status, answer = await ask(web, sandbox, method, path, json=body)

    assert 400 <= status < 500
    assert re.search(r"\w.*[.?]$", answer["error"])


async def test_said_words_arrive_on_the_feed_and_in_the_channel(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    async with web.ws_connect(f"{sandbox.api_url}/feed?key={sandbox.key}") as feed:
        _, said = await ask(web, sandbox, "POST", "say", json={"user": "ana", "channel": "studio", "content": "hi"})
        event = await feed.receive_json()

    _, messages = await ask(web, sandbox, "GET", "channels/studio/messages?user=ben")
    assert event["type"] == "MESSAGE_CREATE"
    assert event["data"]["id"] == said["id"] == messages[-1]["id"]


async def test_feed_needs_the_key(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        await web.ws_connect(f"{sandbox.api_url}/feed")


async def test_upload_can_be_sent_with_a_message(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"plain words", filename="note.txt")
    _, upload = await ask(web, sandbox, "POST", "upload", data=form)

    body = {"user": "ana", "channel": "studio", "attachments": [upload["upload_id"]]}
    _, message = await ask(web, sandbox, "POST", "say", json=body)

    assert [file["filename"] for file in message["attachments"]] == ["note.txt"]


async def test_upload_without_the_part_is_refused(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData()
    form.add_field("picture", b"x", filename="x.png")

    status, answer = await ask(web, sandbox, "POST", "upload", data=form)

    assert (status, answer) == (400, {"error": "The part 'file' is missing."})


async def test_fault_breaks_as_often_as_asked_and_is_cleared(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    fault = {"side": "discord", "method": "GET", "path": "/api/v10/gateway", "status": 503, "times": 2}
    await ask(web, sandbox, "POST", "faults", json=fault)

    statuses = []
    for _ in range(2):
        async with web.get(f"{sandbox.discord.api_url}/gateway") as response:
            statuses.append(response.status)
        await ask(web, sandbox, "DELETE", "faults")

    assert statuses[0] == 503
    assert statuses[1] != 503
    _, ledger = await ask(web, sandbox, "GET", "ledger")
    assert [entry["status"] for entry in ledger["discord"]["requests"]] == statuses
    assert ledger["relay"] == {"requests": [], "tasks": []}


async def test_own_relay_has_no_ledger_and_no_faults(web: aiohttp.ClientSession) -> None:
    fault = {"side": "relay", "method": "GET", "path": "/", "times": 1}

    async with Sandbox(with_bot=False, relay_url="http://127.0.0.1:9", relay_key="k") as sandbox:
        _, ledger = await ask(web, sandbox, "GET", "ledger")
        status, _ = await ask(web, sandbox, "POST", "faults", json=fault)

    assert ledger["relay"] is None
    assert status == 409


async def test_page_comes_with_a_strict_policy(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    async with web.get(sandbox.url) as response:
        headers, text = response.headers, await response.text()

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert sandbox.discord.origin in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "<script>" not in text
    assert "style=" not in text


async def test_people_post_ask_answer_and_forward(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    poll = {"question": "When?", "answers": ["by day", "by night"], "multiple": True}

    _, first = await ask(
        web, sandbox, "POST", "post", json={"user": "ana", "channel": "showcase", "title": "A", "content": "x"}
    )
    _, asked = await ask(
        web, sandbox, "POST", "say", json={"user": "ana", "channel": first["channel_id"], "poll": poll}
    )
    _, voted = await ask(
        web, sandbox, "POST", "vote", json={"user": "ben", "message_id": asked["id"], "answers": [1, 2]}
    )
    _, copy = await ask(
        web, sandbox, "POST", "forward", json={"user": "ben", "message_id": first["id"], "channel": "news"}
    )
    _, state = await ask(web, sandbox, "GET", "state")

    (post,) = [channel for channel in state["channels"] if channel["name"] == "A"]
    assert (post["id"], post["type"]) == (first["channel_id"], 11)
    assert [count["count"] for count in voted["poll"]["results"]["answer_counts"]] == [1, 1]
    assert copy["message_snapshots"][0]["message"]["content"] == "x"


async def test_links_unfold_as_they_are_told_to(sandbox: Sandbox, web: aiohttp.ClientSession) -> None:
    page = {"url": "https://a.test/page", "title": "A page", "image": "https://a.test/cat.png"}
    status, _ = await ask(web, sandbox, "POST", "previews", json=page)
    await ask(web, sandbox, "POST", "say", json={"user": "ana", "channel": "studio", "content": page["url"]})
    _, (message,) = await ask(web, sandbox, "GET", "channels/studio/messages?user=ana")

    assert status == 200
    assert (message["embeds"][0]["title"], message["embeds"][0]["thumbnail"]["url"]) == ("A page", page["image"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("say", {"user": "ana", "channel": "showcase", "content": "x"}),
        ("post", {"user": "ana", "channel": "studio", "title": "A", "content": "x"}),
        ("post", {"user": "ana", "channel": "showcase", "title": "", "content": "x"}),
        ("post", {"user": "ana", "channel": "showcase", "title": "A", "content": ""}),
        ("say", {"user": "ana", "channel": "studio", "poll": {"question": "?", "answers": []}}),
        ("vote", {"user": "ana", "message_id": "1", "answers": [1]}),
        ("forward", {"user": "ana", "message_id": "1", "channel": "news"}),
        ("previews", {"url": "nothing"}),
    ],
)
async def test_odd_acts_are_refused_in_a_sentence(
    sandbox: Sandbox, web: aiohttp.ClientSession, path: str, body: dict[str, Any]
) -> None:
    status, answer = await ask(web, sandbox, "POST", path, json=body)

    assert 400 <= status < 500
    assert answer["error"].endswith(".")
    assert sandbox.discord.state.channel("A") is None
