"""Pixels as everybody reads them: upright, eight bits, sRGB.

The only place that knows of modes, depths, profiles and turns; whatever is written again passes through it.
"""

import io

from PIL import ExifTags, Image, ImageCms

from bot.pictures.decoding.opening import Opened

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = (5, 6, 7, 8)  # those that change width and height
_PLAIN = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})  # read alike by everybody
_SRGB = ImageCms.createProfile("sRGB")
_BROKEN = (ImageCms.PyCMSError, OSError, ValueError, TypeError)


def are_plain(found: Opened) -> bool:
    """Whether the pixels of a file can be sent on as they are."""
    return found.image.mode in _PLAIN and not found.profile and orientation(found.exif) == 1


def upright_size(found: Opened) -> tuple[int, int]:
    """Width and height as people see it."""
    width, height = found.image.size
    return (height, width) if orientation(found.exif) in _LYING else (width, height)


def normal(found: Opened) -> Image.Image:
    """The picture as "RGB" or "RGBA", with nothing but its pixels."""
    picture = in_srgb(found.image, found.profile)
    turn = _TURNS.get(orientation(found.exif))
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info = {}
    return picture


def orientation(exif: bytes) -> int:
    """How the camera was held, 1 to 8; 1 is upright, and what is said when nothing readable is."""
    if not exif:
        return 1
    values = Image.Exif()
    try:
        values.load(exif)
        value = values.get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - the pixels are fine, and what the camera says of them is not kept anyway
        return 1
    return value if value in _TURNS else 1


def in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The colours by their profile in "RGB" or "RGBA"; a profile that cannot be used counts as none."""
    image = _in_eight_bits(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if "A" in image.getbands() else "RGB")
    if profile and (converted := _converted(image, profile)) is not None:
        return converted
    target = "RGBA" if "A" in image.getbands() else "RGB"
    return image if image.mode == target else image.convert(target)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Deeper greys scaled; Pillow's own conversion would clip them to white."""
    if not image.mode.startswith("I"):
        return image
    grey = image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    grey.info = {}  # a transparent colour is one of the deeper ones
    return grey


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    alpha = image.getchannel("A") if image.mode == "LA" else None
    colours = image.getchannel("L") if alpha is not None else image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(colours, source, _SRGB, outputMode=target)
    except _BROKEN:
        return None
    if converted is not None and alpha is not None:
        converted.putalpha(alpha)
    return converted
