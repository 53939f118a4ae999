"""The vault against a real S3 server: what is put stays as it is, and what goes wrong is told as it is."""

import asyncio
import hashlib
import resource
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import Clock
from bot.errors import PictureError, VaultError
from bot.pictures.vault import PARTS_AT_ONCE, PIECE_BYTES, Patience, Vault
from bot.settings.bucket import BucketSettings
from tests.support import buckets
from tests.support.makers import make_settings
from tests.support.ports import ManualClock, at_work

QUICK = Patience(connect_s=2, read_s=0.3, retries=0)
KEY = f"{'ab' * 8}.png"


def peak_bytes() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def bucket(settings: dict[str, str], **changes: str) -> BucketSettings:
    return make_settings(**{name.lower(): value for name, value in (settings | changes).items()}).bucket


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(b"pixels")
    return path


@pytest.fixture
def vault(bucket_settings: dict[str, str]) -> Vault:
    return Vault.in_bucket(bucket(bucket_settings), Clock())


@pytest.mark.process
@pytest.mark.parametrize("size", [6, PIECE_BYTES + 1, (PARTS_AT_ONCE + 1) * PIECE_BYTES + 5])
async def test_what_is_put_comes_back_byte_by_byte(size: int, vault: Vault, tmp_path: Path) -> None:
    file, back = tmp_path / "made", tmp_path / "back"
    file.write_bytes(secrets.token_bytes(size))

    assert await vault.put(KEY, file)

    assert await vault.head(KEY) == size
    assert await vault.get(KEY, back) == hashlib.sha256(file.read_bytes()).hexdigest()
    assert back.read_bytes() == file.read_bytes()


@pytest.mark.process
@pytest.mark.parametrize("size", [6, PIECE_BYTES + 1])
async def test_what_is_there_is_never_replaced(size: int, vault: Vault, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"a" * size)
    second.write_bytes(b"b" * size)
    await vault.put(KEY, first)

    assert not await vault.put(KEY, second)

    await vault.get(KEY, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == first.read_bytes()


@pytest.mark.process
async def test_a_large_film_is_never_held_whole_and_stops_nobody(vault: Vault, tmp_path: Path) -> None:
    """What is held is asked of the system, since the library takes its memory past Python."""
    size = 64 * 1024 * 1024
    film, back, small = tmp_path / "film", tmp_path / "back", tmp_path / "small"
    with film.open("wb") as file:
        file.truncate(size)
    small.write_bytes(bytes(2 * PIECE_BYTES))
    await vault.put("small.png", small)  # whatever is loaded at the first time
    await vault.get("small.png", back)
    before, turns = peak_bytes(), 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with at_work(count_turns()):
        await vault.put("film.mp4", film)
        between = turns
        await vault.get("film.mp4", back)

    assert peak_bytes() - before < size / 2
    assert min(between, turns - between) > 100
    assert back.stat().st_size == size


@pytest.mark.process
async def test_what_is_deleted_is_gone_and_may_be_deleted_again(vault: Vault, file: Path, tmp_path: Path) -> None:
    await vault.put(KEY, file)

    for _time in range(2):
        await vault.delete([KEY, "never.png"])

    assert await vault.head(KEY) is None
    with pytest.raises(PictureError, match="no longer stored") as refused:
        await vault.get(KEY, tmp_path / "back")
    assert not isinstance(refused.value, VaultError)


@pytest.mark.process
async def test_all_that_is_kept_is_listed_without_its_prefix(vault: Vault, file: Path) -> None:
    names = {f"{number:016x}.png" for number in range(3)}
    for name in names:
        await vault.put(name, file)

    listed = [one async for page in vault.listed() for one in page]

    assert {one.key for one in listed} == names
    assert {one.size for one in listed} == {6}


@pytest.mark.process
async def test_a_trial_leaves_nothing_behind(vault: Vault) -> None:
    await vault.check(by_writing=True)

    assert [one async for page in vault.listed() for one in page] == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "of somebody else"}, "403"),
        ({"AWS_ACCESS_KEY_ID": buckets.READER, "AWS_SECRET_ACCESS_KEY": buckets.READER_SECRET}, "403"),
    ],
    ids=["wrong secret", "may only read"],
)
async def test_a_bucket_that_refuses_says_so(
    changes: dict[str, str], status: str, vault: Vault, file: Path, bucket_settings: dict[str, str]
) -> None:
    await vault.put(KEY, file)
    stranger = Vault.in_bucket(bucket(bucket_settings, **changes), Clock(), QUICK)

    with pytest.raises(VaultError) as refused:
        await stranger.check(by_writing=True)

    assert refused.value.status == status
    assert changes["AWS_SECRET_ACCESS_KEY"] not in refused.value.reason


@pytest.mark.process
async def test_a_bucket_that_is_not_there_says_so(bucket_settings: dict[str, str]) -> None:
    missing = Vault.in_bucket(bucket(bucket_settings, PICTURES_URL="s3://nobody-made-it"), Clock(), QUICK)

    with pytest.raises(VaultError) as refused:
        await missing.check()

    assert refused.value.status == "404"


# A bucket that is not well, on a socket of our own.


@pytest.fixture
async def asked() -> list[str]:
    return []


@pytest.fixture
async def ill(request: pytest.FixtureRequest, asked: list[str]) -> AsyncIterator[dict[str, str]]:
    """The settings of a bucket that answers as the test's parameter says; None: never."""
    status = request.param

    async def answer(asking: web.Request) -> web.StreamResponse:
        asked.append(asking.method)
        if status is None:
            await asking.content.read()
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(asking)
            await response.write(b"it drips")
            async for _line in asking.content:  # until the other side has had enough
                pass
            return response
        return web.Response(status=status, text="<Error><Code>InternalError</Code></Error>")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        yield {
            "PICTURES_URL": "s3://ill-bucket",
            "AWS_ENDPOINT_URL": str(server.make_url("")).rstrip("/"),
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }


@pytest.mark.parametrize("ill", [500, 503, 403, 404], indirect=True)
async def test_a_put_that_is_not_taken_is_told(ill: dict[str, str], file: Path) -> None:
    vault = Vault.in_bucket(bucket(ill), ManualClock(), QUICK)

    with pytest.raises(VaultError, match="cannot be reached"):
        await vault.put(KEY, file)


@pytest.mark.parametrize("ill", [503], indirect=True)
async def test_after_a_failure_nobody_waits_for_a_while(ill: dict[str, str], asked: list[str], file: Path) -> None:
    clock = ManualClock()
    vault = Vault.in_bucket(bucket(ill), clock, QUICK)

    for _time in range(3):
        with pytest.raises(VaultError):
            await vault.put(KEY, file)
    assert len(asked) == 1

    clock.pass_by(QUICK.pause_s)
    with pytest.raises(VaultError):
        await vault.put(KEY, file)
    assert len(asked) == 2


@pytest.mark.parametrize("ill", [None], indirect=True)
async def test_a_bucket_that_drips_is_given_up(ill: dict[str, str], tmp_path: Path) -> None:
    vault = Vault.in_bucket(bucket(ill), ManualClock(), QUICK)

    with pytest.raises(VaultError):
        await vault.get(KEY, tmp_path / "back")


async def test_nobody_at_the_address_is_told(closed_port: int, file: Path) -> None:
    settings = {"PICTURES_URL": "s3://nowhere", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{closed_port}"}
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    vault = Vault.in_bucket(bucket(settings | keys), ManualClock(), QUICK)

    with pytest.raises(VaultError) as refused:
        await vault.put(KEY, file)

    assert refused.value.status == ""
