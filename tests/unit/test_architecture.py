"""The shape of the house, held by reading its imports; and the lists that must stay complete."""

import ast
import functools
import subprocess
import sys

import pytest

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import ENDED, Failure, FailureKind, JobStatus, Wait
from bot.ui.messages import job_list
from bot.ui.text import job_lines
from tests.support.floors import floor_of, is_root
from tests.support.imports import (
    ROOT,
    SCRIPTS,
    Graph,
    graphs,
    module_of,
    python_graph,
    script_graph,
    sources_here,
    under,
)
from tests.support.makers import make_job

MOST_LINES = {"a file": 400, "a function": 40}
LONG_FUNCTIONS = {  # why each may be longer
    "bot/jobs/build.py build_jobs": "the list of what stands on what",
    "bot/services.py build_services": "the list of what is handed out",
    "bot/storage/migrations/versions/0001_jobs.py upgrade": "a migration stays as it was run",
}
NEEDED_BY_SOME = {  # megabytes each, which only some settings or the first job need
    "PIL",
    "aiohttp.web",
    "alembic",
    "asyncpg",
    "babel",
    "cryptography",
    "obstore",
    "prometheus_client.exposition",
    "re2",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
}
PYTHON = ("bot + cogs", "sandbox")  # rows of the graphs, with those of SCRIPTS


@functools.cache
def ours() -> dict[str, str]:
    """Every Python file of ours; read by the first test that asks, as each process of the tests loads this module."""
    sources = sources_here("bot", "cogs", "sandbox", "tests", "benchmarks")
    return {path: source for path, source in sources.items() if path.endswith(".py")}


@functools.cache
def files() -> dict[str, str]:
    return under(ours(), "bot", "cogs", ending=".py")


@functools.cache
def every_graph() -> dict[str, Graph]:
    return graphs(sources_here())


def house() -> Graph:
    return every_graph()["bot + cogs"]


def importers(package: str, *, floors: set[int | None] | None = None) -> set[str]:
    """The modules that import a package, of some floors or of all."""
    return {
        module
        for module, imported in house().imports.items()
        if (floors is None or (not is_root(module) and floor_of(module) in floors))
        and any(name == package or name.startswith(f"{package}.") for name in imported)
    }


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


def test_no_file_is_too_long() -> None:
    lengths = {path: len(source.splitlines()) for path, source in ours().items()}

    assert {path: length for path, length in lengths.items() if length > MOST_LINES["a file"]} == {}


