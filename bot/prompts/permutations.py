"""One prompt that stands for several: `{a, b}` braces, which may be nested, and `--repeat N`.

Braces are expanded before anything else is read, so they may hold parameters, values and parts of links. The first
brace changes slowest, as Midjourney does it. A comma after a backslash separates nothing.
"""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from bot.prompts.braces import match_braces
from bot.prompts.parser import parse

_STRUCTURE = re.compile(r"\\[{},]|[{},]")
_TIMES = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class _Sequence:
    """Texts and groups in a row; `count` is the number of ways to read it."""

    items: "list[str | _Group]" = field(default_factory=list)
    count: int = 1


@dataclass(slots=True)
class _Group:
    """The alternatives of one pair of braces."""

    alternatives: list[_Sequence] = field(default_factory=list)
    count: int = 0


_Node: TypeAlias = str | _Sequence | _Group


def count(prompt: str) -> int:
    """How many jobs a prompt stands for, at least 1; however many they are, none is built."""
    text, times = _split_repeat(prompt)
    return _read(text).count * times


def expand(prompt: str, limit: int) -> list[str]:
    """The first `limit` prompts that a prompt stands for, in order, without braces and `--repeat`."""
    text, times = _split_repeat(prompt)
    tree = _read(text)
    every = (one for index in range(min(tree.count, limit)) for one in [_pick(tree, index)] * min(times, limit))
    return list(islice(every, limit))


def alternatives(value: str) -> list[str] | None:
    """The alternatives of a value that is one pair of braces without others inside; else None."""
    if match_braces(value).pairs != {0: len(value) - 1}:
        return None
    return expand(value, value.count(",") + 1)


def _split_repeat(prompt: str) -> tuple[str, int]:
    """The prompt without its `--repeat`, and how often it is wanted; inside of braces it counts for nothing."""
    parsed = parse(prompt)
    repeats = [parameter for parameter in parsed.find("repeat") if parameter.branch == 0]
    times = int(repeats[-1].value) if repeats and _TIMES.fullmatch(repeats[-1].value) else 1
    return parsed.without(repeats), max(times, 1)


def _read(text: str) -> _Sequence:
    """The text as a tree. Without recursion: braces may be nested as deep as the prompt is long."""
    pairs = match_braces(text).pairs
    closing = set(pairs.values())
    sequence, outer = _Sequence(), list[tuple[_Sequence, _Group]]()
    at = 0
    for mark in _STRUCTURE.finditer(text):
        start = mark.start()
        if not (start in pairs or start in closing or (mark[0] == "," and outer)):
            continue
        _add_text(sequence, text[at:start], is_inside=bool(outer))
        at = mark.end()
        if start in pairs:
            outer.append((sequence, _Group()))
            sequence = _Sequence()
            continue
        before, group = outer[-1]
        _close(group, sequence)
        sequence = _Sequence()
        if start in closing:
            before.items.append(group)
            before.count *= group.count
            sequence = before
            outer.pop()
    _add_text(sequence, text[at:], is_inside=False)
    return sequence


def _add_text(sequence: _Sequence, text: str, *, is_inside: bool) -> None:
    sequence.items.append(text.replace("\\,", ",") if is_inside else text)


def _close(group: _Group, alternative: _Sequence) -> None:
    """Put a finished alternative into its group, without the space around it."""
    first, last = alternative.items[0], alternative.items[-1]
    if isinstance(first, str):
        alternative.items[0] = first.strip() if len(alternative.items) == 1 else first.lstrip()
    if isinstance(last, str) and len(alternative.items) > 1:
        alternative.items[-1] = last.rstrip()
    group.alternatives.append(alternative)
    group.count += alternative.count


def _pick(tree: _Sequence, index: int) -> str:
    """One of the prompts, by its place in the order."""
    if not any(isinstance(item, _Group) for item in tree.items):
        return "".join(map(str, tree.items))
    found: list[str] = []
    waiting: list[tuple[_Node, int]] = [(tree, index)]
    while waiting:
        node, index = waiting.pop()
        match node:
            case str():
                found.append(node)
            case _Sequence():
                for item in reversed(node.items):
                    index, own = divmod(index, item.count) if isinstance(item, _Group) else (index, 0)
                    waiting.append((item, own))
            case _Group():
                for alternative in node.alternatives:
                    if index < alternative.count:
                        waiting.append((alternative, index))
                        break
                    index -= alternative.count
    parsed = parse(" ".join("".join(found).split()))
    return parsed.without(parsed.find("repeat"))
