"""Sketches: what stands for a painted scene where nobody looks at it closely, a hundred times quicker."""

from PIL import Image, ImageDraw, ImageOps

from sandbox.relay.painting.canvas import Colour, Size, View
from sandbox.relay.painting.dials import Dials, mix
from sandbox.relay.painting.pictures import Painted, Picture, Pixels
from sandbox.relay.painting.scene import Scene

BALLS = 5


def paint_or_sketch(picture: Picture, pixels: Pixels) -> Image.Image:
    """The picture at its true size; a scene is only sketched, everything made of other pictures is painted."""
    if isinstance(picture, Painted) and isinstance(picture.world, Scene):
        return sketch(picture.world, picture.view, picture.size)
    return picture.paint(pixels)


def sketch(scene: Scene, view: View, size: Size) -> Image.Image:
    """A sky and a few hard-edged balls: the same for the same scene and view, others for any other."""
    dials = Dials(mix(repr(scene), repr(view)))
    sky = Image.linear_gradient("L").resize(size)
    image = ImageOps.colorize(sky, shade(dials, "above"), shade(dials, "below"))
    draw = ImageDraw.Draw(image)
    for ball in range(BALLS):
        x, y = dials(f"{ball}.x") * size[0], dials(f"{ball}.y") * size[1]
        radius = dials(f"{ball}.radius", 0.1, 0.3) * min(size)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shade(dials, f"{ball}"))
    return image


def shade(dials: Dials, name: str) -> Colour:
    """Some colour."""
    return int(dials(f"{name}.red", 0, 256)), int(dials(f"{name}.green", 0, 256)), int(dials(f"{name}.blue", 0, 256))
