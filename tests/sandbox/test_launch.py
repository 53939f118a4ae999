"""Starting and ending: what is printed, what the bot gets, and that nothing stays behind."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.errors import SettingsError
from sandbox.app import Sandbox
from sandbox.bot_process import REPOSITORY, BotProcess, BotStartError, inherited_environment
from sandbox.own_settings import read_settings
from tests.sandbox.conftest import PageBot
from tests.support.ports import until

PATIENCE_S = 90.0


@asynccontextmanager
async def sandbox_program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        *arguments,
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_until(process: asyncio.subprocess.Process, start: str) -> list[str]:
    """The lines up to the first that begins with `start`."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while not (lines and lines[-1].startswith(start)):
            line = await process.stdout.readline()
            assert line, f"it ended after {lines}"
            lines.append(line.decode().strip())
    return lines


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def wait_gone(pid: int) -> None:
    """Return once the process has ended, however long ago."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, gone.set)
    try:
        await asyncio.wait_for(gone.wait(), PATIENCE_S)
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


async def test_without_a_bot_it_prints_address_and_environment() -> None:
    given = ("--set", "RELAY_MJ_AUTH=bearer", "--set", "MAX_RUNNING=7", "--set", "max_running=8")
    async with sandbox_program("--no-bot", "--speed", "6", *given) as process:
        lines = await read_until(process, "MAX_RUNNING=")
        process.send_signal(signal.SIGTERM)
        await process.communicate()

    assert lines[1].startswith("http://127.0.0.1:")
    environment = dict(line.split("=", 1) for line in lines[2:])
    assert environment["TIME_SCALE"] == "6"
    assert environment["ENV_FILE"] == ""
    assert (environment["RELAY_MJ_AUTH"], environment["MAX_RUNNING"]) == ("bearer", "8")
    assert environment["DISCORD_API_URL"].endswith("/api/v10")
    assert process.returncode == 0


async def test_relay_address_needs_its_key() -> None:
    async with sandbox_program("--relay-url", "http://127.0.0.1:9") as process:
        _, errors = await process.communicate()

    assert process.returncode == 2
    assert b"--relay-key" in errors


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("MAX_RUNING=3", "--set MAX_RUNING: Easel has no such setting; did you mean MAX_RUNNING?"),
        ("COLOUR=red", "--set COLOUR: Easel has no such setting; .env.example lists them all."),
        ("PRESS", "--set PRESS: write it as NAME=VALUE."),
        ("MAX_RUNNING=many", "MAX_RUNNING must be a whole number."),
        ("ALLOWED_MODES=relax", "RELAY_MODE must be one of ALLOWED_MODES."),
        ("ALLOWED_GUILDS=here", "ALLOWED_GUILDS: “here” is not a server id (a long number)."),
        ("RELAY_API_KEY=sk-1", "--set RELAY_API_KEY: use --relay-key."),
        ("DISCORD_API_URL=https://discord.com/api/v10", "--set DISCORD_API_URL: the bot must stay in the sandbox."),
    ],
)
def test_setting_that_does_not_fit_is_said_in_one_sentence(given: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings([given])

    assert str(caught.value) == sentence


async def test_sandbox_with_a_wrong_setting_ends_before_anything_starts() -> None:
    async with sandbox_program("--set", "MAX_RUNNING=many") as process:
        output, errors = await process.communicate()

    assert (process.returncode, output) == (1, b"")
    assert errors.decode().strip() == "MAX_RUNNING must be a whole number."


async def test_port_in_use_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with sandbox_program("--no-bot", "--port", port) as process:
            _, errors = await process.communicate()

    assert process.returncode == 1
    assert errors.decode().strip() == f"Port {port} is in use; choose another with --port."


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_leaves_nothing_behind(number: signal.Signals) -> None:
    async with sandbox_program() as process:
        await read_until(process, "http://")
        [bot] = children(process.pid)
        process.send_signal(number)
        _, errors = await process.communicate()
        await wait_gone(bot)

    assert process.returncode == 0
    assert errors == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
async def test_killed_sandbox_takes_its_bot_along() -> None:
    async with sandbox_program() as process:
        await read_until(process, "http://")
        [bot] = children(process.pid)
        process.kill()

        await wait_gone(bot)


async def test_bot_that_cannot_start_ends_it_with_the_last_words() -> None:
    command = [sys.executable, "-c", "print('looking around'); raise SystemExit('The token is wrong.')"]

    async with Sandbox(make_bot=partial(BotProcess, command=command)) as sandbox:
        with pytest.raises(BotStartError, match=r"^The token is wrong\.$"):
            await sandbox.wait_ready()


async def test_bot_environment_is_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-real-token")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("OPENAI_API_KEY", "a-real-key")

    async with Sandbox(make_bot=PageBot, data=tmp_path, env={"LOG_LEVEL": "DEBUG"}) as sandbox:
        assert sandbox.bot is not None
        environment = sandbox.bot.environment

    assert environment["DISCORD_TOKEN"] == sandbox.discord.token
    assert environment["DATA_DIR"] == str(tmp_path)
    assert environment["LOG_LEVEL"] == "DEBUG"
    assert environment["LC_ALL"] == "C.UTF-8"
    assert "OPENAI_API_KEY" not in environment


def test_inherited_environment_is_path_home_and_locale() -> None:
    given = {"PATH": "/bin", "HOME": "/home/x", "LANG": "C", "LC_TIME": "C", "SECRET_KEY": "s", "HTTP_PROXY": "p"}

    assert set(inherited_environment(given)) == {"PATH", "HOME", "LANG", "LC_TIME"}


async def test_killed_bot_leaves_the_sandbox_running_and_starts_again() -> None:
    async with Sandbox(make_bot=PageBot) as sandbox:
        await sandbox.wait_ready()
        assert sandbox.bot is not None
        first = sandbox.bot.pid
        await sandbox.bot.kill()
        assert sandbox.bot.exit_code == -signal.SIGKILL
        await sandbox.bot.start()
        await sandbox.wait_ready()

        assert sandbox.bot.running
        assert sandbox.bot.pid != first


def state_of(bot: BotProcess) -> str:
    """How Linux sees the process: T is stopped. Source: proc(5), "/proc/pid/stat"."""
    return Path(f"/proc/{bot.pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
async def test_a_frozen_bot_is_held_still_and_thaws_or_ends_in_order(tmp_path: Path) -> None:
    script = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit('goodbye'));"
        "print('ready', flush=True); [signal.pause() for _ in iter(int, 1)]"
    )
    bot = BotProcess({}, tmp_path / "bot.log", command=[sys.executable, "-c", script])
    await bot.start()
    await until(lambda: bot.last_line == "ready")
    bot.freeze()
    await until(lambda: state_of(bot) == "T")
    bot.thaw()
    await until(lambda: state_of(bot) != "T")
    bot.freeze()
    await bot.terminate()

    assert bot.last_line == "goodbye"
    assert bot.exit_code == 1


async def test_stubborn_bot_is_ended_by_force(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sandbox.bot_process.TERMINATE_LIMIT_S", 0.1)
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    script = (
        "import signal, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).write_text('deaf'); signal.pause()"
    )
    bot = BotProcess({}, tmp_path / "bot.log", command=[sys.executable, "-c", script])
    events: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
    bot.watch(events)
    await bot.start()
    await asyncio.to_thread(ready.read_text)

    await bot.terminate()

    assert bot.exit_code == -signal.SIGKILL
    assert [events.get_nowait()[0], events.get_nowait()[0]] == ["BOT_PROCESS", "BOT_PROCESS"]


async def test_output_is_kept_even_in_very_long_lines(tmp_path: Path) -> None:
    script = "print('x' * 300_000); print('the end')"
    bot = BotProcess({}, tmp_path / "bot.log", command=[sys.executable, "-c", script])
    await bot.start()
    await bot.wait_ended()

    assert bot.last_line == "the end"
    assert (tmp_path / "bot.log").stat().st_size == 300_009
