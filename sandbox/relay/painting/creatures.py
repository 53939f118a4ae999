"""Figures that live: animals, people and plants."""

import math

from sandbox.relay.painting.brush import INK, WHITE, Brush
from sandbox.relay.painting.canvas import between, smooth, turned


def paint_cat(brush: Brush) -> None:
    """A cat that sits and looks at you."""
    sway = brush.dial("tail", 0.16, 0.3)
    tail = [(0.12, 0.05), (0.34, 0.03), (0.43, sway), (0.38, sway + 0.2), (0.44, sway + 0.3), (0.47, sway + 0.2)]
    brush.blob([*tail, (0.47, sway - 0.04), (0.4, -0.02), (0.2, -0.02)], brush.shade)
    brush.blob([(-0.24, 0.0), (-0.29, 0.16), (-0.2, 0.42), (-0.1, 0.62), (0.1, 0.62), (0.2, 0.42), (0.29, 0.16),
                (0.24, 0.0)])  # fmt: skip
    brush.blob([(-0.11, 0.1), (-0.1, 0.42), (0, 0.55), (0.1, 0.42), (0.11, 0.1), (0, 0.02)], brush.shine, 0.75)
    for side in (-1, 1):
        brush.edge([(side * 0.07, 0.82), (side * 0.25, 1.03), (side * 0.245, 0.72)], brush.body)
        brush.edge(
            [(side * 0.12, 0.85), (side * 0.222, 0.965), (side * 0.22, 0.8)], between(brush.body, (240, 150, 150), 0.6)
        )
        brush.disc(side * 0.085, 0.02, 0.075, brush.shine, flat=0.6)
        brush.line([(side * 0.03, 0.3), (side * 0.035, 0.05)], brush.shade, 0.012, 0.7)
    brush.blob(
        [(-0.24, 0.7), (-0.2, 0.86), (0, 0.91), (0.2, 0.86), (0.24, 0.7), (0.13, 0.55), (0, 0.52), (-0.13, 0.55)]
    )
    for index, x in enumerate((-0.07, 0.0, 0.07)):
        brush.line([(x, 0.895 - 0.012 * (index != 1)), (x * 0.8, 0.81)], brush.shade, 0.02)
    for side in (-1, 1):
        for height in (0.62, 0.585):
            brush.line([(side * 0.09, height), (side * 0.3, height + 0.03 * (height > 0.6))], WHITE, 0.006, 0.8)
        iris = turned(brush.stage.palette.accent, brush.dial("iris", -60, 60), saturation=1.2, light=1.1)
        brush.disc(side * 0.1, 0.715, 0.058, INK)
        brush.disc(side * 0.1, 0.715, 0.05, iris)
        brush.disc(side * 0.1, 0.715, 0.026, INK, flat=1.7)
        brush.disc(side * 0.1 + 0.016, 0.737, 0.012, WHITE)
    brush.disc(-0.035, 0.615, 0.045, WHITE, 0.9, flat=0.8)
    brush.disc(0.035, 0.615, 0.045, WHITE, 0.9, flat=0.8)
    brush.blob([(-0.03, 0.655), (0.03, 0.655), (0, 0.625)], (214, 110, 120))


def paint_fox(brush: Brush) -> None:
    """A fox, also for dogs and wolves: a long muzzle, large ears and a brush of a tail."""
    brush.blob([(0.1, 0.04), (0.34, 0.0), (0.5, 0.14), (0.46, 0.36), (0.4, 0.4), (0.38, 0.22), (0.2, 0.14)])
    brush.blob([(0.46, 0.2), (0.49, 0.32), (0.4, 0.42), (0.38, 0.3)], WHITE, 0.9)
    brush.blob([(-0.2, 0), (-0.22, 0.2), (-0.13, 0.55), (0.13, 0.55), (0.22, 0.2), (0.2, 0)])
    brush.blob([(-0.1, 0.3), (-0.11, 0.5), (0.11, 0.5), (0.1, 0.3), (0, 0.12)], WHITE, 0.92)
    for side in (-1, 1):
        brush.edge([(side * 0.05, 0.82), (side * 0.21, 1.02), (side * 0.24, 0.7)], brush.body)
        brush.edge([(side * 0.11, 0.83), (side * 0.195, 0.95), (side * 0.21, 0.76)], INK, 0.8)
        brush.line([(side * 0.03, 0.24), (side * 0.04, 0.03)], brush.shade, 0.012)
        brush.disc(side * 0.09, 0.02, 0.065, INK, 0.85, flat=0.6)
    brush.blob(
        [(-0.29, 0.66), (-0.17, 0.84), (0, 0.87), (0.17, 0.84), (0.29, 0.66), (0.1, 0.53), (0, 0.45), (-0.1, 0.53)]
    )
    brush.twin([(0.28, 0.655), (0.12, 0.68), (0.02, 0.56), (0.03, 0.47), (0.12, 0.54)], WHITE)
    for side in (-1, 1):
        brush.disc(side * 0.1, 0.7, 0.032, INK, flat=1.15)
        brush.disc(side * 0.1 + 0.01, 0.715, 0.009, WHITE)
    brush.disc(0, 0.475, 0.035, INK, flat=0.8)


