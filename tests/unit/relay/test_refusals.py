"""What an answer means that is no yes: what may be paid is unclear, and what members wrote counts for nothing."""

import pytest

from bot.domain.job import Wait
from bot.domain.outcomes import Busy, Uncertain
from bot.errors import RefusalKind, RelayError, RelayRefusedError, RelayUnclearError
from bot.relay.refusals import is_policy, refusal, refusal_of, refusal_of_text
from bot.relay.submit_outcomes import submit_outcome
from tests.support.makers import TASK


def kind_of(error: RelayError) -> RefusalKind | None:
    """What a clear no is about; None for an answer that is none."""
    if isinstance(error, RelayUnclearError):
        assert error.answered
        return None
    assert isinstance(error, RelayRefusedError)
    return error.kind


def test_conflict_tells_that_it_arrived_before() -> None:
    assert kind_of(refusal(409, None, "already exists")) is None
    assert kind_of(refusal_of_text(409, "Conflict")) is None


@pytest.mark.parametrize("status", [500, 502, 308])
def test_accident_that_names_a_task_is_unclear_whatever_it_says(status: int) -> None:
    named = refusal_of(status, {"code": 99, "description": "queue is full", "result": TASK})

    assert isinstance(named, RelayUnclearError)
    assert named.task_id == TASK
    assert kind_of(refusal_of(status, {"code": 99, "description": "queue is full"})) is RefusalKind.BUSY


def test_words_of_a_prompt_make_no_accident_clear() -> None:
    told = {"message": "broke while painting: the queue is full of cats"}

    assert kind_of(refusal_of(502, told, "the queue is full of cats")) is None
    assert kind_of(refusal_of(502, told)) is RefusalKind.BUSY


def test_words_of_a_prompt_make_no_refusal_unclear() -> None:
    told = "wrong words: accepted_state_unknown"

    assert kind_of(refusal(400, 4, told, "accepted_state_unknown")) is RefusalKind.INVALID
    assert kind_of(refusal(400, 4, told)) is None


def test_words_of_a_prompt_close_no_operation() -> None:
    assert kind_of(refusal(400, 4, "swap cats: not supported", "swap cats")) is RefusalKind.INVALID
    assert kind_of(refusal(400, 4, "swap: not supported")) is RefusalKind.UNSUPPORTED


def test_words_of_a_prompt_are_no_safety_check() -> None:
    assert is_policy("the prompt is against our content policy")
    assert not is_policy("cannot read: against our content policy", "against our content policy")


@pytest.mark.parametrize("body", ["<html><body>the owner's host</body></html>", "<Error>the owner's host</Error>"])
def test_page_in_front_of_the_relay_is_shown_to_nobody(body: str) -> None:
    no = refusal_of_text(403, body)

    assert isinstance(no, RelayRefusedError)
    assert (no.kind, no.text) == (RefusalKind.AUTH, "HTTP 403")


def test_refused_key_is_no_refused_prompt() -> None:
    assert kind_of(refusal(403, None, "your key breaks our content policy")) is RefusalKind.AUTH
    assert kind_of(refusal(400, None, "this breaks our content policy")) is RefusalKind.POLICY


def test_words_of_a_prompt_make_no_parent_forgotten() -> None:
    assert kind_of(refusal(400, 4, "wrong words: cats that do not exist", "cats that do not exist")) is (
        RefusalKind.INVALID
    )
    assert kind_of(refusal(400, 4, "this task does not exist")) is RefusalKind.NOT_FOUND


def test_service_that_is_unavailable_takes_it_later() -> None:
    assert kind_of(refusal(503, None, "please wait")) is RefusalKind.BUSY


def test_error_that_nobody_knows_leaves_the_job_in_doubt() -> None:
    outcome = submit_outcome(RelayError("odd"), "job", not_found=Busy(Wait.QUEUE_FULL, 1.0))

    assert outcome == Uncertain("RelayError")


@pytest.mark.parametrize(("code", "kind"), [(401, RefusalKind.AUTH), (402, RefusalKind.QUOTA), (429, RefusalKind.BUSY)])
def test_status_that_is_repeated_in_the_body_of_a_success_counts(code: int, kind: RefusalKind) -> None:
    assert kind_of(refusal(200, code, "no")) is kind


@pytest.mark.parametrize(
    "error",
    [
        RelayRefusedError(RefusalKind.INVALID, "Invalid prompt: my private heron"),
        RelayRefusedError(RefusalKind.BANNED, "Banned prompt", word="heron"),
        RelayUnclearError("code 7", answered=True, words="What is a heron?"),
        refusal_of(502, {"code": 99, "description": "a heron broke it"}),
    ],
)
def test_what_a_relay_says_of_a_prompt_stands_in_no_log(error: RelayError, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        submit_outcome(error, "0" * 16, not_found=Uncertain("x"))

    assert caplog.records
    assert "heron" not in caplog.text
