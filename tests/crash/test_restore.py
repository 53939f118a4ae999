"""A backup that is put back after all that was open in it has ended: nothing is paid twice, nothing is posted twice."""

import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from sandbox.discord.messages import NONCE_LIFE_S
from sandbox.postgres import programs
from tests.crash.arena import Arena, open_arena
from tests.crash.judge import RESULT_FILE, Ledgers
from tests.support.forks import ForkedBot, run_bot
from tests.support.postgres import server
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUSY = {"code": 23, "description": "队列已满,请稍后尝试", "properties": {}}
LATER = {"Retry-After": "600"}
NEVER_ENDING, STANDSTILL = 10_000, 0.01  # times of a fault, until it is taken away; and as good as no speed at all
LONG_S = 12.0  # real seconds
RUNNING, POSTING, SUBMITTING, WAITING = 15, 10, 5, 20
OPEN = RUNNING + POSTING + SUBMITTING + WAITING
SUBMITS = ("/mj/submit/", "/v1/images/", "/fal/")
# A relay finds these again by the id that they were sent with; those of other engines only by their tasks.
KINDS = ("imagine", "action", "imagine", "describe", "imagine", "film", "edit")
OPEN_ONES = "SELECT id, status FROM jobs WHERE status IN ('received', 'submitting', 'running', 'posting')"


@dataclass(frozen=True)
class Outside:
    """What the relay was asked to pay for, and which jobs' results stand on Discord, each as often as it does."""

    submits: int
    results: Counter[str]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[True, False], ids=["with-list", "without-list"])
async def arena(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    data = tmp_path_factory.mktemp("arena")
    async with open_arena(data, offers_task_list=request.param) as opened:
        yield opened


async def get_stuck(arena: Arena) -> None:
    """Have fifty open jobs: waiting, being sent, at the relay, and finished where nothing can be posted."""
    studio = arena.studio
    studio.let_relay_work(STANDSTILL)
    await ask(arena, RUNNING + POSTING)
    await studio.eventually(lambda: counted(arena)["running"] == RUNNING + POSTING, "the running jobs")
    studio.discord_fault("POST", "/channels/*/messages", status=503, times=NEVER_ENDING)
    for row in rows(arena.database, f"SELECT task_id FROM jobs WHERE status = 'running' LIMIT {POSTING}"):
        studio.finish_task(row["task_id"])
    studio.relay_fault("POST", "/mj/submit/*", delay_s=LONG_S, times=SUBMITTING)
    await ask(arena, SUBMITTING)
    await studio.eventually(lambda: counted(arena)["submitting"] > 0, "the submits")
    studio.relay_fault("POST", "/mj/submit/*", body=BUSY, status=200, headers=LATER, times=NEVER_ENDING)
    await ask(arena, WAITING)
    await studio.eventually(lambda: is_stuck(counted(arena)), "the jobs")


async def ask(arena: Arena, count: int) -> None:
    for number in range(count):
        await arena.ask(KINDS[number % len(KINDS)], ("ana", "ben", "mia")[number % 3])


def is_stuck(jobs: Counter[str]) -> bool:
    """Whether all are open, and some of each kind."""
    return jobs.total() == OPEN == 50 and all(jobs[one] for one in ("running", "posting", "submitting", "received"))


def counted(arena: Arena) -> Counter[str]:
    """How many jobs are open, by how they stand."""
    return Counter(row["status"] for row in rows(arena.database, OPEN_ONES))


@pytest.mark.timeout(300)  # fifty jobs, twice
async def test_what_was_open_in_a_backup_is_neither_paid_nor_posted_again(arena: Arena, tmp_path: Path) -> None:
    await get_stuck(arena)
    said = await called(arena, "backup", "--to", str(tmp_path))
    backup = next(tmp_path.glob("*.tar"))  # noqa: ASYNC240 - of a test
    assert said.startswith(f"{backup} holds the database")
    arena.studio.clear_faults()
    await arena.settle()
    await arena.bot.terminate()
    await arena.cleared()
    before = outside(arena)
    forget_nonces(arena)

    emptied(arena)
    said = await called(arena, "restore", str(backup))
    assert "jobs were open then" in said
    restored = {row["id"]: row["status"] for row in rows(arena.database, OPEN_ONES)}
    await arena.start()
    await arena.revive()

    assert is_stuck(Counter(restored.values()))
    assert outside(arena) == before
    assert max(before.results.values()) == 1
    assert set(statuses(arena, restored)) <= {"done", "uncertain"}
    if arena.studio.relay.offers_task_list:
        assert arena.verdict().problems == []


async def called(arena: Arena, *command: str) -> str:
    """Run a command of the bot, with its settings; returns what it says."""
    path = {"PATH": f"{programs()}:{arena.bot.environment.get('PATH', '')}"}
    with tempfile.TemporaryDirectory() as folder:
        fork = ForkedBot(arena.bot.environment | path, Path(folder) / "said", launch=partial(run_bot, *command))
        await fork.start()
        await fork.wait_ended()
        said = fork.log_path.read_text()
    assert fork.exit_code == 0, said
    return said


def emptied(arena: Arena) -> None:
    """Take away all that the bot keeps."""
    data = arena.sandbox.data
    if isinstance(arena.database, str):
        name = make_url(arena.database).database or ""
        server().sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public", name)
    for path in (*data.glob("easel.db*"), *data.glob("secret.key")):
        path.unlink()
    shutil.rmtree(data / "pictures")


def forget_nonces(arena: Arena) -> None:
    """Let so much time pass that Discord takes a message once more which it has already."""
    for channel in arena.sandbox.discord.state.channels.values():
        for message in channel.messages.values():
            message.created_at -= NONCE_LIFE_S


def outside(arena: Arena) -> Outside:
    ledgers = Ledgers.of(arena.sandbox)
    files = [RESULT_FILE.match(name) for message in ledgers.messages.values() for name in message.files]
    paid = [one for one in arena.studio.relay.wire.requests if one.method == "POST" and is_submit(one.path)]
    return Outside(len(paid), Counter(file[1] for file in files if file))


def is_submit(path: str) -> bool:
    return path.startswith(SUBMITS)


def statuses(arena: Arena, job_ids: Iterable[str]) -> Counter[str]:
    found = {row["id"]: row["status"] for row in rows(arena.database, "SELECT id, status FROM jobs")}
    return Counter(found[job_id] for job_id in job_ids)
