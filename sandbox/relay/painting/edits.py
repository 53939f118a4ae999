"""Pictures of which only a part is new: repainted by a mask, put into a larger frame, given another background."""

import io
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps
from typing_extensions import override

from sandbox.relay.painting.canvas import Size, home_view
from sandbox.relay.painting.dials import Dials, mix
from sandbox.relay.painting.pictures import Painted, Picture, Pixels, Still, Uploaded, hard_mask
from sandbox.relay.painting.scene import Scene
from sandbox.relay.painting.words import plain

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels


@dataclass(frozen=True, eq=False)
class ByMask(Still):
    """One picture in the white of a mask, another in its black."""

    size: Size
    white: Picture
    black: Picture
    mask: Picture

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Every pixel is that of one of the two."""
        return Image.composite(pixels(self.white), pixels(self.black), hard_mask(pixels(self.mask), self.size))


@dataclass(frozen=True, eq=False)
class InHole(Still):
    """A given picture that is new where its mask can be seen through."""

    size: Size
    given: Picture
    fresh: Picture
    mask: Uploaded

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Outside of the hole every pixel is the given one's."""
        fresh, given = (ImageOps.fit(pixels(one), self.size) for one in (self.fresh, self.given))
        return Image.composite(fresh, given, hole_of(self.mask).resize(self.size, Image.Resampling.NEAREST))


@dataclass(frozen=True, eq=False)
class Framed(Still):
    """A given picture in its box of a larger one."""

    size: Size
    given: Picture
    box: Box
    around: Picture

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Inside of the box every pixel is the given one's, made larger or smaller where the box has another size."""
        image = ImageOps.fit(pixels(self.around), self.size)
        image.paste(inside(pixels(self.given), self.box), self.box[:2])
        return image


@dataclass(frozen=True, eq=False)
class BeforeAnother(Still):
    """A given picture before another background: what stands in the middle is taken for the subject."""

    size: Size
    given: Picture
    background: Picture

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Within the ellipse of the subject every pixel is the given one's."""
        return Image.composite(pixels(self.given), ImageOps.fit(pixels(self.background), self.size), subject(self.size))


def hole_of(mask: Uploaded) -> Image.Image:
    """Where a mask can be seen through: white there, else black."""
    with Image.open(io.BytesIO(mask.data)) as image:
        return image.convert("RGBA").getchannel("A").point([255] * 128 + [0] * 128)


def inside(given: Image.Image, box: Box) -> Image.Image:
    """The given picture as a box shows it."""
    size = (box[2] - box[0], box[3] - box[1])
    return given if given.size == size else given.resize(size, Image.Resampling.LANCZOS)


def subject(size: Size) -> Image.Image:
    """The ellipse that is taken for the subject of a picture, in white."""
    mask = Image.new("L", size)
    wide, high = size
    ImageDraw.Draw(mask).ellipse((wide // 4, high // 6, wide * 3 // 4, high * 5 // 6), fill=255)
    return mask


def beyond(given: Picture, size: Size, box: Box) -> Picture:
    """What lies around a picture that has its box in a frame: its own world goes on there.

    Where nobody painted it here it goes on as its own reflection, which ends a picture's length away.
    """
    wide, high = box[2] - box[0], box[3] - box[1]
    edges = (-box[0] / wide, -box[1] / high, (size[0] - box[0]) / wide, (size[1] - box[1]) / high)
    return Painted(given.world, given.view.part(*edges), size)


def centred_box(given: Size, frame: Size) -> Box:
    """Where a picture lies that is put into the middle of a frame, as large as it fits."""
    share = min(frame[0] / given[0], frame[1] / given[1])
    wide, high = round(given[0] * share), round(given[1] * share)
    left, top = (frame[0] - wide) // 2, (frame[1] - high) // 2
    return left, top, left + wide, top + high


def fresh(label: str, prompt: str, seed: int, size: Size) -> Picture:
    """A scene for a prompt, the same for the same seed."""
    family = mix(label, seed, plain(prompt).lower())
    return Painted(Scene(prompt, family, Dials(mix(family, "cell", 0))), home_view(size), size)
