"""An unmodified discord.py works with the loopback as it works with Discord: login, interactions, events."""

import asyncio
import base64
import re
from typing import Any

import aiohttp
import discord
import pytest
from typing_extensions import override

from sandbox.discord import interactions
from tests.sandbox.discord_studio import Interaction, Studio, make_picture, open_loopback, open_studio, picture_file


class Press(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"press:(?P<number>\d+)"):
    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label=str(number), custom_id=f"press:{number}"))
        self.number = number

    @classmethod
    @override
    async def from_custom_id(  # type: ignore[override]  # the library's signature is wider than its calls
        cls, interaction: Interaction, item: Any, match: re.Match[str], /
    ) -> "Press":
        return cls(int(match["number"]))

    @override
    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        await interaction.response.edit_message(content=f"pressed {self.number}")


def two_buttons() -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(Press(1))
    view.add_item(discord.ui.Button(label="off", custom_id="off", disabled=True))
    return view


async def test_login_shows_the_guilds_that_the_bot_is_in(studio: Studio) -> None:
    names = {guild.name for guild in studio.bot.guilds}

    assert names == {"Easel Studio", "Boosted Hall"}
    assert studio.loopback.bot_connected()
    assert studio.loopback.actor.state()["ready"]
    assert {command["name"] for command in studio.loopback.actor.state()["commands"]} == {"do", "Look at this"}


@pytest.mark.usefixtures("studio")
async def test_wrong_token_is_refused() -> None:
    client = discord.Client(intents=discord.Intents.none())

    with pytest.raises(discord.LoginFailure):
        await client.login("a.b.c")
    await client.close()


async def test_unchanged_commands_keep_their_ids(studio: Studio) -> None:
    before = await studio.bot.tree.fetch_commands()

    after = await studio.bot.tree.sync()

    assert {command.id for command in before} == {command.id for command in after}


async def test_slash_brings_options_and_files(studio: Studio) -> None:
    got: dict[str, Any] = {}

    async def handler(interaction: Interaction, image: discord.Attachment, count: int, **_: Any) -> None:
        got.update(data=await image.read(), size=(image.width, image.height), count=count)
        await interaction.response.send_message("here", file=picture_file())

    studio.bot.handler = handler
    upload = studio.loopback.actor.upload("ana", "in.png", make_picture())
    result = await studio.do(image=upload, count=3)

    assert got == {"data": make_picture(), "size": (9, 7), "count": 3}
    message = studio.seen()[-1]
    assert result["message_id"] == message["id"]
    assert message["attachments"][0]["content_type"] == "image/png"
    async with aiohttp.request("GET", message["attachments"][0]["url"]) as response:
        assert await response.read() == make_picture()
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_interaction_tells_where_and_who(studio: Studio) -> None:
    seen: list[Interaction] = []

    async def handler(interaction: Interaction, **_: Any) -> None:
        seen.append(interaction)
        await interaction.response.send_message("ok")

    studio.bot.handler = handler
    for channel in ("studio", "no-posting", "hall", "side-thread", "after-dark", "lounge", "dm"):
        await studio.do("ana", channel)

    here, silent, hall, thread, dark, lounge, dm = seen
    assert here.app_permissions.send_messages
    assert not silent.app_permissions.send_messages
    assert silent.permissions.send_messages
    assert hall.filesize_limit == 100 * 1024 * 1024
    assert here.filesize_limit == 10 * 1024 * 1024
    assert isinstance(thread.channel, discord.Thread)
    assert isinstance(dark.channel, discord.TextChannel)
    assert dark.channel.is_nsfw()
    assert here.is_guild_integration()
    assert not lounge.is_guild_integration()
    assert lounge.is_user_integration()
    assert not lounge.app_permissions.send_messages
    assert dm.guild is None
    assert dm.context.dm_channel
    assert isinstance(dm.user, discord.User)


async def test_first_follow_up_fills_the_thinking_message(studio: Studio) -> None:
    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.defer()
        await interaction.followup.send("first")
        await interaction.followup.send("second", ephemeral=True)

    studio.bot.handler = handler
    with studio.watch() as watch:
        await studio.do()
        await watch.until("MESSAGE_CREATE", lambda message: message["content"] == "second")

    assert [message["content"] for message in studio.seen()] == ["first", "second"]
    assert [message["content"] for message in studio.seen("ben")] == ["first"]
    assert not studio.seen()[0]["flags"] & 128


async def test_ephemeral_answer_is_out_of_reach_of_channel_routes(studio: Studio) -> None:
    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.send_message("psst", ephemeral=True)

    studio.bot.handler = handler
    result = await studio.do()

    with pytest.raises(discord.NotFound) as caught:
        await studio.text_channel("studio").fetch_message(int(result["message_id"]))
    assert caught.value.code == 10008


async def test_dynamic_buttons_answer(studio: Studio) -> None:
    studio.bot.add_dynamic_items(Press)
    await studio.text_channel("studio").send("grid", view=two_buttons())
    message = studio.seen()[-1]

    result = await studio.click("ben", message, "press:1")

    assert result["message_id"] == message["id"]
    assert studio.seen()[-1]["content"] == "pressed 1"


async def test_visitors_get_five_follow_ups(studio: Studio) -> None:
    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.send_message("0")
        for number in range(1, 6):
            await interaction.followup.send(str(number))
        with pytest.raises(discord.HTTPException) as caught:
            await interaction.followup.send("6")
        await interaction.edit_original_response(content=f"refused with {caught.value.code}")

    studio.bot.handler = handler
    with studio.watch() as watch:
        await studio.do("ana", "lounge")
        await watch.until("MESSAGE_UPDATE", lambda message: message["content"] == "refused with 40094")

    assert len(studio.seen("ana", "lounge")) == 6


