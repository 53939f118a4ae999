"""A bucket that is away while jobs end: nothing is lost or posted without its picture, and all of it is tried again."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.job import JobStatus
from bot.jobs.deliveries import PICTURE_TRIES
from bot.operation.stock_keeper import StockKeeper
from bot.operation.sweeper import DAY_S
from bot.pictures.bucket_stock import BucketStock
from bot.pictures.stock import Stock
from bot.pictures.vault import Vault
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.ui.messages.result import result_parts
from tests.support.buckets import Doorway
from tests.support.loops import make_sweeper
from tests.support.makers import ANA, picture
from tests.support.ports import ManualClock, RecordingPresenter, ShelfFetcher
from tests.support.walk import finished, now, work_off

pytestmark = pytest.mark.process

URL = "https://img.example.com/grid.png"
AWAY = 503


@pytest.fixture
def stock(tmp_path: Path, store: JobStore, clock: ManualClock, vault: Vault) -> Stock:
    return BucketStock(
        tmp_path / "pictures",
        store.kept_pictures,
        clock,
        vault=vault,
        cache=tmp_path / "cache",
        cache_bytes=1_000_000,
    )


async def in_bucket(vault: Vault) -> set[str]:
    return {one.key async for page in vault.listed() for one in page}


async def test_a_result_is_in_the_bucket_before_a_row_names_it(services: Services, door: Doorway) -> None:
    job = await finished(services)
    key, put_before = f"{job.id}.png", []

    def look(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("UPDATE jobs") and key in str(values):
            put_before.append(("PUT", key) in door.answered)

    event.listen(services.store.database.engine.sync_engine, "before_cursor_execute", look)
    await work_off(services)

    assert put_before
    assert all(put_before)
    assert (await now(services, job)).status is JobStatus.DONE


async def test_a_result_waits_for_the_bucket_as_for_its_relay_and_is_posted_whole_at_last(
    services: Services,
    door: Doorway,
    vault: Vault,
    presenter: RecordingPresenter,
    clock: ManualClock,
    fetcher: ShelfFetcher,
) -> None:
    door.answers = AWAY
    job = await finished(services)

    for _attempt in range(PICTURE_TRIES):
        await work_off(services)
        assert presenter.posted == []
        clock.pass_by(60)
    await work_off(services)

    done = await now(services, job)
    assert (done.status, fetcher.fetched) == (JobStatus.DONE, [URL])
    assert done.result is not None
    assert done.result.picture is not None
    assert await services.pictures.read(done.result.picture) == picture()
    door.answers = None
    await StockKeeper(services.pictures.stock, clock, presenter).keep_once()
    assert await in_bucket(vault) == {done.result.picture}


async def test_a_bucket_that_comes_back_meanwhile_is_used_without_fetching_again(
    services: Services, door: Doorway, vault: Vault, clock: ManualClock, fetcher: ShelfFetcher
) -> None:
    door.answers = AWAY
    job = await finished(services)
    await work_off(services)
    fetcher.shelf.clear()  # the relay's link has died

    door.answers = None
    clock.pass_by(60)
    await work_off(services)

    assert (await now(services, job)).status is JobStatus.DONE
    assert await in_bucket(vault) == {f"{job.id}.png"}


async def test_a_kept_result_that_nobody_can_get_at_is_not_posted_without_its_picture(
    services: Services, door: Doorway, tmp_path: Path
) -> None:
    job = await finished(services)
    await work_off(services)
    done = await now(services, job)
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    door.answers = AWAY

    with pytest.raises(Exception, match="cannot be reached"):
        await result_parts(services.pictures, done, 1_000_000, services.original_addresses)

    door.answers = None
    parts = await result_parts(services.pictures, done, 1_000_000, services.original_addresses)
    assert len(parts.files) == 1


async def test_the_owner_hears_of_one_outage_once(
    services: Services, door: Doorway, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    keeper = StockKeeper(services.pictures.stock, clock, presenter)
    door.answers = AWAY
    await services.pictures.keep_made("made", picture())

    for _time in range(3):
        await keeper.keep_once()
    assert len(presenter.alerts) == 1

    door.answers = None
    await keeper.keep_once()
    assert presenter.resolved == ["bucket:"]
    door.answers = AWAY
    await services.pictures.keep_made("other", picture())
    await keeper.keep_once()
    assert len(presenter.alerts) == 2


async def test_removing_deletes_at_once_in_the_folder_the_cache_and_the_bucket(
    services: Services, vault: Vault, tmp_path: Path
) -> None:
    job = await finished(services)
    await work_off(services)
    assert await in_bucket(vault) == {f"{job.id}.png"}

    await services.jobs.controls.remove(await now(services, job))

    assert await in_bucket(vault) == set()
    assert [file for name in ("pictures", "cache") for file in (tmp_path / name).iterdir()] == []


async def test_erasing_and_sweeping_delete_in_the_bucket(
    services: Services, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    erased = await finished(services)
    await work_off(services)
    assert await in_bucket(vault) == {f"{erased.id}.png"}
    await services.personal_data.erase(ANA)
    assert await in_bucket(vault) == set()

    swept = await finished(services)
    await work_off(services)
    assert await in_bucket(vault) == {f"{swept.id}.png"}
    clock.pass_by(2 * DAY_S)
    await make_sweeper(services.store, services.pictures, clock, keep_pictures_days=1).sweep_once()
    assert await in_bucket(vault) == set()
    assert list((tmp_path / "cache").iterdir()) == []
