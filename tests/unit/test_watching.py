"""The board and the alerts name what the bot really tells, and the alerts fire when they should."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.live_jobs import LiveJobs
from bot.storage.jobs import JobStore
from tests.support.ports import ManualClock
from tests.support.scrape import metrics_app, scrape

ROOT = Path(__file__).parents[2]
BOARD, RULES = ROOT / "deploy/grafana/easel.json", ROOT / "deploy/prometheus/rules.yml"
RULE_TESTS, DOCUMENTATION = RULES.with_name("rules_test.yml"), ROOT / "docs/operation.md"
NAME = re.compile(r"\b(?:easel|process)_[a-z0-9_]+")
ALERT = re.compile(r"alert: (\w+)")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")


@pytest.fixture
async def told(store: JobStore, clock: ManualClock, tmp_path: Path) -> set[str]:
    """Every name that a query may use."""
    families = await scrape(metrics_app(store, LiveJobs(clock), tmp_path, clock))
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {name + ending for name, family in families.items() for ending in endings.get(family.type, ("",))}


def board_queries() -> list[str]:
    board: dict[str, Any] = json.loads(BOARD.read_text())
    return [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def rules() -> str:
    return "\n".join(line for line in RULES.read_text().splitlines() if not line.lstrip().startswith("#"))


async def test_every_name_on_the_board_is_told(told: set[str]) -> None:
    assert {name for query in board_queries() for name in NAME.findall(query)} - told == set()


async def test_every_name_in_the_alerts_is_told(told: set[str]) -> None:
    assert set(NAME.findall(rules())) - told == set()


async def test_every_name_that_is_told_stands_in_the_documentation(told: set[str]) -> None:
    documented = {name.removesuffix("_bucket") for name in NAME.findall(DOCUMENTATION.read_text())}
    ours = {re.sub("_(bucket|sum|count)$", "", name) for name in told if name.startswith("easel_")}

    assert ours ^ {name for name in documented if name.startswith("easel_")} == set()


def test_every_alert_says_in_the_documentation_what_to_do() -> None:
    text = DOCUMENTATION.read_text()

    assert [name for name in ALERT.findall(rules()) if f"`{name}`" not in text] == []


def test_panels_do_not_lie_upon_each_other() -> None:
    cells = [
        (x, y)
        for panel in json.loads(BOARD.read_text())["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))


@needs_promtool
@pytest.mark.process
@pytest.mark.parametrize("command", [("check", "rules", RULES), ("test", "rules", RULE_TESTS)])
def test_the_alerts_fire_when_they_should(command: tuple[str | Path, ...]) -> None:
    ended = subprocess.run([PROMTOOL or "", *command], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


@needs_promtool
@pytest.mark.process
def test_every_query_of_the_board_is_one(tmp_path: Path) -> None:
    """Read by Prometheus itself, as rules that record what the panels show."""
    recorded = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(board_queries())
    ]
    written = tmp_path / "board.yml"
    written.write_text(json.dumps({"groups": [{"name": "board", "rules": recorded}]}))

    ended = subprocess.run([PROMTOOL or "", "check", "rules", written], capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
