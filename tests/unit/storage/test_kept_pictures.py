"""The table of kept pictures, and the one in memory that stands in for it in tests: they answer alike."""

from datetime import timedelta

import pytest

from bot.pictures.register import KeptPicture, Register
from bot.storage.jobs import JobStore
from tests.support.makers import START
from tests.support.ports import ListedInMemory

pytestmark = pytest.mark.both_databases

JOB, OTHER = "ab" * 8, "cd" * 8
RESULT = KeptPicture(f"{JOB}.png", 5_000_000_000, START, "ff" * 32)
INPUT = KeptPicture(f"{JOB}-input1.jpg", 3, START + timedelta(hours=2))
MASK = KeptPicture(f"{OTHER}-mask.png", 4, START + timedelta(hours=1))


@pytest.fixture(params=["table", "memory"])
async def register(request: pytest.FixtureRequest, store: JobStore) -> Register:
    register: Register = store.kept_pictures if request.param == "table" else ListedInMemory()
    await register.add([RESULT, INPUT, MASK])
    return register


async def test_what_is_listed_is_found(register: Register) -> None:
    assert await register.find(RESULT.key) == RESULT
    assert await register.find("never.png") is None


async def test_what_is_kept_anew_is_listed_anew(register: Register) -> None:
    anew = KeptPicture(RESULT.key, 7, START + timedelta(days=3), "00" * 32)

    await register.add([anew])

    assert await register.find(RESULT.key) == anew


async def test_what_members_sent_is_told_from_results(register: Register) -> None:
    assert await register.inputs() == [MASK, INPUT]
    assert await register.inputs([INPUT.key, RESULT.key, "never.png"]) == [INPUT]
    assert await register.inputs([]) == []
    assert await register.input_bytes() == 7
    assert await register.inputs_of(JOB) == {INPUT.key}


async def test_what_is_old_is_found_by_its_day(register: Register) -> None:
    assert await register.older_than(START) == set()
    assert await register.older_than(START + timedelta(minutes=90)) == {RESULT.key, MASK.key}


async def test_what_takes_too_much_room_is_found_oldest_first(register: Register) -> None:
    assert await register.over(5_000_000_007, []) == set()
    assert await register.over(5_000_000_006, []) == {RESULT.key}
    assert await register.over(6, [RESULT.key]) == {MASK.key, INPUT.key}
    assert await register.over(3, []) == {RESULT.key, MASK.key}

    await register.mark_removed([RESULT.key])
    assert await register.over(7, []) == set()


async def test_only_what_is_not_listed_is_adopted(register: Register) -> None:
    found = [KeptPicture(RESULT.key, 1, START), KeptPicture(f"{OTHER}.webp", 2, START)]

    assert [await register.adopt(found) for _time in range(2)] == [1, 0]

    assert await register.find(RESULT.key) == RESULT
    assert await register.find(f"{OTHER}.webp") == found[1]


async def test_what_is_not_listed_is_told(register: Register) -> None:
    await register.mark_removed([MASK.key])

    assert await register.unlisted([RESULT.key, INPUT.key, MASK.key, "never.png"]) == {MASK.key, "never.png"}
    assert await register.unlisted([]) == set()


async def test_what_is_removed_is_not_listed(register: Register) -> None:
    await register.remove([INPUT.key, "never.png"])

    assert await register.find(INPUT.key) is None
    assert await register.input_bytes() == 4


async def test_what_must_still_be_deleted_is_remembered_and_counts_no_more(register: Register) -> None:
    await register.mark_removed([INPUT.key, "never.png"])

    assert await register.find(INPUT.key) is None
    assert await register.removed() == {INPUT.key}
    assert await register.input_bytes() == 4

    await register.remove([INPUT.key])
    assert await register.removed() == set()


async def test_more_keys_than_one_statement_takes(register: Register) -> None:
    many = [KeptPicture(f"{number:016x}-input1.png", 1, START) for number in range(1201)]
    await register.adopt(many)

    assert len(await register.inputs([one.key for one in many])) == 1201
    await register.remove(one.key for one in many)
    assert await register.inputs() == [MASK, INPUT]
