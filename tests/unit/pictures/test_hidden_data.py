"""What a file carries beside its pixels stays behind, and never decides whether the picture is taken."""

import io
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from bot.errors import PictureError
from bot.pictures.folder import Pictures
from sandbox import hostile_pictures
from tests.support.makers import picture
from tests.unit.pictures.shelf import Shelf, chunk, close, placed, saved, with_chunks

pytestmark = pytest.mark.process

COMMENT = b"a secret place"

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
    # Words of three letters would now and then be found in noise.
    assert not any(word in sent for word in (COMMENT, b"Exif", b"eXIf", b"<GPS>", b"XML:com", b"workflow", b"prVt"))


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
    with pytest.raises(PictureError, match=r"larger than 50 megapixels|too long to read"):
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
