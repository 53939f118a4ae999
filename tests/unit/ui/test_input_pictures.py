"""Pictures that a job goes by, where not all of them were sent: a sentence, and nothing is taken for another."""

import pytest

from bot.domain.job import JobStatus, Result
from bot.errors import PictureError
from bot.pictures.sources import Source
from bot.services import Services
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.input_pictures import InputPictures
from tests.support.discord_bench import DiscordBench
from tests.support.makers import make_job, picture
from tests.support.ports import ShelfFetcher

ONE = Source("https://img.example.com/one.png", is_attachment=True)


@pytest.fixture
def inputs(bench: DiscordBench, services: Services) -> InputPictures:
    originals = OriginalPictures(bench.client, services.pictures, services.jobs.deliveries)
    return InputPictures(services.pictures, originals)


async def test_mask_without_its_picture_is_no_order(inputs: InputPictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ONE.url] = picture()

    with pytest.raises(PictureError) as caught:
        await inputs.from_masked([ONE])(make_job())

    assert caught.value.sentence.render("en-US") == "This needs a picture and a mask. Please add both."


async def test_result_without_its_mask_is_no_order(inputs: InputPictures, services: Services) -> None:
    key = await services.pictures.keep_made("made", picture())
    parent = make_job(JobStatus.DONE, result=Result(picture=key))

    with pytest.raises(PictureError) as caught:
        await inputs.from_result(parent, 0, is_masked=True)(make_job())

    assert caught.value.sentence.render("en-US") == "This needs a picture and a mask. Please add both."
