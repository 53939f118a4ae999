"""Commands in the languages of the catalogues, as a sync tells them to Discord."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import language
from bot.ui.components.command_translator import CommandTranslator, commands_digest
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
    tree, translator = world.hands.bot.tree, CommandTranslator()
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]


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


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all catalogues that a test may change."""
    shutil.copytree(language.LOCALE_DIR, tmp_path / "locale")
    monkeypatch.setattr(language, "LOCALE_DIR", tmp_path / "locale")
    return tmp_path / "locale"


async def test_a_sync_is_needed_again_once_a_language_says_something_else(world: World, catalogues: Path) -> None:
    before = commands_digest(world.hands.bot.tree)
    again = commands_digest(world.hands.bot.tree)
    chinese = catalogues / "zh_CN" / "LC_MESSAGES" / "easel.mo"
    chinese.write_bytes(chinese.read_bytes().replace("图".encode(), "圖".encode(), 1))

    assert again == before
    assert commands_digest(world.hands.bot.tree) != before


async def test_a_sync_is_needed_again_once_a_command_is_another(world: World) -> None:
    tree = world.hands.bot.tree
    before = commands_digest(tree)
    taken = tree.remove_command("imagine")
    assert taken is not None
    without = commands_digest(tree)
    tree.add_command(taken)

    assert without != before
    assert sorted(command.name for command in tree.get_commands()).count("imagine") == 1


async def test_whether_a_sync_is_needed_is_told_without_a_catalogue_in_memory(world: World) -> None:
    language.catalogue.cache_clear()

    commands_digest(world.hands.bot.tree)

    assert language.catalogue.cache_info().currsize == 0
