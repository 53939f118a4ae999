"""Bodies that Discord takes are taken, in every form that its description lists, and nothing of them is dropped."""

import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.sandbox.discord_caller import Caller, button, has_problem, row
from tests.sandbox.discord_studio import make_picture

EMBED = {"title": "A", "color": 0xFFFFFF, "url": "https://a.test/x", "timestamp": "2026-11-22T12:00:00Z"}
POLL: dict[str, Any] = {
    "question": {"text": "Which?"},
    "answers": [{"poll_media": {"text": "a", "emoji": {"name": "👍"}}}, {"poll_media": {"text": "b"}}],
    "duration": 2,
    "allow_multiselect": True,
}


async def send(caller: Caller, data: Any, channel: str = "studio", **headers: str) -> tuple[int, Any]:
    """A message in a form of one's own."""
    url = caller.loopback.api_url + caller.channel_path(channel) + "/messages"
    authorization = {"Authorization": f"Bot {caller.loopback.token}"}
    async with caller.session.post(url, data=data, headers=authorization | headers) as response:
        return response.status, await response.json()


def parts(**fields: Any) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("files[0]", make_picture(), filename="a.png")
    return form


FIELDS = {"content": "007", "tts": "false", "flags": "4", "nonce": "12"}
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (json.dumps({"content": "007", "flags": 4}), {"Content-Type": "application/json"}),
        (json.dumps({"content": "007", "flags": 4}), {"Content-Type": "application/json; charset=utf-8"}),
        (urlencode(FIELDS), URLENCODED),
        (urlencode(FIELDS | {"embeds": json.dumps([EMBED])}), URLENCODED),
        (parts(payload_json=json.dumps({"content": "007", "flags": 4})), {}),
        (parts(**FIELDS), {}),
    ],
    ids=["json", "charset", "form", "nested form", "parts", "plain parts"],
)
async def test_a_message_is_taken_in_every_form(caller: Caller, data: Any, headers: dict[str, str]) -> None:
    status, message = await send(caller, data, **headers)

    assert status == 200
    assert (message["content"], message["flags"]) == ("007", 4)


async def test_another_form_is_refused(caller: Caller) -> None:
    status, answer = await send(caller, "content=x", **{"Content-Type": "text/plain"})

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, "")


async def test_a_command_comes_as_json_alone(caller: Caller) -> None:
    url = f"{caller.loopback.api_url}/applications/{caller.loopback.state.bot.id}/commands"
    authorization = {"Authorization": f"Bot {caller.loopback.token}"}
    async with caller.session.put(url, data={"name": "do"}, headers=authorization) as response:
        answer = await response.json()

    assert (response.status, has_problem(answer, "")) == (400, True)


async def test_buttons_alone_are_a_message(caller: Caller) -> None:
    status, message = await caller.call(
        "POST", caller.channel_path("studio") + "/messages", {"components": [row(button(emoji={"name": "👍🏽"}))]}
    )

    assert (status, message["content"]) == (200, "")
    assert message["components"][0]["components"][0]["emoji"] == {"name": "👍🏽"}


async def test_a_sticker_is_kept(caller: Caller) -> None:
    body = {"content": "x", "sticker_ids": ["749054660769218631"]}

    _, message = await caller.call("POST", caller.channel_path("studio") + "/messages", body)

    assert message["sticker_items"] == [{"id": "749054660769218631", "name": "Wave", "format_type": 3}]


async def test_a_poll_is_kept_and_counted(caller: Caller) -> None:
    _, message = await caller.call("POST", caller.channel_path("studio") + "/messages", {"content": "x", "poll": POLL})
    await caller.loopback.actor.vote("ana", message["id"], [1])
    await caller.loopback.actor.vote("ben", message["id"], [1, 2])
    await caller.loopback.actor.vote("ana", message["id"], [2])
    path = f"{caller.channel_path('studio')}/messages/{message['id']}"
    _, now = await caller.call("GET", path)
    _, voters = await caller.call("GET", f"{caller.channel_path('studio')}/polls/{message['id']}/answers/2")
    _, ended = await caller.call("POST", f"{caller.channel_path('studio')}/polls/{message['id']}/expire")

    assert message["poll"]["question"] == {"text": "Which?"}
    assert message["poll"]["answers"][0] == {
        "answer_id": 1,
        "poll_media": {"text": "a", "emoji": {"id": None, "name": "👍"}},
    }
    assert [count["count"] for count in now["poll"]["results"]["answer_counts"]] == [1, 2]
    assert [user["username"] for user in voters["users"]] == ["ben", "ana"]
    assert ended["poll"]["results"]["is_finalized"]


async def test_a_null_is_as_good_as_nothing(caller: Caller) -> None:
    nothing = dict.fromkeys(("embeds", "components", "attachments", "allowed_mentions", "poll", "flags", "nonce"))

    status, _ = await caller.call("POST", caller.channel_path("studio") + "/messages", nothing | {"content": "x"})

    assert status == 200


@pytest.mark.parametrize("path", ["/messages", ""], ids=["message", "callback"])
async def test_a_form_may_hold_the_body_in_one_field_without_any_file(caller: Caller, path: str) -> None:
    """py-cord sends every answer to an interaction so."""
    callback, _ = await caller.interact()
    body = {"content": "007"} if path else {"type": 4, "data": {"content": "007"}}
    url = caller.channel_path("studio") + path if path else callback + "?with_response=true"
    authorization = {"Authorization": f"Bot {caller.loopback.token}"}

    async with caller.session.post(
        caller.loopback.api_url + url,
        data=urlencode({"payload_json": json.dumps(body)}),
        headers=authorization | URLENCODED,
    ) as response:
        assert response.status == 200

    assert caller.loopback.actor.messages("studio", "ana")[-1]["content"] == "007"
    assert caller.loopback.wire.ledger()[-1]["body"] == body


async def test_the_body_of_a_form_may_have_a_filename(caller: Caller) -> None:
    """A browser's form data gives a Blob one."""
    form = parts()
    form.add_field("payload_json", json.dumps({"content": "x"}).encode(), filename="blob")

    status, message = await send(caller, form)

    assert (status, message["content"], len(message["attachments"])) == (200, "x", 1)


async def test_a_text_is_taken_where_the_description_has_a_translated_one(caller: Caller) -> None:
    taken, _ = await caller.call("PATCH", "/applications/@me", {"description": "A studio"})
    also, _ = await caller.call("PATCH", "/applications/@me", {"description": {"default": "A studio"}})
    long, answer = await caller.call("PATCH", "/applications/@me", {"description": "x" * 401})

    assert (taken, also, long) == (200, 200, 400)
    assert has_problem(answer, "description")
