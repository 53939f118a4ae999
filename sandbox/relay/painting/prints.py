"""What the engines hand out: the painter's scenes in each engine's own look, and pictures made from given ones."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFont, ImageOps
from typing_extensions import override

from sandbox.relay.painting.canvas import Colour, Size, home_view
from sandbox.relay.painting.dials import Dials, mix
from sandbox.relay.painting.pictures import Painted, Picture, Pixels, Still
from sandbox.relay.painting.scene import Scene
from sandbox.relay.painting.words import plain

SIDE = 1024  # pixels of a square picture; other shapes have its area
PAINTED_SIDE = 768  # pixels of the longer side of what is painted; the rest is made larger
STEP = 16  # pixels; both sides are multiples


@dataclass(frozen=True)
class Look:
    """How an engine's pictures can be told from the others'."""

    label: str
    ink: Colour
    colour: float  # strength of the colours, 1 = as painted
    contrast: float
    light: Colour  # what white becomes
    levels: int = 8  # bits of each colour; fewer look like a poster


IDEOGRAM = Look("ideogram", (214, 64, 69), 1.25, 1.1, (255, 255, 255), levels=4)
FAL = Look("fal", (94, 64, 214), 1.1, 1.0, (226, 236, 255))
JIMENG = Look("jimeng", (178, 34, 34), 0.65, 0.95, (255, 244, 218))
GPT_IMAGE = Look("gpt-image", (16, 124, 96), 1.15, 1.15, (250, 252, 255))
NANO_BANANA = Look("nano-banana", (214, 160, 20), 1.3, 1.05, (255, 250, 226))
SEEDREAM = Look("seedream", (30, 110, 190), 1.2, 1.2, (240, 250, 255))
QWEN_IMAGE = Look("qwen-image", (110, 60, 190), 1.1, 1.25, (248, 240, 255))
FLUX = Look("flux", (40, 44, 52), 0.9, 1.2, (244, 246, 250))
KLING = Look("kling", (24, 140, 110), 0.95, 1.3, (240, 255, 244))


@dataclass(frozen=True, eq=False)
class Print(Still):
    """A picture at a size, in a look, with the engine's name in the corner."""

    size: Size
    inner: Picture
    look: Look

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """The inner picture, coloured and signed."""
        look = self.look
        image = ImageOps.fit(pixels(self.inner), self.size, Image.Resampling.LANCZOS)
        image = ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(look.colour)).enhance(look.contrast)
        image = ImageChops.multiply(ImageOps.posterize(image, look.levels), Image.new("RGB", image.size, look.light))
        return signed(image, look)


@dataclass(frozen=True, eq=False)
class Remixed(Still):
    """A fresh picture through which given ones show; `weight` (0..1) is their share."""

    size: Size
    fresh: Picture
    given: tuple[Picture, ...]
    weight: float

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """The given ones evenly mixed, then laid over the fresh one."""
        layer = ImageOps.fit(pixels(self.given[0]), self.size)
        for place, one in enumerate(self.given[1:], start=2):
            layer = Image.blend(layer, ImageOps.fit(pixels(one), self.size), 1 / place)
        return Image.blend(pixels(self.fresh), layer, self.weight)


@dataclass(frozen=True, eq=False)
class Worn(Still):
    """A person's picture with the cloth where the upper body would be."""

    size: Size
    person: Picture
    cloth: Picture

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """The cut of a shirt, below where heads are; every other pixel is the person's."""
        image = pixels(self.person).copy()
        wide, high = round(image.width * 0.5), round(image.height * 0.38)
        corners = [(0.3, 0), (0.7, 0), (1, 0.2), (0.9, 0.45), (0.8, 0.38), (0.8, 1), (0.2, 1), (0.2, 0.38), (0.1, 0.45)]
        shirt = Image.new("L", (wide, high))
        ImageDraw.Draw(shirt).polygon([(x * wide, y * high) for x, y in [*corners, (0, 0.2)]], fill=255)
        cloth = ImageOps.fit(pixels(self.cloth), (wide, high), centering=(0.5, 0.4))
        image.paste(cloth, ((image.width - wide) // 2, round(image.height * 0.54)), shirt)
        return signed(image, KLING)


@dataclass(frozen=True, eq=False)
class Blackened(Still):
    """What remains of a picture that a safety filter took out."""

    size: Size

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Black all over."""
        return Image.new("RGB", self.size)


def signed(image: Image.Image, look: Look) -> Image.Image:
    """The image with the engine's name in its lower left corner."""
    draw = ImageDraw.Draw(image)
    height = max(10, min(image.size) // 28)
    font = ImageFont.load_default(height)
    margin, width = height // 2, draw.textlength(look.label, font)
    box = (margin, image.height - height * 2 - margin, margin + width + height, image.height - margin)
    draw.rounded_rectangle(box, height * 0.6, fill=look.ink)
    draw.text((box[0] + height / 2, (box[1] + box[3]) / 2), look.label, "white", font, anchor="lm")
    return image


def printed(
    look: Look, prompt: str, seed: int, size: Size, given: Sequence[Picture] = (), weight: float = 0.5
) -> Picture:
    """What an engine paints for a prompt: the same for the same seed; given pictures show through."""
    share = min(1.0, PAINTED_SIDE / max(size))
    painted = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
    family = mix(look.label, seed, plain(prompt).lower())
    fresh: Picture = Painted(Scene(prompt, family, Dials(mix(family, "cell", 0))), home_view(painted), painted)
    return Print(size, Remixed(painted, fresh, tuple(given), weight) if given else fresh, look)


def size_of(ratio: float, side: int = SIDE) -> Size:
    """The size in pixels of a picture of this shape (width over height), with the area of `side` squared."""
    wide, high = side * math.sqrt(ratio), side / math.sqrt(ratio)
    return round(wide / STEP) * STEP, round(high / STEP) * STEP


def ratio_of(text: str) -> float | None:
    """The shape that `16:9` or `16_9` names, between 1:4 and 4:1; None for anything else."""
    match = re.fullmatch(r"(\d{1,3})[:_](\d{1,3})", text)
    if match is None or "0" in match.groups():
        return None
    ratio = int(match[1]) / int(match[2])
    return ratio if 1 / 4 <= ratio <= 4 else None
