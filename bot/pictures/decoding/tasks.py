"""What a worker can be asked for: each takes paths of files, answers with values and bytes, and writes nothing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from bot.pictures.decoding import encoding, masks
from bot.pictures.decoding.bounds import Refused, Why
from bot.pictures.decoding.brands import CONVERTED, FILMS, NAMES, Brand
from bot.pictures.decoding.marks import ROOM, Origin, marked, origin_in
from bot.pictures.decoding.opening import announced, moving, opened, read_brand
from bot.pictures.decoding.pixels import are_plain, normal, upright_size

MADE_BYTES = 32 * 1024 * 1024  # of a result that has to be written in another format
THUMBNAIL_SIDE = 400  # pixels
MOST_STACKED_SIDE = 1024  # pixels of each picture
Done = tuple[dict[str, Any], list[bytes]]


def take_input(source: str, limit: int) -> Done:
    """A member's picture as the relay takes it: PNG or JPEG of at most `limit` bytes, upright, betraying nothing."""
    found = opened(Path(source))
    if found.brand in (Brand.PNG, Brand.JPEG) and len(found.data) <= limit and are_plain(found):
        return {"extension": found.brand.value}, [found.data]
    data, extension = encoding.png_or_jpeg(normal(found), limit)
    return {"extension": extension}, [data]


def check_result(source: str) -> Done:
    """What the relay made: its ending, and other bytes only where Discord would not show it as it is."""
    path = Path(source)
    brand = read_brand(path)
    if brand in FILMS:
        return {"extension": brand.value}, []
    found = opened(path)
    if brand not in CONVERTED:
        return {"extension": brand.value}, []
    if (film := _moving_webp(path, MADE_BYTES)) is not None:
        return {"extension": "webp"}, [film]
    data, extension = encoding.png_or_webp(normal(found), MADE_BYTES)
    return {"extension": extension}, [data]


def mark(source: str, origin: str) -> Done:
    """A file as it is, but for the mark that it was generated, where it has none; nothing is decoded for it."""
    return {}, [marked(Path(source).read_bytes(), origin)]


def fit(source: str, limit: int, origin: str = "") -> Done:
    """A picture in at most `limit` bytes, and its ending: a WebP, or an MP4 where only that moves and fits.

    It keeps the mark that it was generated, or gets this one.
    """
    path = Path(source)
    room = limit - (ROOM if origin else 0)
    if (film := _moving_webp(path, room)) is not None:
        return {"extension": "webp"}, [_marked_as(path, film, origin)]
    if (film := _moving_mp4(path, room)) is not None:
        return {"extension": "mp4"}, [_marked_as(path, film, origin)]
    return {"extension": "webp"}, [_marked_as(path, encoding.webp(normal(opened(path)), room), origin)]


def preview_film(source: str, limit: int, origin: str = "") -> Done:
    """A film in at most `limit` bytes: an MP4, else its first picture; and the ending of that. Marked as by `fit`."""
    from bot.pictures.decoding import films  # noqa: PLC0415 - few films are too large, and it loads all of FFmpeg

    path = Path(source)
    brand = read_brand(path)
    if brand not in FILMS:
        raise Refused(Why.OTHER_FORMAT, format=NAMES[brand])
    data, extension = films.preview(path, brand, limit - (ROOM if origin else 0))
    return {"extension": extension}, [_marked_as(path, data, origin)]


def size(source: str) -> Done:
    """Width and height in pixels; nothing is decoded for it."""
    width, height = upright_size(announced(Path(source)))
    return {"width": width, "height": height}, []


def preview(source: str) -> Done:
    """A small WebP of what the relay makes, with its mark."""
    path = Path(source)
    return {}, [_marked_as(path, encoding.small_webp(normal(opened(path))), Origin.MADE)]


def thumbnail(source: str, origin: str = "") -> Done:
    """A picture, or the first of a film, as a WebP for a list of many. Marked as by `fit`."""
    path = Path(source)
    brand = read_brand(path)
    if brand in FILMS:
        from bot.pictures.decoding import films  # noqa: PLC0415 - as above

        first = films.first_picture(path, brand)
    else:
        first = normal(opened(path))
    return {}, [_marked_as(path, encoding.small_webp(first, quality=75, side=THUMBNAIL_SIDE), origin)]


def gridded(source: str, chosen: Sequence[int] = ()) -> Done:
    """A small WebP under a numbered 3x3 grid, with the chosen cells marked."""
    path = Path(source)
    return {}, [_marked_as(path, masks.gridded(normal(opened(path)), chosen), "")]


