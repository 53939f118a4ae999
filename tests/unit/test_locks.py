"""What is installed: the bot and its sandbox from one locked list, the tools of the tests on top, nothing unhashed."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# Run by `make tour`, which has the tools of the tests.
WITH_TOOLS = {"sandbox/tour/browser.py", "sandbox/tour/library.py", "sandbox/tour/readme_pictures.py"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return normal(match[0])


def pins(lock: str) -> dict[str, str]:
    """The version of each package; two markers of one package would be two lines."""
    lines = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {normal(name): version for name, version in lines}


def imported(path: Path) -> set[str]:
    """The packages outside the standard library that a file imports, by the name they are installed under."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.partition(".")[0])
    foreign = modules - sys.stdlib_module_names - {"bot", "cogs", "sandbox", "tests"}
    return {normal(DISTRIBUTIONS[module][0]) for module in foreign if module in DISTRIBUTIONS}


DISTRIBUTIONS = packages_distributions()


def test_runtime_is_locked_apart_and_alike() -> None:
    runtime, everything = pins(RUNTIME), pins(DEV)

    assert runtime.items() < everything.items()
    assert {name_of(one) for one in PROJECT["project"]["dependencies"]} <= runtime.keys()
    tools = {name_of(one) for one in PROJECT["dependency-groups"]["dev"]}
    assert tools <= everything.keys()
    assert not tools & runtime.keys()


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_every_locked_package_has_its_hashes_and_no_address(lock: str) -> None:
    entries = re.split(r"\n(?=\w)", (ROOT / lock).read_text().strip())

    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in "".join(entries)


def test_bot_and_sandbox_import_nothing_of_the_tools() -> None:
    files = [path for folder in ("bot", "cogs", "sandbox") for path in (ROOT / folder).rglob("*.py")]
    needed = set().union(*(imported(path) for path in files if str(path.relative_to(ROOT)) not in WITH_TOOLS))

    assert needed <= pins(RUNTIME).keys()


@pytest.mark.parametrize(("target", "lock"), [("run", ".venv/.runtime"), ("demo", ".venv/.runtime")])
def test_running_needs_the_runtime_alone(target: str, lock: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    rules = dict(re.findall(r"^(\S+): ([^#\n]*)", makefile, re.MULTILINE))

    assert rules[target].split() == ["runtime"]
    assert rules["runtime"].split() == [lock, "$(CATALOGUES)"]
    assert rules[lock].split() == [RUNTIME]
