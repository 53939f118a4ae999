"""What members read about a batch."""

from dataclasses import replace

import pytest

from bot.domain.job import BatchLine, Group, GroupKind, GroupState, JobStatus, Result
from bot.domain.requests import Imagine
from bot.jobs.batch_check import CheckedRow
from bot.language import _
from bot.prompts.batch_files import BatchRow
from bot.text import MESSAGE_LIMIT
from bot.ui.messages.group_card import counting_line
from bot.ui.text.batch_text import Order, minutes_left, order_text, state_line
from bot.ui.text.csv_table import table
from tests.support.makers import ANA, START, make_job, make_place

S = JobStatus
GROUP = Group("a" * 16, GroupKind.PERMUTATION, ANA, make_place(), "cats.csv", START, 401, is_batch=True)


def state(*statuses: JobStatus, took_s: float | None = 60.0, is_paused: bool = False) -> GroupState:
    jobs = tuple(
        make_job(status, group_id=GROUP.id, line=BatchLine(number), result=Result(took_s=took_s))
        if status is S.DONE
        else make_job(status, group_id=GROUP.id, line=BatchLine(number))
        for number, status in enumerate(statuses)
    )
    return GroupState(replace(GROUP, is_paused=is_paused), jobs)


def test_a_card_says_what_runs_and_waits_and_how_long_it_may_take() -> None:
    goes_on = state(S.DONE, S.RUNNING, S.RUNNING, *[S.RECEIVED] * 7)

    assert state_line(goes_on) == "2 running, 7 waiting. About 4 min left."
    assert counting_line(goes_on).split("\n")[1] == "-# 2 running, 7 waiting. About 4 min left."


def test_a_paused_batch_says_so_and_guesses_no_end() -> None:
    assert state_line(state(S.DONE, S.RUNNING, S.RECEIVED, is_paused=True)) == "Paused. 1 running, 1 waiting."


@pytest.mark.parametrize(
    ("statuses", "took_s", "minutes"),
    [
        ((S.RUNNING, S.RECEIVED), None, None),
        ((S.DONE, S.RUNNING), 4.0, 1),
        ((S.DONE, S.RECEIVED, S.RECEIVED), 120.0, 5),
        ((S.DONE, S.RUNNING, S.SUBMITTING, S.RECEIVED), 120.0, 2),
    ],
)
def test_minutes_are_estimated_by_those_that_are_done(
    statuses: tuple[JobStatus, ...], took_s: float | None, minutes: int | None
) -> None:
    assert minutes_left(state(*statuses, took_s=took_s)) == minutes


def test_one_job_is_counted_as_one() -> None:
    row = CheckedRow(BatchRow(1, "a fox"), ((Imagine(prompt="a fox"), None),), units=1)

    text = order_text(Order("cats.csv", [row], 5, None), "en-US")

    assert text.splitlines()[0] == "**cats.csv** stands for 1 job: 1 unit in all."


def test_a_batch_that_is_over_goes_on_nowhere() -> None:
    assert state_line(state(S.DONE, S.FAILED)) == ""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_whatever_stands_in_a_file_what_is_asked_about_it_fits_a_message(locale: str) -> None:
    good = [CheckedRow(BatchRow(n, "*" * 6000, params="_" * 500), ((make_job().request, None),)) for n in range(200)]
    bad = [CheckedRow(BatchRow(n, "x"), problem=_("{count} more", count="x" * 900)) for n in range(200)]

    assert len(order_text(Order("`" * 200, [*good, *bad], 200, 7), locale)) <= MESSAGE_LIMIT


@pytest.mark.parametrize(("most", "left", "may"), [(2, None, True), (1, None, False), (2, 2, True), (2, 1, False)])
def test_what_is_too_much_cannot_be_started(most: int, left: int | None, *, may: bool) -> None:
    rows = [CheckedRow(BatchRow(2, "a cat"), ((make_job().request, None),) * 2, units=2)]

    assert Order("cats.csv", rows, most, left).may_start is may


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_nothing_in_a_table_is_a_formula(cell: str) -> None:
    assert f"'{cell}" in table(("a",), [(cell,)]).decode("utf-8-sig")
