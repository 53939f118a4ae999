"""Pictures in a bucket, with a cache here: put before anybody names them, kept here while the bucket is away."""

import shutil
from collections import namedtuple
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.errors import PictureError, VaultError
from bot.pictures.bucket_stock import IN_USE_S, BucketStock
from bot.pictures.folder import Pictures
from bot.pictures.sources import Source
from bot.pictures.stock import Stock
from bot.pictures.vault import Vault
from bot.pictures.workers import Workers
from tests.support.buckets import Doorway
from tests.support.makers import picture
from tests.support.ports import ListedInMemory, ManualClock, ShelfFetcher

pytestmark = pytest.mark.process

URL = "https://img.example.com/grid.png"
KB = 1_000
CACHE = 100 * KB
Usage = namedtuple("Usage", "free")


@dataclass
class Host:
    """A machine with a bot on it, in front of the bucket."""

    folder: Path
    stock: BucketStock
    pictures: Pictures

    @property
    def waiting(self) -> set[str]:
        """What lies here and is not known to be in the bucket."""
        return {path.name for path in (self.folder / "pictures").iterdir()}

    @property
    def cached(self) -> set[str]:
        """What lies here as well."""
        return {path.name for path in (self.folder / "cache").iterdir()}


@pytest.fixture
def register() -> ListedInMemory:
    return ListedInMemory()


class Hosts:
    """Machines that share a database and a bucket, and nothing else."""

    def __init__(self, folder: Path, register: ListedInMemory, vault: Vault, clock: Clock, workers: Workers) -> None:
        self._folder = folder
        self._register = register
        self._vault = vault
        self._clock = clock
        self._workers = workers
        self.fetcher = ShelfFetcher()

    def new(self, name: str) -> Host:
        """One more machine."""
        folder = self._folder / name
        stock = BucketStock(
            folder / "pictures",
            self._register,
            self._clock,
            vault=self._vault,
            cache=folder / "cache",
            cache_bytes=CACHE,
        )
        return Host(folder, stock, Pictures(stock, self.fetcher, self._workers, relay_limit=100 * KB))


@pytest.fixture
def hosts(tmp_path: Path, register: ListedInMemory, vault: Vault, clock: ManualClock, workers: Workers) -> Hosts:
    return Hosts(tmp_path, register, vault, clock, workers)


@pytest.fixture
def host(hosts: Hosts) -> Host:
    return hosts.new("one")


async def in_bucket(vault: Vault) -> set[str]:
    return {one.key async for page in vault.listed() for one in page}


async def test_what_one_machine_kept_another_has(hosts: Hosts, host: Host, vault: Vault) -> None:
    key = await host.pictures.keep_original("job1", URL)
    assert (host.waiting, host.cached, await in_bucket(vault)) == (set(), {key}, {key})

    other = hosts.new("two")

    assert await other.pictures.has(key)
    assert await other.pictures.read(key) == picture()
    assert other.cached == {key}


async def test_a_picture_is_fetched_from_the_bucket_once(hosts: Hosts, host: Host, door: Doorway) -> None:
    key = await host.pictures.keep_original("job1", URL)
    other = hosts.new("two")

    for _time in range(3):
        await other.pictures.read(key)

    assert door.asked.count(("GET", key)) == 1


async def test_what_is_kept_twice_stays_as_it_was_first(hosts: Hosts, host: Host) -> None:
    key = await host.pictures.keep_original("job1", URL)
    other = hosts.new("two")
    hosts.fetcher.shelf[URL] = picture((9, 9))

    assert await other.pictures.keep_original("job1", URL) == key

    assert await other.pictures.read(key) == picture()


async def test_deleting_deletes_in_the_bucket_at_once(host: Host, vault: Vault, register: ListedInMemory) -> None:
    key = await host.pictures.keep_original("job1", URL)

    await host.pictures.remove([key])

    assert (host.waiting, host.cached, await in_bucket(vault), register.rows) == (set(), set(), set(), {})
    assert not await host.pictures.has(key)
    with pytest.raises(PictureError, match="no longer stored"):
        await host.pictures.read(key)


async def test_copies_at_other_machines_go_as_well(hosts: Hosts, host: Host) -> None:
    keys = [await host.pictures.keep_original(f"job{number}", URL) for number in range(2)]
    other = hosts.new("two")
    for key in keys:
        await other.pictures.read(key)

    await host.pictures.remove(keys[:1])
    await other.stock.catch_up()

    assert (host.cached, other.cached) == ({keys[1]}, {keys[1]})


async def test_what_nobody_asked_for_longest_goes_from_the_cache_alone(
    host: Host, vault: Vault, clock: ManualClock
) -> None:
    keys = []
    for number in range(5):
        keys.append(await host.stock.keep_bytes(f"{number:016x}.png", bytes(30 * KB)))
        clock.pass_by(2 * IN_USE_S)
        await host.pictures.read(keys[0])

    assert host.cached == {keys[0], keys[3], keys[4]}
    assert await in_bucket(vault) == set(keys)
    assert len(await host.pictures.read(keys[1])) == 30 * KB


async def test_copies_make_room_where_the_disk_is_nearly_full(
    host: Host, vault: Vault, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for number in range(3):
        keys.append(await host.stock.keep_bytes(f"{number:016x}.png", bytes(30 * KB)))
        clock.pass_by(2 * IN_USE_S)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100 * KB - 30 * KB * len(host.cached)))

    assert await host.stock.free_bytes(wanted=5 * KB) == 10 * KB
    assert await host.stock.free_bytes(wanted=40 * KB) == 40 * KB

    assert host.cached == {keys[1], keys[2]}
    assert await in_bucket(vault) == set(keys)


