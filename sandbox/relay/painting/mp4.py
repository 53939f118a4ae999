"""An MP4 file of a few frames, which every browser plays, written without an encoder.

The frames are H.264 whose blocks are not compressed (ITU-T H.264, 7.3.5: macroblocks of type I_PCM), in the smallest
file that ISO/IEC 14496-12 and -15 allow. Such a film is as large as its pixels, so it has to be small and short.
"""

import re
import struct
from collections.abc import Sequence

from PIL import Image

BLOCK = 16  # pixels of a macroblock's side
TICKS = 1000  # a second
# Studio range: what decoders take pixels to be that nobody says more about (ITU-T H.264, annex E).
LUMA = [round(16 + value * 219 / 255) for value in range(256)]
CHROMA = [round(128 + (value - 128) * 224 / 255) for value in range(256)]
IDENTITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # the matrix that turns nothing
PCM_BLOCK = b"\x0d\x00"  # "this block is I_PCM", up to the next whole byte


class Bits:
    """Bits that are written one after the other, as the headers of H.264 are."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def flag(self, *values: int) -> "Bits":
        """Add single bits."""
        self._bits += map(str, values)
        return self

    def number(self, *values: int) -> "Bits":
        """Add numbers from 0 in Exp-Golomb code (ITU-T H.264, 9.1)."""
        for value in values:
            code = f"{value + 1:b}"
            self._bits.append("0" * (len(code) - 1) + code)
        return self

    def filled(self, stop: str = "1") -> bytes:
        """All of them, after a stop bit, up to a whole byte."""
        bits = "".join(self._bits) + stop
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")


def mp4(frames: Sequence[Image.Image], fps: int) -> bytes:
    """A film of frames of one size; what does not fill a block of 16 pixels is cut off."""
    wide, high = (side // BLOCK * BLOCK for side in frames[0].size)
    samples = [_sample(frame.crop((0, 0, wide, high)), number % 2) for number, frame in enumerate(frames)]
    return film_of(samples, (wide, high), fps)


def film_of(samples: Sequence[bytes], size: tuple[int, int], fps: int, *, references: int = 0) -> bytes:
    """A film of coded frames, each of which may go by so many before it."""
    wide, high = size
    sequence, picture = _sequence(wide, high, references), _picture()
    kind = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    # The length of `moov` does not depend on where the samples are, so that it is written twice.
    start = len(kind) + len(_movie(wide, high, samples, fps, sequence, picture, 0)) + 8
    return kind + _movie(wide, high, samples, fps, sequence, picture, start) + _box(b"mdat", *samples)


def _sequence(wide: int, high: int, references: int) -> bytes:
    bits = Bits().number(0, 0, 2, references).flag(0).number(wide // BLOCK - 1, high // BLOCK - 1)
    return b"\x67\x42\x00\x1e" + _escaped(bits.flag(1, 0, 0, 0).filled())


def _picture() -> bytes:
    bits = Bits().number(0, 0).flag(0, 0).number(0, 0, 0).flag(0, 0, 0).number(0, 0, 0)
    return b"\x68" + bits.flag(1, 0, 0).filled()


def _sample(frame: Image.Image, number: int) -> bytes:
    """One frame: the header of its slice, then block by block the brightness and twice the colour."""
    light, blue, red = frame.convert("YCbCr").split()
    half = (frame.width // 2, frame.height // 2)
    planes = (
        (light.point(LUMA), BLOCK),
        (blue.resize(half, Image.Resampling.BOX).point(CHROMA), BLOCK // 2),
        (red.resize(half, Image.Resampling.BOX).point(CHROMA), BLOCK // 2),
    )
    head = Bits().number(0, 7, 0).flag(0, 0, 0, 0).number(number).flag(0, 0).number(0, 1)
    blocks = [
        b"".join(plane.crop((x * side, y * side, (x + 1) * side, (y + 1) * side)).tobytes() for plane, side in planes)
        for y in range(frame.height // BLOCK)
        for x in range(frame.width // BLOCK)
    ]
    first = head.number(25).filled(stop="")
    return unit(0x65, first + PCM_BLOCK.join(blocks) + b"\x80")


def unit(kind: int, payload: bytes) -> bytes:
    """A unit of a stream as MP4 holds it: its length, its kind (ITU-T H.264, 7.3.1), its bytes."""
    data = bytes([kind]) + _escaped(payload)
    return struct.pack(">I", len(data)) + data


def _escaped(data: bytes) -> bytes:
    """Keep three bytes from looking like the start of a unit (ITU-T H.264, 7.4.1)."""
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", data)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


def _movie(
    wide: int, high: int, samples: Sequence[bytes], fps: int, sequence: bytes, picture: bytes, start: int
) -> bytes:
    lasts = len(samples) * TICKS // fps
    config = b"\x01\x42\x00\x1e\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    config += b"\x01" + struct.pack(">H", len(picture)) + picture
    entry = _box(
        b"avc1",
        bytes(6) + struct.pack(">H", 1) + bytes(16),
        struct.pack(">HHIIIH", wide, high, 0x480000, 0x480000, 0, 1),
        bytes(32) + struct.pack(">Hh", 24, -1),
        _box(b"avcC", config),
    )
    table = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), entry),
        _full(b"stts", struct.pack(">III", 1, len(samples), TICKS // fps)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, len(samples), 1)),
        _full(b"stsz", struct.pack(">II", 0, len(samples)), *(struct.pack(">I", len(one)) for one in samples)),
        _full(b"stco", struct.pack(">II", 1, start)),
    )
    data = _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, TICKS, lasts, 0x55C4, 0)),
        _full(b"hdlr", bytes(4) + b"vide" + bytes(12) + b"film\0"),
        _box(b"minf", _full(b"vmhd", bytes(8), flags=1), data, table),
    )
    track = struct.pack(">IIIII", 0, 0, 1, 0, lasts) + bytes(16) + IDENTITY
    header = struct.pack(">IIIIIH", 0, 0, TICKS, lasts, 0x10000, 0x100) + bytes(10) + IDENTITY + bytes(24)
    return _box(
        b"moov",
        _full(b"mvhd", header, struct.pack(">I", 2)),
        _box(b"trak", _full(b"tkhd", track, struct.pack(">II", wide << 16, high << 16), flags=3), media),
    )
