"""Where the files of kept pictures are: in a folder, listed in a table."""

import asyncio
import logging
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bot.clock import Clock
from bot.pictures.keys import checked, is_key
from bot.pictures.refusals import gone
from bot.pictures.register import KeptPicture, Register

logger = logging.getLogger(__name__)

LISTED_AT_ONCE = 500
UNFINISHED_DAYS = 1  # after which a download that is not whole is of a process that is long gone


class Stock:
    """The folder of kept pictures: each file there is a picture, or on its way to become one."""

    def __init__(self, folder: Path, register: Register, clock: Clock) -> None:
        self._register = register
        # A transaction for each would cost more than the picture; what a crash takes is listed when stock is taken.
        self._unlisted: dict[str, KeptPicture] = {}
        self._folder = folder
        self._clock = clock
        # Several processes may share the folder, and fetch the same picture.
        self._process = secrets.token_hex(4)
        folder.mkdir(parents=True, exist_ok=True)

    async def register(self) -> Register:
        """The table, with all in it that was kept until now."""
        await self._list_now()
        return self._register

    async def free_bytes(self, *, wanted: int = 0) -> int:  # noqa: ARG002 - for those below
        """What is free on the folder's disk for those who are no administrators; copies go for what is `wanted`."""
        return (await asyncio.to_thread(shutil.disk_usage, self._folder)).free

    def path(self, key: str) -> Path:
        """Where a picture is, or would be.

        Raises:
            PictureError: that is no key.
        """
        return self._folder / checked(key)

    @asynccontextmanager
    async def incoming(self, name: str) -> AsyncIterator[Path]:
        """A file for bytes that are not looked at yet; nothing is left of it."""
        incoming = self._folder / f"{name}.{self._process}.part"
        try:
            yield incoming
        finally:
            incoming.unlink(missing_ok=True)

    async def keep(self, key: str, incoming: Path, *, at_any_rate: bool = False) -> str:
        """Keep what has come in, from now on under a key; returns the key.

        Args:
            key: what it is called.
            incoming: its file, which is moved.
            at_any_rate: it cannot be had once more, so that it is kept where there is a place for it.

        Raises:
            PictureError: it cannot be kept where it should be.
        """
        await self._list(await asyncio.to_thread(self._taken, key, incoming))
        await self._settle(key, at_any_rate=at_any_rate)
        return key

    async def keep_bytes(self, key: str, data: bytes, *, at_any_rate: bool = False) -> str:
        """Keep bytes under a key; as `keep`."""
        async with self.incoming(key) as incoming:
            await asyncio.to_thread(incoming.write_bytes, data)
            return await self.keep(key, incoming, at_any_rate=at_any_rate)

    async def unsettled(self, name: str, *, at_any_rate: bool) -> str | None:  # noqa: ARG002 - for those below
        """The key of a picture of this name that was kept here already, but not yet where it should be.

        Raises:
            PictureError: it still cannot be kept there.
        """
        return None

    async def has(self, key: str) -> bool:
        """Whether a picture is still kept.

        Raises:
            VaultError: nobody knows.
        """
        return await asyncio.to_thread(self.path(key).is_file)

    async def is_listed(self, key: str) -> bool:
        """Whether a picture is still kept, as far as can be told at once."""
        return await self.has(key)

    @asynccontextmanager
    async def opened(self, *keys: str) -> AsyncIterator[Sequence[Path]]:
        """The files of pictures, which stay as long as they are worked on.

        Raises:
            PictureError: one is gone, or nobody can get at it.
        """
        yield [self.path(key) for key in keys]

    async def file(self, key: str) -> Path:
        """Where a picture's file is, for who sends it at once, piece by piece.

        Raises:
            PictureError: it is gone, or nobody can get at it.
        """
        if not await self.has(key):
            raise gone()
        async with self.opened(key) as (path,):
            return path

    async def remove(self, keys: Collection[str]) -> None:
        """Delete pictures, wherever they are kept."""
        await asyncio.to_thread(_unlink, [self._folder / key for key in keys])
        for key in keys:
            self._unlisted.pop(key, None)
        await self._register.remove(keys)

    async def make_room(self, keys: Collection[str]) -> None:
        """Delete pictures from this machine, whose disk is nearly full."""
        await self.remove(keys)

    async def catch_up(self) -> None:
        """List what is not listed yet, and bring what waits in the folder to where it is kept, if that is elsewhere.

        Raises:
            VaultError: it is not taken there.
        """
        await self._list_now()

    async def take_stock(self) -> None:
        """List what lies in the folder unlisted, and remove downloads that nobody finishes any more."""
        await self._adopt_folder()

    async def _adopt_folder(self) -> None:
        pages = _pages(self._folder, self._clock.now() - timedelta(days=UNFINISHED_DAYS))
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            await self._adopt(page)

    async def _adopt(self, found: Sequence[KeptPicture]) -> None:
        count = await self._register.adopt(found)
        if count:
            logger.info("pictures listed that were not count=%d", count)

    def _taken(self, key: str, incoming: Path) -> KeptPicture:
        """Give a file its key, and tell what is to be known of it."""
        kept = KeptPicture(key, incoming.stat().st_size, self._clock.now())
        incoming.replace(self.path(key))
        return kept

    async def _list(self, kept: KeptPicture) -> None:
        self._unlisted[kept.key] = kept

    async def _list_now(self) -> None:
        while new := list(islice(self._unlisted.values(), LISTED_AT_ONCE)):
            await self._register.add(new)
            for one in new:
                if self._unlisted.get(one.key) is one:  # and was not kept anew meanwhile
                    del self._unlisted[one.key]

    async def _settle(self, key: str, *, at_any_rate: bool) -> None:
        """Bring a picture from the folder to where it is kept, if that is elsewhere."""


def _unlink(paths: Collection[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _pages(folder: Path, abandoned_before: datetime) -> Iterator[list[KeptPicture]]:
    """The pictures of a folder, some at a time; downloads that were abandoned before a moment are deleted."""
    page: list[KeptPicture] = []
    for file in os.scandir(folder):
        try:
            seen = file.stat()
        except FileNotFoundError:
            continue
        written_at = datetime.fromtimestamp(seen.st_mtime, UTC)
        if is_key(file.name):
            page.append(KeptPicture(file.name, seen.st_size, written_at))
        elif file.name.endswith(".part") and written_at < abandoned_before:
            Path(file.path).unlink(missing_ok=True)
        if len(page) == LISTED_AT_ONCE:
            yield page
            page = []
    yield page
