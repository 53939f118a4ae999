"""The judge of crash runs: what the relay charged and Discord shows, held against what the bot's database says.

charges = delivered + failed + uncertain + undeliverable + expired + stopped + still running, where everything but
what still runs can be seen by its author; nothing is paid twice, nothing is shown twice, nothing ends in silence.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from typing_extensions import override

from sandbox.app import Sandbox
from sandbox.relay.engines.ledger import EngineTask
from sandbox.relay.engines.openai import task_id_of
from sandbox.relay.server import LoopbackRelay
from tests.support.rows import Row, Where, database_of, rows

OVER = ("done", "refused", "failed", "expired", "cancelled", "removed")
KEPT = (*OVER, "uncertain", "undeliverable")
GIVEN_UP = ("given_up", "sent_again")  # while nobody could say whether it was charged
ON_ITS_WAY_S = 1.0  # a call may have left just before it was stopped
RELEASED = ("refused", "failed", "cancelled")
COLUMNS = {"done": "delivered", "removed": "delivered"} | {
    status: status for status in ("uncertain", "undeliverable", "expired")
}
# What the card of a job says that ended without a result.
NEVER_CAME = ("(Timed out)", "(Done, but nothing arrived)", "(Lost at the relay)")
LAST_WORDS = {
    "uncertain": ("(Unknown outcome)",),
    "expired": NEVER_CAME,
    "refused": ("(Refused)",),
    "failed": ("(Failed)",),
    "cancelled": ("(Stopped)",),
}
RESULT_FILE = re.compile(r"(?:SPOILER_)?easel-([0-9a-f]{16})")


@dataclass(frozen=True)
class Shown:
    """One message as it stands on Discord."""

    content: str
    files: Sequence[str] = ()


@dataclass(frozen=True)
class Ledgers:
    """What each side knows; `tasks` are the relay's, `messages` Discord's, the rest is the bot's."""

    tasks: Sequence[Row]
    messages: Mapping[int, Shown]
    jobs: Sequence[Row]
    reservations: Sequence[Row]
    budgets: Sequence[Row]
    stops: Mapping[str, float] = field(default_factory=dict)  # when authors were told that their jobs are stopped
    calls: Mapping[str, float] = field(default_factory=dict)  # when the last paid call for a job reached the relay

    @classmethod
    def of(cls, sandbox: Sandbox, stops: Mapping[str, float] | None = None) -> Self:
        """The ledgers as they stand."""
        assert sandbox.relay is not None
        database = database_of(sandbox)
        channels = sandbox.discord.state.channels.values()
        jobs = rows(database, "SELECT * FROM jobs")
        return cls(
            tasks=with_jobs(sandbox.relay.tasks(), _told_ids(sandbox.relay), jobs),
            messages={
                message.id: Shown(message.content, [file.filename for file in message.attachments])
                for channel in channels
                for message in channel.messages.values()
            },
            jobs=jobs,
            reservations=rows(database, "SELECT * FROM reservations"),
            budgets=rows(database, "SELECT * FROM budgets"),
            stops=stops or {},
            calls={
                request.body["state"]: request.at
                for request in sandbox.relay.wire.requests
                if isinstance(request.body, dict) and "state" in request.body
            },
        )


def _told_ids(relay: LoopbackRelay) -> Mapping[str, str]:
    """The ids that an engine's answers give its tasks, by those of the ledger."""
    return {task.id: task_id_of(task) for task in relay._tasks.ledger if isinstance(task, EngineTask)}


def with_jobs(tasks: Sequence[Row], told: Mapping[str, str], jobs: Sequence[Row]) -> Sequence[Row]:
    """The relay's tasks with the jobs that they are of.

    A task of an engine that takes no ids is of the job that knows its id, else of one with its prompt that knows none:
    its answer was lost. Where the same was asked for again, the first task is of the first that was sent.
    """
    drawn = [job for job in jobs if job["engine"] == "openai"]
    by_task = {job["task_id"]: job["id"] for job in drawn if job["task_id"]}
    lost: dict[str, list[str]] = defaultdict(list)
    unnamed = [job for job in drawn if not job["task_id"]]
    for job in sorted(unnamed, key=lambda job: (job["submitted_at"] is None, job["submitted_at"] or 0)):
        lost[json.loads(job["request"])["prompt"]].append(job["id"])
    return [
        {**task, "state": task["state"] or by_task.get(told.get(task["id"], "")) or _next(lost[task["prompt"]])}
        for task in tasks
    ]


def _next(lost: list[str]) -> str:
    """The next of these jobs; the last has all further tasks."""
    return lost.pop(0) if len(lost) > 1 else "".join(lost)


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
        columns = " + ".join(f"{count} {column}" for column, count in sorted(self.columns.items())) or "0"
        return (
            f"{self.jobs} jobs, {self.charges} charges = {columns}; "
            f"{self.uncertain_unpaid} uncertain and not paid; {len(self.problems)} problems"
        )


def unsettled(database: Where) -> list[Row]:
    """The jobs that still need something done."""
    kept = ", ".join(f"'{status}'" for status in KEPT)
    return rows(database, f"SELECT id, status, told FROM jobs WHERE status NOT IN ({kept}) OR NOT told")


