"""Kept pictures: what members send, masks, and originals that the relay made.

Whatever is decoded is decoded by `Workers`, which read the files of the stock; it is written here alone.
"""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Collection, Hashable, Sequence
from pathlib import Path
from typing import Protocol

from yarl import URL

from bot.domain.addresses import at_relay
from bot.errors import PictureError
from bot.pictures.cache import Cache
from bot.pictures.decoding.bounds import Why
from bot.pictures.decoding.marks import Origin
from bot.pictures.fitting import Fitting, Upload, is_film
from bot.pictures.keys import extension_of, thumbnail_of
from bot.pictures.masks import Mask
from bot.pictures.refusals import RefusedPictureError, gone
from bot.pictures.sources import Source
from bot.pictures.stock import Stock
from bot.pictures.workers import Answer, Workers

logger = logging.getLogger(__name__)

MAX_RESULT_BYTES = 100 * 1024 * 1024  # what a relay may have made
MAX_INPUT_BYTES = 25 * 1024 * 1024  # what a member may attach
SIZES_KEPT = 2_000
VIEWS_BYTES = 24 * 1024 * 1024  # of panels and quarters; those of one large grid
_UNSEEN = frozenset({Why.TOO_MUCH, Why.DAMAGED, Why.OTHER_FORMAT})


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
    """Kept pictures by their keys. What takes a key raises `VaultError` where nobody can get at the picture now."""

    def __init__(
        self, stock: Stock, fetcher: Fetcher, workers: Workers, *, relay_limit: int, relays: Sequence[URL] = ()
    ) -> None:
        """`relays` are where a result is looked for whose own address cannot be reached."""
        self.stock = stock
        self._relays = relays
        self._fetcher = fetcher
        self._workers = workers
        self._relay_limit = relay_limit
        self._fitting = Fitting(workers)
        self._sizes = Cache[str, tuple[int, int]](SIZES_KEPT)
        self._views = Cache[tuple[str, str, tuple[int, ...]], list[bytes]](VIEWS_BYTES, _weight)

    def look_at(self, relays: Sequence[URL]) -> None:
        """Look there from now on for results whose own address cannot be reached."""
        self._relays = relays

    async def read(self, key: str) -> bytes:
        """The bytes of a kept picture.

        Raises:
            PictureError: the file is gone.
        """
        async with self.stock.opened(key) as (path,):
            try:
                return await asyncio.to_thread(path.read_bytes)
            except OSError as exc:
                raise gone() from exc

    async def has(self, key: str) -> bool:
        """Whether a picture is still kept."""
        return await self.stock.has(key)

    async def remove(self, keys: Collection[str]) -> None:
        """Delete kept pictures for good, and their thumbnails."""
        if not keys:
            return
        await self.stock.remove({*keys, *map(thumbnail_of, keys)})
        self._views.forget(lambda view: view[1] in keys)
        self._fitting.forget(keys)

    async def keep_input(self, name: str, source: Source, *, of: Hashable = None) -> str:
        """Fetch a member's picture and keep it as the relay takes it; returns its key.

        Args:
            name: what it is kept as.
            source: where it is.
            of: whose it is; nobody's pictures hold up those of others.

        Raises:
            PictureError: not to be had, not a picture, or too large.
        """
        async with self.stock.incoming(name) as incoming:
            await self._fetch_input(source, incoming)
            return await self._take_input(name, incoming, of)

    async def fetch_attachment(self, name: str, source: Source, limit: int) -> bytes:
        """Fetch what a member attached, at most `limit` bytes, which is no picture and is not kept.

        Raises:
            PictureError: it is not to be had, or larger.
            OSError: there is no room for it here.
        """
        async with self.stock.incoming(name) as incoming:
            await self._fetcher.fetch(source.url, incoming, limit=limit, is_trusted=source.is_attachment)
            return await asyncio.to_thread(incoming.read_bytes)

    async def keep_again(self, name: str, key: str, *, of: Hashable = None) -> str:
        """Keep a kept picture once more, as the relay takes it as an input; returns its key.

        Raises:
            PictureError: not a picture: a film, say.
        """
        async with self.stock.opened(key) as (path,):
            return await self._take_input(name, path, of)

    async def keep_copy(self, name: str, key: str) -> str:
        """Keep a kept picture under another name as well, byte by byte; returns its key.

        Raises:
            PictureError: the file is gone.
        """
        async with self.stock.opened(key) as (path,), self.stock.incoming(name) as incoming:
            try:
                await asyncio.to_thread(shutil.copyfile, path, incoming)
            except OSError as exc:
                raise gone() from exc
            return await self.stock.keep(f"{name}.{key.rpartition('.')[2]}", incoming)

    async def keep_original(self, name: str, address: str, *, at_last: bool = False, at_any_rate: bool = False) -> str:
        """Fetch what the relay made and keep it, byte by byte unless Discord would not show it; returns its key.

        Args:
            name: what it is kept as.
            address: where it is.
            at_last: whether it will not be tried again, so that what cannot be read here is kept as it came.
            at_any_rate: whether it waits here for a bucket that does not take it now.

        Raises:
            PictureError: not to be had or not a picture.
            VaultError: it was fetched, and the bucket does not take it; the next try begins there.
        """
        if (key := await self.stock.unsettled(name, at_any_rate=at_any_rate)) is not None:
            return key
        async with self.stock.incoming(name) as incoming:
            await self._fetch_made(address, incoming, MAX_RESULT_BYTES)
            whatever = _UNSEEN if at_last else {Why.TOO_MUCH}
            return await self._keep_result(name, incoming, whatever=whatever, at_any_rate=at_any_rate)

    async def _fetch_made(self, address: str, into: Path, limit: int) -> None:
        """Fetch what a relay made: where its address cannot be reached, the relay may serve the same path itself.

        Raises:
            PictureError: not to be had.
        """
        try:
            await self._fetcher.fetch(address, into, limit=limit, is_trusted=True)
        except PictureError:
            for elsewhere in filter(None, (at_relay(address, relay) for relay in self._relays)):
                with contextlib.suppress(PictureError):
                    await self._fetcher.fetch(elsewhere, into, limit=limit, is_trusted=True)
                    return
            raise

    async def keep_made(self, name: str, data: bytes) -> str:
        """Keep what an engine sent as bytes, byte by byte unless Discord would not show it; returns its key.

        Nobody sends these bytes again, so that a damaged picture, or one of a format that is not read, is kept too.

        Raises:
            PictureError: not a picture.
        """
        async with self.stock.incoming(name) as incoming:
            await asyncio.to_thread(incoming.write_bytes, data)
            return await self._keep_result(name, incoming, whatever=_UNSEEN | {Why.TOO_LARGE}, at_any_rate=True)

    async def keep_cells_mask(self, name: str, parent: str, cells: Collection[int], *, of: Hashable = None) -> Mask:
        """Keep a mask of whole cells of a 3x3 grid (0 to 8, row by row) over a kept picture.

        Raises:
            PictureError: the picture is gone.
        """
        async with self.stock.opened(parent) as (path,):
            made = await self._workers.members.run("mask_of_cells", of, parent=str(path), cells=sorted(cells))
        return await self._keep_mask(name, made)

    async def keep_uploaded_mask(self, name: str, source: Source, parent: str, *, of: Hashable = None) -> Mask:
        """Fetch a member's mask and keep it in the size of the kept picture, black and white alone.

        Raises:
            PictureError: not to be had, or not a picture.
        """
        async with self.stock.incoming(name) as incoming:
            await self._fetch_input(source, incoming)
            made = await self._mask("mask_from_upload", incoming, parent, of)
        return await self._keep_mask(name, made)

    async def keep_drawn_mask(self, name: str, data: bytes, parent: str, *, of: Hashable = None) -> Mask:
        """Keep a mask that was drawn over a kept picture: of its exact size, black and white alone.

        Raises:
            PictureError: not a PNG, or of another size.
        """
        async with self.stock.incoming(name) as incoming:
            await asyncio.to_thread(incoming.write_bytes, data)
            made = await self._mask("mask_from_drawing", incoming, parent, of)
        return await self._keep_mask(name, made)

    async def keep_mask_again(self, name: str, key: str, parent: str, *, of: Hashable = None) -> Mask:
        """Keep a kept mask once more, in the size of another kept picture.

        Raises:
            PictureError: one of the files is gone.
        """
        async with self.stock.opened(key) as (path,):
            made = await self._mask("mask_from_upload", path, parent, of)
        return await self._keep_mask(name, made)

    async def cut_out(self, key: str) -> bytes:
        """A kept mask as a PNG that can be seen through where it is white.

        Raises:
            PictureError: the file is gone.
        """
        return await self._redrawn("mask_cut_out", key)

    async def edit_canvas(self, key: str, *, mask: str = "", shape: str = "") -> bytes:
        """A kept picture as a PNG that can be seen through where it is to be painted anew, as the relay takes it.

        Args:
            key: the picture.
            mask: the key of a kept mask over it, white = repaint.
            shape: width to height ("3:2") of the canvas; "" = the picture's own.

        Raises:
            PictureError: a file is gone, or nothing readable fits.
        """
        keys = [key, mask] if mask else [key]
        async with self.stock.opened(*keys) as paths:
            named = {"source": str(paths[0]), "mask": str(paths[1]) if mask else ""}
            made = await self._workers.results.run("edit_canvas", key, **named, shape=shape, limit=self._relay_limit)
        return made.parts[0]

    async def inverted(self, key: str) -> bytes:
        """A kept mask as a PNG in which black is painted anew and white is kept.

        Raises:
            PictureError: the file is gone.
        """
        return await self._redrawn("mask_inverted", key)

    async def stacked(self, keys: Sequence[str]) -> bytes:
        """Kept pictures as one PNG, each below the one before it, on white.

        Raises:
            PictureError: a file is gone.
        """
        async with self.stock.opened(*keys) as paths:
            return (await self._workers.results.run("stacked", keys[0], sources=[*map(str, paths)])).parts[0]

    async def chart(
        self, days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], *, of: Hashable = None
    ) -> bytes:
        """Numbers by day as stacked bars, a PNG; see `bot.pictures.decoding.charts`."""
        return (await self._workers.members.run("chart", of, days=days, series=series)).parts[0]

    async def discard(self, key: str) -> None:
        """Drop a kept picture that came to no use."""
        await self.stock.remove([key])

    async def size(self, key: str, *, of: Hashable = None) -> tuple[int, int]:
        """Width and height of a kept picture, in pixels."""

        async def look() -> tuple[int, int]:
            async with self.stock.opened(key) as (path,):
                values = (await self._workers.members.run("size", of, source=str(path))).values
            return values["width"], values["height"]

        return await self._sizes.get(key, look)

    async def quarters(self, key: str, *, of: Hashable = None, origin: Origin = Origin.MADE) -> list[bytes]:
        """The four cells of a kept grid, as PNGs, row by row; with its mark, or this one where it has none."""
        return await self._made("quarters", key, of, origin=origin)

    async def gridded(self, key: str, chosen: Sequence[int] = (), *, of: Hashable = None) -> bytes:
        """A kept picture under a numbered 3x3 grid with these cells (0 to 8) marked, as a small WebP."""
        return (await self._made("gridded", key, of, chosen))[0]

    async def has_thumbnail(self, key: str) -> bool:
        """Whether the thumbnail of a kept picture was made before."""
        return await self.stock.has(thumbnail_of(key))

    async def thumbnail(self, key: str, *, of: Hashable = None, origin: Origin | None = None) -> bytes:
        """A kept picture, or the first of a film, as a small WebP; made once and kept beside it.

        Raises:
            PictureError: the picture is gone, or cannot be read.
        """

        async def make() -> list[bytes]:
            kept = thumbnail_of(key)
            if await self.stock.has(kept):
                return [await self.read(kept)]
            lane = self._workers.films if is_film(key) else self._workers.members
            async with self.stock.opened(key) as (path,):
                made = (await lane.run("thumbnail", of, source=str(path), origin=origin or "")).parts
            await self.stock.keep_bytes(kept, made[0])
            if not await self.stock.has(key):  # it was removed meanwhile, and this must not outlive it
                await self.stock.remove([kept])
                raise gone()
            return made

        return (await self._views.get(("thumbnail", key, ()), make))[0]

    async def preview(self, name: str, address: str) -> bytes:
        """Fetch a progress picture as a small WebP.

        Raises:
            PictureError: not to be had or not a picture.
        """
        async with self.stock.incoming(f"{name}.preview") as incoming:
            await self._fetch_made(address, incoming, MAX_INPUT_BYTES)
            return (await self._workers.results.run("preview", name, source=str(incoming))).parts[0]

    async def fit(self, key: str, limit: int, *, of: Hashable = None, origin: Origin | None = None) -> Upload:
        """A kept file in at most `limit` bytes; see `Fitting.fit`.

        Raises:
            PictureError: the file is gone, or nothing readable fits.
        """
        async with self.stock.opened(key) as (path,):
            return await self._fitting.fit(path, limit, of, origin)

    async def prepare(self, key: str, limit: int, *, origin: Origin | None = None) -> None:
        """Make now what `fit` would take long to make."""
        async with self.stock.opened(key) as (path,):
            with contextlib.suppress(FileNotFoundError):
                await self._fitting.prepare(path, limit, origin)

    async def _fetch_input(self, source: Source, into: Path) -> None:
        await self._fetcher.fetch(source.url, into, limit=MAX_INPUT_BYTES, is_trusted=source.is_attachment)

    async def _take_input(self, name: str, source: Path, of: Hashable) -> str:
        taken = await self._workers.members.run("take_input", of, source=str(source), limit=self._relay_limit)
        return await self.stock.keep_bytes(f"{name}.{taken.values['extension']}", taken.parts[0])

    async def _keep_result(self, name: str, incoming: Path, *, whatever: Collection[Why], at_any_rate: bool) -> str:
        """Keep what was paid for; `whatever` lists the reasons for which it cannot be looked at, but is kept unseen."""
        try:
            made = await self._workers.results.run("check_result", name, source=str(incoming))
        except RefusedPictureError as exc:
            if exc.why not in whatever:
                raise
            logger.warning("result kept unseen name=%s why=%s", name, exc.why)
            made = Answer({"extension": await asyncio.to_thread(extension_of, incoming)}, [])
        key = f"{name}.{made.values['extension']}"
        if made.parts:
            return await self.stock.keep_bytes(key, made.parts[0], at_any_rate=at_any_rate)
        return await self.stock.keep(key, incoming, at_any_rate=at_any_rate)

    async def _mask(self, task: str, source: Path, parent: str, of: Hashable) -> Answer:
        async with self.stock.opened(parent) as (path,):
            return await self._workers.members.run(task, of, source=str(source), parent=str(path))

    async def _keep_mask(self, name: str, made: Answer) -> Mask:
        return Mask(await self.stock.keep_bytes(f"{name}.png", made.parts[0]), **made.values)

    async def _redrawn(self, task: str, key: str) -> bytes:
        async with self.stock.opened(key) as (path,):
            return (await self._workers.results.run(task, key, source=str(path))).parts[0]

    async def _made(self, task: str, key: str, of: Hashable, chosen: Sequence[int] = (), **more: object) -> list[bytes]:
        async def make() -> list[bytes]:
            async with self.stock.opened(key) as (path,):
                cells = {"chosen": list(chosen)} if chosen else {}
                return (await self._workers.members.run(task, of, source=str(path), **cells, **more)).parts

        return await self._views.get((task, key, tuple(chosen)), make)


def _weight(parts: list[bytes]) -> int:
    return sum(map(len, parts))
