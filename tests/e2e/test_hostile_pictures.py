"""Pictures that cost a decoder minutes: their member waits for them, and nobody else."""

import asyncio

import pytest

from sandbox.driver import custom_id
from sandbox.hostile_pictures import REFUSED, endless_jpeg
from tests.e2e.gestures import REGION_PANEL
from tests.e2e.studio import CAT, Studio
from tests.support.makers import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 15.0  # what is given back of a limit meanwhile is little, also on a busy machine
STOP_S = 30.0  # bounds a wait; decoding what is attached here would take minutes


@pytest.fixture(scope="module")
def slow() -> bytes:
    """Within all bounds, and many seconds of work all the same."""
    return endless_jpeg(side=6_900, scans=98)


async def test_a_result_arrives_while_another_members_pictures_are_decoded(studio: Studio, slow: bytes) -> None:
    attached = {f"image{number}": studio.upload(f"{number}.jpg", slow) for number in range(1, 6)}
    hostile = await studio.imagine(user="ben", **attached)
    job = await studio.imagine()

    await studio.result(job)

    assert studio.submits(hostile.id) == []  # its pictures are still being looked at
    await studio.press(hostile.card, "Cancel Job", user="ben")
    assert studio.units(hostile) == "released"


async def test_an_input_is_taken_while_another_members_pictures_are_decoded(studio: Studio, slow: bytes) -> None:
    attached = {f"image{number}": studio.upload(f"{number}.jpg", slow) for number in range(1, 6)}
    hostile = await studio.imagine(user="ben", **attached)
    job = await studio.imagine(image1=studio.upload("cat.png", picture((300, 200), colour="red")))

    await studio.result(job)

    assert studio.submits(hostile.id) == []
    await studio.press(hostile.card, "Cancel Job", user="ben")


@pytest.mark.parametrize("name", REFUSED)
async def test_a_hostile_picture_is_refused_in_a_sentence(studio: Studio, name: str) -> None:
    job = await studio.imagine(CAT, user="ben", image1=studio.upload("a.jpg", REFUSED[name]()))

    await studio.gone(job)

    assert any("too long to read" in said or "megapixels" in said for said in studio.whispers("ben"))
    assert "Traceback" not in studio.log()


async def test_vary_region_works_on_a_result_that_came_as_avif(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine())
    job = await studio.follow_up(grid, "U2")
    task = await studio.running(job)
    name = studio.relay._tasks.tasks_by_id[task["id"]].job
    studio.relay_fault("GET", f"/attachments/*{name}.png", status=200, body=picture((256, 256), "AVIF", colour="red"))

    message = await studio.result(job)
    press = await studio.click(message, "Vary (Region)")
    panel = await studio.whole_answer(press)

    assert [file["filename"] for file in message["attachments"]] == [f"easel-{job.id}.png"]
    assert panel["content"].startswith(REGION_PANEL)
    assert [file["filename"] for file in panel["attachments"]] == [f"region-{job.id}.webp"]


async def test_too_many_panels_at_once_say_how_long_to_wait(studio: Studio) -> None:
    single = await studio.result(await studio.follow_up(await studio.result(await studio.imagine()), "U2"))
    region = custom_id(single, "Vary (Region)")
    presses = await asyncio.gather(*(studio.actor.click("mia", single["id"], region) for _press in range(40)))
    answers = [await studio.whole_answer(press, user="mia") for press in presses]

    panels = [answer for answer in answers if answer["content"].startswith(REGION_PANEL)]
    refusals = [answer for answer in answers if "Please try again in" in answer["content"]]
    assert len(panels) + len(refusals) == len(presses)
    assert panels
    assert refusals


async def test_the_end_of_the_bot_waits_for_no_decoder(studio: Studio, slow: bytes) -> None:
    attached = {f"image{number}": studio.upload(f"{number}.jpg", slow) for number in range(1, 6)}
    await studio.imagine(user="ben", **attached)

    async with asyncio.timeout(STOP_S):
        await studio.bot.terminate()

    assert "bot.app: stopped" in studio.log()
    await studio.start()
