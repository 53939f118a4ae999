"""Sentences: marked in the code, rendered where the reader is known."""

import pytest

from bot.language import Sentence, _, catalogue, choose_language, negotiate_language, ngettext, translation


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
        (["zh-TW", "zh"], "zh-TW"),
        (["zh-cn"], "zh-CN"),
        (["zh"], "zh-CN"),
        (["it", "zh", "en"], "zh-CN"),
        (["fr", "zh", "en"], "fr"),
        (["pt-PT"], "pt-BR"),
        (["en-GB", "zh"], "en-US"),
        (["it"], "en-US"),
        (["*", ""], "en-US"),
        ([], "en-US"),
    ],
)
def test_a_browsers_languages_come_to_one_of_ours(preferred: list[str], chosen: str) -> None:
    assert negotiate_language(preferred) == chosen


CATALOGUES = ("zh_TW", "pt_BR", "ja", "zh_CN", "es", "de")


@pytest.mark.parametrize(
    ("discord", "chosen"),
    [
        ("es-ES", "es"),
        ("es-419", "es"),
        ("zh-TW", "zh-TW"),
        ("zh-CN", "zh-CN"),
        ("pt-BR", "pt-BR"),
        ("ja", "ja"),
        ("ko", "en-US"),
        ("en-GB", "en-US"),
        ("sv-SE", "en-US"),
    ],
)
def test_a_locale_of_discords_takes_its_own_catalogue_or_that_of_its_language(discord: str, chosen: str) -> None:
    assert choose_language([discord], CATALOGUES) == chosen


def test_a_language_alone_is_the_first_of_its_countries() -> None:
    assert choose_language(["zh"], CATALOGUES) == "zh-CN"


@pytest.mark.parametrize(("count", "text"), [(0, "0 jobs of Ana"), (1, "1 job of Ana"), (2, "2 jobs of Ana")])
def test_what_is_counted_has_its_plural(count: int, text: str) -> None:
    assert str(ngettext("{count} job of {name}", "{count} jobs of {name}", count=count, name="Ana")) == text


def test_a_text_of_a_command_without_a_translation_has_none() -> None:
    assert translation("Nothing of ours", "zh-CN") is None
    assert translation("The prompt to shorten", "en-GB") is None
    assert translation("The prompt to shorten", "zh-CN") == "要精简的提示词"
