"""Wrong payloads are caught by Discord's own API description, whichever side sends them."""

import copy
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from sandbox.discord.payloads import Payloads
from sandbox.discord.rest import API, Exchange
from tests.sandbox.discord_studio import open_loopback, open_studio, picture_file
from tests.support.official import Judge

Change = Callable[[Any], None]

BUTTON = {"type": 2, "style": 1, "label": "x", "custom_id": "a"}
COMMAND = {
    "name": "do",
    "description": "x",
    "options": [{"type": 4, "name": "n", "description": "x", "min_value": 1, "required": True}],
}
MODAL = {
    "type": 9,
    "data": {
        "custom_id": "m",
        "title": "t",
        "components": [{"type": 18, "label": "l", "component": {"type": 4, "custom_id": "f", "style": 1}}],
    },
}


@pytest.fixture
async def exchanges(official_judge: Judge) -> dict[str, Exchange]:
    """Faultless calls of each kind, by a short name."""
    seen: list[Exchange] = []
    async with open_loopback() as loopback, aiohttp.ClientSession() as session:
        loopback.observers.append(seen.append)

        async def call(method: str, path: str, body: Any = None) -> Any:
            headers = {"Authorization": f"Bot {loopback.token}"}
            async with session.request(method, loopback.api_url + path, json=body, headers=headers) as response:
                return await response.json() if response.status != 204 else None

        place = loopback.state.channel("studio")
        assert place is not None
        rows = [{"type": 1, "components": [BUTTON]}]
        sent = await call(
            "POST",
            f"/channels/{place.id}/messages",
            {"content": "x", "embeds": [{"title": "t", "color": 1}], "components": rows},
        )
        await call("GET", f"/channels/{place.id}/messages/{sent['id']}")
        await call("GET", f"/channels/{place.id}/messages/1")
        await call("PUT", f"/applications/{loopback.state.application_id}/commands", [COMMAND])
        await call("GET", f"/guilds/{place.guild_id}")
        interaction_id = await loopback.actor.slash("ana", "studio", "do", {"n": 1})
        token = loopback.state.interactions[int(interaction_id)].token
        await call("POST", f"/interactions/{interaction_id}/{token}/callback?with_response=1", MODAL)
        loopback.observers.remove(seen.append)
    assert [official_judge.description.violations(exchange) for exchange in seen] == [[]] * len(seen)
    return dict(zip(("send", "read", "refusal", "sync", "guild", "answer"), seen, strict=True))


def set_to(*path: str | int, value: Any) -> Change:
    def change(body: Any) -> None:
        for key in path[:-1]:
            body = body[key]
        body[path[-1]] = value

    return change


def without(*path: str | int) -> Change:
    def change(body: Any) -> None:
        for key in path[:-1]:
            body = body[key]
        del body[path[-1]]

    return change


FIRST_BUTTON: tuple[str | int, ...] = ("components", 0, "components", 0)
FIRST_FIELD: tuple[str | int, ...] = ("data", "components", 0, "component")

WRONG_REQUESTS = {
    "a number for a text": ("send", set_to("content", value=7)),
    "too long": ("send", set_to("embeds", 0, "title", value="x" * 257)),
    "too many": ("send", set_to("embeds", value=[{}] * 11)),
    "a missing field": ("send", without(*FIRST_BUTTON, "style")),
    "an unknown kind of component": ("send", set_to(*FIRST_BUTTON, "type", value=99)),
    "an id that is none": ("send", set_to("message_reference", value={"message_id": "newest"})),
    "a number out of range": ("send", set_to("embeds", 0, "color", value=1 << 24)),
    "one object for a list": ("sync", lambda body: body.insert(0, {"name": "x", "description": "x", "options": {}})),
    "an unknown kind of option": ("sync", set_to(0, "options", 0, "type", value=12)),
    "an answer of no kind": ("answer", set_to("type", value=2)),
    "a modal without a title": ("answer", without("data", "title")),
    "a field without its id": ("answer", without(*FIRST_FIELD, "custom_id")),
    "a message's data in a modal": ("answer", set_to("data", value={"content": "x"})),
}

