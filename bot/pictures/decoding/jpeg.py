"""JPEG files reduced to what their pixels need, and their scans counted.

Source: ITU-T T.81, annex B (segments).
"""

import re
from collections.abc import Iterator

from bot.pictures.decoding.bounds import (
    MAX_PARTS,
    MAX_PROFILE_BYTES,
    MAX_SCANS,
    Reduced,
    Refused,
    Why,
    check_count,
    check_pixels,
)

_START, _SCAN, _END, _COMMENT = 0xD8, 0xDA, 0xD9, 0xFE
_JFIF, _ADOBE, _EXIF, _PROFILE = 0xE0, 0xEE, 0xE1, 0xE2
_APPLICATION = range(0xE0, 0xF0)
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # all kinds of "start of frame"
_RARE = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF})  # without loss, or in layers: nobody shows these
_BITS = 8
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a body
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # what ends the data of a scan
_EXIF_HEAD, _PROFILE_HEAD = b"Exif\0\0", b"ICC_PROFILE\0"


def read(data: bytes) -> Reduced:
    """The picture without what programs wrote beside it, and without whatever follows its end.

    Raises:
        Refused: too many pixels, scans or segments.
        ValueError: no JPEG.
    """
    kept, scans, has_size = [b"\xff\xd8"], 0, False
    parts: dict[int, bytes] = {}  # of the profile
    exif = b""
    for marker, start, end in _segments(data):
        if marker in _FRAMES:
            if (bits := data[start + 4]) != _BITS or marker in _RARE:
                raise Refused(Why.OTHER_FORMAT, format=f"JPEG, {bits} bits" if bits != _BITS else "JPEG, lossless")
            height, width = data[start + 5 : start + 7], data[start + 7 : start + 9]
            check_pixels(int.from_bytes(width, "big"), int.from_bytes(height, "big"))
            has_size = True
        elif marker == _SCAN:
            check_count(scans := scans + 1, MAX_SCANS)
        elif marker == _PROFILE and data.startswith(_PROFILE_HEAD, start + 4) and end - start > 18:
            parts[data[start + 16]] = data[start + 18 : end]
        elif marker == _EXIF and not exif and data.startswith(_EXIF_HEAD, start + 4):
            exif = data[start + 4 : end]
        if not _is_beside(data, marker, start):
            kept.append(data[start:end])
    if not (scans and has_size):
        raise ValueError("no picture in it")
    profile = b"".join(parts[number] for number in sorted(parts))
    return Reduced(b"".join(kept), profile if len(profile) <= MAX_PROFILE_BYTES else b"", exif)


def _is_beside(data: bytes, marker: int, start: int) -> bool:
    """Whether a segment says nothing of the pixels; JFIF and Adobe say how their colours are written."""
    if marker == _JFIF:
        return data[start + 4 : start + 8] != b"JFIF"
    return marker == _COMMENT or (marker in _APPLICATION and marker != _ADOBE)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the end of the picture; a scan's goes on to the next marker."""
    place, count = 2, 0
    while place + 2 <= len(data):
        if data[place] != 0xFF:
            found = _NEXT.search(data, place)  # decoders skip what stands between segments
            if found is None:
                return
            place = found.start()
        marker = data[place + 1]
        check_count(count := count + 1, MAX_PARTS)
        if marker in (0x00, 0xFF):
            place += 1
            continue
        if marker in _BARE or marker == _START:
            place += 2
            continue
        if marker == _END:
            yield marker, place, place + 2
            return
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == _SCAN:
            found = _NEXT.search(data, end)
            end = len(data) if found is None else found.start()
        yield marker, place, min(end, len(data))
        place = end
