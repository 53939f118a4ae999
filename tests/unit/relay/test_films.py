"""Films at the relay: what is sent for them, and what of an answer is the film. Source: docs/relay.md 2.10 and 5.6."""

from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind
from bot.domain.outcomes import Accepted, Failed, Refused, Resubmit, Succeeded
from bot.domain.requests import Animate, Motion
from bot.relay.midjourney_models import read_task
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import TASK, UUID, make_action, make_job, picture
from tests.support.relay_calls import midjourney, task

STILL = "https://cdn.example/still.png"
ONE, TWO = "https://cdn.example/video/0.mp4", "https://cdn.example/video/1.mp4"
ANIMATE = f"MJ::JOB::animate_high::1::{UUID}::SOLO"
EXTEND = f"MJ::JOB::animate_low_extend::1::{UUID}"
OK = {"code": 1, "description": "ok", "result": "1795866712978897"}
NO_ANIMATE = Reply({"description": f"unknown_action: {ANIMATE}", "type": "new_api_error", "code": 4}, 400)
U1 = {"customId": f"MJ::JOB::video_virtual_upscale::1::{UUID}", "label": "U1", "emoji": "", "style": 2, "type": 2}


def seen_in(**fields: Any) -> Any:
    """What a finished VIDEO task says with these fields."""
    found = read_task(task(action="VIDEO", buttons=[U1], imageUrl="") | fields)
    assert found is not None
    return found.observation()


# Answers. The literal ones: midjourney-proxy 11 (`TaskInfo.VideoUrls`), new-api (`dto.MidjourneyDto`), siblings.


@pytest.mark.parametrize(
    ("fields", "urls"),
    [
        ({"videoUrls": [{"url": ONE}, {"url": TWO}]}, [ONE, TWO]),
        ({"videoUrls": [{"url": ONE, "thumbnail": STILL}]}, [ONE]),
        ({"videoUrls": [ONE, TWO], "imageUrl": STILL}, [ONE, TWO]),
        ({"videoUrl": ONE, "videoUrls": None}, [ONE]),
        ({"videoUrl": ONE, "videoUrls": [{"url": ONE}, {"url": TWO}]}, [ONE, TWO]),
        ({"video_url": ONE, "imageUrl": STILL}, [ONE]),
        ({"video_urls": f'["{ONE}", "{TWO}"]'}, [ONE, TWO]),
        ({"videoUrls": [{"url": ONE}, {"url": ONE}, None, {"url": ""}]}, [ONE]),
        ({"videoUrls": {"url": ONE}}, [ONE]),
        ({"imageUrl": "https://cdn.example/film.webp?ex=1"}, ["https://cdn.example/film.webp?ex=1"]),
    ],
)
def test_films_are_found_wherever_they_stand(fields: dict[str, Any], urls: list[str]) -> None:
    seen = seen_in(**fields)

    assert [seen.result.image_url, *(image.image_url for image in seen.result.more)] == urls
    assert (seen.settled, seen.lacks_film) == (True, False)


@pytest.mark.parametrize("fields", [{}, {"imageUrl": STILL}, {"imageUrl": STILL, "videoUrl": ""}, {"videoUrls": []}])
def test_film_that_is_not_there_yet_is_waited_for(fields: dict[str, Any]) -> None:
    seen = seen_in(**fields)

    assert (seen.settled, seen.lacks_film) == (False, True)


def test_still_picture_of_a_picture_lacks_no_film() -> None:
    found = read_task(task(action="UPSCALE", imageUrl=STILL, videoUrl=""))

    assert found is not None
    assert found.observation() == Succeeded(found.observation().result)  # type: ignore[union-attr]


async def test_pick_from_a_set_of_films_waits_for_its_film_whatever_the_relay_calls_it() -> None:
    job = make_action(U1["customId"], task_id=TASK)  # type: ignore[arg-type]
    early = task(id=TASK, action="UPSCALE", imageUrl=STILL)

    async with (
        ScriptedRelay.serving(early, early | {"videoUrls": [{"url": ONE}]}) as relay,
        midjourney(relay) as engine,
    ):
        first, second = await engine.fetch(job), await engine.fetch(job)

    assert isinstance(first, Succeeded)
    assert (first.settled, first.lacks_film) == (False, True)
    assert isinstance(second, Succeeded)
    assert (second.result.image_url, second.settled) == (ONE, True)


def test_cancelled_task_failed() -> None:
    assert isinstance(seen_in(status="CANCEL"), Failed)


# Submits.


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (
            Animate(prompt="waves", pictures=("a",), motion=Motion.HIGH, count=1),
            {"prompt": "waves", "motion": "high", "loop": False, "batchSize": 1},
        ),
        (
            Animate(prompt="waves", pictures=("a", "b"), loop=True),
            {"prompt": "waves", "motion": "low", "loop": True, "batchSize": 4},
        ),
    ],
)
async def test_film_of_a_picture_goes_to_its_exact_path(request_: Animate, body: dict[str, Any]) -> None:
    job = make_job(request=request_, task_id=None)

    async with ScriptedRelay.serving(OK) as relay, midjourney(relay, a=picture(), b=picture(colour="red")) as engine:
        outcome = await engine.submit(job)

    sent = relay.seen[0].body
    assert isinstance(outcome, Accepted)
    assert relay.seen[0].path == "/mj/submit/video"
    assert {name: sent[name] for name in body} == body
    assert sent["image"].startswith("data:image/png;base64,")
    assert ("endImage" in sent, sent["state"]) == (len(request_.pictures) == 2, job.id)


