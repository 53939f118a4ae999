"""GIF files reduced to their first frame. Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt."""

from bot.pictures.decoding.bounds import MAX_FRAMES, MAX_PARTS, Reduced, Refused, Why, check_count, check_pixels

_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B
_CONTROL = 0xF9  # which colour of the next frame is transparent
_SCREEN_BYTES, _FRAME_BYTES = 13, 10


def read(data: bytes) -> Reduced:
    """The picture with its first frame alone, without comments and other programs' data.

    Raises:
        Refused: too many pixels or blocks.
        IndexError, ValueError: no GIF, or cut off before the frame.
    """
    check_pixels(*_size(data, 6))
    place = _SCREEN_BYTES + _palette_bytes(data[10])
    kept = [data[:place]]
    for _block in range(MAX_PARTS):
        kind = data[place]
        if kind == _FRAME:
            check_pixels(*_size(data, place + 5))
            frame = data[place : _after_frame(data, place)]
            return Reduced(b"".join([*kept, frame, bytes([_END])]), b"", b"")
        if kind != _EXTENSION:
            raise ValueError("no frame in it")
        end = _after_blocks(data, place + 2)
        if data[place + 1] == _CONTROL:
            kept[1:] = [data[place:end]]
        place = end
    raise Refused(Why.TOO_MUCH)


def frames(data: bytes) -> int:
    """How many frames there are, as far as the file can be read.

    Raises:
        Refused: too many frames or blocks.
    """
    place, count = _SCREEN_BYTES + _palette_bytes(data[10]), 0
    for _block in range(MAX_PARTS):
        kind = data[place : place + 1]
        if kind == bytes([_EXTENSION]):
            place = _after_blocks(data, place + 2)
        elif kind == bytes([_FRAME]) and place + _FRAME_BYTES <= len(data):
            check_pixels(*_size(data, place + 5))
            check_count(count := count + 1, MAX_FRAMES)
            place = _after_frame(data, place)
        else:
            break
    return count


def _size(data: bytes, place: int) -> tuple[int, int]:
    return int.from_bytes(data[place : place + 2], "little"), int.from_bytes(data[place + 2 : place + 4], "little")


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_frame(data: bytes, place: int) -> int:
    return _after_blocks(data, place + _FRAME_BYTES + _palette_bytes(data[place + 9]) + 1)


def _after_blocks(data: bytes, place: int) -> int:
    """Where a row of blocks is over, each of which says its length first."""
    while place < len(data) and data[place]:
        place += data[place] + 1
    return place + 1
