"""Sentences: marked in the code, rendered where the reader is known."""

import pytest

from bot.language import Sentence, _, catalogue, negotiate_language


def test_sentence_without_a_catalogue_is_english() -> None:
    assert _("Hello {name}", name="Ana").render("zh-CN") == "Hello Ana"


@pytest.mark.parametrize("locale", [None, "", "en-US", "xx-YY", "zh-CN"])
def test_any_locale_renders(locale: str | None) -> None:
    assert _("Hello").render(locale) == "Hello"


def test_values_may_be_sentences() -> None:
    assert str(_("{outer}!", outer=_("inner {n}", n=1))) == "inner 1!"


def test_braces_in_a_text_without_values_are_text() -> None:
    assert Sentence("a {cat}").render() == "a {cat}"


def test_braces_in_values_are_text() -> None:
    assert str(_("{prompt}", prompt="{0} {prompt}")) == "{0} {prompt}"


def test_catalogue_is_loaded_once() -> None:
    assert catalogue("de") is catalogue("de")


@pytest.mark.parametrize(
    ("preferred", "chosen"),
    [
        (["zh-TW", "zh"], "zh-CN"),
        (["zh-cn"], "zh-CN"),
        (["fr", "zh", "en"], "zh-CN"),
        (["en-GB", "zh"], "en-US"),
        (["de"], "en-US"),
        (["*", ""], "en-US"),
        ([], "en-US"),
    ],
)
def test_a_browsers_languages_come_to_one_of_ours(preferred: list[str], chosen: str) -> None:
    assert negotiate_language(preferred) == chosen
