"""What Easel posts says that it was generated, to machines, and is otherwise as the relay made it."""

import io
import json
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from bot.domain.requests import Action, Blend, Button, Edit, EngineRequest, FaceSwap, Imagine, Request
from bot.pictures.decoding.bounds import MAX_PARTS
from bot.pictures.decoding.marks import Origin, marked, origin_in
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from sandbox.relay.painting.mp4 import mp4
from tests.support.makers import PICK_2, picture

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
FORMATS = ["PNG", "JPEG", "WEBP"]


def film() -> bytes:
    return mp4([Image.new("RGB", (64, 48), colour) for colour in ("teal", "navy")], 8)


def exiftool(path: Path) -> dict[str, str]:
    """What a program of others reads."""
    if shutil.which("exiftool") is None:
        pytest.skip("there is no exiftool (Debian: libimage-exiftool-perl)")
    said = subprocess.run(["exiftool", "-json", "-n", "-validate", "-all", str(path)], capture_output=True, check=True)
    read: list[dict[str, str]] = json.loads(said.stdout)
    return read[0]


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGBA")


@pytest.mark.process
@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("kind", [*FORMATS, "MP4"])
def test_exiftool_reads_the_mark_and_finds_the_file_in_order(kind: str, origin: Origin, tmp_path: Path) -> None:
    file = tmp_path / f"made.{kind.lower()}"
    file.write_bytes(marked(film() if kind == "MP4" else picture(kind=kind), origin))

    read = exiftool(file)

    assert read["DigitalSourceType"] == SOURCE + origin
    assert str(read["Validate"]).startswith("0")


@pytest.mark.parametrize(
    "data",
    [
        picture(kind="PNG"),
        picture(kind="JPEG", noise=True),
        picture(kind="JPEG", noise=True, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", progressive=True),
        picture(kind="WEBP", noise=True),
        picture(kind="WEBP", noise=True, lossless=True),
        picture((65, 49), kind="WEBP", noise=True, icc_profile=b"0" * 130),
    ],
    ids=["png", "jpeg", "jpeg with exif", "webp", "lossless webp", "webp with a profile"],
)
def test_not_a_pixel_changes(data: bytes) -> None:
    made = marked(data, Origin.MADE)

    assert origin_in(made) is Origin.MADE
    assert pixels(made).size == pixels(data).size
    assert ImageChops.difference(pixels(made), pixels(data)).getbbox() is None


def test_what_can_be_seen_through_still_can() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 100)).save(buffer, "WEBP", lossless=True)

    assert pixels(marked(buffer.getvalue(), Origin.MADE)).getpixel((0, 0)) == (1, 2, 3, 100)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_mark_that_is_there_stays_byte_by_byte(kind: str) -> None:
    once = marked(picture(kind=kind), Origin.COMPOSITE)

    assert marked(once, Origin.MADE) == once
    assert origin_in(once) is Origin.COMPOSITE


def with_xmp(kind: str, *, is_packed: bool = False) -> bytes:
    """A picture as programs write it that say something else in XMP."""
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Studio"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp, zip=is_packed)
        return picture(kind=kind, pnginfo=info)
    return picture(kind=kind, xmp=xmp.encode())


@pytest.mark.process
@pytest.mark.parametrize(
    ("kind", "data"),
    [*((kind, with_xmp(kind)) for kind in FORMATS), ("PNG", with_xmp("PNG", is_packed=True))],
    ids=[*FORMATS, "packed"],
)
def test_what_other_programs_said_beside_it_stays(kind: str, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"made.{kind.lower()}"
    file.write_bytes(marked(data, Origin.MADE))

    read = exiftool(file)

    assert (read["DigitalSourceType"], read["CreatorTool"]) == (SOURCE + Origin.MADE, "Studio")


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def signed() -> list[bytes]:
    """Files that carry C2PA where it stands in each format."""
    png, jpeg, webp, mp4 = picture(kind="PNG"), picture(kind="JPEG"), picture(kind="WEBP"), film()
    jumbf = struct.pack(">HHHI", 0xFFEB, 12, 0x4A50, 1) + b"\0" * 4
    body = webp[12:] + b"C2PA" + (4).to_bytes(4, "little") + b"jumb"
    box = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    return [
        png[:33] + chunk(b"caBX", b"jumb") + png[33:],
        jpeg[:2] + jumbf + jpeg[2:],
        b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body,
        mp4 + (24).to_bytes(4, "big") + b"uuid" + box,
    ]


@pytest.mark.parametrize("data", signed(), ids=["png", "jpeg", "webp", "mp4"])
def test_what_is_signed_is_left_alone(data: bytes) -> None:
    assert marked(data, Origin.MADE) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\x04tEXtabcd0000",
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WEBP",
        b"RIFF\x10\0\0\0WEBPXXXX\x04\0\0\0abcd",
        b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\0mdat",
        film()[:-5],
        picture(kind="GIF"),
    ],
)
def test_what_is_not_understood_is_left_alone(data: bytes) -> None:
    assert marked(data, Origin.MADE) == data


