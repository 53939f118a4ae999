"""Sky and land: the layers behind the figure, from the stars to the grass in front."""

import math
from dataclasses import dataclass

from sandbox.relay.canvas import Canvas, Point, between, turned
from sandbox.relay.dials import Dials, Relief
from sandbox.relay.palettes import Palette


@dataclass(frozen=True)
class Stage:
    """Everything that a layer needs to know."""

    canvas: Canvas
    dials: Dials
    palette: Palette
    horizon: float

    def hills(self, relief: Relief, base: float, height: float, frequency: float) -> list[Point]:
        """The outline of a range of hills that reaches below the picture."""
        crest = [(x, base - height * relief(x * frequency)) for x in self.canvas.along()]
        floor = max(self.canvas.view.bottom, base) + 0.1
        return [*crest, (crest[-1][0], floor), (crest[0][0], floor)]


def paint_sky(stage: Stage) -> None:
    """The gradient of the sky, its light, stars, and drifting clouds."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    low = stage.horizon + 0.06
    first, second, third, fourth = palette.sky
    canvas.wash([(-0.15, first), (low * 0.42, second), (low * 0.78, third), (low, fourth), (low + 0.4, third)])
    if palette.is_night:
        paint_stars(stage)
    if dials.chance("aurora", 0.3) and palette.is_night:
        paint_aurora(stage)
    sun = (dials("sun.x", -0.3, 0.3), dials("sun.y", 0.16, stage.horizon - 0.08))
    size = dials("sun.size", 0.055, 0.105)
    canvas.glow(sun, size * 6.5, palette.light, 0.4)
    canvas.glow(sun, size * 2.6, palette.light, 0.55)
    canvas.disc(sun, size, palette.light)
    if palette.is_night and dials.chance("crescent", 0.5):
        canvas.disc((sun[0] + size * 0.42, sun[1] - size * 0.2), size * 0.86, between(second, third, sun[1]))
    paint_clouds(stage)


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
    for row in range(3):
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


def paint_mountains(stage: Stage) -> None:
    """Four ranges of crests in ever thicker air; the farthest may carry snow."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    for layer in range(4):
        near = layer / 3
        relief = Relief(dials, f"mountain.{layer}", octaves=5, sharp=0.9 - 0.2 * near)
        base = stage.horizon + 0.02 + 0.13 * layer
        height = dials(f"mountain.{layer}.height", 0.34, 0.5) * (1 - 0.42 * near)
        outline = stage.hills(relief, base, height, 1.5 + 0.5 * layer)
        top, foot = palette.land(0.08 + 0.8 * near), palette.land(0.75 * near)
        canvas.wash([(base - height, top), (base, between(foot, palette.sky[3], 0.3 * (1 - near)))], outline)
        if layer == 0:
            snow = between(palette.sky[3], (255, 255, 255), 0.45)
            paint_snow(stage, outline[:-2], base - height * 0.56, snow)
        canvas.mist(base - 0.16, base + 0.02, palette.sky[3], 0.3 * (1 - near))


def paint_snow(stage: Stage, crest: list[Point], line: float, shade: tuple[int, int, int]) -> None:
    """White caps on whatever rises above the line, ragged at their lower edge."""
    relief = Relief(stage.dials, "snow", octaves=3, sharp=1.0)
    cap: list[Point] = []
    for x, y in [*crest, (crest[-1][0], line + 1)]:
        if y < line:
            cap.append((x, y))
        elif cap:
            edge = [(px, min(line + 0.02, py + 0.035 + 0.09 * relief(px * 16))) for px, py in reversed(cap)]
            stage.canvas.shape([*cap, *edge], shade, 0.85)
            cap = []


def paint_hills(stage: Stage) -> None:
    """Soft rolling country."""
    for layer in range(4):
        near = layer / 3
        relief = Relief(stage.dials, f"hill.{layer}", octaves=2)
        base = stage.horizon + 0.07 + 0.12 * layer
        outline = stage.hills(relief, base, 0.2, 1.3 + 0.3 * layer)
        top, foot = stage.palette.land(0.12 + 0.66 * near), stage.palette.land(0.05 + 0.85 * near)
        stage.canvas.wash([(base - 0.2, between(top, stage.palette.light, 0.16)), (base + 0.1, foot)], outline)


