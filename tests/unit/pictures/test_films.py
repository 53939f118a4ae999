"""Films that are too large for their place: a preview that plays, within limits, whatever the film says of itself."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import PictureError
from bot.pictures.decoding.film_shapes import (
    LONGEST_S,
    MOST_BITS_PER_S,
    MOST_FPS,
    MOST_PIXELS,
    SMALLEST_SIDE,
    Announced,
    shape,
)
from bot.pictures.folder import Pictures
from bot.pictures.workers import Lane, Limits, Workers
from sandbox import hostile_films
from tests.support.films import film, seen
from tests.support.ports import ShelfFetcher
from tests.unit.pictures.shelf import ADDRESS, Shelf

pytestmark = pytest.mark.process

HOUSE = Announced(1280, 720, 24.0, 5.2)


# How large a preview is made.


@pytest.mark.parametrize("limit", [50_000, 200_000, 1_000_000, 10_000_000, 100_000_000])
@pytest.mark.parametrize("film", [HOUSE, Announced(1920, 1080, 60.0, 21.0), Announced(480, 854, 12.0, 0.5)])
def test_rate_and_length_stay_below_the_limit(film: Announced, limit: int) -> None:
    made = shape(film, limit)

    assert made.rate * made.length_s / 8 < limit
    assert made.width * made.height <= min(MOST_PIXELS, film.width * film.height)
    assert made.rate <= MOST_BITS_PER_S


def test_the_tighter_the_limit_the_fewer_pixels() -> None:
    sizes = [shape(HOUSE, limit) for limit in (10_000_000, 500_000, 100_000, 20_000)]

    areas = [made.width * made.height for made in sizes]
    assert areas == sorted(areas, reverse=True)
    assert areas[0] == 1280 * 720
    assert all(abs(made.width / made.height - 16 / 9) < 0.1 for made in sizes)


@pytest.mark.parametrize(
    ("film", "length_s", "fps"),
    [
        (Announced(640, 480, 1e9, 5.0), 5.0, MOST_FPS),
        (Announced(640, 480, 0.0, 5.0), 5.0, MOST_FPS),
        (Announced(640, 480, 24.0, 1e12), LONGEST_S, 24.0),
        (Announced(640, 480, 24.0, 0.0), LONGEST_S, 24.0),
        (Announced(640, 480, 24.0, -5.0), LONGEST_S, 24.0),
    ],
)
def test_what_is_announced_is_believed_within_bounds(film: Announced, length_s: float, fps: float) -> None:
    made = shape(film, 10_000_000)

    assert (made.length_s, made.fps) == (length_s, fps)


@pytest.mark.parametrize("size", [(1, 1), (4096, 2), (2, 2304), (641, 481)])
def test_every_size_is_one_that_the_encoder_takes(size: tuple[int, int]) -> None:
    made = shape(Announced(*size, 24.0, 5.0), 1_000)

    assert min(made.width, made.height) >= SMALLEST_SIDE
    assert (made.width % 2, made.height % 2) == (0, 0)


# What is made of films, in the workers.


@pytest.mark.parametrize("form", ["mp4", "webm"])
async def test_a_film_that_is_too_large_becomes_one_that_plays(form: str, shelf: Shelf, pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, form=form)
    limit = len(data) // 3

    key = await shelf.kept(data)
    upload = await pictures.fit(key, limit)

    whole, small = seen(data), seen(upload.data)
    assert (key, upload.extension, upload.is_original) == (f"job1.{form}", "mp4", False)
    assert len(upload.data) <= limit
    assert small.codecs == ["h264"]
    assert (small.frames, round(small.length_s, 1)) == (whole.frames, round(whole.length_s, 1))
    assert small.size[0] / small.size[1] == pytest.approx(4 / 3, abs=0.05)
    assert abs(small.brightness - whole.brightness) < 12
    assert upload.data.index(b"moov") < upload.data.index(b"mdat")  # it begins to play before all of it is there
    assert await pictures.read(key) == data


@pytest.mark.parametrize("form", ["mp4", "webm"])
async def test_the_thumbnail_of_a_film_is_its_first_picture(form: str, shelf: Shelf, pictures: Pictures) -> None:
    key = await shelf.kept(await asyncio.to_thread(film, form=form))

    thumbnail = Image.open(io.BytesIO(await pictures.thumbnail(key)))

    assert (thumbnail.format, getattr(thumbnail, "n_frames", 1)) == ("WEBP", 1)
    assert thumbnail.width / thumbnail.height == pytest.approx(4 / 3, abs=0.05)


async def test_a_film_that_fits_stays_as_it_is(shelf: Shelf, pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, seconds=0.2)

    upload = await pictures.fit(await shelf.kept(data), len(data))

    assert (upload.data, upload.is_original) == (data, True)


async def test_the_sound_of_a_film_stays_where_there_is_room(shelf: Shelf, pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, seconds=0.5, bits_per_s=9_000_000, sound=True)
    key = await shelf.kept(data)

    roomy, tight = await pictures.fit(key, len(data) - 1), await pictures.fit(key, 20_000)

    assert [seen(upload.data).codecs for upload in (roomy, tight)] == [["h264", "aac"], ["h264"]]


async def test_where_no_film_fits_its_first_picture_is_shown(shelf: Shelf, pictures: Pictures) -> None:
    upload = await pictures.fit(await shelf.kept(await asyncio.to_thread(film)), 2_500)

    assert (upload.extension, upload.is_original) == ("webp", False)
    assert len(upload.data) <= 2_500
    assert Image.open(io.BytesIO(upload.data)).format == "WEBP"


async def test_of_a_film_that_is_cut_off_the_beginning_plays(shelf: Shelf, pictures: Pictures) -> None:
    data = await asyncio.to_thread(film, form="webm")

    upload = await pictures.fit(await shelf.kept(data[: len(data) // 2]), len(data) // 4)

    assert 0 < seen(upload.data).frames < seen(data).frames


async def test_a_preview_is_made_once(shelf: Shelf, pictures: Pictures, workers: Workers) -> None:
    key = await shelf.kept(await asyncio.to_thread(film, seconds=0.3))
    await pictures.prepare(key, 30_000)
    (worker,) = workers.films._idle
    served = worker.served

    uploads = [await pictures.fit(key, 30_000) for _time in range(2)]

    assert uploads[0] is uploads[1]
    assert worker.served == served


# Films that are meant to do harm.


@pytest.mark.parametrize("name", hostile_films.REFUSED)
async def test_a_hostile_film_is_a_sentence_and_kept(name: str, shelf: Shelf, pictures: Pictures) -> None:
    data = await asyncio.to_thread(hostile_films.REFUSED[name])
    key = await shelf.kept(data)

    with pytest.raises(PictureError, match="The video is too large"):
        await pictures.fit(key, len(data) - 1)

    assert await pictures.read(key) == data


@pytest.mark.parametrize("name", hostile_films.TAKEN)
async def test_of_a_film_without_end_some_is_shown(
    name: str, pictures: Pictures, fetcher: ShelfFetcher, workers: Workers
) -> None:
    data = fetcher.shelf[ADDRESS] = await asyncio.to_thread(hostile_films.TAKEN[name])
    upload = await pictures.fit(await pictures.keep_original("job1", ADDRESS), len(data) * 2 // 3)

    small = seen(upload.data)
    assert small.frames <= 100
    assert small.length_s <= LONGEST_S
    (worker,) = workers.films._idle
    status = await asyncio.to_thread(Path(f"/proc/{worker._process.pid}/status").read_text)
    assert int(status.partition("VmPeak:")[2].split()[0]) < 400_000  # kB


async def test_a_film_over_the_limit_of_memory_is_a_sentence_and_the_next_task_is_done(tmp_path: Path) -> None:
    (tmp_path / "flat.mp4").write_bytes(hostile_films.flat_film(10))
    lane = Lane("limited", Limits(memory_bytes=140 * 1024 * 1024), workers=1)
    try:
        with pytest.raises(PictureError, match="read"):
            await lane.run("preview_film", 1, source=str(tmp_path / "flat.mp4"), limit=1_000_000)
        assert (await lane.run("check_result", 1, source=str(tmp_path / "flat.mp4"))).values == {"extension": "mp4"}
    finally:
        lane.close()


async def test_what_is_no_film_is_not_tried(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "list.mp4").write_bytes(b"ffconcat version 1.0\nfile /etc/passwd\n")

    with pytest.raises(PictureError, match="I can't read this file"):
        await workers.films.run("preview_film", 1, source=str(tmp_path / "list.mp4"), limit=1_000)