def test_what_has_more_parts_than_any_picture_is_left_alone() -> None:
    data = picture(kind="PNG")[:33] + chunk(b"tEXt", b"") * (MAX_PARTS + 1) + picture(kind="PNG")[33:]

    assert marked(data, Origin.MADE) is data
    assert origin_in(data) is None


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_damaged_file_never_fails(kind: str, cut: int) -> None:
    data = picture(kind=kind)

    for broken in (data[: cut + 8], data[:cut] + b"\xff\xff\xff\xff" + data[cut + 4 :]):
        assert isinstance(marked(broken, Origin.MADE), bytes)
        origin_in(broken)


async def test_what_fits_gets_the_mark_where_it_lacks_one(pictures: Pictures) -> None:
    bare, carries = picture(), marked(picture(colour="navy"), Origin.MADE)
    keys = [await pictures.keep_made(name, data) for name, data in (("bare", bare), ("carries", carries))]

    first, second = [await pictures.fit(key, 1_000_000, origin=Origin.COMPOSITE) for key in keys]

    assert (first.is_original, first.data) == (True, marked(bare, Origin.COMPOSITE))
    assert (second.is_original, second.data) == (True, carries)
    assert await pictures.read(keys[0]) == bare


async def test_what_is_made_smaller_keeps_the_mark_or_gets_one(pictures: Pictures) -> None:
    noisy = picture((500, 500), noise=True)
    bare = await pictures.keep_made("bare", noisy)
    carries = await pictures.keep_made("carries", marked(noisy, Origin.COMPOSITE))

    made = [await pictures.fit(key, 60_000, origin=Origin.MADE) for key in (bare, carries)]

    assert [origin_in(upload.data) for upload in made] == [Origin.MADE, Origin.COMPOSITE]
    assert [(upload.is_original, len(upload.data) <= 60_000) for upload in made] == [(False, True)] * 2


async def test_quarters_views_and_thumbnails_are_marked(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", marked(picture((64, 64)), Origin.COMPOSITE))

    files = [*await pictures.quarters(key), await pictures.thumbnail(key), await pictures.gridded(key)]

    assert {origin_in(data) for data in files} == {Origin.COMPOSITE}


async def test_what_a_member_sent_is_not_called_generated(pictures: Pictures) -> None:
    key = await pictures.keep_made("input", picture())

    assert origin_in((await pictures.fit(key, 1_000_000)).data) is None
    assert origin_in(await pictures.gridded(key)) is None


REGION = Button(custom_id="MJ::Inpaint::1::x")


@pytest.mark.parametrize(
    ("request_", "origin"),
    [
        (Imagine(prompt="a", pictures=("0-input1.png",)), Origin.MADE),
        (Action(button=PICK_2, parent_task_id="1"), Origin.MADE),
        (Action(button=REGION, parent_task_id="1"), Origin.COMPOSITE),
        (Blend(pictures=("a.png", "b.png")), Origin.COMPOSITE),
        (FaceSwap(pictures=("a.png", "b.png")), Origin.COMPOSITE),
        (Edit(prompt="a", pictures=("a.png",)), Origin.COMPOSITE),
        (EngineRequest(engine="fal", kind="generate", prompt="a"), Origin.MADE),
        (EngineRequest(engine="fal", kind="generate", prompt="a", pictures=("a.png",)), Origin.COMPOSITE),
        (
            EngineRequest(engine="ideogram", kind="generate", pictures=("a.png",), roles=("style",)),
            Origin.MADE,
        ),
    ],
)
def test_what_paints_into_somebodys_picture_is_a_composite(request_: Request, origin: Origin) -> None:
    assert origin_of(request_) is origin
