"""Words to search by, and searches in the languages of both databases."""

# ruff: noqa: RUF001

import pytest

from bot.storage.search_words import fts5_query, tsquery, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A red Fox, in_the snow!", ["a", "red", "fox", "in", "the", "snow"]),
        ("Café STRASSE --v 7", ["cafe", "strasse", "v", "7"]),
        ("雪中的狐狸 fox", ["雪", "中", "的", "狐", "狸", "fox"]),
        ("ガラスの城", ["ガ", "ラ", "ス", "の", "城"]),
        ("유리성", ["유", "리", "성"]),
        ("fullwidth ＦＯＸ", ["fullwidth", "fox"]),
        ("--- !?", []),
        ("x" * 100, ["x" * 64]),
    ],
)
def test_text_is_parted_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_search_asks_for_each_word_complete_or_begun() -> None:
    assert fts5_query("m901", "red fo") == '"m901" AND "red"* AND "fo"*'
    assert tsquery("m901", "red fo") == "m901 & red:* & fo:*"


def test_search_asks_for_chinese_side_by_side() -> None:
    assert fts5_query("m901", "狐狸") == '"m901" AND "狐 狸"'
    assert tsquery("m901", "狐狸") == "m901 & (狐 <-> 狸)"


@pytest.mark.parametrize("typed", ['" OR "m902', "m902 | m901", "a* -b (c) : <-> !", "'; DROP TABLE jobs --"])
def test_what_is_typed_is_words_and_never_the_language_of_a_search(typed: str) -> None:
    assert fts5_query("m901", typed).startswith('"m901" AND ')
    assert " OR " not in fts5_query("m901", typed)
    assert not set(tsquery("m901", typed)) & set("|!'")