def quarters(source: str, origin: str = "") -> Done:
    """The four cells of a grid, as PNGs, row by row. Marked as by `fit`."""
    path = Path(source)
    picture = normal(opened(path))
    across, down = max(1, picture.width // 2), max(1, picture.height // 2)
    corners = [(0, 0), (across, 0), (0, down), (across, down)]
    cells = [encoding.png(picture.crop((x, y, x + across, y + down))) for x, y in corners]
    return {}, [_marked_as(path, cell, origin) for cell in cells]


def chart(days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Done:
    """Numbers by day as stacked bars, a PNG."""
    from bot.pictures.decoding import charts  # noqa: PLC0415 - few ask for one, and it loads a font

    return {}, [charts.stacked_bars(days, series)]


def mask_of_cells(parent: str, cells: Sequence[int]) -> Done:
    """A mask of whole cells of a 3x3 grid over a picture."""
    return _mask(masks.of_cells(upright_size(announced(Path(parent))), cells))


def mask_from_upload(source: str, parent: str) -> Done:
    """A member's mask in the size of its picture."""
    mask = masks.hard(normal(opened(Path(source))))
    wanted = upright_size(announced(Path(parent)))
    if mask.size == wanted:
        return _mask(mask)
    return _mask(mask.resize(wanted, Image.Resampling.NEAREST), was_scaled=True)


def mask_from_drawing(source: str, parent: str) -> Done:
    """A mask that was drawn over its picture: a PNG of its exact size."""
    wanted = upright_size(announced(Path(parent)))
    found = announced(Path(source), (Brand.PNG,))
    if found.image.size != wanted:
        raise Refused(Why.OTHER_SIZE, got="{}x{}".format(*found.image.size), wanted="{}x{}".format(*wanted))
    return _mask(masks.hard(normal(opened(Path(source), (Brand.PNG,)))))


def mask_cut_out(source: str) -> Done:
    """A mask as a PNG that can be seen through where it is white."""
    return {}, [encoding.png(masks.cut_out(normal(opened(Path(source)))))]


def edit_canvas(source: str, mask: str, shape: str, limit: int) -> Done:
    """A picture that can be seen through in the white of its mask, and around it where a shape makes room."""
    picture = normal(opened(Path(source)))
    region = normal(opened(Path(mask))) if mask else None
    return {}, [encoding.small_png(masks.canvas(picture, region, shape), limit)]


def mask_inverted(source: str) -> Done:
    """A mask with black and white exchanged."""
    return {}, [encoding.png(masks.inverted(normal(opened(Path(source)))))]


def stacked(sources: Sequence[str]) -> Done:
    """Pictures one below the other on white, all as wide as the widest."""
    pictures = [normal(opened(Path(source))) for source in sources]
    width = min(MOST_STACKED_SIDE, max(picture.width for picture in pictures))
    fitting = [ImageOps.contain(picture, (width, MOST_STACKED_SIDE)) for picture in pictures]
    sheet = Image.new("RGB", (width, sum(picture.height for picture in fitting)), "white")
    top = 0
    for picture in fitting:
        sheet.paste(picture, ((width - picture.width) // 2, top), picture if picture.mode == "RGBA" else None)
        top += picture.height
    return {}, [encoding.png(sheet)]


def _marked_as(source: Path, made: bytes, origin: str) -> bytes:
    """What was made of a file, with that one's mark; with another where it has none, and as it is where that is ""."""
    known = origin_in(source.read_bytes()) or origin
    return marked(made, known) if known else made


def _moving_webp(path: Path, limit: int) -> bytes | None:
    """An animation that fits; None where nothing moves, or only the first frame can be had."""
    try:
        animation = moving(path)
        return None if animation is None else encoding.moving_webp(animation, limit)
    except Exception:  # noqa: BLE001 - damaged in any way; the first frame may still be fine
        return None


def _moving_mp4(path: Path, limit: int) -> bytes | None:
    """An animation as a film; None where nothing moves, or only the first frame can be had."""
    try:
        animation = moving(path)
        if animation is None:
            return None
        from bot.pictures.decoding import films  # noqa: PLC0415 - as above

        return films.moving_mp4(animation, limit)
    except Exception:  # noqa: BLE001 - as above
        return None


def _mask(mask: Image.Image, *, was_scaled: bool = False) -> Done:
    darkest, lightest = mask.getextrema()
    values = {"is_empty": lightest == 0, "is_full": darkest == 255, "was_scaled": was_scaled}
    return values, [encoding.png(mask)]


TASKS: dict[str, Callable[..., Done]] = {
    task.__name__: task
    for task in (
        take_input,
        check_result,
        mark,
        fit,
        preview_film,
        size,
        preview,
        thumbnail,
        gridded,
        quarters,
        chart,
        mask_of_cells,
        mask_from_upload,
        mask_from_drawing,
        mask_cut_out,
        mask_inverted,
        stacked,
        edit_canvas,
    )
}