async def test_film_that_goes_on_names_the_task_and_no_picture() -> None:
    job = make_job(request=Animate(prompt="waves", extends="17", motion=Motion.LOW), task_id=None)

    async with ScriptedRelay.serving(OK) as relay, midjourney(relay) as engine:
        await engine.submit(job)

    told = {"prompt": "waves", "motion": "low", "action": "extend", "taskId": "17", "index": 0}
    assert relay.seen[0].body.items() >= told.items()
    assert "image" not in relay.seen[0].body


async def test_animate_that_a_gateway_does_not_pass_on_is_filmed_from_the_picture() -> None:
    job = make_action(ANIMATE, task_id=None)
    job = job.with_(request=job.request.model_copy(update={"source": "parent"}))

    async with ScriptedRelay.serving(NO_ANIMATE) as relay, midjourney(relay, parent=picture()) as engine:
        outcome = await engine.submit(job)

    assert outcome == Resubmit(
        Animate(prompt=job.request.prompt, pictures=(f"{job.id}-input1.png",), motion=Motion.HIGH)
    )
    assert len(relay.seen) == 1


async def test_extend_that_a_gateway_does_not_pass_on_goes_by_the_film_s_task() -> None:
    job = make_action(EXTEND, task_id=None)

    async with ScriptedRelay.serving(NO_ANIMATE) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(job)

    assert outcome == Resubmit(Animate(prompt=job.request.prompt, motion=Motion.LOW, extends=TASK))


async def test_animate_without_its_picture_is_refused_as_the_relay_did() -> None:
    async with ScriptedRelay.serving(NO_ANIMATE) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(make_action(ANIMATE, task_id=None))

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.UNSUPPORTED


async def test_manual_film_is_never_pressed() -> None:
    job = make_action(f"MJ::JOB::video::1::{UUID}::low::manual", task_id=None)
    job = job.with_(request=job.request.model_copy(update={"source": "parent", "answer": "the waves roll"}))

    async with ScriptedRelay.serving(OK) as relay, midjourney(relay, parent=picture()) as engine:
        outcome = await engine.submit(job)

    assert outcome == Resubmit(Animate(prompt="the waves roll", pictures=(f"{job.id}-input1.png",), motion=Motion.LOW))
    assert relay.seen == []


# Remix: what the member typed is what is painted. Source: docs/relay.md 2.6.

VARY = f"MJ::JOB::variation::3::{UUID}"
NO_REMIX = {"code": 4, "description": "当前账号不支持 remix\uff0c请开启 remix 功能", "result": None}


def remixed(text: str | None) -> Any:
    job = make_action(VARY, task_id=None)
    return job.with_(request=job.request.model_copy(update={"answer": text}))


@pytest.mark.parametrize(("text", "is_asked_for"), [("a dog", True), (None, False)])
async def test_typed_prompt_asks_the_relay_for_its_modal(text: str | None, *, is_asked_for: bool) -> None:
    async with ScriptedRelay.serving(OK) as relay, midjourney(relay) as engine:
        await engine.submit(remixed(text))

    assert relay.seen[0].body.get("enableRemix", False) is is_asked_for


async def test_account_without_remix_is_pressed_once_more_without_asking() -> None:
    async with ScriptedRelay.serving(NO_REMIX, OK) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(remixed("a dog"))

    assert isinstance(outcome, Accepted)
    assert [seen.body.get("enableRemix", False) for seen in relay.seen] == [True, False]


@pytest.mark.parametrize(
    "answer", [{"code": 4, "description": "accepted_state_unknown; do not retry"}, {"code": 4, "description": "no"}]
)
async def test_no_other_answer_is_followed_by_a_second_press(answer: Any) -> None:
    async with ScriptedRelay.serving(answer, OK) as relay, midjourney(relay) as engine:
        await engine.submit(remixed("a dog"))

    assert len([seen for seen in relay.seen if seen.method == "POST"]) == 1


def test_job_whose_text_nobody_asked_for_shows_what_was_painted() -> None:
    job = remixed("a dog")
    finished = job.with_(result=read_task(task()).observation().result)  # type: ignore[union-attr]
    answered = finished.with_(request=finished.request.model_copy(update={"is_answered": True}))

    assert job.prompt == "a dog"
    assert (finished.prompt, finished.is_unasked) == (job.request.prompt, True)
    assert (answered.prompt, answered.is_unasked) == ("a dog", False)


async def test_refusal_of_a_film_keeps_its_reason() -> None:
    answer = {"code": 4, "description": "prompt不能为空", "result": None}

    async with ScriptedRelay.serving(answer) as relay, midjourney(relay, a=picture()) as engine:
        outcome = await engine.submit(make_job(request=Animate(prompt="", pictures=("a",)), task_id=None))

    assert outcome == Refused(Failure(kind=FailureKind.INVALID, detail="prompt不能为空"))


@pytest.mark.parametrize("still", [False, True])
async def test_a_film_that_was_picked_comes_without_the_others_of_its_set(*, still: bool) -> None:
    films = [f"https://cdn.example/v/0_{number}.mp4" for number in range(4)]
    answer = task(
        action="UPSCALE",
        status="SUCCESS",
        imageUrl="https://cdn.example/v/0_1.webp" if still else films[1],
        videoUrls=[{"url": film, "thumbnail": ""} for film in films],
    )
    job = make_action(f"MJ::JOB::video_virtual_upscale::2::{UUID}", task_id=TASK)

    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        seen = await engine.fetch(job)

    assert isinstance(seen, Succeeded)
    assert [image.image_url for image in seen.result.images] == [films[1]]
