"""The lists of mutants, and how one is put into the source that it is about."""

import ast
import builtins
import keyword
import re
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from typing_extensions import override

ROOT = Path(__file__).parents[2]
_PYTHON = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
LISTS = Path(__file__).parent / "lists"


class MisplacedError(Exception):
    """The text that a mutant changes does not stand exactly once where the list says."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change that must not go unnoticed.

    `where` is a file, or a folder in whichever file of which the text stands; `function` narrows it to the function or
    class of that name. `tests` are needed only where tests reach the code in a process of their own.
    """

    list_name: str
    where: str
    was: str
    becomes: str
    breaks: str
    function: str = ""
    tests: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        return f"{self.where} {self.function or '(module)'}: {self.breaks}"


@dataclass(frozen=True, slots=True)
class Applied:
    """A mutant's place: the module, its changed source, and what tells which tests may notice.

    `functions` are the qualified names of the functions around the change; outside of all, of those that read the
    names assigned there.
    """

    path: str
    source: str
    functions: frozenset[str]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def listed() -> list[Mutant]:
    """All mutants, list by list."""
    return [mutant for path in sorted(LISTS.glob("*.toml")) for mutant in _read(path)]


def _read(path: Path) -> Iterator[Mutant]:
    for group in tomllib.loads(path.read_text(encoding="utf-8"))["code"]:
        for entry in group["mutants"]:
            yield _mutant(path.stem, {name: value for name, value in group.items() if name != "mutants"} | entry)


def _mutant(list_name: str, entry: Mapping[str, Any]) -> Mutant:
    known = {name: entry[name] for name in ("where", "function", "was", "becomes", "breaks") if name in entry}
    unknown = entry.keys() - known.keys() - {"tests"}
    if unknown:
        raise ValueError(f"{list_name}: {sorted(unknown)} means nothing here")
    return Mutant(list_name=list_name, tests=tuple(entry.get("tests", ())), **known)


def apply(mutant: Mutant, sources: Mapping[str, str]) -> Applied:
    """Put a mutant in.

    Args:
        mutant: the change.
        sources: the code by path, relative to the repository.

    Raises:
        MisplacedError: its text stands nowhere, or more than once; or what it becomes is no Python.
    """
    places = [
        (path, at)
        for path, source in sources.items()
        if path == mutant.where or path.startswith(f"{mutant.where}/")
        for start, end in _areas(source, mutant.function)
        for at in _occurrences(source, mutant.was, start, end)
    ]
    if len(places) != 1:
        raise MisplacedError(f"{mutant}: its text stands {len(places)} times:\n{mutant.was}")
    path, at = places[0]
    source = sources[path]
    changed = source[:at] + mutant.becomes + source[at + len(mutant.was) :]
    try:
        ast.parse(changed)
    except SyntaxError as exc:
        raise MisplacedError(f"{mutant}: {exc}") from exc
    if mutant.was.split() == mutant.becomes.split():
        raise MisplacedError(f"{mutant}: it changes nothing")
    if strange := _names_in(mutant.becomes) - frozenset(re.findall(r"\w+", source)) - _PYTHON:
        raise MisplacedError(f"{mutant}: it breaks by names that its file does not have: {strange}")
    lines = range(source.count("\n", 0, at) + 1, source.count("\n", 0, at + len(mutant.was)) + 2)
    tree = _parsed(source)
    return Applied(path, changed, _functions_at(tree, lines) or _readers(tree, lines, sources))


def sources_here() -> dict[str, str]:
    """The code of the bot by path."""
    paths = (path for folder in ("bot", "cogs") for path in sorted((ROOT / folder).rglob("*.py")))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def _names_in(code: str) -> frozenset[str]:
    """The classes and functions that a piece of code names, but for what stands in texts."""
    return frozenset(re.findall(r"(?<![\w.])(?:[A-Z]\w+|\w+(?=\())", re.sub(r"""(["']).*?\1""", "", code)))


@cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _areas(source: str, function: str) -> list[tuple[int, int]]:
    """Where a text may stand: all of a file, or the functions and classes of a name, as offsets."""
    return _spans(source).get(function, []) if function else [(0, len(source))]


@cache
def _spans(source: str) -> dict[str, list[tuple[int, int]]]:
    """Where each function and class of a file stands, as offsets, by its name."""
    starts, spans = [0], defaultdict[str, list[tuple[int, int]]](list)
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            spans[node.name].append((starts[first - 1], starts[node.end_lineno or 0]))
    return dict(spans)


def _occurrences(source: str, text: str, start: int, end: int) -> Iterator[int]:
    at = source.find(text, start, end)
    while at >= 0:
        yield at
        at = source.find(text, at + 1, end)


def _functions_at(tree: ast.Module, lines: range) -> frozenset[str]:
    """The innermost functions that stand on these lines, by qualified name."""
    found: set[str] = set()

    def visit(node: ast.AST, name: str, function: str) -> None:
        for child in _statements(node, lines):
            inner, named = name, function
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{name}.{child.name}" if name else child.name
                if not isinstance(child, ast.ClassDef):
                    named, inner = inner, f"{inner}.<locals>"
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case) and named:
                first = getattr(child, "lineno", None) or child.pattern.lineno  # type: ignore[union-attr]
                if first in lines:
                    found.add(named)
            visit(child, inner, named)

    visit(tree, "", "")
    return frozenset(found) or _around(tree, lines)


def _statements(node: ast.AST, lines: range) -> Iterator[ast.AST]:
    """What stands in a node and may hold statements, where it reaches into these lines."""
    for child in ast.iter_child_nodes(node):
        first, last = getattr(child, "lineno", lines.start), getattr(child, "end_lineno", lines.start)
        if not isinstance(child, ast.expr) and first < lines.stop and (last or first) >= lines.start:
            yield child


def _around(tree: ast.Module, lines: range) -> frozenset[str]:
    """The innermost function around a line in the middle of a statement."""
    found: list[tuple[int, str]] = []

    def visit(node: ast.AST, name: str) -> None:
        for child in _statements(node, lines):
            inner = name
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{name}.{child.name}" if name else child.name
                if not isinstance(child, ast.ClassDef):
                    if child.lineno <= lines.start <= (child.end_lineno or 0):
                        found.append((child.lineno, inner))
                    inner = f"{inner}.<locals>"
            visit(child, inner)

    visit(tree, "")
    return frozenset({max(found)[1]}) if found else frozenset()


def _readers(tree: ast.Module, lines: range, sources: Mapping[str, str]) -> frozenset[str]:
    """The functions that read what a statement outside of all functions assigns, in whichever module."""
    names = {
        name.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno <= lines.start <= (node.end_lineno or 0)
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    readers: set[str] = set()
    for source in sources.values():
        if any(name in source for name in names):
            module = _parsed(source)
            for node in ast.walk(module):
                if isinstance(node, ast.Name | ast.Attribute) and _name_of(node) in names:
                    readers |= _around(module, range(node.lineno, node.lineno + 1))
    return frozenset(readers)


def _name_of(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def shown(mutant: Mutant) -> str:
    """The change as two texts, for people."""

    def block(sign: str, text: str) -> str:
        return textwrap.indent(textwrap.dedent(text).strip("\n") or "(nothing)", f"      {sign} ")

    return f"{block('-', mutant.was)}\n{block('+', mutant.becomes)}"


def chosen(mutants: Sequence[Mutant], only: str) -> list[Mutant]:
    """Those whose list, place, or sentence has a text in it."""
    return [mutant for mutant in mutants if only.casefold() in f"{mutant.list_name} {mutant}".casefold()]
