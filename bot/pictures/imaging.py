"""Pictures in memory: opening what others sent, turning it upright, and encoding it again.

Accepted are PNG, JPEG, WebP and GIF, recognised by content, never by name. All of this takes time: it belongs in a
thread.
"""

import io
import math
import struct
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PIL import ExifTags, Image
from typing_extensions import Buffer, override

from bot.errors import PictureError
from bot.language import _

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
MAX_PIXELS = 50_000_000
LARGE_PIXELS = 5_000_000  # a usual grid is smaller
PREVIEW_SIDE = 1024  # pixels of the longer side of a preview
# Tried in order until a file fits: a little quality first, then size.
_QUALITIES = ((92, 1.0), (85, 1.0), (75, 1.0), (75, 0.75), (70, 0.5), (60, 0.35))
# What a file may say about where, when and by whom; and what belongs to the pixels themselves.
METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif", "photoshop"})
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


def turned(image: Image.Image) -> Image.Image:
    """The picture as the camera meant it; the picture itself when that is how it lies."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DAMAGED:
        turn = None  # the pixels are fine, and what the camera says of them is not kept anyway
    return image if turn is None else image.transpose(turn)


def size(path: Path) -> tuple[int, int]:
    """Width and height, in pixels."""
    with opened(path) as image:
        return image.size


def quarters(source: Path) -> list[bytes]:
    """The four cells of a grid, as PNGs, row by row."""
    with opened(source) as image:
        across, down = image.width // 2, image.height // 2
        corners = [(0, 0), (across, 0), (0, down), (across, down)]
        return [encoded(image.crop((x, y, x + across, y + down)), "PNG") for x, y in corners]


def encoded_for_relay(image: Image.Image, limit: int) -> tuple[bytes, str]:
    """PNG when that fits, as it is exact; otherwise JPEG."""
    image.info = {name: value for name, value in image.info.items() if name in _LOOKS}
    plain = in_mode(image, "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    exact = encoded_within(limit, plain, "PNG")
    if exact is not None:
        return exact, "png"
    if plain.mode == "RGBA":
        ground = Image.new("RGB", plain.size, "white")
        ground.paste(plain, mask=plain.getchannel("A"))
        plain = ground
    return shrink(plain, limit, "JPEG"), "jpg"


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture in a mode, without a second copy of the pixels where it has it already."""
    return image if image.mode == mode else image.convert(mode)


def shrink(image: Image.Image, limit: int, target: str) -> bytes:
    """The picture in at most `limit` bytes, as good as it can be; raises `PictureError` when nothing readable fits."""
    picture = in_mode(image, "RGBA" if "A" in image.mode and target != "JPEG" else "RGB")
    for quality, scale in _QUALITIES:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        smaller = picture if scale == 1.0 else picture.resize(size, Image.Resampling.LANCZOS)
        encoded = encoded_within(limit, smaller, target, quality)
        if encoded is not None:
            return encoded
    raise PictureError(_("The picture is too large for this place, even made smaller."))


def small_webp(source: Path) -> bytes:
    """A small WebP for a progress picture."""
    with opened(source) as image:
        small = image.convert("RGB")
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return encoded(small, "WEBP", 80)


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


def encoded_within(limit: float, image: Image.Image, target: str, quality: int = 90) -> bytes | None:
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


def encoded(image: Image.Image, target: str, quality: int = 90) -> bytes:
    """The encoded picture."""
    return encoded_within(math.inf, image, target, quality) or b""
