"""What each operation comes to: the plan of a task for imagine and for every button."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from sandbox.relay.buttons import Button, grid_buttons, proxy_single_buttons, single_buttons
from sandbox.relay.films import FILMS, animate, pick_film
from sandbox.relay.orders import Order
from sandbox.relay.painting.canvas import Colour, Size, View, home_view
from sandbox.relay.painting.dials import mix
from sandbox.relay.painting.mixtures import Blended, Swapped
from sandbox.relay.painting.pictures import (
    Grid,
    Painted,
    Picture,
    Repainted,
    Uploaded,
    Upscaled,
    Zoomed,
    paint_plainly,
)
from sandbox.relay.painting.scene import scene_family
from sandbox.relay.prompts import MAX_SIDE, cell_size, parameter, seed_of, version_of
from sandbox.relay.reading import describe, shorten
from sandbox.relay.tasks import Again, Plan

GRID_S, PICK_S, UPSCALE_S, SWAP_S = 60.0, 4.0, 30.0, 20.0
MAX_PANNED_SIDE = 2 * MAX_SIDE  # of a cell, in pixels; a longer pan leaves the other end behind
PAN_STEP = 0.5  # of the picture's own width or height
MAX_ZOOM = 2.0
OUTPAINTS = {"50": 2.0, "75": 1.5}
VARIATIONS = {"low_variation": ("Subtle", 0.14), "variation": ("Strong", 0.3), "high_variation": ("Strong", 0.45)}


def imagine(prompt: str, seed: int, tints: tuple[Colour, ...] = ()) -> Plan:
    """A grid of four related pictures; `--seed` in the prompt wins."""
    named = seed_of(prompt)
    seed = seed if named is None else named
    cells = painted_cells(prompt, seed, tints)

    def again(prompt: str, seed: int) -> Plan:
        return imagine(re.sub(r"\s*--seed\s+\S+", "", prompt), seed, tints)

    return grid_plan("IMAGINE", prompt, seed, cells, again)


@lru_cache(maxsize=64)
def painted_cells(prompt: str, seed: int, tints: tuple[Colour, ...]) -> tuple[Picture, ...]:
    """Four related pictures; asked for again they are the very same, so that the gallery paints them only once."""
    size = cell_size(prompt)
    return tuple(Painted(scene, home_view(size), size) for scene in scene_family(prompt, seed, tints))


def grid_plan(action: str, prompt: str, seed: int, cells: tuple[Picture, ...], again: Again) -> Plan:
    """The plan of any grid."""
    return Plan(action, prompt, seed, GRID_S, Grid(cells), grid_buttons, again, originals=cells)


def single_plan(order: Order, picture: Picture, *, is_upscaled: bool = False) -> Plan:
    """The plan of any single picture."""
    pan_axis = order.parent.plan.pan_axis
    index = int(order.argument) if order.argument.isdecimal() and order.verb == "upsample" else 1

    def offers(job: str) -> list[Button]:
        if order.profile.lists_results:
            return proxy_single_buttons(job, version_of(order.prompt), index, is_upscaled=is_upscaled)
        is_square = picture.size[0] == picture.size[1]
        return single_buttons(
            job, version_of(order.prompt), is_square=is_square, is_upscaled=is_upscaled, pan_axis=pan_axis
        )

    return Plan("UPSCALE", order.prompt, order.seed, UPSCALE_S, picture, offers, pan_axis=pan_axis)


def pick(order: Order) -> Plan:
    """U1 to U4: exactly the cell."""
    plan = replace(single_plan(order, order.picture), seed=order.parent.plan.seed)
    return replace(plan, duration=PICK_S, has_previews=False, credit=f"Image #{order.argument} ")


def vary(order: Order) -> Plan:
    """V1 to V4 and the two Vary buttons: a family of one picture."""
    verb = order.verb
    if verb == "variation" and order.strong is not None:
        verb = "high_variation" if order.strong else "low_variation"
    kind, strength = VARIATIONS[verb]
    parent = order.picture
    size = fitted(parent.view)
    cells = tuple(
        Painted(parent.world.varied(mix(order.seed, cell), strength, order.prompt), parent.view, size)
        for cell in range(4)
    )
    plan = grid_plan("VARIATION", order.prompt, order.seed, cells, repeated(order))
    return replace(plan, credit=f"Variations ({kind}) by ")


def reroll(order: Order) -> Plan:
    """The parent's own operation once more."""
    again = order.parent.plan.again or imagine
    return replace(again(order.prompt, order.seed), action="REROLL")


