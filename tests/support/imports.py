"""The import graph: which file imports which, for Python and for the pages' JavaScript.

`make graph` prints it as a table; `make graph REV=v1.0` counts an older commit, by the floors of today: a module whose
name is no longer known has no floor, and one with the name of a room of today counts as that room.
"""

import argparse
import ast
import io
import posixpath
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.floors import floor_of

ROOT = Path(__file__).parents[2]
SCRIPTS = {"page of sandbox": "sandbox/page/js", "page of bot": "bot/web/page/assets/js"}

# `import ... from "x"`, `export ... from "x"`, `import "x"` and `import("x")`.
SCRIPT_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^;"'()]*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""", re.MULTILINE
)
SCRIPT_COMMENT = re.compile(r"^\s*//.*$|/\*[\s\S]*?\*/", re.MULTILINE)


@dataclass(frozen=True)
class Graph:
    """What every file imports: modules of the graph itself, and foreign ones."""

    imports: Mapping[str, frozenset[str]]

    def arrows(self) -> set[tuple[str, str]]:
        """Pair every importer with each file of the graph that it imports."""
        return {(one, other) for one, named in self.imports.items() for other in named if other in self.imports}

    def upward(self, floor_of: Callable[[str], int | None]) -> set[tuple[str, str]]:
        """Find the arrows that lead to a higher floor than they come from; files without a floor are left out."""
        return {
            (one, other)
            for one, other in self.arrows()
            if (own := floor_of(one)) is not None and (reached := floor_of(other)) is not None and reached > own
        }

    def circles(self) -> list[list[str]]:
        """Find the sets of files (two and more, sorted) in which each reaches each other one."""
        reached = {name: self._reached_from(name) for name in self.imports}
        circles = {frozenset(other for other in reached[name] if name in reached[other]) for name in reached}
        return sorted(sorted(circle) for circle in circles if len(circle) > 1)

    def _reached_from(self, start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = (self.imports[waiting.pop()] & self.imports.keys()) - seen
            seen |= new
            waiting += new
        return seen


def python_graph(sources: Mapping[str, str]) -> Graph:
    """Read Python files, given by path: every import counts, also for types alone or inside of a function."""
    names = {module_of(path): path for path in sources}
    return Graph({name: frozenset(python_imports(sources[path], path, names)) for name, path in names.items()})


def module_of(path: str) -> str:
    """Name the module that a path from the root leads to."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def python_imports(source: str, path: str, known: Mapping[str, str]) -> Iterator[str]:
    """Name the modules that a file imports; `from a import b` names `a.b` where that is one of `known`, else `a`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            around = path.split("/")[: -node.level] if node.level else []
            base = ".".join([*around, node.module] if node.module else around)
            yield from (whole if (whole := f"{base}.{alias.name}") in known else base for alias in node.names)


def script_graph(sources: Mapping[str, str]) -> Graph:
    """Read JavaScript modules, given by path: static and dynamic imports."""
    return Graph({path: frozenset(script_imports(source, path)) for path, source in sources.items()})


def script_imports(source: str, path: str) -> Iterator[str]:
    """Name the files that a script imports, as paths from the root."""
    for static, dynamic in SCRIPT_IMPORT.findall(SCRIPT_COMMENT.sub("", source)):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), static or dynamic))


def sources_here(*folders: str) -> dict[str, str]:
    """Read our own files of the working tree, by path from the root; without folders those of the graphs."""
    found = [path for folder in folders or ("bot", "cogs", "sandbox") for path in (ROOT / folder).rglob("*.[pj][ys]")]
    paths = [path for path in sorted(found) if "node_modules" not in path.parts]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def sources_at(revision: str) -> dict[str, str]:
    """Read the files of a commit, by path from the root."""
    command = ["git", "archive", revision, "bot", "cogs", "sandbox"]
    archive = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar if member.name.endswith((".py", ".js"))}
        return {name: file.read().decode() for name, file in files.items() if file is not None}


def under(sources: Mapping[str, str], *folders: str, ending: str) -> dict[str, str]:
    """Choose the sources in some folders with a file name's ending."""
    starts = tuple(f"{folder}/" for folder in folders)
    return {path: text for path, text in sources.items() if path.startswith(starts) and path.endswith(ending)}


def graphs(sources: Mapping[str, str]) -> dict[str, Graph]:
    """Read every graph of the house, by its row in the table."""
    return {
        "bot + cogs": python_graph(under(sources, "bot", "cogs", ending=".py")),
        "sandbox": python_graph(under(sources, "sandbox", ending=".py")),
        **{row: script_graph(under(sources, folder, ending=".js")) for row, folder in SCRIPTS.items()},
    }


def table(graphs: Mapping[str, Graph]) -> Iterator[str]:
    """Write one line for each graph, then the circles and the arrows that run up by name."""
    yield f"{'':16}{'files':>8}{'arrows':>8}{'up':>8}{'circles':>8}"
    remarks = []
    for row, graph in graphs.items():
        upward, circles = graph.upward(floor_of), graph.circles()
        has_floors = any(floor_of(name) is not None for name in graph.imports)
        counts = (len(graph.imports), len(graph.arrows()), len(upward) if has_floors else "-", len(circles))
        yield f"{row:16}" + "".join(f"{count:>8}" for count in counts)
        remarks += [f"{row}, circle of {len(circle)}: {', '.join(circle)}" for circle in circles]
        remarks += [f"{row}, up: {one} -> {other}" for one, other in sorted(upward)]
    yield from remarks


def main() -> None:
    """Print the table of the working tree, or of a commit."""
    parser = argparse.ArgumentParser(prog="make graph", description="The import graph in numbers.")
    parser.add_argument("revision", nargs="?", default="", help="a commit; the working tree without one")
    revision = parser.parse_args().revision
    for line in table(graphs(sources_at(revision) if revision else sources_here())):
        print(line)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    main()
