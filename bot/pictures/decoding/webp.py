"""What WebP files announce. Source: https://developers.google.com/speed/webp/docs/riff_container."""

from bot.pictures.decoding.bounds import MAX_FRAMES, MAX_PARTS, check_count, check_pixels


def check(data: bytes) -> None:
    """Look at every chunk before the decoder makes room for the canvas.

    Raises:
        Refused: too many pixels, frames or chunks.
        ValueError: nothing to be seen in it.
    """
    place, chunks, has_size = 12, 0, False
    while place + 8 <= len(data):
        kind, body = data[place : place + 4], data[place + 8 : place + 48]
        check_count(chunks := chunks + 1, MAX_PARTS)
        size = _announced(kind, body)
        if size is not None:
            check_pixels(*size)
            has_size = True
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    check_count(frames(data), MAX_FRAMES)
    if not has_size:
        raise ValueError("no picture in it")


def frames(data: bytes) -> int:
    """How many frames an animation has; 0 where nothing moves."""
    place, count, parts = 12, 0, 0
    while place + 8 <= len(data) and (parts := parts + 1) <= MAX_PARTS:
        count += data[place : place + 4] == b"ANMF"
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    return count


def _announced(kind: bytes, body: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"ANMF":
        return int.from_bytes(body[6:9], "little") + 1, int.from_bytes(body[9:12], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return None
