"""Fixtures for the tests of the bot's own modules: a clock, a database file, a service between hand-written ports."""

import gc
import os
import shutil
import socket
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
from aiohttp import web_app

from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from sandbox.servers import NoServerError
from tests.support import buckets
from tests.support import postgres as servers
from tests.support.changes import changed_files, is_about
from tests.support.empty_database import FILE, empty_database
from tests.support.makers import make_settings
from tests.support.ports import ListedInMemory, ManualClock, RecordingPresenter, ScriptedEngine, ShelfFetcher
from tests.support.services import make_services
from tests.support.statements import share_statements

# However busy the machine is, examples are judged by what they find, not by how long they take.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)
hypothesis.settings.load_profile("unhurried")

share_statements()

pytest_plugins = ["tests.support.official", "tests.support.browser"]

GARBAGE_THRESHOLDS = (10_000, 20, 50)  # the bot's own: what a test leaves is small beside what stands
# Where files need no disk: a database that waits for one at each commit takes most of its tests' time.
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30
SLOW_FOLDERS = ("crash", "e2e", "sandbox")  # the slowest first


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage neither while tests are collected nor, later, among them: there are a million objects."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
        gc.set_threshold(*GARBAGE_THRESHOLDS)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Let go of all that the tests of a file held: what grows to gigabytes takes long to fork, and to look through."""
    try:
        return (yield)
    finally:
        if nextitem is None or nextitem.path != item.path:
            web_app._cached_build_middleware.cache_clear()  # it keeps applications, and so whole sandboxes
            gc.collect()
            gc.freeze()  # what is still held stays as a rule, and need not be looked through again


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that wait for bots and browsers: one that begins last is waited for by all processes."""

    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return SLOW_FOLDERS.index(folder) if folder in SLOW_FOLDERS else len(SLOW_FOLDERS)

    items.sort(key=rank)
    if config.getoption("--postgres"):
        items[:] = [item for item in items if item.get_closest_marker("sqlite_only") is None]
    if config.getoption("--changed"):
        changed = changed_files()
        items[:] = [item for item in items if not uses_database(item) or is_about(item.path, changed)]


def uses_database(item: pytest.Item) -> bool:
    """Whether a test opens a database of its own, which takes longer than most of what is tried in it."""
    return isinstance(item, pytest.Function) and "database" in item.fixturenames


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--changed", action="store_true", help="of tests with a database, those about what was changed")
    parser.addoption("--postgres", action="store_true", help="run on PostgreSQL what otherwise runs on SQLite")


def pytest_configure(config: pytest.Config) -> None:
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # the folder of all temporary folders
    if config.getoption("--postgres"):
        servers.CHOSEN.append(True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on both kinds of databases what is marked so, or all on PostgreSQL; what is SQLite's own stays there."""
    if "dialect" not in metafunc.fixturenames or metafunc.definition.get_closest_marker("sqlite_only"):
        return
    if metafunc.config.getoption("--postgres"):
        metafunc.parametrize("dialect", ["postgresql"])
    elif metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("dialect", ["sqlite", pytest.param("postgresql", marks=pytest.mark.process)])


def database_url(folder: Path) -> str:
    """The address of a database file in a folder."""
    return f"sqlite+aiosqlite:///{folder / FILE}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tables() -> bytes:
    """A database file that has its tables already."""
    return await empty_database()


@pytest.fixture(scope="session")
def postgres() -> servers.Server:
    """A PostgreSQL server; `database` copies the one of it that has its tables already."""
    try:
        return servers.server()
    except NoServerError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def bucket_settings() -> dict[str, str]:
    """The settings of a bot whose pictures are in a place of their own in the bucket of a real S3 server."""
    try:
        return buckets.server().new_place()
    except NoServerError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test runs on; `pytest_generate_tests` says so of those that run on both."""
    return "sqlite" if request.node.get_closest_marker("postgres_only") is None else "postgresql"


@pytest.fixture
def database(dialect: str, tables: bytes, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database that has its tables and is empty otherwise."""
    if dialect == "sqlite":
        (tmp_path / FILE).write_bytes(tables)
        yield database_url(tmp_path)
        return
    server: servers.Server = request.getfixturevalue("postgres")
    yield server.url(server.emptied())


@pytest.fixture
async def store(database: str) -> AsyncIterator[JobStore]:
    async with JobStore.opened(database) as opened:
        yield opened


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound but does not listen: connections to it are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def presenter() -> RecordingPresenter:
    return RecordingPresenter()


@pytest.fixture
def fetcher() -> ShelfFetcher:
    return ShelfFetcher()


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Worker processes for all tests together: starting some for each would take longer than the tests."""
    shared = Workers()
    yield shared
    shared.close()


@pytest.fixture
def stock(tmp_path: Path, clock: ManualClock) -> Stock:
    return Stock(tmp_path / "pictures", ListedInMemory(), clock)


@pytest.fixture
def pictures(stock: Stock, fetcher: ShelfFetcher, workers: Workers) -> Pictures:
    return Pictures(stock, fetcher, workers, relay_limit=100_000)


@pytest.fixture
def settings() -> Settings:
    return make_settings()


@pytest.fixture
def engines(engine: ScriptedEngine) -> dict[str, ScriptedEngine]:
    """What answers in each lane."""
    return {engine.name: engine, "painter": engine}


@pytest.fixture
def services(
    store: JobStore,
    engines: dict[str, ScriptedEngine],
    pictures: Pictures,
    presenter: RecordingPresenter,
    settings: Settings,
    clock: ManualClock,
) -> Services:
    return make_services(
        store=store,
        engines=engines,
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
    )
