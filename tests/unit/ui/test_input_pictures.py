"""Pictures that a job goes by, where not all of them were sent: a sentence, and nothing is taken for another."""

import pytest

from bot.domain.job import JobStatus, Result
from bot.domain.requests import FaceSwap
from bot.errors import PictureError
from bot.pictures.sources import Source
from bot.services import Services
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.input_pictures import InputPictures
from tests.support.discord_bench import DiscordBench
from tests.support.makers import make_job, picture
from tests.support.ports import ShelfFetcher

ONE, TWO, OTHER = (
    Source(f"https://img.example.com/{name}.png", is_attachment=True) for name in ("one", "two", "other")
)


@pytest.fixture
def inputs(bench: DiscordBench, services: Services) -> InputPictures:
    originals = OriginalPictures(bench.client, services.pictures, services.jobs.deliveries)
    return InputPictures(services.pictures, originals)


async def test_mask_without_its_picture_is_no_order(inputs: InputPictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf[ONE.url] = picture()

    with pytest.raises(PictureError) as caught:
        await inputs.from_masked([ONE])(make_job())

    assert caught.value.sentence.render("en-US") == "This needs a picture and a mask. Please add both."


async def test_face_is_not_put_where_it_is(inputs: InputPictures, fetcher: ShelfFetcher) -> None:
    fetcher.shelf |= {ONE.url: picture(), TWO.url: picture(), OTHER.url: picture(colour="red")}
    job = make_job(request=FaceSwap())

    swapped = await inputs.from_addresses([ONE, OTHER])(job)
    with pytest.raises(PictureError) as caught:
        await inputs.from_addresses([ONE, TWO])(make_job(request=FaceSwap()))

    assert len(swapped.keys) == 2
    assert caught.value.sentence.render("en-US").startswith("Both pictures are the same.")


async def test_result_without_its_mask_is_no_order(inputs: InputPictures, services: Services) -> None:
    key = await services.pictures.keep_made("made", picture())
    parent = make_job(JobStatus.DONE, result=Result(picture=key))

    with pytest.raises(PictureError) as caught:
        await inputs.from_result(parent, 0, is_masked=True)(make_job())

    assert caught.value.sentence.render("en-US") == "This needs a picture and a mask. Please add both."
