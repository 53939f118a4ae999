"""What the code cites as its source can be read: the page is in the repository, and has the section."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
OWN = Path(__file__).resolve()
FOLDERS = ("bot", "cogs", "sandbox", "benchmarks", "tests")
KINDS = {".py", ".toml", ".txt", ".js", ".css", ".html"}
SECTION = r"\d+(?:\.\d+)*"
# `docs/relay.md 1.4, 3 and 4` in code, `[relay.md](relay.md) 2.7 and 6.5` in the pages themselves.
CITATION = re.compile(rf"(?:\bdocs/|\]\()([\w-]+\.md)\)?((?:,? (?:(?:and|to) )?{SECTION}\b)*)")
HEADING = re.compile(rf"^#+ ({SECTION})\b", re.MULTILINE)
INSIDE = re.compile(r"(?:\(|\bsee |\bin )(\d+\.\d+)\b")  # (2.8), see 3.3
# Notes that the facts were taken from; they are not in the repository.
NOTES = re.compile(r"\b(?:upstream-api|midjourney-ux|wire-2026|ux-findings)\b|\b(?:faults|discord|reliability)\.md\b")
NAMED = re.compile(r"\bSources?:\s+[a-z][a-z-]*(?:\.md)?\s+(?:[A-Z]\.)?\d")  # a name with a number, and no page


class Citation(NamedTuple):
    """A page that a file names, and perhaps a section of it."""

    file: str
    page: str
    section: str


def texts() -> Iterator[tuple[str, str]]:
    """Every file of the code with its text, in which a citation is not broken by the end of a line."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS and path.is_file() and "node_modules" not in path.parts and path != OWN:
                yield str(path.relative_to(ROOT)), re.sub(r"\s*\n\s*(?:#\s*)?", " ", path.read_text("utf-8"))


def pages() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "docs").glob("*.md")):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8").replace("\n", " ")


def citations(files: Iterator[tuple[str, str]]) -> Iterator[Citation]:
    for file, text in files:
        for page, sections in CITATION.findall(text):
            for section in re.findall(SECTION, sections) or [""]:
                yield Citation(file, page, section)


def sections_of(page: str) -> set[str]:
    """The numbers of a page's headings; "" stands for the page, and a page that is not there has nothing."""
    path = ROOT / "docs" / page
    return {"", *HEADING.findall(path.read_text("utf-8"))} if path.is_file() else set()


def unresolved(found: list[Citation]) -> list[Citation]:
    known = {page: sections_of(page) for page in {one.page for one in found}}
    return [one for one in found if one.section not in known[one.page]]


def test_every_page_and_section_that_the_code_cites_exists() -> None:
    found = list(citations(texts()))

    assert unresolved(found) == []
    assert {"relay.md", "look.md"} <= {one.page for one in found if one.section}


def test_every_page_and_section_that_a_page_refers_to_exists() -> None:
    assert unresolved(list(citations(pages()))) == []


@pytest.mark.parametrize("page", ["relay.md", "look.md"])
def test_the_numbers_inside_a_page_are_its_own_sections(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")

    assert set(INSIDE.findall(text)) - sections_of(page) == set()
    assert len(HEADING.findall(text)) == len(set(HEADING.findall(text)))


def test_no_page_outside_of_the_repository_is_cited() -> None:
    found = [(file, one[0]) for file, text in texts() for one in (*NOTES.finditer(text), *NAMED.finditer(text))]

    assert found == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Source: docs/relay.md 6.2 and 6.3.", ["6.2", "6.3"]),
        ("Source: docs/relay.md 1.4, 3 and 4.", ["1.4", "3", "4"]),
        ("(docs/relay.md 9 to 12)", ["9", "12"]),
        ("docs/relay.md says how", [""]),
    ],
)
def test_a_citation_may_name_several_sections(text: str, cited: list[str]) -> None:
    assert [one.section for one in citations(iter([("a file", text)]))] == cited
