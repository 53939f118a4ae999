"""Figures that were built."""

from sandbox.relay.painting.brush import INK, WHITE, Brush
from sandbox.relay.painting.canvas import between, turned


def paint_robot(brush: Brush) -> None:
    """A friendly machine with a round visor."""
    _paint_robot_body(brush)
    _paint_robot_head(brush)


def _paint_robot_body(brush: Brush) -> None:
    metal, glow = brush.body, brush.stage.palette.accent
    for side in (-1, 1):
        brush.edge([(side * 0.05, 0.0), (side * 0.2, 0.0), (side * 0.17, 0.07), (side * 0.07, 0.07)], brush.shade)
        brush.line([(side * 0.12, 0.06), (side * 0.12, 0.2)], brush.shade, 0.07)
        brush.line([(side * 0.24, 0.47), (side * 0.35, 0.36), (side * 0.32, 0.24)], brush.shade, 0.055)
        brush.disc(side * 0.25, 0.47, 0.055, metal)
        brush.disc(side * 0.32, 0.22, 0.05, brush.shine)
    brush.blob(
        [
            (-0.22, 0.2),
            (-0.24, 0.48),
            (-0.15, 0.54),
            (0.15, 0.54),
            (0.24, 0.48),
            (0.22, 0.2),
            (0.12, 0.14),
            (-0.12, 0.14),
        ]
    )
    brush.blob([(-0.12, 0.28), (-0.12, 0.42), (0.12, 0.42), (0.12, 0.28)], brush.shade)
    for index, x in enumerate((-0.06, 0.0, 0.06)):
        brush.disc(x, 0.35, 0.02, (glow, WHITE, turned(glow, 120))[index])
    brush.line([(0, 0.52), (0, 0.6)], brush.shade, 0.09)


def _paint_robot_head(brush: Brush) -> None:
    glow = brush.stage.palette.accent
    brush.line([(0, 0.9), (0, 0.98)], brush.shade, 0.018)
    brush.stage.canvas.glow(brush.place(0, 0.99), 0.09 * brush.tall, glow, 0.8)
    brush.disc(0, 0.99, 0.026, glow)
    for side in (-1, 1):
        brush.disc(side * 0.25, 0.74, 0.05, brush.shade, flat=1.4)
    brush.blob(
        [
            (-0.25, 0.64),
            (-0.25, 0.84),
            (-0.16, 0.91),
            (0.16, 0.91),
            (0.25, 0.84),
            (0.25, 0.64),
            (0.16, 0.58),
            (-0.16, 0.58),
        ]
    )
    brush.blob([(-0.18, 0.68), (-0.17, 0.82), (0.17, 0.82), (0.18, 0.68), (0.12, 0.64), (-0.12, 0.64)], INK)
    for side in (-1, 1):
        brush.stage.canvas.glow(brush.place(side * 0.08, 0.74), 0.09 * brush.tall, glow, 0.7)
        brush.disc(side * 0.08, 0.74, 0.036, between(glow, WHITE, 0.35), flat=1.25)


def paint_boat(brush: Brush) -> None:
    """A sailing boat."""
    brush.line([(0, 0.1), (0, 0.98)], brush.stage.palette.near, 0.018)
    brush.blob([(0.03, 0.18), (0.03, 0.55), (0.04, 0.94), (0.3, 0.5), (0.4, 0.2), (0.2, 0.17)])
    sail = between(WHITE, brush.stage.palette.light, 0.4)
    brush.blob([(-0.03, 0.2), (-0.03, 0.5), (-0.03, 0.84), (-0.2, 0.5), (-0.28, 0.21)], sail)
    brush.edge([(0, 0.98), (0.12, 0.955), (0, 0.93)], brush.stage.palette.accent)
    brush.blob(
        [(-0.38, 0.14), (-0.2, 0.11), (0.2, 0.11), (0.46, 0.16), (0.34, 0.0), (0.2, -0.03), (-0.22, -0.03)], brush.shade
    )
    brush.line([(-0.36, 0.115), (0.42, 0.13)], WHITE, 0.014, 0.8)
    for row in range(4):
        brush.disc(0.02, -0.05 - row * 0.035, 0.34 - row * 0.06, brush.shade, 0.28, flat=0.05)


def paint_balloon(brush: Brush) -> None:
    """A hot-air balloon with stripes."""
    round_outline = [
        (-0.34, 0.66),
        (-0.24, 0.9),
        (0, 1.0),
        (0.24, 0.9),
        (0.34, 0.66),
        (0.2, 0.4),
        (0.07, 0.27),
        (-0.07, 0.27),
        (-0.2, 0.4),
    ]
    brush.blob(round_outline)
    for share, colour in ((0.72, brush.stage.palette.accent), (0.44, brush.shine), (0.16, WHITE)):
        brush.blob([(x * share, y) for x, y in round_outline], colour, 0.85)
    for x in (-0.05, 0.05):
        brush.line([(x * 1.2, 0.28), (x, 0.12)], INK, 0.007)
    brush.blob([(-0.06, 0.13), (0.06, 0.13), (0.05, 0.02), (-0.05, 0.02)], (122, 78, 48))


