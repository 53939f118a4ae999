"""Pictures into files: for the relay, for Discord, for the eye."""

import math

from PIL import Image

from bot.pictures.decoding.bounded import Bounded, FullError
from bot.pictures.decoding.bounds import MAX_FRAMES, Refused, Why, check_count
from bot.pictures.decoding.pixels import in_srgb

PREVIEW_SIDE = 1024  # pixels of the longer side of a preview
MOVING_PIXELS = 60_000_000  # of all frames of an animation that is made smaller; some four million take a second
LONGEST_SIDE = 16_383  # pixels that a WebP may have
SHRUNK_PIXELS = 4096 * 4096  # more than that is no use where a file has to be made smaller anyway
# Quality, scale, and how many bytes that takes of those of the first step, roughly. Tried in order until a file fits: a
# little quality first, then size.
_QUALITIES = (
    (92, 1.0, 1.0),
    (85, 1.0, 0.65),
    (75, 1.0, 0.45),
    (75, 0.75, 0.28),
    (70, 0.5, 0.12),
    (60, 0.35, 0.05),
    (50, 0.2, 0.015),
    (50, 0.1, 0.0),
)
_MOVING_QUALITIES = ((75, 1.0), (60, 0.5))


def png(image: Image.Image) -> bytes:
    """An exact file."""
    return _within(math.inf, image, "PNG") or b""


def small_webp(image: Image.Image, quality: int = 80, side: int = PREVIEW_SIDE) -> bytes:
    """A file to look at, whose longer side has at most so many pixels."""
    image.thumbnail((side, side))
    return _within(math.inf, image, "WEBP", quality) or b""


def png_or_jpeg(image: Image.Image, limit: int) -> tuple[bytes, str]:
    """The file and its ending: PNG when that fits, as it is exact; otherwise JPEG.

    Raises:
        Refused: nothing readable fits.
    """
    exact = _within(limit, image, "PNG")
    if exact is not None:
        return exact, "png"
    return _shrunk(on_white(image), limit, "JPEG"), "jpg"


def small_png(image: Image.Image, limit: int) -> bytes:
    """The largest PNG that fits: one that can be seen through has no other form that every relay takes.

    Raises:
        Refused: nothing readable fits.
    """
    for share in (1, 0.8, 0.64, 0.5, 0.4, 0.3, 0.2):
        if (data := _within(limit, _scaled(image, share), "PNG")) is not None:
            return data
    raise Refused(Why.NOTHING_FITS)


def png_or_webp(image: Image.Image, limit: int) -> tuple[bytes, str]:
    """The file and its ending: PNG when that fits, as it is exact; otherwise WebP.

    Raises:
        Refused: nothing readable fits.
    """
    exact = _within(limit, image, "PNG")
    return (exact, "png") if exact is not None else (webp(image, limit), "webp")


def webp(image: Image.Image, limit: int) -> bytes:
    """The best WebP that fits.

    Raises:
        Refused: nothing readable fits.
    """
    return _shrunk(image, limit, "WEBP")


def moving_webp(animation: Image.Image, limit: float) -> bytes | None:
    """An animation as a WebP that fits; None where it takes too many bytes or too much work."""
    count = getattr(animation, "n_frames", 1)
    check_count(count, MAX_FRAMES)
    if count * animation.width * animation.height > MOVING_PIXELS:
        return None
    frames, durations = [], []
    profile = animation.info.get("icc_profile", b"")
    for number in range(count):
        animation.seek(number)
        animation.load()
        frames.append(in_srgb(animation, profile).copy())
        durations.append(int(animation.info.get("duration") or 100))
    for quality, scale in _MOVING_QUALITIES:
        first, *more = [_scaled(frame, scale) for frame in frames]
        buffer = Bounded(limit)
        try:
            first.save(buffer, "WEBP", save_all=True, append_images=more, duration=durations, loop=0, quality=quality)
        except FullError:
            continue
        return buffer.getvalue()
    return None


def on_white(image: Image.Image) -> Image.Image:
    """The picture with nothing to be seen through."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _shrunk(image: Image.Image, limit: int, target: str) -> bytes:
    if image.width * image.height > SHRUNK_PIXELS:
        image = _scaled(image, math.sqrt(SHRUNK_PIXELS / (image.width * image.height)))
    if max(image.size) > LONGEST_SIDE:
        image = _scaled(image, LONGEST_SIDE / max(image.size))
    whole = 0.0  # bytes that the first step would take, as far as the steps so far tell
    for quality, scale, share in _QUALITIES:
        if share * whole > limit:
            continue
        buffer = Bounded(limit)
        try:
            _scaled(image, scale).save(buffer, target, quality=quality)
        except FullError as exc:
            whole = max(whole, exc.size / max(share, 0.01))
        else:
            return buffer.getvalue()
    raise Refused(Why.NOTHING_FITS)


def _scaled(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _within(limit: float, image: Image.Image, target: str, quality: int = 90) -> bytes | None:
    """The encoded picture; None where it takes more than `limit` bytes."""
    buffer = Bounded(limit)
    try:
        if target == "PNG":
            image.save(buffer, "PNG")
        else:
            image.save(buffer, target, quality=quality)
    except FullError:
        return None
    return buffer.getvalue()
