"""fal: exact requests, tickets that point elsewhere, and queues whose end may be a failure."""

from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Result, ResultImage, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Failed,
    Finished,
    Missing,
    Observation,
    Refused,
    Succeeded,
    Uncertain,
    Working,
)
from bot.errors import RelayError
from bot.relay.fal import Fal
from bot.relay.fal_fields import FalFields
from bot.relay.http import RelayHttp
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import make_settings, picture, png_url
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE, TWO = picture(colour="red"), picture(colour="blue")
MODELS = ("flux/dev", "flux-pro/kontext", "flux-pro/kontext/multi")
PATH = "fal-ai/flux-pro/requests/1b2c"
TICKET = {
    "status": "IN_QUEUE",
    "request_id": "1b2c",
    "response_url": f"https://queue.fal.run/{PATH}",
    "status_url": f"https://queue.fal.run/{PATH}/status",
    "cancel_url": f"https://queue.fal.run/{PATH}/cancel",
    "queue_position": 0,
}
MADE = {
    "images": [{"url": "https://f.example/1.jpg", "width": 1024, "height": 768, "content_type": "image/jpeg"}],
    "seed": 12,
    "prompt": "a cat",
    "has_nsfw_concepts": [False],
}
DONE = Reply({"status": "COMPLETED", "metrics": {"inference_time": 1.5}})


def fal(http: RelayHttp, shelf: Shelf) -> Fal:
    return Fal(http, shelf, MODELS, FalFields.of(make_settings().engines.fal))


def running(task_id: str = PATH, **options: Any) -> Job:
    return paint_job("fal", "generate", **options).with_(status=JobStatus.RUNNING, task_id=task_id)


async def seen_at(*answers: Any, shelf: Shelf | None = None, job: Job | None = None) -> Observation:
    job = job or running()
    async with ScriptedRelay.serving(*answers) as relay, opened(fal, relay, shelf or Shelf()) as engine:
        return (await engine.look([job]))[job.id]


# The submit.


@pytest.mark.parametrize(
    ("pictures", "options", "path", "fields"),
    [
        ((), {}, "/fal-ai/flux/dev", {}),
        ((), {"model": "flux-pro/v1.1-ultra"}, "/fal-ai/flux-pro/v1.1-ultra", {}),
        ((), {"model": "fal-ai/flux/schnell/"}, "/fal-ai/flux/schnell", {}),
        (("one",), {}, "/fal-ai/flux-pro/kontext", {"image_url": png_url(ONE)}),
        (("one", "two"), {}, "/fal-ai/flux-pro/kontext/multi", {"image_urls": [png_url(ONE), png_url(TWO)]}),
        (
            ("one",),
            {"model": "flux-pro/kontext/multi"},
            "/fal-ai/flux-pro/kontext/multi",
            {"image_urls": [png_url(ONE)]},
        ),
        (
            ("two",),
            {"model": "flux/dev/image-to-image", "strength": 0.8},
            "/fal-ai/flux/dev/image-to-image",
            {"image_url": png_url(TWO), "strength": 0.8},
        ),
        ((), {"safety_tolerance": 5, "num_images": 2}, "/fal-ai/flux/dev", {"safety_tolerance": "5", "num_images": 2}),
    ],
    ids=range(8),
)
async def test_generate_goes_to_its_models_path(
    pictures: tuple[str, ...], options: dict[str, Any], path: str, fields: dict[str, Any]
) -> None:
    job = paint_job("fal", "generate", pictures=pictures, **options)

    outcome, seen = await submitted(fal, job, TICKET, shelf=Shelf(one=ONE, two=TWO))

    assert outcome == Accepted(PATH)
    assert [(one.method, one.path, one.body) for one in seen] == [("POST", path, {"prompt": "a cat"} | fields)]
    assert seen[0].headers["Authorization"] == "Bearer the-key"


async def test_slashes_of_a_model_are_not_encoded() -> None:
    async with ScriptedRelay.serving(TICKET) as relay, opened(fal, relay, Shelf()) as engine:
        await engine.submit(paint_job("fal", "generate", model="flux-pro/new"))

    assert relay.seen[0].raw_path == "/fal-ai/flux-pro/new"


@pytest.mark.parametrize(
    ("ticket", "task_id"),
    [
        (TICKET, PATH),
        ({"request_id": "1b2c", "response_url": f"https://gate.example/pre/{PATH}/"}, PATH),
        ({"request_id": "1b2c", "status_url": f"https://queue.fal.run/{PATH}/status"}, PATH),
        ({"request_id": "1b2c", "response_url": f"https://queue.fal.run/{PATH}/response"}, PATH),
        ({"request_id": "1b2c"}, "fal-ai/flux/requests/1b2c"),
        ({"request_id": "1b2c", "response_url": "https://queue.fal.run/"}, "fal-ai/flux/requests/1b2c"),
        ({"request_id": 7, "response_url": None}, "fal-ai/flux/requests/7"),
    ],
    ids=range(7),
)
async def test_a_ticket_is_kept_as_its_path(ticket: dict[str, Any], task_id: str) -> None:
    outcome, _seen = await submitted(fal, paint_job("fal", "generate"), ticket)

    assert outcome == Accepted(task_id)


