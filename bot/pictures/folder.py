"""The folder of kept pictures: what members send, masks, and originals that the relay made.

Whatever is decoded is decoded by `Workers`, which read the files of this folder; it is written here alone.
"""

import asyncio
import contextlib
import logging
import os
import re
from collections.abc import AsyncIterator, Collection, Hashable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from yarl import URL

from bot.domain.addresses import at_relay
from bot.errors import PictureError
from bot.pictures.cache import Cache
from bot.pictures.decoding.bounds import Why
from bot.pictures.decoding.brands import HEAD_BYTES, Brand, brand_of, other_name
from bot.pictures.disk_space import Room
from bot.pictures.fitting import Fitting, Upload
from bot.pictures.masks import Mask
from bot.pictures.refusals import RefusedPictureError, gone
from bot.pictures.sources import Source
from bot.pictures.workers import Answer, Workers

logger = logging.getLogger(__name__)

MAX_RESULT_BYTES = 100 * 1024 * 1024  # what a relay may have made
MAX_INPUT_BYTES = 25 * 1024 * 1024  # what a member may attach
SIZES_KEPT = 2_000
VIEWS_BYTES = 24 * 1024 * 1024  # of panels and quarters; those of one large grid
# What was paid for and nobody here can read is kept all the same.
_UNREAD = {"TIFF": "tiff", "BMP": "bmp", "SVG": "svg", "PSD": "psd", "PDF": "pdf", "JPEG XL": "jxl", "JPEG 2000": "jp2"}
_UNSEEN = frozenset({Why.TOO_MUCH, Why.DAMAGED, Why.OTHER_FORMAT})
_KEY = re.compile(rf"[a-z0-9-]{{1,64}}\.({'|'.join([*Brand, *_UNREAD.values(), 'bin'])})")


class Fetcher(Protocol):
    """Where bytes of an address come from."""

    async def fetch(self, address: str, into: Path, *, limit: int = ..., is_trusted: bool) -> None:
        """Stream the bytes into a file.

        Args:
            address: where they are.
            into: the file.
            limit: how many bytes to take at most.
            is_trusted: the relay or Discord gave the address, so that it may lead to the origins of the settings.

        Raises:
            PictureError: not to be had.
        """
        ...


