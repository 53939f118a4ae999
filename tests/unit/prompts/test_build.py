"""Parameters set and taken out, never twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.prompts import parse, value_of, with_parameter, without_parameter
from tests.unit.prompts.texts import RANDOM, WRITTEN, steady


@pytest.mark.parametrize(
    ("prompt", "name", "value", "changed"),
    [
        ("a cat", "ar", "16:9", "a cat --ar 16:9"),
        ("a cat", "aspect", "16:9", "a cat --ar 16:9"),
        ("a cat --ar 3:2 --v 7", "ar", "16:9", "a cat --ar 16:9 --v 7"),
        ("a cat --AR3:2 --v 7", "ar", "16:9", "a cat --ar 16:9 --v 7"),
        ("a cat —aspect 3:2 --ar 1:1", "ar", "16:9", "a cat --ar 16:9"),
        ("a cat {--ar 3:2, --ar 1:1} --v 7", "ar", "16:9", "a cat --v 7 --ar 16:9"),
        ("a cat {--ar 3:2 --tile, --ar 1:1}", "ar", "16:9", "a cat { --tile,} --ar 16:9"),
        ("a cat --niji 6", "v", "7", "a cat --v 7"),
        ("a cat --v 6 --tile", "niji", "6", "a cat --niji 6 --tile"),
        ("a cat --fast", "relax", "", "a cat --relax"),
        ("a cat", "tile", "", "a cat --tile"),
        ("a cat --no birds --no people", "no", "text, logos", "a cat --no text, logos"),
        ("a cat", "no", "two\nlines", "a cat --no two lines"),
        ("a cat", "chaos", "{10, 20}", "a cat --chaos {10, 20}"),
        ("", "v", "7", "--v 7"),
        ("a cat", "ar", "16:9\u200b", "a cat --ar 16:9"),
        ("a cat", "ar", "16:9\uff0c", "a cat --ar 16:9"),
        ("a cat", "no", "two\u2028lines", "a cat --no two lines"),
    ],
)
def test_a_parameter_is_set_once(prompt: str, name: str, value: str, changed: str) -> None:
    assert with_parameter(prompt, name, value) == changed


@pytest.mark.parametrize(
    ("name", "value"),
    [("ar", "16:9 --v 7"), ("ar", "16:9 cat"), ("no", "birds --tile"), ("no", "{a"), ("tile", "2"), ("v", "7 cat")],
)
def test_a_value_that_is_more_than_a_value_is_refused(name: str, value: str) -> None:
    with pytest.raises(UserError, match="is not a value"):
        with_parameter("a cat", name, value)


@pytest.mark.parametrize(
    ("prompt", "name", "changed"),
    [
        ("a cat --ar 3:2 --v 7", "aspect", "a cat --v 7"),
        ("a cat {--v 6, --v 7}", "v", "a cat"),
        ("a cat", "v", "a cat"),
        ("--tile", "tile", ""),
    ],
)
def test_a_parameter_is_taken_out(prompt: str, name: str, changed: str) -> None:
    assert without_parameter(prompt, name) == changed


def test_names_that_are_no_parameters_are_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        with_parameter("a cat", "colour", "red")


@pytest.mark.parametrize(
    ("prompt", "value"),
    [("a cat --aspect 3:2", "3:2"), ("a cat", None), ("a --ar 1:1 --ar 3:2", "3:2"), ("{--ar 1:1}", None)],
)
def test_a_value_is_read(prompt: str, value: str | None) -> None:
    assert value_of(prompt, "ar") == value


SETTINGS = st.sampled_from([("ar", "16:9"), ("v", "7"), ("niji", "6"), ("s", "250"), ("fast", ""), ("no", "birds")])


def check_change(prompt: str, name: str, value: str) -> None:
    changed = with_parameter(prompt, name, value)

    assert value_of(changed, name) == value
    assert len(parse(changed).find(name)) == 1
    assert with_parameter(changed, name, value) == changed


@pytest.mark.parametrize("prompt", WRITTEN)
def test_written_prompts_can_be_changed(prompt: str) -> None:
    check_change(prompt, "ar", "16:9")
    assert parse(without_parameter(prompt, "ar")).find("ar") == ()


@steady
@given(RANDOM, SETTINGS)
def test_random_prompts_can_be_changed(prompt: str, setting: tuple[str, str]) -> None:
    check_change(prompt, *setting)
