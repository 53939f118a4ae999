"""What a library asks for when it starts, and registers, is there: commands one by one, lists, threads, emoji."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.discord_caller import Caller, has_problem
from tests.support.makers import picture, png_url

SLASH = {"name": "do", "description": "x", "name_localizations": {"de": "tu"}}
PLACES = ["", "/guilds/{studio_guild}"]


def own(caller: Caller, rest: str = "") -> str:
    guild = caller.loopback.state.bot_guilds()[0].id
    return f"/applications/{caller.loopback.state.bot.id}" + rest.format(studio_guild=guild)


def guild(caller: Caller, rest: str = "") -> str:
    return f"/guilds/{caller.loopback.state.bot_guilds()[0].id}{rest}"


@pytest.mark.parametrize("place", PLACES, ids=["global", "guild"])
async def test_commands_are_registered_one_by_one(caller: Caller, place: str) -> None:
    path = own(caller, place + "/commands")

    first, one = await caller.call("POST", path, SLASH)
    again, same = await caller.call("POST", path, SLASH | {"description": "y"})
    _, menu = await caller.call("POST", path, {"name": "Do it", "type": 3})
    _, changed = await caller.call("PATCH", f"{path}/{one['id']}", {"description": "z"})
    _, fetched = await caller.call("GET", f"{path}/{one['id']}")
    _, listed = await caller.call("GET", path + "?with_localizations=true")
    gone, _ = await caller.call("DELETE", f"{path}/{menu['id']}")
    missing, unknown = await caller.call("GET", f"{path}/{menu['id']}")

    assert (first, again, gone, missing) == (201, 200, 204, 404)
    assert one["id"] == same["id"] == changed["id"]
    assert fetched == changed
    assert changed["version"] != one["version"]
    assert [(command["name"], command["description"]) for command in listed] == [("do", "z"), ("Do it", "")]
    assert unknown["code"] == 10063


async def test_lists_of_commands_carry_translations_on_request_alone(caller: Caller) -> None:
    await caller.call("POST", own(caller, "/commands"), SLASH)

    _, plain = await caller.call("GET", own(caller, "/commands"))
    _, whole = await caller.call("GET", own(caller, "/commands?with_localizations=true"))

    assert "name_localizations" not in plain[0]
    assert whole[0]["name_localizations"] == {"de": "tu"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"description": "x"}, "name"),
        ({"name": "Do it", "description": "x"}, "name"),
        ({"name": "do"}, "description"),
        ({"name": "do", "description": "x", "contexts": [3]}, "contexts.0"),
        (
            {"name": "do", "description": "x", "options": [{"type": 3, "name": "A", "description": "x"}]},
            "options.0.name",
        ),
    ],
)
async def test_one_command_is_refused_as_many_are(caller: Caller, body: dict[str, Any], path: str) -> None:
    status, answer = await caller.call("POST", own(caller, "/commands"), body)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, path)


async def test_a_command_cannot_take_the_name_of_another(caller: Caller) -> None:
    await caller.call("POST", own(caller, "/commands"), SLASH)
    _, other = await caller.call("POST", own(caller, "/commands"), SLASH | {"name": "undo"})

    status, answer = await caller.call("PATCH", own(caller, f"/commands/{other['id']}"), {"name": "do"})

    assert (status, has_problem(answer, "name")) == (400, True)


async def test_permissions_of_commands_are_the_servers_own_affair(caller: Caller) -> None:
    _, command = await caller.call("POST", own(caller, "/commands"), SLASH)
    place = own(caller, "/guilds/{studio_guild}/commands")

    _, listed = await caller.call("GET", place + "/permissions")
    none, _ = await caller.call("GET", f"{place}/{command['id']}/permissions")
    unknown, _ = await caller.call("GET", f"{place}/1/permissions")
    refused, answer = await caller.call("PUT", f"{place}/{command['id']}/permissions", {"permissions": []})

    assert (listed, none, unknown, refused, answer["code"]) == ([], 404, 404, 403, 20001)


@pytest.mark.parametrize(
    "path",
    [
        "/gateway",
        "/gateway/bot",
        "/users/@me",
        "/users/@me/guilds",
        "/oauth2/applications/@me",
        "/applications/@me",
        "/voice/regions",
        "/sticker-packs",
        "/soundboard-default-sounds",
        "{own}/emojis",
        "{own}/entitlements",
        "{own}/role-connections/metadata",
        "{guild}?with_counts=true",
        "{guild}/preview",
        "{guild}/channels",
        "{guild}/threads/active",
        "{guild}/members?limit=1000",
        "{guild}/members/search?query=a",
        "{guild}/roles",
        "{guild}/emojis",
        "{guild}/stickers",
        "{guild}/scheduled-events",
        "{guild}/regions",
        "{guild}/soundboard-sounds",
        "{studio}/threads/archived/public",
        "{studio}/messages/pins",
        "{studio}/pins",
    ],
)
async def test_what_a_start_asks_for_is_there(caller: Caller, path: str) -> None:
    places = {"own": own(caller), "guild": guild(caller), "studio": caller.channel_path("studio")}

    status, _ = await caller.call("GET", path.format(**places))

    assert status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/bans"), ("GET", "/audit-logs"), ("GET", "/webhooks"), ("GET", "/invites"), ("POST", "/roles")],
)
async def test_what_needs_more_rights_is_refused(caller: Caller, method: str, path: str) -> None:
    status, answer = await caller.call(method, guild(caller, path), {} if method == "POST" else None)

    assert (status, answer["code"]) == (403, 50013)


async def test_emoji_of_the_application_are_good_for_buttons(caller: Caller) -> None:
    image = png_url(picture((16, 16)))
    status, emoji = await caller.call("POST", own(caller, "/emojis"), {"name": "bar_full", "image": image})
    pressed = {"type": 2, "style": 1, "custom_id": "a", "emoji": {"id": emoji["id"], "name": "bar_full"}}
    sent, _ = await caller.call(
        "POST",
        caller.channel_path("studio") + "/messages",
        {"content": "x", "components": [{"type": 1, "components": [pressed]}]},
    )
    _, renamed = await caller.call("PATCH", own(caller, f"/emojis/{emoji['id']}"), {"name": "bar_empty"})
    gone, _ = await caller.call("DELETE", own(caller, f"/emojis/{emoji['id']}"))
    _, listed = await caller.call("GET", own(caller, "/emojis"))

    assert (status, sent, renamed["name"], gone, listed) == (201, 200, "bar_empty", 204, {"items": []})


@pytest.mark.parametrize("body", [{"name": "x", "image": png_url(b"x")}, {"name": "okay", "image": "notanimage"}])
async def test_odd_emoji_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    status, answer = await caller.call("POST", own(caller, "/emojis"), body)

    assert (status, answer["code"]) == (400, 50035)


async def test_reactions_are_unicodes_emoji_or_known_ones(caller: Caller) -> None:
    said = await caller.loopback.actor.say("ben", "studio", "hello")
    await caller.loopback.actor.react("ana", said["id"], "👍")
    path = f"{caller.channel_path('studio')}/messages/{said['id']}/reactions"

    good, _ = await caller.call("PUT", f"{path}/%F0%9F%91%8D/@me")
    bad, answer = await caller.call("PUT", f"{path}/upscale/@me")
    _, users = await caller.call("GET", f"{path}/%F0%9F%91%8D")
    taken, _ = await caller.call("DELETE", f"{path}/%F0%9F%91%8D/@me")
    refused, _ = await caller.call("DELETE", path)
    _, now = await caller.call("GET", f"{caller.channel_path('studio')}/messages/{said['id']}")

    assert (good, bad, answer["code"], taken, refused) == (204, 404, 10014, 204, 403)
    assert [user["username"] for user in users] == ["ana", "Easel"]
    assert [reaction["count"] for reaction in now["reactions"]] == [1]


async def test_threads_start_with_and_without_a_message(caller: Caller) -> None:
    state = caller.loopback.state
    studio = caller.channel_path("studio")

    status, thread = await caller.call("POST", studio + "/threads", {"name": "Talk", "type": 11})
    said = await caller.loopback.actor.say("ana", thread["id"], "hello")
    _, members = await caller.call("GET", f"/channels/{thread['id']}/thread-members")

    assert (status, thread["type"], thread["parent_id"]) == (201, 11, studio.rsplit("/", 1)[1])
    assert said["channel_id"] == thread["id"]
    assert {member["user_id"] for member in members} >= {str(state.bot.id), said["author"]["id"]}


async def test_many_messages_go_at_once_where_that_is_allowed(caller: Caller) -> None:
    said = [await caller.loopback.actor.say("ana", "studio", f"{number}") for number in range(2)]
    body = {"messages": [message["id"] for message in said]}

    status, answer = await caller.call("POST", caller.channel_path("studio") + "/messages/bulk-delete", body)

    assert (status, answer["code"]) == (403, 50013)


async def test_the_older_version_is_there_too(caller: Caller) -> None:
    old = caller.loopback.api_url.replace("/v10", "/v9")
    authorization = {"Authorization": f"Bot {caller.loopback.token}"}
    message = {"content": "x", "embeds": [{"color": -1}]}
    async with caller.session.get(f"{old}/users/@me", headers=authorization) as me:
        user = await me.json()
    url = old + caller.channel_path("studio") + "/messages"
    async with caller.session.post(url, json=message, headers=authorization) as refused:
        answer = await refused.json()

    assert (user["username"], refused.status, answer["code"]) == ("Easel", 400, 50035)


@pytest.mark.parametrize(("kind", "value"), [(3, 1), (4, "a"), (10, "1.5")])
async def test_suggestions_are_of_their_options_kind(caller: Caller, kind: int, value: Any) -> None:
    await caller.sync(options=[{"type": kind, "name": "n", "description": "x", "autocomplete": True}])
    events = caller.loopback.subscribe()
    waiting = asyncio.create_task(caller.loopback.actor.autocomplete("ana", "studio", "do", {}, "n"))
    while (await events.get())[0] != "INTERACTION":
        pass
    (asked,) = caller.loopback.state.interactions.values()
    path = f"/interactions/{asked.id}/{asked.token}/callback"

    status, answer = await caller.call("POST", path, {"type": 8, "data": {"choices": [{"name": "a", "value": value}]}})
    await caller.call("POST", path, {"type": 8, "data": {"choices": []}})

    assert (status, has_problem(answer, "data.choices.0.value")) == (400, True)
    assert await waiting == []


@pytest.mark.parametrize(
    "rest", ["/messages?before=x", "/messages?after=-1", "/messages?around=1.5", "/messages?limit=%C2%B2"]
)
async def test_odd_parameters_of_a_list_are_refused(caller: Caller, rest: str) -> None:
    status, answer = await caller.call("GET", caller.channel_path("studio") + rest)

    assert (status, answer["code"]) == (400, 50035)
    assert has_problem(answer, rest.partition("?")[2].partition("=")[0])


async def test_a_refused_thread_is_told_what_is_wrong_and_no_more(caller: Caller) -> None:
    _, answer = await caller.call("POST", caller.channel_path("studio") + "/threads", {"name": ""})

    assert set(answer["errors"]) == {"name"}


async def test_members_join_a_thread_and_are_added(caller: Caller) -> None:
    members = caller.channel_path("side-thread") + "/thread-members"
    user = caller.loopback.state.user("ben")
    assert user is not None
    ben = user.id

    statuses = [(await caller.call("PUT", f"{members}/{who}"))[0] for who in ("@me", ben, 5)]
    _, own = await caller.call("GET", members + "/@me")
    _, everybody = await caller.call("GET", members)
    dropped, refusal = await caller.call("DELETE", f"{members}/{ben}")

    assert statuses == [204, 204, 404]
    assert own["user_id"] == str(caller.loopback.state.bot.id)
    assert str(ben) in {member["user_id"] for member in everybody}
    assert (dropped, refusal["code"]) == (403, 50013)


async def test_an_archived_thread_is_opened_by_a_message_and_takes_no_edit(caller: Caller) -> None:
    _, thread = await caller.call("POST", caller.channel_path("studio") + "/threads", {"name": "t", "type": 11})
    place = f"/channels/{thread['id']}"
    _, message = await caller.call("POST", place + "/messages", {"content": "a"})

    _, archived = await caller.call("PATCH", place, {"archived": True, "auto_archive_duration": 60})
    refused, refusal = await caller.call("PATCH", f"{place}/messages/{message['id']}", {"content": "b"})
    opened, _ = await caller.call("POST", place + "/messages", {"content": "c"})
    _, after = await caller.call("GET", place)

    assert (archived["thread_metadata"]["archived"], archived["thread_metadata"]["auto_archive_duration"]) == (True, 60)
    assert (refused, refusal["code"]) == (400, 50083)
    assert (opened, after["thread_metadata"]["archived"]) == (200, False)


async def test_a_locked_thread_takes_no_message(caller: Caller) -> None:
    _, thread = await caller.call("POST", caller.channel_path("studio") + "/threads", {"name": "t", "type": 11})
    await caller.call("PATCH", f"/channels/{thread['id']}", {"locked": True})

    status, refusal = await caller.call("POST", f"/channels/{thread['id']}/messages", {"content": "a"})

    assert (status, refusal["code"]) == (403, 160005)


async def test_the_application_has_its_old_summary(caller: Caller) -> None:
    """interactions.py cannot start without this field."""
    _, application = await caller.call("GET", "/oauth2/applications/@me")

    assert application["summary"] == ""


async def test_nulls_in_a_command_are_as_good_as_nothing(caller: Caller) -> None:
    """interactions.py writes them for all that was not set."""
    bounds = dict.fromkeys(("min_length", "max_length", "choices", "autocomplete", "name_localizations"))
    number = dict.fromkeys(("min_value", "max_value", "choices", "channel_types", "required"))
    options = [
        {"name": "a", "description": "x", "type": 3} | bounds,
        {"name": "b", "description": "x", "type": 4} | number,
    ]
    blank = dict.fromkeys(
        ("type", "nsfw", "default_member_permissions", "contexts", "integration_types", "dm_permission")
    )

    status, synced = await caller.call("PUT", own(caller, "/commands"), [SLASH | blank | {"options": options}])
    interaction_id = await caller.loopback.actor.slash("ana", "studio", "do", {"a": "hello", "b": 3})

    assert (status, synced[0]["type"], synced[0]["nsfw"]) == (200, 1, False)
    assert caller.loopback.actor.interaction(interaction_id)["state"] == "pending"
