"""What a person's own client would never send, nobody can do on the loopback either."""

import asyncio
from typing import Any

import pytest

from sandbox.discord.acting import ActingError
from tests.sandbox.discord_caller import Caller, button, row
from tests.sandbox.discord_studio import PATIENCE_S


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


async def test_suggestions_that_never_come_are_an_error(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.discord.interactions.ANSWER_WITHIN_S", 0.01)
    await caller.sync(options=[{"type": 3, "name": "style", "description": "x", "autocomplete": True}])

    with pytest.raises(ActingError) as caught:
        async with asyncio.timeout(PATIENCE_S):
            await caller.loopback.actor.autocomplete("ana", "studio", "do", {}, "style")
    assert caught.value.status == 504
