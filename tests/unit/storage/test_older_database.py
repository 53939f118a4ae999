"""A database that the version before wrote (a dump of it), opened and read by this one."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from bot.domain.job import Actor, FailureKind, GroupKind, JobStatus
from bot.domain.requests import Action, Mode
from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.storage.expiring import ExpiringValues
from bot.storage.jobs import JobStore
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Drafts
from bot.ui.flows.mask_editor import RegionPress
from bot.ui.panels.builder import Built
from tests.conftest import database_url
from tests.support.makers import ANA, BEN, DAY, PICK_2, START, VARY_3, make_place, make_token, picture
from tests.support.ports import ManualClock, ShelfFetcher

DUMP = Path(__file__).parents[2] / "fixtures" / "schemas" / "0004.sql"
SECOND = f"{int(START.timestamp()):08x}"


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[JobStore]:
    with closing(sqlite3.connect(tmp_path / "easel.db")) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
    async with JobStore.opened(database_url(tmp_path)) as store:
        yield store


@pytest.mark.parametrize(("number", "status"), list(enumerate(JobStatus)), ids=str)
async def test_job_of_every_status_is_read(number: int, status: JobStatus, old: JobStore) -> None:
    job = await old.get(f"{number:016x}")

    assert job is not None
    assert (job.status, job.units, job.mode) == (status, number + 1, Mode.TURBO if number % 2 else None)
    assert (job.actor, job.place, job.prompt, job.created_at) == (ANA, make_place(), "a cat in the rain --v 7", START)


async def test_buttons_of_a_result_keep_their_custom_ids(old: JobStore) -> None:
    job = await old.get(f"{list(JobStatus).index(JobStatus.DONE):016x}")

    assert job is not None
    assert job.result is not None
    assert [button.custom_id for button in job.result.buttons] == [PICK_2.custom_id, VARY_3.custom_id]


async def test_failure_and_used_button_are_read(old: JobStore) -> None:
    failed, pick = await old.get(f"{list(JobStatus).index(JobStatus.FAILED):016x}"), await old.get("f" * 16)

    assert failed is not None
    assert pick is not None
    assert failed.failure is not None
    assert (failed.failure.kind, failed.failure.detail, failed.token) == (FailureKind.RELAY, "no", None)
    assert (pick.actor, isinstance(pick.request, Action)) == (Actor(902, "zh-CN"), True)
    assert await old.used_keys(pick.parent_id or "") == {PICK_2.custom_id}


async def test_group_is_read_with_its_jobs(old: JobStore) -> None:
    state = await old.groups.get("a" * 16)

    assert state is not None
    assert (state.group.kind, state.group.title, state.group.card_id) == (
        GroupKind.PERMUTATION,
        "a {red, blue} cat",
        409,
    )
    assert {job.reply_to for job in state.jobs} == {409}


async def test_reserved_units_are_given_back(old: JobStore) -> None:
    member, everybody = await old.spent(ANA, DAY)
    theirs, _everybody = await old.spent(BEN, DAY)
    waiting = await old.get(f"{0:016x}")
    assert waiting is not None

    await old.move(waiting, [JobStatus.RECEIVED], JobStatus.CANCELLED)

    assert (everybody - member, await old.spent(ANA, DAY)) == (theirs, (member - 1, everybody - 1))


async def test_kept_values_and_preferences_are_read(old: JobStore) -> None:
    built = ExpiringValues(
        old.notes, ManualClock(), "build", TypeAdapter(Built), life_s=9, owner_of=lambda one: one.user_id
    )
    pressed = ExpiringValues(
        old.notes, ManualClock(), "drawing", TypeAdapter(RegionPress), life_s=9, owner_of=lambda one: one.actor.id
    )

    assert await built.get(f"{SECOND}00000002", ANA.id) == Built(user_id=901, prompt="a cat --ar 3:2")
    assert await pressed.get(f"{SECOND}0000000000000003", ANA.id) == RegionPress(
        Actor(901, "zh-CN"), make_place(may_post=False), 500, make_token()
    )
    assert await old.notes.get("mode:901") == "turbo"


async def test_draft_is_read_by_whoever_wrote_it(old: JobStore) -> None:
    draft = await Drafts(old.notes, ManualClock()).get(f"{SECOND}00000001", ANA)

    assert (draft.ask, draft.text, draft.engines) == (ModalKind.IMAGINE, "a 猫", ("fal",))


async def test_keys_without_a_parent_that_were_used_twice_do_not_hold_up_the_start(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "easel.db")) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        connection.execute("UPDATE jobs SET parent_id = NULL, once_key = 'MJ::JOB::upsample::1'")
        connection.commit()

    async with JobStore.opened(database_url(tmp_path)) as store:
        assert len(await store.used_keys("")) == 0
        async with store.database.reading() as reading:
            keys = await reading.exec_driver_sql("SELECT count(*) FROM jobs WHERE once_key IS NOT NULL")
            assert keys.scalar_one() == 1


async def test_files_that_no_table_lists_work_and_are_listed_once_stock_is_taken(
    old: JobStore, tmp_path: Path, workers: Workers, fetcher: ShelfFetcher
) -> None:
    folder, names = tmp_path / "pictures", {f"{9:016x}.png", f"{9:016x}-input1.png", f"{9:016x}-mask.png"}
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(picture())
    pictures = Pictures(Stock(folder, old.kept_pictures, ManualClock()), fetcher, workers, relay_limit=100_000)
    assert all([await pictures.has(name) for name in names])
    assert await pictures.read(f"{9:016x}.png") == picture()

    await pictures.stock.take_stock()

    assert {one.key for one in await old.kept_pictures.inputs()} == names - {f"{9:016x}.png"}
    assert await old.kept_pictures.older_than(datetime.max.replace(tzinfo=UTC)) == names
    assert await old.kept_pictures.input_bytes() == 2 * len(picture())
    await pictures.remove(names)
    assert (list(folder.iterdir()), await old.kept_pictures.inputs()) == ([], [])
