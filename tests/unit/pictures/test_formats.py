"""Every format, mode, depth, profile and turn that people and relays send: pixels decide, and only pixels go on."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageCms

from bot.errors import PictureError
from bot.pictures.decoding.brands import Brand, brand_of, other_name
from bot.pictures.folder import Pictures
from bot.pictures.sources import Source
from sandbox import hostile_pictures
from tests.support.makers import picture
from tests.support.ports import ShelfFetcher

ADDRESS = "https://cdn.example.com/picture"
ATTACHED = Source(ADDRESS, is_attachment=True)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GPS, COMMENT = 0x8825, b"a secret place"
pillow_heif.register_heif_opener()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def placed() -> Image.Exif:
    """Camera data of an upright picture with its place."""
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    return exif


class Shelf:
    """Takes pictures in as inputs, and hands back what goes out to the relay."""

    def __init__(self, pictures: Pictures, fetcher: ShelfFetcher) -> None:
        self._pictures, self._fetcher = pictures, fetcher

    async def sent(self, data: bytes) -> bytes:
        self._fetcher.shelf[ADDRESS] = data
        return await self._pictures.read(await self._pictures.keep_input("job1-input1", ATTACHED))

    async def pixels(self, data: bytes) -> Image.Image:
        kept = Image.open(io.BytesIO(await self.sent(data)))
        assert kept.format in ("PNG", "JPEG")
        assert kept.mode in ("RGB", "RGBA", "L", "P", "1", "LA")
        return kept.convert("RGBA")

    async def kept(self, data: bytes) -> str:
        self._fetcher.shelf[ADDRESS] = data
        return await self._pictures.keep_original("job1", ADDRESS)


@pytest.fixture
def shelf(pictures: Pictures, fetcher: ShelfFetcher) -> Shelf:
    return Shelf(pictures, fetcher)


def close(pixel: Any, wanted: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, wanted, strict=False))


# What a file is.


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        ([b"avif", b"mif1"], Brand.AVIF),
        ([b"avis", b"msf1"], Brand.AVIF),
        ([b"mif1", b"avif", b"miaf"], Brand.AVIF),
        ([b"heic", b"mif1"], Brand.HEIC),
        ([b"heix", b"mif1"], Brand.HEIC),
        ([b"mif1", b"heic"], Brand.HEIC),
        ([b"mif1", b"miaf"], Brand.HEIC),
        ([b"isom", b"mp41", b"avc1"], Brand.MP4),
        ([b"mp42", b"mif1"], Brand.MP4),
        ([b"qt  "], Brand.MP4),
        ([b"M4V ", b"isom"], Brand.MP4),
        ([b"crx ", b"isom"], None),
    ],
)
def test_the_brand_tells_films_from_pictures(brands: list[bytes], expected: Brand | None) -> None:
    body = brands[0] + bytes(4) + b"".join(brands[1:])
    assert brand_of(struct.pack(">I", len(body) + 8) + b"ftyp" + body + bytes(100)) is expected


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (picture(kind="BMP"), "BMP"),
        (picture(kind="TIFF"), "TIFF"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"8BPS\0\1", "PSD"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "CR3"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "MP4"),
    ],
)
async def test_a_refusal_names_the_format_and_the_way_out(data: bytes, name: str, shelf: Shelf) -> None:
    with pytest.raises(PictureError, match=f"its format is {name}. Please save it as PNG or JPEG"):
        await shelf.sent(data)


def test_unknown_bytes_have_no_name() -> None:
    assert (brand_of(b"just a text"), other_name(b"just a text")) == (None, "")


# Formats of phones and of relays that negotiate.


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
async def test_pictures_of_phones_are_taken(kind: str, shelf: Shelf) -> None:
    sent = await shelf.pixels(saved(Image.new("RGB", (64, 48), "red"), kind, exif=placed()))

    assert sent.size == (64, 48)
    assert close(sent.getpixel((5, 5)), (255, 0, 0))


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
async def test_results_that_discord_does_not_show_become_some_that_it_does(
    kind: str, shelf: Shelf, pictures: Pictures
) -> None:
    key = await shelf.kept(saved(Image.new("RGB", (64, 48), "red"), kind))

    assert key == "job1.png"
    assert await pictures.size(key) == (64, 48)
    assert await pictures.gridded(key)
    assert (await pictures.keep_cells_mask("job2-mask", key, [0])).key == "job2-mask.png"


async def test_a_moving_result_still_moves(shelf: Shelf, pictures: Pictures) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    key = await shelf.kept(saved(frames[0], "AVIF", save_all=True, append_images=frames[1:], duration=100))

    assert key == "job1.webp"
    assert Image.open(io.BytesIO(await pictures.read(key))).n_frames == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_a_moving_result_that_is_made_smaller_still_moves(kind: str, shelf: Shelf, pictures: Pictures) -> None:
    frames = [Image.effect_noise((200, 200), 90).convert("RGB") for _frame in range(3)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    upload = await pictures.fit(await shelf.kept(data), len(data) * 2 // 3)

    assert Image.open(io.BytesIO(upload.data)).n_frames == 3  # type: ignore[attr-defined]


async def test_a_still_is_made_of_what_moves_too_long(shelf: Shelf, pictures: Pictures) -> None:
    frames = [Image.effect_noise((100, 100), 90).convert("RGB") for _frame in range(4)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    upload = await pictures.fit(await shelf.kept(data), 4_000)

    assert Image.open(io.BytesIO(upload.data)).size[0] > 30


async def test_a_film_passes_through_as_it_is(shelf: Shelf, pictures: Pictures) -> None:
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(1_000)

    assert await shelf.kept(film) == "job1.mp4"
    assert (await pictures.fit("job1.mp4", 10_000)).data == film


async def test_pictures_of_many_lenses_are_jpegs(shelf: Shelf) -> None:
    whole = saved(Image.new("RGB", (64, 48), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])

    assert await shelf.kept(whole) == "job1.jpg"
    assert len(await shelf.sent(whole)) < len(whole)


# Depth, modes and colours.


@pytest.mark.parametrize("over", [0, 200_000])
async def test_deep_greys_keep_their_shades(over: int, shelf: Shelf) -> None:
    ramp = Image.frombytes("I;16", (256, 4), struct.pack("<256H", *range(0, 65_536, 256)) * 4)
    sent = await shelf.pixels(with_chunks(saved(ramp, "PNG"), chunk(b"teXt", bytes(over))))

    assert close(sent.getpixel((64, 1)), (64, 64, 64))
    assert close(sent.getpixel((255, 1)), (254, 254, 254))


async def test_deep_masks_keep_their_shades(shelf: Shelf, pictures: Pictures, fetcher: ShelfFetcher) -> None:
    key = await shelf.kept(picture((256, 4)))
    ramp = Image.frombytes("I;16", (256, 4), struct.pack("<256H", *range(0, 65_536, 256)) * 4)
    fetcher.shelf[ADDRESS] = saved(ramp, "PNG")
    mask = await pictures.keep_uploaded_mask("job2-mask", ATTACHED, key)

    kept = Image.open(io.BytesIO(await pictures.read(mask.key)))
    assert [kept.getpixel((x, 1)) for x in (0, 120, 135, 255)] == [0, 0, 255, 255]


def wide_gamut() -> bytes:
    """A profile in which red and green have changed places: nobody who ignores it can be right."""
    profile = bytearray(SRGB)
    places = {}
    for number in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * number
        places[bytes(profile[at : at + 4])] = at
    red, green = places[b"rXYZ"] + 4, places[b"gXYZ"] + 4
    profile[red : red + 8], profile[green : green + 8] = profile[green : green + 8], profile[red : red + 8]
    return bytes(profile)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "HEIF"])
async def test_colours_are_those_of_the_profile_and_the_profile_stays_behind(kind: str, shelf: Shelf) -> None:
    red = Image.new("RGB", (64, 48), "red")
    data = saved(red, kind, icc_profile=wide_gamut(), **({"lossless": True} if kind == "WEBP" else {}))
    sent = await shelf.sent(data)

    kept = Image.open(io.BytesIO(sent))
    assert close(kept.convert("RGB").getpixel((5, 5)), (0, 255, 0), by=12)
    assert "icc_profile" not in kept.info


async def test_transparency_stays_where_colours_change(shelf: Shelf) -> None:
    half = Image.new("RGBA", (64, 48), (255, 0, 0, 90))
    sent = await shelf.pixels(saved(half, "PNG", icc_profile=wide_gamut()))

    assert close(sent.getpixel((5, 5)), (0, 255, 0, 90), by=12)


@pytest.mark.parametrize("profile", [b"", b"no profile", SRGB[:200], bytes(500)])
async def test_a_broken_profile_counts_as_none(profile: bytes, shelf: Shelf) -> None:
    data = with_chunks(picture(colour="red"), chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)))

    assert close((await shelf.pixels(data)).getpixel((5, 5)), (255, 0, 0))


async def test_a_profile_of_other_pixels_counts_as_none(shelf: Shelf) -> None:
    data = saved(Image.new("L", (64, 48), 90), "JPEG", icc_profile=SRGB)

    assert close((await shelf.pixels(data)).getpixel((5, 5)), (90, 90, 90))


@pytest.mark.parametrize("mode", ["CMYK", "YCCK"])
async def test_colours_of_printers_become_those_of_screens(mode: str, shelf: Shelf) -> None:
    red = Image.new("CMYK", (64, 48), (0, 255, 255, 0))
    sent = await shelf.pixels(saved(red, "JPEG", **({"keep_rgb": True} if mode == "CMYK" else {})))

    assert close(sent.getpixel((5, 5)), (255, 0, 0), by=12)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA"])
async def test_every_mode_keeps_its_colours(mode: str, shelf: Shelf) -> None:
    white = Image.new("RGBA", (64, 48), "white").convert("P" if mode == "PA" else mode)
    data = saved(white.convert("PA") if mode == "PA" else white, "PNG") if mode != "PA" else saved(white, "PNG")

    assert close((await shelf.pixels(data)).getpixel((5, 5)), (255, 255, 255, 255))


async def test_a_transparent_colour_stays_transparent(shelf: Shelf) -> None:
    data = saved(Image.new("RGB", (64, 48), "red"), "PNG", transparency=(255, 0, 0), icc_profile=SRGB)

    assert (await shelf.pixels(data)).getpixel((5, 5))[3] == 0  # type: ignore[index]


# What stays behind.


UPRIGHT: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda image: saved(image, "JPEG", exif=placed(), comment=COMMENT, xmp=b"<GPS>" + COMMENT),
    "PNG": lambda image: with_chunks(
        saved(image, "PNG", exif=placed()),
        chunk(b"tEXt", b"parameters\0" + COMMENT),
        chunk(b"zTXt", b"workflow\0\0" + zlib.compress(COMMENT)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + COMMENT),
        chunk(b"prVt", COMMENT),
    ),
    "WEBP": lambda image: saved(image, "WEBP", exif=placed(), xmp=COMMENT),
    "GIF": lambda image: saved(image, "GIF", comment=COMMENT),
    "AVIF": lambda image: saved(image, "AVIF", exif=placed(), xmp=COMMENT),
    "HEIF": lambda image: saved(image, "HEIF", exif=placed(), xmp=COMMENT),
}


@pytest.mark.parametrize("size", [(64, 48), (500, 400)])
@pytest.mark.parametrize("kind", UPRIGHT)
async def test_an_upright_picture_betrays_nothing(kind: str, size: tuple[int, int], shelf: Shelf) -> None:
    image = Image.effect_noise(size, 90).convert("RGB")
    sent = await shelf.sent(UPRIGHT[kind](image) + COMMENT)

    kept = Image.open(io.BytesIO(sent))
    assert not kept.getexif()
    assert not {"exif", "xmp", "comment", "parameters", "workflow"} & kept.info.keys()
    assert not any(word in sent for word in (COMMENT, b"Exif", b"eXIf", b"GPS", b"XML", b"workflow", b"prVt"))


async def test_pixels_go_on_exactly_where_they_need_no_change(shelf: Shelf) -> None:
    photo = Image.effect_noise((64, 48), 90).convert("RGB")
    sent = await shelf.sent(saved(photo, "JPEG", exif=placed(), quality=70))

    again = Image.open(io.BytesIO(saved(photo, "JPEG", quality=70)))
    assert Image.open(io.BytesIO(sent)).tobytes() == again.tobytes()


# What never decides.


@pytest.mark.parametrize("name", hostile_pictures.TAKEN)
async def test_ancillary_data_refuses_no_picture(name: str, shelf: Shelf) -> None:
    data = hostile_pictures.TAKEN[name]()

    assert (await shelf.pixels(data)).size == (16, 16)
    assert (await shelf.kept(data)).startswith("job1.")


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(b"zTXt", b"workflow\0\0" + zlib.compress(bytes(2_000_000)))],
        [chunk(b"tEXt", b"Comment\0hello")[:-4] + b"\1\2\3\4"],
        [chunk(b"eXIf", b"nothing of a camera")],
        [chunk(b"iCCP", b"x\0\0nothing packed")],
        [chunk(b"tRNS", b"\0")[:-4] + b"\1\2\3\4"],
        [chunk(b"acTL", bytes(8)), chunk(b"fcTL", bytes(3))],
        [chunk(b"pHYs", b"")],
        [chunk(b"cHRM", b"\1")],
        [chunk(b"tRNS", b"\1")],
    ],
    ids=lambda chunks: chunks[0][4:8].decode(),
)
async def test_odd_chunks_refuse_no_picture(chunks: list[bytes], shelf: Shelf) -> None:
    data = with_chunks(picture(colour="red"), *chunks)

    assert close((await shelf.pixels(data)).getpixel((5, 5)), (255, 0, 0))
    assert await shelf.kept(data) == "job1.png"


@pytest.mark.parametrize("name", hostile_pictures.REFUSED)
async def test_what_a_header_announces_is_bounded(name: str, shelf: Shelf) -> None:
    with pytest.raises(PictureError, match=r"larger than 50 megapixels|too much work"):
        await shelf.sent(hostile_pictures.REFUSED[name]())


@pytest.mark.parametrize("scans", [10, 60])
async def test_pictures_of_usual_scans_are_taken(scans: int, shelf: Shelf) -> None:
    assert (await shelf.pixels(hostile_pictures.endless_jpeg(side=64, scans=scans))).size == (64, 64)


async def test_a_paid_result_that_takes_too_much_work_is_kept_as_it_came(shelf: Shelf, pictures: Pictures) -> None:
    data = hostile_pictures.endless_jpeg(side=2_000, scans=200)

    assert await shelf.kept(data) == "job1.jpg"
    assert (await pictures.fit("job1.jpg", 10_000_000)).data == data


async def test_a_paid_picture_that_came_as_bytes_is_kept_however_large(pictures: Pictures) -> None:
    assert await pictures.keep_made("job1", hostile_pictures.huge_png()) == "job1.png"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF", "HEIF"])
async def test_pixels_that_are_cut_off_are_refused(kind: str, shelf: Shelf) -> None:
    data = saved(Image.effect_noise((200, 200), 90).convert("RGB"), kind)

    with pytest.raises(PictureError, match="is damaged or cut off"):
        await shelf.sent(data[: len(data) * 2 // 3])


# What was paid for, and what is only odd.


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (picture(noise=True)[:2000], "png"),
        (picture(kind="JPEG", noise=True)[:2000], "jpg"),
        (picture(kind="TIFF"), "tiff"),
        (picture(kind="BMP"), "bmp"),
        (b"\xff\x0a" + bytes(90), "jxl"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"\0\0\1\0" + bytes(90), "bin"),
    ],
    ids=str,
)
async def test_what_was_paid_for_is_kept_as_it_came_where_nobody_sends_it_again(
    pictures: Pictures, fetcher: ShelfFetcher, data: bytes, ending: str
) -> None:
    assert await pictures.keep_made("job1", data) == f"job1.{ending}"
    assert await pictures.read(f"job1.{ending}") == data

    fetcher.shelf[ADDRESS] = data
    with pytest.raises(PictureError):
        await pictures.keep_original("job2", ADDRESS)  # it may still be on its way
    assert await pictures.keep_original("job2", ADDRESS, at_last=True) == f"job2.{ending}"


@pytest.mark.parametrize("data", [b"", b"<!DOCTYPE html><html>gone</html>", b'{"error": 1}'])
async def test_what_is_no_picture_at_all_is_not_kept(pictures: Pictures, fetcher: ShelfFetcher, data: bytes) -> None:
    fetcher.shelf[ADDRESS] = data
    with pytest.raises(PictureError):
        await pictures.keep_original("job1", ADDRESS, at_last=True)
    with pytest.raises(PictureError):
        await pictures.keep_made("job1", data)


@pytest.mark.parametrize(("kind", "bits", "said"), [(0xC1, 12, "JPEG, 12 bits"), (0xC3, 8, "JPEG, lossless")])
async def test_a_rare_jpeg_is_not_called_damaged(shelf: Shelf, kind: int, bits: int, said: str) -> None:
    data = picture(kind="JPEG")
    at = data.index(b"\xff\xc0")
    rare = data[: at + 1] + bytes([kind]) + data[at + 2 : at + 4] + bytes([bits]) + data[at + 5 :]

    with pytest.raises(PictureError, match=f"its format is {said}"):
        await shelf.sent(rare)


@pytest.mark.parametrize("size", [(60_000, 8), (8, 60_000)])
async def test_a_very_long_picture_is_made_smaller_all_the_same(
    pictures: Pictures, shelf: Shelf, size: tuple[int, int]
) -> None:
    key = await shelf.kept(picture(size, noise=True))

    small = await pictures.fit(key, 100_000)

    assert max(Image.open(io.BytesIO(small.data)).size) <= 16_383
