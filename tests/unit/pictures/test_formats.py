"""Every format that people and relays send is told by its bytes; what was paid for is kept in any of them."""

import io
import struct

import pytest
from PIL import Image

from bot.errors import PictureError
from bot.pictures.decoding.brands import Brand, brand_of, other_name
from bot.pictures.folder import Pictures
from tests.support.films import seen
from tests.support.makers import picture
from tests.support.ports import ShelfFetcher
from tests.unit.pictures.shelf import ADDRESS, Shelf, close, placed, saved

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


async def test_a_long_animation_that_is_made_smaller_is_a_film(shelf: Shelf, pictures: Pictures) -> None:
    frames = [Image.effect_noise((400, 300), 90).convert("RGBA") for _frame in range(24)]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=125, method=0)
    upload = await pictures.fit(await shelf.kept(data), 60_000)

    small = seen(upload.data)
    assert (upload.extension, small.codecs, small.frames) == ("mp4", ["h264"], 24)
    assert small.length_s == pytest.approx(3.0, abs=0.2)
    assert abs(small.brightness - 128) < 12


async def test_a_still_is_made_of_what_moves_too_long(shelf: Shelf, pictures: Pictures) -> None:
    frames = [Image.effect_noise((100, 100), 90).convert("RGB") for _frame in range(4)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    upload = await pictures.fit(await shelf.kept(data), 1_500)

    assert upload.extension == "webp"
    assert Image.open(io.BytesIO(upload.data)).size[0] > 30


async def test_a_film_passes_through_as_it_is(shelf: Shelf, pictures: Pictures) -> None:
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(1_000)

    assert await shelf.kept(film) == "job1.mp4"
    assert (await pictures.fit("job1.mp4", 10_000)).data == film


async def test_pictures_of_many_lenses_are_jpegs(shelf: Shelf) -> None:
    whole = saved(Image.new("RGB", (64, 48), "red"), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])

    assert await shelf.kept(whole) == "job1.jpg"
    assert len(await shelf.sent(whole)) < len(whole)


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
