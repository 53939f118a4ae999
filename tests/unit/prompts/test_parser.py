"""Prompts taken apart: nothing lost, every part in its place, and in linear time."""

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given

from bot.prompts import count, expand, lint, parse
from bot.prompts.parts import Part, Prompt
from tests.unit.prompts.texts import RANDOM, WRITTEN, steady, steps

OTHER_DASHES = ["\N{EM DASH}", "\N{EM DASH}" * 2, "\N{EN DASH}", "\N{FULLWIDTH HYPHEN-MINUS}" * 2, "\N{MINUS SIGN}"]


def kinds(prompt: Prompt) -> list[tuple[str, str]]:
    """The parts that are not blank, with their kinds."""
    return [(type(part).__name__, part.text.strip()) for part in prompt.parts if part.text.strip()]


def check_parts(text: str) -> None:
    parts: tuple[Part, ...] = parse(text).parts
    assert "".join(part.text for part in parts) == text
    assert [part.start for part in parts] == [0, *(part.end for part in parts)][: len(parts)]
    assert all(text[part.start : part.end] == part.text for part in parts)


def test_there_are_enough_written_prompts() -> None:
    assert len(WRITTEN) == len(set(WRITTEN)) >= 200


@pytest.mark.parametrize("text", WRITTEN)
def test_written_prompts_go_round(text: str) -> None:
    check_parts(text)


@steady
@given(RANDOM)
@example("")
@example('--no "a {b" , c}')
def test_random_prompts_go_round(text: str) -> None:
    check_parts(text)


def test_a_prompt_has_its_parts() -> None:
    prompt = parse("https://a.com/x.png https://b.com/y.png::2 hot::2 dog::-.5 --ar 16:9 --no a, b --v 7")

    assert [image.text for image in prompt.images] == ["https://a.com/x.png", "https://b.com/y.png"]
    assert [weight.value for weight in prompt.weights] == [2, 2, -0.5]
    assert prompt.words == "::2 hot::2 dog::-.5"
    assert [(one.name, one.value) for one in prompt.parameters] == [("ar", "16:9"), ("no", "a, b"), ("v", "7")]


def test_a_weight_without_a_number_is_one() -> None:
    assert [weight.value for weight in parse("a:: b").weights] == [1]


def test_parameters_know_where_they_stand() -> None:
    text = "a cat --ar  16:9 --v 7"
    ratio, version = parse(text).parameters

    assert (ratio.start, ratio.name_start, ratio.value_start, ratio.end) == (6, 8, 12, 16)
    assert text[version.start : version.end] == "--v 7"


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("cat --ar 16:9 in the rain", [("ar", "16:9")]),
        ("cat --tile in the rain", [("tile", "")]),
        ("cat --niji in the rain", [("niji", "")]),
        ("cat --niji 6 in the rain", [("niji", "6")]),
        ("cat --p in the rain", [("p", "")]),
        ("cat --p abc1234 bcd2345", [("p", "abc1234 bcd2345")]),
        ("cat --p mine --v 7", [("p", "mine"), ("v", "7")]),
        ("cat --sref https://a.com/x.png 123::2 random dog", [("sref", "https://a.com/x.png 123::2 random")]),
        ('cat --no "red --ar 2:3 hats" --v 7', [("no", '"red --ar 2:3 hats"'), ("v", "7")]),
        ('cat --style "raw" --v 7', [("style", '"raw"'), ("v", "7")]),
        ("cat --foo bar baz --v 7", [("foo", "bar baz"), ("v", "7")]),
        ("cat --ar {3:2, 16:9} --v 7", [("ar", "{3:2, 16:9}"), ("v", "7")]),
        ("cat {--v 6, --v 7}", [("v", "6"), ("v", "7")]),
        ("cat {--no a, b}", [("no", "a")]),
        ("cat --sref https://a.com/{1,2}.png", [("sref", "https://a.com/{1,2}.png")]),
        ("cat --ar --v 7", [("ar", ""), ("v", "7")]),
        ("cat --tile-x --niji--v 7", [("tile", "-x"), ("niji", "--v")]),
        ("cat --chaos -5", [("chaos", "-5")]),
        ("cat --比例 16:9", [("比例", "16:9")]),
    ],
)
def test_each_parameter_takes_its_values(text: str, parameters: list[tuple[str, str]]) -> None:
    assert [(one.name, one.value) for one in parse(text).parameters] == parameters


