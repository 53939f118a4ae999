"""The judge of crash runs: what the relay charged and Discord shows, held against what the bot's database says."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from sandbox.app import Sandbox

OVER = ("done", "refused", "failed", "expired", "cancelled", "removed")
KEPT = (*OVER, "uncertain", "undeliverable")
RELEASED = ("refused", "failed", "cancelled")
RESULT_FILE = re.compile(r"easel-([0-9a-f]{16})")
Row = Mapping[str, Any]


@dataclass
class Verdict:
    """Every charge in its column; `problems` is empty when all promises were kept."""

    jobs: int = 0
    charges: int = 0
    columns: Counter[str] = field(default_factory=Counter)
    uncertain_unpaid: int = 0
    problems: list[str] = field(default_factory=list)

    @override
    def __str__(self) -> str:
        columns = ", ".join(f"{count} {column}" for column, count in sorted(self.columns.items())) or "nothing"
        return (
            f"{self.jobs} jobs, {self.charges} charges = {columns}; "
            f"{self.uncertain_unpaid} uncertain and not paid; {len(self.problems)} problems"
        )


def rows(database: Path, query: str) -> list[Row]:
    """What a query finds in the bot's database, also while it works."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def unsettled(database: Path) -> list[Row]:
    """The jobs that still need something done."""
    kept = ", ".join(f"'{status}'" for status in KEPT)
    return rows(database, f"SELECT id, status, told FROM jobs WHERE status NOT IN ({kept}) OR NOT told")


def judge(sandbox: Sandbox) -> Verdict:
    """Hold three ledgers against each other: the relay's tasks, Discord's messages, the bot's jobs."""
    assert sandbox.relay is not None
    database = sandbox.data / "easel.db"
    jobs = {str(row["id"]): row for row in rows(database, "SELECT * FROM jobs")}
    tasks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for task in sandbox.relay.tasks():
        tasks[task["state"]].append(task)
    shown = _shown(sandbox)
    verdict = Verdict(jobs=len(jobs))
    for job_id in tasks.keys() - jobs.keys():
        verdict.problems.append(f"{job_id}: the relay has a task of a job that nobody knows")
    for job in jobs.values():
        paid = [task for task in tasks[job["id"]] if task["charged"]]
        verdict.charges += len(paid)
        for _task in paid:
            verdict.columns[_column(job)] += 1
        if job["status"] == "uncertain" and not paid:
            verdict.uncertain_unpaid += 1
        verdict.problems += [f"{job['id']} {job['status']}: {problem}" for problem in _problems(job, paid, shown)]
    verdict.problems += _books(database)
    return verdict


@dataclass
class _Shown:
    """What stands on Discord: results by job, and all messages by id."""

    results: Counter[str]
    contents: dict[int, str]


def _shown(sandbox: Sandbox) -> _Shown:
    messages = [message for c in sandbox.discord.state.channels.values() for message in c.messages.values()]
    names = [RESULT_FILE.match(file.filename) for message in messages for file in message.attachments]
    return _Shown(Counter(name[1] for name in names if name), {message.id: message.content for message in messages})


def _column(job: Row) -> str:
    if job["status"] == "done":
        return "delivered"
    if job["stopped"]:
        return "stopped"
    return str(job["status"]) if job["status"] in KEPT else "still running"


def _problems(job: Row, paid: list[dict[str, Any]], shown: _Shown) -> Iterator[str]:
    status, results = job["status"], shown.results[job["id"]]
    if len(paid) > 1:
        yield f"paid {len(paid)} times"
    if results > 1:
        yield f"posted {results} times"
    if status not in KEPT or not job["told"]:
        yield "not settled"
    if paid and status in RELEASED and not job["stopped"]:
        yield f"paid and lost ({job['failure']})"
    if status == "done" and not results:
        yield "done, but nothing is shown"
    if status != "done" and results:
        yield "shown, but not done"
    if status == "uncertain" and "(Unknown outcome)" not in shown.contents.get(job["card_id"], ""):
        yield "uncertain, and its card does not say so"
    if status == "done" and job["card_id"] in shown.contents and job["card_id"] != job["result_message_id"]:
        yield "its card is still there"
    if status in OVER and job["token"] is not None:
        yield "its token is still kept"


def _books(database: Path) -> Iterator[str]:
    """Units reserved equal units settled or released, and the budgets say the same."""
    query = "SELECT jobs.id, status, stopped, state FROM jobs LEFT JOIN reservations ON job_id = jobs.id"
    for row in rows(database, query):
        wanted = "released" if row["status"] in RELEASED else "reserved" if row["status"] == "uncertain" else "settled"
        if row["status"] in KEPT and row["state"] != wanted:
            yield f"{row['id']} {row['status']}: its units are {row['state']}"
    spent = rows(
        database, "SELECT scope, day, sum(units) AS units FROM reservations WHERE state != 'released' GROUP BY 1, 2"
    )
    booked = {(row["scope"], row["day"]): row["used"] for row in rows(database, "SELECT * FROM budgets")}
    for row in spent:
        if booked.get((row["scope"], row["day"])) != row["units"]:
            yield f"{row['scope']}: {row['units']} units spent, but {booked.get((row['scope'], row['day']))} booked"
