"""What the tests of the other engines order from Discord, and what left for them."""

from typing import Any

from sandbox.driver import mask_of
from tests.e2e.gestures import RED, painted
from tests.e2e.studio import Ordered, Studio, ordered

FIRST_ROW = ["Again", "Vary the prompt"]
SECOND_ROW = ["Use in Midjourney", "Use as input for…", "Details"]


async def asked(studio: Studio, command: str, **options: Any) -> Ordered:
    """A job of Ana's that a command started."""
    return ordered(await studio.slash(command, options), "ana", "studio")


def bodies(studio: Studio, ending: str, prompt: str) -> list[Any]:
    """What the paid calls to a path carried, those with this prompt."""
    return [
        request.body
        for request in studio.relay.wire.requests
        if request.method == "POST" and request.path.endswith(ending) and prompt in str(request.body)
    ]


def picture(studio: Studio, colour: tuple[int, int, int] = RED, name: str = "red.png") -> str:
    return studio.upload(name, painted(colour, (512, 512)))


def half_white(studio: Studio) -> str:
    """A mask whose right half may change."""
    return studio.upload("mask.png", mask_of((512, 512), (256, 0, 512, 512)))