def paint_bird(brush: Brush) -> None:
    """A round bird on a twig, also for owls: a large breast and bright eyes."""
    brush.line([(-0.6, 0.0), (-0.2, 0.04), (0.25, 0.03), (0.65, 0.1)], brush.stage.palette.near, 0.035)
    for x, y in ((-0.5, 0.08), (0.5, 0.15), (0.62, 0.05)):
        brush.blob([(x - 0.08, y), (x, y + 0.04), (x + 0.08, y), (x, y - 0.03)], brush.stage.palette.accent)
    brush.blob([(0.12, 0.2), (0.3, -0.08), (0.22, -0.2), (0.08, 0.02)], brush.shade)
    brush.blob([(-0.26, 0.4), (-0.2, 0.75), (0, 0.92), (0.2, 0.75), (0.27, 0.4), (0.16, 0.1), (0, 0.04), (-0.16, 0.1)])
    brush.blob([(-0.16, 0.38), (0, 0.56), (0.16, 0.38), (0.09, 0.14), (-0.09, 0.14)], brush.shine)
    brush.blob([(0.2, 0.6), (0.29, 0.4), (0.24, 0.12), (0.13, 0.3)], brush.shade)
    for side in (-1, 1):
        brush.edge([(side * 0.08, 0.86), (side * 0.19, 0.99), (side * 0.2, 0.78)], brush.body)
        brush.disc(side * 0.09, 0.72, 0.085, WHITE)
        brush.disc(side * 0.09, 0.72, 0.058, turned(brush.stage.palette.accent, 0, saturation=1.3))
        brush.disc(side * 0.09, 0.72, 0.034, INK)
        brush.disc(side * 0.09 + 0.012, 0.74, 0.012, WHITE)
        brush.line([(side * 0.06, 0.08), (side * 0.06, 0.02)], (226, 150, 60), 0.03)
    brush.edge([(-0.035, 0.67), (0.035, 0.67), (0, 0.58)], (236, 160, 60))


def paint_whale(brush: Brush) -> None:
    """A whale that rises out of the water."""
    back = [(-0.7, 0.08), (-0.62, 0.42), (-0.3, 0.62), (0.15, 0.52), (0.5, 0.22), (0.72, 0.3)]
    fluke = [(0.78, 0.55), (0.98, 0.66), (0.9, 0.45), (1.02, 0.3), (0.82, 0.28), (0.7, 0.05)]
    brush.blob([*back, *fluke, (0.3, -0.1), (-0.4, -0.1)])
    brush.blob([(-0.68, 0.12), (-0.4, 0.18), (0.0, 0.12), (0.4, 0.0), (0.1, -0.1), (-0.4, -0.1)], brush.shine)
    for row in range(4):
        brush.line([(-0.6 + row * 0.05, 0.1 - row * 0.035), (0.1, 0.06 - row * 0.035)], brush.shade, 0.012, 0.6)
    brush.blob([(-0.12, 0.1), (0.06, -0.14), (0.16, -0.12), (0.08, 0.12)], brush.shade)
    brush.disc(-0.42, 0.29, 0.032, INK)
    brush.disc(-0.412, 0.3, 0.01, WHITE)
    for bend in (-0.16, -0.05, 0.07, 0.17):
        brush.line(
            smooth([(-0.3, 0.58), (-0.3 + bend * 0.4, 0.8), (-0.3 + bend * 1.5, 0.84)], closed=False), WHITE, 0.016, 0.7
        )
    for drop in range(16):
        turn = (drop / 15 - 0.5) * 1.9
        reach = 0.12 + 0.26 * brush.dial(f"drop.{drop}")
        brush.disc(-0.3 + math.sin(turn) * reach, 0.64 + math.cos(turn) * reach, 0.016, WHITE, 0.85)


