"""The tables are whole: a way in that no table names, or that no drive leads through, fails here."""

import ast
import re
from pathlib import Path
from typing import Any

import discord

from bot.domain.review import Decision
from bot.ui.components.job_actions import JobAction, PictureQuestion, RegionAction
from bot.ui.components.modals import ModalKind
from bot.ui.flows import entry_points
from bot.ui.flows.entry_points import Rule
from tests.support.hands import EVERY_ENGINE
from tests.unit.ui.entry_points.ways import BUTTONS, COMMANDS, MENUS, MODALS, OTHERS, REGION_BUTTONS
from tests.unit.ui.entry_points.world import World

ROOT = Path(__file__).parents[4]


def starting(table: dict[Any, Rule]) -> set[Any]:
    return {name for name, rule in table.items() if rule in (Rule.STARTS, Rule.TEXT)}


async def test_every_command_and_menu_says_what_it_asks(world: World) -> None:
    tree = world.hands.bot.tree
    slash = {one.qualified_name for one in tree.walk_commands() if isinstance(one, discord.app_commands.Command)}
    menus = {
        one.qualified_name
        for kind in (discord.AppCommandType.message, discord.AppCommandType.user)
        for one in tree.get_commands(type=kind)
    }

    assert slash | menus == set(entry_points.COMMANDS)
    assert {one.name for one in tree.get_commands()} == entry_points.top_level_names(EVERY_ENGINE)
    assert "kling" not in entry_points.top_level_names(["midjourney"])


def test_every_button_says_what_it_asks() -> None:
    assert set(entry_points.BUTTONS) == set(JobAction)
    assert set(entry_points.REGION) == set(RegionAction)
    assert set(entry_points.MENUS) == set(PictureQuestion)
    assert set(entry_points.REVIEWS) == set(Decision)


async def test_every_button_has_its_handler_which_is_named_as_it_is(world: World) -> None:
    handlers = {action: handler.__name__ for action, handler in world.hands.bot.button_router.handlers.items()}

    assert {action: name.removeprefix("_") for action, name in handlers.items()} == {
        action: action.name.lower() for action in JobAction
    }


def test_every_button_is_made_by_the_name_of_its_action() -> None:
    made = {
        ast.unparse(node.args[0])
        for path in (ROOT / "bot" / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("JobButton", "RegionButton", "JobMenu")
    }
    actions = {f"{kind.__name__}.{one.name}" for kind in (JobAction, RegionAction, PictureQuestion) for one in kind}

    assert made == actions


def test_every_action_says_which_label_it_has() -> None:
    path = ROOT / "bot" / "ui" / "components" / "job_actions.py"
    texts = {
        ast.literal_eval(node.args[0])
        for path in (ROOT / "bot" / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_" and isinstance(node.args[0], ast.Constant)
    }
    labels = set(re.findall(r'"([^"]+)"', "\n".join(re.findall(r"#(.*)", path.read_text(encoding="utf-8")))))

    assert labels - texts == {"Zoom Out 2x", "1", "9"}  # what the relay names, and the numbers of cells


async def test_every_modal_panel_and_event_says_what_it_asks(world: World) -> None:
    listeners = {name for cog in world.hands.bot.cogs.values() for name, _call in cog.get_listeners()}

    assert set(ModalKind) == set(entry_points.MODALS)
    assert set(world.hands.bot.panel_router._by_name) == set(entry_points.PANELS)
    assert listeners | {"on_message"} == set(entry_points.EVENTS)  # replies are a cog that the owner switches on


def test_every_way_in_that_starts_jobs_is_driven_here() -> None:
    assert starting(entry_points.COMMANDS) == set(COMMANDS)
    assert starting(entry_points.BUTTONS) == set(BUTTONS)
    assert starting(entry_points.REGION) == set(REGION_BUTTONS)
    assert starting(entry_points.MENUS) == set(MENUS)
    assert starting(entry_points.MODALS) == set(MODALS)
    assert starting(entry_points.EVENTS) <= set(OTHERS)
