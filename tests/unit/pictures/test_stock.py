"""The folder of kept pictures: what lies there is listed, and two processes may share it."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from bot.errors import PictureError
from bot.pictures.keys import PictureKind, job_of, kind_of
from bot.pictures.register import KeptPicture
from bot.pictures.stock import Stock
from tests.support.makers import START
from tests.support.ports import ListedInMemory, ManualClock

JOB = "ab" * 8
DAY_S = 24 * 3600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def register() -> ListedInMemory:
    return ListedInMemory()


@pytest.fixture
def stock(folder: Path, register: ListedInMemory, clock: ManualClock) -> Stock:
    return Stock(folder, register, clock)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def lay(folder: Path, name: str, days_ago: float) -> None:
    (folder / name).write_bytes(b"pixels")
    moment = START.timestamp() - days_ago * DAY_S
    os.utime(folder / name, (moment, moment))


@pytest.mark.parametrize(
    ("key", "kind", "job_id"),
    [
        (f"{JOB}.png", PictureKind.RESULT, JOB),
        (f"{JOB}-1.webp", PictureKind.RESULT, JOB),
        (f"{JOB}-input12.jpg", PictureKind.INPUT, JOB),
        (f"{JOB}-mask.png", PictureKind.MASK, JOB),
        ("made.png", PictureKind.RESULT, "made"),
    ],
)
def test_a_key_tells_what_it_is_of(key: str, kind: PictureKind, job_id: str) -> None:
    assert (kind_of(key), job_of(key)) == (kind, job_id)


async def test_what_is_kept_is_listed_many_at_once(stock: Stock, register: ListedInMemory) -> None:
    keys = {await stock.keep_bytes(f"{number:016x}.png", b"pixels") for number in range(3)}
    assert register.rows == {}

    assert await stock.register() is register

    assert register.rows == {key: KeptPicture(key, 6, START) for key in keys}


async def test_what_is_deleted_before_it_is_listed_never_is(stock: Stock, register: ListedInMemory) -> None:
    key = await stock.keep_bytes(f"{JOB}.png", b"pixels")

    await stock.remove([key])
    await stock.catch_up()

    assert register.rows == {}


async def test_what_the_table_does_not_take_is_listed_later(folder: Path, clock: ManualClock) -> None:
    class Refusing(ListedInMemory):
        refuses = True

        @override
        async def add(self, kept: Sequence[KeptPicture]) -> None:
            if self.refuses:
                raise OSError("disk I/O error")
            await super().add(kept)

    register = Refusing()
    stock = Stock(folder, register, clock)
    key = await stock.keep_bytes(f"{JOB}.png", b"pixels")
    with pytest.raises(OSError, match="disk"):
        await stock.catch_up()

    register.refuses = False
    await stock.catch_up()

    assert set(register.rows) == {key}


async def test_two_processes_fetch_the_same_picture_at_once(folder: Path, clock: ManualClock) -> None:
    one, two = (Stock(folder, ListedInMemory(), clock) for _process in range(2))

    async with one.incoming(JOB) as first, two.incoming(JOB) as second:
        first.write_bytes(b"first")
        second.write_bytes(b"second")
        await one.keep(f"{JOB}.png", first)
        await two.keep(f"{JOB}.png", second)

    assert names_in(folder) == {f"{JOB}.png"}


async def test_taking_stock_lists_what_lies_there_since_it_was_written(
    stock: Stock, folder: Path, register: ListedInMemory
) -> None:
    lay(folder, f"{JOB}.png", 40)
    lay(folder, "notes.txt", 40)
    lay(folder, f"{JOB}.1a2b3c4d.part", 0.5)
    lay(folder, f"{JOB}.part", 2)  # as earlier versions called them

    await stock.take_stock()

    assert register.rows == {f"{JOB}.png": KeptPicture(f"{JOB}.png", 6, START - timedelta(days=40))}
    assert names_in(folder) == {f"{JOB}.png", "notes.txt", f"{JOB}.1a2b3c4d.part"}


async def test_more_than_a_page_is_listed(stock: Stock, folder: Path, register: ListedInMemory) -> None:
    for number in range(1001):
        (folder / f"{number:016x}.png").touch()

    await stock.take_stock()

    assert len(register.rows) == 1001


@pytest.mark.parametrize("key", ["../easel.db", "a.txt", "A.png", "a.png.part", ""])
async def test_no_name_leads_out_of_the_folder(key: str, stock: Stock) -> None:
    with pytest.raises(PictureError):
        await stock.file(key)
