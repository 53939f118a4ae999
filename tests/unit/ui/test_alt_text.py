"""What pictures are called for those who do not see them."""

import pytest

from bot.domain.corners import corner_behind
from bot.domain.custom_ids import FILM_PICK
from bot.domain.job import Job, JobStatus, Result, ResultImage
from bot.domain.requests import Action, Animate, Button, Imagine
from bot.ui.text.alt_text import ALT_TEXT_LIMIT, alt_text, corner_text
from tests.support.makers import PICK_2, UUID, make_action, make_job


def picked(number: int, verb: str = "upsample") -> Job:
    return make_action(f"MJ::JOB::{verb}::{number}::{UUID}", f"U{number}")


def test_a_picture_is_described_by_its_prompt() -> None:
    assert alt_text(make_job(request=Imagine(prompt="a  cat\nasleep"))) == "a cat asleep"


@pytest.mark.parametrize(
    ("number", "where"), [(1, "Upper left"), (2, "Upper right"), (3, "Lower left"), (4, "Lower right")]
)
def test_a_picture_out_of_a_grid_says_where_it_stood(number: int, where: str) -> None:
    job = picked(number)

    assert alt_text(job) == corner_text(job, number - 1) == f"{where} of four: {job.prompt}"


def followed(grid: Job, *custom_ids: str) -> Job:
    """What comes of presses, one after another, each on the result of the one before."""
    job = grid
    for custom_id in custom_ids:
        button = Button(custom_id=custom_id)
        corner = corner_behind(job.request, button)
        job = make_action(custom_id)
        assert isinstance(job.request, Action)
        job = job.with_(request=job.request.model_copy(update={"corner": corner}))
    return job


def shows(job: Job, *keys: str, buttons: tuple[Button, ...] = ()) -> Job:
    """The same, finished: with these pictures and films."""
    first, *more = keys
    result = Result(picture=first, more=tuple(ResultImage(picture=key) for key in more), buttons=buttons)
    return job.with_(result=result)


PICK = f"MJ::JOB::upsample::2::{UUID}"
GRID_BUTTONS = (PICK_2, Button(custom_id=f"MJ::JOB::upsample::4::{UUID}"))


@pytest.mark.parametrize(
    ("presses", "text"),
    [
        ([PICK, f"MJ::JOB::upsample_v6_2x_subtle::1::{UUID}::SOLO"], "Upper right of four, Upscaled"),
        ([PICK, f"MJ::Outpaint::50::1::{UUID}::SOLO"], "Upper right of four, Grid of four"),
        ([PICK, f"MJ::JOB::low_variation::1::{UUID}::SOLO"], "Upper right of four, Four variations"),
        ([f"MJ::JOB::variation::3::{UUID}"], "Lower left of four, Four variations"),
        ([f"MJ::JOB::variation::3::{UUID}", f"MJ::JOB::reroll::0::{UUID}::SOLO"], "Grid of four"),
        ([f"MJ::JOB::variation::3::{UUID}", PICK], "Upper right of four"),
    ],
)
def test_what_comes_of_one_of_four_says_which(presses: list[str], text: str) -> None:
    job = followed(make_job(), *presses)
    is_single = presses[-1] == PICK or "upsample_v6" in presses[-1]

    assert alt_text(shows(job, "a.png", buttons=() if is_single else GRID_BUTTONS)) == f"{text}: {job.prompt}"


def test_films_say_that_they_are_and_which_of_several() -> None:
    job = followed(make_job(), PICK, f"MJ::JOB::animate_high::1::{UUID}::SOLO")

    texts = [alt_text(shows(job, "a.mp4", "b.mp4"), number) for number in range(2)]

    assert texts == [f"Upper right of four, Video {number} of 2: {job.prompt}" for number in (1, 2)]
    assert alt_text(shows(picked(2, FILM_PICK), "a.mp4")) == f"Video 2: {job.prompt}"
    assert alt_text(shows(make_job(request=Animate(prompt="waves")), "a.mp4")) == "Video: waves"


def test_a_finished_grid_says_that_it_is_four() -> None:
    assert alt_text(shows(make_job(request=Imagine(prompt="a cat")), "a.png", buttons=GRID_BUTTONS)) == (
        "Grid of four: a cat"
    )


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
