"""Text of others in messages of ours: safe, on one line, short, and never cut without saying so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import ELLIPSIS, escape_inline, one_line, shorten

PERSIAN = "\u0645\u06cc\u200c\u062e\u0648"
MARKS = "\\*_`~|<>[]@"
LINK = re.compile(r"https?://[^\s<>]", re.IGNORECASE)
BRACKETED = re.compile(r"<https?://[^\s<>]+>", re.IGNORECASE)
# Prompts made of what is dangerous, so that the search finds it.
parts = st.sampled_from([*MARKS, "https://a.b/c", "HTTP://x/*_*", "@everyone", "<@1>", "||", "**", "\n", "\u202e", "a"])
prompts = st.lists(parts | st.text(max_size=6), max_size=60).map("".join)


def without_links(shown: str) -> str:
    return BRACKETED.sub("", shown)


@given(text=prompts, limit=st.integers(3, 200))
def test_shown_text_is_never_over_its_limit(text: str, limit: int) -> None:
    assert len(escape_inline(text, limit)) <= limit


@given(text=prompts, limit=st.integers(3, 200))
def test_a_cut_always_shows(text: str, limit: int) -> None:
    whole, shown = escape_inline(text, 100_000), escape_inline(text, limit)

    assert shown == whole or (len(whole) > limit and shown.endswith(ELLIPSIS))


@given(text=prompts, limit=st.integers(3, 200))
def test_no_mark_survives_unescaped_outside_links(text: str, limit: int) -> None:
    rest = re.sub(rf"\\[{re.escape(MARKS)}]", "", without_links(escape_inline(text, limit)))

    assert not set(rest) & set(MARKS)


@given(text=prompts, limit=st.integers(3, 200))
def test_no_link_survives_outside_angle_brackets(text: str, limit: int) -> None:
    assert not LINK.search(without_links(escape_inline(text, limit)))


@given(text=prompts)
def test_bold_around_the_text_ends_where_we_end_it(text: str) -> None:
    assert "**" not in re.sub(r"\\.", "", escape_inline(text, 100_000))


@given(text=prompts)
def test_shown_text_stays_on_one_line(text: str) -> None:
    assert len(escape_inline(text, 500).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a cat #1 --ar 3:2", "a cat #1 --ar 3:2"),
        ("**bold** _it_ ~~no~~ `x` ||s||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \`x\` \|\|s\|\|"),
        ("@everyone <@123> <#5> <:smile:1>", r"\@everyone \<\@123\> \<#5\> \<:smile:1\>"),
        ("[text](https://evil.example)", r"\[text\](<https://evil.example>)"),
        ("(https://a.b/c). It", "(<https://a.b/c>). It"),
        ("https://a.b/c, https://a.b/d!", "<https://a.b/c>, <https://a.b/d>!"),
        ("https://a.b/c_(d) cat", "<https://a.b/c_(d)> cat"),
        ("\u8bf7\u770bhttps://a.b/c\u3002", "\u8bf7\u770b<https://a.b/c>\u3002"),
        ("https://a.b/c_d?e=1 cat", "<https://a.b/c_d?e=1> cat"),
        ("<https://a.b/c>", r"\<<https://a.b/c>\>"),
        ("https://a.b/**c", "<https://a.b/%2A%2Ac>"),
        ("HTTPS://A.B Http://c", "<HTTPS://A.B> <Http://c>"),
        ("\\", "\\\\"),
    ],
)
def test_text_is_shown_as_it_was_typed(text: str, shown: str) -> None:
    assert escape_inline(text, 200) == shown


def test_a_cut_splits_neither_link_nor_escape() -> None:
    assert escape_inline("cat https://example.com/a/long/link", 20) == "cat…"
    assert escape_inline("1234567*9", 9) == "1234567…"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\r\nc\td", "a b c d"),
        ("  a   b  ", "a b"),
        ("a\u2028b\u2029c", "a b c"),
        ("a\u202eb\u200bc\ufeffd\u00ade", "abcde"),
        ("\x00\x1b[31mred", "[31mred"),
        ("👩\u200d🎨", "👩\u200d🎨"),
        ("\u200b\n\u200b", ""),
        (PERSIAN, PERSIAN),
        ("क्\u200dष ന്\u200d", "क्\u200dष ന്\u200d"),
        ("a\u200cb --tur\u200dbo", "ab --turbo"),
        ("16:9\u200c م\u200c", "16:9 م"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",) * 2,
        ("a\U000e0067\U000e007f \U0001f3f4\U000e0067", "a \U0001f3f4"),
        ("1\ufe0f\u20e3 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀 🙂\u200d↔\ufe0f",) * 2,
        ("16:9\ufe0f cat\ufe0e", "16:9 cat"),
        ("\u316416:9\u2800\uffa0x", "16:9 x"),
        ("\ud83d cat", "cat"),
        ("\u0604\u06dd", "\u0604\u06dd"),
    ],
)
def test_one_line_drops_what_cannot_be_seen(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text() | st.text("aم\u200c\u200d\ufe0f\u061c🏴\U000e0067\U000e007fन्❤1\u20e3 \u1680\u180e\u3164"))
def test_one_line_twice_is_one_line_once(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(text=st.text(), limit=st.integers(3, 50))
def test_shorten_keeps_its_limit_and_shows_its_cut(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == text or short.endswith(ELLIPSIS)
