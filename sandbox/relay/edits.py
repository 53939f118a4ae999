"""Edits of a picture that the relay did not make itself.

The body is the one that clients send and the C# proxy reads (`SubmitEditsDTO`: `prompt`, `image`); gateways in front of
it add `maskBase64`. What is transparent in the picture, or white in the mask, is painted anew.
"""

import io

from PIL import Image, ImageChops

from sandbox.relay.operations import grid_plan
from sandbox.relay.painting.canvas import home_view
from sandbox.relay.painting.edits import hole_of
from sandbox.relay.painting.pictures import Painted, Picture, Repainted, Uploaded, hard_mask
from sandbox.relay.painting.prints import Remixed
from sandbox.relay.painting.scene import scene_family
from sandbox.relay.tasks import Plan

KEPT_SHARE = 0.6  # of the picture, where nothing in it is marked


def edit(image: Picture, mask: Uploaded | None, prompt: str, seed: int) -> Plan:
    """Four candidates in which only the marked region is new; of a picture without any, all of it changes."""
    marked = region_of(image, mask)
    scenes = scene_family(prompt, seed, ())
    cells: tuple[Picture, ...]
    if marked is None:
        view = home_view(image.size)
        cells = tuple(Remixed(image.size, Painted(one, view, image.size), (image,), KEPT_SHARE) for one in scenes)
    else:
        cells = tuple(Repainted(image, scene, marked) for scene in scenes)

    def again(prompt: str, seed: int) -> Plan:
        return edit(image, mask, prompt, seed)

    return grid_plan("EDIT", prompt, seed, cells, again)


def region_of(image: Picture, mask: Uploaded | None) -> Uploaded | None:
    """What to paint anew, white on black; None where nothing is marked."""
    region = hole_of(image) if isinstance(image, Uploaded) else Image.new("L", image.size)
    if mask is not None:
        region = ImageChops.lighter(region, hard_mask(mask.decoded(), region.size))
    if region.getbbox() is None:
        return None
    file = io.BytesIO()
    region.save(file, "PNG")
    return Uploaded(file.getvalue(), region.size)
