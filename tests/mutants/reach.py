"""Which unit tests reach which functions of the bot, measured once and again for test files that have changed."""

import hashlib
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from tests.mutants.catalogue import ROOT

UNIT = ROOT / "tests" / "unit"
READ_FIRST = 2
SLOWEST_S = 3.0  # what tries every moment or example takes longer: a rule should be held by a test of its own
OWN = UNIT / "test_mutants.py"
WATCHED = tuple(f"{ROOT / folder}/" for folder in ("bot", "cogs"))
# Random order and random examples would make of a kill a matter of luck.
OPTIONS = (
    *("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # its plugins are read before it is
)


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """A test that passes: its name, seconds of a processor, and the qualified names of the functions it reaches."""

    name: str
    took_s: float
    reaches: frozenset[str]


@dataclass(slots=True, eq=False)
class Recorder:
    """A plugin that writes down what each test of a file reaches."""

    seen: set[CodeType] = field(default_factory=set)
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> None:
        self.seen.add(frame.f_code)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.seen = set()
        since = time.process_time()  # which does not depend on how busy the machine is
        self.tests[item.nodeid] = {"passed": True}
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            seen = frozenset(self.seen)  # threads may still add to it
            names = {code.co_qualname for code in seen if code.co_filename.startswith(WATCHED)}
            self.tests[item.nodeid] |= {"took_s": round(time.process_time() - since, 3), "reaches": sorted(names)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.tests[report.nodeid]["passed"] = False


@dataclass(slots=True, eq=False)
class Chosen:
    """A plugin that runs certain tests in their order, and writes down the first that fails."""

    names: Sequence[str]
    killer: Path

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        place = {name: number for number, name in enumerate(self.names)}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:  # some rules are asked while tests are being made
            self.killer.write_text(report.nodeid, encoding="utf-8")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.killer.write_text(report.nodeid, encoding="utf-8")


def record(file: str, into: Path) -> int:
    """Run a file of tests and write down what they reach."""
    recorder = Recorder()
    code = pytest.main([*OPTIONS, file], plugins=[recorder])
    into.write_text(json.dumps({"key": key_of(file), "tests": recorder.tests}), encoding="utf-8")
    return int(code)


def run(names: Sequence[str], killer: Path, prepare: Callable[[], None]) -> int:
    """Run certain tests, in their order, until one fails.

    Those of the likeliest files come first, since reading a file takes longer than running a test.
    """
    prepare()
    files = Counter(name.partition("::")[0] for name in names)
    first, common = names[0].partition("::")[0], {file for file, _count in files.most_common(READ_FIRST)}
    for among in ({first}, common - {first}, files.keys() - common - {first}):
        part = [name for name in names if name.partition("::")[0] in among]
        paths = dict.fromkeys(name.partition("::")[0] for name in part)
        if paths and (code := pytest.main([*OPTIONS, "-x", "--no-summary", *paths], plugins=[Chosen(part, killer)])):
            return int(code)
    return 0


def test_files() -> list[str]:
    """All files of unit tests, relative to the repository."""
    return [str(path.relative_to(ROOT)) for path in sorted(UNIT.rglob("test_*.py")) if path != OWN]


def key_of(file: str) -> str:
    """What a record is good for: the text of a file of tests. (A function of the bot keeps its name when it moves.)"""
    return hashlib.sha256((ROOT / file).read_bytes()).hexdigest()


def record_path(folder: Path, file: str) -> Path:
    return folder / f"{file.removeprefix('tests/unit/').replace('/', '-').removesuffix('.py')}.json"


def unrecorded(folder: Path) -> list[str]:
    """Files of tests whose records are missing or of another text, the longest first."""
    return [file for file in test_files() if not _is_good(record_path(folder, file), file)]


def _is_good(path: Path, file: str) -> bool:
    return path.exists() and json.loads(path.read_text(encoding="utf-8"))["key"] == key_of(file)


def recorded(folder: Path, files: Iterable[str]) -> tuple[list[Test], list[str]]:
    """The tests that pass, and the names of those that fail even without a mutant."""
    tests, failing = [], []
    for file in files:
        path = record_path(folder, file)
        for name, known in json.loads(path.read_text(encoding="utf-8"))["tests"].items() if path.exists() else ():
            if known["passed"]:
                tests.append(Test(name, known["took_s"], frozenset(known["reaches"])))
            else:
                failing.append(name)
    return tests, failing


class Reach:
    """Who reaches what, looked up by the function."""

    def __init__(self, tests: Iterable[Test]) -> None:
        self._tests = tuple(tests)
        self._by_name: defaultdict[str, set[Test]] = defaultdict(set)
        for test in self._tests:
            for name in test.reaches:
                self._by_name[name].add(test)
                # Functions move to other classes: where a name is not known, it is told by its last part.
                self._by_name[f"*.{name.rpartition('.')[2]}"].add(test)

    def of(self, functions: Iterable[str], files: Sequence[str] = (), killer: str = "", path: str = "") -> list[Test]:
        """Return the tests that may notice a change, the likeliest and quickest first.

        Args:
            functions: the qualified names of those around the change.
            files: beginnings of the names of tests that reach it in processes of their own.
            killer: the test that noticed it last time.
            path: the file that is changed; tests of its own file, and then of its room, are the likeliest to notice.
        """
        folder, _, module = f"{path.removeprefix('bot/').removesuffix('.py')}".rpartition("/")
        room = f"tests/unit/{folder.partition('/')[0]}/" if folder else "tests/unit/test_"
        own = f"tests/unit/{folder}/test_{module}".replace("//", "/")

        def rank(test: Test) -> tuple[bool, bool, bool, float, str]:
            name = test.name
            return name != killer, not name.startswith(own), not name.startswith(room), test.took_s, name

        exact = [self._by_name[name] for name in functions if name in self._by_name]
        found = set[Test]().union(
            *(exact or (self._by_name.get(f"*.{name.rpartition('.')[2]}", ()) for name in functions))
        )
        found = {test for test in found if test.took_s < SLOWEST_S}
        found |= {test for test in self._tests if files and test.name.startswith(tuple(files))}
        return sorted(found, key=rank)