def judge(ledgers: Ledgers) -> Verdict:
    """Hold the ledgers against each other, once nothing is left to do."""
    # A charge is a task that was started; one that the relay failed was charged and paid back.
    charges: dict[str, list[Row]] = defaultdict(list)
    for task in ledgers.tasks:
        if task["status"] != "MODAL":
            charges[task["state"]].append(task)
    files = [RESULT_FILE.match(name) for message in ledgers.messages.values() for name in message.files]
    results = Counter(file[1] for file in files if file)
    verdict = Verdict(jobs=len(ledgers.jobs), charges=sum(map(len, charges.values())))
    for job in ledgers.jobs:
        paid = charges.pop(job["id"], [])
        verdict.columns.update(column for task in paid if (column := _column(job, task)))
        verdict.uncertain_unpaid += job["status"] == "uncertain" and not paid
        found = (
            *_money(job, paid),
            *_after_stop(ledgers, job["id"]),
            *_sight(job, results[job["id"]], ledgers.messages),
        )
        verdict.problems += [f"{job['id']} {job['status']}: {problem}" for problem in found]
    verdict.problems += [f"{job_id}: charged for a job that nobody knows" for job_id in charges]
    if verdict.charges != verdict.columns.total():
        verdict.problems.append(f"{verdict.charges} charges, but {verdict.columns.total()} are accounted for")
    verdict.problems += _books(ledgers)
    return verdict


def _column(job: Row, task: Row) -> str | None:
    """Where a charge belongs; None when it is lost."""
    if job["stopped"]:
        return "stopped"
    if job["status"] == "cancelled" and _failure_of(job) in GIVEN_UP:
        return "given up"
    if task["status"] == "FAILURE" and job["status"] in ("failed", "uncertain", "expired"):
        return "failed"
    return COLUMNS.get(job["status"]) if job["status"] in KEPT else "still running"


def _money(job: Row, paid: Sequence[Row]) -> Iterator[str]:
    if len(paid) > 1:
        yield f"paid {len(paid)} times"
    if any(_column(job, task) is None for task in paid):
        yield f"paid and lost ({job['failure']})"
    if job["status"] == "done" and not paid:
        yield "done, but never paid"


def _after_stop(ledgers: Ledgers, job_id: str) -> Iterator[str]:
    if ledgers.calls.get(job_id, 0.0) > ledgers.stops.get(job_id, math.inf) + ON_ITS_WAY_S:
        yield "sent after its author was told that it is stopped"


def _sight(job: Row, results: int, messages: Mapping[int, Shown]) -> Iterator[str]:
    status, card = job["status"], messages.get(job["card_id"])
    if results > 1:
        yield f"posted {results} times"
    if status not in KEPT or not job["told"]:
        yield "not settled"
    if status == "done" and not results:
        yield "done, but nothing is shown"
    if status != "done" and results:
        yield "shown, but not done"
    if status == "done" and card is not None and job["card_id"] != job["result_message_id"]:
        yield "its card is still there"
    if status == "uncertain" and card is None:
        yield "uncertain, and no card says so"
    words = LAST_WORDS.get(status, ("(Stopped)",) if job["stopped"] else ())
    if card is not None and words and not any(word in card.content for word in words):
        yield f"its card says: {card.content}"
    if status in OVER and job["token"] is not None:
        yield "its token is still kept"


def _failure_of(job: Row) -> str | None:
    kind: str | None = json.loads(job["failure"] or "{}").get("kind")
    return kind


def _fate_of_units(status: str, failure: str | None) -> str:
    """What is given up while nobody knows stays spent; a question that nobody answered cost nothing."""
    if status == "uncertain":
        return "reserved"
    is_free = (status in RELEASED and failure not in GIVEN_UP) or failure == "unanswered"
    return "released" if is_free else "settled"


def _books(ledgers: Ledgers) -> Iterator[str]:
    """Units reserved equal units settled or released, and the budgets say the same."""
    states = {row["job_id"]: row["state"] for row in ledgers.reservations}
    for job in ledgers.jobs:
        status = job["status"]
        wanted = _fate_of_units(status, _failure_of(job))
        if status in KEPT and states.get(job["id"]) != wanted:
            yield f"{job['id']} {status}: its units are {states.get(job['id'])}"
    yield from unbalanced(ledgers.reservations, ledgers.budgets)


def unbalanced(reservations: Sequence[Row], budgets: Sequence[Row]) -> Iterator[str]:
    """Where the budgets do not say what the reservations do, which holds at every instant."""
    spent: Counter[tuple[str, str]] = Counter()
    for row in reservations:
        if row["state"] != "released":
            spent.update({(row["scope"], row["day"]): row["units"], ("all", row["day"]): row["units"]})
    booked = Counter({(row["scope"], row["day"]): row["used"] for row in budgets})
    for scope, day in spent.keys() | booked.keys():
        if booked[scope, day] != spent[scope, day]:
            yield f"{scope} {day}: {spent[scope, day]} units spent, but {booked[scope, day]} booked"
