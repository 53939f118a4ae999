"""PNG files reduced to what their pixels need.

Texts of any size, checksums of comments and animations never decide about a picture, and are not passed on either.
Source: https://www.w3.org/TR/png-3/ (chunks).
"""

import zlib
from collections.abc import Iterator

from bot.pictures.decoding.bounds import (
    MAX_EXIF_BYTES,
    MAX_FRAMES,
    MAX_PROFILE_BYTES,
    check_count,
    check_pixels,
)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_OF_MOTION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_OF_COLOUR = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP"})  # may stay, as they name nobody
_END = b"\0\0\0\0IEND\xaeB`\x82"


def pixels_alone(data: bytes, *, moving: bool = False) -> bytes:
    """The picture without anything that is not about pixels and their colours; its still picture unless it may move.

    Raises:
        Refused: too many pixels or frames.
        ValueError: no PNG.
    """
    kept, wanted, frames = [_SIGNATURE], _CRITICAL | _OF_MOTION if moving else _CRITICAL, 0
    for kind, start, end in _chunks(data):
        body = memoryview(data)[start + 8 : end - 4]
        if kind == b"IHDR":
            check_pixels(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
        elif len(kept) == 1:
            raise ValueError("no header")
        if kind == b"fcTL":
            check_pixels(int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big"))
            check_count(frames := frames + 1, MAX_FRAMES)
        if kind in wanted or (kind in _OF_COLOUR and _is_sound(data, start, end)):
            kept.append(data[start:end])
    kept.append(_END)
    return b"".join(kept)


def profile_of(data: bytes) -> bytes:
    """The colour profile; "" where there is none that can be read."""
    body = _first(data, b"iCCP")
    name_end = body.find(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(body[name_end + 2 :], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return b"" if unpacker.unconsumed_tail else profile


def exif_of(data: bytes) -> bytes:
    """What the camera says; "" where it says nothing."""
    exif = _first(data, b"eXIf")
    return exif if len(exif) <= MAX_EXIF_BYTES else b""


def is_animated(data: bytes) -> bool:
    """Whether more than one frame is announced."""
    return int.from_bytes(_first(data, b"acTL")[:4], "big") > 1


def _first(data: bytes, wanted: bytes) -> bytes:
    for kind, start, end in _chunks(data):
        if kind == wanted and _is_sound(data, start, end):
            return data[start + 8 : end - 4]
        if kind == b"IDAT":
            break
    return b""


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk up to the end of the picture; the last may be cut off."""
    place = len(_SIGNATURE)
    while place + 8 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind == b"IEND":
            return
        yield kind, place, min(end, len(data))
        place = end


def _is_sound(data: bytes, start: int, end: int) -> bool:
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
