"""Pictures in and out: told by content, capped, cleaned of what they betray, kept under names of ours."""

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image
from yarl import URL

from bot.errors import PictureError
from bot.pictures.folder import MAX_INPUT_BYTES, Pictures
from bot.pictures.keys import PictureKind, kind_of, thumbnail_of
from bot.pictures.sources import Source
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from tests.support.makers import picture
from tests.support.ports import ShelfFetcher
from tests.unit.pictures.shelf import Shelf

ADDRESS = "https://cdn.example.com/cat.png"
ATTACHED = Source(ADDRESS, is_attachment=True)
RELAY_LIMIT = 100_000
GPS, ORIENTATION, ROTATED = 0x8825, 0x0112, 6


def open_bytes(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has next to nothing behind it."""
    header = bytearray(picture((1, 1)))
    header[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    return bytes(header)


def camera_picture(kind: str) -> bytes:
    """A picture with a lying-down flag and a place."""
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED
    exif[GPS] = {1: "N", 2: (48.0, 12.0, 30.0)}
    return picture((64, 48), kind, exif=exif)


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif")])
async def test_original_is_kept_byte_by_byte_and_named_by_its_content(
    kind: str, extension: str, pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    fetcher.shelf[ADDRESS] = picture(kind=kind)

    key = await pictures.keep_original("job1", ADDRESS)

    assert key == f"job1.{extension}"
    assert await pictures.read(key) == fetcher.shelf[ADDRESS]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_small_input_is_kept_as_it_is(kind: str, pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = picture(kind=kind)

    key = await pictures.keep_input("job1-input1", ATTACHED)

    assert await pictures.read(key) == fetcher.shelf[ADDRESS]


async def test_a_mask_is_kept_again_in_the_size_of_another_picture_and_cut_out(
    pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    fetcher.shelf[ADDRESS] = picture((60, 30))
    large = await pictures.keep_original("job1", ADDRESS)
    mask = await pictures.keep_cells_mask("job1-mask", large, [0, 1, 2])
    fetcher.shelf[ADDRESS] = picture((20, 10))
    small = await pictures.keep_original("job2", ADDRESS)

    fitted = await pictures.keep_mask_again("job2-mask", mask.key, small)
    hole = open_bytes(await pictures.cut_out(fitted.key))

    assert (fitted.is_empty, fitted.is_full, hole.format, hole.size) == (False, False, "PNG", (20, 10))
    assert [hole.getpixel((5, y)) for y in (0, 9)] == [(0, 0, 0, 0), (0, 0, 0, 255)]


@pytest.mark.parametrize("kind", ["WEBP", "GIF"])
async def test_other_inputs_become_png_with_the_same_pixels(
    kind: str, pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    fetcher.shelf[ADDRESS] = picture(kind=kind, colour="red", lossless=True)

    kept = open_bytes(await pictures.read(await pictures.keep_input("job1-input1", ATTACHED)))

    assert (kept.format, kept.size, kept.convert("RGB").getpixel((5, 5))) == ("PNG", (64, 48), (255, 0, 0))


async def test_animation_gives_its_first_frame(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    fetcher.shelf[ADDRESS] = picture((8, 8), "GIF", colour="lime", save_all=True, append_images=frames)

    kept = open_bytes(await pictures.read(await pictures.keep_input("job1-input1", ATTACHED)))

    assert kept.convert("RGB").getpixel((4, 4)) == (0, 255, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_input_is_turned_upright_and_forgets_its_place(
    kind: str, pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    fetcher.shelf[ADDRESS] = camera_picture(kind)

    kept = open_bytes(await pictures.read(await pictures.keep_input("job1-input1", ATTACHED)))

    assert kept.size == (48, 64)
    assert not kept.getexif()
    assert "xmp" not in kept.info


async def test_place_in_xmp_is_forgotten_too(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = picture(kind="JPEG", xmp=b"<x:xmpmeta exif:GPSLatitude='48,12N'/>")

    data = await pictures.read(await pictures.keep_input("job1-input1", ATTACHED))

    assert b"GPSLatitude" not in data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_large_input_is_encoded_under_the_relays_limit(
    kind: str, pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    fetcher.shelf[ADDRESS] = picture((400, 300), kind, noise=True, quality=100)

    data = await pictures.read(await pictures.keep_input("job1-input1", ATTACHED))

    assert len(data) <= RELAY_LIMIT < len(fetcher.shelf[ADDRESS])
    assert open_bytes(data).format in ("PNG", "JPEG")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16", "RGB"])
async def test_every_kind_of_pixels_can_be_sent_along(mode: str, pictures: Pictures, fetcher: ShelfFetcher) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (20, 10)).save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    fetcher.shelf[ADDRESS] = buffer.getvalue() + b"\0" * RELAY_LIMIT

    data = await pictures.read(await pictures.keep_input("job1-input1", ATTACHED))

    assert open_bytes(data).size == (20, 10)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just a text in a file that is called cat.png",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        picture(kind="BMP"),
        picture(kind="TIFF"),
        picture()[:40],
        picture((200, 200), noise=True)[:-2000],
        picture((200, 200), "JPEG", noise=True)[:200],
        picture((200, 200), "WEBP", noise=True)[:-2000],
    ],
    ids=lambda data: str(data[:16]),
)
async def test_what_is_no_whole_picture_is_refused(data: bytes, pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = data

    with pytest.raises(PictureError, match="I can't read this file"):
        await pictures.keep_input("job1-input1", ATTACHED)


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 5_001), (65_000, 2_000)])
async def test_bomb_is_refused_by_its_header(size: tuple[int, int], pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = png_header(*size)

    with pytest.raises(PictureError) as caught:
        await pictures.keep_original("job1", ADDRESS)

    assert str(caught.value) == "The picture is larger than 50 megapixels. Please send a smaller one."


async def test_input_over_the_byte_limit_is_not_fetched_whole(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = picture() + b"\0" * MAX_INPUT_BYTES

    with pytest.raises(PictureError, match="could not be downloaded"):
        await pictures.keep_input("job1-input1", ATTACHED)


async def test_only_what_the_relay_or_discord_named_is_fetched_as_trusted(
    pictures: Pictures, fetcher: ShelfFetcher
) -> None:
    addresses = [f"https://cdn.example.com/{number}.png" for number in range(6)]
    fetcher.shelf |= dict.fromkeys(addresses, picture())
    key = await pictures.keep_original("job1", addresses[0])
    await pictures.preview("job1", addresses[1])
    await pictures.keep_input("job1-input1", Source(addresses[2], is_attachment=True))
    await pictures.keep_uploaded_mask("job1-mask", Source(addresses[3], is_attachment=True), key)
    await pictures.keep_input("job1-input2", Source(addresses[4]))
    await pictures.keep_uploaded_mask("job1-mask", Source(addresses[5]), key)

    assert fetcher.trusted == set(addresses[:4])


async def test_nothing_is_left_behind_by_a_refusal(pictures: Pictures, fetcher: ShelfFetcher, tmp_path: Path) -> None:
    fetcher.shelf[ADDRESS] = b"no picture"

    for refused in (
        pictures.keep_input("job1", ATTACHED),
        pictures.keep_original("job1", ADDRESS),
        pictures.preview("job1", ADDRESS),
    ):
        with pytest.raises(PictureError):
            await refused

    assert list((tmp_path / "pictures").iterdir()) == []


async def test_damaged_camera_data_does_not_stop_a_picture(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    whole = camera_picture("JPEG")
    # Three fractions become three letters, which Pillow reads but cannot write again.
    fetcher.shelf[ADDRESS] = whole.replace(b"\x00\x02\x00\x05\x00\x00\x00\x03", b"\x00\x02\x00\x02\x00\x00\x00\x03")

    assert await pictures.keep_input("job1-input1", ATTACHED)


async def test_preview_is_a_small_webp(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = picture((2048, 1024))

    preview = open_bytes(await pictures.preview("job1", ADDRESS))

    assert (preview.format, preview.size) == ("WEBP", (1024, 512))


async def test_fit_leaves_what_fits(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    data = fetcher.shelf[ADDRESS] = picture(kind="JPEG")
    key = await pictures.keep_original("job1", ADDRESS)

    upload = await pictures.fit(key, len(data))

    assert (upload.data, upload.extension, upload.is_original) == (data, "jpg", True)


@pytest.mark.parametrize("part", [0.9, 0.5, 0.1])
async def test_fit_makes_a_webp_that_fits(part: float, pictures: Pictures, fetcher: ShelfFetcher) -> None:
    data = fetcher.shelf[ADDRESS] = picture((400, 300), noise=True)
    key = await pictures.keep_original("job1", ADDRESS)

    upload = await pictures.fit(key, int(len(data) * part))

    assert len(upload.data) <= len(data) * part
    assert (open_bytes(upload.data).format, upload.extension, upload.is_original) == ("WEBP", "webp", False)


async def test_fit_says_when_nothing_fits(pictures: Pictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ADDRESS] = picture((400, 300), noise=True)
    key = await pictures.keep_original("job1", ADDRESS)

    with pytest.raises(PictureError, match="too large to post here"):
        await pictures.fit(key, 100)


@pytest.mark.parametrize(
    "key",
    [
        "../easel.db",
        "cat.png/../../easel.db",
        "..",
        "/etc/passwd",
        "a/b.png",
        "a\\b.png",
        "cat.png/../x.png",
        "Cat.png",
        "cat.exe",
        "cat.png\n",
    ],
)
async def test_key_never_leads_out_of_the_folder(key: str, pictures: Pictures) -> None:
    with pytest.raises(PictureError, match="no longer stored"):
        await pictures.read(key)


async def test_name_that_only_begins_like_ours_is_not_read(pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "job1.png.key").write_bytes(b"a secret")

    with pytest.raises(PictureError, match="no longer stored"):
        await pictures.read("job1.png.key")


async def test_picture_beside_the_folder_is_not_taken_apart(pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(picture())

    with pytest.raises(PictureError, match="no longer stored"):
        await pictures.quarters("../outside.png")


async def test_film_that_is_too_large_is_a_sentence(pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "job1.mp4").write_bytes(bytes(100))

    with pytest.raises(PictureError, match="The video is too large"):
        await pictures.fit("job1.mp4", 99)


async def test_picture_that_is_gone_is_a_sentence(pictures: Pictures) -> None:
    with pytest.raises(PictureError, match="no longer stored"):
        await pictures.read("job1.png")


async def test_a_result_whose_own_address_is_dead_is_found_behind_the_relays_path(
    stock: Stock, fetcher: ShelfFetcher, workers: Workers
) -> None:
    near = Pictures(stock, fetcher, workers, relay_limit=100_000, relays=[URL("https://relay.example/gate")])
    fetcher.shelf["https://relay.example/gate/mj/image/1?rand=2"] = picture()

    key = await near.keep_original("job1", "https://dead.example/mj/image/1?rand=2")

    assert await near.read(key) == picture()
    with pytest.raises(PictureError):  # a member's own address never leads there
        await near.keep_input("job1-input1", Source("https://dead.example/mj/image/1?rand=2"))


async def test_a_thumbnail_is_made_once_and_kept(pictures: Pictures, shelf: Shelf) -> None:
    key = await shelf.kept(picture((1600, 800)))

    first = await pictures.thumbnail(key)

    assert open_bytes(first).size == (400, 200)
    assert await pictures.has_thumbnail(key)
    assert await pictures.read(thumbnail_of(key)) == await pictures.thumbnail(key) == first


async def test_a_thumbnail_goes_with_its_picture(pictures: Pictures, shelf: Shelf) -> None:
    key = await shelf.kept(picture())
    await pictures.thumbnail(key)

    await pictures.remove([key])

    assert not await pictures.has_thumbnail(key)
    with pytest.raises(PictureError):
        await pictures.thumbnail(key)


def test_a_thumbnail_is_neither_a_result_nor_an_input() -> None:
    assert kind_of(thumbnail_of("00000000000000aa.png")) is PictureKind.THUMBNAIL
    assert kind_of(thumbnail_of("00000000000000aa-input1.png")) is PictureKind.THUMBNAIL
