"""All sentences on one page, to be read from top to bottom; as a program, it brings docs/sentences.md up to date."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.sentences import texts_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sentences.md"
FOLDERS = ("bot", "cogs")
HEAD = """# Sentences

Everything that Easel says to people, in English, by the module and the function that say it. `make words` writes this
page; read it from top to bottom when you have changed something: is it plain and short, does it say what happened and
what to do, is there one word per thing?
"""


def page() -> str:
    """Build the page: each text once for each module, with the functions in which it stands."""
    return HEAD + "".join(
        f"\n## {path.relative_to(ROOT).as_posix()}\n\n| sentence | where |\n|---|---|\n{lines}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (lines := _lines(path))
    )


def _lines(path: Path) -> str:
    found: dict[str, list[str]] = {}
    for where, text in _said(ast.parse(path.read_text(encoding="utf-8")), ""):
        places = found.setdefault(text, [])
        if where not in places:
            places.append(where)
    return "".join(f"| {_cell(text)} | {', '.join(filter(None, places))} |\n" for text, places in found.items())


def _said(node: ast.AST, where: str) -> Iterator[tuple[str, str]]:
    """Yield the texts under a node, each with the function or class in which it stands."""
    for _marker, texts in texts_of(node):
        forms = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
        if forms:
            yield where, " / ".join(forms)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = f"`{node.name}`"
    for child in ast.iter_child_nodes(node):
        yield from _said(child, where)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("](", "]\\(").replace("\n", "<br>")  # links are shown as they are written


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