async def test_a_gateway_that_waits_for_the_queue_is_fine() -> None:
    outcome, _seen = await submitted(fal, paint_job("fal", "generate"), MADE)

    assert isinstance(outcome, Finished)
    assert outcome.result.image_url == "https://f.example/1.jpg"


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            Reply({"detail": [{"loc": ["body", "seed"], "msg": "must be a number", "type": "type_error"}]}, 422),
            Refused(Failure(kind=FailureKind.INVALID, detail="seed: must be a number")),
        ),
        (
            Reply({"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}, 422),
            Refused(Failure(kind=FailureKind.POLICY, detail="prompt: no (content_policy_violation)")),
        ),
        (
            Reply({"detail": "flagged by a content checker"}, 422),
            Refused(Failure(kind=FailureKind.POLICY, detail="flagged by a content checker")),
        ),
        (
            Reply({"detail": [{"msg": "odd"}, "two", {"loc": [], "type": "t"}]}, 400),
            Refused(Failure(kind=FailureKind.INVALID, detail="odd; two; t")),
        ),
        (Reply({"detail": "Too many requests"}, 429), Busy(Wait.QUEUE_FULL, 15.0)),
        (Reply({"detail": "Application not found"}, 404), Refused(Failure(kind=FailureKind.UNSUPPORTED))),
        (Reply({"detail": "bad key"}, 401), Busy(Wait.KEY, 60.0)),
        (
            Reply({"error": {"message": "wrong", "code": "bad_request"}}, 400),
            Refused(Failure(kind=FailureKind.INVALID, detail="wrong bad_request")),
        ),
        ({"detail": "it broke"}, Refused(Failure(kind=FailureKind.RELAY, detail="it broke"))),
    ],
    ids=range(9),
)
async def test_refusals_are_told_as_what_they_are(refusal: Any, expected: Any) -> None:
    outcome, seen = await submitted(fal, paint_job("fal", "generate"), refusal)

    assert outcome == expected
    assert len(seen) == 1


async def test_what_a_refusal_quotes_of_the_prompt_is_no_policy() -> None:
    refusal = Reply({"detail": "cannot read: nsfw sensor"}, 422)

    outcome, _seen = await submitted(fal, paint_job("fal", "generate", prompt="an nsfw sensor"), refusal)

    assert outcome == Refused(Failure(kind=FailureKind.INVALID, detail="cannot read: nsfw sensor"))


