"""Worker processes for pictures: limited, killed when over, fair, and ended with the bot."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import PictureError
from bot.pictures.workers import Lane, Limits, Workers, _Worker
from sandbox.hostile_pictures import endless_jpeg
from tests.support.makers import picture
from tests.support.ports import until

pytestmark = pytest.mark.process


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    opened = Lane("test", workers=1)
    yield opened
    opened.close()


@pytest.fixture
def good(tmp_path: Path) -> str:
    (tmp_path / "good.png").write_bytes(picture())
    return str(tmp_path / "good.png")


@pytest.fixture
def endless(tmp_path: Path) -> str:
    """A picture within all bounds whose decoding takes many seconds."""
    (tmp_path / "endless.jpg").write_bytes(endless_jpeg(side=6_900, scans=98))
    return str(tmp_path / "endless.jpg")


def processes_of(lane: Lane) -> list[int]:
    return [worker._process.pid for worker in [*lane._busy, *lane._idle]]


async def test_a_worker_knows_nothing_of_the_bots_environment(
    lane: Lane, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-secret-token")
    await lane.run("size", 1, source=good)

    (pid,) = processes_of(lane)
    environment = await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
    assert b"LC_ALL" in environment
    assert b"secret" not in environment


async def test_a_worker_is_used_again(lane: Lane, good: str) -> None:
    await lane.run("size", 1, source=good)
    first = processes_of(lane)
    await lane.run("preview", 1, source=good)

    assert processes_of(lane) == first


@pytest.mark.parametrize("limits", [Limits(cpu_s=1), Limits(wall_s=1.0)])
async def test_work_over_a_limit_of_time_is_a_sentence(limits: Limits, endless: str) -> None:
    lane = Lane("limited", limits, workers=1)
    try:
        with pytest.raises(PictureError, match="takes too long to read"):
            await lane.run("take_input", 1, source=endless, limit=1_000_000)
    finally:
        lane.close()


async def test_work_over_the_limit_of_memory_is_a_sentence_and_the_next_task_is_done(tmp_path: Path, good: str) -> None:
    (tmp_path / "large.png").write_bytes(await asyncio.to_thread(picture, (6_000, 6_000)))
    lane = Lane("limited", Limits(memory_bytes=120 * 1024 * 1024), workers=1)
    try:
        with pytest.raises(PictureError, match="takes too long to read"):
            await lane.run("preview", 1, source=str(tmp_path / "large.png"))
        assert (await lane.run("size", 1, source=good)).values == {"width": 64, "height": 48}
    finally:
        lane.close()


async def test_a_killed_worker_is_a_sentence_and_the_next_task_is_done(lane: Lane, endless: str, good: str) -> None:
    asked = asyncio.create_task(lane.run("preview", 1, source=endless))
    await until(lambda: processes_of(lane))
    os.kill(processes_of(lane)[0], 11)

    with pytest.raises(PictureError, match="takes too long to read"):
        await asked
    assert (await lane.run("size", 1, source=good)).values == {"width": 64, "height": 48}


async def test_an_idle_worker_that_died_is_replaced(lane: Lane, good: str) -> None:
    await lane.run("size", 1, source=good)
    (idle,) = lane._idle
    idle._process.kill()
    idle._process.wait()

    assert (await lane.run("size", 1, source=good)).values == {"width": 64, "height": 48}


async def test_cancelling_ends_the_decoding(lane: Lane, endless: str) -> None:
    asked = asyncio.create_task(lane.run("preview", 1, source=endless))
    await until(lambda: lane._busy)
    (worker,) = lane._busy
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    assert not worker.lives
    assert worker._process.wait(timeout=5) < 0


async def test_closing_waits_for_no_decoder(endless: str) -> None:
    workers = Workers()
    asked = [asyncio.create_task(workers.members.run("preview", who, source=endless)) for who in range(3)]
    await until(lambda: workers.members._busy)
    began = time.process_time()
    workers.close()

    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == []
    assert time.process_time() - began < 5


async def test_a_request_that_a_killed_worker_never_read_is_buried_with_it() -> None:
    worker = _Worker(Limits())
    worker._in.write(b"unread")
    worker.kill()
    worker._process.wait()

    worker.bury()

    assert worker._in.closed
    assert worker._out.closed


async def test_who_brings_much_takes_turns_with_the_others(lane: Lane, good: str) -> None:
    done: list[str] = []

    async def ask(who: str) -> None:
        await lane.run("size", who, source=good)
        done.append(who)

    await asyncio.gather(*(ask(who) for who in ["ana"] * 6 + ["ben"] * 2 + ["mia"]))

    assert done == ["ana", "ana", "ben", "mia", "ana", "ben", "ana", "ana", "ana"]


async def test_one_member_never_holds_all_places(endless: str, good: str) -> None:
    lane = Lane("two", workers=2)
    asked = [asyncio.create_task(lane.run("preview", "ben", source=endless)) for _picture in range(3)]
    try:
        await until(lambda: lane._busy)
        assert (await lane.run("size", "ana", source=good)).values == {"width": 64, "height": 48}
        assert lane._running == {"ben": 1}
        assert not any(task.done() for task in asked)
    finally:
        lane.close()
        await asyncio.gather(*asked, return_exceptions=True)


async def test_whoever_stops_waiting_keeps_nobody_waiting(lane: Lane, good: str) -> None:
    asked = [asyncio.create_task(lane.run("size", who, source=good)) for who in range(4)]
    await until(lambda: lane._busy)
    for task in asked[1:3]:
        task.cancel()

    assert (await asked[3]).values == {"width": 64, "height": 48}


async def test_a_file_that_is_gone_is_a_sentence(lane: Lane, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no longer stored"):
        await lane.run("preview", 1, source=str(tmp_path / "gone.png"))