def paint_person(brush: Brush) -> None:
    """Someone in a long coat, seen from behind, looking into the distance."""
    hair = between(INK, (120, 70, 40), brush.dial("hair"))
    brush.blob([(-0.12, 0.0), (-0.1, 0.06), (-0.02, 0.06), (-0.02, 0.0)], INK)
    brush.blob([(0.12, 0.0), (0.1, 0.06), (0.02, 0.06), (0.02, 0.0)], INK)
    flare = brush.dial("coat", 0.16, 0.26)
    brush.blob(
        [
            (-flare, 0.06),
            (-0.15, 0.35),
            (-0.15, 0.66),
            (-0.09, 0.75),
            (0.09, 0.75),
            (0.15, 0.66),
            (0.15, 0.35),
            (flare + 0.05, 0.06),
            (0, 0.03),
        ]
    )
    brush.line([(0.01, 0.45), (0.03, 0.06)], brush.shade, 0.012)
    scarf = brush.stage.palette.accent
    brush.disc(0, 0.86, 0.085, between((236, 190, 160), brush.stage.palette.near, 0.15), flat=1.15)
    brush.blob([(-0.095, 0.78), (-0.1, 0.92), (0, 0.985), (0.1, 0.92), (0.095, 0.78), (0, 0.76)], hair)
    brush.blob([(-0.1, 0.73), (0, 0.71), (0.1, 0.73), (0.09, 0.79), (-0.09, 0.79)], scarf)
    brush.blob(
        [(0.06, 0.76), (0.24, 0.74 + brush.dial("wind", -0.05, 0.08)), (0.36, 0.7), (0.22, 0.68), (0.06, 0.72)], scarf
    )


def paint_flower(brush: Brush) -> None:
    """One large blossom on a stem."""
    stem = between((70, 130, 80), brush.stage.palette.near, 0.3)
    brush.line(smooth([(0.0, -0.1), (0.03, 0.2), (-0.01, 0.45), (0, 0.65)], closed=False), stem, 0.03)
    for side, height in ((-1, 0.16), (1, 0.27)):
        leaf = [(0.01, height), (side * 0.14, height + 0.13), (side * 0.3, height + 0.12), (side * 0.16, height)]
        brush.blob(leaf, between(stem, brush.stage.palette.light, 0.14))
    petals = 6 + int(brush.dial("petals", 0, 6))
    for ring, (reach, colour) in enumerate(((0.33, brush.shade), (0.29, brush.body), (0.19, brush.shine))):
        for petal in range(petals):
            turn = (petal + ring * 0.5) * math.tau / petals + brush.dial("turn")
            ahead, across = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
            wide = reach * 2.1 / petals
            outline = [(0.02, 0.0), (reach * 0.55, wide), (reach, 0.0), (reach * 0.55, -wide)]
            brush.blob(
                [(a * ahead[0] + b * across[0], 0.68 + a * ahead[1] + b * across[1]) for a, b in outline], colour
            )
    brush.disc(0, 0.68, 0.075, (242, 190, 70))
    for dot in range(14):
        turn, reach = dot * 2.4, 0.016 * math.sqrt(dot)
        brush.disc(math.cos(turn) * reach, 0.68 + math.sin(turn) * reach, 0.009, (150, 84, 40))


def paint_tree(brush: Brush) -> None:
    """One broad old tree."""
    bark = between((74, 48, 38), brush.stage.palette.near, 0.5)
    brush.blob(
        [
            (-0.13, -0.05),
            (-0.05, 0.1),
            (-0.06, 0.4),
            (-0.2, 0.62),
            (0, 0.5),
            (0.2, 0.65),
            (0.07, 0.38),
            (0.06, 0.1),
            (0.15, -0.05),
        ],
        bark,
    )
    for layer, colour in enumerate((brush.shade, brush.body, brush.shine)):
        for leaf in range(26):
            name = f"leaf.{layer}.{leaf}"
            turn, reach = leaf * 2.4, math.sqrt(leaf / 26) * (0.4 - 0.06 * layer)
            x, y = math.cos(turn) * reach * 1.1 - 0.02 * layer, 0.7 + math.sin(turn) * reach * 0.62 + 0.035 * layer
            brush.disc(x, y, brush.dial(name, 0.05, 0.1) - 0.018 * layer, colour, 0.92)


def paint_mushroom(brush: Brush) -> None:
    """A toadstool."""
    brush.blob(
        [(-0.13, 0.0), (-0.1, 0.3), (-0.08, 0.55), (0.08, 0.55), (0.1, 0.3), (0.13, 0.0)],
        between(WHITE, brush.stage.palette.far, 0.15),
    )
    brush.blob([(-0.3, 0.52), (0, 0.45), (0.3, 0.52), (0, 0.6)], between(WHITE, brush.stage.palette.near, 0.35))
    brush.blob(
        [(-0.42, 0.54), (-0.36, 0.76), (0, 0.97), (0.36, 0.76), (0.42, 0.54), (0.2, 0.56), (0, 0.57), (-0.2, 0.56)]
    )
    for x, y, size in (
        (-0.22, 0.68, 0.055),
        (0.02, 0.84, 0.07),
        (0.22, 0.7, 0.06),
        (0.03, 0.66, 0.04),
        (-0.12, 0.83, 0.03),
    ):
        brush.disc(x, y, size, WHITE, flat=0.75)
