"""What is above: the sky with its lights, and the weather in front of everything."""

import math

from sandbox.relay.painting.canvas import Point, between, turned
from sandbox.relay.painting.dials import Relief
from sandbox.relay.painting.stage import Stage


def paint_sky(stage: Stage) -> None:
    """The gradient of the sky, its light, stars, and drifting clouds."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    low = stage.horizon + 0.06
    first, second, third, fourth = palette.sky
    canvas.wash([(-0.15, first), (low * 0.42, second), (low * 0.78, third), (low, fourth), (low + 0.4, third)])
    if palette.is_night:
        paint_stars(stage)
    if palette.has_aurora:
        paint_aurora(stage)
    sun = (dials("sun.x", -0.3, 0.3), dials("sun.y", 0.16, stage.horizon - 0.08))
    size = dials("sun.size", 0.055, 0.105)
    canvas.glow(sun, size * 6.5, palette.light, 0.4)
    canvas.glow(sun, size * 2.6, palette.light, 0.55)
    if palette.is_night and dials.chance("crescent", 0.5):
        paint_crescent(stage, sun, size)
    else:
        canvas.disc(sun, size, palette.light)
    paint_clouds(stage)


def paint_crescent(stage: Stage, centre: Point, size: float) -> None:
    """A young moon, leaning."""
    lean = stage.dials("crescent.lean", -0.7, -0.2)
    outer = [math.pi * (step / 24 - 0.5) for step in range(25)]
    rim = [(math.cos(turn), math.sin(turn)) for turn in outer]
    inner = [(math.cos(turn) * 0.5, math.sin(turn)) for turn in reversed(outer)]
    spots = [
        (
            centre[0] - size * (x * math.cos(lean) - y * math.sin(lean)),
            centre[1] + size * (x * math.sin(lean) + y * math.cos(lean)),
        )
        for x, y in [*rim, *inner]
    ]
    stage.canvas.shape(spots, stage.palette.light)


def paint_stars(stage: Stage) -> None:
    """Stars on a lattice without end, each somewhere in its square."""
    spacing = 0.062
    view = stage.canvas.view
    for column in stage.canvas.columns(spacing):
        for row in range(int(view.top // spacing), int(stage.horizon / spacing) + 1):
            name = f"star.{column}.{row}"
            shine = stage.dials(name) ** 3
            spot = ((column + stage.dials(name + ".x")) * spacing, (row + stage.dials(name + ".y")) * spacing)
            fade = min(1.0, max(0.0, (stage.horizon - spot[1]) * 2.2))
            stage.canvas.disc(spot, 0.0012 + shine * 0.0026, (255, 250, 235), (0.25 + 0.7 * shine) * fade)
            if shine > 0.8:
                stage.canvas.glow(spot, 0.016, (255, 250, 235), 0.5 * fade)


def paint_aurora(stage: Stage) -> None:
    """Curtains of light."""
    relief = Relief(stage.dials, "aurora", octaves=2)
    shades = [turned(stage.palette.sky[3], turn, saturation=1.3) for turn in (0, 40, 110)]
    for layer, shade in enumerate(shades):
        for x in stage.canvas.along(0.012):
            foot = 0.42 - 0.09 * layer - 0.3 * relief(x * 1.3 + layer * 9)
            reach = 0.08 + 0.2 * relief(x * 5 + layer * 31)
            for share in (1.0, 0.7, 0.4):
                stage.canvas.line([(x, foot), (x + 0.02, foot - reach * share)], shade, 0.013, 0.1)


def paint_clouds(stage: Stage) -> None:
    """Long flat clouds, lit from the horizon."""
    spacing = 0.5
    shade = between(stage.palette.sky[3], stage.palette.light, 0.5)
    strength = 0.16 if stage.palette.is_night else 0.42
    for row in range(min(0, int((stage.canvas.view.top - 0.2) // 0.13)), 3):
        for column in stage.canvas.columns(spacing, 0.5):
            name = f"cloud.{row}.{column}"
            if not stage.dials.chance(name, 0.62):
                continue
            x = (column + stage.dials(name + ".x")) * spacing
            y = 0.1 + row * 0.13 + stage.dials(name + ".y", -0.04, 0.04)
            wide = stage.dials(name + ".w", 0.09, 0.2)
            for puff in range(7):
                share = puff / 6 * 2 - 1
                lump = (1 - share**2) * stage.dials(f"{name}.{puff}", 0.35, 1.0)
                place = (x + share * wide, y - lump * 0.022)
                stage.canvas.glow(place, wide * (0.25 + 0.3 * lump), shade, strength, flat=0.34)


def paint_weather(stage: Stage, kind: str) -> None:
    """Snow or rain in front of everything."""
    spacing = 0.055
    view = stage.canvas.view
    for column in stage.canvas.columns(spacing):
        for row in range(int(view.top // spacing), int(view.bottom / spacing) + 1):
            name = f"{kind}.{column}.{row}"
            x, y = (column + stage.dials(name)) * spacing, (row + stage.dials(name + ".y")) * spacing
            if kind == "rain":
                stage.canvas.line([(x, y), (x - 0.012, y + 0.055)], (225, 232, 240), 0.0018, 0.32)
            else:
                size = 0.0015 + 0.005 * stage.dials(name + ".r") ** 2
                stage.canvas.disc((x, y), size, (255, 255, 255), 0.85)
