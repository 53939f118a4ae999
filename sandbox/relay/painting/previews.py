"""How a picture is shown: previews while it is made, and films."""

from PIL import Image


def blurred_preview(image: Image.Image, progress: int) -> Image.Image:
    """How the picture looks while it is being made: half the size, sharper with progress (0..100)."""
    half = (max(1, image.width // 2), max(1, image.height // 2))
    coarse = max(1, round((1 - progress / 100) ** 2 * 40))
    tiny = image.resize((max(1, half[0] // coarse), max(1, half[1] // coarse)), Image.Resampling.BOX)
    return tiny.resize(half, Image.Resampling.BICUBIC)


def animated(image: Image.Image, frames: int, reach: float) -> list[Image.Image]:
    """A slow camera move into the picture and back."""
    size = (image.width // 2 * 2, image.height // 2 * 2)
    shots = []
    for frame in range(frames):
        share = 1 - abs(frame / frames * 2 - 1)
        inset = reach * share * share * (3 - 2 * share)
        box = (
            image.width * inset,
            image.height * inset * 1.2,
            image.width * (1 - inset),
            image.height * (1 - inset * 0.8),
        )
        shots.append(image.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BILINEAR))
    return shots
