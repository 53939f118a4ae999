"""Pictures as people and relays send them, and a shelf that takes them in and hands them on."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image, ImageCms

from bot.pictures.folder import Pictures
from bot.pictures.sources import Source
from tests.support.ports import ShelfFetcher

ADDRESS = "https://cdn.example.com/picture"
ATTACHED = Source(ADDRESS, is_attachment=True)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GPS = 0x8825
pillow_heif.register_heif_opener()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def placed() -> Image.Exif:
    """Camera data of an upright picture with its place."""
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    return exif


class Shelf:
    """Takes pictures in as inputs, and hands back what goes out to the relay."""

    def __init__(self, pictures: Pictures, fetcher: ShelfFetcher) -> None:
        self._pictures, self._fetcher = pictures, fetcher

    async def sent(self, data: bytes) -> bytes:
        self._fetcher.shelf[ADDRESS] = data
        return await self._pictures.read(await self._pictures.keep_input("job1-input1", ATTACHED))

    async def pixels(self, data: bytes) -> Image.Image:
        kept = Image.open(io.BytesIO(await self.sent(data)))
        assert kept.format in ("PNG", "JPEG")
        assert kept.mode in ("RGB", "RGBA", "L", "P", "1", "LA")
        return kept.convert("RGBA")

    async def kept(self, data: bytes) -> str:
        self._fetcher.shelf[ADDRESS] = data
        return await self._pictures.keep_original("job1", ADDRESS)


def close(pixel: Any, wanted: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, wanted, strict=False))