def test_no_function_is_too_long_without_a_reason() -> None:
    lengths = {
        f"{path} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, source in ours().items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name for name, length in lengths.items() if length > MOST_LINES["a function"]} == LONG_FUNCTIONS.keys()


@pytest.mark.parametrize("row", [*PYTHON, *SCRIPTS])
def test_no_imports_run_in_a_circle(row: str) -> None:
    assert every_graph()[row].circles() == []


@pytest.mark.parametrize("row", SCRIPTS)
def test_every_script_has_its_floor(row: str) -> None:
    assert {path for path in every_graph()[row].imports if floor_of(path) is None} == set()


def is_below(module: str, floor: str) -> bool:
    number, limit = floor_of(module), floor_of(floor)
    return number is not None and limit is not None and number < limit


def test_every_module_has_its_floor() -> None:
    homeless = {module for module in house().imports if floor_of(module) is None and not is_root(module)}

    assert homeless == {"bot"}


@pytest.mark.parametrize("row", ["bot + cogs", *SCRIPTS])
def test_imports_point_down_only(row: str) -> None:
    assert every_graph()[row].upward(floor_of) == set()


def test_only_roots_import_roots() -> None:
    importing = {module for module, imported in house().imports.items() if any(map(is_root, imported))}

    assert {module for module in importing if not is_root(module)} == set()


def test_nothing_below_the_discord_side_imports_discord() -> None:
    assert {module for module in importers("discord") if is_below(module, "bot.ui.text")} == set()


def test_only_the_relay_side_and_what_talks_to_people_makes_requests() -> None:
    below = {module for module in importers("aiohttp") if is_below(module, "bot.ui.text")}

    assert {module for module in below if not module.startswith("bot.relay.")} == set()


@pytest.mark.parametrize("package", ["aiohttp", "sqlalchemy", "aiosqlite"])
def test_cogs_never_import_network_or_database(package: str) -> None:
    assert importers(package, floors={floor_of("cogs")}) == set()


@pytest.mark.parametrize("package", ["sandbox", "tests"])
def test_the_application_never_imports_sandbox_or_tests(package: str) -> None:
    assert importers(package) == set()


def test_sql_stands_in_storage_alone() -> None:
    users = importers("sqlalchemy") | importers("alembic") | importers("aiosqlite")

    assert {module for module in users if not module.startswith("bot.storage.")} == set()


def test_only_the_settings_read_the_environment() -> None:
    readers = {module_of(path) for path, source in files().items() if "os.environ" in source}

    assert readers == {"bot.settings.loading"}


def cogs() -> set[str]:
    return {module_of(path) for path, source in files().items() if path.startswith("cogs/") and "def setup(" in source}


def test_every_cog_is_loaded() -> None:
    from bot.client import COGS, ENGINE_COGS

    assert {*COGS, *ENGINE_COGS.values()} == cogs()


def test_every_module_is_used() -> None:
    written = {module_of(path) for path in files() if not path.endswith("/__init__.py") and "/migrations/" not in path}
    imported = set().union(*house().imports.values())

    adapters = {info.adapter for info in OTHER_ENGINES}  # found by their names

    assert written - imported - cogs() - adapters == {"bot.__main__", "bot.pictures.decoding.__main__"}


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("detail", ["", "no cats"])
def test_every_kind_of_failure_has_its_sentence(kind: FailureKind, detail: str) -> None:
    failure = Failure(kind=kind, detail=detail or ("no cats" if kind is FailureKind.PICTURE else ""))
    sentence = job_lines.failure_sentence(make_job(JobStatus.FAILED, failure=failure)).render()

    assert sentence
    assert "{" not in sentence


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_has_its_line(status: JobStatus) -> None:
    job = make_job(status)
    line = job_lines.ended_line(job) if status in ENDED | {JobStatus.UNCERTAIN} else job_lines.first_line(job)

    assert line.startswith("**a cat in the rain --v 7** - <@901>")


@pytest.mark.parametrize("status", sorted(set(JobStatus) - ENDED))
def test_every_unfinished_status_has_its_word_in_the_list(status: JobStatus) -> None:
    assert job_list.STATUS_WORDS[status].render() in job_list.list_text([make_job(status)], "en-US")


@pytest.mark.parametrize("wait", Wait)
def test_every_wait_has_its_words(wait: Wait) -> None:
    assert job_lines.WAIT_WORDS[wait].render()


@pytest.mark.process
def test_only_worker_processes_load_decoders() -> None:
    assert {module for module in importers("PIL") if not module.startswith("bot.pictures.decoding.")} == set()
    assert {name for name in importers("bot.pictures.decoding.tasks") if not name.startswith("bot.pictures.")} == set()
    program = "import sys, bot.app; sys.exit('PIL' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.process
def test_what_only_some_need_is_not_loaded_by_all() -> None:
    program = f"import sys, bot.app; print(*set({sorted(NEEDED_BY_SOME)}) & sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    assert loaded.stdout.split() == []


@pytest.mark.process
def test_worker_processes_know_no_settings_and_no_sentences() -> None:
    program = (
        "import sys, bot.pictures.decoding.tasks; print(*(name for name in sys.modules if name.startswith('bot')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    ours = {name for name in loaded.stdout.split() if name == "bot" or name.startswith("bot.")}
    assert {name for name in ours if not name.startswith("bot.pictures")} == {"bot"}


@pytest.mark.process
def test_settings_are_read_without_loading_discord() -> None:
    program = "import sys, bot.__main__; sys.exit('discord' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
