"""A small bot with one of everything that the page must show; the page's tests start it as the sandbox's bot."""

import asyncio
import io
import os
from typing import Any

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image
from typing_extensions import override

Interaction = discord.Interaction[commands.Bot]

GRID = {
    "U1": "secondary",
    "U2": "secondary",
    "Vary (Strong)": "primary",
    "Cancel Job": "danger",
    "Saved": "success",
}


def paint(colour: str, side: int = 256, width: int = 0) -> discord.File:
    """A grid of four shades, perhaps with more of the first beside it."""
    picture = Image.new("RGB", (width or side, side), colour)
    picture.paste("#f4e9d8", (side // 2, 0, side, side // 2))
    picture.paste("#25304a", (0, side // 2, side // 2, side))
    data = io.BytesIO()
    picture.save(data, "PNG")
    data.seek(0)
    return discord.File(data, f"easel-{colour}.png", description=f"Four shades of {colour}")


class ZoomModal(ui.Modal, title="Zoom Out"):
    """A modal with every part."""

    text: "ui.TextDisplay[Any]" = ui.TextDisplay("Painted again with **more around it**.")
    prompt: "ui.Label[ZoomModal]" = ui.Label(
        text="Prompt",
        component=ui.TextInput(style=discord.TextStyle.paragraph, default="a red fox --zoom 2", custom_id="prompt"),
    )
    mask: "ui.Label[ZoomModal]" = ui.Label(text="Mask", component=ui.FileUpload(required=False, custom_id="mask"))
    strength: "ui.Label[ZoomModal]" = ui.Label(
        text="Strength",
        component=ui.RadioGroup(
            options=[discord.RadioGroupOption(label="Subtle"), discord.RadioGroupOption(label="Strong")],
            custom_id="strength",
        ),
    )
    shape: "ui.Label[ZoomModal]" = ui.Label(
        text="Shape",
        component=ui.Select(
            options=[discord.SelectOption(label="Wide"), discord.SelectOption(label="Tall")], custom_id="shape"
        ),
    )

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        prompt = self.prompt.component.value  # type: ignore[attr-defined]
        files = self.mask.component.values  # type: ignore[attr-defined]
        strength = self.strength.component.value  # type: ignore[attr-defined]
        shape = self.shape.component.values  # type: ignore[attr-defined]
        await interaction.response.send_message(
            f"zoomed: {prompt} | {[file.filename for file in files]} | {strength} | {shape}"
        )


class GridView(ui.View):
    """Buttons of every style, and a select."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        for label, style in GRID.items():
            button: ui.Button[GridView] = ui.Button(
                label=label, style=discord.ButtonStyle[style], custom_id=f"do-{label}", disabled=label == "Saved"
            )
            button.callback = self.press  # type: ignore[method-assign]
            self.add_item(button)
        self.add_item(ui.Button(label="Web", url="https://example.com/", row=1))
        silent: ui.Button[GridView] = ui.Button(emoji="🔄", custom_id="silent", row=1)
        silent.callback = self.stay_silent  # type: ignore[assignment,method-assign]
        self.add_item(silent)

    @ui.select(options=[discord.SelectOption(label="v7"), discord.SelectOption(label="niji")], custom_id="model", row=2)
    async def model(self, interaction: discord.Interaction, select: "ui.Select[GridView]") -> None:
        await interaction.response.send_message(f"chosen: {select.values[0]}", ephemeral=True)

    @ui.button(label="Custom Zoom", custom_id="zoom", emoji="🔍", row=1)
    async def zoom(self, interaction: discord.Interaction, _: "ui.Button[GridView]") -> None:
        await interaction.response.send_modal(ZoomModal())

    async def press(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        assert interaction.message is not None
        await interaction.message.reply(f"Image from {interaction.user.mention}", file=paint("teal", 512))

    async def stay_silent(self, _: discord.Interaction) -> None:
        """Let the interaction fail."""


class Panel(ui.LayoutView):
    """The layout components."""

    box: "ui.Container[Panel]" = ui.Container(
        ui.TextDisplay("## Settings\nHow the studio works for you"),
        ui.Separator(),
        ui.Section("**Remix**\nAsk first", accessory=ui.Button(label="On", custom_id="remix")),
        ui.ActionRow(ui.Button(label="Reset", custom_id="reset", style=discord.ButtonStyle.danger)),
        accent_colour=0xF2A65A,
    )


class Everything(ui.LayoutView):
    """Every part that a layout can have."""

    words: "ui.TextDisplay[Everything]" = ui.TextDisplay("# A layout\nwith *every* part")
    box: "ui.Container[Everything]" = ui.Container(
        ui.Section(
            "**A fox**\nin the snow", accessory=ui.Thumbnail("attachment://small.png", description="A small fox")
        ),
        ui.Separator(spacing=discord.SeparatorSpacing.large),
        ui.MediaGallery(
            discord.MediaGalleryItem("attachment://one.png", description="The first"),
            discord.MediaGalleryItem("attachment://two.png", description="The second", spoiler=True),
        ),
        ui.File("attachment://notes.txt"),
        accent_colour=0x2FA05F,
    )
    hidden: "ui.Container[Everything]" = ui.Container(ui.TextDisplay("behind the curtain"), spoiler=True)


class Selects(ui.View):
    """Every kind of select menu; each says what was chosen."""

    @ui.select(cls=ui.UserSelect, custom_id="users", placeholder="A person")
    async def users(self, interaction: discord.Interaction, select: "ui.UserSelect[Selects]") -> None:
        await interaction.response.send_message(f"person: {select.values[0].name}")

    @ui.select(cls=ui.RoleSelect, custom_id="roles", placeholder="A role")
    async def roles(self, interaction: discord.Interaction, select: "ui.RoleSelect[Selects]") -> None:
        await interaction.response.send_message(f"role: {select.values[0].name}")

    @ui.select(cls=ui.MentionableSelect, custom_id="anyone", placeholder="Anyone")
    async def anyone(self, interaction: discord.Interaction, select: "ui.MentionableSelect[Selects]") -> None:
        await interaction.response.send_message(f"anyone: {select.values[0].name}")

    @ui.select(cls=ui.ChannelSelect, custom_id="places", placeholder="A place")
    async def places(self, interaction: discord.Interaction, select: "ui.ChannelSelect[Selects]") -> None:
        await interaction.response.send_message(f"place: {select.values[0].name}")

    @ui.select(
        options=[discord.SelectOption(label=name) for name in ("Red", "Green", "Blue")],
        custom_id="colours",
        placeholder="Some colours",
        max_values=2,
    )
    async def colours(self, interaction: discord.Interaction, select: "ui.Select[Selects]") -> None:
        await interaction.response.send_message(f"colours: {select.values}")


class FormModal(ui.Modal, title="A form"):
    """The parts that `ZoomModal` leaves out."""

    name: "ui.Label[FormModal]" = ui.Label(
        text="Name", description="How it is to be called", component=ui.TextInput(min_length=3, custom_id="name")
    )
    person: "ui.Label[FormModal]" = ui.Label(text="Person", component=ui.UserSelect(custom_id="person"))
    wishes: "ui.Label[FormModal]" = ui.Label(
        text="Wishes",
        component=ui.CheckboxGroup(
            options=[discord.CheckboxGroupOption(label=name) for name in ("Large", "Loud", "Blue")],
            max_values=2,
            custom_id="wishes",
        ),
    )
    sure: "ui.Label[FormModal]" = ui.Label(text="Sure", component=ui.Checkbox(custom_id="sure"))

    @override
    async def on_submit(self, interaction: discord.Interaction) -> None:
        name = self.name.component.value  # type: ignore[attr-defined]
        person = self.person.component.values[0].name  # type: ignore[attr-defined]
        wishes = self.wishes.component.values  # type: ignore[attr-defined]
        sure = self.sure.component.value  # type: ignore[attr-defined]
        await interaction.response.send_message(f"form: {name} | {person} | {sorted(wishes)} | {sure}")


class PageBot(commands.Bot):
    """Answers everything at once."""

    def __init__(self) -> None:
        super().__init__(commands.when_mentioned, intents=discord.Intents.default(), guild_ready_timeout=0.01)

    @override
    async def setup_hook(self) -> None:
        self.add_view(GridView())
        everything: list[Any] = [
            imagine,
            show,
            panel,
            layout,
            selects,
            form,
            speak,
            whisper,
            forget,
            count,
            moderate,
            describe,
        ]
        for command in everything:
            self.tree.add_command(command)
        await self.tree.sync()


@app_commands.command(description="Make a picture from words")
@app_commands.describe(prompt="What to paint, and --parameters", image1="A picture to start from")
@app_commands.allowed_installs(guilds=True, users=True)
async def imagine(
    interaction: Interaction,
    prompt: str,
    image1: discord.Attachment | None = None,
    image2: discord.Attachment | None = None,
) -> None:
    line = f"**{prompt}** - {interaction.user.mention}"
    await interaction.response.send_message(f"{line} (Waiting to start)")
    await interaction.edit_original_response(content=f"{line} (31%) (fast)", attachments=[paint("teal", 32)])
    images = [image.filename for image in (image1, image2) if image]
    await interaction.delete_original_response()
    assert isinstance(interaction.channel, discord.abc.Messageable)
    await interaction.channel.send(f"{line} (fast) {images or ''}", file=paint("teal"), view=GridView())


@app_commands.command(description="Post one of your jobs again")
async def show(interaction: Interaction, job: str, shape: app_commands.Range[int, 1, 3] = 1) -> None:
    await interaction.response.send_message(f"shown: {job} {shape}")


@show.autocomplete("job")
async def suggest_jobs(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{current} in the rain", value="job-1")]


@app_commands.command(description="Adjust the studio")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message(view=Panel())


@app_commands.command(description="Show every part of a layout")
async def layout(interaction: Interaction) -> None:
    files = [paint("teal", 64), paint("navy", 128), paint("maroon", 128)]
    for file, name in zip(files, ("small.png", "one.png", "two.png"), strict=True):
        file.filename = name
    notes = discord.File(io.BytesIO(b"plain words"), "notes.txt")
    await interaction.response.send_message(view=Everything(), files=[*files, notes])


@app_commands.command(description="Choose from every kind of list")
async def selects(interaction: Interaction) -> None:
    await interaction.response.send_message("One of everything.", view=Selects())


@app_commands.command(description="Fill in a form")
async def form(interaction: Interaction) -> None:
    await interaction.response.send_modal(FormModal())


@app_commands.command(description="Say which language you speak")
async def speak(interaction: Interaction) -> None:
    await interaction.response.send_message(f"language: {interaction.locale.value}")


@app_commands.command(description="Say something that only you can see")
async def whisper(interaction: Interaction) -> None:
    await interaction.response.send_message("Only for you.", ephemeral=True)


@app_commands.command(description="Never answer")
async def forget(_: Interaction) -> None:
    return


@app_commands.command(description="Answer yourself, then say something else")
async def count(interaction: Interaction) -> None:
    await interaction.response.send_message("counting (0/2)")
    counting = await interaction.original_response()
    await counting.reply("that was all")
    await counting.edit(content="counting (2/2)")


@app_commands.command(description="Keep order")
@app_commands.default_permissions(manage_guild=True)
async def moderate(interaction: Interaction) -> None:
    await interaction.response.send_message("in order")


@app_commands.context_menu(name="Describe")
async def describe(interaction: Interaction, message: discord.Message) -> None:
    embed = discord.Embed(title="Described", description=f"1️⃣ {message.content[:40]}", colour=0x5865F2)
    file = paint("teal", 800, width=1200)
    await interaction.response.send_message(embed=embed.set_image(url=f"attachment://{file.filename}"), file=file)


def main() -> None:
    """Run against the sandbox whose addresses are in the environment."""
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    asyncio.run(PageBot().start(os.environ["DISCORD_TOKEN"]))


if __name__ == "__main__":
    main()
