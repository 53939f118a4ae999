"""Colours that go together, and what the words of a prompt say about them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from sandbox.relay.painting.canvas import Colour, between, colour, turned
from sandbox.relay.painting.dials import Dials


@dataclass(frozen=True)
class Palette:
    """The light of a scene: four colours of the sky from the top down, its light, and the land far and near."""

    sky: tuple[Colour, Colour, Colour, Colour]
    light: Colour
    far: Colour
    near: Colour
    accent: Colour
    is_night: bool = False
    has_aurora: bool = False

    def land(self, nearness: float) -> Colour:
        """The colour of land between the horizon (0) and the viewer (1)."""
        return between(self.far, self.near, nearness)

    def shifted(self, degrees: float, light: float = 1.0) -> "Palette":
        """The same light a little later: all hues turned."""
        first, second, third, fourth = (turned(shade, degrees, light=light) for shade in self.sky)
        return replace(
            self,
            sky=(first, second, third, fourth),
            far=turned(self.far, degrees),
            near=turned(self.near, degrees),
            accent=turned(self.accent, degrees),
        )


def palette(hexes: str, *, is_night: bool = False, has_aurora: bool = False) -> Palette:
    """A palette from eight hex codes: four of the sky, light, far, near, accent."""
    first, second, third, fourth, light, far, near, accent = (colour(f"#{code}") for code in hexes.split())
    return Palette((first, second, third, fourth), light, far, near, accent, is_night, has_aurora)


PALETTES = {
    "dusk": palette("2b1e4f 7a3b69 e8736a ffc98b fff0c9 c46a78 1c1430 ff9e6d"),
    "dawn": palette("5c7db5 a8b6dc f4c4bf ffe8ce fff7e6 c3a7ba 28314f f08a7b"),
    "noon": palette("2a7fc4 66aee0 a9d8ee e6f3ee fffbe8 9fc9cf 174a42 f4b942"),
    "night": palette("070c26 122154 2c4a86 6585b4 f6f1dc 3d568b 050916 ffd27a", is_night=True),
    "lagoon": palette("0b3a4a 1c7478 7fc4a6 f3edc4 fffbe0 6fa89a 0a2a33 f2a65a"),
    "rose": palette("6a3a6c c4688c f5a49d fde3c6 fff4e2 cf8296 35183d ffd6a5"),
    "amber": palette("b3532f e58a45 f6b868 fde3a8 fff8dd dc9560 43201d 2f6f73"),
    "storm": palette("27323d 4a5d6b 86989f ccd2cc f4f3e8 7d8e95 141b22 d9a441"),
    "neon": palette("0a0424 2a0b59 8a208f ff5c9c ffe3f4 6a2a8c 08031a 2de2e6", is_night=True),
    "aurora": palette("041022 0a3148 156f6c 74d9a0 f2fff0 1f5f6b 030d17 b79cff", is_night=True, has_aurora=True),
    "autumn": palette("5d6f86 a9a59a e7b98a f8dfb3 fff3d6 b98a66 3b1f16 d9541e"),
    "winter": palette("6d95c2 a3c0dd d6e4ef f7f7f4 ffffff b3c8db 2e4663 e4572e"),
}

MOODS = {
    "sunset": "dusk", "dusk": "dusk", "evening": "dusk", "sunrise": "dawn", "dawn": "dawn", "morning": "dawn",
    "day": "noon", "noon": "noon", "sunny": "noon", "summer": "noon", "spring": "noon", "sky": "noon",
    "night": "night", "midnight": "night", "moon": "night", "stars": "night", "star": "night", "space": "night",
    "galaxy": "night", "dark": "night", "lagoon": "lagoon", "tropical": "lagoon", "jungle": "lagoon",
    "ocean": "lagoon", "romantic": "rose", "love": "rose", "dream": "rose", "dreamy": "rose", "magic": "rose",
    "desert": "amber", "golden": "amber", "warm": "amber", "africa": "amber", "storm": "storm", "rain": "storm",
    "rainy": "storm", "fog": "storm", "misty": "storm", "neon": "neon", "cyberpunk": "neon", "synthwave": "neon",
    "aurora": "aurora", "northern": "aurora", "autumn": "autumn", "fall": "autumn", "winter": "winter",
    "snow": "winter", "snowy": "winter", "ice": "winter", "christmas": "winter",
}  # fmt: skip

COLOURS = {
    "red": "#d33a3a", "orange": "#ee8434", "yellow": "#f2c53d", "gold": "#e0a92e", "green": "#3f9b5b",
    "emerald": "#1f9d6b", "teal": "#1f9a96", "turquoise": "#35b8ad", "cyan": "#3bc4d9", "blue": "#3b7dd8",
    "navy": "#24427f", "indigo": "#4a43a8", "purple": "#8049ad", "violet": "#8f5bd0", "magenta": "#c53a94",
    "pink": "#ee82a8", "brown": "#8a5a3b", "beige": "#d9c3a0", "white": "#f1efe9", "grey": "#8b9096",
    "gray": "#8b9096", "silver": "#b9c0c7", "black": "#2a2a30",
}  # fmt: skip


def choose_palette(words: Sequence[str], tints: Sequence[Colour], dials: Dials) -> Palette:
    """The palette for these words: a mood they name, bent towards a colour they name; else the dials choose."""
    named = next((MOODS[word] for word in words if word in MOODS), None)
    base = PALETTES[named or dials.pick("palette", [name for name in PALETTES if name not in ("neon", "storm")])]
    tint = next(iter(tints), None)
    return base if tint is None else tinted(base, tint)


def tinted(base: Palette, tint: Colour) -> Palette:
    """The palette in the family of one colour, as light and dark as before."""
    first, second, third, fourth = (
        between(shade, between(tint, shade, 0.35), share)
        for shade, share in zip(base.sky, (0.75, 0.8, 0.6, 0.3), strict=True)
    )
    return replace(
        base,
        sky=(turned(first, 0, light=0.7), second, turned(third, 0, light=1.1), fourth),
        far=between(base.far, tint, 0.55),
        near=between(base.near, turned(tint, 0, light=0.3), 0.5),
        accent=turned(tint, 180, light=1.15),
    )


def main_colours(image: Image.Image, count: int = 3) -> list[Colour]:
    """The colours that cover most of a picture, most first."""
    small = image.convert("RGB").resize((48, 48), Image.Resampling.BOX).quantize(8)
    flat = small.getpalette() or []
    ranked = sorted(small.getcolors() or [], reverse=True, key=lambda pair: int(pair[0]))
    places = [index for _, index in ranked if isinstance(index, int)][:count]
    return [(flat[place * 3], flat[place * 3 + 1], flat[place * 3 + 2]) for place in places]


def colour_name(shade: Colour) -> str:
    """The word that comes closest to a colour."""
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(colour(COLOURS[name]), shade, strict=True)))