WRONG_ANSWERS = {
    "a number for an id": ("send", set_to("id", value=7)),
    "an id that is none": ("read", set_to("author", "id", value="ana")),
    "a missing author": ("send", without("author")),
    "a missing field deep inside": ("read", without("author", "discriminator")),
    "a null that is not allowed": ("send", set_to("flags", value=None)),
    "a time that is none": ("read", set_to("timestamp", value="yesterday")),
    "an unknown kind of message": ("send", set_to("type", value=99)),
    "a list for an object": ("guild", set_to("roles", value=[[]])),
    "permissions as a number": ("guild", set_to("roles", 0, "permissions", value=8)),
    "a command without its version": ("sync", without(0, "version")),
    "a code that is no number": ("refusal", set_to("code", value="10008")),
    "a refusal without words": ("refusal", without("message")),
    "an answer without its interaction": ("answer", without("interaction")),
}


@pytest.mark.parametrize("case", WRONG_REQUESTS)
def test_wrong_requests_are_caught(exchanges: dict[str, Exchange], official_judge: Judge, case: str) -> None:
    name, change = WRONG_REQUESTS[case]
    right = exchanges[name]
    body = copy.deepcopy(right.body)
    change(body)

    wrong = Exchange(right.method, right.path, body, right.status, right.answer)

    assert "request: " in official_judge.description.violations(wrong)[0]


@pytest.mark.parametrize("case", WRONG_ANSWERS)
def test_wrong_answers_are_caught(exchanges: dict[str, Exchange], official_judge: Judge, case: str) -> None:
    name, change = WRONG_ANSWERS[case]
    right = exchanges[name]
    answer = copy.deepcopy(right.answer)
    change(answer)

    wrong = Exchange(right.method, right.path, right.body, right.status, answer)

    assert f"answer {right.status}: " in official_judge.description.violations(wrong)[0]


@pytest.mark.parametrize(
    ("exchange", "text"),
    [
        (Exchange("GET", API + "/no/such/thing", None, 200, {}), "no such call"),
        (Exchange("POST", API + "/channels/1/typing", {}, 204, None), "takes no body"),
        (Exchange("GET", API + "/users/@me", None, 202, {}), "no such status"),
        (Exchange("DELETE", API + "/channels/1/messages/2", None, 204, {}), "has no body"),
    ],
)
def test_wrong_calls_are_caught(official_judge: Judge, exchange: Exchange, text: str) -> None:
    [violation] = official_judge.description.violations(exchange)

    assert text in violation


async def test_every_client_and_every_loopback_is_judged(
    official_judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Payloads.me
    monkeypatch.setattr(Payloads, "me", lambda self: right(self) | {"mfa_enabled": "no"})
    async with open_studio():
        pass

    violations = official_judge.take()  # taken: this test is not to fail by them

    assert len(violations) == 1
    assert "/users/@me: answer 200: mfa_enabled" in violations[0]


async def test_multipart_bodies_are_judged_by_their_json(official_judge: Judge) -> None:
    seen: list[Exchange] = []
    async with open_studio() as studio:
        studio.loopback.observers.append(seen.append)
        await studio.text_channel("studio").send("x", file=picture_file())
        studio.loopback.observers.remove(seen.append)
    [right] = seen
    body = right.body | {"attachments": [{"id": 0, "filename": 7}]}

    [violation] = official_judge.description.violations(
        Exchange(right.method, right.path, body, right.status, right.answer)
    )

    assert right.body["attachments"][0]["filename"] == "a.png"
    assert "attachments.0.filename" in violation


def test_a_violation_fails_its_test(official_judge: Judge) -> None:
    judge = Judge(official_judge.description)
    judge.observe(Exchange("GET", API + "/users/@me", None, 200, {}))

    with pytest.raises(pytest.fail.Exception, match="forbids"):
        judge.refuse_violations()
    judge.refuse_violations()


def test_unknown_fields_are_reported(official_judge: Judge) -> None:
    path = API + "/channels/1/messages"
    nested = [{"type": 1, "components": [BUTTON | {"colour": 1}]}]
    exchange = Exchange("POST", path, {"contents": "x", "components": nested}, 204, None)

    fields = official_judge.description.unknown_fields(exchange)

    assert {field.split(": ")[1] for field in fields} == {"contents", "components[].components[].colour"}
