"""A member's own language: options and suffix, and that what is typed counts more."""

from functools import partial

import pytest
from hypothesis import given

from bot.errors import UserError
from bot.prompts import MAX_PROMPT, apply_suffix, check_suffix, expand_options, option_name
from tests.unit.prompts.texts import RANDOM, steady, steps

OPTIONS = {"mine": "hex colours --ar 7:4 --s 250", "film": "--style raw", "loop": "never reached"}


@pytest.mark.parametrize(
    ("typed", "expanded"),
    [
        ("a cat --mine", "a cat hex colours --ar 7:4 --s 250"),
        ("a cat --MINE --film", "a cat hex colours --ar 7:4 --s 250 --style raw"),
        ("a cat --mine in the rain", "a cat hex colours --ar 7:4 --s 250 in the rain"),
        ("a cat --mine --ar 1:1", "a cat hex colours --s 250 --ar 1:1"),
        ("a {cat --mine, dog --film}", "a {cat hex colours --ar 7:4 --s 250, dog --style raw}"),
        ("a cat --minimal", "a cat --minimal"),
        ("a cat --loop", "a cat --loop"),
        ("a cat", "a cat"),
    ],
)
def test_options_stand_for_their_text(typed: str, expanded: str) -> None:
    assert expand_options(typed, OPTIONS) == expanded


def test_options_do_not_stand_for_options() -> None:
    assert expand_options("a --one", {"one": "--two", "two": "--one --one"}) == "a --two"


@pytest.mark.parametrize(
    ("typed", "suffix", "sent"),
    [
        ("a cat", "--s 750 --v 7", "a cat --s 750 --v 7"),
        ("a cat --stylize 50", "--s 750 --v 7", "a cat --stylize 50 --v 7"),
        ("a cat —s50", "--s 750", "a cat —s50"),
        ("a cat --niji 6", "--v 7 --ar 3:2", "a cat --niji 6 --ar 3:2"),
        ("a cat --relax", "--fast", "a cat --relax"),
        ("a cat {--v 6, --v 7}", "--v 5", "a cat {--v 6, --v 7}"),
        ("a cat --no birds", "--no people --tile", "a cat --no birds --tile"),
        ("a cat --fresh 1", "--fresh 2 --tile", "a cat --fresh 1 --tile"),
        ("a cat ", "", "a cat "),
        ("", "--v 7", "--v 7"),
    ],
)
def test_the_suffix_stands_behind_what_was_typed(typed: str, suffix: str, sent: str) -> None:
    assert apply_suffix(typed, suffix) == sent


@steady
@given(RANDOM)
def test_personal_language_never_crashes(text: str) -> None:
    apply_suffix(expand_options(text, OPTIONS), "--v 7 --ar {1:1, 3:2}")
    apply_suffix("a cat", text)


@pytest.mark.parametrize("suffix", ["--v 7", "--s 750 --style raw", "--no text, logos", "—v 7", ""])
def test_a_suffix_of_parameters_is_taken(suffix: str) -> None:
    check_suffix(suffix)


@pytest.mark.parametrize("suffix", ["in the rain", "--tile in the rain", "https://a.com/x.png --v 7", "{--v 6, --v 7}"])
def test_a_suffix_with_words_is_refused(suffix: str) -> None:
    with pytest.raises(UserError, match="only hold parameters"):
        check_suffix(suffix)


@pytest.mark.parametrize(
    "text", ["mine", "--mine", "—Mine", " --MINE ", "——mi\u200bne", "\uff0d\uff0d\uff4dine", "- -mine"]
)
def test_names_of_options_are_kept_in_one_form(text: str) -> None:
    assert option_name(text) == "mine"


@pytest.mark.parametrize("text", ["", "--", "two words", "mine2", "雨", "a" * 21, "--ar", "Version"])
def test_other_names_of_options_are_refused(text: str) -> None:
    with pytest.raises(UserError):
        option_name(text)


def test_options_make_no_prompt_longer_than_one_that_can_be_typed() -> None:
    text = "x" * 999
    assert len(expand_options("--zq " * 6, {"zq": text})) <= MAX_PROMPT

    for typed in ("--zq " * 7, "--zq " * 1199):
        with pytest.raises(UserError, match="With your shortcuts written out"):
            expand_options(typed, {"zq": text})


def test_suffix_makes_no_prompt_longer_than_one_that_can_be_typed() -> None:
    with pytest.raises(UserError, match="too long"):
        apply_suffix("x" * (MAX_PROMPT - 5), "--v 7")


def test_the_text_of_an_option_is_read_once_however_often_it_is_used() -> None:
    text = "--zw " * 199
    once, often = (steps(partial(expand_options, "--zq " * uses, {"zq": text})) for uses in (1, 6))

    assert often < once + 500
