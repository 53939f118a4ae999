"""The lists of mutants cannot rot: each still has its place in the code; and how a run on one ends is told."""

from pathlib import Path

import pytest

from tests.mutants import catalogue, forks, reach
from tests.mutants.catalogue import ROOT, MisplacedError, Mutant

SOURCES = catalogue.sources_here()
MUTANTS = catalogue.listed()
CODE = """
LIMIT = 3


class Door:
    def check(self, age):
        if age < LIMIT:
            raise ValueError
        return age

    def other(self, age):
        return age < 5
"""


def mutant(**changes: str) -> Mutant:
    known = {
        "list_name": "door",
        "where": "bot/door.py",
        "was": "age < LIMIT",
        "becomes": "False",
        "breaks": "all enter",
    }
    return Mutant(**(known | changes))  # type: ignore[arg-type]


@pytest.mark.exhaustive
def test_every_mutant_still_has_its_place() -> None:
    """Where a line has changed, its entry in tests/mutants/lists must follow it."""
    lost = []
    for one in MUTANTS:
        try:
            catalogue.apply(one, SOURCES)
        except MisplacedError as exc:
            lost.append(str(exc))

    assert "\n\n".join(lost) == ""


def test_no_mutant_is_listed_twice() -> None:
    changes = [(one.where, one.function, one.was, one.becomes) for one in MUTANTS]

    assert len(changes) == len(set(changes))


def test_tests_that_mutants_name_are_there() -> None:
    assert {name for one in MUTANTS for name in one.tests if not (ROOT / name.partition("::")[0]).exists()} == set()


def test_mutant_is_put_in_where_its_text_stands() -> None:
    applied = catalogue.apply(mutant(where="bot"), {"bot/door.py": CODE, "cogs/door.py": CODE})

    assert applied.source == CODE.replace("age < LIMIT", "False")
    assert (applied.module, applied.functions) == ("bot.door", frozenset({"Door.check"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"was": "age <"},
        {"was": "age > LIMIT"},
        {"where": "bot/window.py"},
        {"function": "other"},
        {"becomes": "(("},
        {"becomes": "age < Height"},
    ],
    ids=["twice", "nowhere", "no such file", "in another function", "no Python", "a name that is not there"],
)
def test_mutant_without_one_clear_place_is_reported(changes: dict[str, str]) -> None:
    with pytest.raises(MisplacedError, match="all enter"):
        catalogue.apply(mutant(**changes), {"bot/door.py": CODE})


def test_change_that_changes_nothing_is_reported() -> None:
    with pytest.raises(MisplacedError, match="changes nothing"):
        catalogue.apply(mutant(becomes="age <  LIMIT"), {"bot/door.py": CODE})


def test_function_tells_places_apart() -> None:
    applied = catalogue.apply(mutant(was="age <", becomes="age >", function="other"), {"bot/door.py": CODE})

    assert applied.functions == {"Door.other"}


def test_changed_limit_is_put_to_those_who_read_it() -> None:
    applied = catalogue.apply(mutant(was="LIMIT = 3", becomes="LIMIT = 4"), {"bot/door.py": CODE})

    assert applied.functions == {"Door.check"}


def test_tests_that_reach_a_function_meet_its_mutants_quickest_first() -> None:
    slow, quick, other = (
        reach.Test("slow", 2.0, frozenset({"Door.check"})),
        reach.Test("quick", 1.0, frozenset({"Door.check"})),
        reach.Test("other", 0.1, frozenset({"Door.other"})),
    )
    known = reach.Reach([slow, quick, other])

    assert known.of(["Door.check"]) == [quick, slow]
    assert known.of(["Door.check"], killer="slow") == [slow, quick]
    assert known.of(["Gate.check"]) == [quick, slow]  # it has moved to another class
    assert known.of(["Gate.lock"], files=["oth"]) == [other]


def test_tests_of_the_changed_file_and_room_meet_its_mutants_first() -> None:
    names = [
        "tests/unit/jobs/test_doors.py::own",
        "tests/unit/jobs/test_keys.py::room",
        "tests/unit/ui/test_it.py::far",
    ]
    own, room, far = (
        reach.Test(name, took_s, frozenset({"Door.check"})) for name, took_s in zip(names, (2.5, 2.0, 1.0), strict=True)
    )

    assert reach.Reach([far, room, own]).of(["Door.check"], path="bot/jobs/door.py") == [own, room, far]


def test_runs_tell_how_they_ended(tmp_path: Path) -> None:
    def for_ever() -> int:
        while True:
            pass

    def broken() -> int:
        raise RuntimeError("no")

    tasks = [("noticed", lambda: 1, 60.0), ("not", lambda: 0, 60.0), ("hangs", for_ever, 0.1), ("breaks", broken, 60.0)]
    runs = forks.run_all(tasks, at_once=2, log_of=lambda name: tmp_path / name)

    assert {run.key: run.exit_code for run in runs} == {"noticed": 1, "not": 0, "hangs": None, "breaks": 70}
    assert "RuntimeError: no" in (tmp_path / "breaks").read_text(encoding="utf-8")


def test_run_is_ended_at_its_limit_however_early_that_is(tmp_path: Path) -> None:
    """Even before the process has a group of its own, by which it is ended with all that it has started."""

    def for_ever() -> int:
        while True:
            pass

    runs = forks.run_all([(name, for_ever, 0.0) for name in "abc"], at_once=2, log_of=lambda name: tmp_path / name)

    assert {run.key: run.exit_code for run in runs} == dict.fromkeys("abc")
