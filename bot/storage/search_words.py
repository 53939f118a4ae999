"""Texts as words to search by, the same on every database, and searches in each database's own language.

A word is letters and digits, without accents and in small letters. Chinese and Japanese do not part their words, so
that each character is a word of its own there, and Korean is found by any part of a word as well; several of them side
by side are searched for side by side.
"""

import re
import unicodedata
from collections.abc import Sequence

WORD_LIMIT = 64  # characters of one word
_ACCENTS = re.compile("[\u0300-\u036f]")  # those of Latin, Greek and Cyrillic; marks of other scripts are letters
_UNPARTED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_UNPARTED}]+|[^\W_{_UNPARTED}]+")
_IS_UNPARTED = re.compile(rf"[{_UNPARTED}]")


def words_of(text: str) -> list[str]:
    """List the words of a text in their order."""
    return [word for phrase in _phrases(text) for word in phrase]


def fts5_query(owner: str, text: str) -> str:
    """Write a search in the language of SQLite's FTS5: one owner's rows with all words, each complete or begun.

    Source: https://www.sqlite.org/fts5.html section 3.
    """
    parts = [f'"{" ".join(phrase)}"' + ("" if _is_unparted(phrase) else "*") for phrase in _phrases(text)]
    return " AND ".join([f'"{owner}"', *parts])


def tsquery(owner: str, text: str) -> str:
    """Write the same search in the language of PostgreSQL's `to_tsquery`.

    Source: https://www.postgresql.org/docs/current/datatype-textsearch.html section 8.11.2.
    """
    parts = [f"({' <-> '.join(phrase)})" if _is_unparted(phrase) else f"{phrase[0]}:*" for phrase in _phrases(text)]
    return " & ".join([owner, *parts])


def _phrases(text: str) -> list[Sequence[str]]:
    """Part a text into words, each by itself, and runs of words that stand side by side."""
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())))
    runs: list[str] = _RUN.findall(plain)
    return [list(run) if _IS_UNPARTED.match(run) else [run[:WORD_LIMIT]] for run in runs]


def _is_unparted(phrase: Sequence[str]) -> bool:
    return _IS_UNPARTED.match(phrase[0]) is not None
