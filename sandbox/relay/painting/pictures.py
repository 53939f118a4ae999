"""Pictures before they are painted: small recipes that refer to each other, painted when someone looks.

Every recipe knows its size, and the world and view that continue it beyond its edges, so that any picture can be
zoomed, panned and varied. `paint` receives a function that gives the pixels of another recipe (from a cache).
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageDraw, ImageFilter, ImageOps
from typing_extensions import override

from sandbox.relay.painting.canvas import Size, View, home_view
from sandbox.relay.painting.dials import Dials
from sandbox.relay.painting.scene import World

Pixels = Callable[["Picture"], Image.Image]


class Picture(Protocol):
    """A recipe. Recipes are compared by identity: each is a picture of its own."""

    @property
    def size(self) -> Size:
        """In pixels."""
        ...

    @property
    def world(self) -> World:
        """What continues the picture."""
        ...

    @property
    def view(self) -> View:
        """Which part of the world it shows."""
        ...

    def paint(self, pixels: Pixels) -> Image.Image:
        """The picture itself."""
        ...


@dataclass(frozen=True, eq=False)
class Painted:
    """A view of a world."""

    world: World
    view: View
    size: Size

    def paint(self, pixels: Pixels) -> Image.Image:  # noqa: ARG002  (needs no other picture)
        """Paint the view."""
        return self.world.paint(self.view, self.size)


class Still:
    """Base of pictures without surroundings: further out they go on as their own reflection."""

    size: Size

    @property
    def view(self) -> View:
        return home_view(self.size)

    @property
    def world(self) -> World:
        return Mirrored(self)

    def paint(self, pixels: Pixels) -> Image.Image:
        """The picture itself."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Uploaded(Still):
    """A picture that came in as bytes, already checked."""

    data: bytes
    size: Size

    @override
    def paint(self, pixels: Pixels) -> Image.Image:
        """The decoded picture."""
        return self.decoded()

    def decoded(self) -> Image.Image:
        """Its pixels; transparency shows white."""
        with Image.open(io.BytesIO(self.data)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")


@dataclass(frozen=True, eq=False)
class Grid:
    """Four cells of one size, two by two."""

    cells: tuple[Picture, ...]

    @property
    def size(self) -> Size:
        return self.cells[0].size[0] * 2, self.cells[0].size[1] * 2

    @property
    def view(self) -> View:
        return self.cells[0].view

    @property
    def world(self) -> World:
        return self.cells[0].world

    def paint(self, pixels: Pixels) -> Image.Image:
        """Put the four side by side."""
        grid = Image.new("RGB", self.size)
        wide, high = self.cells[0].size
        for index, cell in enumerate(self.cells):
            grid.paste(pixels(cell), (index % 2 * wide, index // 2 * high))
        return grid


@dataclass(frozen=True, eq=False)
class Zoomed:
    """The parent made smaller within `around`, a larger view of its own world; further out comes `world`."""

    parent: Picture
    around: Picture
    world: World

    @property
    def view(self) -> View:
        return self.around.view

    @property
    def size(self) -> Size:
        return self.around.size

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where the parent lies, in pixels."""
        inner, outer = self.parent.view, self.view
        across = self.size[0] / (outer.right - outer.left)
        down = self.size[1] / (outer.bottom - outer.top)
        return (
            round((inner.left - outer.left) * across),
            round((inner.top - outer.top) * down),
            round((inner.right - outer.left) * across),
            round((inner.bottom - outer.top) * down),
        )

    def paint(self, pixels: Pixels) -> Image.Image:
        """Close to the parent the surroundings are its own world, so that no seam shows."""
        left, top, right, bottom = self.box
        near = Image.new("L", self.size)
        margin = max(self.size) // 16
        ImageDraw.Draw(near).rectangle((left - margin, top - margin, right + margin, bottom + margin), fill=255)
        image = Image.composite(
            pixels(self.around),
            pixels(Painted(self.world, self.view, self.size)),
            near.filter(ImageFilter.GaussianBlur(margin // 2)),
        )
        inner = pixels(self.parent)
        if inner.size != (right - left, bottom - top):
            inner = inner.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
        image.paste(inner, (left, top))
        return image


@dataclass(frozen=True, eq=False)
class Upscaled:
    """The parent at several times its size; the creative kind adds detail."""

    parent: Picture
    is_creative: bool
    factor: int

    @property
    def size(self) -> Size:
        return self.parent.size[0] * self.factor, self.parent.size[1] * self.factor

    @property
    def view(self) -> View:
        return self.parent.view

    @property
    def world(self) -> World:
        return self.parent.world

    def paint(self, pixels: Pixels) -> Image.Image:
        """Lanczos, and for the creative kind crisper edges."""
        large = pixels(self.parent).resize(self.size, Image.Resampling.LANCZOS)
        if not self.is_creative:
            return large
        return large.filter(ImageFilter.UnsharpMask(radius=3, percent=90, threshold=2))


@dataclass(frozen=True, eq=False)
class Repainted:
    """The parent with only the white of the mask painted anew."""

    parent: Picture
    fresh: World
    mask: Uploaded

    @property
    def size(self) -> Size:
        return self.parent.size

    @property
    def view(self) -> View:
        return self.parent.view

    @property
    def world(self) -> World:
        return Patched(self.parent.world, self.fresh, self.parent.view, self.mask)

    def paint(self, pixels: Pixels) -> Image.Image:
        """Outside of the white every pixel is the parent's."""
        mask = hard_mask(pixels(self.mask), self.size)
        fresh = pixels(Painted(self.fresh, centred(self.view, self.view, mask), self.size))
        return Image.composite(fresh, pixels(self.parent), mask)


def paint_plainly(picture: Picture) -> Image.Image:
    """The pixels of a recipe, painted with everything it needs, without a cache."""
    return picture.paint(paint_plainly)


def centred(view: View, home: View, mask: Image.Image) -> View:
    """The view, moved sideways so that the middle of a world shows in the middle of the mask's white."""
    left, _, right, _ = mask.getbbox() or (0, 0, mask.width, mask.height)
    shift = (home.right - home.left) * ((left + right) / 2 / mask.width - 0.5)
    return View(view.left - shift, view.top, view.right - shift, view.bottom)


def hard_mask(image: Image.Image, size: Size) -> Image.Image:
    """A mask of this size with nothing between keep (0) and repaint (255)."""
    return image.convert("L").resize(size, Image.Resampling.NEAREST).point(lambda v: 255 if v >= 128 else 0)


def mirrored_tiles(image: Image.Image) -> Image.Image:
    """The image in the middle of its eight reflections."""
    wide, high = image.size
    tiles = Image.new("RGB", (wide * 3, high * 3))
    for column in range(3):
        for row in range(3):
            tile = ImageOps.mirror(image) if column != 1 else image
            tiles.paste(ImageOps.flip(tile) if row != 1 else tile, (column * wide, row * high))
    return tiles


@dataclass(frozen=True, eq=False)
class Mirrored:
    """The world of a picture that nobody painted here: it goes on as its own reflection."""

    picture: Picture
    nudge: Dials | None = None

    def varied(self, seed: int, strength: float, prompt: str) -> "Mirrored":  # noqa: ARG002  (pixels have no words)
        """The same picture, moved a little and in another light."""
        return Mirrored(self.picture, (self.nudge or Dials(seed)).nudged(seed, strength))

    def paint(self, view: View, size: Size) -> Image.Image:
        """The part of the endless reflection that the view shows."""
        image = self.picture.paint(paint_plainly)
        home = self.picture.view
        tiles = mirrored_tiles(image)
        across, down = image.width / (home.right - home.left), image.height / (home.bottom - home.top)
        box = [
            (view.left - home.left) * across + image.width,
            (view.top - home.top) * down + image.height,
            (view.right - home.left) * across + image.width,
            (view.bottom - home.top) * down + image.height,
        ]
        if self.nudge is not None:
            trim = self.nudge("trim", 0.02, 0.16)
            wide, high = (box[2] - box[0]) * trim, (box[3] - box[1]) * trim
            slide = self.nudge("slide")
            box = [
                box[0] + wide * slide,
                box[1] + high * slide,
                box[2] - wide * (1 - slide),
                box[3] - high * (1 - slide),
            ]
        data = tuple(box)
        shown = tiles.transform(size, Image.Transform.EXTENT, data, Image.Resampling.BICUBIC)
        if self.nudge is None:
            return shown
        turn = int(self.nudge("hue", -16, 16))
        hue, saturation, value = shown.convert("HSV").split()
        turned = Image.merge("HSV", (hue.point(lambda v: (v + turn) % 256), saturation, value)).convert("RGB")
        return ImageOps.mirror(turned) if self.nudge.chance("mirror", 0.5) else turned


@dataclass(frozen=True, eq=False)
class Patched:
    """A world in which a region was painted anew."""

    base: World
    fresh: World
    home: View
    mask: Uploaded

    def varied(self, seed: int, strength: float, prompt: str) -> "Patched":
        """Both sides move together."""
        return Patched(
            self.base.varied(seed, strength, prompt), self.fresh.varied(seed, strength, prompt), self.home, self.mask
        )

    def paint(self, view: View, size: Size) -> Image.Image:
        """The base with the region laid over it where it falls."""
        mask = hard_mask(self.mask.decoded(), self.mask.size)
        across = mask.width / (self.home.right - self.home.left)
        down = mask.height / (self.home.bottom - self.home.top)
        box = (
            (view.left - self.home.left) * across,
            (view.top - self.home.top) * down,
            (view.right - self.home.left) * across,
            (view.bottom - self.home.top) * down,
        )
        placed = mask.transform(size, Image.Transform.EXTENT, box)
        fresh = self.fresh.paint(centred(view, self.home, mask), size)
        return Image.composite(fresh, self.base.paint(view, size), placed)


def parts_of(grid: Picture) -> Sequence[Picture]:
    """The cells of a grid; any other picture is its own only part."""
    return grid.cells if isinstance(grid, Grid) else (grid,)
