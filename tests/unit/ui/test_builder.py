"""The prompt builder's prompt and menus."""

from typing import Any

import pytest

from bot.text import inline_code
from bot.ui.panels.builder import changed, menus, parameters_of, words_of
from bot.ui.panels.settings import STYLIZE
from tests.support.makers import START

GRAVE = "\N{MODIFIER LETTER GRAVE ACCENT}"
DRAFT = f"{int(START.timestamp()):08x}{'0' * 8}"


def shown(prompt: str, whole: str = "", cap: int = 4) -> dict[str, str]:
    """The label that each menu shows for a prompt."""
    built = [menu.item.to_component_dict() for menu in menus(DRAFT, prompt, whole or prompt, cap, "en-US")]
    return {
        menu["custom_id"].split(":")[2]: next(one["label"] for one in menu["options"] if one["default"])
        for menu in built
    }


def options(what: str, prompt: str, cap: int = 4) -> list[Any]:
    """The options of one menu."""
    built = [menu.item.to_component_dict() for menu in menus(DRAFT, prompt, prompt, cap, "en-US")]
    return next(menu["options"] for menu in built if f":{what}:" in menu["custom_id"])


@pytest.mark.parametrize(
    ("prompt", "what", "value", "then"),
    [
        ("a cat", "aspect", "3:2", "a cat --ar 3:2"),
        ("a cat --ar 3:2 --c 5", "aspect", "16:9", "a cat --ar 16:9 --c 5"),
        ("a cat --ar 3:2 --c 5", "aspect", "-", "a cat --c 5"),
        ("a cat --niji 6", "model", "v 7", "a cat --v 7"),
        ("a cat --v 7", "model", "niji 6", "a cat --niji 6"),
        ("a cat --v 7 --raw", "model", "-", "a cat --raw"),
        ("a cat", "style", "raw", "a cat --style raw"),
        ("a cat --s 50", "stylize", "250", "a cat --stylize 250"),
        ("a cat", "chaos", "10", "a cat --chaos 10"),
        ("", "chaos", "10", "--chaos 10"),
        ("a cat --r 3", "repeat", "2", "a cat --repeat 2"),
        ("a cat --r 3", "repeat", "-", "a cat"),
    ],
)
def test_a_choice_changes_its_parameter_and_nothing_else(prompt: str, what: str, value: str, then: str) -> None:
    assert changed(prompt, what, value) == then


def test_words_and_parameters_are_told_apart() -> None:
    prompt = "https://e.com/a.png a cat::2 --ar 3:2 a --no fog, birds"

    assert words_of(prompt).startswith("https://e.com/a.png a cat::2")
    assert words_of("--ar 3:2") == ""
    assert parameters_of("a cat --ar 3:2 --c 5") == "--ar 3:2 --c 5"
    assert words_of("a {cat --ar 1:1, dog} --c 5") == "a {cat --ar 1:1, dog}"
    assert parameters_of("a {cat --ar 1:1, dog} --c 5") == "--c 5"


def test_what_no_menu_takes_out_is_changed_where_it_was_typed() -> None:
    prompt = "a cat --seed 7 --foo 3 --ar 3:2"

    assert words_of(prompt) == "a cat --seed 7 --foo 3"
    assert parameters_of(prompt) == "--ar 3:2"


def test_menus_of_an_empty_prompt_say_as_usual() -> None:
    assert shown("") == {
        "aspect": "Shape: default",
        "model": "Model: default",
        "style": "Style: default",
        "stylize": "Stylize: default",
        "chaos": "Chaos: default",
        "repeat": "Pictures: 4",
    }


def test_menus_show_what_stands_in_the_prompt_also_what_they_do_not_offer() -> None:
    assert shown("a cat --ar 7:4 --niji 6 --style raw --s 33 --c 10 --r 3") == {
        "aspect": "Shape: 7:4",
        "model": "Niji 6",
        "style": "Style: raw",
        "stylize": "Stylize: 33",
        "chaos": "Chaos: 10 (a little)",
        "repeat": "Pictures: 12",
    }


@pytest.mark.parametrize(
    ("prompt", "styles"),
    [
        ("a cat", ["-", "raw"]),
        ("a cat --v 7", ["-", "raw"]),
        ("a cat --niji 5", ["-", "cute", "expressive", "original", "scenic"]),
        ("a cat --v 5", ["-"]),
        ("a cat --v 5 --style raw", ["-", "raw"]),
    ],
)
def test_styles_are_those_of_the_model(prompt: str, styles: list[str]) -> None:
    assert [option["value"] for option in options("style", prompt)] == styles


@pytest.mark.parametrize(("cap", "last"), [(4, "4"), (40, "20")])
def test_no_more_pictures_are_offered_than_one_prompt_may_start_or_a_menu_holds(cap: int, last: str) -> None:
    assert options("repeat", "a cat", cap)[-1]["value"] == last


def test_where_one_prompt_is_one_job_nobody_is_asked_how_many() -> None:
    assert "repeat" not in shown("a cat", cap=1)


def test_menus_can_be_sent_whatever_the_prompt_is() -> None:
    prompt = f"a cat --style {'x' * 300} --ar {'9' * 200} --v {'`' * 50} --chaos {{1, 2}}"

    for what in ("aspect", "model", "style", "stylize", "chaos", "repeat"):
        found = options(what, prompt, 40)
        assert 1 <= len(found) <= 25
        assert all(1 <= len(option[part]) <= 100 for option in found for part in ("label", "value"))


@pytest.mark.parametrize(
    ("text", "written"),
    [("--ar 3:2", "`--ar 3:2`"), ("a\nb `c`", f"`a b {GRAVE}c{GRAVE}`"), ("x" * 30, f"`{'x' * 19}…`")],
)
def test_code_stays_on_one_line_and_cannot_be_left(text: str, written: str) -> None:
    assert inline_code(text, 20) == written


def test_every_degree_of_stylize_is_its_number() -> None:
    assert [int(value) for value in STYLIZE] == [50, 100, 250, 750]
