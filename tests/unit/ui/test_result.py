"""What a finished job's message says about its pictures."""

import asyncio

import pytest

from bot.domain.job import JobStatus, Result, ResultImage
from bot.domain.requests import Describe, Imagine, Shorten
from bot.jobs.original_addresses import OriginalAddresses
from bot.links import OriginalLinks
from bot.pictures.folder import Pictures
from bot.text import MESSAGE_LIMIT
from bot.ui.messages.result import result_parts
from tests.support.films import film, seen
from tests.support.makers import make_job, picture
from tests.support.ports import ManualClock

NO_WEB = OriginalAddresses()


@pytest.mark.parametrize("is_kept", [True, False])
async def test_what_came_as_bytes_has_no_address_to_link_to(is_kept: bool, pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture((400, 400), noise=True))
    if not is_kept:
        await pictures.discard(key)
    job = make_job(JobStatus.POSTING, result=Result(picture=key))

    parts = await result_parts(pictures, job, 100_000, NO_WEB)

    assert "](<" not in parts.content
    assert [file.filename for file in parts.files] == ([f"easel-{job.id}-small.webp"] if is_kept else [])


async def test_smaller_pictures_are_linked_to_their_originals(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture((400, 400), noise=True))
    job = make_job(JobStatus.POSTING, result=Result(picture=key, image_url="https://i.example/1.png"))

    parts = await result_parts(pictures, job, 100_000, NO_WEB)

    assert "[Original](<https://i.example/1.png>)" in parts.content


async def test_no_more_pictures_than_a_message_holds_are_attached(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture())
    job = make_job(JobStatus.POSTING, result=Result(picture=key, more=(ResultImage(picture=key),) * 11))

    assert len((await result_parts(pictures, job, 100_000, NO_WEB)).files) == 10


WEB = OriginalLinks("the owner's key", "https://easel.example", ManualClock())
RELAYED = ("https://i.example/0.mp4", "https://i.example/1.mp4")


async def films(pictures: Pictures, *data: bytes) -> Result:
    keys = [await pictures.keep_made(f"film{number}", film) for number, film in enumerate(data)]
    more = tuple(ResultImage(image_url=url, picture=key) for url, key in zip(RELAYED[1:], keys[1:], strict=False))
    return Result(picture=keys[0], image_url=RELAYED[0], more=more)


@pytest.mark.parametrize(
    ("limit", "says"), [(100_000, "A video is too large to post here. [Full video]"), (300_000, "")]
)
async def test_film_that_nobody_can_decode_is_linked(limit: int, says: str, pictures: Pictures) -> None:
    small, large = b"\0\0\0\x18ftypisom" + bytes(50), b"\0\0\0\x18ftypisom" + bytes(200_000)
    result = await films(pictures, large, small)

    parts = await result_parts(pictures, make_job(JobStatus.POSTING, result=result), limit, NO_WEB)

    assert len(parts.files) == (1 if says else 2)
    assert says in parts.content
    assert ("https://i.example/0.mp4" in parts.content) is bool(says)


async def test_film_that_is_too_large_is_a_preview_with_a_link_to_all_of_it(pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, seconds=0.3)
    job = make_job(JobStatus.POSTING, result=await films(pictures, data))

    parts = await result_parts(pictures, job, len(data) - 1, NO_WEB)

    (posted,) = parts.files
    assert posted.filename == f"easel-{job.id}-small.mp4"
    assert seen(posted.fp.read()).codecs == ["h264"]
    assert parts.content.endswith(
        "-# This video is too large to post here, so a smaller preview is posted."
        " [Full video](<https://i.example/0.mp4>)"
    )


@pytest.mark.parametrize("addresses", [NO_WEB, OriginalAddresses((), WEB)], ids=["relay", "web"])
async def test_films_of_a_set_are_linked_one_by_one(addresses: OriginalAddresses, pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, seconds=0.3)
    job = make_job(JobStatus.POSTING, result=await films(pictures, data, data))

    content = (await result_parts(pictures, job, len(data) - 1, addresses)).content

    links = [addresses.of(job, number) for number in range(2)]
    assert len(set(links)) == 2
    assert content.endswith(
        "These videos are too large to post here, so smaller previews are posted."
        f" Full videos: [1](<{links[0]}>) [2](<{links[1]}>)"
    )


async def test_what_is_kept_is_linked_at_our_own_web_side(pictures: Pictures) -> None:
    key = await pictures.keep_made("made", picture((400, 400), noise=True))
    addresses = OriginalAddresses((), WEB)
    job = make_job(JobStatus.POSTING, result=Result(picture=key, image_url="https://i.example/1.png"))

    content = (await result_parts(pictures, job, 100_000, addresses)).content

    assert content.endswith(f"Made smaller to fit here. [Original](<{addresses.of(job)}>)")
    assert addresses.of(job).startswith("https://easel.example/original/")
    assert addresses.of(job.with_(result=Result(image_url="https://i.example/1.png"))) == "https://i.example/1.png"


async def test_more_links_than_a_line_holds_are_left_out(pictures: Pictures) -> None:
    data = b"\0\0\0\x18ftypisom" + bytes(1_000)
    result = await films(pictures, *[data] * 10)
    long = tuple(ResultImage(image_url=f"https://i.example/{'p' * 300}/{n}.mp4", picture="film0.mp4") for n in range(9))
    job = make_job(JobStatus.POSTING, request=Imagine(prompt=LONG), result=result.model_copy(update={"more": long}))

    content = (await result_parts(pictures, job, 900, NO_WEB)).content

    assert len(content) <= MESSAGE_LIMIT
    assert content.count("](<") == 4
    assert content.startswith("**a lighthouse in the rain")


