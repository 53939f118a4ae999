"""What AVIF and HEIC files announce: their pictures and tiles.

Source: ISO/IEC 14496-12 (boxes) and 23008-12 (items and their properties).
"""

from collections.abc import Iterator

from bot.pictures.decoding.bounds import MAX_ITEMS, MAX_PARTS, MAX_TILED_PIXELS, check_count, check_pixels


def check(data: bytes) -> None:
    """Add up all pictures and tiles of a file before a decoder sees it.

    Raises:
        Refused: too many pixels or items.
        ValueError: no picture in it.
    """
    sizes: list[int] = []  # in pixels, of each property; 0 for those that say something else
    total = 0
    for _kind, start, end in _boxes(data, 0, len(data), b"meta"):
        for _iinf, place, stop in _boxes(data, start + 4, end, b"iinf"):
            check_count(_number(data, place + 4, 4 if data[place] else 2, stop), MAX_ITEMS)
        for _iprp, inner, inner_end in _boxes(data, start + 4, end, b"iprp"):
            for _ipco, place, stop in _boxes(data, inner, inner_end, b"ipco"):
                sizes = [_pixels(data, *box) for box in _boxes(data, place, stop)]
            for _ipma, place, stop in _boxes(data, inner, inner_end, b"ipma"):
                total += sum(sizes[index - 1] for index in _uses(data, place, stop) if 0 < index <= len(sizes))
    if not any(sizes) and not _has_track(data):
        raise ValueError("no picture in it")
    check_count(total, MAX_TILED_PIXELS)


def _has_track(data: bytes) -> bool:
    """Whether the pictures are those of a sequence, whose size its decoder says before it decodes."""
    return any(True for _box in _boxes(data, 0, len(data), b"moov"))


def _boxes(data: bytes, place: int, end: int, wanted: bytes | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the bodies of boxes that lie side by side."""
    for _box in range(MAX_PARTS):
        if place + 8 > end:
            return
        length, kind, head = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[place + 8 : place + 16], "big"), 16
        elif length == 0:
            length = end - place
        if length < head:
            raise ValueError("a box without a length")
        if wanted is None or kind == wanted:
            yield kind, place + head, min(place + length, end)
        place += length


def _pixels(data: bytes, kind: bytes, start: int, end: int) -> int:
    if kind != b"ispe":
        return 0
    width, height = _number(data, start + 4, 4, end), _number(data, start + 8, 4, end)
    check_pixels(width, height)
    return width * height


def _uses(data: bytes, place: int, end: int) -> Iterator[int]:
    """The numbers, from 1, of the properties that each item has."""
    version, is_wide = data[place], bool(data[place + 3] & 1)
    count, place = _number(data, place + 4, 4, end), place + 8
    check_count(count, MAX_ITEMS)
    for _item in range(count):
        place += 4 if version else 2
        uses = _number(data, place, 1, end)
        place += 1
        for _use in range(uses):
            number = _number(data, place, 2 if is_wide else 1, end)
            yield number & (0x7FFF if is_wide else 0x7F)
            place += 2 if is_wide else 1


def _number(data: bytes, place: int, length: int, end: int) -> int:
    if place + length > end:
        raise ValueError("cut off")
    return int.from_bytes(data[place : place + length], "big")
