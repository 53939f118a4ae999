"""Several bots on one database, as the acting API steers and shows them: their work changes hands, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, expect

from sandbox.app import Sandbox
from sandbox.bots import Crew
from sandbox.servers import NoServerError
from tests.sandbox.chat_page import open_panel
from tests.sandbox.test_api_acting import ask
from tests.sandbox.test_launch import sandbox_program
from tests.support.chromium import PATIENCE_MS, open_page
from tests.support.forks import ForkedBot
from tests.support.rows import rows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.process, pytest.mark.timeout(300)]

PROCESSES, SHARDS = 3, 3
SETTINGS = {"LEASE_S": "3", "MAX_RUNNING_PER_MEMBER": "50"}
SLOW = "a cat in the rain --ar 4:1 --seed 7 --sandbox-slow"
ALIVE = "SELECT id FROM processes WHERE lease_until > clock_timestamp()"
PHONE = ViewportSize(width=390, height=844)
HIDDEN_PX = "panel => panel.scrollWidth - panel.clientWidth"
LOOK_S = 0.1
LIMIT_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    folder = tmp_path_factory.mktemp("processes")
    try:
        async with Sandbox(
            speed=40.0,
            data=folder,
            sketches=True,
            env=SETTINGS,
            crew=Crew(PROCESSES, SHARDS),
            make_bot=ForkedBot,
        ) as running:
            await running.wait_ready()
            yield running
    except NoServerError as exc:
        pytest.skip(str(exc))


@pytest_asyncio.fixture(loop_scope="session")
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Acting:
    """The processes by the acting API alone."""

    def __init__(self, web: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._web, self._sandbox = web, sandbox

    async def do(self, action: str, number: int | None = None) -> list[dict[str, Any]]:
        body = {"action": action} if number is None else {"action": action, "process": number}
        status, answer = await ask(self._web, self._sandbox, "POST", "bot", json=body)
        assert status == 200, answer
        processes: list[dict[str, Any]] = answer["processes"]
        return processes

    async def work(self) -> dict[str, Any]:
        status, answer = await ask(self._web, self._sandbox, "GET", "work")
        assert status == 200, answer
        work: dict[str, Any] = answer
        return work

    async def until(self, fits: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        async with asyncio.timeout(LIMIT_S):
            while True:
                parts: list[dict[str, Any]] = (await self.work())["processes"]
                if fits(parts):
                    return parts
                await asyncio.sleep(LOOK_S)

    async def everybody(self) -> None:
        for action in ("thaw", "mend", "start"):
            await self.do(action)
        is_connected = self._sandbox.discord.bot_connected  # a shard is held before its session is there
        await self.until(lambda parts: all(part["lease_s"] > 0 for part in parts) and is_connected())


@pytest_asyncio.fixture(loop_scope="session")
async def acting(web: aiohttp.ClientSession, sandbox: Sandbox) -> AsyncIterator[Acting]:
    acting = Acting(web, sandbox)
    await acting.everybody()
    await acting.until(is_idle)  # what a test before left running would end in the middle of this one
    yield acting
    await acting.everybody()


@contextmanager
def working_slowly(sandbox: Sandbox) -> Iterator[None]:
    """Let no task end within; what they have done stays done."""
    assert sandbox.relay is not None
    sandbox.relay.clock.change_speed(1.0)
    try:
        yield
    finally:
        sandbox.relay.clock.change_speed(sandbox.clock.speed)


def is_idle(parts: list[dict[str, Any]]) -> bool:
    """Whether no process has a job."""
    return not any(part["job_count"] for part in parts)


def busy(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The process that has jobs."""
    return next(part for part in parts if part["job_count"])


def running(parts: list[dict[str, Any]]) -> list[str]:
    return [job["id"] for part in parts for job in part["jobs"] if job["status"] == "running"]


async def test_processes_share_the_shards_that_discord_wants(acting: Acting) -> None:
    parts = (await acting.work())["processes"]

    assert sorted(shard for part in parts for shard in part["shards"]) == [0, 1, 2]
    assert [part["number"] for part in parts] == [1, 2, 3]


@pytest.mark.parametrize(("action", "back"), [("kill", "start"), ("freeze", "thaw"), ("cut", "mend")])
async def test_jobs_of_one_that_is_gone_change_hands_and_are_posted_once(
    acting: Acting, sandbox: Sandbox, action: str, back: str
) -> None:
    with working_slowly(sandbox):
        asked = {await sandbox.discord.actor.slash("ana", "studio", "imagine", {"prompt": SLOW}) for _job in range(3)}
        parts = await acting.until(lambda parts: len(running(parts)) == len(asked))
        owner = busy(parts)
        before = {job["id"]: job["hands"] for job in owner["jobs"]}  # on a busy machine a lease may end by itself
        ids = set(before)

        states = await acting.do(action, owner["number"])
        gone = states[owner["number"] - 1]
        assert (not gone["running"], gone["frozen"], gone["cut"]) == (
            action == "kill",
            action == "freeze",
            action == "cut",
        )

        parts = await acting.until(lambda parts: not parts[owner["number"] - 1]["jobs"])
        taken = {job["id"]: job["hands"] for part in parts for job in part["jobs"]}
        assert taken.keys() >= ids  # others may have jobs of their own
        assert all(taken[job_id] > before[job_id] for job_id in ids)
    await acting.do(back, owner["number"])
    await acting.until(is_idle)

    names = Counter(name[6:22] for name in result_names(sandbox) if name[6:22] in ids)
    assert names == dict.fromkeys(ids, 1)
    assert sandbox.relay is not None
    states_paid = Counter(task["state"] for task in sandbox.relay.tasks() if task["state"] in ids)
    assert states_paid == dict.fromkeys(ids, 1)


