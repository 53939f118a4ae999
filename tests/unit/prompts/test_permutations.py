"""Prompts that stand for several: the right ones, in order, counted before any is built."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.prompts import count, expand, parse
from bot.prompts.braces import match_braces
from tests.unit.prompts.texts import RANDOM, WRITTEN, steady


@pytest.mark.parametrize(
    ("prompt", "expanded"),
    [
        ("a cat", ["a cat"]),
        ("a {red, green} bird", ["a red bird", "a green bird"]),
        ("{a, b} in {c, d}", ["a in c", "a in d", "b in c", "b in d"]),
        ("a {big, {tiny, very tiny} blue} cat", ["a big cat", "a tiny blue cat", "a very tiny blue cat"]),
        ("{{a, b}, {c, d}}", ["a", "b", "c", "d"]),
        (r"a {red\, green, blue} bird", ["a red, green bird", "a blue bird"]),
        ("a {, big} cat", ["a cat", "a big cat"]),
        ("a {big} cat", ["a big cat"]),
        ("a cat --ar {3:2, 16:9}", ["a cat --ar 3:2", "a cat --ar 16:9"]),
        ("a cat {--v 6, --v 7 --s 50}", ["a cat --v 6", "a cat --v 7 --s 50"]),
        ("https://a.com/{1,2}.png cat", ["https://a.com/1.png cat", "https://a.com/2.png cat"]),
        ("a {cat", ["a {cat"]),
        ("a} {b, c", ["a} {b, c"]),
        ("a} {b, c} {", ["a} b {", "a} c {"]),
        (r"\{a, b\}", [r"\{a, b\}"]),
        ("a, b", ["a, b"]),
        ("a cat --repeat 3", ["a cat"] * 3),
        ("a cat --r 2 --v 7", ["a cat --v 7"] * 2),
        ("a cat —repeat 2", ["a cat"] * 2),
        ("{a, b} --repeat 2", ["a", "a", "b", "b"]),
        ("a cat --repeat 0", ["a cat"]),
        ("a cat --repeat many", ["a cat"]),
        ("a cat {--repeat 2, --tile}", ["a cat", "a cat --tile"]),
        ("a cat --repeat {2, 3}", ["a cat"]),
    ],
)
def test_a_prompt_stands_for_several(prompt: str, expanded: list[str]) -> None:
    assert expand(prompt, 100) == expanded
    assert count(prompt) == len(expanded)


def test_a_prompt_without_braces_stays_as_it_is() -> None:
    assert expand("  two  spaces ", 5) == ["  two  spaces "]


def test_only_as_many_are_built_as_are_wanted() -> None:
    bomb = "{a,b}" * 60

    assert count(bomb) == 2**60
    assert count(f"{bomb} --repeat 40") == 40 * 2**60
    assert expand(bomb, 3) == ["a" * 60, "a" * 59 + "b", "a" * 58 + "ba"]
    assert expand("a cat --repeat 999999999", 2) == ["a cat", "a cat"]
    assert expand("{a, b}", 0) == []


GROUPS = st.lists(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3), max_size=4)


@steady
@given(GROUPS)
def test_the_first_brace_changes_slowest(groups: list[list[str]]) -> None:
    prompt = "x" + "".join(f" {{{', '.join(group)}}}" for group in groups)

    assert expand(prompt, 1000) == [" ".join(["x", *chosen]) for chosen in product(*groups)]


def check_expansion(text: str) -> None:
    expanded = expand(text, 30)

    assert len(expanded) == min(count(text), 30)
    for one in expanded:
        assert match_braces(one).pairs == {}
        assert parse(one).find("repeat") == ()
        assert expand(one, 2) == [one]


@pytest.mark.parametrize("text", WRITTEN)
def test_written_prompts_expand_to_single_ones(text: str) -> None:
    check_expansion(text)


@steady
@given(RANDOM)
def test_random_prompts_expand_to_single_ones(text: str) -> None:
    check_expansion(text)
