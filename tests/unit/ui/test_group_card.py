"""What the cards of groups say."""

from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, Group, GroupKind, GroupState, Job, JobStatus, Result
from bot.pictures.folder import Pictures
from bot.text import MESSAGE_LIMIT
from bot.ui.messages.group_card import counting_line, group_card_parts, list_retryable
from tests.support.makers import ANA, START, make_job, make_place, picture

ID = "ab" * 8
RELAY = Failure(kind=FailureKind.RELAY, detail="no more steam")


def group_state(*jobs: Job, kind: GroupKind = GroupKind.PERMUTATION, title: str = "a {red, blue} *cat*") -> GroupState:
    return GroupState(Group(ID, kind, ANA, make_place(), title, START, card_id=601), jobs)


def failed(kind: FailureKind, **changes: Any) -> Job:
    return make_job(JobStatus.FAILED, failure=Failure(kind=kind), **changes)


def test_a_line_counts_what_has_a_result() -> None:
    ends = (JobStatus.DONE, JobStatus.UNDELIVERABLE, JobStatus.REMOVED, JobStatus.RUNNING)

    line = counting_line(group_state(*(make_job(status) for status in ends)))

    assert line == r"**a {red, blue} \*cat\*** - <@901> (3/4) (fast)"


def test_a_line_names_the_three_most_frequent_reasons() -> None:
    kinds = (FailureKind.EMPTY, FailureKind.BANNED, FailureKind.INVALID, FailureKind.FORGOTTEN)
    jobs = [failed(kind) for number, kind in enumerate(kinds) for _time in range(4 - number)]

    notes = counting_line(group_state(*jobs)).splitlines()[1:]

    assert [note[: len("-# 4x: ")] for note in notes] == ["-# 4x: ", "-# 3x: ", "-# 2x: "]


def test_a_line_counts_what_was_stopped_before_and_after_it_was_sent() -> None:
    jobs = (make_job(JobStatus.CANCELLED), make_job(JobStatus.RUNNING, stopped=True), make_job())

    assert counting_line(group_state(*jobs)).endswith("\n-# 2 stopped.")


def test_the_longest_line_fits_with_all_its_notes() -> None:
    jobs = [make_job(JobStatus.FAILED, failure=RELAY.model_copy(update={"detail": letter * 900})) for letter in "abcd"]

    line = counting_line(group_state(*jobs, title="*" * 6000))

    assert len(line) <= MESSAGE_LIMIT
    assert line.startswith(r"**\*")


@pytest.mark.parametrize(
    ("job", "is_offered"),
    [
        (make_job(JobStatus.FAILED, failure=RELAY), True),
        (make_job(JobStatus.REFUSED, failure=RELAY), True),
        (make_job(JobStatus.REFUSED, failure=RELAY, waiting_for="pictures"), False),
        (failed(FailureKind.POLICY), False),
        (failed(FailureKind.LOST), False),
        (make_job(JobStatus.EXPIRED, failure=Failure(kind=FailureKind.EXPIRED)), False),
        (make_job(JobStatus.CANCELLED), False),
        (make_job(JobStatus.DONE), False),
    ],
)
def test_what_can_be_tried_again_is_what_cost_nothing_and_may_succeed(job: Job, is_offered: bool) -> None:
    assert list_retryable(group_state(job)) == ([job] if is_offered else [])


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (make_job(JobStatus.DONE, result=Result(took_s=21.7)), "22 s"),
        (make_job(JobStatus.DONE, result=Result()), "done"),
        (make_job(JobStatus.DONE), "done"),
        (make_job(JobStatus.FAILED, failure=RELAY), "no more steam"),
        (make_job(JobStatus.RUNNING, stopped=True), "Stopped"),
        (make_job(JobStatus.CANCELLED), "Stopped"),
        (make_job(JobStatus.RECEIVED), "Waiting to start"),
        (make_job(JobStatus.RUNNING), "Working"),
        (make_job(JobStatus.EXPIRED), "Timed out"),
    ],
)
async def test_a_comparison_says_of_each_engine_how_far_it_is(job: Job, words: str, pictures: Pictures) -> None:
    parts = await group_card_parts(group_state(job, kind=GroupKind.COMPARISON), pictures)

    (box,) = parts.view.to_components()
    said = [
        text["content"]
        for part in box["components"]
        for text in [part, *part.get("components", [])]
        if "content" in text
    ]
    assert words in said[-1]
    assert said[-1].startswith("**Midjourney** - ")


async def test_a_covered_picture_is_covered_beside_the_others_of_its_comparison(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture())
    shown = [make_job(JobStatus.DONE, result=Result(picture=key), is_spoiler=covered) for covered in (False, True)]

    parts = await group_card_parts(group_state(*shown, kind=GroupKind.COMPARISON), pictures)

    (box,) = parts.view.to_components()
    items = [item for part in box["components"] for item in part.get("items", ())]
    assert [item["spoiler"] for item in items] == [False, True]
    assert [item["media"]["url"] for item in items] == [f"attachment://{file.filename}" for file in parts.files]


async def test_what_was_stopped_is_not_shown_though_it_finished(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture())
    stopped = make_job(JobStatus.UNDELIVERABLE, result=Result(picture=key), stopped=True)

    comparison = await group_card_parts(group_state(stopped, kind=GroupKind.COMPARISON), pictures)

    assert comparison.files == []
    assert "Stopped" in str(comparison.view.to_components())
    assert "Use this one" not in str(comparison.view.to_components())
    assert "(0/1)" in counting_line(group_state(stopped))


async def test_what_waits_for_a_moderator_is_not_shown_and_not_counted(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture())
    waiting = make_job(JobStatus.UNDELIVERABLE, result=Result(picture=key), in_review=True)
    done = make_job(JobStatus.DONE)

    comparison = await group_card_parts(group_state(waiting, kind=GroupKind.COMPARISON), pictures)
    state = group_state(waiting, done)

    assert comparison.files == []
    assert "Waiting for a moderator" in str(comparison.view.to_components())
    assert "(1/2)" in counting_line(state)
    assert not state.is_over
