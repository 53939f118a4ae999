"""The bot leaves its file for a server's database, between two starts: what was running goes on, buttons answer."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.servers import NoServerError
from tests.e2e.studio import CAT, Studio, open_studio
from tests.e2e.test_command_line import call
from tests.support.postgres import server, server_settings

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.process,
    pytest.mark.sqlite_only(reason="begins with a file"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("moving"), speed=30.0, sketches=True) as opened:
        yield opened


async def test_a_bot_goes_on_with_what_it_had_in_the_file(studio: Studio) -> None:
    try:
        new = server_settings()["DATABASE_URL"]
    except NoServerError as exc:
        pytest.skip(str(exc))
    data: Path = studio.sandbox.data
    grid = await studio.result(await studio.imagine(CAT))
    running = await studio.imagine(f"{CAT} --sandbox-slow")
    code, said = await call(studio, "move", data, "--to", new)
    assert (code, said[0].startswith("Another Easel already works on")) == (2, True)
    await studio.bot.terminate()
    empty = server().url(server().new_database("template0"))
    code, said = await call(studio, "move", data, "--to", new)
    assert (code, "is not empty" in said[0]) == (2, True)

    code, said = await call(studio, "move", data, "--to", empty)

    assert (code, "arrived as they were, 2 of them jobs" in " ".join(said)) == (0, True), said
    studio.bot.environment |= {"DATABASE_URL": empty, "SECRET_KEY": (data / "secret.key").read_text().strip()}
    (data / "easel.db").rename(data / "left.db")
    await studio.bot.start()
    shown = await studio.result(running)
    assert await studio.result(await studio.follow_up(grid, "U1"))
    assert await studio.result(await studio.follow_up(shown, "U2"))
    paid = Counter(task["state"] for task in studio.relay.tasks())
    assert (len(paid), set(paid.values())) == (4, {1})
