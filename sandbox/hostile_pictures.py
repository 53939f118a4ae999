"""Pictures that are meant to stop whoever opens them: small files that cost a decoder minutes or gigabytes.

They are for the bot under test: the fault panel has them, and the tests try them. Some are valid and must be taken.
"""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

_LONGEST_RUN = 32_767  # blocks, of an end-of-band run. Source: ITU-T T.81, G.1.2.2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def endless_jpeg(side: int = 7_000, scans: int = 3_000) -> bytes:
    """A grey progressive JPEG whose scans change nothing; for each of them a decoder walks over all of its pixels.

    3,000 scans over 49 megapixels are 300 kB and take more than a minute.
    """
    blocks = ((side + 7) // 8) ** 2
    frame = _segment(0xC2, b"\x08" + struct.pack(">HH", side, side) + b"\x01\x01\x11\x00")
    first = _scan(0, 0, 0x01, "0" * blocks)
    refining = _scan(1, 63, 0x10, "".join("0" + f"{run - 16_384:014b}" for run in _runs(blocks)))
    tables = [
        _segment(0xDB, b"\x00" + b"\x01" * 64),
        _segment(0xC4, b"\x00" + b"\x01" + bytes(15) + b"\x00"),  # a block whose first value is that of the one before
        _segment(0xC4, b"\x10" + b"\x01" + bytes(15) + b"\xe0"),  # a run of 16,384 blocks and more
    ]
    return b"".join([b"\xff\xd8", *tables, frame, first, refining * (scans - 1), b"\xff\xd9"])


def _runs(blocks: int) -> list[int]:
    """Runs of 16,384 to 32,767 that cover at least so many blocks."""
    return [_LONGEST_RUN] * (blocks // _LONGEST_RUN) + [max(16_384, blocks % _LONGEST_RUN)]


def _scan(start: int, end: int, bits: int, data: str) -> bytes:
    whole = data + "1" * (-len(data) % 8)
    packed = int(whole, 2).to_bytes(len(whole) // 8, "big").replace(b"\xff", b"\xff\x00")
    return _segment(0xDA, bytes([1, 1, 0, start, end, bits])) + packed


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def text_bomb_png() -> bytes:
    """A valid small PNG with a comment that unpacks to 64 MB."""
    return _png(16, 16, [_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64_000_000), 1))])


def profile_bomb_png() -> bytes:
    """A valid small PNG with a colour profile that unpacks to 64 MB of nothing."""
    return _png(16, 16, [_chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(64_000_000), 1))])


def crowded_png(chunks: int = 300_000) -> bytes:
    """A valid small PNG among 300,000 empty chunks."""
    return _png(16, 16, [_chunk(b"teSt", b"") * chunks])


def huge_png(side: int = 60_000) -> bytes:
    """A PNG of 3.6 gigapixels in some bytes."""
    return _png(side, side, [], data=bytes(64))


def _png(width: int, height: int, extra: list[bytes], data: bytes | None = None) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = data if data is not None else (b"\0" + b"\x20\x80\x60" * width) * height
    parts = [_chunk(b"IHDR", header), *extra, _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_gif() -> bytes:
    """A GIF of 4 gigapixels in some bytes."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6)
    return screen + b"\x2c" + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x44\x01\x00\x3b"


def talkative_gif(blocks: int = 90_000) -> bytes:
    """A valid small GIF behind a comment of 23 MB."""
    buffer = io.BytesIO()
    Image.new("L", (16, 16), 128).save(buffer, "GIF")
    screen, found, frame = buffer.getvalue().partition(b"\x2c\0\0\0\0\x10\0\x10\0")
    comment = b"\x21\xfe" + (b"\xff" + b"x" * 255) * blocks + b"\x00"
    return screen + comment + found + frame


def huge_webp() -> bytes:
    """A WebP whose canvas would take a gigabyte twice."""
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\x3f\x00" * 2
    animation = b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body = b"WEBP" + canvas + animation
    return b"RIFF" + struct.pack("<I", len(body)) + body


REFUSED: dict[str, Callable[[], bytes]] = {
    "JPEG of 3,000 scans": endless_jpeg,
    "PNG of 3.6 gigapixels": huge_png,
    "GIF of 4 gigapixels": huge_gif,
    "WebP of 268 megapixels": huge_webp,
}
TAKEN: dict[str, Callable[[], bytes]] = {
    "PNG among 300,000 chunks": crowded_png,
    "PNG with a comment of 64 MB": text_bomb_png,
    "PNG with a profile of 64 MB": profile_bomb_png,
    "GIF with a comment of 23 MB": talkative_gif,
}
