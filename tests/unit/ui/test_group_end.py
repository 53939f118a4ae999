"""What is said when a group is over."""

import pytest

from bot.domain.job import Group, GroupKind, GroupState, Job, JobStatus
from bot.ui.messages.group_end import end_sentence
from tests.support.makers import ANA, START, make_job, make_place

S = JobStatus


def group_of(*jobs: Job) -> GroupState:
    return GroupState(Group("ab" * 8, GroupKind.PERMUTATION, ANA, make_place(), "cats", START, card_id=601), jobs)


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ([S.DONE], "It is ready."),
        ([S.DONE] * 2, "Both are ready."),
        ([S.DONE, S.DONE, S.UNDELIVERABLE], "All 3 are ready."),
        ([S.DONE, S.DONE, S.FAILED], "2 of 3 are ready, 1 failed."),
        ([S.DONE, S.REFUSED, S.EXPIRED], "1 of 3 is ready, 2 failed."),
        ([S.FAILED, S.FAILED], "None of 2 is ready, 2 failed."),
        ([S.DONE, S.CANCELLED], "1 of 2 is ready, 1 stopped."),
        ([S.DONE, S.FAILED, S.CANCELLED], "1 of 3 is ready, 1 failed, 1 stopped."),
        ([S.DONE, S.DONE, S.UNCERTAIN], "2 of 3 are ready."),
    ],
)
def test_the_end_says_how_many_are_ready_and_what_became_of_the_others(statuses: list[JobStatus], words: str) -> None:
    assert str(end_sentence(group_of(*map(make_job, statuses)))) == words


def test_the_end_is_counted_in_every_language() -> None:
    assert end_sentence(group_of(*map(make_job, [S.DONE] * 3))).render("zh-CN") == "3 个已全部就绪。"


def test_what_was_stopped_counts_as_stopped_though_it_came_all_the_same() -> None:
    jobs = make_job(S.UNDELIVERABLE, stopped=True), make_job(S.RUNNING, stopped=True)

    assert str(end_sentence(group_of(*jobs))) == "None of 2 is ready, 2 stopped."
