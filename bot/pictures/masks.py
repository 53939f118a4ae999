"""Masks over pictures, white = repaint, black = keep; and the 3x3 grid by which cells are chosen."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.imaging import PREVIEW_SIDE, encoded, opened, size


@dataclass(frozen=True, slots=True)
class Mask:
    """A kept mask: an opaque PNG of its picture's exact size, white = repaint, black = keep."""

    key: str
    is_empty: bool
    is_full: bool
    was_scaled: bool


def flat(image: Image.Image) -> Image.Image:
    """A mask in shades of grey; transparent counts as black: keep."""
    flat = Image.new("L", image.size, 0)
    shades = image.convert("RGBA")
    flat.paste(shades.convert("L"), mask=shades.getchannel("A"))
    return flat


def cell_boxes(area: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """The nine cells of a 3x3 grid, row by row; right and lower edges are exclusive and nothing is left out."""
    across = [area[0] * part // 3 for part in range(4)]
    down = [area[1] * part // 3 for part in range(4)]
    return [(across[column], down[row], across[column + 1], down[row + 1]) for row in range(3) for column in range(3)]


def mask_of_cells(source: Path, cells: Collection[int]) -> Image.Image:
    """A mask in the size of a picture, white in these cells (0 to 8, row by row)."""
    mask = Image.new("L", size(source), 0)
    for cell in cells:
        mask.paste(255, cell_boxes(mask.size)[cell])
    return mask


def gridded(source: Path) -> bytes:
    """A picture under a numbered 3x3 grid, as a small WebP."""
    with opened(source) as image:
        picture = image.convert("RGB")
        picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    pen = ImageDraw.Draw(picture, "RGBA")
    badge = max(picture.size) // 18
    font = ImageFont.load_default(badge * 0.7)
    for number, (left, top, right, bottom) in enumerate(cell_boxes(picture.size), start=1):
        pen.rectangle((left, top, right - 1, bottom - 1), outline=(255, 255, 255, 200), width=2)
        pen.rectangle((left + 2, top + 2, left + 2 + badge, top + 2 + badge), fill=(0, 0, 0, 150))
        pen.text((left + 2 + badge / 2, top + 2 + badge / 2), str(number), fill="white", font=font, anchor="mm")
    return encoded(picture, "WEBP", 85)


def hardened(mask: Image.Image) -> Image.Image:
    """A mask in black and white alone."""
    return mask.point([0] * 128 + [255] * 128)