def paint_dunes(stage: Stage) -> None:
    """Sand in long curves, one side in the light and one in the shade."""
    for layer in range(4):
        near = layer / 3
        relief = Relief(stage.dials, f"dune.{layer}", octaves=2, sharp=0.25)
        base = stage.horizon + 0.08 + 0.13 * layer
        outline = stage.hills(relief, base, 0.22, 0.95 + 0.2 * layer)
        shade = between(stage.palette.far, stage.palette.near, 0.08 + 0.5 * near)
        lit = between(shade, stage.palette.light, 0.42 - 0.2 * near)
        stage.canvas.wash([(base - 0.22, lit), (base + 0.05, shade)], outline)
        crest = outline[:-2]
        slope = [(x + 0.06, y + 0.02 + 0.13 * relief(x * 2.1 + 7)) for x, y in reversed(crest)]
        stage.canvas.shape([*crest, *slope], between(shade, stage.palette.near, 0.35), 0.4)


def paint_forest(stage: Stage) -> None:
    """Rows of firs, each row darker and taller than the one behind it."""
    for layer in range(5):
        near = layer / 4
        relief = Relief(stage.dials, f"wood.{layer}", octaves=2)
        base = stage.horizon + 0.02 + 0.1 * layer
        shade = stage.palette.land(0.12 + 0.86 * near)
        stage.canvas.wash([(base - 0.1, shade), (base + 0.2, shade)], stage.hills(relief, base, 0.09, 1.7))
        spacing = 0.026 + 0.034 * near
        for column in stage.canvas.columns(spacing, 0.1):
            name = f"fir.{layer}.{column}"
            x = (column + stage.dials(name, -0.4, 0.4)) * spacing
            foot = base - 0.09 * relief(x * 1.7) + 0.02
            tall = stage.dials(name + ".h", 0.6, 1.25) * (0.08 + 0.17 * near)
            paint_fir(stage.canvas, (x, foot), tall, shade)
        stage.canvas.mist(base - 0.1, base + 0.04, stage.palette.sky[3], 0.34 * (1 - near))


def paint_fir(canvas: Canvas, foot: Point, tall: float, shade: tuple[int, int, int]) -> None:
    """One conifer, three tiers of branches."""
    x, y = foot
    outline = [(x, y - tall)]
    for tier in (0.36, 0.66, 0.95):
        outline += [(x + tall * 0.3 * tier, y - tall * (1 - tier)), (x + tall * 0.13 * tier, y - tall * (1.05 - tier))]
    canvas.shape([*outline, *((2 * x - px, py) for px, py in reversed(outline))], shade)


def paint_sea(stage: Stage) -> None:
    """Water to the horizon with the sun's road on it and waves that roll nearer."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    far, deep = between(palette.sky[3], palette.sky[1], 0.35), between(palette.sky[0], palette.near, 0.35)
    left, right, floor = canvas.view.left - 0.1, canvas.view.right + 0.1, max(canvas.view.bottom, 1.0) + 0.1
    top = stage.horizon
    canvas.wash(
        [(top, far), (top + 0.14, between(far, deep, 0.5)), (1.0, deep)],
        [(left, top), (right, top), (right, floor), (left, floor)],
    )
    sun = dials("sun.x", -0.3, 0.3)
    for row in range(34):
        depth = row / 33
        y = top + 0.008 + depth**1.5 * (1 - top)
        reach = (0.035 + 0.13 * depth) * dials(f"glitter.{row}", 0.3, 1.0)
        x = sun + dials(f"glitter.{row}.x", -0.05, 0.05) * (0.4 + depth)
        canvas.disc((x, y), reach, palette.light, 0.62 * (1 - 0.6 * depth), flat=0.025 + 0.03 * depth)
    for layer in range(4):
        relief = Relief(dials, f"wave.{layer}", octaves=3)
        base = top + 0.15 + 0.105 * layer
        waves = [(x, base - 0.05 * relief(x * 3) - 0.012 * math.sin(x * 34 + layer * 2)) for x in canvas.along(0.005)]
        shade = between(between(far, deep, 0.4 + 0.2 * layer), palette.accent, 0.05)
        body = [*waves, (waves[-1][0], floor), (waves[0][0], floor)]
        canvas.wash([(base - 0.06, between(shade, palette.light, 0.25)), (base + 0.09, shade)], body)
        canvas.line(waves, between(shade, palette.light, 0.7), 0.003, 0.55)


def paint_city(stage: Stage) -> None:
    """Towers in three rows, with lit windows and a sheen of water or street below."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    ground = stage.horizon + 0.2
    lamps = [palette.light, palette.accent, between(palette.light, palette.accent, 0.5)]
    for layer in range(3):
        near = (layer + 1) / 3
        shade = palette.land(0.18 + 0.72 * near)
        spacing = 0.085 + 0.03 * layer
        for column in canvas.columns(spacing, 0.2):
            name = f"tower.{layer}.{column}"
            left = (column + dials(name, -0.15, 0.15)) * spacing
            right = left + spacing * dials(name + ".w", 0.7, 1.15)
            tall = dials(name + ".h") ** 1.6 * (0.5 - 0.1 * layer) + 0.12 - 0.02 * layer
            roof = ground - tall
            canvas.wash([(roof, shade), (ground, between(shade, palette.sky[3], 0.35 * (1 - near) + 0.08))],
                        [(left, roof), (right, roof), (right, ground + 0.02), (left, ground + 0.02)])  # fmt: skip
            if dials.chance(name + ".spire", 0.3):
                middle = (left + right) / 2
                canvas.shape([(middle - 0.008, roof), (middle, roof - 0.09), (middle + 0.008, roof)], shade)
            paint_windows(stage, name, (left, roof, right, ground), lamps[column % 3], near)
        canvas.mist(ground - 0.2, ground, palette.sky[3], 0.22 * (1 - near))
    canvas.wash(
        [(ground, between(palette.near, palette.sky[2], 0.35)), (ground + 0.3, palette.near)],
        [(canvas.view.left, ground), (canvas.view.right, ground), (canvas.view.right, 9), (canvas.view.left, 9)],
    )
    for row in range(60):
        x, y = dials(f"sheen.{row}.x", -1.6, 1.6), ground + 0.012 + dials(f"sheen.{row}") ** 2 * 0.3
        canvas.disc((x, y), dials(f"sheen.{row}.w", 0.02, 0.08), lamps[row % 3], 0.3, flat=0.05)


