"""Scenes: the same for the same seed, related within a grid, different for different prompts."""

import pytest
from PIL import Image, ImageChops, ImageStat

from sandbox.relay.painting.canvas import home_view
from sandbox.relay.painting.dials import Dials, Relief, mix
from sandbox.relay.painting.figures import FIGURES
from sandbox.relay.painting.palettes import MOODS, PALETTES, colour_name, main_colours
from sandbox.relay.painting.pictures import Grid, Painted, Picture, Upscaled
from sandbox.relay.painting.scene import FIGURE_WORDS, SETTING_WORDS, SETTINGS, scene_family
from sandbox.relay.painting.sketches import paint_or_sketch
from sandbox.relay.painting.words import plain, words_of
from sandbox.relay.prompts import cell_size, parameter, seed_of

SMALL = (96, 96)


def painted(prompt: str, seed: int = 1, cell: int = 0, zoom: float = 1.0) -> Image.Image:
    view = home_view(SMALL).part((1 - zoom) / 2, (1 - zoom) / 2, (1 + zoom) / 2, (1 + zoom) / 2)
    return scene_family(prompt, seed)[cell].paint(view, SMALL)


def distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference per channel, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


def test_scene_has_the_same_pixels_for_the_same_seed() -> None:
    assert painted("a cat by the sea").tobytes() == painted("a cat by the sea").tobytes()


def test_scene_differs_by_seed_and_by_prompt() -> None:
    cat = painted("a cat by the sea")

    assert distance(cat, painted("a cat by the sea", seed=2)) > 3
    assert distance(cat, painted("a robot in the desert")) > 10


def test_cells_of_a_family_are_related_but_different() -> None:
    cells = [painted("a fox in the forest", cell=cell) for cell in range(4)]
    strangers = [painted(prompt) for prompt in ("rocket over a desert", "neon city at night", "whale, aurora")]

    inside = [distance(cells[0], other) for other in cells[1:]]
    outside = [distance(cells[0], other) for other in strangers]
    assert min(inside) > 2
    assert sum(inside) / 3 < sum(outside) / 3


def test_weak_nudge_keeps_the_composition() -> None:
    scene = scene_family("a castle at dusk", 3)[0]
    view = home_view(SMALL)
    parent = scene.paint(view, SMALL)

    subtle, strong = (scene.varied(9, strength, scene.prompt).paint(view, SMALL) for strength in (0.14, 0.9))

    assert 0 < distance(parent, subtle) < distance(parent, strong)


def test_wider_view_shows_the_same_scene_smaller() -> None:
    near, far = painted("a castle at dusk"), painted("a castle at dusk", zoom=2.0)

    middle = far.crop((24, 24, 72, 72)).resize(SMALL)
    assert distance(near, middle) < 9


@pytest.mark.parametrize(
    "prompt", [*(f"{figure} in the desert" for figure in FIGURES), *sorted(set(SETTING_WORDS.values()))]
)
def test_every_figure_and_setting_can_be_painted(prompt: str) -> None:
    image = scene_family(prompt, 5)[0].paint(home_view((24, 32)), (24, 32))

    assert len(image.getcolors(image.width * image.height) or []) > 50


def test_words_name_things_that_exist() -> None:
    assert set(FIGURE_WORDS.values()) == set(FIGURES)
    assert set(SETTING_WORDS.values()) <= set(SETTINGS)
    assert set(MOODS.values()) <= set(PALETTES)


def test_named_colour_tints_the_picture() -> None:
    red, blue = (main_colours(painted(f"{name} hills"), 8) for name in ("red", "blue"))

    assert sum(shade[0] - shade[2] for shade in red) > 100 + sum(shade[0] - shade[2] for shade in blue)


def test_colour_name_finds_the_nearest_word() -> None:
    assert [colour_name(shade) for shade in ((250, 245, 240), (30, 30, 30), (200, 50, 50))] == ["white", "black", "red"]


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("cat", (512, 512)),
        ("cat --ar 16:9", (512, 288)),
        ("cat --ar 2:3 --v 7", (342, 512)),
        ("cat --aspect 9:1", (512, 128)),
        ("cat --ar 0:1", (512, 512)),
        ("cat --ar wide", (512, 512)),
    ],
)
def test_cell_size_honours_the_aspect_ratio(prompt: str, size: tuple[int, int]) -> None:
    assert cell_size(prompt) == size


def test_prompt_is_read_without_links_and_parameters() -> None:
    prompt = "https://example.com/cat.png a Red fox, 夜 --seed 7 --no city --zoom 1.5"

    assert plain(prompt) == "a Red fox, 夜"
    assert words_of(prompt) == ["a", "red", "fox", "夜", "night"]
    assert (seed_of(prompt), parameter(prompt, "zoom"), parameter(prompt, "ar")) == (7, "1.5", None)


def test_dials_depend_on_names_only() -> None:
    dials = Dials(mix("x"))
    relief = Relief(dials, "hill")

    assert dials("a", 2, 3) == dials("a", 2, 3) != dials("b", 2, 3)
    assert all(0 <= relief(x / 7) <= 1 for x in range(-50, 50))
    assert dials.nudged(4, 1.0)("a") == Dials(4)("a")


def test_sketches_are_the_same_again_and_differ_from_each_other() -> None:
    cells = tuple(Painted(scene, home_view(SMALL), SMALL) for scene in scene_family("a cat by the sea", 1))

    once, again = ([sketched(cell).tobytes() for cell in cells] for _ in range(2))

    assert once == again
    assert len({*once}) == 4


def test_pictures_made_of_sketches_are_made_as_those_of_paintings_are() -> None:
    cell = Painted(scene_family("a cat by the sea", 1)[0], home_view(SMALL), SMALL)
    grid = Grid((cell,) * 4)

    large, small = sketched(Upscaled(grid, is_creative=False, factor=2)), sketched(grid)

    assert large.tobytes() == small.resize((384, 384), Image.Resampling.LANCZOS).tobytes()
    assert small.crop((96, 96, 192, 192)).tobytes() == sketched(cell).tobytes()


def sketched(picture: Picture) -> Image.Image:
    return paint_or_sketch(picture, sketched)