async def test_one_link_that_does_not_fit_leaves_room_for_those_after_it(pictures: Pictures) -> None:
    data = b"\0\0\0\x18ftypisom" + bytes(1_000)
    result = await films(pictures, *[data] * 3)
    urls = (f"https://i.example/{'p' * 900}.mp4", "https://i.example/3.mp4")
    more = tuple(ResultImage(image_url=url, picture="film0.mp4") for url in urls)
    first = {"image_url": f"https://i.example/{'q' * 500}.mp4", "more": more}
    job = make_job(JobStatus.POSTING, result=result.model_copy(update=first))

    content = (await result_parts(pictures, job, 900, NO_WEB)).content

    assert "[1](<https://i.example/q" in content
    assert content.endswith("[3](<https://i.example/3.mp4>)")


LONG = "a lighthouse in the rain, " * 400


@pytest.mark.parametrize("url", ["https://i.example/1.png", f"https://i.example/{'p' * 900}.png"])
async def test_of_a_long_line_the_prompt_is_cut_and_never_the_note(url: str, pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Imagine(prompt=LONG), result=Result(image_url=url))

    content = (await result_parts(pictures, job, 100_000, NO_WEB)).content

    assert len(content) <= MESSAGE_LIMIT
    assert content.endswith(f"-# The picture could not be attached. [See it at the relay](<{url}>)")
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

    content = (await result_parts(pictures, job, 100_000, NO_WEB)).content

    assert len(content) <= MESSAGE_LIMIT
    assert content.endswith("-# The picture could not be attached.")


TOKENS = "**a** 0.9\n**lighthouse** 1.0"
PROMPTS = "1\ufe0f\u20e3 a lighthouse\n\n2\ufe0f\u20e3 a red lighthouse"


async def test_a_description_is_an_embed_over_the_picture_described(pictures: Pictures) -> None:
    key = await pictures.keep_made("asked", picture())
    job = make_job(JobStatus.POSTING, request=Describe(pictures=(key,)), result=Result(text=PROMPTS))

    parts = await result_parts(pictures, job, 100_000, NO_WEB)

    (embed,) = parts.embeds
    assert embed.description == PROMPTS
    assert [file.filename for file in parts.files] == [f"easel-{job.id}.png"]
    assert embed.image.url == f"attachment://easel-{job.id}.png"


async def test_a_covered_description_keeps_its_picture_out_of_the_embed_where_nothing_can_be_covered(
    pictures: Pictures,
) -> None:
    key = await pictures.keep_made("asked", picture())
    job = make_job(JobStatus.POSTING, request=Describe(pictures=(key,)), result=Result(text=PROMPTS), is_spoiler=True)

    parts = await result_parts(pictures, job, 100_000, NO_WEB)

    assert [embed.image.url for embed in parts.embeds] == [None]
    assert [file.filename for file in parts.files] == [f"SPOILER_easel-{job.id}.png"]


async def test_a_description_whose_picture_is_gone_says_nothing_of_it(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Describe(pictures=("gone.png",)), result=Result(text=PROMPTS))

    parts = await result_parts(pictures, job, 100_000, NO_WEB)

    assert (parts.files, parts.embeds[0].image.url) == ([], None)
    assert "attached" not in parts.content


async def test_what_shorten_weighed_stands_before_what_it_shortened(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, request=Shorten(prompt="a"), result=Result(text=f"{TOKENS}\n{PROMPTS}"))

    (embed,) = (await result_parts(pictures, job, 100_000, NO_WEB)).embeds

    assert embed.description == f"{TOKENS}\n\n**Shortened prompts**\n{PROMPTS}"
    assert embed.footer.text == "Click on a button to imagine one of the shortened prompts!"


async def test_a_text_that_cannot_be_read_is_shown_as_it_came(pictures: Pictures) -> None:
    said = "I see *a* lighthouse. " * 200
    for request in (Describe(pictures=("gone.png",)), Shorten(prompt="a")):
        job = make_job(JobStatus.POSTING, request=request, result=Result(text=said))

        (embed,) = (await result_parts(pictures, job, 100_000, NO_WEB)).embeds

        assert 1000 < len(embed.description or "") <= 4096
        assert embed.footer.text is None


async def test_a_job_without_a_result_has_no_files(pictures: Pictures) -> None:
    parts = await result_parts(pictures, make_job(JobStatus.POSTING), 100_000, NO_WEB)

    assert (parts.files, parts.embeds) == ([], [])


async def test_addresses_of_the_owners_own_network_are_linked_where_they_are_named(pictures: Pictures) -> None:
    job = make_job(JobStatus.POSTING, result=Result(image_url="http://10.0.0.7:3000/a.png"))

    near = await result_parts(pictures, job, 100_000, OriginalAddresses(["http://10.0.0.7:3000"]))
    far = await result_parts(pictures, job, 100_000, OriginalAddresses(["http://10.0.0.7:300"]))

    assert near.content.endswith("[See it at the relay](<http://10.0.0.7:3000/a.png>)")
    assert far.content.endswith("-# The picture could not be attached.")
