"""Where a scene is painted: the canvas with everything that a layer needs to know."""

from dataclasses import dataclass

from sandbox.relay.painting.canvas import Canvas, Point
from sandbox.relay.painting.dials import Dials, Relief
from sandbox.relay.painting.palettes import Palette


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
