"""Bytes that must outlive links: pictures that members send, masks, and originals that the relay made.

Accepted are PNG, JPEG, WebP and GIF (of an input its first frame), recognised by content, never by name. Decoding and
encoding never happen on the event loop, and leave it a core of the machine where there is more than one.
"""

import asyncio
import io
import logging
import math
import os
import re
import struct
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from PIL import ExifTags, Image, ImageDraw, ImageFont
from typing_extensions import Buffer, override

from bot.errors import PictureError
from bot.language import _

logger = logging.getLogger(__name__)

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 50_000_000
LARGE_PIXELS = 5_000_000  # a usual grid is smaller
MAX_INPUT_BYTES = 25 * 1024 * 1024  # what a member may attach
PAINTERS = max(1, min(2, (os.cpu_count() or 1) - 1))  # threads that decode and encode
PREVIEW_SIDE = 1024  # pixels of the longer side of a preview
_KEY = re.compile(r"[a-z0-9-]{1,64}\.(png|jpg|webp|gif|mp4)")
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
# Tried in order until a file fits: a little quality first, then size.
_QUALITIES = ((92, 1.0), (85, 1.0), (75, 1.0), (75, 0.75), (70, 0.5), (60, 0.35))
# What a file may say about where, when and by whom; and what belongs to the pixels themselves.
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif", "photoshop"})
_LOOKS = frozenset({"icc_profile", "transparency"})
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Pillow's readers stumble over damaged files in all of these ways.
_DAMAGED = (OSError, EOFError, ValueError, TypeError, SyntaxError, LookupError, ArithmeticError, struct.error)

# One large picture at a time: while it is made smaller it takes ten bytes a pixel.
_one_by_one = threading.RLock()

Value = TypeVar("Value")


