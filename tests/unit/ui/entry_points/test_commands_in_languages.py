"""Commands in the languages of the catalogues, as a sync tells them to Discord."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.ui.components.command_translator import translated_commands
from bot.ui.flows.entry_points import CONTEXT_MENUS
from sandbox.discord.bodies import check_body
from sandbox.discord.commands import check_commands
from tests.unit.ui.entry_points.world import World


def parts(thing: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A command and its subcommands, options and choices, each with where it stands."""
    yield path, thing
    for one in [*thing.get("options", []), *thing.get("choices", [])]:
        yield from parts(one, f"{path} {one['name']}")


@pytest.fixture
async def commands(world: World) -> list[dict[str, Any]]:
    return await translated_commands(world.hands.bot.tree)


async def test_every_description_is_in_chinese(commands: list[dict[str, Any]]) -> None:
    described = [one for command in commands for one in parts(command, command["name"]) if "description" in one[1]]
    missing = [path for path, one in described if "zh-CN" not in one["description_localizations"]]

    assert len(described) > 100
    assert missing == []


async def test_menus_have_names_in_chinese_and_what_is_typed_is_english(commands: list[dict[str, Any]]) -> None:
    named = {one["name"] for command in commands for _path, one in parts(command, "") if one.get("name_localizations")}

    assert named >= CONTEXT_MENUS
    assert all(name in CONTEXT_MENUS or not name.islower() for name in named)  # the others are choices


async def test_english_is_told_once(commands: list[dict[str, Any]]) -> None:
    locales = {
        locale
        for command in commands
        for _path, one in parts(command, "")
        for locale in {**(one.get("name_localizations") or {}), **(one.get("description_localizations") or {})}
    }

    assert not locales & {"en-US", "en-GB"}


async def test_discord_takes_all_languages(commands: list[dict[str, Any]]) -> None:
    check_commands(commands)
    check_body("PUT /applications/{}/commands", commands)
