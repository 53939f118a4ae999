"""Prompts to try: the written ones of the fixtures, and random ones that are made of what the language is made of."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

WRITTEN = (Path(__file__).parents[2] / "fixtures" / "prompts.txt").read_text(encoding="utf-8").split("\n")[:-1]

_DASHES = "-", "--", "---", "\N{EM DASH}", "\N{EN DASH}", "\N{EM DASH}ar", "\N{EM DASH}niji", "-v", "--ar16:9", "--AR"
_FLAGS = "--ar", "--aspect", "--v", "--version", "--niji", "--no", "--s", "--c", "--style", "--raw", "--tile", "--fast"
_MORE_FLAGS = "--relax", "--repeat", "--r", "--sref", "--p", "--q", "--iw", "--oref", "--end", "--mine", "--aspet"
_VALUES = "16:9", "16x9", "16\N{FULLWIDTH COLON}9", "1.85:1", "7", "6.1", "-5", "250", "9" * 400, "1,000", ".5", "RAW"
_MARKS = (
    "{",
    "}",
    "{a, b}",
    "{red, {big, small}}",
    "::",
    "::-.5",
    ":",
    "=",
    "/",
    ",",
    ", ",
    ".",
    '"',
    "\\",
    "\\,",
    "\\{",
)
_WORDS = "cat", "well-known", "雨", "🐱", "random", " ", "  ", "\n", "https://a.com/x.png", "<https://s.mj.run/x>"
_PIECES = st.sampled_from([*_DASHES, *_FLAGS, *_MORE_FLAGS, *_VALUES, *_MARKS, *_WORDS])
RANDOM = st.one_of(
    st.lists(_PIECES, max_size=25).map("".join),
    st.lists(_PIECES, max_size=25).map(" ".join),
    st.text(max_size=60),
    st.text(alphabet='ab1 ,.:=-—{}\\"', max_size=60),
)

# The same examples every time, however slow the machine is.
steady = settings(deadline=None, derandomize=True, database=None)


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python a piece of work runs through."""
    seen = 0

    def tracer(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        seen += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        work()
    finally:
        sys.settrace(before)
    return seen
