"""Pictures made of several others: blends and face swaps."""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageOps
from typing_extensions import override

from sandbox.relay.painting.canvas import Size, View
from sandbox.relay.painting.pictures import Mirrored, Picture, Pixels, Still
from sandbox.relay.painting.scene import World


@dataclass(frozen=True, eq=False)
class Blended(Still):
    """Several pictures in one. Cells 0 and 1 mix evenly, 2 and 3 from side to side; `turn` quarters the sides."""

    parts: tuple[Picture, ...]
    turn: int
    cell: int
    size: Size

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """Each further picture shines through the ones before it, evenly or through a soft gradient."""
        image = ImageOps.fit(pixels(self.parts[0]), self.size)
        for place, part in enumerate(self.parts[1:], start=1):
            layer = ImageOps.fit(pixels(part), self.size)
            share = 1 / (place + 1)
            if self.cell < 2:
                image = Image.blend(image, layer, share + (-0.06, 0.08)[(self.cell + self.turn) % 2])
            else:
                slope = Image.linear_gradient("L").rotate(90 * (self.cell + self.turn + 2 * place)).resize(self.size)
                image = Image.composite(layer, image, slope)
        return image


@dataclass(frozen=True, eq=False)
class Swapped:
    """The target with a round piece of the source where a face would be."""

    source: Picture
    target: Picture

    @property
    def size(self) -> Size:
        return self.target.size

    @property
    def view(self) -> View:
        return self.target.view

    @property
    def world(self) -> World:
        return Mirrored(self)

    def paint(self, pixels: Pixels) -> Image.Image:
        """A circle in the upper middle, its rim softened."""
        image = pixels(self.target).copy()
        side = max(8, min(image.size) * 2 // 5)
        face = ImageOps.fit(pixels(self.source), (side, side), centering=(0.5, 0.35))
        mask = Image.new("L", (side, side))
        rim = side // 14
        ImageDraw.Draw(mask).ellipse((rim, rim, side - rim, side - rim), fill=255)
        place = ((image.width - side) // 2, (image.height - side) * 3 // 10)
        image.paste(face, place, mask.filter(ImageFilter.GaussianBlur(rim / 2)))
        return image
