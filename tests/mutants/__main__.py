"""`python -m tests.mutants`: put the mutants in one by one and see whether a unit test notices."""

import argparse
import json
import os
import stat
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.mutants import catalogue, forks, imports, reach
from tests.mutants.catalogue import ROOT, Applied, Mutant
from tests.mutants.forks import Run
from tests.mutants.reach import Test

FOLDER = ROOT / "build" / "mutants"
RECORDS, KILLERS = FOLDER / "reach", FOLDER / "killers.json"
WANTED = 0.95
AT_ONCE = 2
RECORD_LIMIT_S = 900.0
# Times the processor's seconds that the tests took when they were recorded: machines are busy.
LIMIT_FACTOR, SHORTEST_LIMIT_S, LATE_PATIENCE = 5.0, 60.0, 2.0
KILLED, TIMED_OUT, OUTLIVED, UNREACHED = "killed", "timed out", "outlived", "unreached"
BROKEN = "broken"  # no test failed, and yet something did: the mutant's own fault, or the runner's
FATES = (KILLED, TIMED_OUT, OUTLIVED, UNREACHED, BROKEN)

console = Console(highlight=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants that were asked for; returns 0 where enough of them are noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="those whose list, place or sentence has this in it")
    parser.add_argument("--list", action="store_true", help="show them and do nothing")
    parser.add_argument("--at-once", type=int, choices=(1, 2), default=AT_ONCE, help="how many processes")
    options = parser.parse_args(arguments)
    mutants = catalogue.chosen(catalogue.listed(), options.only)
    if not mutants:
        console.print("No mutant has that in its name.")
        return 2
    if options.list:
        for mutant in mutants:
            console.print(f"{mutant}\n{catalogue.shown(mutant)}", markup=False)
        return 0
    RECORDS.mkdir(parents=True, exist_ok=True)
    forks.read_libraries()
    tests = measured(options.at_once)
    fates = dict(tried(mutants, tests, options.at_once))
    console.print(table(fates))
    return verdict(fates)


def measured(at_once: int) -> list[Test]:
    """What the unit tests reach, measured where it is not known."""
    files = reach.unrecorded(RECORDS)
    if files:
        console.print(f"Finding out what {len(files)} files of unit tests reach ...")
    tasks = ((file, partial(reach.record, file, reach.record_path(RECORDS, file)), RECORD_LIMIT_S) for file in files)
    for number, run in enumerate(forks.run_all(tasks, at_once=at_once, log_of=_log_of), 1):
        console.print(f"[{number:3}/{len(files)}] {run.key} {run.took_s:.0f} s", markup=False)
    tests, failing = reach.recorded(RECORDS, reach.test_files())
    for name in failing:
        console.print(f"fails without any mutant, and is left out: {name}", markup=False)
    return tests


def _log_of(name: str) -> Path:
    return FOLDER / f"{name.replace('/', '-')}.log"


def tried(mutants: Sequence[Mutant], tests: Sequence[Test], at_once: int) -> Iterator[tuple[Mutant, str]]:
    """Put mutants in, and tell what became of each as soon as it is known."""
    sources = catalogue.sources_here()
    killers: dict[str, str] = json.loads(KILLERS.read_text(encoding="utf-8")) if KILLERS.exists() else {}
    applied = [catalogue.apply(mutant, sources) for mutant in mutants]
    known = reach.Reach(tests)
    meeting = [
        known.of(place.functions, mutant.tests, killers.get(_key(mutant), ""), place.path)
        for mutant, place in zip(mutants, applied, strict=True)
    ]
    done = 0

    def told(number: int, fate: str, detail: str) -> tuple[Mutant, str]:
        nonlocal done
        done += 1
        console.print(f"[{done:3}/{len(mutants)}] {fate:9} {mutants[number]}  ({detail})", markup=False)
        return mutants[number], fate

    yield from (told(number, UNREACHED, "no unit test comes there") for number, met in enumerate(meeting) if not met)
    for run in _put_in(applied, meeting, at_once):
        number, killer = int(run.key), FOLDER / f"{run.key}.killer"
        if killer.exists():
            killers[_key(mutants[number])] = killer.read_text(encoding="utf-8")
            KILLERS.write_text(json.dumps(killers), encoding="utf-8")
        fate = _fate(run, is_killed=killer.exists())
        yield told(number, fate, f"{len(meeting[number])} tests meet it, {run.took_s:.0f} s")


