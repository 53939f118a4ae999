"""What describe and shorten have to say."""

import pytest

from bot.ui.readings import KEYCAPS, plain, read

FOUR = "\n\n".join(f"{KEYCAPS[number]} a cat number {number + 1} --ar 1:1" for number in range(4))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_description_has_four_prompts(line_end: str) -> None:
    reading = read(FOUR.replace("\n", line_end))

    assert reading.prompts == tuple(f"a cat number {number} --ar 1:1" for number in range(1, 5))
    assert reading.analysis == ""


def test_shortened_prompts_stand_behind_their_analysis() -> None:
    reading = read(f"**a** ~~very~~ **cat**\n\n## Shortened prompts\n{KEYCAPS[0]} a cat\n{KEYCAPS[1]} cat")

    assert (reading.analysis, reading.prompts) == ("**a** ~~very~~ **cat**", ("a cat", "cat"))


@pytest.mark.parametrize("text", ["", "\n\n", "no numbers at all"])
def test_text_without_numbers_has_no_prompts(text: str) -> None:
    assert read(text).prompts == ()


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
