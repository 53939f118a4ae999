"""The land: one painter for each setting that a prompt can name."""

import math

from sandbox.relay.painting.canvas import Canvas, Colour, Point, between, shade_at, turned
from sandbox.relay.painting.dials import Relief
from sandbox.relay.painting.stage import Stage


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


def paint_fir(canvas: Canvas, foot: Point, tall: float, shade: Colour) -> None:
    """One conifer, three tiers of branches."""
    x, y = foot
    outline = [(x, y - tall)]
    for tier in (0.36, 0.66, 0.95):
        outline += [(x + tall * 0.3 * tier, y - tall * (1 - tier)), (x + tall * 0.13 * tier, y - tall * (1.05 - tier))]
    canvas.shape([*outline, *((2 * x - px, py) for px, py in reversed(outline))], shade)


def paint_sea(stage: Stage) -> None:
    """Water to the horizon with the sun's road on it and waves that roll nearer."""
    canvas, top = stage.canvas, stage.horizon
    left, right, floor = canvas.view.left - 0.1, canvas.view.right + 0.1, max(canvas.view.bottom, 1.0) + 0.1
    canvas.wash(water(stage), [(left, top), (right, top), (right, floor), (left, floor)])
    canvas.mist(top - 0.05, top, stage.palette.sky[3], 0.3)
    paint_rollers(stage, top)


def paint_rollers(stage: Stage, behind: float) -> None:
    """The waves nearer than the height `behind`, with the light on the water between them."""
    canvas, dials, palette, top = stage.canvas, stage.dials, stage.palette, stage.horizon
    sun = dials("sun.x", -0.3, 0.3)
    for layer in range(-1, 7):
        start = top + 0.006 + (layer + 1) ** 1.35 * 0.032
        if start < behind:
            continue
        if layer >= 0:
            paint_wave(stage, layer, start, shade_at(water(stage), start + 0.05))
        for row in range(6):
            name = f"glitter.{layer}.{row}"
            depth = (layer + 1) / 7
            y = start + (row + 0.6) * (0.004 + 0.006 * depth)
            x = sun + dials(name + ".x", -0.06, 0.06) * (0.3 + depth)
            reach = (0.02 + 0.1 * depth) * dials(name, 0.2, 1.0)
            canvas.disc((x, y), reach, palette.light, 0.6 * (1 - 0.75 * depth), flat=0.03)
    deep = water(stage)[-1][1]
    for row in range(max(0, int((canvas.view.bottom - 1) / 0.09) + 1)):
        paint_wave(stage, 8 + row, 1.0 + 0.09 * row, between(deep, palette.near, min(0.6, 0.1 * row)))


def water(stage: Stage) -> list[tuple[float, Colour]]:
    """The colours of the sea from the horizon to the shore."""
    palette, top = stage.palette, stage.horizon
    far = between(palette.sky[3], palette.sky[1], 0.45)
    deep = between(turned(palette.sky[0], 0, saturation=1.1), palette.near, 0.25)
    return [(top, far), (top + 0.1, between(far, palette.sky[1], 0.6)), (top + 0.34, deep), (1.1, deep)]


def paint_wave(stage: Stage, layer: int, base: float, shade: Colour) -> None:
    """One roller from side to side, its crest in the light."""
    relief = Relief(stage.dials, f"wave.{layer}", octaves=3)
    tall, frequency = 0.012 + 0.005 * min(layer, 8), max(2.6, 9 - layer)
    phase = stage.dials(f"wave.{layer}.phase", 0, 6)
    crest = [
        (x, base - tall * (1.5 * relief(x * frequency) + 0.7 * (1 - abs(math.sin(x * frequency * 2.2 + phase)))))
        for x in stage.canvas.along(0.005)
    ]
    foot = base + 0.09 + 0.02 * layer
    lit = between(shade, stage.palette.light, 0.22)
    stage.canvas.wash(
        [(base - tall * 1.6, lit), (base + 0.035, shade), (foot, shade)],
        [*crest, (crest[-1][0], foot), (crest[0][0], foot)],
    )
    foam = [(x, y + 0.0015 + tall * 0.35 * relief(x * 14 + 5)) for x, y in reversed(crest)]
    stage.canvas.shape([*crest, *foam], between(shade, stage.palette.light, 0.75), 0.5)


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


def paint_windows(stage: Stage, name: str, box: tuple[float, float, float, float], lamp: Colour, near: float) -> None:
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
    """Dark blades along the lower edge, which put the viewer into the scene; further rows where more is seen."""
    view = stage.canvas.view
    for row in range(max(1, int((view.bottom - 0.9) / 0.08) + 1)):
        foot = 1.02 + 0.08 * row
        shade = between(stage.palette.near, stage.palette.far, 0.07 * (row % 3) + 0.02 * min(row, 5))
        if row:
            stage.canvas.block(view.left - 0.1, foot - 0.05, view.right + 0.1, view.bottom + 0.1, shade)
        for column in stage.canvas.columns(0.0125):
            name = f"blade.{row}.{column}"
            x = (column + 0.5 * (row % 2)) * 0.0125
            tall, lean = stage.dials(name, 0.03, 0.11), stage.dials(name + ".lean", -0.03, 0.03)
            tip = (x + lean, foot - tall)
            blade = [(x - 0.005, foot + 0.02), (x + lean * 0.4, foot - tall * 0.6), tip, (x + 0.006, foot + 0.02)]
            stage.canvas.shape(blade, shade)


LANDS = {
    "hills": paint_hills,
    "dunes": paint_dunes,
    "forest": paint_forest,
    "sea": paint_sea,
    "city": paint_city,
    "meadow": paint_meadow,
}