def paint_windows(
    stage: Stage, name: str, box: tuple[float, float, float, float], lamp: tuple[int, int, int], near: float
) -> None:
    """Some of the windows of one tower are lit."""
    left, roof, right, ground = box
    step, high = 0.0145 + 0.004 * near, 0.02
    brightness = (0.85 if stage.palette.is_night else 0.5) * (0.4 + 0.6 * near)
    for row in range(1, int((ground - roof) / high)):
        for column in range(1, int((right - left) / step)):
            if (code := stage.dials(f"{name}.{row}.{column}")) < 0.42:
                x, y = left + column * step - step * 0.35, roof + row * high - high * 0.5
                stage.canvas.block(x, y, x + step * 0.5, y + high * 0.5, lamp, brightness * (0.4 + code))


def paint_meadow(stage: Stage) -> None:
    """Hills with a field of flowers in front."""
    paint_hills(stage)
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    shades = [palette.accent, palette.light, turned(palette.accent, 35, light=1.1), turned(palette.accent, -50)]
    for row in range(9):
        depth = row / 8
        spacing = 0.03 + 0.035 * depth
        for column in canvas.columns(spacing):
            name = f"bloom.{row}.{column}"
            x = (column + dials(name)) * spacing
            y = stage.horizon + 0.17 + depth * 0.3 + dials(name + ".y", -0.02, 0.02)
            tall, size = 0.02 + 0.07 * depth, 0.005 + 0.012 * depth
            stem = between(palette.near, palette.far, 0.25)
            canvas.line([(x, y + tall), (x + tall * 0.1, y)], stem, 0.002 + 0.002 * depth)
            shade = dials.pick(name + ".c", shades)
            for petal in range(5):
                turn = petal * 1.2566 + dials(name + ".t", 0, 1.2)
                canvas.disc((x + math.cos(turn) * size, y + math.sin(turn) * size * 0.8), size * 0.72, shade)
            canvas.disc((x, y), size * 0.5, between(palette.light, palette.near, 0.15))


def paint_grass(stage: Stage) -> None:
    """Dark blades along the lower edge, which put the viewer into the scene."""
    for column in stage.canvas.columns(0.0125):
        name = f"blade.{column}"
        x = column * 0.0125
        tall, lean = stage.dials(name, 0.03, 0.11), stage.dials(name + ".lean", -0.03, 0.03)
        blade = [(x - 0.005, 1.03), (x + lean * 0.4, 1.02 - tall * 0.6), (x + lean, 1.02 - tall), (x + 0.006, 1.03)]
        stage.canvas.shape(blade, stage.palette.near)
    view = stage.canvas.view
    if view.bottom > 1:
        stage.canvas.block(view.left - 0.1, 1.015, view.right + 0.1, view.bottom + 0.1, stage.palette.near)


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


SETTINGS = {
    "mountains": paint_mountains,
    "hills": paint_hills,
    "dunes": paint_dunes,
    "forest": paint_forest,
    "sea": paint_sea,
    "city": paint_city,
    "meadow": paint_meadow,
}
