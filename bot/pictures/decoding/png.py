"""PNG files reduced to what their pixels need.

Texts of any size, checksums of comments and animations never decide about a picture, and are not passed on either.
Source: https://www.w3.org/TR/png-3/ (chunks).
"""

import struct
import zlib
from collections.abc import Iterator

from bot.pictures.decoding.bounds import (
    MAX_EXIF_BYTES,
    MAX_FRAMES,
    MAX_PROFILE_BYTES,
    Reduced,
    check_count,
    check_pixels,
)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_OF_MOTION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_LENGTHS = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4}  # of colour; they may stay, as they name nobody
_TRANSPARENT = {0: 2, 2: 6}  # bytes of tRNS by type of colour; a palette has up to 256
_PALETTE = 3
_KNOWN = _CRITICAL | _OF_MOTION | _LENGTHS.keys() | {b"tRNS", b"iCCP", b"eXIf"}
_HEAD = struct.Struct(">I4s")
_END = b"\0\0\0\0IEND\xaeB`\x82"


def read(data: bytes, *, moving: bool = False) -> Reduced:
    """The picture without anything that is not about pixels and their colours; its still picture unless it may move.

    Raises:
        Refused: too many pixels or frames.
        ValueError: no PNG.
    """
    kept, wanted, frames, colour = [_SIGNATURE], _CRITICAL | _OF_MOTION if moving else _CRITICAL, 0, 0
    profile = exif = b""
    for kind, start, end in _chunks(data):
        if kind not in _KNOWN:
            continue
        body = data[start + 8 : end - 4] if kind != b"IDAT" else b""
        match kind:
            case b"IHDR":
                check_pixels(int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"))
                colour = body[9]
            case _ if len(kept) == 1:
                raise ValueError("no header")
            case b"fcTL" if moving:
                check_pixels(int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big"))
                check_count(frames := frames + 1, MAX_FRAMES)
            case b"iCCP" if _is_sound(data, start, end):
                profile = _unpacked(body)
            case b"eXIf" if _is_sound(data, start, end) and len(body) <= MAX_EXIF_BYTES:
                exif = body
        if kind in wanted or (_is_of_colour(kind, len(body), colour) and _is_sound(data, start, end)):
            kept.append(data[start:end])
    kept.append(_END)
    return Reduced(b"".join(kept), profile, exif)


def frames(data: bytes) -> int:
    """How many frames an animation announces; 0 where nothing moves."""
    for kind, start, end in _chunks(data):
        if kind == b"acTL" and _is_sound(data, start, end):
            return int.from_bytes(data[start + 8 : start + 12], "big")
        if kind == b"IDAT":
            break
    return 0


def _unpacked(body: bytes) -> bytes:
    """A colour profile; "" where it is none, or larger than any is."""
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(body[body.find(b"\0") + 2 :], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return b"" if unpacker.unconsumed_tail else profile


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk up to the end of the picture; the last may be cut off."""
    place, size, head = len(_SIGNATURE), len(data), _HEAD.unpack_from
    while place + 8 <= size:
        length, kind = head(data, place)
        if kind == b"IEND":
            return
        end = place + 12 + length
        yield kind, place, min(end, size)
        place = end


def _is_of_colour(kind: bytes, length: int, colour: int) -> bool:
    if kind == b"tRNS":
        return 0 < length <= 256 if colour == _PALETTE else length == _TRANSPARENT.get(colour)
    return length == _LENGTHS.get(kind)


def _is_sound(data: bytes, start: int, end: int) -> bool:
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
