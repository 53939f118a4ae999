"""The text lines of a job, in the official form."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.outcomes import Working
from bot.domain.requests import Animate, Blend, Describe, FaceSwap, Imagine, Mode, Motion, Shorten
from bot.text import MESSAGE_LIMIT
from bot.ui.components.job_buttons import expired_view
from bot.ui.text import job_lines
from tests.support.makers import START, UUID, make_action, make_job, make_place

PROMPT = "a cat in the rain --v 7"
P = f"**{PROMPT}** - "
ANY = f"1::{UUID}::SOLO"

# Source: docs/look.md 1.2.
BY_BUTTON = [
    (f"MJ::JOB::reroll::0::{UUID}::SOLO", "", ""),
    (f"MJ::JOB::variation::3::{UUID}", "Variations by ", "Variations (Strong) by "),
    (f"MJ::JOB::low_variation::{ANY}", "Variations by ", "Variations (Subtle) by "),
    (f"MJ::JOB::high_variation::{ANY}", "Variations by ", "Variations (Strong) by "),
    (f"MJ::Inpaint::{ANY}", "Variations by ", "Variations (Region) by "),
    (f"MJ::JOB::upsample_v7_2x_subtle::{ANY}", "Upscaling by ", "Upscaled (Subtle) by "),
    (f"MJ::JOB::upsample_v6r1_2x_creative::{ANY}", "Upscaling by ", "Upscaled (Creative) by "),
    (f"MJ::JOB::upsample_v5_2x::{ANY}", "Upscaling by ", "Upscaled (2x) by "),
    (f"MJ::JOB::upsample_v5_4x::{ANY}", "Upscaling by ", "Upscaled (4x) by "),
    (f"MJ::Outpaint::50::{ANY}", "Zoom Out by ", "Zoom Out by "),
    (f"MJ::CustomZoom::{UUID}", "Zoom Out by ", "Zoom Out by "),
    (f"MJ::JOB::pan_left::{ANY}", "Pan Left by ", "Pan Left by "),
    (f"MJ::JOB::pan_down::{ANY}", "Pan Down by ", "Pan Down by "),
]


@pytest.mark.parametrize(
    ("request_of", "title"),
    [
        (f"MJ::JOB::animate_high::{ANY}", "Animate (High motion) by "),
        (f"MJ::JOB::animate_low::{ANY}", "Animate (Low motion) by "),
        (f"MJ::JOB::animate_low_extend::1::{UUID}", "Extend (Low motion) by "),
        (Animate(prompt=PROMPT, motion=Motion.HIGH), "Animate (High motion) by "),
        (Animate(prompt=PROMPT, extends="1"), "Extend (Low motion) by "),
    ],
)
def test_film_says_what_it_is(request_of: str | Animate, title: str) -> None:
    job = make_action(request_of) if isinstance(request_of, str) else make_job(request=request_of)

    assert job_lines.running_line(job, Working(31)) == f"**{PROMPT} --video 1** - {title}<@901> (31%) (fast)"
    assert job_lines.result_line(job) == f"**{PROMPT} --video 1** - {title}<@901> (fast)"


def test_film_of_a_set_has_its_number() -> None:
    job = make_action(f"MJ::JOB::video_virtual_upscale::3::{UUID}")

    assert job_lines.result_line(job) == f"{P}Film #3 <@901>"


@pytest.mark.parametrize(("custom_id", "running", "done"), BY_BUTTON)
def test_follow_ups_say_what_they_are(custom_id: str, running: str, done: str) -> None:
    job = make_action(custom_id)

    assert job_lines.running_line(job, Working(31)) == f"{P}{running}<@901> (31%) (fast)"
    assert job_lines.result_line(job) == f"{P}{done}<@901> (fast)"


def test_a_picked_picture_has_its_number_and_no_speed() -> None:
    assert job_lines.result_line(make_action(f"MJ::JOB::upsample::3::{UUID}")) == f"{P}Image #3 <@901>"


@pytest.mark.parametrize(("strong", "word"), [(True, "Strong"), (False, "Subtle"), (None, "Strong")])
def test_a_variation_says_how_far_it_went(strong: bool | None, word: str) -> None:
    job = make_action(f"MJ::JOB::variation::3::{UUID}")
    job = job.with_(request=job.request.model_copy(update={"strong": strong}))

    assert job_lines.result_line(job) == f"{P}Variations ({word}) by <@901> (fast)"


def test_an_unknown_kind_is_called_by_its_label() -> None:
    job = make_action(f"MJ::JOB::future::{ANY}", label="Make *it* @here")

    assert job_lines.result_line(job) == rf"{P}Make \*it\* \@here by <@901> (fast)"


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Imagine(prompt="a cat in the rain --v 7"), f"{P}<@901> (fast)"),
        (Shorten(prompt="a cat in the rain --v 7"), f"{P}<@901> (fast)"),
        (Blend(), "Blend by <@901> (fast)"),
        (Describe(), "Description by <@901> (fast)"),
        (FaceSwap(), "Face swap by <@901> (fast)"),
    ],
)
def test_commands_say_what_they_are(request_: Any, line: str) -> None:
    assert job_lines.result_line(make_job(request=request_)) == line


@pytest.mark.parametrize(
    ("mode", "word"), [(None, "fast"), (Mode.FAST, "fast"), (Mode.RELAX, "relaxed"), (Mode.TURBO, "turbo")]
)
def test_speed_is_told_in_the_official_word(mode: Mode | None, word: str) -> None:
    job = make_job(mode=mode)

    assert job_lines.running_line(job, Working(None)) == f"{P}<@901> (0%) ({word})"
    assert job_lines.result_line(job) == f"{P}<@901> ({word})"


@pytest.mark.parametrize("status", [JobStatus.RECEIVED, JobStatus.SUBMITTING])
def test_a_job_that_was_not_taken_yet_waits_to_start(status: JobStatus) -> None:
    assert job_lines.running_line(make_job(status), Working(31)) == f"{P}<@901> (Waiting to start)"


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (Wait.QUEUE_FULL, "Waiting: the relay's queue is full"),
        (Wait.CREDIT, "Waiting: the relay account is out of credit"),
    ],
)
def test_a_job_says_what_it_waits_for(wait: Wait, words: str) -> None:
    job = make_job(JobStatus.RECEIVED, waiting_for=wait)

    assert job_lines.running_line(job, Working()) == f"{P}<@901> ({words})"


@pytest.mark.parametrize(
    ("status", "word", "kind", "why"),
    [
        (JobStatus.FAILED, "Failed", FailureKind.RELAY, "\n-# The relay could not finish this and gave no reason."),
        (JobStatus.REFUSED, "Refused", FailureKind.INVALID, "\n-# The relay did not accept this prompt."),
        (JobStatus.EXPIRED, "Timed out", FailureKind.EXPIRED, "\n-# The relay did not finish this in time."),
        (JobStatus.EXPIRED, "Lost at the relay", FailureKind.LOST, "\n-# The relay took this, but no longer knows it."),
        (JobStatus.UNCERTAIN, "Unknown outcome", FailureKind.STRANGE, "\n-# Easel does not understand"),
        (JobStatus.CANCELLED, "Stopped", FailureKind.STOPPED, ""),
    ],
)
def test_an_ended_job_says_how_and_why(status: JobStatus, word: str, kind: FailureKind, why: str) -> None:
    line = job_lines.ended_line(make_job(status, failure=Failure(kind=kind)))

    assert line.startswith(f"{P}<@901> ({word}){why}")


@pytest.mark.parametrize(("guild", "word"), [("en-US", "Failed"), ("zh-CN", "失败"), (None, "失败")])
def test_a_card_speaks_its_server_s_language_and_that_of_its_author_where_nobody_else_reads(
    guild: str | None, word: str
) -> None:
    job = make_job(JobStatus.FAILED, actor=Actor(901, "zh-CN"), place=replace(make_place(), locale=guild))

    assert f"({word})" in job_lines.ended_line(job)


def test_a_stopped_job_shows_no_progress() -> None:
    assert job_lines.running_line(make_job(stopped=True), Working(62)) == f"{P}<@901> (Stopped)"


def test_a_waiting_job_says_its_place_and_when_it_may_be_ready() -> None:
    line = job_lines.running_line(make_job(JobStatus.RECEIVED), Working(ahead=2, ready_at=START))

    assert line == f"{P}<@901> (Waiting to start, 2 ahead)\n-# Ready <t:1795348800:R>"


@pytest.mark.parametrize(
    ("units", "left", "note"), [(1, 14, "\n-# 1 unit · 14 left"), (0, 0, "\n-# 0 units · 0 left"), (2, None, "")]
)
def test_the_first_line_says_what_it_costs_where_that_is_limited(units: int, left: int | None, note: str) -> None:
    line = job_lines.first_line(make_job(JobStatus.RECEIVED, units=units), left)

    assert line == f"{P}<@901> (Waiting to start){note}"


def test_where_no_message_may_be_posted_the_first_line_says_so() -> None:
    hint = "\n-# I can't post in this channel, so the picture will appear here."

    assert job_lines.first_line(make_job(JobStatus.RECEIVED)) == f"{P}<@901> (Waiting to start)"
    assert job_lines.first_line(make_job(JobStatus.RECEIVED, place=make_place(may_post=False))).endswith(hint)


def test_an_answered_modal_shows_what_was_answered() -> None:
    job = make_action(f"MJ::CustomZoom::{UUID}")
    request = job.request.model_copy(update={"answer": "a dog --zoom 2"})

    assert job_lines.result_line(job.with_(request=request)).startswith("**a dog --zoom 2** - Zoom Out")


LINES: list[Callable[[Job], str]] = [
    lambda job: job_lines.first_line(job.with_(place=make_place(may_post=False))),
    lambda job: job_lines.running_line(job, Working(100)),
    lambda job: job_lines.still_running_line(job, Working(100)),
    lambda job: job_lines.running_line(job.with_(status=JobStatus.RECEIVED, waiting_for=Wait.KEY), Working()),
    lambda job: job_lines.ended_line(job.with_(status=JobStatus.UNCERTAIN)),
    job_lines.result_line,
]
LONG = ["x" * 6000, "*" * 6000, "a\n" * 3000, "https://example.com/" + "y" * 6000, "@everyone " * 600, "猫" * 6000]


@pytest.mark.parametrize("line", LINES, ids=lambda line: getattr(line, "__name__", ""))
@pytest.mark.parametrize("prompt", LONG, ids=lambda prompt: prompt[:9])
def test_long_prompts_fit_and_show_their_cut(line: Callable[[Job], str], prompt: str) -> None:
    button = make_action(f"MJ::JOB::future::{ANY}", label="z" * 200).request
    job = make_job(request=button.model_copy(update={"prompt": prompt}))

    text = line(job)

    assert len(text) <= (MESSAGE_LIMIT - 150 if line is job_lines.result_line else MESSAGE_LIMIT)  # a note may follow
    assert "…** - " in text
    assert not re.search(r"(?<!\\)@(?!901>)", text)


def test_nothing_in_a_prompt_ends_the_bold_type() -> None:
    job = make_job(request=Imagine(prompt="**a** cat\\"))

    assert job_lines.result_line(job) == r"**\*\*a\*\* cat\\** - <@901> (fast)"


@pytest.mark.parametrize("prompt", ["", "\u200b", " \n "])
def test_an_invisible_prompt_leaves_no_empty_bold_type(prompt: str) -> None:
    assert job_lines.result_line(make_job(request=Imagine(prompt=prompt))) == "<@901> (fast)"


def sentence(kind: FailureKind, detail: str = "", **changes: Any) -> str:
    known: dict[str, Any] = {"status": JobStatus.FAILED, "failure": Failure(kind=kind, detail=detail)}
    return str(job_lines.failure_sentence(make_job(**(known | changes))))


@pytest.mark.parametrize(
    ("kind", "detail", "text"),
    [
        (FailureKind.BANNED, "nude", "The relay does not accept the word “nude”."),
        (FailureKind.BANNED, "", "The relay does not accept a word in this prompt."),
        (FailureKind.INVALID, "bad --ar", "The relay did not accept this: bad --ar. Please change it"),
        (FailureKind.RELAY, "[Banned] no!", "The relay could not finish this: no! You can try again."),
        (FailureKind.RELAY, "[Job failed]", "The relay could not finish this and gave no reason. You can try again."),
        (FailureKind.RELAY, "[A] [B]: why", "The relay could not finish this: why. You can try again."),
        (FailureKind.RELAY, "【出图】 why", "The relay could not finish this: why. You can try again."),
        (FailureKind.RELAY, "[Odd thing]", "The relay could not finish this: Odd thing. You can try again."),
        (FailureKind.RELAY, "see [1]", r"The relay could not finish this: see \[1\]. You can try again."),
        (FailureKind.RELAY, "", "The relay could not finish this and gave no reason."),
        (FailureKind.FORGOTTEN, "", "The relay no longer knows this picture."),
        (FailureKind.PICTURE, "Not a {picture}.", "Not a {picture}."),
    ],
)
def test_failures_say_what_happened_and_what_to_do(kind: FailureKind, detail: str, text: str) -> None:
    assert sentence(kind, detail).startswith(text)


@pytest.mark.parametrize(
    ("speed", "text"),
    [
        ("", "The relay does not offer this. Nothing was charged."),
        ("turbo", "The relay does not offer this, or not in Turbo mode. Nothing was charged; /fast brings you back"),
    ],
)
def test_what_a_relay_lacks_is_told_with_the_speed_that_it_may_lack(speed: str, text: str) -> None:
    assert sentence(FailureKind.UNSUPPORTED, speed).startswith(text)


OUR_OWN_WORDS = {FailureKind.PICTURE, FailureKind.RULE}


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - OUR_OWN_WORDS))
def test_relay_words_are_shown_harmless_and_short(kind: FailureKind) -> None:
    text = sentence(kind, "@everyone {0} https://evil.example/ " + "x" * 5000)

    assert len(text) < 500
    assert not re.search(r"(?<!\\)@", text)


def test_a_stop_before_the_submit_says_that_it_was_free() -> None:
    assert "Nothing was charged" in sentence(FailureKind.STOPPED, submitted_at=None)
    assert "charged" not in sentence(FailureKind.STOPPED, submitted_at=START)


# A relay's reasons.


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("任务超时", "waited too long"),
        ("<!DOCTYPE html><html><title>502 Bad Gateway</title></html>", "has problems right now"),
        ("<html><body>oops</body></html>", "has problems right now"),
        ("余额不足", "out of credit"),
        ("无可用的账号实例", "no working account"),
        ("Invalid parameter: --foo", "a parameter: Invalid parameter: --foo."),
        ("who knows", "could not finish this: who knows. You can try again."),
        ('{"error": {"message": "it broke"}}', "could not finish this: it broke."),
        ("a\x1b[31m\nb", "could not finish this: a"),
    ],
)
def test_a_reason_is_told_in_words_that_members_understand(reason: str, words: str) -> None:
    text = sentence(FailureKind.RELAY, reason)

    assert words in text
    assert not re.search("[<\x00-\x1f]|html", text)


def test_what_the_member_wrote_is_no_reason() -> None:
    assert "could not finish this: no quota" in sentence(
        FailureKind.RELAY, "no quota", request=Imagine(prompt="a quota of cats")
    )


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.REFUSED])
def test_a_moderated_end_says_that_the_prompt_must_change_and_not_to_try_again(status: JobStatus) -> None:
    text = sentence(FailureKind.POLICY, "denied by moderators", status=status)

    assert "change the prompt" in text
    assert "try again" not in text.casefold()


@pytest.mark.parametrize(
    ("reason", "is_refunded", "said"),
    [
        ("no faces", True, "A moderator did not let this be posted: no faces. Its units were given back."),
        ("no faces", False, "A moderator did not let this be posted: no faces. Its units stay spent."),
        ("", False, "No moderator looked at this in time, so it was not posted. Its units stay spent."),
    ],
)
def test_rejection_says_why_and_what_became_of_the_units(reason: str, said: str, *, is_refunded: bool) -> None:
    failure = Failure(kind=FailureKind.POLICY, detail=reason, is_rejected=True, is_refunded=is_refunded)
    job = make_job(JobStatus.FAILED, failure=failure)

    assert str(job_lines.failure_sentence(job)) == said
    assert "(Not approved)" in job_lines.ended_line(job)


def test_what_waits_for_a_moderator_says_so() -> None:
    line = job_lines.ended_line(make_job(JobStatus.UNDELIVERABLE, in_review=True))

    assert "(Waiting for a moderator)" in line
    assert "before it is posted" in line


@pytest.mark.parametrize("kind", [FailureKind.EMPTY, FailureKind.LOST, FailureKind.STRANGE])
def test_what_was_paid_invites_to_no_second_payment(kind: FailureKind) -> None:
    text = sentence(kind)

    assert "charged" in text
    assert "try again" not in text.casefold()


def test_a_strange_answer_has_a_sentence_of_its_own() -> None:
    broke = job_lines.uncertain_sentence(make_job(JobStatus.UNCERTAIN))
    strange = job_lines.uncertain_sentence(make_job(JobStatus.UNCERTAIN, failure=Failure(kind=FailureKind.STRANGE)))

    assert "connection" in str(broke)
    assert "connection" not in str(strange)


def test_a_strange_answer_is_told_in_the_relays_words_without_its_markup() -> None:
    failure = Failure(kind=FailureKind.STRANGE, detail="accepted_state_unknown; <b>do not</b> retry @everyone")
    told = str(job_lines.uncertain_sentence(make_job(JobStatus.UNCERTAIN, failure=failure)))

    assert "do not retry" in told
    assert "<b>" not in told
    assert "will not resend it" in told


def test_a_card_says_that_the_relay_cannot_be_read() -> None:
    assert (
        job_lines.running_line(make_job(), Working(is_unread=True))
        == f"{P}<@901> (The relay cannot be read right now) (fast)"
    )


def test_what_came_empty_and_has_no_task_is_not_to_be_looked_at_again() -> None:
    job = make_job(JobStatus.EXPIRED, failure=Failure(kind=FailureKind.EMPTY), task_id=None)

    assert "Look again" not in str(job_lines.failure_sentence(job))
    assert "Look again" in str(job_lines.failure_sentence(job.with_(task_id="1")))
    assert len(expired_view(job).children) == 1


@pytest.mark.parametrize(("message_id", "end"), [(7, "/201/301/7"), (None, "/201/301")])
def test_a_message_that_is_not_known_is_looked_for_in_its_channel(message_id: int | None, end: str) -> None:
    assert job_lines.message_url(201, 301, message_id) == f"https://discord.com/channels{end}"
