"""The machine-readable mark of generated pictures: IPTC's `DigitalSourceType` in XMP, put into files without decoding.

Sources: https://cv.iptc.org/newscodes/digitalsourcetype/ (the terms),
https://developer.adobe.com/xmp/docs/XMPSpecifications/ part 3 (where XMP stands in each format),
https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html (where C2PA stands).
Nothing about a member, a prompt or a job is in it. A file that is signed by C2PA is left alone: it says the same, and
would say no more if a byte were changed. So is one whose structure is not understood, and a GIF or WebM.
"""

import re
import struct
import zlib
from enum import StrEnum

from bot.pictures.decoding.bounds import MAX_PARTS
from bot.pictures.decoding.brands import HEAD_BYTES, Brand, brand_of


class Origin(StrEnum):
    """How pixels came about, as IPTC calls it."""

    MADE = "trainedAlgorithmicMedia"
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # with somebody's own picture: edits, regions, blends, swaps


ROOM = 1_000  # bytes that a mark takes at most, where a file has to fit a limit
_SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF>'
    '</x:xmpmeta><?xpacket end="w"?>'
)
_DESCRIPTION = (
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' Iptc4xmpExt:DigitalSourceType="{}"/>'
)
_TERM = re.compile(rb"digitalsourcetype/(\w+)")
_END_OF_LIST = b"</rdf:RDF>"
_IN_PNG, _IN_JPEG = b"XML:com.adobe.xmp\0", b"http://ns.adobe.com/xap/1.0/\0"
_IN_MP4 = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the box's name, a UUID
_C2PA_IN_MP4 = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_OF_WEBP = struct.Struct("<4sI")
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_MOST_SEGMENT = 65_533


def origin_in(data: bytes) -> Origin | None:
    """What a file's mark says; None where it has none that says it was generated."""
    brand = brand_of(data[:HEAD_BYTES])
    try:
        xmp = _xmp_of(data, brand) if brand in _WRITERS else b""
    except (ValueError, IndexError, OverflowError, struct.error):
        return None
    found = _TERM.search(xmp)
    return next((origin for origin in Origin if found and origin.encode() == found[1]), None)


def marked(data: bytes, origin: str) -> bytes:
    """A file with the mark; the same bytes where it has one already, is signed by C2PA, or is not understood."""
    brand = brand_of(data[:HEAD_BYTES])
    if brand not in _WRITERS:
        return data
    try:
        if _is_signed(data, brand):
            return data
        xmp = _xmp_of(data, brand)
        if _TERM.search(xmp):
            return data
        description = _DESCRIPTION.format(_SCHEME + origin)
        if not xmp:
            return _WRITERS[brand](data, _PACKET.format(description).encode())
        if _END_OF_LIST not in xmp:
            return data
        return _WRITERS[brand](data, xmp.replace(_END_OF_LIST, description.encode() + _END_OF_LIST, 1))
    except (ValueError, IndexError, OverflowError, struct.error):
        return data


def _xmp_of(data: bytes, brand: Brand) -> bytes:
    """The XMP of a file; "" where it has none."""
    start, end = _xmp_place(data, brand)
    if not end:
        return b""
    match brand:
        case Brand.PNG:
            return _text_of(data[start + 8 : end - 4])
        case Brand.JPEG:
            return data[start + 4 + len(_IN_JPEG) : end]
        case Brand.WEBP:
            return data[start + 8 : start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")]
    return data[start + 24 : end]


def _text_of(body: bytes) -> bytes:
    """The text of an iTXt chunk of XMP, which may be compressed. Source: https://www.w3.org/TR/png-3/#11iTXt."""
    rest = body[len(_IN_PNG) :]
    if not rest:
        return b""
    is_compressed, text = rest[0], rest[2:].split(b"\0", 2)[-1]
    if not is_compressed:
        return text
    try:
        return zlib.decompressobj().decompress(text, 1_000_000)
    except zlib.error:
        return b""


def _xmp_place(data: bytes, brand: Brand) -> tuple[int, int]:
    """Where the part of a file that holds its XMP begins and ends; twice 0 where there is none."""
    for kind, start, end in _PARTS[brand](data):
        body = data[start + 4 : start + 40]
        match brand:
            case Brand.PNG if kind == b"iTXt" and body[4:].startswith(_IN_PNG):
                return start, end
            case Brand.JPEG if kind == b"\xe1" and body.startswith(_IN_JPEG):
                return start, end
            case Brand.WEBP if kind == b"XMP ":
                return start, end
            case Brand.MP4 if kind == b"uuid" and body[4:].startswith(_IN_MP4):
                return start, end
    return 0, 0


def _is_signed(data: bytes, brand: Brand) -> bool:
    for kind, start, _end in _PARTS[brand](data):
        if kind in (b"caBX", b"C2PA", b"\xeb"):  # of PNG, WebP and JPEG (JUMBF, in APP11)
            return True
        if kind == b"uuid" and data[start + 8 : start + 24] == _C2PA_IN_MP4:
            return True
    return False


Part = tuple[bytes, int, int]  # its kind, where it begins and where it ends


def _checked(parts: list[Part]) -> list[Part]:
    if len(parts) > MAX_PARTS:
        raise ValueError("too many parts")
    return parts


def _png_parts(data: bytes) -> list[Part]:
    parts, place = list[Part](), 8
    while place + 12 <= len(data) and (not parts or parts[-1][0] != b"IEND"):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        _checked(parts).append((data[place + 4 : place + 8], place, end))
        place = end
    return parts


def _jpeg_parts(data: bytes) -> list[Part]:
    """The segments in front of the picture's data."""
    parts, place = list[Part](), 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] not in (0xDA, 0xD9):
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        _checked(parts).append((data[place + 1 : place + 2], place, end))
        place = end
    return parts