async def test_what_is_worked_on_stays_in_the_cache(host: Host, clock: ManualClock) -> None:
    key = await host.stock.keep_bytes("first.png", bytes(30 * KB))

    async with host.stock.opened(key) as (path,):
        for number in range(5):
            clock.pass_by(2 * IN_USE_S)
            await host.stock.keep_bytes(f"{number:016x}.png", bytes(30 * KB))
        assert path.is_file()


async def test_other_bytes_than_were_put_are_not_taken(
    hosts: Hosts, host: Host, vault: Vault, tmp_path: Path, register: ListedInMemory
) -> None:
    key = await host.pictures.keep_original("job1", URL)
    await vault.delete([key])
    (tmp_path / "else").write_bytes(b"something else")
    await vault.put(key, tmp_path / "else")
    other = hosts.new("two")

    with pytest.raises(VaultError):
        await other.pictures.read(key)

    assert other.cached == set()
    assert register.rows[key].size == len(picture())


# The bucket is away.


@pytest.mark.parametrize("status", [500, 503, 403])
async def test_a_members_picture_is_refused_in_a_sentence(status: int, host: Host, door: Doorway) -> None:
    door.answers = status

    with pytest.raises(PictureError, match="Please try again in a minute"):
        await host.pictures.keep_input("job1-input1", Source(URL, is_attachment=True))


async def test_a_result_is_not_fetched_again_and_put_once_the_bucket_is_back(
    hosts: Hosts, host: Host, door: Doorway, vault: Vault
) -> None:
    door.answers = 503
    for _time in range(3):
        with pytest.raises(VaultError):
            await host.pictures.keep_original("job1", URL)
    assert (hosts.fetcher.fetched, host.waiting) == ([URL], {"job1.png"})

    door.answers = None
    key = await host.pictures.keep_original("job1", URL)

    assert (hosts.fetcher.fetched, host.waiting, host.cached) == ([URL], set(), {key})
    assert await in_bucket(vault) == {key}


async def test_a_put_whose_answer_was_lost_is_no_second_picture(
    hosts: Hosts, host: Host, door: Doorway, vault: Vault
) -> None:
    door.loses_answers = True
    with pytest.raises(VaultError):
        await host.pictures.keep_original("job1", URL)

    door.loses_answers = False
    key = await host.pictures.keep_original("job1", URL)

    assert (host.waiting, await in_bucket(vault), hosts.fetcher.fetched) == (set(), {key}, [URL])
    assert await hosts.new("two").pictures.read(key) == picture()


async def test_what_cannot_be_had_again_waits_here_and_is_usable(host: Host, door: Doorway, vault: Vault) -> None:
    door.answers = 503
    keys = {
        await host.pictures.keep_original("job1", URL, at_any_rate=True),
        await host.pictures.keep_made("job2", picture()),
    }
    assert host.waiting == keys
    assert all([await host.pictures.has(key) for key in keys])
    assert await host.pictures.read("job2.png") == picture()

    door.answers = None
    await host.stock.catch_up()

    assert (host.waiting, host.cached, await in_bucket(vault)) == (set(), keys, keys)


async def test_what_could_not_be_deleted_is_deleted_later(
    host: Host, door: Doorway, vault: Vault, register: ListedInMemory
) -> None:
    key = await host.pictures.keep_original("job1", URL)
    door.answers = 503
    await host.stock.remove([key])  # one alone: with two, the second may be asked for when the door is open again
    assert host.cached == set()

    door.answers = None
    assert await in_bucket(vault) == {key}
    await host.stock.catch_up()

    assert (await in_bucket(vault), register.rows) == (set(), {})


async def test_what_is_deleted_while_it_waits_never_reaches_the_bucket(host: Host, door: Doorway, vault: Vault) -> None:
    door.answers = 503
    key = await host.pictures.keep_made("job1", picture())
    await host.pictures.remove([key])

    door.answers = None
    await host.stock.catch_up()

    assert (host.waiting, await in_bucket(vault)) == (set(), set())


async def test_nobody_can_tell_whether_a_picture_is_kept_while_the_bucket_is_away(
    hosts: Hosts, host: Host, door: Doorway
) -> None:
    key = await host.pictures.keep_original("job1", URL)
    other = hosts.new("two")
    door.answers = 503

    with pytest.raises(VaultError):
        await other.pictures.has(key)
    with pytest.raises(VaultError):
        await other.pictures.read(key)
    assert await other.stock.is_listed(key)


# From the folder into the bucket.


async def test_pictures_of_the_folder_go_into_the_bucket_and_stay_usable(
    hosts: Hosts, vault: Vault, clock: ManualClock, register: ListedInMemory, tmp_path: Path
) -> None:
    before = Stock(tmp_path / "one" / "pictures", ListedInMemory(), clock)
    key = await before.keep_bytes("old.png", b"pixels")
    host = hosts.new("one")
    assert await host.pictures.has(key)
    assert await host.pictures.read(key) == b"pixels"

    await host.stock.take_stock()
    await host.stock.catch_up()

    assert (host.waiting, await in_bucket(vault), set(register.rows)) == (set(), {key}, {key})


async def test_pictures_that_only_the_bucket_knows_of_are_listed(
    host: Host, register: ListedInMemory, clock: ManualClock
) -> None:
    key = await host.pictures.keep_original("job1", URL)
    register.rows.clear()

    await host.stock.take_stock()

    assert register.rows[key].size == len(picture())
    assert register.rows[key].kept_at > clock.now() - timedelta(days=1)
