"""Prompts as keyboards, phones and chats produce them, at random: read at once, told, and nothing lost."""

# ruff: noqa: RUF001

import re
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.prompts import Own, Report, expand_options, read
from bot.prompts.folding import fold
from bot.text import one_line
from tests.unit.prompts.texts import steady, steps

pytestmark = pytest.mark.exhaustive

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Own({"mine": "oil on canvas --s 250", "film": "--raw"}, known=["fresh"])
DASHES = "-", "--", "—", "——", "–", "−−", "－－", "ー", "ーー", "- -", "-- ", "― ", "‐‐"
NAMES = (
    "ar",
    "ａｒ",
    "AR",
    "v",
    "s",
    "style",
    "niji",
    "no",
    "tile",
    "sref",
    "repeat",
    "turbo",
    "mine",
    "fresh",
    "stylze",
)
OTHERS = "width", "w", "h", "height", "size", "steps", "cfg_scale", "negative_prompt", "neg", "unknown", "比例"
VALUES = (
    "3:2",
    "16：9",
    "１６：９",
    "1024x768",
    "7",
    "6.1",
    "250",
    "raw",
    "“raw”",
    "(3:2)",
    "{3：2，1:1}",
    "a，b",
    "1024",
    "1,000",
)
WRAPPINGS = "()", "[]", "（）", "「」", '""', "“”", "''", "``", "<>", "【】", "«»", "{}", "｛｝"
ALONE = (
    *"([（「\"“'`*_~|<>）」”]){}｛｝,，、。：；:;.!?\\@#/",
    "**",
    "||",
    "```",
    "::",
    "：：2",
    "::-.5",
    "- @ana (fast)",
    "\n> ",
)
UNSEEN = "\u200b", "\u200c", "\u200d", "\ufeff", "\u202e", "\u2060", "\ufe0f", "\u00ad", "\x00", "\u3164"
BLANKS = " ", "  ", "\n", "\t", "\xa0", "\u2028", "\u3000"
WORDS = (
    "cat",
    "well-known",
    "红色",
    "猫",
    "кот",
    "می\u200cخواهم",
    "🐱",
    "👩‍🚀",
    "5",
    "/imagine prompt:",
    "Prompt: ",
    "random",
)
LINKS = (
    "https://a.com/x.png",
    "https://b.com/y",
    "<https://s.mj.run/z>",
    "[my cat](https://a.com/x.png)",
    "https://cdn.discordapp.com/attachments/1/2/c.png?ex=65d98d0a&is=1",
)
CHATS = "<:smile:123>", "<@123>", "<#5>", "<t:1700000000:R>", "</imagine:9>"

flags = st.tuples(
    st.sampled_from(DASHES),
    st.sampled_from([*NAMES, *OTHERS]),
    st.sampled_from([" ", "", "=", "："]),
    st.sampled_from(VALUES),
).map("".join)
atoms = st.one_of(
    flags,
    st.sampled_from([*WORDS, *LINKS, *CHATS]),
    st.sampled_from([*ALONE, *UNSEEN, *BLANKS]),
)
texts = st.recursive(
    st.lists(atoms, max_size=6).map("".join) | st.lists(atoms, max_size=6).map(" ".join),
    lambda inner: st.tuples(st.sampled_from(WRAPPINGS), inner, inner).map(
        lambda one: f"{one[0][0]}{one[1]}{one[0][1]} {one[2]}"
    ),
    max_leaves=4,
)

read_here = partial(read, own=OWN, now=NOW)


def told(report: Report) -> str:
    return fold(" ".join(str(one.sentence) for one in report.slips + report.doubts)).replace("\\", "")


@settings(parent=steady, max_examples=150)
@given(texts)
def test_what_is_typed_is_read_once_and_nothing_is_lost(text: str) -> None:
    report = read_here(text)
    again = read_here(report.prompt)

    assert (again.prompt, again.slips) == (report.prompt, ()), "what is sent needs no second time"
    assert {one.sentence for one in again.doubts} == {one.sentence for one in report.doubts}, "nor a new question"
    assert one_line(report.prompt) == report.prompt, "what is sent is what the card shows"
    assert report.slips or report.prompt == expand_options(one_line(text), OWN.options), "no change without saying so"
    kept = f"{fold(report.prompt)} {told(report)}".casefold()
    kept += kept.replace(" ", "")
    for word in re.findall(r"[a-z0-9]+|[^\W_a-z0-9]+", fold(one_line(text)).casefold()):
        assert word.removeprefix("mine").removeprefix("film") in kept, "no word is lost without saying so"


@settings(parent=steady, max_examples=150)
@given(texts)
def test_a_fix_leaves_nothing_to_ask_about(text: str) -> None:
    report = read_here(text)
    if report.fixed == report.prompt:
        return
    fixed = read_here(report.fixed)

    assert fixed.doubts == ()
    assert (fixed.prompt, fixed.slips) == (report.fixed, ())


UNITS = [
    *DASHES,
    *ALONE,
    *UNSEEN,
    *LINKS,
    *CHATS,
    *WRAPPINGS,
    *(
        "——ar 3：2 ",
        "猫——v ",
        "（--ar 3:2）",
        "`--ar 3:2` ",
        "--width 1 ",
        "-w 10 -h 10 ",
        "{a}",
        "{红，",
        "https://a.com/x.png，",
    ),
    *(
        "م\u200c",
        "🏴\U000e0067",
        "[a](",
        "--mine ",
        "—mine",
        "a--unknown 1 ",
        "--s １，",
        "“a ",
        "--no （",
        "* ",
        "- ",
        "@a (",
    ),
]


@pytest.mark.parametrize("unit", UNITS)
def test_reading_grows_with_the_length_and_no_faster(unit: str) -> None:
    short, long = ((unit * 1000)[:length] for length in (200, 800))

    assert steps(partial(read_here, long)) < 5 * steps(partial(read_here, short)) + 3000
