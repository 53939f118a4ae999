"""A surface to paint on in world units, so that a scene looks the same at any size and extent."""

import colorsys
import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from PIL import Image, ImageChops, ImageColor, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
Size = tuple[int, int]

FINENESS = 2  # drawn this many times larger and averaged, since Pillow draws hard edges
GRAIN_TILE = 192  # pixels


class View(NamedTuple):
    """The piece of the world that a picture shows; a scene's home is 0..1 high and centred on x = 0."""

    left: float
    top: float
    right: float
    bottom: float

    def part(self, left: float, top: float, right: float, bottom: float) -> "View":
        """The view whose edges stand at these fractions of this one; outside of 0..1 it grows."""
        width, height = self.right - self.left, self.bottom - self.top
        return View(
            self.left + width * left,
            self.top + height * top,
            self.left + width * right,
            self.top + height * bottom,
        )


def home_view(size: Size) -> View:
    """The view of a freshly painted picture of this size."""
    half = size[0] / size[1] / 2
    return View(-half, 0.0, half, 1.0)


def colour(text: str) -> Colour:
    """A colour by its hex code or CSS name."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def between(first: Colour, second: Colour, share: float) -> Colour:
    """The mixture of two colours; share 0 is the first, 1 the second."""
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def turned(shade: Colour, degrees: float, *, saturation: float = 1.0, light: float = 1.0) -> Colour:
    """The colour with its hue turned and its saturation and lightness scaled."""
    hue, lightness, strength = colorsys.rgb_to_hls(*(part / 255 for part in shade))
    parts = colorsys.hls_to_rgb((hue + degrees / 360) % 1, min(1.0, lightness * light), min(1.0, strength * saturation))
    red, green, blue = (round(part * 255) for part in parts)
    return red, green, blue


def smooth(points: Sequence[Point], steps: int = 7, *, closed: bool = True) -> list[Point]:
    """A soft curve through the points (Catmull-Rom)."""
    count = len(points)
    curve: list[Point] = []
    for index in range(count if closed else count - 1):
        picked = [index - 1, index, index + 1, index + 2]
        before, start, end, after = (points[i % count] if closed else points[max(0, min(count - 1, i))] for i in picked)
        for step in range(steps):
            t = step / steps
            x, y = (
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3)
                for a, b, c, d in zip(before, start, end, after, strict=True)
            )
            curve.append((x, y))
    return curve if closed else [*curve, points[-1]]


@cache
def halo(sixteenths: int) -> Image.Image:
    """A soft round light, bright in the middle and nothing at the rim, as a mask of this strength."""
    ring = ImageChops.invert(Image.radial_gradient("L"))
    return ring.point(lambda v: int((max(0, v - 74) / 181) ** 2 * 255 * sixteenths / 16))


@cache
def grain_tile() -> Image.Image:
    """Fine noise around middle grey; always the same, so that a picture can be painted again exactly."""
    noise = random.Random(7).randbytes(GRAIN_TILE * GRAIN_TILE)
    return Image.frombytes("L", (GRAIN_TILE, GRAIN_TILE), noise).point(lambda v: 128 + (v - 128) // 26)


class Canvas:
    """An image with a view onto the world; every length is in world units."""

    def __init__(self, view: View, size: Size) -> None:
        self.view = view
        self.size = size
        self._scale = size[1] * FINENESS / (view.bottom - view.top)
        self.image = Image.new("RGB", (size[0] * FINENESS, size[1] * FINENESS))
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def spot(self, point: Point) -> Point:
        """Where a point of the world lies on the image, in pixels."""
        return (point[0] - self.view.left) * self._scale, (point[1] - self.view.top) * self._scale

    def columns(self, spacing: float, margin: float = 0.0) -> range:
        """The numbers of all columns `spacing` wide that the view touches."""
        first = int((self.view.left - margin) // spacing)
        return range(first, int((self.view.right + margin) // spacing) + 2)

    def along(self, step: float = 0.006) -> list[float]:
        """Places along x, close enough for a line of hills; the same places whatever the view."""
        return [column * step for column in self.columns(step, margin=0.12)]

    def shape(self, points: Sequence[Point], shade: Colour, alpha: float = 1.0) -> None:
        """A filled polygon."""
        self._draw.polygon([self.spot(point) for point in points], fill=(*shade, round(alpha * 255)))

    def disc(self, centre: Point, radius: float, shade: Colour, alpha: float = 1.0, *, flat: float = 1.0) -> None:
        """A filled ellipse; `flat` is its height over its width."""
        x, y = self.spot(centre)
        wide, high = radius * self._scale, radius * self._scale * flat
        self._draw.ellipse((x - wide, y - high, x + wide, y + high), fill=(*shade, round(alpha * 255)))

    def block(self, left: float, top: float, right: float, bottom: float, shade: Colour, alpha: float = 1.0) -> None:
        """A filled rectangle."""
        box = (*self.spot((left, top)), *self.spot((right, bottom)))
        self._draw.rectangle(box, fill=(*shade, round(alpha * 255)))

    def line(self, points: Sequence[Point], shade: Colour, width: float, alpha: float = 1.0) -> None:
        """A stroke through the points."""
        pixels = max(1, round(width * self._scale))
        spots = [self.spot(point) for point in points]
        self._draw.line(spots, fill=(*shade, round(alpha * 255)), width=pixels, joint="curve")

    def glow(self, centre: Point, radius: float, shade: Colour, alpha: float = 1.0, *, flat: float = 1.0) -> None:
        """Light that fades outwards."""
        x, y = self.spot(centre)
        wide, high = radius * self._scale, radius * self._scale * flat
        left, top, right, bottom = self._clipped(x - wide, y - high, x + wide, y + high)
        if left >= right or top >= bottom:
            return
        mask = halo(round(alpha * 16))
        across, down = mask.width / (2 * wide), mask.height / (2 * high)
        seen = (
            (left - x + wide) * across,
            (top - y + high) * down,
            (right - x + wide) * across,
            (bottom - y + high) * down,
        )
        box = (max(0.0, seen[0]), max(0.0, seen[1]), min(float(mask.width), seen[2]), min(float(mask.height), seen[3]))
        soft = mask.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box)
        self.image.paste(shade, (left, top, right, bottom), soft)

    def wash(self, stops: Sequence[tuple[float, Colour]], points: Sequence[Point] | None = None) -> None:
        """Colours that flow from one height to the next, over everything or inside the polygon."""
        if points is None:
            self.image.paste(self._gradient(stops, self.image.width, 0, self.image.height), (0, 0))
            return
        spots = [self.spot(point) for point in points]
        across, down = [x for x, _ in spots], [y for _, y in spots]
        left, top, right, bottom = self._clipped(min(across), min(down), max(across) + 1, max(down) + 1)
        if left >= right or top >= bottom:
            return
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in spots], fill=255)
        self.image.paste(self._gradient(stops, right - left, top, bottom), (left, top), mask)

    def mist(self, top: float, bottom: float, shade: Colour, alpha: float) -> None:
        """A veil which is thin at the top and `alpha` thick at the bottom, and gone below."""
        first, last = round(self.spot((0, top))[1]), round(self.spot((0, bottom))[1])
        height = last - first
        if height <= 0 or last <= 0 or first >= self.image.height:
            return
        ramp = Image.linear_gradient("L").resize((1, height)).point(lambda v: int(v * alpha))
        mask = ramp.resize((self.image.width, height), Image.Resampling.NEAREST)
        self.image.paste(shade, (0, first, self.image.width, last), mask)

    def finished(self) -> Image.Image:
        """The picture at its true size, with a little grain."""
        image = self.image.reduce(FINENESS)
        grain = Image.new("L", image.size)
        for left in range(0, image.width, GRAIN_TILE):
            for top in range(0, image.height, GRAIN_TILE):
                grain.paste(grain_tile(), (left, top))
        return ImageChops.add(image, Image.merge("RGB", (grain,) * 3), offset=-128)

    def _clipped(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        """The whole pixels of a box that lie on the image."""
        width, height = self.image.size
        return max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))

    def _gradient(self, stops: Sequence[tuple[float, Colour]], width: int, top: int, bottom: int) -> Image.Image:
        count = max(1, (bottom - top) // 4)  # every fourth row is computed, the rest lies between
        step = (bottom - top) / count
        column = Image.new("RGB", (1, count))
        rows = ((top + (row + 0.5) * step) / self._scale + self.view.top for row in range(count))
        column.putdata([shade_at(stops, height) for height in rows])
        return column.resize((1, bottom - top), Image.Resampling.BILINEAR).resize(
            (width, bottom - top), Image.Resampling.NEAREST
        )


def shade_at(stops: Sequence[tuple[float, Colour]], height: float) -> Colour:
    """The colour of a gradient at one height."""
    for (upper, above), (lower, below) in pairwise(stops):
        if height <= lower:
            return between(above, below, max(0.0, (height - upper) / (lower - upper)))
    return stops[-1][1]