def _webp_parts(data: bytes) -> list[Part]:
    parts, place = list[Part](), 12
    while place + 8 <= len(data):
        kind, length = _OF_WEBP.unpack_from(data, place)
        end = place + 8 + length + length % 2
        _checked(parts).append((kind, place, end))
        place = end
    return parts


def _mp4_parts(data: bytes) -> list[Part]:
    parts, place = list[Part](), 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if length == 1:
            length = int.from_bytes(data[place + 8 : place + 16], "big")
        if length < 8:  # 0 means up to the end: nothing can follow
            raise ValueError("a box without an end")
        _checked(parts).append((data[place + 4 : place + 8], place, place + length))
        place += length
    if place != len(data):
        raise ValueError("cut off")
    return parts


def _into_png(data: bytes, xmp: bytes) -> bytes:
    body = b"iTXt" + _IN_PNG + b"\0\0\0\0" + xmp
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    start, end = _xmp_place(data, Brand.PNG)
    if not end:
        (kind, _start, start), *_rest = _png_parts(data)
        if kind != b"IHDR":
            raise ValueError("no header")
        end = start
    return data[:start] + chunk + data[end:]


def _into_jpeg(data: bytes, xmp: bytes) -> bytes:
    if len(_IN_JPEG) + len(xmp) > _MOST_SEGMENT:
        return data
    segment = b"\xff\xe1" + (2 + len(_IN_JPEG) + len(xmp)).to_bytes(2, "big") + _IN_JPEG + xmp
    start, end = _xmp_place(data, Brand.JPEG)
    if not _jpeg_parts(data):
        raise ValueError("no picture")
    if not end:  # behind JFIF and Exif, which readers look for first
        first = [part for part in _jpeg_parts(data)[:2] if part[0] in (b"\xe0", b"\xe1")]
        start = end = first[-1][2] if first else 2
    return data[:start] + segment + data[end:]


def _into_webp(data: bytes, xmp: bytes) -> bytes:
    chunk = _OF_WEBP.pack(b"XMP ", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    start, end = _xmp_place(data, Brand.WEBP)
    (kind, first, _end), *_rest = _webp_parts(data)
    size = 8 + int.from_bytes(data[4:8], "little")
    body = data[12:start] + data[end:size] if end else data[12:size]
    if kind == b"VP8X":
        body = body[:8] + bytes([body[8] | _XMP_FLAG]) + body[9:]
    else:
        body = _extended(kind, data[first + 8 : first + 18]) + body
    return b"RIFF" + (4 + len(body) + len(chunk)).to_bytes(4, "little") + b"WEBP" + body + chunk


def _extended(kind: bytes, head: bytes) -> bytes:
    """The chunk in front of a simple picture that lets others follow it."""
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height, flags = bits & 0x3FFF, bits >> 14 & 0x3FFF, _ALPHA_FLAG if bits >> 28 & 1 else 0
    elif kind == b"VP8 ":
        width = (int.from_bytes(head[6:8], "little") & 0x3FFF) - 1
        height, flags = (int.from_bytes(head[8:10], "little") & 0x3FFF) - 1, 0
    else:
        raise ValueError("no picture")
    sizes = width.to_bytes(3, "little") + height.to_bytes(3, "little")
    return _OF_WEBP.pack(b"VP8X", 10) + bytes([flags | _XMP_FLAG, 0, 0, 0]) + sizes


def _into_mp4(data: bytes, xmp: bytes) -> bytes:
    """At the end, where it moves nothing that others point at."""
    box = (24 + len(xmp)).to_bytes(4, "big") + b"uuid" + _IN_MP4 + xmp
    start, end = _xmp_place(data, Brand.MP4)
    if (end and end != len(data)) or any(kind == b"mfra" for kind, _start, _end in _mp4_parts(data)):
        return data  # an index by place, or one that is found from the end
    return data[: start if end else len(data)] + box


_PARTS = {Brand.PNG: _png_parts, Brand.JPEG: _jpeg_parts, Brand.WEBP: _webp_parts, Brand.MP4: _mp4_parts}
_WRITERS = {Brand.PNG: _into_png, Brand.JPEG: _into_jpeg, Brand.WEBP: _into_webp, Brand.MP4: _into_mp4}
