"""What Discord refuses, the loopback refuses, with the same code at the same place of the error tree."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.discord.acting import ActingError
from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_studio import open_loopback

V2 = 1 << 15


def button(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": custom_id} | fields


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def menu(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}]} | fields


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def modal(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": 9, "data": {"custom_id": "m", "title": "t", "components": list(parts)} | fields}


def label(child: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "label": "l", "component": child}


FIELD = {"type": 4, "custom_id": "f", "style": 1}

SENDS = [
    ({}, 50006, ""),
    ({"content": "  "}, 50006, ""),
    ({"content": "x" * 2001}, 50035, "content"),
    ({"content": "x", "nonce": "n" * 26}, 50035, "nonce"),
    ({"embeds": [{"title": "x" * 257}]}, 50035, "embeds.0.title"),
    ({"embeds": [{"description": "x" * 4096}] * 2}, 50035, "embeds"),
    ({"embeds": [{"title": "x"}] * 11}, 50035, "embeds"),
    ({"embeds": [{"image": {"url": "attachment://no.png"}}]}, 50035, "components"),
    ({"content": "x", "components": [row(button())] * 6}, 50035, "components"),
    ({"content": "x", "components": [row(*(button(str(n)) for n in range(6)))]}, 50035, "components.0.components"),
    (
        {"content": "x", "components": [row(button(), button())]},
        50035,
        "components.0.components.1.custom_id",
    ),
    ({"content": "x", "components": [row(button("c" * 101))]}, 50035, "components.0.components.0.custom_id"),
    ({"content": "x", "components": [row(button(label="l" * 81))]}, 50035, "components.0.components.0.label"),
    ({"content": "x", "components": [row(button(label=None))]}, 50035, "components.0.components.0"),
    ({"content": "x", "components": [row(button(style=5))]}, 50035, "components.0.components.0"),
    ({"content": "x", "components": [row({"type": 2, "style": 5})]}, 50035, "components.0.components.0.url"),
    ({"content": "x", "components": [row(button(), menu())]}, 50035, "components.0"),
    ({"content": "x", "components": [row(menu(max_values=2))]}, 50035, "components.0.components.0.max_values"),
    ({"content": "x", "components": [button()]}, 50035, "components.0.type"),
    ({"content": "x", "components": [text()]}, 50035, "components.0.type"),
    ({"content": "x", "components": [text()], "flags": V2}, 50035, "content"),
    ({"components": [text("x" * 2001)] * 2, "flags": V2}, 50035, "components"),
    ({"components": [text()] * 41, "flags": V2}, 50035, "components"),
    ({"components": [{"type": 9, "components": [text()]}], "flags": V2}, 50035, "components.0.accessory"),
    ({"components": [{"type": 12, "items": []}], "flags": V2}, 50035, "components.0.items"),
    (
        {"components": [{"type": 13, "file": {"url": "https://a.test/x"}}], "flags": V2},
        50035,
        "components.0.file.url",
    ),
    (
        {"components": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}], "flags": V2},
        50035,
        "components.0.components.0.type",
    ),
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035, "allowed_mentions"),
    ({"content": "x", "message_reference": {"message_id": "1"}}, 50035, "message_reference"),
]

ANSWERS = [
    ({"type": 7, "data": {"content": "x"}}, "type"),
    ({"type": 8, "data": {"choices": []}}, "type"),
    ({"type": 5, "data": {"flags": V2}}, "data.flags"),
    (modal(label(FIELD), title="t" * 46), "data.title"),
    (modal(label(FIELD), custom_id=""), "data.custom_id"),
    (modal(), "data.components"),
    (modal(*(label(FIELD | {"custom_id": str(n)}) for n in range(6))), "data.components"),
    (modal(label(FIELD), label(FIELD)), "data.components.1.component.custom_id"),
    (modal(label(FIELD) | {"label": "l" * 46}), "data.components.0.label"),
    (modal(label(FIELD | {"value": "v" * 4001})), "data.components.0.component.value"),
    (modal(label(menu(disabled=True))), "data.components.0.component.disabled"),
    (modal(label(menu(min_values=0))), "data.components.0.component.min_values"),
    (modal(label(button())), "data.components.0.component.type"),
    (modal(row(button())), "data.components.0.components.0.type"),
]

SYNCS = [
    ([{"name": "Upper", "description": "x"}], "0.name"),
    ([{"name": "with space", "description": "x"}], "0.name"),
    ([{"name": "x" * 33, "description": "x"}], "0.name"),
    ([{"name": "x", "description": ""}], "0.description"),
    ([{"name": "x", "description": "x"}] * 2, "1"),
    ([{"name": f"x{n}", "description": "x"} for n in range(101)], ""),
    ([{"name": f"x{n}", "type": 3} for n in range(16)], ""),
    (
        [{"name": "x", "description": "x", "options": [{"type": 3, "name": "O", "description": "x"}]}],
        "0.options.0.name",
    ),
    (
        [
            {
                "name": "x",
                "description": "x",
                "options": [
                    {"type": 3, "name": "a", "description": "x"},
                    {"type": 3, "name": "b", "description": "x", "required": True},
                ],
            }
        ],
        "0.options.1",
    ),
    (
        [
            {
                "name": "x",
                "description": "x",
                "options": [
                    {"type": 3, "name": f"o{n}", "description": "d" * 100, "choices": choices}
                    for n in range(4)
                    for choices in [[{"name": f"{i:0100}", "value": f"{i:0100}"} for i in range(25)]]
                ],
            }
        ],
        "0",
    ),
]


class Caller:
    """Calls the REST side by hand."""

    def __init__(self, loopback: LoopbackDiscord, session: aiohttp.ClientSession) -> None:
        self.loopback = loopback
        self._session = session

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        authorization = {"Authorization": f"Bot {self.loopback.token}"} | headers
        url = self.loopback.api_url + path
        async with self._session.request(method, url, json=body, headers=authorization) as response:
            return response.status, await response.json() if response.status != 204 else None

    def channel_path(self, name: str) -> str:
        channel = self.loopback.state.channel(name)
        assert channel is not None
        return f"/channels/{channel.id}"

    async def sync(self, **command: Any) -> None:
        commands = [{"name": "do", "description": "x", "integration_types": [0, 1]} | command]
        status, _ = await self.call("PUT", f"/applications/{self.loopback.state.bot.id}/commands", commands)
        assert status == 200

    async def interact(self, **command: Any) -> tuple[str, str]:
        """The callback path and the token of a fresh slash command."""
        await self.sync(**command)
        interaction_id = await self.loopback.actor.slash("ana", "studio", "do", {})
        token = self.loopback.state.interactions[int(interaction_id)].token
        return f"/interactions/{interaction_id}/{token}/callback", token


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with open_loopback() as loopback, aiohttp.ClientSession() as session:
        yield Caller(loopback, session)


def has_problem(answer: Any, path: str) -> bool:
    node = answer["errors"]
    for key in path.split(".") if path else []:
        node = node[key]
    return all(set(problem) == {"code", "message"} for problem in node["_errors"])


@pytest.mark.parametrize(("body", "code", "path"), SENDS)
async def test_sends_are_refused(caller: Caller, body: dict[str, Any], code: int, path: str) -> None:
    status, answer = await caller.call("POST", caller.channel_path("studio") + "/messages", body)

    assert (status, answer["code"]) == (400, code)
    assert code == 50006 or has_problem(answer, path)
    assert caller.loopback.actor.messages("studio", "ana") == []


@pytest.mark.parametrize(("body", "path"), ANSWERS)
async def test_answers_are_refused(caller: Caller, body: dict[str, Any], path: str) -> None:
    callback, _ = await caller.interact()

    status, answer = await caller.call("POST", callback, body)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, path)


@pytest.mark.parametrize(("commands", "path"), SYNCS)
async def test_syncs_are_refused(caller: Caller, commands: list[Any], path: str) -> None:
    status, answer = await caller.call("PUT", f"/applications/{caller.loopback.state.bot.id}/commands", commands)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, path)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", "{lounge}", 403, 50001),
        ("GET", "{lounge}/messages", 403, 50001),
        ("POST", "{no-posting}/typing", 403, 50013),
        ("GET", "{studio}/messages/1", 404, 10008),
        ("GET", "{studio}/messages?limit=101", 400, 50035),
        ("GET", "/users/1", 404, 10013),
        ("GET", "/guilds/1", 404, 10004),
        ("POST", "/interactions/1/nothing/callback", 404, 10062),
        ("POST", "/webhooks/1/nothing", 404, 10015),
        ("GET", "/applications/1/commands", 403, 20012),
    ],
)
async def test_calls_are_refused(caller: Caller, method: str, path: str, status: int, code: int) -> None:
    for name in ("lounge", "no-posting", "studio"):
        path = path.replace("{" + name + "}", caller.channel_path(name))

    body = {"type": 4, "data": {"content": "x"}} if "/interactions/" in path else {"content": "x"}
    answered, answer = await caller.call(method, path, body if "/nothing" in path else None)

    assert (answered, answer["code"]) == (status, code)


async def test_only_the_own_token_is_accepted(caller: Caller) -> None:
    status, answer = await caller.call("GET", "/users/@me", Authorization="Bot someone.elses.token")

    assert (status, answer) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_bot_edits_and_deletes_its_own_messages_only(caller: Caller) -> None:
    said = await caller.loopback.actor.say("ben", "studio", "mine")
    path = f"{caller.channel_path('studio')}/messages/{said['id']}"

    edited = await caller.call("PATCH", path, {"content": "yours"})
    deleted = await caller.call("DELETE", path)

    assert (edited[1]["code"], deleted[1]["code"]) == (50005, 50013)


async def test_unanswered_token_reaches_nothing(caller: Caller) -> None:
    _, token = await caller.interact()

    _, answer = await caller.call("POST", f"/webhooks/{caller.loopback.state.bot.id}/{token}", {"content": "x"})

    assert answer["code"] == 10015


@pytest.mark.parametrize(("channel", "megabytes", "status"), [("studio", 11, 413), ("hall", 11, 200)])
async def test_files_have_a_size_limit(caller: Caller, channel: str, megabytes: int, status: int) -> None:
    form = aiohttp.FormData({"payload_json": "{}"})
    form.add_field("files[0]", io.BytesIO(bytes(megabytes << 20)), filename="big.bin")
    url = caller.loopback.api_url + caller.channel_path(channel) + "/messages"
    headers = {"Authorization": f"Bot {caller.loopback.token}"}

    async with aiohttp.request("POST", url, data=form, headers=headers) as response:
        assert response.status == status


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("no", {}),
        ("do", {"nothing": 1}),
        ("do", {}),
        ("do", {"n": 5}),
        ("do", {"n": "many"}),
        ("do", {"n": 1, "word": "xxxx"}),
        ("do", {"n": 1, "pick": "c"}),
        ("do", {"n": 1, "file": "1"}),
        ("do", {"n": 1, "who": "nobody"}),
        ("do more", {"n": 1}),
    ],
)
async def test_slash_refuses_what_a_client_would_not_send(
    caller: Caller, command: str, options: dict[str, Any]
) -> None:
    await caller.sync(
        options=[
            {"type": 4, "name": "n", "description": "x", "required": True, "min_value": 1, "max_value": 4},
            {"type": 3, "name": "word", "description": "x", "max_length": 3},
            {"type": 3, "name": "pick", "description": "x", "choices": [{"name": "A", "value": "a"}]},
            {"type": 11, "name": "file", "description": "x"},
            {"type": 6, "name": "who", "description": "x"},
        ]
    )

    with pytest.raises(ActingError):
        await caller.loopback.actor.slash("ana", "studio", command, options)


@pytest.mark.parametrize(
    ("user", "channel", "command"),
    [
        ("ben", "lounge", {}),
        ("ana", "lounge", {"integration_types": [0]}),
        ("ana", "dm", {"contexts": [0]}),
        ("ana", "studio", {"contexts": [1]}),
        ("ben", "studio", {"default_member_permissions": 32}),
        ("mia", "studio", {"default_member_permissions": 0}),
        ("ben", "studio", {"nsfw": True}),
        ("ben", "dm-ana", {}),
    ],
)
async def test_commands_stay_where_they_belong(
    caller: Caller, user: str, channel: str, command: dict[str, Any]
) -> None:
    await caller.sync(**command)

    with pytest.raises(ActingError):
        await caller.loopback.actor.slash(user, channel, "do", {})


async def test_subcommands_need_their_full_name(caller: Caller) -> None:
    leaf = {"type": 1, "name": "leaf", "description": "x"}
    await caller.sync(options=[{"type": 2, "name": "group", "description": "x", "options": [leaf]}])

    with pytest.raises(ActingError):
        await caller.loopback.actor.slash("ana", "studio", "do group", {})
    interaction_id = await caller.loopback.actor.slash("ana", "studio", "do group leaf", {})

    data = caller.loopback.state.interactions[int(interaction_id)].data
    assert data["options"][0]["options"][0]["name"] == "leaf"


async def test_buttons_refuse_strangers_and_disabled(caller: Caller) -> None:
    components = [row(button("on"), button("off", disabled=True))]
    callback, _ = await caller.interact()
    body = {"type": 4, "data": {"content": "x", "flags": 64, "components": components}}
    await caller.call("POST", callback, body)
    message_id = caller.loopback.actor.messages("studio", "ana")[0]["id"]
    click = caller.loopback.actor.click

    for user, custom_id, status in [("ana", "off", 409), ("ana", "none", 404), ("ben", "on", 404)]:
        with pytest.raises(ActingError) as caught:
            await click(user, message_id, custom_id)
        assert caught.value.status == status
    await click("ana", message_id, "on")


async def test_deletion_needs_the_right(caller: Caller) -> None:
    actor = caller.loopback.actor
    said = await actor.say("ana", "studio", "mine")

    with pytest.raises(ActingError):
        await actor.delete_message("studio", said["id"], "ben")
    await actor.delete_message("studio", said["id"], "mia")

    assert actor.messages("studio", "ana") == []


async def test_links_to_files_run_out() -> None:
    async with open_loopback(speed=24 * 3600 * 10) as loopback:
        upload = loopback.actor.upload("ana", "a.txt", b"hello")
        said = await loopback.actor.say("ana", "studio", "see", attachments=[upload])
        file = said["attachments"][0]
        link = file["url"].replace(f"ex={int(file['url'].split('ex=')[1][:8], 16):x}", "ex=00000001")

        async with aiohttp.request("GET", link) as response:
            assert response.status == 404
        async with aiohttp.request("GET", link.split("?")[0]) as response:
            assert response.status == 404


async def test_suggestions_that_never_come_are_an_error(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.discord.interactions.ANSWER_WITHIN_S", 0.01)
    await caller.sync(options=[{"type": 3, "name": "style", "description": "x", "autocomplete": True}])

    with pytest.raises(ActingError) as caught:
        async with asyncio.timeout(2):
            await caller.loopback.actor.autocomplete("ana", "studio", "do", {}, "style")
    assert caught.value.status == 504