async def test_token_dies_after_fifteen_simulated_minutes() -> None:
    async with open_studio() as studio:
        failure: asyncio.Queue[int] = asyncio.Queue()

        async def handler(interaction: Interaction, **_: Any) -> None:
            await interaction.response.send_message("young")
            studio.loopback.state.clock.change_speed(9000)
            await asyncio.sleep(0.11)
            with pytest.raises(discord.HTTPException) as caught:
                await interaction.edit_original_response(content="old")
            failure.put_nowait(caught.value.code)

        studio.bot.handler = handler
        await studio.do()

        assert await failure.get() == 50027


async def test_silence_fails_the_interaction(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions, "ANSWER_WITHIN_S", 0.05)
    may_answer = asyncio.Event()
    failure: asyncio.Queue[int] = asyncio.Queue()

    async def handler(interaction: Interaction, **_: Any) -> None:
        await may_answer.wait()
        with pytest.raises(discord.NotFound) as caught:
            await interaction.response.send_message("late")
        failure.put_nowait(caught.value.code)

    studio.bot.handler = handler
    result = await studio.do()
    may_answer.set()

    assert result["state"] == "failed"
    assert await failure.get() == 10062


async def test_second_answer_is_refused(studio: Studio) -> None:
    refused: asyncio.Queue[int] = asyncio.Queue()

    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.send_message("one")
        adapter = discord.webhook.async_.async_context.get()
        with pytest.raises(discord.HTTPException) as caught:
            await adapter.create_interaction_response(
                interaction.id,
                interaction.token,
                session=studio.bot.http._HTTPClient__session,  # type: ignore[attr-defined]
                params=discord.webhook.async_.interaction_message_response_params(type=4, content="two"),
            )
        refused.put_nowait(caught.value.code)

    studio.bot.handler = handler
    await studio.do()

    assert await refused.get() == 40060


async def test_context_menu_and_suggestions(studio: Studio) -> None:
    async def handler(interaction: Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"saw {message.content}", ephemeral=True)

    studio.bot.handler = handler
    actor = studio.loopback.actor
    said = await actor.say("ben", "studio", "a cat")

    with studio.watch() as watch:
        await watch.settled(await actor.context("ana", "studio", "Look at this", said["id"]))
    choices = await actor.autocomplete("ana", "studio", "do", {"style": "sea"}, "style")

    assert studio.seen()[-1]["content"] == "saw a cat"
    assert choices == [{"name": "sea by night", "value": "night"}]


async def test_missed_events_arrive_after_a_resume(studio: Studio) -> None:
    heard: asyncio.Queue[discord.Message] = asyncio.Queue()
    resumed: asyncio.Queue[None] = asyncio.Queue()
    studio.bot.add_listener(heard.put, "on_message")

    async def note() -> None:
        resumed.put_nowait(None)

    studio.bot.add_listener(note, "on_resumed")
    with studio.watch() as watch:
        studio.loopback.gateway.abort()
        await watch.until("BOT", lambda data: not data["connected"])
        await studio.loopback.actor.say("ana", "studio", "while you were out")
        await watch.until("BOT", lambda data: bool(data["connected"]))

    assert (await heard.get()).content == "while you were out"
    await resumed.get()


async def test_reactions_reach_the_bot(studio: Studio) -> None:
    heard: asyncio.Queue[discord.RawReactionActionEvent] = asyncio.Queue()
    studio.bot.add_listener(heard.put, "on_raw_reaction_add")
    message = await studio.text_channel("studio").send("like me")

    shown = await studio.loopback.actor.react("ben", str(message.id), "✉️")
    await message.add_reaction("✉️")

    assert (await heard.get()).emoji.name == "✉️"
    assert shown["reactions"][0]["me"]
    assert studio.seen()[-1]["reactions"][0]["count"] == 2


async def test_threads_and_history_are_there(studio: Studio) -> None:
    channel = studio.text_channel("studio")
    messages = [await channel.send(str(number)) for number in range(5)]
    thread = await messages[0].create_thread(name="gallery")
    await thread.send("inside")

    before = [m.content async for m in channel.history(limit=2, before=messages[3])]
    after = [m.content async for m in channel.history(limit=2, after=messages[1])]
    around = [m.content async for m in channel.history(limit=3, around=messages[2])]

    assert (before, after, sorted(around)) == (["2", "1"], ["2", "3"], ["1", "2", "3"])
    assert studio.seen(channel="gallery")[0]["content"] == "inside"


async def test_unknown_routes_are_recorded() -> None:
    async with open_loopback() as loopback:
        headers = {"Authorization": f"Bot {loopback.token}"}
        async with aiohttp.request("GET", f"{loopback.api_url}/lobbies/1", headers=headers) as response:
            assert response.status == 404
            assert response.headers["Content-Type"] == "application/json"
        assert loopback.unknown_routes == ["GET /api/v10/lobbies/1"]
        loopback.unknown_routes.clear()


async def test_ledger_remembers_forms_as_json_and_file_names(studio: Studio) -> None:
    await studio.text_channel("studio").send("see", file=picture_file())

    body = studio.loopback.wire.requests[-1].body

    assert body["content"] == "see"
    (file,) = body["files"]
    assert (file["part"], file["name"], file["size"]) == ("files[0]", "a.png", len(make_picture()))
    assert base64.b64decode(file["base64"]) == make_picture()