def _put_in(applied: Sequence[Applied], meeting: Sequence[Sequence[Test]], at_once: int) -> Iterator[Run[str]]:
    """Run the tests that meet each mutant; what takes too long runs once more at the end, alone and with more patience.

    The machine may have been busy.
    """

    def runs(numbers: Sequence[int], processes: int, patience: float) -> Iterator[Run[str]]:
        tasks = (
            (str(number), partial(_run, applied[number], met, FOLDER / f"{number}"), patience * _limit_s(met))
            for number in numbers
            if (met := meeting[number])
        )
        return forks.run_all(tasks, at_once=processes, log_of=_log_of)

    late: list[int] = []
    for run in runs(range(len(meeting)), at_once, 1.0):
        if run.exit_code is None:
            late.append(int(run.key))
        else:
            yield run
    yield from runs(late, 1, LATE_PATIENCE)


def _fate(run: Run[str], *, is_killed: bool) -> str:
    if run.exit_code is None:
        return TIMED_OUT
    return KILLED if is_killed else OUTLIVED if run.exit_code in (0, 1) else BROKEN


def _key(mutant: Mutant) -> str:
    return f"{mutant.function} {mutant.was} {mutant.becomes}"


def _limit_s(tests: Sequence[Test]) -> float:
    return SHORTEST_LIMIT_S + LIMIT_FACTOR * sum(test.took_s for test in tests)


def _run(applied: Applied, tests: Sequence[Test], name: Path) -> int:
    killer = name.with_suffix(".killer")
    killer.unlink(missing_ok=True)
    return reach.run([test.name for test in tests], killer, partial(_install, applied, name))


def _install(applied: Applied, name: Path) -> None:
    """Put a mutant into this process, and into the ones that it starts."""
    told = {"module": applied.module, "path": str(ROOT / applied.path), "source": applied.source}
    imports.install(**told)
    text, python = name.with_suffix(".json"), name.with_suffix(".python")
    text.write_text(json.dumps(told), encoding="utf-8")
    python.write_text(
        f'#!/bin/sh\nexport {imports.VARIABLE}="{text}" PYTHONPATH="{Path(__file__).parent / "site"}:{ROOT}"\n'
        f'exec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    python.chmod(stat.S_IRWXU)
    sys.executable = str(python)


def table(fates: Mapping[Mutant, str]) -> Table:
    """What became of the mutants, module by module."""
    rows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for mutant, fate in fates.items():
        rows[mutant.where][fate] += 1
    shown = Table("code", *("mutants", *FATES), box=None, pad_edge=False)
    for name, counted in sorted(rows.items()):
        shown.add_row(name, str(counted.total()), *(str(counted[fate] or "") for fate in FATES))
    total = Counter(fates.values())
    shown.add_row("all", str(total.total()), *(str(total[fate] or "") for fate in FATES), style="bold")
    return shown


def verdict(fates: Mapping[Mutant, str]) -> int:
    """Name what was not noticed; 0 where that is little enough. What never ends is noticed by whoever waits for it."""
    for mutant, fate in fates.items():
        if fate != KILLED:
            console.print(f"\n{fate}: {mutant}\n{catalogue.shown(mutant)}", markup=False)
    noticed = sum(fate in (KILLED, TIMED_OUT) for fate in fates.values())
    share = noticed / len(fates)
    console.print(f"\n{noticed} of {len(fates)} are noticed ({share:.1%}; {WANTED:.0%} are wanted).", markup=False)
    return int(share < WANTED)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