class Pictures:
    """The folder of kept pictures. A key is a file name made by us, never a path or a name of others."""

    def __init__(
        self, folder: Path, fetcher: Fetcher, workers: Workers, *, relay_limit: int, relay: URL | None = None
    ) -> None:
        """`relay` is where a result is looked for whose own address cannot be reached."""
        self._relay = relay
        self._folder = folder
        self._fetcher = fetcher
        self._workers = workers
        self._relay_limit = relay_limit
        self._fitting = Fitting(workers)
        self._sizes = Cache[str, tuple[int, int]](SIZES_KEPT)
        self._views = Cache[tuple[str, str], list[bytes]](VIEWS_BYTES, _weight)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def room(self) -> Room:
        """The folder, seen as space."""
        return Room(self._folder)

    async def read(self, key: str) -> bytes:
        """The bytes of a kept picture.

        Raises:
            PictureError: the file is gone.
        """
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except OSError as exc:
            raise gone() from exc

    def file(self, key: str) -> Path:
        """Where a kept file is, for who sends it piece by piece.

        Raises:
            PictureError: the file is gone.
        """
        if not self.has(key):
            raise gone()
        return self._path(key)

    def has(self, key: str) -> bool:
        """Whether the file is still there."""
        return self._path(key).is_file()

    async def older_than(self, moment: datetime) -> frozenset[str]:
        """The names of all files, remains of downloads too, that were last written before a moment."""

        def old() -> frozenset[str]:
            files = (file for file in os.scandir(self._folder) if file.is_file())
            return frozenset(file.name for file in files if file.stat().st_mtime < moment.timestamp())

        return await asyncio.to_thread(old)

    async def remove(self, names: Collection[str]) -> None:
        """Remove files of this folder."""

        def unlink() -> None:
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

        await asyncio.to_thread(unlink)
        self._views.forget(lambda view: view[1] in names)
        self._fitting.forget(names)

    async def keep_input(self, name: str, source: Source, *, of: Hashable = None) -> str:
        """Fetch a member's picture and keep it as the relay takes it; returns its key.

        Args:
            name: what it is kept as.
            source: where it is.
            of: whose it is; nobody's pictures hold up those of others.

        Raises:
            PictureError: not to be had, not a picture, or too large.
        """
        async with self._incoming(name) as incoming:
            await self._fetch_input(source, incoming)
            return await self._take_input(name, incoming, of)

    async def keep_again(self, name: str, key: str, *, of: Hashable = None) -> str:
        """Keep a kept picture once more, as the relay takes it as an input; returns its key.

        Raises:
            PictureError: not a picture: a film, say.
        """
        return await self._take_input(name, self._path(key), of)

    async def keep_copy(self, name: str, key: str) -> str:
        """Keep a kept picture under another name as well, byte by byte; returns its key.

        Raises:
            PictureError: the file is gone.
        """
        return await self._write(f"{name}.{key.rpartition('.')[2]}", await self.read(key))

    async def keep_original(self, name: str, address: str, *, at_last: bool = False) -> str:
        """Fetch what the relay made and keep it, byte by byte unless Discord would not show it; returns its key.

        Args:
            name: what it is kept as.
            address: where it is.
            at_last: whether it will not be tried again, so that what cannot be read here is kept as it came.

        Raises:
            PictureError: not to be had or not a picture.
        """
        async with self._incoming(name) as incoming:
            await self._fetch_made(address, incoming, MAX_RESULT_BYTES)
            return await self._keep_result(name, incoming, whatever=_UNSEEN if at_last else {Why.TOO_MUCH})

    async def _fetch_made(self, address: str, into: Path, limit: int) -> None:
        """Fetch what the relay made: where its address cannot be reached, the relay may serve the same path itself.

        Raises:
            PictureError: not to be had.
        """
        try:
            await self._fetcher.fetch(address, into, limit=limit, is_trusted=True)
        except PictureError:
            elsewhere = at_relay(address, self._relay) if self._relay else ""
            if not elsewhere:
                raise
            await self._fetcher.fetch(elsewhere, into, limit=limit, is_trusted=True)

    async def keep_made(self, name: str, data: bytes) -> str:
        """Keep what an engine sent as bytes, byte by byte unless Discord would not show it; returns its key.

        Nobody sends these bytes again, so that a damaged picture, or one of a format that is not read, is kept too.

        Raises:
            PictureError: not a picture.
        """
        async with self._incoming(name) as incoming:
            await asyncio.to_thread(incoming.write_bytes, data)
            return await self._keep_result(name, incoming, whatever=_UNSEEN | {Why.TOO_LARGE})

    async def keep_cells_mask(self, name: str, parent: str, cells: Collection[int], *, of: Hashable = None) -> Mask:
        """Keep a mask of whole cells of a 3x3 grid (0 to 8, row by row) over a kept picture.

        Raises:
            PictureError: the picture is gone.
        """
        lane = self._workers.members
        return await self._keep_mask(
            name, await lane.run("mask_of_cells", of, parent=str(self._path(parent)), cells=sorted(cells))
        )

    async def keep_uploaded_mask(self, name: str, source: Source, parent: str, *, of: Hashable = None) -> Mask:
        """Fetch a member's mask and keep it in the size of the kept picture, black and white alone.

        Raises:
            PictureError: not to be had, or not a picture.
        """
        async with self._incoming(name) as incoming:
            await self._fetch_input(source, incoming)
            made = await self._mask("mask_from_upload", incoming, parent, of)
        return await self._keep_mask(name, made)

    async def keep_drawn_mask(self, name: str, data: bytes, parent: str, *, of: Hashable = None) -> Mask:
        """Keep a mask that was drawn over a kept picture: of its exact size, black and white alone.

        Raises:
            PictureError: not a PNG, or of another size.
        """
        async with self._incoming(name) as incoming:
            await asyncio.to_thread(incoming.write_bytes, data)
            made = await self._mask("mask_from_drawing", incoming, parent, of)
        return await self._keep_mask(name, made)

    async def keep_mask_again(self, name: str, key: str, parent: str, *, of: Hashable = None) -> Mask:
        """Keep a kept mask once more, in the size of another kept picture.

        Raises:
            PictureError: one of the files is gone.
        """
        return await self._keep_mask(name, await self._mask("mask_from_upload", self._path(key), parent, of))

    async def cut_out(self, key: str) -> bytes:
        """A kept mask as a PNG that can be seen through where it is white.

        Raises:
            PictureError: the file is gone.
        """
        return (await self._workers.results.run("mask_cut_out", key, source=str(self._path(key)))).parts[0]

    async def edit_canvas(self, key: str, *, mask: str = "", shape: str = "") -> bytes:
        """A kept picture as a PNG that can be seen through where it is to be painted anew, as the relay takes it.

        Args:
            key: the picture.
            mask: the key of a kept mask over it, white = repaint.
            shape: width to height ("3:2") of the canvas; "" = the picture's own.

        Raises:
            PictureError: a file is gone, or nothing readable fits.
        """
        paths = {"source": str(self._path(key)), "mask": str(self._path(mask)) if mask else ""}
        made = await self._workers.results.run("edit_canvas", key, **paths, shape=shape, limit=self._relay_limit)
        return made.parts[0]

    async def inverted(self, key: str) -> bytes:
        """A kept mask as a PNG in which black is painted anew and white is kept.

        Raises:
            PictureError: the file is gone.
        """
        return (await self._workers.results.run("mask_inverted", key, source=str(self._path(key)))).parts[0]

    async def stacked(self, keys: Sequence[str]) -> bytes:
        """Kept pictures as one PNG, each below the one before it, on white.

        Raises:
            PictureError: a file is gone.
        """
        paths = [str(self._path(key)) for key in keys]
        return (await self._workers.results.run("stacked", keys[0], sources=paths)).parts[0]

    async def discard(self, key: str) -> None:
        """Drop a kept picture that came to no use."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def size(self, key: str, *, of: Hashable = None) -> tuple[int, int]:
        """Width and height of a kept picture, in pixels."""

        async def look() -> tuple[int, int]:
            values = (await self._workers.members.run("size", of, source=str(self._path(key)))).values
            return values["width"], values["height"]

        return await self._sizes.get(key, look)

    async def quarters(self, key: str, *, of: Hashable = None) -> list[bytes]:
        """The four cells of a kept grid, as PNGs, row by row."""
        return await self._made("quarters", key, of)

    async def gridded(self, key: str, *, of: Hashable = None) -> bytes:
        """A kept picture under a numbered 3x3 grid, as a small WebP."""
        return (await self._made("gridded", key, of))[0]

    async def preview(self, name: str, address: str) -> bytes:
        """Fetch a progress picture as a small WebP.

        Raises:
            PictureError: not to be had or not a picture.
        """
        async with self._incoming(f"{name}.preview") as incoming:
            await self._fetch_made(address, incoming, MAX_INPUT_BYTES)
            return (await self._workers.results.run("preview", name, source=str(incoming))).parts[0]

    async def fit(self, key: str, limit: int, *, of: Hashable = None) -> Upload:
        """A kept file in at most `limit` bytes; see `Fitting.fit`.

        Raises:
            PictureError: the file is gone, or nothing readable fits.
        """
        return await self._fitting.fit(self._path(key), limit, of)

    async def prepare(self, key: str, limit: int) -> None:
        """Make now what `fit` would take long to make."""
        with contextlib.suppress(FileNotFoundError):
            await self._fitting.prepare(self._path(key), limit)

    @asynccontextmanager
    async def _incoming(self, name: str) -> AsyncIterator[Path]:
        """A file for bytes that are not looked at yet; nothing is left of it."""
        incoming = self._folder / f"{name}.part"
        try:
            yield incoming
        finally:
            incoming.unlink(missing_ok=True)

    async def _fetch_input(self, source: Source, into: Path) -> None:
        await self._fetcher.fetch(source.url, into, limit=MAX_INPUT_BYTES, is_trusted=source.is_attachment)

    async def _take_input(self, name: str, source: Path, of: Hashable) -> str:
        taken = await self._workers.members.run("take_input", of, source=str(source), limit=self._relay_limit)
        return await self._write(f"{name}.{taken.values['extension']}", taken.parts[0])

    async def _keep_result(self, name: str, incoming: Path, *, whatever: Collection[Why]) -> str:
        """Keep what was paid for; `whatever` lists the reasons for which it cannot be looked at, but is kept unseen."""
        try:
            made = await self._workers.results.run("check_result", name, source=str(incoming))
        except RefusedPictureError as exc:
            if exc.why not in whatever:
                raise
            logger.warning("result kept unseen name=%s why=%s", name, exc.why)
            made = Answer({"extension": await asyncio.to_thread(_extension_of, incoming)}, [])
        key = f"{name}.{made.values['extension']}"
        if made.parts:
            return await self._write(key, made.parts[0])
        await asyncio.to_thread(incoming.replace, self._path(key))
        return key

    async def _mask(self, task: str, source: Path, parent: str, of: Hashable) -> Answer:
        return await self._workers.members.run(task, of, source=str(source), parent=str(self._path(parent)))

    async def _keep_mask(self, name: str, made: Answer) -> Mask:
        return Mask(await self._write(f"{name}.png", made.parts[0]), **made.values)

    async def _made(self, task: str, key: str, of: Hashable) -> list[bytes]:
        async def make() -> list[bytes]:
            return (await self._workers.members.run(task, of, source=str(self._path(key)))).parts

        return await self._views.get((task, key), make)

    async def _write(self, key: str, data: bytes) -> str:
        await asyncio.to_thread(self._path(key).write_bytes, data)
        return key

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise gone()
        return self._folder / key


def _extension_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return brand_of(head) or _UNREAD.get(other_name(head), "bin")


def _weight(parts: list[bytes]) -> int:
    return sum(map(len, parts))
