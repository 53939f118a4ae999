"""Other engines in trouble: switched off, not offered, crowded, or not content with what was asked for."""

from typing import Any

import pytest

from sandbox.discord.acting import ActingError
from sandbox.message_view import is_private
from sandbox.wire import RecordedRequest
from tests.e2e.studio import Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0


def calls(studio: Studio, words: str) -> list[RecordedRequest]:
    """The paid calls to other engines that carried these words."""
    posts = [
        request for request in studio.relay.wire.requests if request.method == "POST" and words in str(request.body)
    ]
    return [request for request in posts if "/mj/" not in request.path]


async def test_an_engine_that_is_switched_off_is_hidden_and_its_old_buttons_say_so(studio: Studio) -> None:
    job = ordered(await studio.slash("ideogram generate", {"prompt": "an old poster"}), "ana", "studio")
    poster = await studio.result(job)
    await studio.restart(ENGINES="midjourney,kling")
    try:
        with pytest.raises(ActingError, match="no command ideogram"):
            await studio.slash("ideogram generate", {"prompt": "a new poster"})
        again = await studio.press(poster, "Again")
        menu = await studio.press(poster, "Use as input for…")
        refused = await studio.slash("compare", {"prompt": "a cat", "engines": "kling, ideogram"})

        assert (is_private(again), "ideogram is switched off" in again["content"]) == (True, True)
        uses = [option["value"].partition(".")[0] for option in menu["components"][0]["components"][0]["options"]]
        assert set(uses) == {"midjourney", "kling"}
        assert "choose from midjourney, kling" in refused["content"]
    finally:
        await studio.restart(ENGINES="")
    await studio.result(await studio.follow_up(poster, "Again"))


async def test_a_model_that_is_not_offered_is_said_and_not_tried_again(studio: Studio) -> None:
    wish = {"prompt": "a missing cat", "model": "jimeng-sandbox-missing"}
    await studio.restart(JIMENG_ANY_MODEL="true")
    for _time in range(2):  # a single refusal may be a slip
        job = ordered(await studio.slash("jimeng generate", wish), "ana", "studio")
        await studio.whisper("ana", "The relay does not offer this. Nothing was charged.")
        await studio.gone(job)

    again = await studio.slash("jimeng generate", wish)

    assert (is_private(again), "does not offer this" in again["content"]) == (True, True)
    assert len(calls(studio, "a missing cat")) == 2
    other = await studio.slash("jimeng generate", {"prompt": "another cat"})
    await studio.result(ordered(other, "ana", "studio"))
    await studio.restart(JIMENG_ANY_MODEL="false")


async def test_an_operation_that_the_gateway_does_not_have_is_said(studio: Studio) -> None:
    studio.relay_fault("POST", "/kling/v1/images/generations", status=404, body={"error": "not found"}, times=1)

    job = ordered(await studio.slash("kling imagine", {"prompt": "a missing coat"}), "ana", "studio")

    await studio.gone(job)
    await studio.whisper("ana", "The relay does not offer this. Nothing was charged.")
    assert studio.units(job) == "released"
    await studio.restart(ENGINES="")  # which asks the relay anew
    await studio.result(ordered(await studio.slash("kling imagine", {"prompt": "a found coat"}), "ana", "studio"))


@pytest.mark.parametrize("command", ["ideogram generate", "fal generate", "jimeng generate", "kling imagine"])
async def test_a_crowded_engine_is_waited_for_visibly(studio: Studio, command: str) -> None:
    prompt = f"a crowd for {command} --sandbox-full"
    job = ordered(await studio.slash(command, {"prompt": prompt}), "ana", "studio")

    card = await studio.shows(job, "(Waiting: the relay's queue is full)")
    answer = await studio.press(card, "Cancel Job")

    await studio.eventually(lambda: studio.units(job) == "released", "the units back")
    assert is_private(answer)
    assert calls(studio, prompt)


async def test_a_crowded_engine_takes_the_job_later(studio: Studio) -> None:
    crowded = {"code": 1303, "message": "parallel task over resource pack limit", "request_id": "7"}
    studio.relay_fault("POST", "/kling/v1/images/generations", status=429, body=crowded, times=2)

    job = ordered(await studio.slash("kling imagine", {"prompt": "a late coat"}), "ana", "studio")

    await studio.result(job)
    assert [call.status for call in calls(studio, "a late coat")] == [429, 429, 200]


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("fal generate", {"aspect": "7:3"}, "aspect\\_ratio: unexpected value"),
        ("jimeng generate", {"ratio": "7:7"}, "不支持的比例"),
        ("ideogram generate", {"style": "BAROQUE"}, "style\\_type must be one of AUTO"),
        ("kling imagine", {"aspect": "7:3"}, "aspect\\_ratio value '7:3' is invalid"),
    ],
)
async def test_what_an_engine_does_not_take_is_said_in_its_words(
    studio: Studio, command: str, options: dict[str, Any], words: str
) -> None:
    job = ordered(await studio.slash(command, {"prompt": "a door", **options}), "ana", "studio")

    said = await studio.whisper("ana", words)

    assert said.startswith("The relay did not accept this: ")
    assert said.endswith("nothing was charged.")
    await studio.gone(job)
    assert studio.units(job) == "released"


async def test_cancel_stops_a_job_of_fal_in_its_queue(studio: Studio) -> None:
    job = ordered(await studio.slash("fal generate", {"prompt": "a stopped fox --sandbox-slow"}), "ana", "studio")
    await studio.eventually(lambda: calls(studio, "a stopped fox"), "the paid call")

    await studio.press(job.card, "Cancel Job")

    task = next(task for task in studio.relay.tasks() if task["prompt"].startswith("a stopped fox"))
    await studio.eventually(
        lambda: [one for one in studio.relay.tasks() if one["id"] == task["id"] and one["status"] == "CANCEL"],
        "the end of the task",
    )
    await studio.shows(job, "(Stopped)")
    assert len(calls(studio, "a stopped fox")) == 1
