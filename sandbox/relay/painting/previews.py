"""How a picture is shown: previews while it is made, and films."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from sandbox.relay.painting.pictures import Picture

WAYS = ((0.0, 0.2), (0.2, 0.0), (0.0, -0.2), (-0.2, 0.0))  # where the camera goes, of the four films of a set


@dataclass(frozen=True)
class Film:
    """A film of one picture: the camera moves in by `reach` (0..0.5) and back.

    `way` tells one of a set from another; `end` is the picture that it turns into.
    """

    picture: Picture
    reach: float
    way: int = 0
    end: Picture | None = None


def blurred_preview(image: Image.Image, progress: int) -> Image.Image:
    """How the picture looks while it is being made: half the size, sharper with progress (0..100)."""
    half = (max(1, image.width // 2), max(1, image.height // 2))
    coarse = max(1, round((1 - progress / 100) ** 2 * 40))
    tiny = image.resize((max(1, half[0] // coarse), max(1, half[1] // coarse)), Image.Resampling.BOX)
    return tiny.resize(half, Image.Resampling.BICUBIC)


def animated(image: Image.Image, frames: int, film: Film, end: Image.Image | None = None) -> list[Image.Image]:
    """A slow camera move into the picture and back, or on to another picture."""
    size = (image.width // 2 * 2, image.height // 2 * 2)
    aside, down = WAYS[film.way]
    shots = []
    for frame in range(frames):
        share = 1 - abs(frame / frames * 2 - 1)
        inset = film.reach * share * share * (3 - 2 * share)
        box = (
            image.width * inset * (1 + aside),
            image.height * inset * (1 + down),
            image.width * (1 - inset * (1 - aside)),
            image.height * (1 - inset * (1 - down)),
        )
        shot = image.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR)
        shots.append(shot if end is None else Image.blend(shot, ImageOps.fit(end, size), frame / (frames - 1)))
    return shots
