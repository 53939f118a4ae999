"""The brush for figures: one unit high, feet at (0, 0), y pointing up, lit from above."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.relay.painting.canvas import Colour, Point, between, smooth, turned
from sandbox.relay.painting.stage import Stage

WHITE = (250, 248, 240)
INK = (28, 24, 34)


@dataclass(frozen=True)
class Brush:
    """Paints in a figure's own coordinates: feet at `foot`, `tall` high, in its body colour."""

    stage: Stage
    foot: Point
    tall: float
    body: Colour

    @property
    def shade(self) -> Colour:
        """The body's colour away from the light."""
        return between(turned(self.body, -12, light=0.72), self.stage.palette.near, 0.22)

    @property
    def shine(self) -> Colour:
        """The body's colour towards the light."""
        return between(self.body, self.stage.palette.light, 0.42)

    def place(self, x: float, y: float) -> Point:
        """A point of the figure in the world."""
        return self.foot[0] + x * self.tall, self.foot[1] - y * self.tall

    def blob(self, points: Sequence[Point], colour: Colour | None = None, alpha: float = 1.0) -> None:
        """A soft closed shape; in the body's colour it gets light from above."""
        outline = [self.place(x, y) for x, y in smooth(points)]
        if colour is not None:
            self.stage.canvas.shape(outline, colour, alpha)
            return
        top, bottom = min(y for _, y in outline), max(y for _, y in outline)
        self.stage.canvas.wash(
            [(top, self.shine), (top * 0.6 + bottom * 0.4, self.body), (bottom, self.shade)], outline
        )

    def edge(self, points: Sequence[Point], colour: Colour | None = None, alpha: float = 1.0) -> None:
        """A shape with corners."""
        self.stage.canvas.shape([self.place(x, y) for x, y in points], colour or self.body, alpha)

    def twin(self, points: Sequence[Point], colour: Colour | None = None) -> None:
        """A soft shape and its mirror image."""
        self.blob(points, colour)
        self.blob([(-x, y) for x, y in points], colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0, flat: float = 1.0) -> None:
        """A filled ellipse."""
        self.stage.canvas.disc(self.place(x, y), radius * self.tall, colour, alpha, flat=flat)

    def line(self, points: Sequence[Point], colour: Colour, width: float, alpha: float = 1.0) -> None:
        """A stroke."""
        spots = [self.place(x, y) for x, y in points]
        self.stage.canvas.line(spots, colour, width * self.tall, alpha)

    def dial(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """One of the scene's dials."""
        return self.stage.dials(f"figure.{name}", low, high)
