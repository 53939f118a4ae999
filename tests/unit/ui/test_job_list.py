"""The private list of a member's jobs."""

import re
from collections.abc import Callable, Sequence

import pytest

from bot.domain.job import Actor, Job, JobStatus
from bot.domain.requests import Describe, Imagine
from bot.text import MESSAGE_LIMIT
from bot.ui.messages.job_list import LIST_LIMIT, guild_list_text, list_text, list_view
from tests.support.makers import make_job, make_place

LARGEST_ID = 2**63 - 1


def worst_job() -> Job:
    """The longest line there can be."""
    place = make_place(channel_id=LARGEST_ID, guild_id=LARGEST_ID)
    return make_job(
        JobStatus.UNDELIVERABLE,
        request=Imagine(prompt="*" * 6000),
        place=place,
        card_id=LARGEST_ID,
        actor=Actor(LARGEST_ID),
        stopped=True,
    )


def test_empty_list_says_what_to_do() -> None:
    assert list_text([], "en-US") == "You have no unfinished jobs. Start one with /imagine."


def test_line_has_number_prompt_state_time_and_card() -> None:
    job = make_job(request=Imagine(prompt="a *cat*"))

    assert list_text([job], "en-US") == (
        r"1. **a \*cat\*** - running <t:1795348800:R> [Open](https://discord.com/channels/201/301/401)"
    )


def test_job_without_a_card_has_no_address() -> None:
    assert "https" not in list_text([make_job(card_id=None)], "en-US")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (JobStatus.RUNNING, "stopped (the relay is still working)"),
        (JobStatus.UNDELIVERABLE, "stopped too late: the picture is ready"),
    ],
)
def test_stopped_jobs_say_so(status: JobStatus, words: str) -> None:
    assert words in list_text([make_job(status, stopped=True)], "en-US")


@pytest.mark.parametrize("write", [list_text, guild_list_text])
def test_longest_list_is_whole_or_shows_its_cut(write: object) -> None:
    assert callable(write)
    text = write([worst_job() for _number in range(LIST_LIMIT)], "en-US")

    *lines, last = text.split("\n")
    assert len(text) <= MESSAGE_LIMIT
    assert all(re.search(r"/\d+\)$", line) for line in lines)
    assert len(lines) == LIST_LIMIT - 1 or last == f"-# and {LIST_LIMIT - len(lines)} more"


@pytest.mark.parametrize("write", [list_text, guild_list_text])
def test_what_a_list_does_not_show_is_counted(write: Callable[[Sequence[Job], str], str]) -> None:
    jobs = [make_job(JobStatus.UNCERTAIN) for _number in range(LIST_LIMIT + 3)]

    lines = write(jobs, "en-US").split("\n")

    assert (len(lines), lines[-1]) == (LIST_LIMIT + 1, "-# and 3 more")
    assert len(list_view(jobs, "en-US").children) == LIST_LIMIT


def test_what_waits_for_a_moderator_says_so_and_has_no_button() -> None:
    job = make_job(JobStatus.UNDELIVERABLE, in_review=True)

    assert "waiting for a moderator" in list_text([job], "en-US")
    assert list_view([job], "en-US").children == []


def test_only_what_can_be_settled_has_a_button() -> None:
    jobs = [make_job(status) for status in (JobStatus.RUNNING, JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN)]

    (row,) = list_view(jobs, "en-US").to_components()

    assert [(button["label"], button["custom_id"]) for button in row["components"]] == [
        ("Post no. 2 here", f"easel:show:{jobs[1].id}"),
        ("Give up on no. 3", f"easel:drop:{jobs[2].id}"),
    ]


def test_longest_list_of_buttons_can_be_sent() -> None:
    built = list_view([make_job(JobStatus.UNCERTAIN) for _number in range(LIST_LIMIT)], "en-US").to_components()

    assert [len(row["components"]) for row in built] == [5, 5]


def test_moderators_are_told_whose_job_it_is() -> None:
    assert guild_list_text([make_job()], "en-US").startswith("<@901> 1. **")
    assert guild_list_text([], "en-US") == "There are no unfinished jobs in this server."


def test_moderators_are_told_neither_prompt_nor_card_of_a_private_job() -> None:
    job = make_job(request=Imagine(prompt="a secret cat"), is_private=True)

    told = guild_list_text([job], "en-US")

    assert told == "<@901> 1. **Private: for its author's eyes alone** - running <t:1795348800:R>"
    assert "a secret cat" in list_text([job], "en-US")


def test_a_job_without_a_prompt_is_called_by_what_it_was() -> None:
    assert "1. **Description** - running" in list_text([make_job(request=Describe())], "en-US")


def test_who_waits_is_told_how_many_wait_before() -> None:
    job = make_job(JobStatus.RECEIVED)

    assert "waiting to start, 3 ahead" in list_text([job], "en-US", {job.id: 3})
