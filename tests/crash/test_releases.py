"""Two releases on one database: the newer one changes the tables under the older one, and both go on."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot import __version__
from bot.storage.revisions import known
from sandbox.bot_process import REPOSITORY, BotProcess
from sandbox.bots import Bot
from sandbox.servers import NoServerError
from tests.crash.fleet import Fleet, open_fleet
from tests.support.rows import rows

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="own")]

NEWER = "9.0.0"
APART_S = 0.25
SPEED = 2
START = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('bot', run_name='__main__')"
# What a release may do to the tables while the one before works on them (CONTRIBUTING.md): add.
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("mood", sa.String(16), nullable=False, server_default=sa.text("''")))
    op.create_table("moods", sa.Column("name", sa.String(16), primary_key=True))
"""


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of a release to come, with other tables."""
    source = tmp_path_factory.mktemp("newer")
    for part in ("bot", "cogs"):
        shutil.copytree(REPOSITORY / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    start = source / "bot" / "__init__.py"
    start.write_text(start.read_text().replace(f'"{__version__}"', f'"{NEWER}"'))
    migration = source / "bot" / "storage" / "migrations" / "versions" / "9999_moods.py"
    migration.write_text(MIGRATION.format(newest=known()[0]))
    return source


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    try:
        async with open_fleet(
            tmp_path_factory.mktemp("releases"), bots=2, speed=SPEED, env={"SHARD_COUNT": "2"}
        ) as opened:
            yield opened
    except NoServerError as exc:
        pytest.skip(str(exc))


def at_work(fleet: Fleet) -> set[str]:
    """The versions of those who work on jobs."""
    versions = {process["id"]: str(process["version"]) for process in fleet.alive()}
    return {versions[job["owner"]] for job in fleet.jobs() if job["status"] == "running" and job["owner"] in versions}


async def replace(fleet: Fleet, bot: Bot, newer: Path) -> None:
    """Stop a bot, and start one of the newer release in its place."""
    await bot.steer("stop")
    await fleet.studio.eventually(lambda: fleet.studio.sandbox.discord.gateway.is_connected, "all shards elsewhere")
    command, log = (sys.executable, "-c", START, str(newer), "run"), bot.process.log_path.with_suffix(".newer")
    bot.process = BotProcess(bot.process.environment, log, command=command)
    await bot.steer("start")
    await fleet.studio.eventually(lambda: len(fleet.alive()) == len(fleet.bots), "both bots")


async def test_jobs_go_from_release_to_release_and_back(fleet: Fleet, newer: Path) -> None:
    studio, (older, other) = fleet.studio, fleet.bots
    await fleet.everybody()
    async with fleet.asking(APART_S) as asked:
        await replace(fleet, other, newer)
        assert {str(process["version"]) for process in fleet.alive()} == {__version__, NEWER}
        await studio.eventually(
            lambda: at_work(fleet) == {__version__}, "the older one at work on the newer one's tables"
        )
        older.process.freeze()
        await studio.eventually(lambda: at_work(fleet) == {NEWER}, "the newer one with the older one's jobs")
        older.process.thaw()
        await other.steer("kill")
        await studio.eventually(lambda: at_work(fleet) == {__version__}, "the older one with the newer one's jobs")
        await other.steer("start")
        await replace(fleet, older, newer)
        await studio.eventually(lambda: at_work(fleet) == {NEWER}, "the newer one alone")
    await fleet.settle()

    assert rows(fleet.database, "SELECT count(*) AS known FROM jobs WHERE mood = ''")[0]["known"] == len(fleet.jobs())
    answered = [one for one in asked if studio.actor.interaction(one)["state"] == "acknowledged"]
    assert len(answered) <= len(fleet.jobs()) <= len(asked)  # who has no answer in time may have a job all the same
    assert fleet.verdict().problems == []
