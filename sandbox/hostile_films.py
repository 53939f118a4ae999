"""Films that are meant to stop whoever decodes them: small files that announce, or unpack to, far more than they are.

Sources: ITU-T H.264, 7.3.2.1 (sizes), 7.3.3 (slices), 7.3.5 (blocks); ISO/IEC 14496-12, 8.6.1 and 8.7 (tables of times
and sizes).
"""

import struct
from collections.abc import Callable

from PIL import Image

from sandbox.relay.painting.mp4 import BLOCK, Bits, film_of, mp4, unit

_MOST = 0xFFFFFFFF


def huge_film(side: int = 65_520) -> bytes:
    """A film of 4 gigapixels in some bytes."""
    return film_of([unit(0x65, bytes(64))] * 2, (side, side), 8)


def endless_film() -> bytes:
    """A valid film of two frames, the second of which comes after 49 days."""
    return _with(_short(), b"stts", struct.pack(">III", 1, 2, _MOST))


def crowded_film() -> bytes:
    """A film that announces four billion frames, for each of which a reader would make room."""
    counts = {b"stts": struct.pack(">III", 1, _MOST, 1), b"stsz": struct.pack(">II", 1, _MOST)}
    data = _with(_short(), b"stsc", struct.pack(">III", 1, 1, _MOST))
    for table, values in counts.items():
        data = _with(data, table, values)
    return data


def flat_film(frames: int = 3_000, size: tuple[int, int] = (4096, 2304)) -> bytes:
    """A valid film of 9 megapixels in which nothing moves: some bytes a frame, of which a decoder paints all."""
    blocks = size[0] // BLOCK * (size[1] // BLOCK)
    rest = [_still(number, blocks) for number in range(1, frames)]
    return film_of([_grey(blocks), *rest], size, 30, references=1)


def vast_film() -> bytes:
    """A valid film of 16 megapixels, which a decoder holds several times."""
    return flat_film(3, (4096, 4096))


def cut_film() -> bytes:
    """A film whose second half is missing, the index with it."""
    data = _short()
    head, body = data[: data.index(b"moov") - 4], data[data.index(b"mdat") - 4 :]
    return head + body[: len(body) // 2]


def _short() -> bytes:
    return mp4([Image.new("RGB", (64, 64), colour) for colour in ("navy", "gold")], 8)


def _with(film: bytes, table: bytes, values: bytes) -> bytes:
    """A film with other values at the beginning of one of its tables."""
    place = film.index(table) + 8
    return film[:place] + values + film[place + len(values) :]


def _grey(blocks: int) -> bytes:
    """A first frame: every block is what is predicted from those around it, which is grey."""
    head = Bits().number(0, 7, 0).flag(0, 0, 0, 0).number(0).flag(0, 0).number(0, 1)
    for _block in range(blocks):
        head.number(3, 0, 0).flag(1)
    return unit(0x65, head.filled())


def _still(number: int, blocks: int) -> bytes:
    """A frame all of whose blocks are those of the frame before."""
    count = [number >> bit & 1 for bit in (3, 2, 1, 0)]
    head = Bits().number(0, 5, 0).flag(*count).flag(0, 0, 0).number(0, 1)
    return unit(0x61, head.number(blocks).filled())


REFUSED: dict[str, Callable[[], bytes]] = {
    "film of 4 gigapixels": huge_film,
    "film of 16 megapixels": vast_film,
    "film of four billion frames": crowded_film,
    "film that is cut off": cut_film,
}
TAKEN: dict[str, Callable[[], bytes]] = {
    "film of 49 days": endless_film,
    "film that unpacks to 28 gigapixels": flat_film,
}
