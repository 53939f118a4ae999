"""The folder of kept pictures: what members send, masks, and originals that the relay made.

Decoding and encoding never happen on the event loop, and leave it a core of the machine where there is more than one.
"""

import asyncio
import io
import os
import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from PIL import Image

from bot.errors import PictureError
from bot.language import _
from bot.pictures.imaging import (
    EXTENSIONS,
    METADATA,
    encoded,
    encoded_for_relay,
    opened,
    quarters,
    shrink,
    size,
    small_webp,
    turned,
)
from bot.pictures.masks import Mask, flat, gridded, hardened, mask_of_cells
from bot.pictures.sources import Source

MAX_INPUT_BYTES = 25 * 1024 * 1024  # what a member may attach
PAINTERS = max(1, min(2, (os.cpu_count() or 1) - 1))  # threads that decode and encode
_KEY = re.compile(r"[a-z0-9-]{1,64}\.(png|jpg|webp|gif|mp4)")

Value = TypeVar("Value")


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


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes ready for Discord, with the ending that fits them."""

    data: bytes
    extension: str
    is_original: bool


class Pictures:
    """The folder of kept pictures. A key is a file name made by us, never a path or a name of others."""

    def __init__(self, folder: Path, fetcher: Fetcher, *, relay_limit: int) -> None:
        self._folder = folder
        self._fetcher = fetcher
        self._relay_limit = relay_limit
        self._painters = ThreadPoolExecutor(PAINTERS, thread_name_prefix="pictures")
        folder.mkdir(parents=True, exist_ok=True)

    async def close(self) -> None:
        """Wait for the work that was begun."""
        await asyncio.to_thread(self._painters.shutdown)

    async def read(self, key: str) -> bytes:
        """The bytes of a kept picture.

        Raises:
            PictureError: the file is gone.
        """
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except OSError as exc:
            raise PictureError(_("The picture is not kept any more. Please send it again.")) from exc

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

    async def keep_input(self, name: str, source: Source) -> str:
        """Fetch a member's picture and keep it as the relay takes it; returns its key.

        Raises:
            PictureError: not to be had, not a picture, or too large.
        """
        incoming = self._folder / f"{name}.part"
        try:
            await self._fetch_input(source, incoming)
            return await self._work(lambda: self._encode_input(name, incoming))
        finally:
            incoming.unlink(missing_ok=True)

    async def keep_again(self, name: str, key: str) -> str:
        """Keep a kept picture once more, as the relay takes it as an input; returns its key.

        Raises:
            PictureError: not a picture: a film, say.
        """
        return await self._work(lambda: self._encode_input(name, self._path(key)))

    async def keep_original(self, name: str, address: str) -> str:
        """Fetch what the relay made and keep it byte by byte; returns its key.

        Raises:
            PictureError: not to be had or not a picture.
        """
        incoming = self._folder / f"{name}.part"
        try:
            await self._fetcher.fetch(address, incoming, is_trusted=True)
            return await self._work(lambda: self._accept_original(name, incoming))
        finally:
            incoming.unlink(missing_ok=True)

    async def keep_made(self, name: str, data: bytes) -> str:
        """Keep what an engine sent as bytes, byte by byte; returns its key.

        Raises:
            PictureError: not a picture.
        """
        incoming = self._folder / f"{name}.part"

        def accept() -> str:
            incoming.write_bytes(data)
            return self._accept_original(name, incoming)

        try:
            return await self._work(accept)
        finally:
            incoming.unlink(missing_ok=True)

    async def keep_cells_mask(self, name: str, parent: str, cells: Collection[int]) -> Mask:
        """Keep a mask of whole cells of a 3x3 grid (0 to 8, row by row) over a kept picture.

        Raises:
            PictureError: the picture is gone.
        """
        source = self._path(parent)
        return await self._work(lambda: self._keep_mask(name, mask_of_cells(source, cells), was_scaled=False))

    async def keep_uploaded_mask(self, name: str, source: Source, parent: str) -> Mask:
        """Fetch a member's mask and keep it in the size of the kept picture, black and white alone.

        Raises:
            PictureError: not to be had, or not a picture.
        """
        incoming = self._folder / f"{name}.part"
        try:
            await self._fetch_input(source, incoming)
            return await self._work(lambda: self._fit_mask(name, incoming, self._path(parent)))
        finally:
            incoming.unlink(missing_ok=True)

    async def keep_drawn_mask(self, name: str, data: bytes, parent: str) -> Mask:
        """Keep a mask that was drawn over a kept picture: of its exact size, black and white alone.

        Raises:
            PictureError: not a PNG, or of another size.
        """
        return await self._work(lambda: self._accept_drawn_mask(name, data, self._path(parent)))

    async def discard(self, key: str) -> None:
        """Drop a kept picture that came to no use."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def size(self, key: str) -> tuple[int, int]:
        """Width and height of a kept picture, in pixels."""
        return await self._work(lambda: size(self._path(key)))

    async def quarters(self, key: str) -> list[bytes]:
        """The four cells of a kept grid, as PNGs, row by row."""
        return await self._work(lambda: quarters(self._path(key)))

    async def gridded(self, key: str) -> bytes:
        """A kept picture under a numbered 3x3 grid, as a small WebP."""
        return await self._work(lambda: gridded(self._path(key)))

    async def preview(self, name: str, address: str) -> bytes:
        """Fetch a progress picture as a small WebP.

        Raises:
            PictureError: not to be had or not a picture.
        """
        incoming = self._folder / f"{name}.preview.part"
        try:
            await self._fetcher.fetch(address, incoming, limit=MAX_INPUT_BYTES, is_trusted=True)
            return await self._work(lambda: small_webp(incoming))
        finally:
            incoming.unlink(missing_ok=True)

    async def fit(self, key: str, limit: int) -> Upload:
        """A kept picture in at most `limit` bytes: as it is if it fits, else the best WebP that does.

        Raises:
            PictureError: the file is gone, or nothing readable fits.
        """
        path = self._path(key)

        def as_it_is() -> bytes | None:
            return path.read_bytes() if path.stat().st_size <= limit else None

        def shrunk() -> bytes:
            with opened(path) as image:
                return shrink(image, limit, "WEBP")

        try:
            if (data := await asyncio.to_thread(as_it_is)) is not None:
                return Upload(data, key.rpartition(".")[2], is_original=True)
            if key.endswith(".mp4"):
                raise PictureError(_("The film is too large for this place."))
            return Upload(await self._work(shrunk), "webp", is_original=False)
        except FileNotFoundError as exc:
            raise PictureError(_("The picture is not kept any more. Please send it again.")) from exc

    async def _fetch_input(self, source: Source, into: Path) -> None:
        await self._fetcher.fetch(source.url, into, limit=MAX_INPUT_BYTES, is_trusted=source.is_attachment)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise PictureError(_("The picture is not kept any more. Please send it again."))
        return self._folder / key

    async def _work(self, function: Callable[[], Value]) -> Value:
        return await asyncio.get_running_loop().run_in_executor(self._painters, function)

    def _encode_input(self, name: str, source: Path) -> str:
        with opened(source) as image:
            wanted = image.format in ("PNG", "JPEG") and source.stat().st_size <= self._relay_limit
            extension = "png" if image.format == "PNG" else "jpg"
            upright = turned(image)
            if wanted and upright is image and not METADATA & image.info.keys():
                data = source.read_bytes()
            else:
                data, extension = encoded_for_relay(upright, self._relay_limit)
        key = f"{name}.{extension}"
        self._path(key).write_bytes(data)
        return key

    def _fit_mask(self, name: str, source: Path, parent: Path) -> Mask:
        with opened(source) as image:
            grey = flat(image)
        wanted = size(parent)
        was_scaled = grey.size != wanted
        hard = hardened(grey.resize(wanted, Image.Resampling.NEAREST))
        return self._keep_mask(name, hard, was_scaled=was_scaled)

    def _accept_drawn_mask(self, name: str, data: bytes, parent: Path) -> Mask:
        wanted = size(parent)
        with opened(io.BytesIO(data), ("PNG",)) as image:
            if image.size != wanted:
                raise PictureError(
                    _(
                        "The drawing has {got} pixels, the picture {wanted}. Please reload the page and draw again.",
                        got="{}x{}".format(*image.size),
                        wanted="{}x{}".format(*wanted),
                    )
                )
            hard = hardened(flat(image))
        return self._keep_mask(name, hard, was_scaled=False)

    def _keep_mask(self, name: str, mask: Image.Image, *, was_scaled: bool) -> Mask:
        key = f"{name}.png"
        self._path(key).write_bytes(encoded(mask, "PNG"))
        darkest, lightest = mask.getextrema()
        return Mask(key, is_empty=lightest == 0, is_full=darkest == 255, was_scaled=was_scaled)

    def _accept_original(self, name: str, source: Path) -> str:
        with source.open("rb") as file:
            if file.read(12)[4:8] == b"ftyp":  # an mp4 passes through as it is
                source.replace(self._path(f"{name}.mp4"))
                return f"{name}.mp4"
        with opened(source) as image:
            key = f"{name}.{EXTENSIONS[image.format or 'PNG']}"
        source.replace(self._path(key))
        return key