class Fetcher(Protocol):
    """Where bytes of an address come from."""

    async def fetch(self, address: str, into: Path, *, limit: int = ...) -> None:
        """Stream the bytes into a file.

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


@dataclass(frozen=True, slots=True)
class Mask:
    """A kept mask: an opaque PNG of its picture's exact size, white = repaint, black = keep."""

    key: str
    is_empty: bool
    is_full: bool
    was_scaled: bool


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

    async def keep_input(self, name: str, address: str) -> str:
        """Fetch a member's picture and keep it as the relay takes it; returns its key.

        Raises:
            PictureError: not to be had, not a picture, or too large.
        """
        incoming = self._folder / f"{name}.part"
        try:
            await self._fetcher.fetch(address, incoming, limit=MAX_INPUT_BYTES)
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
            await self._fetcher.fetch(address, incoming)
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
        return await self._work(lambda: self._keep_mask(name, _mask_of_cells(source, cells), was_scaled=False))

    async def keep_uploaded_mask(self, name: str, address: str, parent: str) -> Mask:
        """Fetch a member's mask and keep it in the size of the kept picture, black and white alone.

        Raises:
            PictureError: not to be had, or not a picture.
        """
        incoming = self._folder / f"{name}.part"
        try:
            await self._fetcher.fetch(address, incoming, limit=MAX_INPUT_BYTES)
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
        return await self._work(lambda: _size(self._path(key)))

    async def quarters(self, key: str) -> list[bytes]:
        """The four cells of a kept grid, as PNGs, row by row."""
        return await self._work(lambda: _quarters(self._path(key)))

    async def gridded(self, key: str) -> bytes:
        """A kept picture under a numbered 3x3 grid, as a small WebP."""
        return await self._work(lambda: _gridded(self._path(key)))

    async def preview(self, name: str, address: str) -> bytes:
        """Fetch a progress picture as a small WebP.

        Raises:
            PictureError: not to be had or not a picture.
        """
        incoming = self._folder / f"{name}.preview.part"
        try:
            await self._fetcher.fetch(address, incoming, limit=MAX_INPUT_BYTES)
            return await self._work(lambda: _small_webp(incoming))
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

        def shrink() -> bytes:
            with opened(path) as image:
                return _shrink(image, limit, "WEBP")

        try:
            if (data := await asyncio.to_thread(as_it_is)) is not None:
                return Upload(data, key.rpartition(".")[2], is_original=True)
            if key.endswith(".mp4"):
                raise PictureError(_("The film is too large for this place."))
            return Upload(await self._work(shrink), "webp", is_original=False)
        except FileNotFoundError as exc:
            raise PictureError(_("The picture is not kept any more. Please send it again.")) from exc

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
            upright = _turned(image)
            if wanted and upright is image and not _METADATA & image.info.keys():
                data = source.read_bytes()
            else:
                data, extension = _encoded_for_relay(upright, self._relay_limit)
        key = f"{name}.{extension}"
        self._path(key).write_bytes(data)
        return key

    def _fit_mask(self, name: str, source: Path, parent: Path) -> Mask:
        with opened(source) as image:
            flat = _flat(image)
        size = _size(parent)
        was_scaled = flat.size != size
        hard = flat.resize(size, Image.Resampling.NEAREST).point([0] * 128 + [255] * 128)
        return self._keep_mask(name, hard, was_scaled=was_scaled)

    def _accept_drawn_mask(self, name: str, data: bytes, parent: Path) -> Mask:
        size = _size(parent)
        with opened(io.BytesIO(data), ("PNG",)) as image:
            if image.size != size:
                raise PictureError(
                    _(
                        "The drawing has {got} pixels, the picture {wanted}. Please reload the page and draw again.",
                        got="{}x{}".format(*image.size),
                        wanted="{}x{}".format(*size),
                    )
                )
            hard = _flat(image).point([0] * 128 + [255] * 128)
        return self._keep_mask(name, hard, was_scaled=False)

    def _keep_mask(self, name: str, mask: Image.Image, *, was_scaled: bool) -> Mask:
        key = f"{name}.png"
        self._path(key).write_bytes(_encoded(mask, "PNG"))
        darkest, lightest = mask.getextrema()
        return Mask(key, is_empty=lightest == 0, is_full=darkest == 255, was_scaled=was_scaled)

    def _accept_original(self, name: str, source: Path) -> str:
        with source.open("rb") as file:
            if file.read(12)[4:8] == b"ftyp":  # an mp4 passes through as it is
                source.replace(self._path(f"{name}.mp4"))
                return f"{name}.mp4"
        with opened(source) as image:
            key = f"{name}.{_EXTENSIONS[image.format or 'PNG']}"
        source.replace(self._path(key))
        return key


@contextmanager
def opened(source: Path | io.BytesIO, formats: Collection[str] = FORMATS) -> Iterator[Image.Image]:
    """A picture, decoded and checked. It may take memory only inside the block, since large ones wait for each other.

    Raises:
        PictureError: not PNG, JPEG, WebP or GIF (or what else is wanted), damaged, or over 50 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=list(formats)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureError(
                        _("The picture is larger than {limit} megapixels. Please send a smaller one.", limit=50)
                    )
                with _one_by_one if image.width * image.height > LARGE_PIXELS else nullcontext():
                    image.load()
                    yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise PictureError(
            _("The picture is larger than {limit} megapixels. Please send a smaller one.", limit=50)
        ) from exc
    except _DAMAGED as exc:
        raise PictureError(_("That file is not a picture I can read. Please send a PNG, JPEG, WebP or GIF.")) from exc


def _turned(image: Image.Image) -> Image.Image:
    """The picture as the camera meant it; the picture itself when that is how it lies."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGED:
        turn = None  # the pixels are fine, and what the camera says of them is not kept anyway
    return image if turn is None else image.transpose(turn)


def _flat(image: Image.Image) -> Image.Image:
    """A mask in shades of grey; transparent counts as black: keep."""
    flat = Image.new("L", image.size, 0)
    shades = image.convert("RGBA")
    flat.paste(shades.convert("L"), mask=shades.getchannel("A"))
    return flat