@pytest.mark.parametrize(
    "slip", ["-ar ", "---ar ", "-- ar ", "--ar", "--ar=", "--AR ", *(f"{dash}ar " for dash in OTHER_DASHES)]
)
def test_slips_are_still_parameters(slip: str) -> None:
    (ratio,) = parse(f"cat {slip}16:9 --v 7").find("aspect")

    assert ratio.value == "16:9"


@pytest.mark.parametrize(
    "text",
    [
        "a dog — no collar",
        "a cat--fast",
        "well-known -- the language",
        "she said —stop! loudly",
        "— a cat —",
        "a - v 7",
        "--",
    ],
)
def test_dashes_in_plain_text_stay_text(text: str) -> None:
    assert parse(text).parameters == ()


def test_braces_without_a_partner_are_words() -> None:
    assert kinds(parse("a} {b, c")) == [("Words", "a} {b, c")]


def test_alternatives_have_branches_of_their_own() -> None:
    first, second, outside = parse("{--v 6, --v 7} --tile").parameters

    assert (outside.branch, len({first.branch, second.branch, 0})) == (0, 3)


def test_a_part_can_be_taken_out() -> None:
    prompt = parse("--v 6 a cat --ar 3:2 in the rain --tile")

    assert prompt.without(prompt.parameters) == "a cat in the rain"
    assert prompt.without(()) == prompt.text


UNITS = [
    *("{", "}", "{}", "{a,b}", "{a,", ":", "::", "::2 ", "-", "--", "—", '"', "\\,", " ", "9", "1,", "https://"),
    *(
        "--a ",
        "--p a ",
        "--no - -",
        '--no "',
        "-- ",
        "-ar -ar ",
        "—niji ",
        "--ar 1:",
        "--v {7,",
        "-v {",
        "--p a{",
        "--no {",
    ),
    *("--tile 2 ", "--style RAW dog ", "--v 6 --niji ", "a--v ", "--sref https://a ", "{a}--ar 16x9 ", "--aspet 1 "),
]
WORK: list[Callable[[str], object]] = [parse, lint, count, lambda text: expand(text, 5)]


@pytest.mark.parametrize("work", WORK, ids=["parse", "lint", "count", "expand"])
@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_with_the_length_and_no_faster(work: Callable[[str], object], unit: str) -> None:
    short, long = ((unit * 1000)[:length] for length in (400, 1600))
    parse.cache_clear()

    assert steps(partial(work, long)) < 5 * steps(partial(work, short)) + 2000


@pytest.mark.exhaustive
@pytest.mark.parametrize("work", WORK, ids=["parse", "lint", "count", "expand"])
def test_ten_thousand_characters_are_no_burden(work: Callable[[str], object]) -> None:
    # What Python's own regular expressions and slices do shows in time alone. Quadratic work takes minutes here.
    started = time.process_time()
    for unit in UNITS:
        work((unit * 10_000)[:10_000])

    assert time.process_time() - started < 60


@pytest.mark.exhaustive
@pytest.mark.parametrize("work", WORK, ids=["parse", "lint", "count", "expand"])
@pytest.mark.parametrize("opening", ["{", "{a,", "--no {", "--ar 1{", "-v {"])
def test_depth_is_no_burden(work: Callable[[str], object], opening: str) -> None:
    work(opening * 2000 + "x" + "}" * 2000)


@pytest.mark.parametrize(
    ("text", "is_bare"),
    [
        ("--ar 16:9 --stylize 50", True),
        (" \u2014ar 16:9", True),
        ("{--ar 16:9, --ar 1:1} --raw", True),
        ("", True),
        ("a cat --ar 16:9", False),
        ("{a cat, a dog} --raw", False),
        ("https://img.example.com/a.png --iw 2", False),
        ("--sref https://img.example.com/a.png", False),
        ("--sref 1234567890 --ar 1:1", False),
        ("--mine", False),
    ],
)
def test_parameters_alone_do_not_say_what_to_paint(text: str, is_bare: bool) -> None:
    assert parse(text).is_bare is is_bare
