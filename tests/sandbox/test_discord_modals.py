"""Modals and select menus, opened by a real discord.py and filled in as a user would."""

from typing import Any

import discord
import pytest
from discord import ui
from typing_extensions import override

from sandbox.discord.acting import ActingError
from tests.sandbox.discord_studio import Interaction, Studio, make_picture

OPTIONS = [discord.SelectOption(label=name, value=name) for name in ("red", "green", "blue")]


class Everything(ui.Modal, title="Everything"):
    """Five parts at a time are allowed; the rest is in the second modal."""

    note = ui.TextDisplay[Any]("Read this")
    prompt = ui.Label[Any](text="Prompt", component=ui.TextInput(custom_id="prompt", default="a cat"))
    file = ui.Label[Any](text="File", component=ui.FileUpload(custom_id="file", required=False))
    colour = ui.Label[Any](text="Colour", component=ui.Select(custom_id="colour", options=OPTIONS))
    who = ui.Label[Any](text="Who", component=ui.UserSelect(custom_id="who", required=False))

    @override
    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        files = [await file.read() for file in self.file.component.values]  # type: ignore[attr-defined]
        colours = self.colour.component.values  # type: ignore[attr-defined]
        people = [user.name for user in self.who.component.values]  # type: ignore[attr-defined]
        prompt = self.prompt.component.value  # type: ignore[attr-defined]
        await interaction.response.send_message(f"{prompt} {colours} {people} {len(files)}")


class Ticks(ui.Modal, title="Ticks"):
    radio = ui.Label[Any](
        text="One",
        component=ui.RadioGroup(custom_id="radio", options=[discord.RadioGroupOption(label=n, value=n) for n in "ab"]),
    )
    boxes = ui.Label[Any](
        text="Some",
        component=ui.CheckboxGroup(
            custom_id="boxes", options=[discord.CheckboxGroupOption(label=n, value=n) for n in "xyz"]
        ),
    )
    box = ui.Label[Any](text="Yes?", component=ui.Checkbox(custom_id="box"))

    @override
    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        parts = [self.radio.component.value, self.boxes.component.values, self.box.component.value]  # type: ignore[attr-defined]
        await interaction.response.send_message(str(parts))


async def submit(studio: Studio, modal: ui.Modal, values: dict[str, Any]) -> str:
    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.send_modal(modal)

    studio.bot.handler = handler
    opened = await studio.do()
    with studio.watch() as watch:
        await watch.settled(await studio.loopback.actor.modal("ana", opened["id"], values))
    assert studio.loopback.actor.interaction(opened["id"])["modal"] is None
    return str(studio.seen()[-1]["content"])


async def test_modal_brings_text_file_and_choices(studio: Studio) -> None:
    upload = studio.loopback.actor.upload("ana", "mask.png", make_picture())

    said = await submit(studio, Everything(), {"file": [upload], "colour": ["red"], "who": ["ben"]})

    assert said == "a cat ['red'] ['ben'] 1"


async def test_modal_brings_radio_and_checkboxes(studio: Studio) -> None:
    said = await submit(studio, Ticks(), {"radio": "b", "boxes": ["x", "z"], "box": True})

    assert said == "['b', ['x', 'z'], True]"


@pytest.mark.parametrize(
    "values",
    [
        {"colour": ["red"], "prompt": ""},
        {"colour": ["pink"]},
        {"colour": []},
        {"colour": ["red", "blue"]},
        {"colour": ["red"], "prompt": "x" * 4001},
        {"colour": ["red"], "file": ["123"]},
        {"colour": ["red"], "nothing": "like this"},
    ],
)
async def test_modal_refuses_what_a_client_would_not_send(studio: Studio, values: dict[str, Any]) -> None:
    with pytest.raises(ActingError):
        await submit(studio, Everything(), values)


async def test_modal_belongs_to_its_opener_and_opens_once(studio: Studio) -> None:
    async def handler(interaction: Interaction, **_: Any) -> None:
        await interaction.response.send_modal(Ticks())

    studio.bot.handler = handler
    opened = await studio.do()

    with pytest.raises(ActingError, match="No modal"):
        await studio.loopback.actor.modal("ben", opened["id"], {"radio": "a", "boxes": ["x"]})


async def test_modal_from_a_button_can_change_its_message(studio: Studio) -> None:
    class Rename(ui.Modal, title="Rename"):
        name = ui.Label[Any](text="Name", component=ui.TextInput(custom_id="name"))

        @override
        async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
            await interaction.response.edit_message(content=self.name.component.value)  # type: ignore[attr-defined]

    class Panel(ui.View):
        @ui.button(label="Rename", custom_id="rename")
        async def rename(self, interaction: Interaction, _: ui.Button["Panel"]) -> None:
            await interaction.response.send_modal(Rename())

    await studio.text_channel("studio").send("old", view=Panel())
    opened = await studio.click("ana", studio.seen()[-1], "rename")
    with studio.watch() as watch:
        await watch.settled(await studio.loopback.actor.modal("ana", opened["id"], {"name": "new"}))

    assert studio.seen()[-1]["content"] == "new"


class Menus(ui.View):
    @ui.select(cls=ui.Select, custom_id="colour", options=OPTIONS, max_values=2)
    async def colour(self, interaction: Interaction, menu: ui.Select["Menus"]) -> None:
        await interaction.response.edit_message(content=",".join(menu.values))

    @ui.select(cls=ui.MentionableSelect, custom_id="whom")
    async def whom(self, interaction: Interaction, menu: ui.MentionableSelect["Menus"]) -> None:
        await interaction.response.edit_message(content=str(menu.values[0]))

    @ui.select(cls=ui.ChannelSelect, custom_id="where")
    async def where(self, interaction: Interaction, menu: ui.ChannelSelect["Menus"]) -> None:
        await interaction.response.edit_message(content=menu.values[0].name)


@pytest.mark.parametrize(
    ("custom_id", "values", "content"),
    [
        ("colour", ["red", "blue"], "red,blue"),
        ("whom", ["Moderator"], "Moderator"),
        ("where", ["no-posting"], "no-posting"),
    ],
)
async def test_select_menus_answer(studio: Studio, custom_id: str, values: list[str], content: str) -> None:
    await studio.text_channel("studio").send("choose", view=Menus())
    message_id = studio.seen()[-1]["id"]

    with studio.watch() as watch:
        await watch.settled(await studio.loopback.actor.select("ana", message_id, custom_id, values))

    assert studio.seen()[-1]["content"] == content


@pytest.mark.parametrize("values", [[], ["pink"], ["red", "red"], ["red", "green", "blue"]])
async def test_select_menus_refuse_other_values(studio: Studio, values: list[str]) -> None:
    await studio.text_channel("studio").send("choose", view=Menus())

    with pytest.raises(ActingError):
        await studio.loopback.actor.select("ana", studio.seen()[-1]["id"], "colour", values)