def result_names(sandbox: Sandbox) -> list[str]:
    channels = sandbox.discord.state.channels.values()
    return [file.filename for place in channels for message in place.messages.values() for file in message.attachments]


async def test_a_restart_of_all_goes_one_after_the_other(acting: Acting, sandbox: Sandbox) -> None:
    assert sandbox.bots is not None
    before = [bot.process.pid for bot in sandbox.bots.all]

    states = await acting.do("restart")

    assert [state["running"] for state in states] == [True] * PROCESSES
    assert not {bot.process.pid for bot in sandbox.bots.all} & set(before)


async def test_links_lead_to_whoever_answers(acting: Acting, web: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    assert sandbox.database_url is not None
    address = sandbox.bot_environment()["PUBLIC_URL"]

    async def asked() -> str:
        async with web.get(f"{address}/healthz", headers={"Connection": "close"}) as response:
            return str((await response.json())["id"])

    names = {await asked() for _turn in range(PROCESSES)}
    assert names == {row["id"] for row in rows(sandbox.database_url, ALIVE)}

    await acting.do("kill", 1)
    await acting.do("freeze", 2)
    assert len({await asked() for _turn in range(PROCESSES)}) == 1


async def test_a_process_that_is_not_there_is_refused(web: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    body = {"action": "kill", "process": 4}

    status, answer = await ask(web, sandbox, "POST", "bot", json=body)

    assert (status, answer) == (404, {"error": "There is no process 4; there are 3."})


@pytest.mark.browser
async def test_the_page_shows_jobs_change_hands(acting: Acting, sandbox: Sandbox, browser: Browser) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with open_page(browser) as chat:
        await chat.goto(sandbox.url)
        controls = await open_panel(chat, "Controls")
        cards = controls.locator("[data-process]")
        await expect(cards).to_have_count(PROCESSES)
        await expect(controls.locator("[data-process][data-state=alive]")).to_have_count(PROCESSES)
        await sandbox.discord.actor.slash("ana", "studio", "imagine", {"prompt": SLOW})
        await expect(cards.filter(has_text="1 job")).to_contain_text("is running")
        number = busy((await acting.work())["processes"])["number"]
        owner = controls.get_by_role("region", name=f"Process {number}")

        await owner.get_by_role("button", name="Kill").click()

        await expect(owner).to_have_attribute("data-state", "dead")
        await expect(owner.get_by_role("button", name="Start")).to_be_focused()
        await expect(cards.filter(has_text="taken over")).to_have_count(1)
        await expect(owner).to_contain_text("no shard · 0 jobs")
        assert await controls.evaluate(HIDDEN_PX) == 0
        await owner.get_by_role("button", name="Start").click()
        await owner.get_by_role("button", name="Freeze").click()
        await expect(owner).to_have_attribute("data-state", "alive frozen")
        await owner.get_by_role("button", name="Cut it off").click()
        await expect(owner).to_have_attribute("data-state", "alive frozen cut")
        await owner.get_by_role("button", name="Thaw").click()
        await owner.get_by_role("button", name="Mend the cable").click()
        await expect(owner).to_have_attribute("data-state", "alive")
        await chat.set_viewport_size(PHONE)
        assert await controls.evaluate(HIDDEN_PX) == 0
        await expect(owner.get_by_role("button", name="Kill")).to_be_visible()


async def test_one_bot_with_a_file_has_no_cable(web: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with Sandbox(data=tmp_path, make_bot=ForkedBot) as alone:
        status, answer = await ask(web, alone, "POST", "bot", json={"action": "cut"})
        assert (status, "no cable" in answer["error"]) == (409, True)
        assert (await ask(web, alone, "GET", "work"))[0] == 409


async def test_without_postgresql_it_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("POSTGRES_BIN", str(tmp_path))
    async with sandbox_program("--processes", "2") as process:
        _, errors = await process.communicate()

    assert process.returncode == 1
    assert errors.decode() == (
        f"Several processes need PostgreSQL: there is no initdb in {tmp_path}, which POSTGRES_BIN names. "
        "Name a database with --database-url.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--database-url", "sqlite:///x"), "--database-url must begin with postgresql://; --data keeps a file."),
        (("--set", "DATABASE_URL=postgresql://x/y"), "--set DATABASE_URL: use --database-url."),
    ],
)
async def test_a_database_is_named_in_one_way(arguments: tuple[str, ...], sentence: str) -> None:
    async with sandbox_program(*arguments) as process:
        _, errors = await process.communicate()

    assert (process.returncode, errors.decode().strip()) == (1, sentence)