def upscale(order: Order) -> Plan:
    """Two or four times as large; a redo starts from the picture before the first upscale."""
    source = order.picture
    if isinstance(source, Upscaled):
        source = source.parent
    kind = order.verb.rsplit("_", 1)[-1]
    large = Upscaled(source, is_creative=kind == "creative", factor=4 if kind == "4x" else 2)
    return replace(single_plan(order, large, is_upscaled=True), credit=f"Upscaled ({kind.capitalize()}) by ")


def outpaint(order: Order) -> Plan:
    """Zoom Out 2x and 1.5x, and Make Square."""
    view = order.picture.view
    if order.argument not in OUTPAINTS:
        return framed(order, grown(view, 1.0, 1.0))
    return framed(order, grown(view, aspect(view), OUTPAINTS[order.argument]))


def custom_zoom(order: Order) -> Plan:
    """Zoom by the `--zoom` of the prompt, into the `--ar` of the prompt."""
    view = order.picture.view
    text = parameter(order.prompt, "zoom") or "2"
    zoom = float(text) if re.fullmatch(r"\d*\.?\d+", text) else 0.0
    wide, high = cell_size(order.prompt)
    has_ratio = parameter(order.prompt, "ar", "aspect") is not None
    plan = framed(order, grown(view, wide / high if has_ratio else aspect(view), min(MAX_ZOOM, max(1.0, zoom))))
    if 1 <= zoom <= MAX_ZOOM:
        return plan
    return replace(plan, fail_reason=f"[Invalid parameter] Invalid value provided for argument --zoom: {text}")


def pan(order: Order) -> Plan:
    """The canvas grows by half on one side; the pixels so far stay as they are."""
    parent, way = order.picture, order.verb.removeprefix("pan_")
    axis = 0 if way in ("left", "right") else 1
    unit = (parent.view.right - parent.view.left) / parent.size[0]
    side = parent.size[axis]
    added = round(side * PAN_STEP)
    lost = max(0, side + added - max(MAX_PANNED_SIDE, side))
    edges = list(parent.view)
    ahead = axis + 2 if way in ("right", "down") else axis
    behind = axis if way in ("right", "down") else axis + 2
    direction = 1 if way in ("right", "down") else -1
    edges[ahead] += direction * added * unit
    edges[behind] += direction * lost * unit
    size = (side + added - lost, parent.size[1]) if axis == 0 else (parent.size[0], side + added - lost)
    plan = framed(order, View(*edges), size)
    return replace(
        plan,
        action="PAN",
        credit=f"Pan {way.capitalize()} by ",
        pan_axis="vertical" if axis else "horizontal",
    )


def inpaint(order: Order) -> Plan:
    """Four candidates in which only the white of the mask is new."""
    parent = order.picture
    if order.mask is None:
        raise LookupError("a region needs a mask")
    cells = tuple(
        Repainted(parent, parent.world.varied(mix(order.seed, cell), 0.85, order.prompt), order.mask)
        for cell in range(4)
    )
    plan = grid_plan("INPAINT", order.prompt, order.seed, cells, repeated(order))
    return replace(plan, credit="Variations (Region) by ")


def imagine_line(order: Order) -> Plan:
    """A picked line of describe or shorten, or what it became in the modal."""
    return imagine(order.prompt, order.seed)


