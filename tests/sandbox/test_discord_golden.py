"""The fields that discord.py cannot live without, found anew by deleting every field of every payload in turn.

The lists are golden: a payload that loses one of these fields fails here, and so does a newer discord.py that needs
another one.
"""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import discord
from discord.app_commands.namespace import Namespace

from sandbox.discord.rest import API, Exchange
from tests.sandbox.discord_studio import Interaction, Studio, make_picture, open_studio, picture_file

Parser = Callable[[Any], object]


def inside(path: str, names: set[str]) -> set[str]:
    return {f"{path}.{name}" for name in names}


USER = {"id", "username", "discriminator", "avatar"}
FILE = {"id", "filename", "size", "url", "proxy_url"}
MEMBER = {"user", "roles", "flags"} | inside("user", USER)
ORIGIN = {"id", "type", "user"} | inside("user", USER)
MESSAGE = {"id", "type", "content"} | inside("attachments.[]", FILE) | inside("interaction_metadata", ORIGIN)
INTERACTION = {
    *("id", "application_id", "type", "token", "version", "data", "attachment_size_limit", "channel.id"),
    *inside("member", MEMBER),
}

GOLDEN: dict[str, set[str]] = {
    "application": {
        *("id", "name", "icon", "description", "verify_key", "owner", "bot_public", "bot_require_code_grant"),
        *inside("owner", USER),
        *("team.id", "team.name", "team.icon", "team.members"),
        *inside("team.members.[]", {"membership_state", "role", "user", *inside("user", USER)}),
    },
    "command": {"id", "application_id", "name", "description", *inside("options.[]", {"type", "name", "description"})},
    "callback": {"interaction", "interaction.id", "resource.type", *inside("resource.message", MESSAGE)},
    "message": {"channel_id", *MESSAGE, *inside("reactions.[]", {"me", "emoji", "emoji.name"})},
    "READY": {
        *("user", "guilds", "guilds.[].id", "session_id", "resume_gateway_url", "application.flags"),
        *inside("user", USER),
    },
    "GUILD_CREATE": {
        "id",
        *inside("channels.[]", {"id", "type", "name", "position"}),
        *inside("roles.[]", {"id", "name"}),
        *inside("members.[]", MEMBER),
    },
    "GUILD_MEMBERS_CHUNK": {"guild_id", *inside("members.[]", MEMBER)},
    "MESSAGE_CREATE": {
        *("id", "channel_id", "type", "content", "author", "message_reference.channel_id"),
        *inside("author", USER),
        *inside("referenced_message", MESSAGE),
    },
    "MESSAGE_REACTION_ADD": {"user_id", "channel_id", "message_id", "type", "emoji", *inside("member", MEMBER)},
    "slash": {
        *INTERACTION,
        *inside("data", {"name", *inside("options.[]", {"name", "type", "value"})}),
        *inside("data.resolved.attachments.*", FILE),
    },
    "menu": {*INTERACTION, "data.name", *inside("data.resolved.messages.*", MESSAGE | {"channel_id"})},
    "component": {*INTERACTION, "data.custom_id", "data.component_type"},
    "modal": {*INTERACTION, "data.custom_id", "data.components"},
}


class Modal(discord.ui.Modal, title="What?"):
    words = discord.ui.Label[discord.ui.Modal](text="Words", component=discord.ui.TextInput(custom_id="words"))
    file = discord.ui.Label[discord.ui.Modal](text="File", component=discord.ui.FileUpload(custom_id="file"))


async def answer(interaction: Interaction, image: discord.Attachment | None = None, **_: Any) -> None:
    if image is None:
        await interaction.response.send_modal(Modal(timeout=1))
    else:
        view = discord.ui.View(timeout=1)
        view.add_item(discord.ui.Button(label="x", custom_id="x"))
        embed = discord.Embed(title="t").set_image(url="attachment://b.png")
        await interaction.response.send_message(
            f"{interaction.user.mention} here", embed=embed, view=view, files=[picture_file(), picture_file("b.png")]
        )


async def act(studio: Studio) -> None:
    """Everything that makes payloads."""
    actor = studio.loopback.actor
    studio.bot.handler = answer
    upload = actor.upload("ana", "in.png", make_picture())
    answered = await studio.do(image=upload, count=2)
    with studio.watch() as watch:
        await watch.settled(await actor.context("ana", "studio", "Look at this", answered["message_id"]))
    asked = await studio.do()
    await actor.modal("ana", asked["id"], {"words": "w", "file": [upload]})
    await actor.click("ana", answered["message_id"], "x")
    await actor.say("ben", "studio", "hm", reply_to=answered["message_id"], attachments=[])
    await actor.react("ben", answered["message_id"], "👍")
    await studio.bot.guilds[0].query_members(user_ids=[studio.loopback.state.bot.id], cache=False)
    await studio.bot.tree.fetch_commands()
    await studio.text_channel("studio").fetch_message(int(answered["message_id"]))


