"""The shape of the house, held by reading its imports; and the lists that must stay complete."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bot.jobs.models import ENDED, Failure, FailureKind, JobStatus, Wait
from bot.ui import cards, joblist
from tests.makers import make_job

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py"))

# From the bottom up; a module may import its own floor and every floor below.
GROUND = {
    *(
        "bot.settings",
        "bot.complaints",
        "bot.errors",
        "bot.buckets",
        "bot.log",
        "bot.text",
        "bot.clock",
        "bot.turns",
        "bot.lanes",
        "bot.private",
        "bot.links",
        "bot.language",
        "bot.seal",
        "bot.stops",
    ),
    *("bot.jobs.models", "bot.jobs.engines", "bot.prompts"),
}
FLOORS = [
    GROUND,
    {"bot.relay", "bot.pictures"},
    {"bot.jobs"},
    {"bot.operation"},
    {"bot.ui", "bot.web", "bot.client"},
    {"cogs"},
]
# The composition root and its two commands stand outside: they put everything together.
ROOTS = {"bot.__main__", "bot.app", "bot.doctor"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" if is_package(module) else module for alias in node.names}
    return found


def is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/") / "__init__.py").is_file()


def floor_of(module: str) -> int | None:
    """Which floor a module of ours stands on; None for foreign ones and the roots."""
    for number, names in enumerate(FLOORS):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return number
    return None


def importers(package: str, *, floors: set[int | None] | None = None) -> set[str]:
    """The modules that import a package, of some floors or of all."""
    return {
        module
        for module, imported in IMPORTS.items()
        if (floors is None or (module not in ROOTS and floor_of(module) in floors))
        and any(name == package or name.startswith(f"{package}.") for name in imported)
    }


IMPORTS = {module_of(path): imports_of(path) for path in FILES}
RELAY, JOBS, UI, COGS = 1, 2, 4, 5


def test_every_module_has_its_floor() -> None:
    homeless = {module for module in IMPORTS if floor_of(module) is None}

    assert homeless == {*ROOTS, "bot"}


def test_imports_point_down_only() -> None:
    upward = {
        (module, name)
        for module, imported in IMPORTS.items()
        for name in imported
        if (own := floor_of(module)) is not None and (floor_of(name) or 0) > own
    }

    assert upward == set()


def test_only_roots_import_roots() -> None:
    assert {module for module, imported in IMPORTS.items() if imported & ROOTS} <= ROOTS


def test_relay_jobs_and_ground_floor_never_import_discord() -> None:
    assert importers("discord", floors={0, RELAY, JOBS}) == set()


def test_only_the_relay_side_makes_requests_of_its_own() -> None:
    assert importers("aiohttp", floors={0, JOBS}) == set()
    assert not {module for module in importers("aiohttp") if module.startswith("bot.pictures")}


@pytest.mark.parametrize("package", ["aiohttp", "sqlalchemy", "aiosqlite"])
def test_cogs_never_import_network_or_database(package: str) -> None:
    assert importers(package, floors={COGS}) == set()


@pytest.mark.parametrize("package", ["sandbox", "tests"])
def test_the_application_never_imports_sandbox_or_tests(package: str) -> None:
    assert importers(package) == set()


def test_sql_stands_in_the_store_and_the_notes_alone() -> None:
    users = {module for module in importers("sqlalchemy") | importers("alembic") if ".migrations." not in module}

    assert users == {
        "bot.jobs.store",
        "bot.jobs.notes",
        "bot.jobs.forgetting",
        "bot.jobs.needs",
        "bot.jobs.schema",
        "bot.jobs.inspection",
    }


def test_only_the_settings_read_the_environment() -> None:
    readers = {module_of(path) for path in FILES if "os.environ" in path.read_text(encoding="utf-8")}

    assert readers == {"bot.settings"}


def cogs() -> set[str]:
    return {module_of(path) for path in FILES if path.parent.name == "cogs" and "def setup(" in path.read_text()}


def test_every_cog_is_loaded() -> None:
    from bot.client import COGS, ENGINE_COGS

    assert {*COGS, *ENGINE_COGS.values()} == cogs()


def test_every_module_is_used() -> None:
    written = {module_of(path) for path in FILES if path.name != "__init__.py" and "migrations" not in path.parts}
    imported = set().union(*IMPORTS.values())

    assert written - imported - cogs() == {"bot.__main__", "bot.pictures.decoding.__main__"}


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("detail", ["", "no cats"])
def test_every_kind_of_failure_has_its_sentence(kind: FailureKind, detail: str) -> None:
    failure = Failure(kind=kind, detail=detail or ("no cats" if kind is FailureKind.PICTURE else ""))
    sentence = cards.failure_sentence(make_job(JobStatus.FAILED, failure=failure)).render()

    assert sentence
    assert "{" not in sentence


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_has_its_line(status: JobStatus) -> None:
    job = make_job(status)
    line = cards.ended_line(job) if status in ENDED | {JobStatus.UNCERTAIN} else cards.first_line(job)

    assert line.startswith("**a cat in the rain --v 7** - <@901>")


@pytest.mark.parametrize("status", sorted(set(JobStatus) - ENDED))
def test_every_unfinished_status_has_its_word_in_the_list(status: JobStatus) -> None:
    assert joblist.STATUS_WORDS[status].render() in joblist.list_text([make_job(status)], "en-US")


@pytest.mark.parametrize("wait", Wait)
def test_every_wait_has_its_words(wait: Wait) -> None:
    assert cards.WAIT_WORDS[wait].render()


def test_only_worker_processes_load_decoders() -> None:
    assert {module for module in importers("PIL") if not module.startswith("bot.pictures.decoding.")} == set()
    assert {name for name in importers("bot.pictures.decoding.tasks") if not name.startswith("bot.pictures.")} == set()
    program = "import sys, bot.app; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_worker_processes_know_no_settings_and_no_sentences() -> None:
    program = (
        "import sys, bot.pictures.decoding.tasks; print(*(name for name in sys.modules if name.startswith('bot')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    ours = {name for name in loaded.stdout.split() if name == "bot" or name.startswith("bot.")}
    assert {name for name in ours if not name.startswith("bot.pictures")} == {"bot"}


def test_settings_are_read_without_loading_discord() -> None:
    program = "import sys, bot.__main__; sys.exit('discord' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