def describe_again(order: Order) -> Plan:
    """Other words for the same picture."""
    return describe(order.picture, paint_plainly(order.picture), order.seed)


def show_details(order: Order) -> Plan:
    """The weights of a shortened prompt."""
    return shorten(order.prompt, order.seed, has_details=True)


def blend(parts: tuple[Picture, ...], size: Size, prompt: str, seed: int) -> Plan:
    """Four mixtures of the pictures."""
    cells = tuple(Blended(parts, mix(seed, "turn") % 4, cell, size) for cell in range(4))

    def again(_prompt: str, seed: int) -> Plan:
        return blend(parts, size, prompt, seed)

    return grid_plan("BLEND", prompt, seed, cells, again)


def swap_face(source: Uploaded, target: Uploaded, seed: int) -> Plan:
    """The face of one picture on another; the result has no buttons."""
    return Plan("SWAP_FACE", "", seed, SWAP_S, Swapped(source, target), has_previews=False)


def framed(order: Order, view: View, size: Size | None = None) -> Plan:
    """Four candidates that show the parent within a larger view."""
    parent = order.picture
    around = Painted(parent.world, view, size or fitted(view))
    cells = tuple(
        Zoomed(parent, around, parent.world.varied(mix(order.seed, cell), 0.3, order.prompt)) for cell in range(4)
    )
    action = "CUSTOM_ZOOM" if order.verb == "customzoom" else "ZOOM"
    return replace(grid_plan(action, order.prompt, order.seed, cells, repeated(order)), credit="Zoom Out by ")


def repeated(order: Order) -> Again:
    """The same press with another seed and prompt."""

    def again(prompt: str, seed: int) -> Plan:
        return OPERATIONS[order.verb](order._replace(prompt=prompt, seed=seed))

    return again


def aspect(view: View) -> float:
    """Width over height."""
    return (view.right - view.left) / (view.bottom - view.top)


def grown(view: View, ratio: float, zoom: float) -> View:
    """The smallest view of this aspect ratio around the given one, `zoom` times as large."""
    wide, high = view.right - view.left, view.bottom - view.top
    across, down = max(1.0, ratio * high / wide) * zoom, max(1.0, wide / high / ratio) * zoom
    return view.part((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)


def fitted(view: View) -> Size:
    """The size of an ordinary cell that shows this view; both sides are even."""
    ratio = aspect(view)
    if ratio >= 1:
        return MAX_SIDE, max(2, round(MAX_SIDE / ratio / 2) * 2)
    return max(2, round(MAX_SIDE * ratio / 2) * 2), MAX_SIDE


OPERATIONS: dict[str, Callable[[Order], Plan]] = {
    "upsample": pick,
    "reroll": reroll,
    "outpaint": outpaint,
    "customzoom": custom_zoom,
    "inpaint": inpaint,
    "picreader": imagine_line,
    "promptanalyzer": imagine_line,
    "picread": describe_again,
    "promptanalyzerextended": show_details,
    **dict.fromkeys(VARIATIONS, vary),
    **dict.fromkeys(FILMS, animate),
    "video_virtual_upscale": pick_film,
    **dict.fromkeys(("pan_left", "pan_right", "pan_up", "pan_down"), pan),
    **dict.fromkeys(
        (
            *("upsample_v5_2x", "upsample_v5_4x", "upsample_v6_2x_subtle", "upsample_v6_2x_creative"),
            *("upsample_v6r1_2x_subtle", "upsample_v6r1_2x_creative"),
            *("upsample_v7_2x_subtle", "upsample_v7_2x_creative"),
        ),
        upscale,
    ),
}
# Verbs that always open a modal, and those that do so on an account in remix mode.
MODAL_VERBS = ("inpaint", "customzoom", "picreader", "promptanalyzer")
REMIX_VERBS = (*VARIATIONS, "reroll", "pan_left", "pan_right", "pan_up", "pan_down", *FILMS)
