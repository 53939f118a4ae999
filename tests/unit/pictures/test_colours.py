"""Depth, modes and profiles: the pixels that go on have the colours that people saw."""

import io
import struct
import zlib

import pytest
from PIL import Image

from bot.pictures.folder import Pictures
from tests.support.makers import picture
from tests.support.ports import ShelfFetcher
from tests.unit.pictures.shelf import ADDRESS, ATTACHED, SRGB, Shelf, chunk, close, saved, with_chunks


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
