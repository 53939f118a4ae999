"""Kept pictures in a bucket, with a cache on this machine.

The folder holds what is not in the bucket yet; the cache holds copies of what is. A picture goes from the one to the
other once the bucket has it, so that no file is the only one of its kind and may be dropped.
"""

import asyncio
import hashlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from typing_extensions import override

from bot.clock import Clock
from bot.errors import VaultError
from bot.pictures.keys import is_key
from bot.pictures.register import KeptPicture, Register
from bot.pictures.stock import Stock
from bot.pictures.vault import TRIAL, Vault

logger = logging.getLogger(__name__)

SLACK = 0.05  # of the cache's limit: how much may come in until it is looked through again
IN_USE_S = 60.0  # since it was last asked for: another process may be about to open it


class BucketStock(Stock):
    """The folder of pictures that the bucket does not have yet, the bucket, and the cache of what it has."""

    def __init__(
        self, folder: Path, register: Register, clock: Clock, *, vault: Vault, cache: Path, cache_bytes: int
    ) -> None:
        super().__init__(folder, register, clock)
        self._vault = vault
        self._cache = cache
        self._cache_bytes = cache_bytes
        self._came_in = cache_bytes  # bytes since the cache was looked through: at first nobody knows
        self._in_use: Counter[str] = Counter()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        cache.mkdir(parents=True, exist_ok=True)

    @override
    async def free_bytes(self, *, wanted: int = 0) -> int:
        free = await super().free_bytes()
        if free >= wanted or not await asyncio.to_thread(self._drop, wanted - free):
            return free
        return await super().free_bytes()

    @override
    async def has(self, key: str) -> bool:
        if await asyncio.to_thread(self._found, key) is not None:
            return True
        return await self._vault.head(key) is not None

    @override
    async def is_listed(self, key: str) -> bool:
        if await self._register.find(key) is not None:
            return True
        return await asyncio.to_thread(self._found, key) is not None

    @override
    @asynccontextmanager
    async def opened(self, *keys: str) -> AsyncIterator[Sequence[Path]]:
        self._in_use.update(keys)
        try:
            yield [await self._here(key) for key in keys]
        finally:
            self._in_use -= Counter(keys)  # which forgets those that nobody uses

    @override
    async def remove(self, keys: Collection[str]) -> None:
        for key in keys:
            async with self._lock(key):  # whoever sends it ends first
                await asyncio.to_thread(self._unlink, key)
        try:
            await self._vault.delete([key for key in keys if is_key(key)])
        except VaultError as exc:
            logger.warning("pictures not deleted yet count=%d reason=%s", len(keys), exc.reason)
            await self._register.mark_removed(keys)
        else:
            await self._register.remove(keys)

    @override
    async def make_room(self, keys: Collection[str]) -> None:
        for key in keys:
            if self._in_use[key] == 0:
                (self._cache / key).unlink(missing_ok=True)

    @override
    async def unsettled(self, name: str, *, at_any_rate: bool) -> str | None:
        def look() -> str | None:
            return next((file.name for file in self._folder.glob(f"{name}.*") if is_key(file.name)), None)

        key = await asyncio.to_thread(look)
        if key is not None:
            await self._settle(key, at_any_rate=at_any_rate)
        return key

    @override
    async def take_stock(self) -> None:
        await self._adopt_folder()
        async for page in self._vault.listed():
            await self._adopt(
                [KeptPicture(one.key, one.size, one.written_at) for one in page if one.key != TRIAL and is_key(one.key)]
            )

    @override
    async def catch_up(self) -> None:
        await self._drop_deleted()
        names = await asyncio.to_thread(os.listdir, self._folder)
        for key in filter(is_key, names):
            await self._settle(key, at_any_rate=False)
        if removed := await self._register.removed():
            await self._vault.delete(removed)
            await self._register.remove(removed)

    async def _drop_deleted(self) -> None:
        """Drop copies of what was deleted at another machine."""
        copies = filter(is_key, await asyncio.to_thread(os.listdir, self._cache))
        for key in await self._register.unlisted(copies):
            if not self._in_use[key]:
                (self._cache / key).unlink(missing_ok=True)

    @override
    def _taken(self, key: str, incoming: Path) -> KeptPicture:
        with incoming.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return replace(super()._taken(key, incoming), sha256=digest)

    @override
    async def _list(self, kept: KeptPicture) -> None:
        # At once: what is in the bucket must not stay there when it is deleted, whatever happens here.
        try:
            await self._register.add([kept])
        except Exception:  # it may have been paid for; taking stock finds it
            logger.exception("picture not listed key=%s", kept.key)

    @override
    async def _settle(self, key: str, *, at_any_rate: bool) -> None:
        """Put a picture of the folder into the bucket, and move its file into the cache."""
        try:
            async with self._lock(key):
                await self._put(key)
        except VaultError as exc:
            logger.warning("picture not in the bucket yet key=%s reason=%s", key, exc.reason)
            if not at_any_rate:
                raise
        await self._look_through()

    async def _put(self, key: str) -> None:
        file = self._folder / key
        try:
            is_first = await self._vault.put(key, file)
        except FileNotFoundError:
            return  # another process has put it, or it was deleted
        if not is_first:  # whose bytes they are, nobody knows here
            size = await self._vault.head(key)
            await self._list(KeptPicture(key, size or 0, self._clock.now()))
        size = await asyncio.to_thread(self._moved, key, is_first=is_first)
        self._came_in += size
        if not size and await self._register.find(key) is None:
            await self._vault.delete([key])  # it was deleted while it was on its way

    def _moved(self, key: str, *, is_first: bool) -> int:
        """Move a file into the cache, where the bucket has the same; returns its bytes."""
        file, copy = self._folder / key, self._cache / key
        try:
            size = file.stat().st_size
            if self._in_use[key]:
                return size  # it stays until the next time
            if is_first:
                shutil.move(file, copy)
                self._touch(copy)
            else:
                file.unlink()
        except FileNotFoundError:
            return 0
        return size

    async def _here(self, key: str) -> Path:
        async with self._lock(key):
            found = await asyncio.to_thread(self._found, key)
            return found or await self._fetched(key)

    def _found(self, key: str) -> Path | None:
        """A picture's file on this machine, which has just been asked for."""
        waiting, copy = self.path(key), self._cache / key
        with suppress(FileNotFoundError):
            self._touch(copy)
            return copy
        return waiting if waiting.is_file() else None

    def _touch(self, path: Path) -> None:
        moment = self._clock.now().timestamp()
        os.utime(path, (moment, moment))

    async def _fetched(self, key: str) -> Path:
        path, incoming = self._cache / key, self._cache / f"{key}.{self._process}.part"
        try:
            await self._download(key, incoming)
            self._came_in += (await asyncio.to_thread(incoming.stat)).st_size
            await asyncio.to_thread(incoming.replace, path)
            await asyncio.to_thread(self._touch, path)
        except VaultError as exc:
            logger.warning("picture not fetched from the bucket key=%s reason=%s", key, exc.reason)
            raise
        finally:
            incoming.unlink(missing_ok=True)
        await self._look_through()
        return path

    async def _download(self, key: str, into: Path) -> None:
        digest = await self._vault.get(key, into)
        known = await self._register.find(key)
        if known is not None and known.sha256 not in ("", digest):
            raise VaultError(f"other bytes than were put under {key}")

    async def _look_through(self) -> None:
        """Drop what was asked for longest ago, where the cache has grown over its limit."""
        if self._came_in > self._cache_bytes * SLACK:
            self._came_in = 0
            await asyncio.to_thread(self._drop)

    def _drop(self, wanted: int = 0) -> int:
        """Drop what was asked for longest ago: all over the limit, or `wanted` bytes; returns the bytes dropped."""
        seen = []
        for file in os.scandir(self._cache):
            with suppress(FileNotFoundError):
                seen.append((file.stat().st_mtime, file.stat().st_size, file.name))
        most = max(wanted, sum(size for _moment, size, _name in seen) - self._cache_bytes)
        before, dropped = self._clock.now().timestamp() - IN_USE_S, 0
        for moment, size, name in sorted(seen):
            if dropped >= most or moment > before:
                break
            if not self._in_use[name]:
                (self._cache / name).unlink(missing_ok=True)
                dropped += size
        return dropped

    def _unlink(self, key: str) -> None:
        for folder in (self._cache, self._folder):
            (folder / key).unlink(missing_ok=True)

    def _lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())
