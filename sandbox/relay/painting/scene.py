"""A scene: what the words of a prompt look like, at any size and extent, the same for the same seed."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from PIL import Image

from sandbox.relay.painting.brush import Brush
from sandbox.relay.painting.canvas import Canvas, Colour, Size, View, between, colour, turned
from sandbox.relay.painting.dials import Dials, mix
from sandbox.relay.painting.figures import FIGURES
from sandbox.relay.painting.mountains import paint_mountains
from sandbox.relay.painting.palettes import COLOURS, Palette, choose_palette
from sandbox.relay.painting.scenery import LANDS, paint_grass, paint_rollers
from sandbox.relay.painting.sky import paint_sky, paint_weather
from sandbox.relay.painting.stage import Stage
from sandbox.relay.painting.words import plain, words_of

FIGURE_WORDS = {
    "cat": "cat", "cats": "cat", "kitten": "cat", "kitty": "cat", "tiger": "cat", "lion": "cat", "fox": "fox",
    "dog": "fox", "puppy": "fox", "wolf": "fox", "bird": "bird", "birds": "bird", "owl": "bird", "parrot": "bird",
    "penguin": "bird", "robot": "robot", "robots": "robot", "android": "robot", "machine": "robot",
    "mech": "robot", "flower": "flower", "rose": "flower", "tulip": "flower", "sunflower": "flower",
    "lotus": "flower", "blossom": "flower", "boat": "boat", "ship": "boat", "sailboat": "boat", "yacht": "boat",
    "balloon": "balloon", "balloons": "balloon", "castle": "castle", "palace": "castle", "temple": "castle",
    "house": "castle", "lighthouse": "lighthouse", "tower": "lighthouse", "whale": "whale", "fish": "whale",
    "dolphin": "whale", "shark": "whale", "tree": "tree", "oak": "tree", "sakura": "tree", "bonsai": "tree",
    "person": "person", "man": "person", "woman": "person", "girl": "person", "boy": "person",
    "astronaut": "person", "wizard": "person", "knight": "person", "portrait": "person", "rocket": "rocket",
    "spaceship": "rocket", "mushroom": "mushroom", "mushrooms": "mushroom", "toadstool": "mushroom",
}  # fmt: skip

SETTING_WORDS = {
    "mountain": "mountains", "mountains": "mountains", "alps": "mountains", "peak": "mountains",
    "valley": "mountains", "lake": "sea", "sea": "sea", "ocean": "sea", "beach": "sea", "water": "sea",
    "wave": "sea", "waves": "sea", "river": "sea", "island": "sea", "harbour": "sea", "harbor": "sea",
    "forest": "forest", "woods": "forest", "jungle": "forest", "pine": "forest", "trees": "forest",
    "city": "city", "street": "city", "skyline": "city", "tokyo": "city", "town": "city", "cyberpunk": "city",
    "york": "city", "buildings": "city", "desert": "dunes", "dunes": "dunes", "sand": "dunes", "mars": "dunes",
    "egypt": "dunes", "meadow": "meadow", "field": "meadow", "garden": "meadow", "flowers": "meadow",
    "spring": "meadow", "hill": "hills", "hills": "hills", "farm": "hills", "landscape": "hills",
}  # fmt: skip

SETTINGS = {"mountains": paint_mountains, **LANDS}
AT_SEA = ("boat", "whale", "lighthouse")
WEATHER_WORDS = {"rain": "rain", "rainy": "rain", "snow": "snow", "snowy": "snow", "winter": "snow"}


class World(Protocol):
    """Something that can be looked at through any view: what lies around a picture, and its family."""

    def paint(self, view: View, size: Size) -> Image.Image:
        """What the view shows, in pixels."""
        ...

    def varied(self, seed: int, strength: float, prompt: str) -> "World":
        """A relative: the same composition with changes of this strength, for a prompt that may be new."""
        ...


@dataclass(frozen=True)
class Scene:
    """A painted world. `family` is shared by the cells of one grid, `composition` is the cell's own."""

    prompt: str
    family: int
    composition: Dials
    tints: tuple[Colour, ...] = ()

    def varied(self, seed: int, strength: float, prompt: str) -> "Scene":
        """The same composition, nudged."""
        return replace(self, prompt=prompt, composition=self.composition.nudged(seed, strength))

    def paint(self, view: View, size: Size) -> Image.Image:
        """The scene from the sky to the grass."""
        words, dials = words_of(self.prompt), self.composition
        family = Dials(self.family)
        figure = next((FIGURE_WORDS[word] for word in words if word in FIGURE_WORDS), None)
        setting = next((SETTING_WORDS[word] for word in words if word in SETTING_WORDS), None)
        if figure is None and setting is None:
            figure = family.pick("figure", [None, None, *FIGURES])
        if setting is None:
            setting = "sea" if figure in AT_SEA else family.pick("setting", [*SETTINGS])
        palette = self._palette(words, figure)
        stage = Stage(Canvas(view, size), dials, palette, dials("horizon", 0.5, 0.62))
        paint_sky(stage)
        SETTINGS[setting](stage)
        if figure is not None:
            self._paint_figure(stage, figure, words, setting)
        if setting not in ("sea", "city") and figure not in ("boat", "whale"):
            paint_grass(stage)
        if weather := next((WEATHER_WORDS[word] for word in words if word in WEATHER_WORDS), None):
            paint_weather(stage, weather)
        return stage.canvas.finished()

    def _palette(self, words: list[str], figure: str | None) -> Palette:
        named = [
            colour(COLOURS[word])
            for word, after in pairwise([*words, ""])
            if word in COLOURS and (figure is None or FIGURE_WORDS.get(after) != figure)
        ]
        palette = choose_palette(words, [*self.tints, *named], Dials(self.family))
        return palette.shifted(self.composition("hue", -13, 13), self.composition("light", 0.93, 1.06))

    def _paint_figure(self, stage: Stage, name: str, words: list[str], setting: str) -> None:
        figure = FIGURES[name]
        own = next(
            (colour(COLOURS[w]) for w, after in pairwise(words) if w in COLOURS and FIGURE_WORDS.get(after) == name),
            None,
        )
        body = own or stage.dials.pick("figure.colour", figure.colours)
        body = between(turned(body, stage.dials("figure.hue", -8, 8)), stage.palette.far, 0.12)
        tall = figure.tall * stage.dials("figure.tall", 0.88, 1.1)
        reach = 0.04 if figure.tall > 0.6 else 0.15
        foot = (stage.dials("figure.x", -reach, reach), figure.foot)
        if setting == "sea" and name not in ("balloon", "rocket", "bird", *AT_SEA):
            shore = [(-0.9, 1.5), (-0.6, 0.97), (-0.2, 0.9), (0.25, 0.91), (0.62, 0.97), (0.9, 1.5)]
            stage.canvas.shape(shore, between(stage.palette.near, stage.palette.far, 0.12))
        if name not in ("balloon", "boat", "whale", "bird", "rocket"):
            stage.canvas.disc((foot[0], foot[1] + 0.005), tall * 0.42, stage.palette.near, 0.4, flat=0.12)
        figure.paint(Brush(stage, foot, tall, body))
        if setting == "sea" and name in ("boat", "whale"):
            paint_rollers(stage, foot[1])


def scene_family(prompt: str, seed: int, tints: tuple[Colour, ...] = ()) -> list[Scene]:
    """Four related scenes for a prompt: one palette and one subject, four compositions."""
    family = mix(seed, plain(prompt).lower())
    return [Scene(prompt, family, Dials(mix(family, "cell", cell)), tints) for cell in range(4)]