async def payloads(studio: Studio) -> dict[str, Any]:
    """One payload of each kind, as they went over the wire."""
    told: list[Exchange] = []
    studio.loopback.observers.append(told.append)
    try:
        await act(studio)
        await studio.bot.application_info()
    finally:
        studio.loopback.observers.remove(told.append)
    [session] = studio.loopback.gateway.sessions.values()
    found = {event: data for _, event, data in session.replay if event != "INTERACTION_CREATE"}
    kinds = {2: "slash", 3: "component", 5: "modal"}
    for _, event, data in session.replay:
        if event == "INTERACTION_CREATE":
            kind = "menu" if "target_id" in data["data"] else kinds[data["type"]]
            found.setdefault(kind, data)
    for exchange in told:
        path = exchange.path.removeprefix(API)
        if path.startswith("/oauth2"):
            found["application"] = exchange.answer
        elif path.endswith("/callback"):
            found.setdefault("callback", exchange.answer)
        elif path.endswith("/commands"):
            found["command"] = exchange.answer[0]
        elif exchange.method == "GET" and "/messages/" in path:
            found["message"] = exchange.answer
    return found


def take_interaction(state: Any, data: Any) -> None:
    taken = discord.Interaction[discord.Client](data=data, state=state)
    inner = data["data"]
    if data["type"] == 2:
        assert inner["name"]
        Namespace(taken, inner.get("resolved", {}), inner.get("options", []))
    else:
        state.parse_interaction_create(data)


def take_ready(state: Any, data: Any) -> None:
    state.application_id = None
    state.parse_ready(data)
    assert state._ready_task is not None
    state._ready_task.cancel()
    assert data["session_id"]
    assert data["resume_gateway_url"]


def parsers(client: discord.Client, channel: discord.TextChannel, slash: Any) -> dict[str, Parser]:
    """How discord.py takes each payload in; READY comes last, since it empties the client's memory."""
    state = client._connection
    parent: discord.Interaction[discord.Client] = discord.Interaction(data=slash, state=state)

    def message(data: Any) -> None:
        assert data["channel_id"] == str(channel.id)
        discord.Message(state=state, channel=channel, data=data)

    def callback(data: Any) -> None:
        kind = discord.InteractionResponseType.channel_message
        discord.InteractionCallbackResponse(data=data, parent=parent, state=state, type=kind)

    return {
        "GUILD_CREATE": lambda data: discord.Guild(data=data, state=state),
        "GUILD_MEMBERS_CHUNK": state.parse_guild_members_chunk,
        "MESSAGE_CREATE": state.parse_message_create,
        "MESSAGE_REACTION_ADD": state.parse_message_reaction_add,
        "message": message,
        "application": lambda data: discord.AppInfo(state, data),
        "command": lambda data: discord.app_commands.AppCommand(data=data, state=state),
        "callback": callback,
        "slash": partial(take_interaction, state),
        "menu": partial(take_interaction, state),
        "component": partial(take_interaction, state),
        "modal": partial(take_interaction, state),
        "READY": partial(take_ready, state),
    }


def places(payload: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where every field of a payload is; of lists the first entry stands for all."""
    if isinstance(payload, dict):
        for key, inner in payload.items():
            yield (*path, key)
            yield from places(inner, (*path, key))
    elif isinstance(payload, list) and payload:
        yield from places(payload[0], (*path, 0))


def needed(payload: Any, parse: Parser) -> set[str]:
    """The fields without which discord.py fails, ids in paths as `*`."""
    parse(copy.deepcopy(payload))
    found = set()
    for path in places(payload):
        smaller = copy.deepcopy(payload)
        holder = smaller
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
        try:
            parse(smaller)
        except (KeyError, TypeError, ValueError, AttributeError, AssertionError):
            found.add(".".join(map(spelled, path)))
    return found


def spelled(key: str | int) -> str:
    return "[]" if isinstance(key, int) else "*" if key.isdigit() else key


async def test_discord_py_gets_the_fields_that_it_needs() -> None:
    async with open_studio() as studio:
        recorded = await payloads(studio)
        readers = parsers(studio.bot, studio.text_channel("studio"), recorded["slash"])
        found = {name: needed(recorded[name], parse) for name, parse in readers.items()}

    assert found == GOLDEN
