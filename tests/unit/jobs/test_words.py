"""Words that a server does not want are found however they are spelled, and nothing takes long."""

import time

import pytest

from bot.jobs.words import PatternError, check_words, folded, found_word


@pytest.mark.parametrize(
    "text",
    [
        "a gore field",
        "GORE",
        "\uff27\uff2f\uff32\uff25 everywhere",
        "g\u200bo\u2060re",
        "g\u043er\u0435",  # Cyrillic o and e
        "go\u0301re\u0308",
        "\U0001d420\U0001d428\U0001d42b\U0001d41e",  # letters for mathematics
        "so-gore-so",
        "blood (gore)",
    ],
)
def test_a_word_is_found_as(text: str) -> None:
    assert found_word(["gore"], [text]) == "gore"


@pytest.mark.parametrize("text", ["gored", "Gregory", "regore", ""])
def test_a_word_is_not_found_within(text: str) -> None:
    assert found_word(["gore"], [text]) is None


def test_words_of_scripts_without_spaces_are_found_within() -> None:
    assert found_word(["血腥"], ["一个血腥的场面"]) == "血腥"


def test_the_word_itself_may_be_written_in_any_way() -> None:
    assert found_word(["G\u043eRE"], ["gore"]) == "G\u043eRE"


@pytest.mark.parametrize(("text", "is_found"), [("v1olence 99", True), ("violence", False), ("V1OLENCE 100", True)])
def test_an_expression_is_held_against_the_text(text: str, is_found: bool) -> None:
    assert (found_word([r"/v1olence \d+/"], [text]) is not None) is is_found


def test_any_of_the_texts_may_have_it() -> None:
    assert found_word(["gore"], ["a cat", "no", "gore"]) == "gore"


@pytest.mark.parametrize("word", ["/(a/", r"/(?=a)b/", "/[/"])
def test_what_is_no_expression_of_linear_time_is_refused(word: str) -> None:
    with pytest.raises(PatternError):
        check_words(["gore", word])


def test_an_expression_that_takes_others_for_ever_takes_no_time() -> None:
    begun = time.process_time()

    assert found_word([r"/(a+)+$/", r"/(x|x|x)*y/"], ["a" * 6000 + "b", "x" * 6000]) is None

    assert time.process_time() - begun < 2


def test_folding_keeps_what_people_read() -> None:
    assert folded("\uff21 Café, naïve…") == "a cafe, naive..."


@pytest.mark.parametrize(("text", "told"), [("a Bloody field", "Bloody"), ("a bl\u00f6\u00f6dy field", "bloody")])
def test_of_an_expression_what_it_found_is_told(text: str, told: str) -> None:
    assert found_word([r"/blood(y|ied)?/"], [text]) == told
