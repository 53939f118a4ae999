"""Files into pictures: told by content, held against the bounds, then decoded."""

import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import AvifImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from bot.pictures.decoding import gif, heif, jpeg, png, webp
from bot.pictures.decoding.bounds import (
    MAX_EXIF_BYTES,
    MAX_FRAMES,
    MAX_PROFILE_BYTES,
    Reduced,
    Refused,
    Why,
    check_count,
    check_pixels,
)
from bot.pictures.decoding.brands import FILMS, HEAD_BYTES, NAMES, Brand, brand_of, other_name

TAKEN = frozenset(Brand) - FILMS


def _heic(file: io.BytesIO) -> Image.Image:
    import pillow_heif  # noqa: PLC0415 - few send such files, and it takes as long to load as all the rest

    options = pillow_heif.options
    options.DECODE_THREADS = 1
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    return pillow_heif.HeifImageFile(file)  # type: ignore[no-untyped-call]


# The classes themselves rather than `Image.open`, which would try its luck with others, and read MPO for JPEG.
_READERS: dict[Brand, Callable[[io.BytesIO], Image.Image]] = {
    Brand.PNG: PngImagePlugin.PngImageFile,
    Brand.JPEG: JpegImagePlugin.JpegImageFile,
    Brand.WEBP: WebPImagePlugin.WebPImageFile,
    Brand.GIF: GifImagePlugin.GifImageFile,
    Brand.AVIF: AvifImagePlugin.AvifImageFile,
    Brand.HEIC: _heic,
}
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True, slots=True)
class Opened:
    """A decoded file: its pixels as they lie, what belongs to them, and what its bytes are without the rest."""

    brand: Brand
    image: Image.Image
    data: bytes
    profile: bytes
    exif: bytes


def read_brand(source: Path) -> Brand:
    """What a file is.

    Raises:
        Refused: nothing that is taken.
    """
    with source.open("rb") as file:
        return _brand(file.read(HEAD_BYTES))


def opened(source: Path, taken: Collection[Brand] = TAKEN) -> Opened:
    """A file, decoded whole; of an animation the first frame.

    Raises:
        Refused: no picture, of another format, damaged, or over the bounds.
    """
    found = announced(source, taken)
    with _damage_told(found.brand):
        found.image.load()
    return found


def announced(source: Path, taken: Collection[Brand] = TAKEN) -> Opened:
    """A file of which only the header is read; its pixels come with `load`.

    Raises:
        Refused: no picture, of another format, damaged, or over the bounds.
    """
    data = source.read_bytes()
    brand = _brand(data[:HEAD_BYTES])
    if brand not in taken:
        raise Refused(Why.OTHER_FORMAT, format=NAMES[brand])
    with _damage_told(brand):
        return _announced(brand, data)


def moving(source: Path) -> Image.Image | None:
    """An animation with all its frames, not yet decoded; None for what does not move.

    Raises:
        Refused: damaged, or over the bounds.
    """
    data = source.read_bytes()
    brand = _brand(data[:HEAD_BYTES])
    with _damage_told(brand):
        match brand:
            case Brand.GIF:
                moves = gif.frames(data) > 1
            case Brand.WEBP:
                moves = webp.frames(data) > 1
            case Brand.PNG:
                moves = png.frames(data) > 1
                data = png.read(data, moving=True).data
            case _:
                moves = brand is Brand.AVIF and data[8:12] == b"avis"
        if not moves:
            return None
        _announced(brand, data)
        return _READERS[brand](io.BytesIO(data))


def _announced(brand: Brand, data: bytes) -> Opened:
    reduced: Reduced | None = None
    match brand:
        case Brand.PNG:
            reduced = png.read(data)
        case Brand.JPEG:
            reduced = jpeg.read(data)
        case Brand.GIF:
            reduced = gif.read(data)
        case Brand.WEBP:
            webp.check(data)
        case _:
            heif.check(data)
    image = _READERS[brand](io.BytesIO(reduced.data if reduced else data))
    check_pixels(*image.size)
    check_count(getattr(image, "n_frames", 1), MAX_FRAMES)
    if reduced is None:
        # libheif has turned the picture already; what the camera says of it would turn it twice.
        exif = b"" if brand is Brand.HEIC else _info(image, "exif", MAX_EXIF_BYTES)
        reduced = Reduced(data, _info(image, "icc_profile", MAX_PROFILE_BYTES), exif)
    return Opened(brand, image, *reduced)


def _info(image: Image.Image, name: str, limit: int) -> bytes:
    value = image.info.get(name)
    return value if isinstance(value, bytes) and len(value) <= limit else b""


def _brand(head: bytes) -> Brand:
    brand = brand_of(head)
    if brand is not None:
        return brand
    if name := other_name(head):
        raise Refused(Why.OTHER_FORMAT, format=name)
    raise Refused(Why.NO_PICTURE)


@contextmanager
def _damage_told(brand: Brand) -> Iterator[None]:
    """Decoders stumble over damaged files in every way there is; all of them mean the same."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as exc:
        raise Refused(Why.DAMAGED, format=NAMES[brand]) from exc
