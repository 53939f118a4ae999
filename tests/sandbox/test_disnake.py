"""A third client library in Python, unmodified, works with the loopback: disnake."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import disnake
import pytest
from disnake.ext import commands
from disnake.interactions.application_command import ApplicationCommandInteraction
from typing_extensions import override

from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_studio import PATIENCE_S, Watch, make_picture


def file(name: str = "a.png") -> disnake.File:
    return disnake.File(io.BytesIO(make_picture()), name)


class DisnakeBot(commands.InteractionBot):
    """Syncs its commands one by one and in bulk, as the library decides, and answers whatever people do."""

    def __init__(self, loopback: LoopbackDiscord) -> None:
        self.loopback = loopback
        intents = disnake.Intents(guilds=True, messages=True, message_content=True, reactions=True)
        super().__init__(intents=intents)
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.failures: list[BaseException] = []
        self.slash_command(name="do", description="Do it")(self.do)
        self.slash_command(name="think", description="Think")(self.think)
        self.slash_command(name="ask", description="Ask")(self.ask)
        self.message_command(name="Look at this")(self.look)

    async def do(
        self,
        inter: ApplicationCommandInteraction[Any],
        image: disnake.Attachment,
        count: int = commands.Param(le=4),
    ) -> None:
        row = disnake.ui.Button(custom_id="press", label="Press", emoji="👍")
        embed = disnake.Embed(title="A", colour=0x112233).set_image(file=file())
        await inter.response.send_message(f"{count} of {image.width}", embed=embed, components=[row])

    async def think(self, inter: ApplicationCommandInteraction[Any]) -> None:
        await inter.response.defer()
        await inter.edit_original_response("thought", files=[file()])
        await inter.followup.send("psst", ephemeral=True)

    async def ask(self, inter: ApplicationCommandInteraction[Any]) -> None:
        field = disnake.ui.TextInput(label="Prompt", custom_id="prompt", value="before")
        await inter.response.send_modal(title="What?", custom_id="dialog", components=[field])

    async def look(self, inter: Any, message: disnake.Message) -> None:
        await inter.response.send_message(f"saw {message.content}")

    async def on_button_click(self, inter: Any) -> None:
        await inter.response.edit_message("pressed", components=[])

    async def on_modal_submit(self, inter: Any) -> None:
        await inter.response.send_message(inter.text_values["prompt"])

    async def on_message(self, message: disnake.Message) -> None:
        if not message.author.bot:
            self.heard.put_nowait(message.content)

    @override
    async def on_slash_command_error(self, _inter: Any, error: Any) -> None:
        self.failures.append(error)


@pytest.fixture
async def bot(loopback: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DisnakeBot]:
    monkeypatch.setattr(disnake.http.Route, "BASE", loopback.api_url)
    opened = DisnakeBot(loopback)
    task = asyncio.create_task(opened.start(loopback.token), name="disnake")
    try:
        async with asyncio.timeout(PATIENCE_S):
            await loopback.wait_ready()
            await opened.wait_until_ready()
        yield opened
        assert opened.failures == []
    finally:
        await opened.close()
        await task


async def settled(bot: DisnakeBot, act: Any) -> dict[str, Any]:
    with Watch(bot.loopback) as watch:
        result = await watch.settled(await act)
    assert result["state"] == "acknowledged"
    return result


def seen(bot: DisnakeBot, user: str = "ana") -> list[dict[str, Any]]:
    return bot.loopback.actor.messages("studio", user)


async def test_it_syncs_and_registers_one_by_one(bot: DisnakeBot) -> None:
    guild = bot.guilds[0]

    made = await bot.create_global_command(disnake.SlashCommand("one", "x"))
    changed = await bot.edit_global_command(made.id, disnake.SlashCommand("one", "y"))
    await bot.delete_global_command(made.id)
    local = await bot.create_guild_command(guild.id, disnake.UserCommand("Greet"))
    fetched = await bot.fetch_guild_commands(guild.id)
    await bot.bulk_overwrite_guild_commands(guild.id, [])

    assert (made.id, changed.description) == (changed.id, "y")
    assert {command.name for command in await bot.fetch_global_commands()} == {"do", "think", "ask", "Look at this"}
    assert [command.id for command in fetched] == [local.id]
    assert await bot.fetch_guild_commands(guild.id) == []


async def test_it_answers_with_files_embeds_and_buttons(bot: DisnakeBot) -> None:
    upload = bot.loopback.actor.upload("ana", "in.png", make_picture())
    await settled(bot, bot.loopback.actor.slash("ana", "studio", "do", {"image": upload, "count": 3}))

    (message,) = seen(bot)
    assert (message["content"], message["embeds"][0]["color"]) == ("3 of 9", 0x112233)
    await settled(bot, bot.loopback.actor.click("ana", message["id"], "press"))
    assert seen(bot)[0]["content"] == "pressed"


async def test_it_thinks_edits_follows_up_and_asks(bot: DisnakeBot) -> None:
    with Watch(bot.loopback) as watch:
        await settled(bot, bot.loopback.actor.slash("ana", "studio", "think", {}))
        await watch.until("MESSAGE_CREATE", lambda message: message["content"] == "psst")
    assert [message["content"] for message in seen(bot)] == ["thought", "psst"]
    assert [message["content"] for message in seen(bot, "ben")] == ["thought"]

    asked = await settled(bot, bot.loopback.actor.slash("ana", "studio", "ask", {}))
    await settled(bot, bot.loopback.actor.modal("ana", asked["id"], {"prompt": "after"}))
    assert seen(bot)[-1]["content"] == "after"


async def test_it_reads_a_message_menu(bot: DisnakeBot) -> None:
    said = await bot.loopback.actor.say("ben", "studio", "a bird")
    await settled(bot, bot.loopback.actor.context("ana", "studio", "Look at this", said["id"]))

    assert seen(bot)[-1]["content"] == "saw a bird"


async def test_it_sends_edits_reacts_reads_and_deletes(bot: DisnakeBot) -> None:
    place = bot.loopback.state.channel("studio")
    assert place is not None
    channel = await bot.fetch_channel(place.id)
    assert isinstance(channel, disnake.TextChannel)

    message = await channel.send("hi", file=file(), components=[disnake.ui.Button(custom_id="a", label="A")])
    await message.edit("hi!")
    await bot.loopback.actor.react("ana", str(message.id), "👍")
    await message.add_reaction("👍")
    again = await channel.fetch_message(message.id)
    history = [one.content async for one in channel.history(limit=5)]
    copy = await message.forward(channel)
    await message.delete()

    assert (again.content, history) == ("hi!", ["hi!"])
    assert again.reactions[0].count == 2
    assert copy.message_snapshots[0].content == "hi!"
    with pytest.raises(disnake.NotFound):
        await channel.fetch_message(message.id)


async def test_it_resumes_and_gets_what_it_missed(bot: DisnakeBot) -> None:
    bot.loopback.gateway.abort()
    await bot.loopback.actor.say("ana", "studio", "missed")

    async with asyncio.timeout(PATIENCE_S):
        assert await bot.heard.get() == "missed"
