"""The shape of the house, held by reading its imports; and the lists that must stay complete."""

import subprocess
import sys

import pytest

from bot.domain.job import ENDED, Failure, FailureKind, JobStatus, Wait
from bot.ui.messages import job_list
from bot.ui.text import job_lines
from tests.support.makers import make_job
from tests.support.floors import ROOTS, floor_of
from tests.support.imports import ROOT, graphs, module_of, python_graph, script_graph, sources_here, under

FILES = under(sources_here(), "bot", "cogs", ending=".py")
GRAPHS = graphs(sources_here())
HOUSE = GRAPHS["bot + cogs"]


def importers(package: str, *, floors: set[int | None] | None = None) -> set[str]:
    """The modules that import a package, of some floors or of all."""
    return {
        module
        for module, imported in HOUSE.imports.items()
        if (floors is None or (module not in ROOTS and floor_of(module) in floors))
        and any(name == package or name.startswith(f"{package}.") for name in imported)
    }


OUTSIDE, JOBS, UI, COGS = 4, 5, 7, 8


def test_the_reader_sees_typed_late_and_dynamic_imports() -> None:
    python = {
        "bot/one.py": "if TYPE_CHECKING:\n    from bot.two import Two\ndef late():\n    from bot import three",
        "bot/two.py": "from . import one, __version__\nimport discord",
        "bot/three.py": "",
        "bot/__init__.py": "",
    }
    script = {
        "js/one.js": 'import {\n  two,\n} from "./two.js";\n// import "./four.js";\nawait import("./three.js");',
        "js/two.js": 'export { three } from "./three.js";',
        "js/three.js": 'import "../js/two.js";',
        "js/four.js": "",
    }

    assert python_graph(python).arrows() == {
        ("bot.one", "bot.two"),
        ("bot.one", "bot.three"),
        ("bot.two", "bot.one"),
        ("bot.two", "bot"),
    }
    assert python_graph(python).circles() == [["bot.one", "bot.two"]]
    assert script_graph(script).circles() == [["js/three.js", "js/two.js"]]
    assert "js/four.js" not in script_graph(script).imports["js/one.js"]


def test_the_house_has_no_import_circles() -> None:
    assert HOUSE.circles() == []


def test_every_module_has_its_floor() -> None:
    homeless = {module for module in HOUSE.imports if floor_of(module) is None}

    assert homeless == {*ROOTS, "bot"}


def test_imports_point_down_only() -> None:
    assert HOUSE.upward(floor_of) == set()


def test_only_roots_import_roots() -> None:
    assert {module for module, imported in HOUSE.imports.items() if imported & ROOTS} <= ROOTS


def test_relay_jobs_and_ground_floor_never_import_discord() -> None:
