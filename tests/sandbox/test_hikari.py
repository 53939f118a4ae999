"""A second client library, unmodified, works with the loopback: what one forgives, the other reports."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import hikari
import pytest
from hikari import impl

from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_studio import PATIENCE_S, Watch, make_picture, open_loopback

Interacted = Callable[[Any], Awaitable[Any]]
INTENTS = hikari.Intents.ALL_UNPRIVILEGED | hikari.Intents.MESSAGE_CONTENT


class HikariBot:
    """A connected hikari bot; whatever a user does goes to `handler`."""

    def __init__(self, loopback: LoopbackDiscord) -> None:
        self.loopback = loopback
        self.app = hikari.GatewayBot(
            loopback.token,
            rest_url=loopback.api_url,
            banner=None,
            logs="ERROR",
            suppress_optimization_warning=True,
            intents=INTENTS,
        )
        self.handler: Interacted | None = None
        self.failures: list[BaseException] = []
        self.app.event_manager.subscribe(hikari.InteractionCreateEvent, self._interacted)
        self.app.event_manager.subscribe(hikari.ExceptionEvent, self._failed)

    async def _interacted(self, event: hikari.InteractionCreateEvent) -> None:
        assert self.handler is not None
        await self.handler(event.interaction)

    async def _failed(self, event: "hikari.ExceptionEvent[Any]") -> None:
        self.failures.append(event.exception)

    async def sync(self) -> None:
        file = hikari.CommandOption(type=hikari.OptionType.ATTACHMENT, name="image", description="x")
        count = hikari.CommandOption(type=hikari.OptionType.INTEGER, name="count", description="x", max_value=4)
        style = hikari.CommandOption(type=hikari.OptionType.STRING, name="style", description="x", autocomplete=True)
        slash = impl.SlashCommandBuilder("do", "Do it", options=[file, count, style])
        menu = impl.ContextMenuCommandBuilder(hikari.CommandType.MESSAGE, "Look at this")
        await self.app.rest.set_application_commands(self.loopback.state.application_id, [slash, menu])

    async def settled(self, act: Awaitable[str]) -> dict[str, Any]:
        """The interaction that an act led to, answered."""
        with Watch(self.loopback) as watch:
            result = await watch.settled(await act)
        assert result["state"] == "acknowledged"
        return result

    def seen(self, channel: str = "studio") -> list[dict[str, Any]]:
        return self.loopback.actor.messages(channel, "ana")


@pytest.fixture
async def bot() -> AsyncIterator[HikariBot]:
    async with open_loopback() as loopback:
        opened = HikariBot(loopback)
        await opened.app.start(check_for_updates=False)
        try:
            await opened.sync()
            async with asyncio.timeout(PATIENCE_S):
                await loopback.wait_ready()
            yield opened
            assert opened.failures == []
        finally:
            await opened.app.close()


async def test_it_logs_in_and_syncs(bot: HikariBot) -> None:
    me = bot.app.get_me()
    commands = await bot.app.rest.fetch_application_commands(bot.loopback.state.application_id)

    assert me is not None
    assert me.id == bot.loopback.state.bot.id
    assert {command.name for command in commands} == {"do", "Look at this"}
    assert {guild.name async for guild in bot.app.rest.fetch_my_guilds()} == {"Easel Studio", "Boosted Hall"}


async def test_it_answers_a_command_with_its_file(bot: HikariBot) -> None:
    async def handler(interaction: hikari.CommandInteraction) -> None:
        assert interaction.options is not None
        assert interaction.resolved is not None
        [attachment] = interaction.resolved.attachments.values()
        values = {option.name: option.value for option in interaction.options}
        picture = hikari.Bytes(await attachment.read(), "back.png")
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, f"{values['count']} of {attachment.width}", attachment=picture
        )

    bot.handler = handler
    upload = bot.loopback.actor.upload("ana", "in.png", make_picture())
    await bot.settled(bot.loopback.actor.slash("ana", "studio", "do", {"image": upload, "count": 3}))

    [message] = bot.seen()
    assert message["content"] == "3 of 9"
    async with aiohttp.request("GET", message["attachments"][0]["url"]) as response:
        assert await response.read() == make_picture()


async def test_it_thinks_edits_and_follows_up(bot: HikariBot) -> None:
    async def handler(interaction: hikari.CommandInteraction) -> None:
        await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
        await interaction.edit_initial_response("thought", attachment=hikari.Bytes(make_picture(), "a.png"))
        await interaction.execute("psst", flags=hikari.MessageFlag.EPHEMERAL)

    bot.handler = handler
    with Watch(bot.loopback) as watch:
        await bot.settled(bot.loopback.actor.slash("ana", "studio", "do", {}))
        await watch.until("MESSAGE_CREATE", lambda message: message["content"] == "psst")

    assert [message["content"] for message in bot.seen()] == ["thought", "psst"]
    assert [message["content"] for message in bot.loopback.actor.messages("studio", "ben")] == ["thought"]


async def test_it_reads_a_message_menu(bot: HikariBot) -> None:
    async def handler(interaction: hikari.CommandInteraction) -> None:
        assert interaction.resolved is not None
        [message] = interaction.resolved.messages.values()
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, f"saw {message.content}")

    bot.handler = handler
    said = await bot.loopback.actor.say("ben", "studio", "a bird")
    await bot.settled(bot.loopback.actor.context("ana", "studio", "Look at this", said["id"]))

    assert bot.seen()[-1]["content"] == "saw a bird"


async def test_it_suggests(bot: HikariBot) -> None:
    async def handler(interaction: hikari.AutocompleteInteraction) -> None:
        typed = next(option.value for option in interaction.options if option.is_focused)
        await interaction.create_response([impl.AutocompleteChoiceBuilder(f"{typed} by night", "night")])

    bot.handler = handler

    choices = await bot.loopback.actor.autocomplete("ana", "studio", "do", {"style": "cat"}, "style")

    assert [choice["name"] for choice in choices] == ["cat by night"]


async def test_it_answers_buttons_selects_and_modals(bot: HikariBot) -> None:
    async def handler(interaction: Any) -> None:
        if isinstance(interaction, hikari.ModalInteraction):
            [row] = interaction.components
            assert isinstance(row[0], hikari.TextInputComponent)
            await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, row[0].value, components=[])
        elif interaction.custom_id == "ask":
            field = impl.ModalActionRowBuilder().add_text_input("prompt", "Prompt", value="before")
            await interaction.create_modal_response("What?", "dialog", component=field)
        else:
            await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, interaction.values[0])

    bot.handler = handler
    buttons = impl.MessageActionRowBuilder().add_interactive_button(hikari.ButtonStyle.PRIMARY, "ask", label="Ask")
    menu = impl.MessageActionRowBuilder()
    menu.add_text_menu("menu", min_values=1).add_option("Blue", "blue").add_option("Red", "red")
    place = bot.loopback.state.channel("studio")
    assert place is not None
    await bot.app.rest.create_message(place.id, "grid", components=[buttons, menu])
    message = bot.seen()[-1]
    actor = bot.loopback.actor

    await bot.settled(actor.select("ana", message["id"], "menu", ["red"]))
    assert bot.seen()[-1]["content"] == "red"
    asked = await bot.settled(actor.click("ana", message["id"], "ask"))
    assert asked["modal"]["title"] == "What?"
    await bot.settled(actor.modal("ana", asked["id"], {"prompt": "after"}))

    assert bot.seen()[-1]["content"] == "after"
    assert bot.seen()[-1]["components"] == []


async def test_it_reads_the_newest_layouts(bot: HikariBot) -> None:
    place = bot.loopback.state.channel("studio")
    assert place is not None
    picture = hikari.Bytes(make_picture(), "a.png")
    container = impl.ContainerComponentBuilder()
    container.add_text_display("# Hi")
    container.add_media_gallery([impl.MediaGalleryItemBuilder(media=picture)])

    layout = hikari.MessageFlag.IS_COMPONENTS_V2
    message = await bot.app.rest.create_message(place.id, component=container, flags=layout)

    assert isinstance(message.components[0], hikari.ContainerComponent)
    assert bot.seen()[-1]["attachments"] == []


async def test_it_sends_reads_reacts_and_deletes(bot: HikariBot) -> None:
    place = bot.loopback.state.channel("studio")
    assert place is not None
    rest = bot.app.rest
    said = await bot.loopback.actor.say("ben", "studio", "hello")
    message = await rest.create_message(place.id, "hi", reply=int(said["id"]), mentions_reply=True)

    await rest.edit_message(place.id, message.id, "hi!")
    fetched = await rest.fetch_message(place.id, message.id)
    await bot.loopback.actor.react("ana", str(message.id), "👍")
    await rest.add_reaction(place.id, message.id, "👍")
    await rest.delete_message(place.id, message.id)

    assert fetched.content == "hi!"
    assert fetched.referenced_message is not None
    assert [one.content async for one in rest.fetch_messages(place.id)] == ["hello"]
    with pytest.raises(hikari.NotFoundError):
        await rest.fetch_message(place.id, message.id)


async def test_it_resumes_and_gets_what_it_missed(bot: HikariBot) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()

    async def listen(event: hikari.GuildMessageCreateEvent) -> None:
        heard.put_nowait(event.content)

    bot.app.event_manager.subscribe(hikari.GuildMessageCreateEvent, listen)
    resumed = bot.app.wait_for(hikari.ShardResumedEvent, PATIENCE_S)

    bot.loopback.gateway.abort()
    await bot.loopback.actor.say("ana", "studio", "missed")
    await resumed

    async with asyncio.timeout(PATIENCE_S):
        assert await heard.get() == "missed"
