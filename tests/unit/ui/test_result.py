"""What a finished job's message says about its pictures."""

import pytest

from bot.domain.job import JobStatus, Result, ResultImage
from bot.domain.requests import Describe, Imagine, Shorten
from bot.pictures.folder import Pictures
from bot.text import MESSAGE_LIMIT
from bot.ui.messages.result import result_parts
from tests.support.makers import make_job, picture


@pytest.mark.parametrize("is_kept", [True, False])
async def test_what_came_as_bytes_has_no_address_to_link_to(is_kept: bool, pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture((400, 400), noise=True))
    if not is_kept:
        await pictures.discard(key)
    job = make_job(JobStatus.POSTING, result=Result(picture=key))

    parts = await result_parts(pictures, job, 100_000)

    assert "](<" not in parts.content
    assert [file.filename for file in parts.files] == ([f"easel-{job.id}-small.webp"] if is_kept else [])


async def test_smaller_pictures_are_linked_to_their_originals(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture((400, 400), noise=True))
    job = make_job(JobStatus.POSTING, result=Result(picture=key, image_url="https://i.example/1.png"))

    parts = await result_parts(pictures, job, 100_000)

    assert "[Original](<https://i.example/1.png>)" in parts.content


async def test_no_more_pictures_than_a_message_holds_are_attached(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture())
    job = make_job(JobStatus.POSTING, result=Result(picture=key, more=(ResultImage(picture=key),) * 11))

    assert len((await result_parts(pictures, job, 100_000)).files) == 10


@pytest.mark.parametrize(("limit", "says"), [(100_000, "A film is too large for this place. [Watch it"), (300_000, "")])
async def test_film_that_does_not_fit_is_linked(limit: int, says: str, pictures: Pictures) -> None:
    small, large = b"\0\0\0\x18ftypisom" + bytes(50), b"\0\0\0\x18ftypisom" + bytes(200_000)
    keys = [await pictures.keep_made(f"film{number}", data) for number, data in enumerate((large, small))]
    result = Result(picture=keys[0], image_url="https://i.example/0.mp4", more=(ResultImage(picture=keys[1]),))

    parts = await result_parts(pictures, make_job(JobStatus.POSTING, result=result), limit)

    assert len(parts.files) == (1 if says else 2)
    assert says in parts.content
    assert ("https://i.example/0.mp4" in parts.content) is bool(says)


LONG = "a lighthouse in the rain, " * 400


@pytest.mark.parametrize("url", ["https://i.example/1.png", f"https://i.example/{'p' * 900}.png"])
async def test_of_a_long_line_the_prompt_is_cut_and_never_the_note(url: str, pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Imagine(prompt=LONG), result=Result(image_url=url))

    content = (await result_parts(pictures, job, 100_000)).content

    assert len(content) <= MESSAGE_LIMIT
    assert content.endswith(f"-# The picture could not be attached. [Look at the relay](<{url}>)")
    assert content.startswith("**a lighthouse in the rain")


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64," + "A" * 5000,
        f"https://i.example/{'p' * 5000}.png",
        "http://localhost:3000/mj/image/1",
        "http://10.0.0.7/a.png",
        "http://new-api:3000/a.png",
    ],
)
async def test_an_address_that_nobody_can_open_leaves_the_sentence(url: str, pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Imagine(prompt=LONG), result=Result(image_url=url))

    content = (await result_parts(pictures, job, 100_000)).content

    assert len(content) <= MESSAGE_LIMIT
    assert content.endswith("-# The picture could not be attached.")


TOKENS = "**a** 0.9\n**lighthouse** 1.0"
PROMPTS = "1\ufe0f\u20e3 a lighthouse\n\n2\ufe0f\u20e3 a red lighthouse"


async def test_a_description_is_an_embed_over_the_picture_described(pictures: Pictures) -> None:
    key = await pictures.keep_made("asked", picture())
    job = make_job(JobStatus.POSTING, request=Describe(pictures=(key,)), result=Result(text=PROMPTS))

    parts = await result_parts(pictures, job, 100_000)

    (embed,) = parts.embeds
    assert embed.description == PROMPTS
    assert [file.filename for file in parts.files] == [f"easel-{job.id}.png"]
    assert embed.image.url == f"attachment://easel-{job.id}.png"


async def test_a_description_whose_picture_is_gone_says_nothing_of_it(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Describe(pictures=("gone.png",)), result=Result(text=PROMPTS))

    parts = await result_parts(pictures, job, 100_000)

    assert (parts.files, parts.embeds[0].image.url) == ([], None)
    assert "attached" not in parts.content


async def test_what_shorten_weighed_stands_before_what_it_shortened(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Shorten(prompt="a"), result=Result(text=f"{TOKENS}\n{PROMPTS}"))

    (embed,) = (await result_parts(pictures, job, 100_000)).embeds

    assert embed.description == f"{TOKENS}\n\n**Shortened prompts**\n{PROMPTS}"
    assert embed.footer.text == "Click on a button to imagine one of the shortened prompts!"


async def test_a_text_that_cannot_be_read_is_shown_as_it_came(pictures: Pictures) -> None:
    said = "I see *a* lighthouse. " * 200
    for request in (Describe(pictures=("gone.png",)), Shorten(prompt="a")):
        job = make_job(JobStatus.POSTING, request=request, result=Result(text=said))

        (embed,) = (await result_parts(pictures, job, 100_000)).embeds

        assert 1000 < len(embed.description or "") <= 4096
        assert embed.footer.text is None


async def test_a_job_without_a_result_has_no_files(pictures: Pictures) -> None:
    parts = await result_parts(pictures, make_job(JobStatus.POSTING), 100_000)

    assert (parts.files, parts.embeds) == ([], [])


async def test_addresses_of_the_owners_own_network_are_linked_where_they_are_named(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, result=Result(image_url="http://10.0.0.7:3000/a.png"))

    near = await result_parts(pictures, job, 100_000, nearby=["http://10.0.0.7:3000"])
    far = await result_parts(pictures, job, 100_000, nearby=["http://10.0.0.7:300"])

    assert near.content.endswith("[Look at the relay](<http://10.0.0.7:3000/a.png>)")
    assert far.content.endswith("-# The picture could not be attached.")
