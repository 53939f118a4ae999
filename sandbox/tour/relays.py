"""The table of what works on which relay, made from what the tour saw at each family."""

import json
from collections.abc import Mapping
from pathlib import Path

from sandbox.relay.profiles import PROFILES
from sandbox.tour.guide import NO_CALL
from sandbox.tour.not_offered import NO_BUTTON
from sandbox.tour.tour import MIDJOURNEY

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "relays.md"
OPERATIONS = tuple(dict.fromkeys(step.operation for step in MIDJOURNEY if step.operation))
INTRODUCTION = f"""\
# What works on which relay

What a member gets for each operation of Midjourney's, by the family of relays that the owner pays: seen by the tour,
which takes the same steps at each of them as the [sandbox](sandbox.md) plays it, and asks the relay's ledger.
`make relays` walks again and writes this page.

A cell names the calls that were sent for it, in their order (see [relay.md](relay.md) 2). Where there is more than one,
the first was refused without a charge, or the relay asked a question that the next one answers. *{NO_CALL}*: it came
from what the task had listed already, without a charge. *{NO_BUTTON}*: the relay lists no such button, so that none is
shown. *no*: the member alone is told the sentence of that number, below; the relay's ledger has no task of it.
"""


def write_page(outcomes_by_profile: Mapping[str, Mapping[str, str]], page: Path = PAGE) -> None:
    """Write the page from what came of each operation at each family."""
    summaries = [f"- **{name}**: {PROFILES[name].summary}" for name in outcomes_by_profile]
    header = ["operation", *outcomes_by_profile]
    rows = [[name, *(told[name] for told in outcomes_by_profile.values())] for name in OPERATIONS]
    sentences = list(dict.fromkeys(cell for row in rows for cell in row if cell.endswith(".")))
    marks = {sentence: f"no ({number})" for number, sentence in enumerate(sentences, start=1)}
    table = [header, ["---"] * len(header), *([marks.get(cell, cell) for cell in row] for row in rows)]
    lines = (f"| {' | '.join(cells)} |" for cells in table)
    told = (f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))
    page.write_text("\n".join([INTRODUCTION, *summaries, "", *lines, "", *told]) + "\n", encoding="utf-8")


def keep(folder: Path, outcomes: Mapping[str, str]) -> None:
    """Keep what came of a walk, for the page."""
    (folder / "outcomes.json").write_text(json.dumps(outcomes, ensure_ascii=False, indent=1), encoding="utf-8")


def kept(folder: Path) -> dict[str, dict[str, str]]:
    """What is kept of walks at families, by their names, in the order of the families."""
    files = {name: folder / name / "outcomes.json" for name in PROFILES}
    return {name: json.loads(file.read_text(encoding="utf-8")) for name, file in files.items() if file.exists()}
