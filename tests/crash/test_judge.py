"""The judge itself: it finds every broken promise in ledgers that were doctored, and nothing in honest ones."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.crash.judge import Ledgers, Shown, judge, with_jobs

JOB = "0123456789abcdef"
CARD, RESULT = 10, 20


def ledgers(status: str = "done", *, task: str | None = "SUCCESS", card: str | None = None, **job: Any) -> Ledgers:
    """One job, with what honest ledgers have of it; `card` is what its card says, None when it is gone."""
    is_released = status in ("refused", "failed", "cancelled")
    is_done = status == "done"
    row = {
        "id": JOB,
        "status": status,
        "card_id": CARD,
        "result_message_id": RESULT if is_done else None,
        "stopped": 0,
        "told": 1,
        "token": None,
        "failure": None,
    }
    state = "released" if is_released else "reserved" if status == "uncertain" else "settled"
    used = 0 if is_released else 1
    return Ledgers(
        tasks=[{"state": JOB, "status": task}] if task else [],
        messages=({CARD: Shown(card)} if card else {})
        | ({RESULT: Shown("**a cat**", [f"easel-{JOB}.png"])} if is_done else {}),
        jobs=[row | job],
        reservations=[{"job_id": JOB, "scope": "member:1", "day": "2026-11-22", "units": 1, "state": state}],
        budgets=[{"scope": scope, "day": "2026-11-22", "used": used} for scope in ("member:1", "all")],
    )


def with_job(before: Ledgers, **changes: Any) -> Ledgers:
    return replace(before, jobs=[{**before.jobs[0], **changes}])


def with_books(before: Ledgers, used: Mapping[str, int]) -> Ledgers:
    budgets = [{"scope": scope, "day": "2026-11-22", "used": units} for scope, units in used.items()]
    return replace(before, budgets=budgets)


def given_up(*, task: str | None = "SUCCESS") -> Ledgers:
    """A job of unknown outcome that was sent again."""
    kept = ledgers("cancelled", task=task, card="(Stopped)", failure='{"kind": "sent_again"}')
    return with_books(replace(kept, reservations=ledgers().reservations), {"member:1": 1, "all": 1})


@pytest.mark.parametrize(
    ("honest", "columns"),
    [
        (ledgers(), {"delivered": 1}),
        (ledgers("failed", task="FAILURE", card="(Failed)"), {"failed": 1}),
        (ledgers("uncertain", card="(Unknown outcome)"), {"uncertain": 1}),
        (ledgers("uncertain", task=None, card="(Unknown outcome)"), {}),
        (given_up(), {"given up": 1}),
        (given_up(task=None), {}),
        (replace(ledgers(), stops={JOB: 50.0}, calls={JOB: 50.5}), {"delivered": 1}),
        (ledgers("expired", task="IN_PROGRESS", card="(Timed out)"), {"expired": 1}),
        (ledgers("undeliverable", card="(31%)"), {"undeliverable": 1}),
        (ledgers("undeliverable", card="(Stopped)", stopped=1), {"stopped": 1}),
        (ledgers("refused", task=None), {}),
        (ledgers("cancelled", task=None, card="(Stopped)"), {}),
        (ledgers("cancelled", task="MODAL", card="(Stopped)", stopped=1), {}),
        (ledgers("expired", task="MODAL", card="(Timed out)"), {}),
    ],
)
def test_honest_ledgers_have_every_charge_in_its_column(honest: Ledgers, columns: Mapping[str, int]) -> None:
    verdict = judge(honest)

    assert verdict.problems == []
    assert verdict.columns == Counter(columns)
    assert verdict.charges == sum(columns.values())


@pytest.mark.parametrize(
    ("doctored", "problem"),
    [
        (replace(ledgers(), tasks=[*ledgers().tasks, *ledgers().tasks]), "paid 2 times"),
        (replace(ledgers(), tasks=[]), "done, but never paid"),
        (replace(ledgers(), stops={JOB: 50.0}, calls={JOB: 52.0}), "sent after its author was told"),
        (with_books(given_up(), {"member:1": 0, "all": 0}), "units spent, but 0 booked"),
        (replace(given_up(), reservations=ledgers("cancelled").reservations), "its units are released"),
        (replace(ledgers(), jobs=[], reservations=[], budgets=[]), "charged for a job that nobody knows"),
        (ledgers("failed", card="(Failed)"), "paid and lost"),
        (ledgers("refused"), "paid and lost"),
        (ledgers("cancelled", card="(Stopped)"), "paid and lost"),
        (ledgers("cancelled", card="(Stopped)"), "1 charges, but 0 are accounted for"),
        (
            replace(ledgers(), messages=dict.fromkeys((RESULT, 30), Shown("", [f"easel-{JOB}.png"]))),
            "posted 2 times",
        ),
        (replace(ledgers(), messages={RESULT: Shown("", [f"easel-{JOB}.png"] * 2)}), "posted 2 times"),
        (replace(ledgers(), messages={}), "done, but nothing is shown"),
        (with_job(ledgers(), status="undeliverable"), "shown, but not done"),
        (ledgers(card="(93%)"), "its card is still there"),
        (ledgers("running", task="IN_PROGRESS", card="(31%)"), "not settled"),
        (ledgers("posting", card="(93%)"), "not settled"),
        (ledgers(told=0), "not settled"),
        (ledgers("uncertain"), "no card says so"),
        (ledgers("uncertain", card="(Waiting to start)"), "its card says: (Waiting to start)"),
        (ledgers("failed", task="FAILURE", card="(93%)"), "its card says: (93%)"),
        (ledgers("expired", task="IN_PROGRESS", card="(93%)"), "its card says: (93%)"),
        (ledgers("undeliverable", card="(93%)", stopped=1), "its card says: (93%)"),
        (ledgers(token="sealed"), "its token is still kept"),
        (replace(ledgers(), reservations=[]), "its units are None"),
        (
            replace(ledgers(), reservations=[{**ledgers().reservations[0], "state": "released"}]),
            "its units are released",
        ),
        (with_books(ledgers(), {"member:1": 2, "all": 1}), "member:1 2026-11-22: 1 units spent, but 2 booked"),
        (with_books(ledgers(), {"member:1": 1}), "all 2026-11-22: 1 units spent, but 0 booked"),
    ],
)
def test_doctored_ledgers_are_found_out(doctored: Ledgers, problem: str) -> None:
    found = judge(doctored).problems

    assert any(problem in one for one in found), found


def drawn(job_id: str, submitted_at: str | None, task_id: str | None = None) -> dict[str, Any]:
    request = '{"prompt": "a fox"}'
    return {"id": job_id, "engine": "openai", "task_id": task_id, "request": request, "submitted_at": submitted_at}


@pytest.mark.parametrize(
    ("jobs", "states"),
    [
        ([drawn("one", "2026-11-22 10:00"), drawn("stopped", None)], ["one"]),
        ([drawn("again", "2026-11-22 10:01"), drawn("one", "2026-11-22 10:00")], ["one", "again"]),
        ([drawn("one", "2026-11-22 10:00"), drawn("again", "2026-11-22 10:01", "told-2")], ["one", "again"]),
        ([drawn("one", "2026-11-22 10:00"), drawn("again", "2026-11-22 10:01")], ["one", "again", "again"]),
        ([], [""]),
    ],
)
def test_a_task_that_knows_no_job_is_of_the_one_that_was_sent(jobs: list[dict[str, Any]], states: list[str]) -> None:
    tasks = [{"id": str(number), "state": "", "prompt": "a fox"} for number in range(1, len(states) + 1)]

    found = with_jobs(tasks, {task["id"]: f"told-{task['id']}" for task in tasks}, jobs)

    assert [task["state"] for task in found] == states
