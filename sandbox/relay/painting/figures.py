"""All figures by name: how large they stand in a scene, and their natural colours."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.relay.painting.brush import Brush
from sandbox.relay.painting.canvas import Colour
from sandbox.relay.painting.creatures import (
    paint_bird,
    paint_cat,
    paint_flower,
    paint_fox,
    paint_mushroom,
    paint_person,
    paint_tree,
    paint_whale,
)
from sandbox.relay.painting.things import (
    paint_balloon,
    paint_boat,
    paint_castle,
    paint_lighthouse,
    paint_robot,
    paint_rocket,
)


@dataclass(frozen=True)
class Figure:
    """How a figure is painted, how large it stands in the scene, and which colours it has by nature."""

    paint: Callable[[Brush], None]
    tall: float
    foot: float
    colours: tuple[Colour, ...]


def figure(paint: Callable[[Brush], None], tall: float, foot: float, *colours: str) -> Figure:
    """A figure from the hex codes of its natural colours."""
    codes = tuple((int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)) for code in colours)
    return Figure(paint, tall, foot, codes)


FIGURES = {
    "cat": figure(paint_cat, 0.66, 0.97, "d98a45", "8c8f9c", "3c3944", "e6d2b2"),
    "fox": figure(paint_fox, 0.66, 0.97, "dd6f2c", "c9803f", "9a9ca6"),
    "bird": figure(paint_bird, 0.6, 0.88, "4f8fc0", "b5713f", "cf5a4a", "7a6ab0"),
    "robot": figure(paint_robot, 0.7, 0.97, "a9b8c4", "d8c9a3", "6fa0b5", "c67b5c"),
    "flower": figure(paint_flower, 0.84, 1.0, "e2618a", "f0b440", "8f6bd0", "e8604c"),
    "boat": figure(paint_boat, 0.42, 0.83, "e4572e", "3f6fae", "f0b440", "c23b5e"),
    "balloon": figure(paint_balloon, 0.5, 0.66, "e4572e", "3f8fae", "c23b5e", "f0a440"),
    "castle": figure(paint_castle, 0.58, 0.86, "c9b8a0", "a9a5b8", "d8c4c0"),
    "lighthouse": figure(paint_lighthouse, 0.66, 0.86, "d2413a", "2f5f9a"),
    "whale": figure(paint_whale, 0.42, 0.76, "3f6f9a", "4a5a7a", "5a8aa5"),
    "tree": figure(paint_tree, 0.72, 0.93, "4f8f4a", "d9702e", "e79ab0", "7aa03f"),
    "person": figure(paint_person, 0.56, 0.95, "b8403a", "3a4f7a", "c99a4a", "4a6a5a"),
    "rocket": figure(paint_rocket, 0.56, 0.8, "d9413a", "3f6fc0", "e8903a"),
    "mushroom": figure(paint_mushroom, 0.56, 0.97, "d23a34", "c8713a", "8a5ab0"),
}
