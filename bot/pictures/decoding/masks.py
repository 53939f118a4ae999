"""Masks over pictures, white = repaint, black = keep; and the 3x3 grid by which cells are chosen."""

from collections.abc import Collection

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.decoding.encoding import PREVIEW_SIDE, small_webp

CHOSEN_FILL, CHOSEN_EDGE = (35, 165, 90, 110), (35, 165, 90, 255)  # as the button of a chosen cell is


def hard(picture: Image.Image) -> Image.Image:
    """A mask in black and white alone; transparent counts as black: keep."""
    flat = Image.new("L", picture.size, 0)
    flat.paste(picture.convert("L"), mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return flat.point([0] * 128 + [255] * 128)


def cut_out(mask: Image.Image) -> Image.Image:
    """The same mask in the other convention: what is painted anew can be seen through, the rest is black."""
    seen_through = Image.new("RGBA", mask.size, (0, 0, 0, 255))
    seen_through.putalpha(inverted(mask))
    return seen_through


def canvas(picture: Image.Image, mask: Image.Image | None, shape: str) -> Image.Image:
    """A picture that can be seen through where it is to be painted anew: in the white of a mask, or around it.

    `shape` is width to height ("3:2"): the smallest canvas of that shape around the picture; "" = its own.
    """
    shown = picture.convert("RGBA")
    if mask is not None:
        shown.putalpha(inverted(mask).resize(shown.size, Image.Resampling.NEAREST))
    if not shape:
        return shown
    wide, high = (int(part) for part in shape.split(":"))
    size = max(shown.width, round(shown.height * wide / high)), max(shown.height, round(shown.width * high / wide))
    around = Image.new("RGBA", size)
    around.paste(shown, ((size[0] - shown.width) // 2, (size[1] - shown.height) // 2))
    return around


def inverted(mask: Image.Image) -> Image.Image:
    """The same mask in the opposite convention: black = repaint, white = keep."""
    return hard(mask).point([255 - value for value in range(256)])


def of_cells(size: tuple[int, int], cells: Collection[int]) -> Image.Image:
    """A mask of this size, white in these cells (0 to 8, row by row)."""
    mask = Image.new("L", size, 0)
    for cell in cells:
        mask.paste(255, _boxes(size)[cell])
    return mask


def gridded(picture: Image.Image, chosen: Collection[int] = ()) -> bytes:
    """A picture under a numbered 3x3 grid, as a small WebP; chosen cells (0 to 8) stand out in green."""
    small = picture.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    pen = ImageDraw.Draw(small, "RGBA")
    badge = max(small.size) // 18
    font = ImageFont.load_default(max(1.0, badge * 0.7))
    for number, (left, top, right, bottom) in enumerate(_boxes(small.size), start=1):
        if right - left > 4 and bottom - top > 4:
            is_chosen = number - 1 in chosen
            fill, edge = (CHOSEN_FILL, CHOSEN_EDGE) if is_chosen else (None, (255, 255, 255, 200))
            pen.rectangle(
                (left, top, right - 1, bottom - 1), fill=fill, outline=edge, width=max(2, badge // 6 * is_chosen)
            )
            corner = left + 2, top + 2, left + 2 + badge, top + 2 + badge
            pen.rectangle(corner, fill=CHOSEN_EDGE if is_chosen else (0, 0, 0, 150))
            pen.text((left + 2 + badge / 2, top + 2 + badge / 2), str(number), fill="white", font=font, anchor="mm")
    return small_webp(small, 85)


def _boxes(area: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """The nine cells of a 3x3 grid, row by row; right and lower edges are exclusive and nothing is left out."""
    across = [area[0] * part // 3 for part in range(4)]
    down = [area[1] * part // 3 for part in range(4)]
    return [(across[column], down[row], across[column + 1], down[row + 1]) for row in range(3) for column in range(3)]