def _size(path: Path) -> tuple[int, int]:
    with opened(path) as image:
        return image.size


def _cell_boxes(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """The nine cells of a 3x3 grid, row by row; right and lower edges are exclusive and nothing is left out."""
    across = [size[0] * part // 3 for part in range(4)]
    down = [size[1] * part // 3 for part in range(4)]
    return [(across[column], down[row], across[column + 1], down[row + 1]) for row in range(3) for column in range(3)]


def _mask_of_cells(source: Path, cells: Collection[int]) -> Image.Image:
    mask = Image.new("L", _size(source), 0)
    for cell in cells:
        mask.paste(255, _cell_boxes(mask.size)[cell])
    return mask


def _quarters(source: Path) -> list[bytes]:
    with opened(source) as image:
        across, down = image.width // 2, image.height // 2
        corners = [(0, 0), (across, 0), (0, down), (across, down)]
        return [_encoded(image.crop((x, y, x + across, y + down)), "PNG") for x, y in corners]


def _gridded(source: Path) -> bytes:
    with opened(source) as image:
        picture = image.convert("RGB")
        picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    pen = ImageDraw.Draw(picture, "RGBA")
    badge = max(picture.size) // 18
    font = ImageFont.load_default(badge * 0.7)
    for number, (left, top, right, bottom) in enumerate(_cell_boxes(picture.size), start=1):
        pen.rectangle((left, top, right - 1, bottom - 1), outline=(255, 255, 255, 200), width=2)
        pen.rectangle((left + 2, top + 2, left + 2 + badge, top + 2 + badge), fill=(0, 0, 0, 150))
        pen.text((left + 2 + badge / 2, top + 2 + badge / 2), str(number), fill="white", font=font, anchor="mm")
    return _encoded(picture, "WEBP", 85)


def _encoded_for_relay(image: Image.Image, limit: int) -> tuple[bytes, str]:
    """PNG when that fits, as it is exact; otherwise JPEG."""
    image.info = {name: value for name, value in image.info.items() if name in _LOOKS}
    plain = _in_mode(image, "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    exact = _encoded_within(limit, plain, "PNG")
    if exact is not None:
        return exact, "png"
    if plain.mode == "RGBA":
        ground = Image.new("RGB", plain.size, "white")
        ground.paste(plain, mask=plain.getchannel("A"))
        plain = ground
    return _shrink(plain, limit, "JPEG"), "jpg"


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture in a mode, without a second copy of the pixels where it has it already."""
    return image if image.mode == mode else image.convert(mode)


def _shrink(image: Image.Image, limit: int, target: str) -> bytes:
    picture = _in_mode(image, "RGBA" if "A" in image.mode and target != "JPEG" else "RGB")
    for quality, scale in _QUALITIES:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        smaller = picture if scale == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        encoded = _encoded_within(limit, smaller, target, quality)
        if encoded is not None:
            return encoded
    raise PictureError(_("The picture is too large for this place, even made smaller."))


def _small_webp(source: Path) -> bytes:
    with opened(source) as image:
        small = image.convert("RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return _encoded(small, "WEBP", 80)


class _FullError(Exception):
    """More was written than may be."""


class _Bounded(io.BytesIO):
    """A buffer of at most `limit` bytes; a picture that does not fit stops being encoded early."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit

    @override
    def write(self, data: Buffer, /) -> int:
        if self.tell() + memoryview(data).nbytes > self._limit:
            raise _FullError
        return super().write(data)


def _encoded_within(limit: float, image: Image.Image, target: str, quality: int = 90) -> bytes | None:
    """The encoded picture; None where it takes more than `limit` bytes."""
    buffer = _Bounded(limit)
    try:
        if target == "PNG":
            image.save(buffer, "PNG")
        else:
            image.save(buffer, target, quality=quality)
    except _FullError:
        return None
    return buffer.getvalue()


def _encoded(image: Image.Image, target: str, quality: int = 90) -> bytes:
    return _encoded_within(math.inf, image, target, quality) or b""
