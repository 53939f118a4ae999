"""One sandbox for each module, with the real bot as a process of its own.

A module may set `SPEED`, `SETTINGS` (more of the bot's environment) and `SKETCHES` (False: paint) for its sandbox, and
`PROMPT` for its `grid`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from sandbox.message_view import Message
from tests.e2e.chat import open_chat
from tests.e2e.studio import Studio, open_studio


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def studio(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """The module's sandbox."""
    settings = getattr(request.module, "SETTINGS", {})
    speed, sketches = getattr(request.module, "SPEED", 30.0), getattr(request.module, "SKETCHES", True)
    async with open_studio(tmp_path_factory.mktemp("studio"), speed=speed, env=settings, sketches=sketches) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid(request: pytest.FixtureRequest, studio: Studio) -> Message:
    """Ana's grid."""
    return await studio.result(await studio.imagine(request.module.PROMPT))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(studio: Studio, grid: Message) -> Message:
    """Its second picture."""
    return await studio.result(await studio.follow_up(grid, "U2"))


@pytest_asyncio.fixture(loop_scope="session")
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Studio]:
    """A sandbox of one test's own, for the browser."""
    async with open_studio(tmp_path, speed=60.0, env=getattr(request.module, "SETTINGS", {})) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def chat(room: Studio, page: Page) -> Page:
    """The page of that sandbox, for modules that have a browser."""
    return await open_chat(room, page)


@pytest.fixture
def shared_studio(request: pytest.FixtureRequest) -> Studio | None:
    """The module's sandbox, where the test uses it."""
    return request.getfixturevalue("studio") if "studio" in request.fixturenames else None


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _tests_keep_to_themselves(shared_studio: Studio | None) -> AsyncIterator[None]:
    """Let no fault outlive its test, and no job of one test be sent in the next."""
    yield
    if shared_studio is not None:
        shared_studio.clear_faults()
        await shared_studio.all_sent()