def paint_castle(brush: Brush) -> None:
    """Towers with pointed roofs and flags."""
    roof = between(brush.stage.palette.accent, brush.stage.palette.near, 0.25)
    for x, wide, high in ((-0.3, 0.1, 0.5), (0.3, 0.1, 0.56), (-0.13, 0.09, 0.66), (0.14, 0.085, 0.74), (0, 0.13, 0.5)):
        left, right = x - wide, x + wide
        outline = [
            brush.place(left, high),
            brush.place(right, high),
            brush.place(right, -0.05),
            brush.place(left, -0.05),
        ]
        top = outline[0][1]
        brush.stage.canvas.wash([(top, brush.shine), (brush.foot[1], brush.shade)], outline)
        brush.edge([(x + wide * 0.3, high), (right, high), (right, -0.05), (x + wide * 0.3, -0.05)], brush.shade, 0.5)
        brush.edge([(left - 0.025, high), (x, high + wide * 2.3), (right + 0.025, high)], roof)
        brush.edge(
            [(x, high + wide * 2.3), (right + 0.025, high), (x + wide * 0.3, high)], brush.stage.palette.near, 0.35
        )
        brush.line([(x, high + wide * 2.2), (x, high + wide * 2.3 + 0.06)], INK, 0.006)
        brush.edge(
            [(x, high + wide * 2.3 + 0.06), (x + 0.06, high + wide * 2.3 + 0.045), (x, high + wide * 2.3 + 0.03)],
            brush.body,
        )
        brush.blob([(x - 0.022, high - 0.16), (x, high - 0.09), (x + 0.022, high - 0.16)], brush.stage.palette.light)
    brush.blob([(-0.06, -0.03), (-0.06, 0.12), (0, 0.19), (0.06, 0.12), (0.06, -0.03)], INK)


def paint_lighthouse(brush: Brush) -> None:
    """A striped tower whose lamp is lit."""
    brush.blob([(-0.4, -0.06), (-0.2, 0.06), (0.05, 0.09), (0.28, 0.05), (0.42, -0.06)], brush.stage.palette.near)
    for band in range(5):
        low, high = 0.05 + band * 0.14, 0.19 + band * 0.14
        left, right = 0.13 - low * 0.07, 0.13 - high * 0.07
        colour = brush.body if band % 2 == 0 else WHITE
        brush.edge([(-left, low), (left, low), (right, high), (-right, high)], colour)
        brush.edge([(left * 0.3, low), (left, low), (right, high), (right * 0.3, high)], INK, 0.18)
    lamp = brush.place(0, 0.83)
    brush.stage.canvas.shape([lamp, brush.place(-1.7, 1.05), brush.place(-1.7, 0.72)], brush.stage.palette.light, 0.22)
    brush.stage.canvas.glow(lamp, 0.42 * brush.tall, brush.stage.palette.light, 0.9)
    brush.edge([(-0.11, 0.75), (0.11, 0.75), (0.11, 0.78), (-0.11, 0.78)], INK)
    brush.edge([(-0.06, 0.78), (0.06, 0.78), (0.06, 0.88), (-0.06, 0.88)], brush.stage.palette.light)
    brush.edge([(-0.08, 0.88), (0.08, 0.88), (0, 0.97)], brush.body)


def paint_rocket(brush: Brush) -> None:
    """A rocket on its column of fire."""
    for wide, colour in ((0.11, (240, 110, 50)), (0.075, (250, 190, 70)), (0.04, WHITE)):
        brush.blob([(-wide, 0.2), (wide, 0.2), (wide * 0.6, 0.0), (0, -0.2 - wide), (-wide * 0.6, 0.0)], colour, 0.92)
    brush.stage.canvas.glow(brush.place(0, 0.05), 0.5 * brush.tall, (255, 190, 110), 0.5)
    brush.twin([(0.1, 0.42), (0.26, 0.22), (0.25, 0.12), (0.1, 0.22)], brush.stage.palette.accent)
    brush.blob([(-0.12, 0.2), (-0.15, 0.5), (-0.1, 0.8), (0, 1.0), (0.1, 0.8), (0.15, 0.5), (0.12, 0.2)], WHITE)
    brush.blob([(0.02, 0.2), (0.06, 0.5), (0.04, 0.8), (0, 1.0), (0.1, 0.8), (0.15, 0.5), (0.12, 0.2)], INK, 0.16)
    brush.blob([(-0.1, 0.8), (0, 1.0), (0.1, 0.8), (0, 0.77)], brush.body)
    brush.disc(0, 0.58, 0.075, brush.body)
    brush.disc(0, 0.58, 0.055, between((120, 200, 230), WHITE, 0.2))
