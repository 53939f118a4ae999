"""What the pages of the repository say about it: files that they name are there, and questions have an answer."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("tests/*.md"))
    if path.name != "CHANGELOG.md"  # it tells what was
)
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.*{},-]*|[\w-]+\.(?:py|toml|md|mjs))`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TO_BE_WRITTEN = re.compile(r"daub|NAME")  # the imagined engine of docs/engines.md
TOP_LEVELS = {path.name for path in ROOT.iterdir()}


def alternatives(path: str) -> list[str]:
    """A path with braces stands for several: "bot/{a,b}.py"."""
    inner = re.search(r"\{([^{}]*)\}", path)
    if inner is None:
        return [path]
    return [
        whole
        for one in inner[1].split(",")
        for whole in alternatives(path[: inner.start()] + one.strip() + path[inner.end() :])
    ]


def missing(page: str, named: str) -> list[str]:
    """What a page names and the repository does not have; paths count from the top or from the page's own folder."""
    places = (ROOT, (ROOT / page).parent)
    return [
        path
        for path in alternatives(named)
        if not any(list(place.glob(path.rstrip("/"))) if "*" in path else (place / path).exists() for place in places)
    ]


def is_ours(path: str) -> bool:
    """Whether a name in code style is a path of this repository, and not a route, a folder of an owner or a module."""
    return path.partition("/")[0] in TOP_LEVELS and not path.startswith((".venv/", "build/"))


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = [name for name in NAMED.findall(text) if is_ours(name) and not TO_BE_WRITTEN.search(name)]
    linked = LINKED.findall(text)

    assert [path for name in (*named, *linked) for path in missing(page, name)] == []


def test_twelve_questions_are_answered_with_files() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+\?) \| (.+) \|$", text.partition("## Where would I change")[2], re.MULTILINE)

    assert len(rows) >= 12
    for question, answer in rows:
        assert [name for name in NAMED.findall(answer) if is_ours(name)], question
