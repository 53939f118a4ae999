"""What many steps of the tour do: a grid, what comes of a button, a picture to send."""

from PIL import Image, ImageDraw

from sandbox.message_view import Message
from sandbox.tour.guide import Guide


async def make(guide: Guide, prompt: str) -> Message:
    """A grid of Ana's, to go on with: its own calls are not what a step is about."""
    grid = await guide.result(await guide.slash("imagine", {"prompt": prompt}))
    guide.show(grid)
    guide.calls.clear()
    return grid


async def follow(guide: Guide, message: Message, label: str) -> Message:
    """What comes of a button."""
    result = await guide.result(await guide.press(message, label))
    guide.show(result)
    return result


def sign(colour: str) -> Image.Image:
    """A small picture to send: a disc of one colour."""
    image = Image.new("RGB", (360, 360), "ivory")
    ImageDraw.Draw(image).ellipse((60, 60, 300, 300), fill=colour)
    return image
