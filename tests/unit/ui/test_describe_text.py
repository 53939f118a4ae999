"""What describe and shorten have to say."""

import pytest

from bot.ui.text.describe_text import KEYCAPS, parse_describe_text, plain

FOUR = "\n\n".join(f"{KEYCAPS[number]} a cat number {number + 1} --ar 1:1" for number in range(4))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_description_has_four_prompts(line_end: str) -> None:
    reading = parse_describe_text(FOUR.replace("\n", line_end))

    assert reading.prompts == tuple(f"a cat number {number} --ar 1:1" for number in range(1, 5))
    assert reading.analysis == ""


def test_shortened_prompts_stand_behind_their_analysis() -> None:
    reading = parse_describe_text(
        f"**a** ~~very~~ **cat**\n\n## Shortened prompts\n{KEYCAPS[0]} a cat\n{KEYCAPS[1]} cat"
    )

    assert (reading.analysis, reading.prompts) == ("**a** ~~very~~ **cat**", ("a cat", "cat"))


@pytest.mark.parametrize("text", ["", "\n\n", "no numbers at all"])
def test_text_without_numbers_has_no_prompts(text: str) -> None:
    assert parse_describe_text(text).prompts == ()


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (f"{KEYCAPS[2]} a cat", "a cat"),
        ("1\u20e3 a cat", "a cat"),
        ("a cat", "a cat"),
        ("in the style of [Monet](https://x.example/monet) and [Klee](y)", "in the style of Monet and Klee"),
    ],
)
def test_prompts_lose_keycaps_and_links(prompt: str, words: str) -> None:
    assert plain(prompt) == words


FORMS = {
    "keycaps": "1\ufe0f\u20e3 a cat\n\n2\ufe0f\u20e3 a dog",
    "keycaps without a look": "1\u20e3 a cat\n2\u20e3 a dog",
    "dots": "1. a cat\n\n2. a dog",
    "brackets": "1) a cat\n2) a dog",
    "both brackets": "(1) a cat\n(2) a dog",
    "full width": "1\uff0e a cat\n2\uff0e a dog",
    "Chinese": "1\u3001a cat\n2\u3001a dog",
    "circled": "\u2460 a cat\n\u2461 a dog",
    "bold": "**1.** a cat\n**2.** a dog",
    "a list": "- 1. a cat\n- 2. a dog",
    "more than one line": "1. a\ncat\n2. a\r\ndog",
    "JSON": '["a cat", "a dog"]',
    "JSON of objects": '[{"text": "a cat"}, {"text": "a dog"}]',
    "JSON in an object": '{"prompts": ["a cat", "a dog"]}',
    "JSON with numbers": '["1\ufe0f\u20e3 a cat", "2\ufe0f\u20e3 a dog"]',
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_prompts_are_read_in_every_form(text: str) -> None:
    assert parse_describe_text(text).prompts == ("a cat", "a dog")


def test_numbers_inside_prompts_are_none_of_the_list() -> None:
    text = "1. a picture 1 --ar 3:2\n\n2. two\n7. seven"

    assert parse_describe_text(text).prompts == ("a picture 1 --ar 3:2", "two 7. seven")


@pytest.mark.parametrize("text", ["a cat on a mat", "[broken", "{}", "1.5 times a cat", "<b>a</b>"])
def test_what_cannot_be_read_is_kept_as_it_came(text: str) -> None:
    assert (parse_describe_text(text).prompts, parse_describe_text(text).analysis) == ((), text)
