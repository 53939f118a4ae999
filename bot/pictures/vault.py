"""The vault: a bucket in which kept pictures outlive this machine, through `obstore`."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, S3Store

from bot.clock import Clock
from bot.errors import SettingsError, VaultError
from bot.pictures.refusals import gone
from bot.settings.bucket import BucketSettings

if TYPE_CHECKING:
    from obstore.store import S3Config

Answer = TypeVar("Answer")

PIECE_BYTES = 8 * 1024 * 1024  # of one request; S3 takes no smaller parts than 5 MB, and each is held in memory
PARTS_AT_ONCE = 2
READ_BYTES = 1024 * 1024  # handed to the disk at once
LISTED_AT_ONCE = 500
# One path, asked for at a start: whether it may be written, read and deleted is known before anything is paid for.
TRIAL = "easel-trial"
_STATUS = re.compile(r"status code: (\d{3})")
_REFUSED = {"401", "403"}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bucket is waited for, in real seconds."""

    connect_s: float = 5.0
    read_s: float = 20.0  # without a byte
    whole_s: float = 300.0  # for one request, whatever comes
    retries: int = 2  # where a second request cannot do harm; `obstore` knows which
    pause_s: float = 15.0  # during which nobody else waits for a bucket that has just failed


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture as the bucket lists it."""

    key: str
    size: int
    written_at: datetime


class Vault:
    """Puts pictures into a bucket under their keys, and hands them out again.

    What is put is never replaced: a key is made once and holds the same bytes for ever.
    """

    def __init__(self, store: ObjectStore, clock: Clock, patience: Patience = Patience()) -> None:
        self._store = store
        self._clock = clock
        self._patience = patience
        self._asked_again_at = 0.0

    @classmethod
    def in_bucket(cls, settings: BucketSettings, clock: Clock, patience: Patience = Patience()) -> Self:
        """The vault in the bucket that the owner named.

        Raises:
            SettingsError: the settings of the bucket cannot be used.
        """
        try:
            store = S3Store(
                settings.bucket,
                prefix=settings.folder or None,
                config=_config(settings),
                client_options={
                    "allow_http": settings.endpoint.startswith("http://"),
                    "connect_timeout": timedelta(seconds=patience.connect_s),
                    "read_timeout": timedelta(seconds=patience.read_s),
                    "timeout": timedelta(seconds=patience.whole_s),
                },
                retry_config={
                    "max_retries": patience.retries,
                    "retry_timeout": timedelta(seconds=patience.read_s),
                    "backoff": {"max_backoff": timedelta(seconds=1)},
                },
            )
        except (BaseError, ValueError) as exc:
            raise SettingsError(f"PICTURES_URL cannot be used: {_reason(exc)}") from exc
        return cls(store, clock, patience)

    async def put(self, key: str, file: Path) -> bool:
        """Put a file; False where there is one under this key already, which stays.

        Raises:
            VaultError: it could not be put, or nobody knows.
        """
        size = (await asyncio.to_thread(file.stat)).st_size
        if size <= PIECE_BYTES:
            return await self._created(key, file)
        # What goes in several requests cannot be made conditional on there being nothing; two who put the same key put
        # the same bytes.
        if await self.head(key) is not None:
            return False
        await self._asked(
            lambda: obstore.put_async(
                self._store,
                key,
                file,
                use_multipart=True,
                chunk_size=PIECE_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        )
        return True

    async def _created(self, key: str, data: Path | bytes) -> bool:
        try:
            await self._asked(lambda: obstore.put_async(self._store, key, data, mode="create", use_multipart=False))
        except AlreadyExistsError:
            return False
        return True

    async def get(self, key: str, into: Path) -> str:
        """Stream a picture into a file; returns the SHA-256 of what came.

        Raises:
            PictureError: there is none.
            VaultError: it could not be had.
        """
        digest = hashlib.sha256()
        with await asyncio.to_thread(into.open, "wb") as file:

            def take(piece: bytes) -> None:
                digest.update(piece)
                file.write(piece)

            async def copy() -> None:
                found = await obstore.get_async(self._store, key)
                async for piece in found.stream(READ_BYTES):
                    await asyncio.to_thread(take, piece)

            try:
                await self._asked(copy, may_lack=True)
            except FileNotFoundError as exc:
                raise gone() from exc
            await asyncio.to_thread(file.flush)
        return digest.hexdigest()

    async def head(self, key: str) -> int | None:
        """The bytes of a picture; None where there is none.

        Raises:
            VaultError: nobody knows.
        """
        try:
            return (await self._asked(lambda: obstore.head_async(self._store, key), may_lack=True))["size"]
        except FileNotFoundError:
            return None

    async def delete(self, keys: Collection[str]) -> None:
        """Delete pictures; those that are not there count as deleted.

        Raises:
            VaultError: some may still be there.
        """
        if keys:
            await self._asked(lambda: _deleted(self._store, list(keys)))

    async def listed(self) -> AsyncIterator[Sequence[Listed]]:
        """All pictures, some at a time.

        Raises:
            VaultError: not all could be listed.
        """
        pages = obstore.list(self._store, chunk_size=LISTED_AT_ONCE).__aiter__()
        while True:
            try:
                page = await self._asked(pages.__anext__)
            except StopAsyncIteration:
                return
            yield [Listed(one["path"], one["size"], one["last_modified"]) for one in page]

    async def check(self, *, by_writing: bool = False) -> None:
        """Ask whether the bucket is there and may be listed; `by_writing`, whether all else may be done as well.

        Raises:
            VaultError: no.
        """
        async for _page in self.listed():
            break
        if by_writing:
            await self._created(TRIAL, b"easel")
            await self.head(TRIAL)
            await self.delete([TRIAL])

    async def _asked(self, ask: Callable[[], Awaitable[Answer]], *, may_lack: bool = False) -> Answer:
        """What the bucket answers; for a while after a failure nobody waits for it.

        Raises:
            FileNotFoundError: it has no such picture, where it `may_lack` it.
            AlreadyExistsError: it has one already.
            VaultError: it does not answer, or refuses.
        """
        if self._clock.monotonic() < self._asked_again_at:
            raise VaultError("it failed a moment ago")
        try:
            return await ask()
        except AlreadyExistsError:
            raise
        except (BaseError, FileNotFoundError) as exc:
            if may_lack and isinstance(exc, FileNotFoundError):
                raise
            raise self._trouble(exc) from exc

    def _trouble(self, exc: Exception) -> VaultError:
        reason = _reason(exc)
        found = _STATUS.search(reason)
        status = found[1] if found else ""
        if status not in _REFUSED:
            self._asked_again_at = self._clock.monotonic() + self._patience.pause_s
        return VaultError(reason, status)


def _config(settings: BucketSettings) -> "S3Config":
    """What the library is told; where the owner named no key it looks for a role of this machine's."""
    # One request for each that is deleted: not every provider knows how to delete many at once.
    config: S3Config = {"disable_bulk_delete": True}
    if key := settings.access_key_id.get_secret_value():
        config["access_key_id"] = key
        config["secret_access_key"] = settings.secret_access_key.get_secret_value()
    if settings.region:
        config["region"] = settings.region
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    return config


async def _deleted(store: ObjectStore, keys: list[str]) -> None:
    try:
        await obstore.delete_async(store, keys)
    except FileNotFoundError:  # a folder says so of the first that is not there
        for key in keys:
            try:
                await obstore.delete_async(store, key)
            except FileNotFoundError:
                continue


def _reason(exc: Exception) -> str:
    """What the library says first; behind it come its own structures, many lines of them."""
    return " ".join(str(exc).partition("\n\nDebug source")[0].split())[:300]
