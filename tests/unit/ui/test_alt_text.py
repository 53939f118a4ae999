"""What pictures are called for those who do not see them."""

import pytest

from bot.domain.custom_ids import FILM_PICK
from bot.domain.job import Job, JobStatus, Result, ResultImage
from bot.domain.requests import Imagine
from bot.ui.text.alt_text import ALT_TEXT_LIMIT, alt_text, corner_text
from tests.support.makers import UUID, make_action, make_job


def picked(number: int, verb: str = "upsample") -> Job:
    return make_action(f"MJ::JOB::{verb}::{number}::{UUID}", f"U{number}")


def test_a_grid_is_described_by_its_prompt() -> None:
    assert alt_text(make_job(request=Imagine(prompt="a  cat\nasleep"))) == "a cat asleep"


@pytest.mark.parametrize(
    ("number", "where"), [(1, "Upper left"), (2, "Upper right"), (3, "Lower left"), (4, "Lower right")]
)
def test_a_picture_out_of_a_grid_says_where_it_stood(number: int, where: str) -> None:
    job = picked(number)

    assert alt_text(job) == corner_text(job, number - 1) == f"{where} of four: {job.prompt}"


def test_a_film_out_of_a_set_has_no_corner() -> None:
    job = picked(2, FILM_PICK)

    assert alt_text(job) == job.prompt


def test_each_of_several_pictures_says_which_it_is() -> None:
    job = make_job(
        JobStatus.DONE,
        request=Imagine(prompt="a cat"),
        result=Result(picture="one.png", more=(ResultImage(picture="two.png"),)),
    )

    assert [alt_text(job, number) for number in range(2)] == ["1 of 2: a cat", "2 of 2: a cat"]


def test_without_a_prompt_the_place_is_all_there_is_to_say() -> None:
    assert corner_text(make_job(request=Imagine(prompt="")), 0) == "Upper left of four"


def test_a_description_is_as_long_as_discord_takes_it() -> None:
    assert len(corner_text(make_job(request=Imagine(prompt="cat " * 900)), 3)) == ALT_TEXT_LIMIT