@pytest.mark.parametrize("trouble", [Fault.RESET, Fault.CUT, Reply(b"oops", 502), {"status": "IN_QUEUE"}, ["odd"]])
async def test_what_may_have_been_taken_is_never_sent_again(trouble: Any) -> None:
    outcome, seen = await submitted(fal, paint_job("fal", "generate"), trouble)

    assert isinstance(outcome, Uncertain)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("pictures", "options", "words"),
    [
        (("one",), {"model": "flux/dev"}, "flux/dev takes no pictures"),
        (("one",), {"model": "flux-pro/kontext/text-to-image"}, "takes no pictures"),
        ((), {"model": "flux-pro/kontext"}, "flux-pro/kontext needs a picture"),
        ((), {"model": "flux-pro/kontext/multi"}, "needs a picture"),
        (("one", "two"), {"model": "flux-pro/kontext"}, "only one picture"),
        ((), {"num_images": 5}, r"num\_images cannot be 5."),
        ((), {"guidance_scale": 0}, r"guidance\_scale cannot be 0."),
        *(
            ((), {"model": name}, "is not a known model")
            for name in ("../v1/chat", "flux/../x", "flux?x=1", "flux#x", "flux%2f..", "a//b", "flux/ dev", "流")
        ),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent(
    pictures: tuple[str, ...], options: dict[str, Any], words: str
) -> None:
    job = paint_job("fal", "generate", pictures=pictures, **options)

    outcome, seen = await submitted(fal, job, TICKET, shelf=Shelf(one=ONE, two=TWO))

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.RULE
    assert words in outcome.failure.detail
    assert seen == []


# Looks.


async def test_status_and_result_are_asked_at_our_own_base() -> None:
    async with ScriptedRelay.serving(DONE, MADE) as relay, opened(fal, relay, Shelf()) as engine:
        await engine.look([running()])

    assert [(seen.method, seen.path) for seen in relay.seen] == [("GET", f"/{PATH}/status"), ("GET", f"/{PATH}")]


@pytest.mark.parametrize(
    "standing",
    [
        Reply({"status": "IN_QUEUE", "queue_position": 3}, 202),
        Reply({"status": "IN_PROGRESS", "logs": [{"message": "painting"}]}, 202),
        {"status": "IN_PROGRESS"},
        {"status": "DREAMING"},
        {},
    ],
    ids=range(5),
)
async def test_anything_that_is_not_over_is_being_worked_on(standing: Any) -> None:
    assert await seen_at(standing) == Working()


@pytest.mark.parametrize(
    "result",
    [
        Reply({"detail": "Request is still in progress"}, 400),
        Reply({"detail": "Request in queue"}, 404),
        Reply({"detail": "Request not found"}, 404),
        Reply(b"404 page not found", 404),
        Reply(b"oops", 502),
        Reply({"detail": "internal"}, 500),
        Reply(b"", 429),
        Fault.RESET,
    ],
    ids=range(8),
)
async def test_a_result_that_is_not_to_be_had_yet_is_waited_for(result: Any) -> None:
    assert await seen_at(DONE, result) == Working()


async def test_pictures_come_with_their_facts() -> None:
    made = MADE | {"images": [*MADE["images"], {"url": "https://f.example/2.jpg"}], "prompt": "a fine cat"}  # type: ignore[misc]

    observation = await seen_at(DONE, made, job=running(model="flux/schnell"))

    assert isinstance(observation, Succeeded)
    result = observation.result
    assert (result.image_url, result.more) == (
        "https://f.example/1.jpg",
        (ResultImage(image_url="https://f.example/2.jpg"),),
    )
    assert result.facts == {"seed": "12", "resolution": "1024x768", "model": "flux/schnell"}
    assert result.final_prompt == "a fine cat"


@pytest.mark.parametrize("one", [{"url": "https://f.example/1.jpg"}, "https://f.example/1.jpg"])
async def test_models_of_one_picture_call_it_otherwise(one: Any) -> None:
    observation = await seen_at(DONE, {"image": one})

    assert isinstance(observation, Succeeded)
    assert (observation.result.image_url, observation.result.more) == ("https://f.example/1.jpg", ())


async def test_pictures_that_come_as_bytes_are_kept_at_once() -> None:
    shelf, job = Shelf(), running(sync_mode=True)
    url = png_url(ONE)

    observation = await seen_at(DONE, {"images": [{"url": url}]}, shelf=shelf, job=job)

    assert isinstance(observation, Succeeded)
    assert (observation.result.image_url, observation.result.picture) == ("", f"{job.id}.png")
    assert shelf.made == {job.id: ONE}


TWO_IMAGES = {"images": [{"url": "https://f.example/1.jpg"}, {"url": "https://f.example/2.jpg"}]}


async def test_pictures_that_were_blacked_out_are_left_out() -> None:
    observation = await seen_at(DONE, TWO_IMAGES | {"has_nsfw_concepts": [True, False]})

    assert isinstance(observation, Succeeded)
    assert (observation.result.image_url, observation.result.more) == ("https://f.example/2.jpg", ())
    assert observation.result.facts["held back by the safety check"] == "1 of 2"


@pytest.mark.parametrize("flags", [None, [], [False, False], [None, None], "no", [True]])
async def test_flags_that_fit_no_picture_hide_none(flags: Any) -> None:
    observation = await seen_at(DONE, TWO_IMAGES | {"has_nsfw_concepts": flags})

    assert isinstance(observation, Succeeded)
    assert len(observation.result.more) == 1
    assert "held back by the safety check" not in observation.result.facts


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([DONE, TWO_IMAGES | {"has_nsfw_concepts": [True, True]}], Failed("", FailureKind.POLICY)),
        ([DONE, Reply({"detail": "Downstream error"}, 400)], Failed("Downstream error")),
        (
            [DONE, Reply({"detail": [{"loc": ["body", "prompt"], "msg": "by a content checker", "type": "x"}]}, 422)],
            Failed("prompt: by a content checker", FailureKind.POLICY),
        ),
        ([DONE, {"detail": "it broke"}], Failed("it broke")),
        ([DONE, {"error": "nsfw content"}], Failed("nsfw content", FailureKind.POLICY)),
        ([DONE, {"images": []}], Succeeded(Result(), settled=False)),
        ([DONE, {}], Succeeded(Result(), settled=False)),
        ([{"status": "COMPLETED", "error": "out of memory"}], Failed("out of memory")),
        ([{"status": "FAILURE", "error": "out of memory"}], Failed("out of memory")),
        ([{"status": "failed"}, Reply({"detail": "why"}, 400)], Failed("why")),
        ([{"status": "CANCELLED"}, Reply(b"", 500)], Failed("")),
        ([{"status": "ERROR"}, MADE], Failed("")),
        ([Reply({"detail": "Request not found"}, 404)], Missing()),
    ],
    ids=range(13),
)
async def test_ends_without_a_picture_are_told_as_what_they_are(answers: list[Any], expected: Observation) -> None:
    assert await seen_at(*answers) == expected


@pytest.mark.parametrize("trouble", [Fault.RESET, Reply(b"oops", 502), Reply(b"", 429), Reply(b"", 401)])
async def test_when_nothing_could_be_learnt_that_is_said(trouble: Any) -> None:
    with pytest.raises(RelayError):
        await seen_at(trouble)
