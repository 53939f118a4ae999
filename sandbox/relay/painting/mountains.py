"""Mountains: peaks with a lit and a shaded side, snow on the highest, woods at their feet."""

from sandbox.relay.painting.canvas import Colour, Point, between
from sandbox.relay.painting.dials import Relief
from sandbox.relay.painting.scenery import paint_fir
from sandbox.relay.painting.stage import Stage


def paint_mountains(stage: Stage) -> None:
    """Three ranges of peaks in ever thicker air, and a wooded slope in front."""
    canvas, dials, palette = stage.canvas, stage.dials, stage.palette
    for layer in range(3):
        near = layer / 3
        base = stage.horizon + 0.03 + 0.12 * layer
        height = (0.5, 0.36, 0.22)[layer] * dials(f"range.{layer}.height", 0.85, 1.15)
        spacing = height * 0.62
        shade = palette.land(0.2 + 0.6 * near)
        peaks = [
            ((column + dials(f"peak.{layer}.{column}", -0.32, 0.32)) * spacing, f"peak.{layer}.{column}")
            for column in canvas.columns(spacing, 0.6)
        ]
        tops = sorted(((height * dials(name + ".h", 0.42, 1.0), x, name) for x, name in peaks), reverse=True)
        for tall, x, name in tops:
            paint_peak(stage, name, (x, base), tall, shade)
            if tall > 0.17:
                paint_cap(stage, name, (x, base), tall, 0.3 + 0.3 * (tall - 0.17))
        canvas.mist(base - 0.17, base + 0.04, palette.sky[3], 0.5 * (1 - near))
        floor = [(canvas.view.left, base), (canvas.view.right, base), (canvas.view.right, 9.0), (canvas.view.left, 9.0)]
        canvas.wash([(base, between(shade, palette.sky[3], 0.36 * (1 - near))), (base + 0.2, shade)], floor)
    paint_wooded_slope(stage, stage.horizon + 0.36)


def flank(stage: Stage, name: str, foot: Point, tall: float, side: int, reach: float = 1.0) -> list[Point]:
    """One ragged edge of a peak, from the summit downwards; `reach` 1 goes to its foot."""
    steps = 9
    edge = [(foot[0], foot[1] - tall)]
    for step in range(1, steps + 1):
        down = step / steps * reach
        jag = stage.dials(f"{name}.{side}.{step}", -0.05, 0.05) * (1 if step < steps else 0)
        edge.append((foot[0] + side * tall * (down * 0.72 + jag), foot[1] - tall * (1 - down)))
    return edge


def spine(stage: Stage, name: str, foot: Point, tall: float, reach: float = 1.0) -> list[Point]:
    """The crooked line from the summit down, between the side in the light and the side in the shade."""
    return [
        (foot[0] + tall * (0.16 * step / 6 + stage.dials(f"{name}.spine.{step}", -0.09, 0.09) * (step > 0)) * reach,
         foot[1] - tall * (1 - step / 6 * reach))
        for step in range(7)
    ]  # fmt: skip


def paint_peak(stage: Stage, name: str, foot: Point, tall: float, shade: Colour) -> None:
    """One mountain, lit from the left."""
    left, right = flank(stage, name, foot, tall, -1), flank(stage, name, foot, tall, 1)
    lit, dim = between(shade, stage.palette.light, 0.2), between(shade, stage.palette.near, 0.3)
    stage.canvas.wash([(foot[1] - tall, lit), (foot[1], shade)], [*left, *reversed(right)])
    ridge = spine(stage, name, foot, tall)
    stage.canvas.wash([(foot[1] - tall, dim), (foot[1], shade)], [*ridge, *reversed(right)])


def paint_cap(stage: Stage, name: str, foot: Point, tall: float, reach: float) -> None:
    """Snow on the summit, with a ragged hem."""
    white = between(stage.palette.sky[3], (255, 255, 255), 0.6)
    cool = between(between(white, stage.palette.sky[1], 0.35), stage.palette.far, 0.2)
    ridge = spine(stage, name, foot, tall)
    for side, shade in ((-1, white), (1, cool)):
        edge = [point for point in flank(stage, name, foot, tall, side) if point[1] < foot[1] - tall * (1 - reach)]
        middle = [point for point in ridge if point[1] < foot[1] - tall * (1 - reach)]
        (ax, ay), (bx, by) = edge[-1], middle[-1]
        hem = []
        for step in range(1, 8):
            share = step / 8
            drop = stage.dials(f"{name}.hem.{side}.{step}", 0.0, 0.09) * (1 if step % 2 else 0.15)
            hem.append((ax + (bx - ax) * share, ay + (by - ay) * share + tall * drop))
        stage.canvas.shape([*edge, *hem, *reversed(middle)], shade, 0.94)


def paint_wooded_slope(stage: Stage, base: float) -> None:
    """A dark rise with firs on its line."""
    relief = Relief(stage.dials, "slope", octaves=3)
    shade = stage.palette.land(0.86)
    stage.canvas.wash([(base - 0.1, shade), (base + 0.2, stage.palette.near)], stage.hills(relief, base, 0.13, 1.1))
    for column in stage.canvas.columns(0.019, 0.1):
        x = (column + stage.dials(f"pine.{column}", -0.4, 0.4)) * 0.019
        paint_fir(
            stage.canvas,
            (x, base - 0.13 * relief(x * 1.1) + 0.012),
            stage.dials(f"pine.{column}.h", 0.03, 0.085),
            shade,
        )
