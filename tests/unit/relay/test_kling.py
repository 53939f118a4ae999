"""Kling: exact requests, a success whose code is 0, and tasks in every shape that gateways give them."""

import base64
from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Result, ResultImage, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Failed,
    Missing,
    Observation,
    Refused,
    Succeeded,
    Uncertain,
    Unread,
    Working,
)
from bot.errors import RelayError, RelayUnclearError
from bot.relay.kling import Kling
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import picture
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE, TWO = picture(colour="red"), picture(kind="JPEG")
RAW_1, RAW_2 = base64.b64encode(ONE).decode(), base64.b64encode(TWO).decode()
TAKEN = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": {"task_id": "77", "task_status": "submitted"}}
IMAGINE, TRYON = "/kling/v1/images/generations", "/kling/v1/images/kolors-virtual-try-on"


def running(kind: str = "imagine", task_id: str = "77", **options: Any) -> Job:
    return paint_job("kling", kind, **options).with_(status=JobStatus.RUNNING, task_id=task_id)


def told(status: str, **data: Any) -> dict[str, Any]:
    return {"code": 0, "message": "SUCCEED", "data": {"task_id": "77", "task_status": status} | data}


async def seen_at(*answers: Any, job: Job | None = None) -> Observation:
    job = job or running()
    async with ScriptedRelay.serving(*answers) as relay, opened(Kling, relay, Shelf()) as engine:
        return (await engine.look([job]))[job.id]


@pytest.mark.parametrize(
    ("job", "path", "body"),
    [
        (paint_job("kling", "imagine"), IMAGINE, {"prompt": "a cat"}),
        (
            paint_job("kling", "imagine", model_name="kling-v9", negative_prompt="dogs", n=2, resolution="2k", x=1),
            IMAGINE,
            {
                "prompt": "a cat",
                "model_name": "kling-v9",
                "negative_prompt": "dogs",
                "n": 2,
                "resolution": "2k",
                "x": 1,
            },
        ),
        # the old name would be ignored, and the oldest model taken
        (paint_job("kling", "imagine", model="kling-v2"), IMAGINE, {"prompt": "a cat", "model_name": "kling-v2"}),
        (
            paint_job("kling", "imagine", pictures=("one",), image_fidelity=0.4),
            IMAGINE,
            {"prompt": "a cat", "image": RAW_1, "image_fidelity": 0.4},
        ),
        (
            paint_job("kling", "imagine", pictures=("one",), model_name="kling-v1-5"),
            IMAGINE,
            {"prompt": "a cat", "image": RAW_1, "model_name": "kling-v1-5", "image_reference": "subject"},
        ),
        (
            paint_job("kling", "imagine", pictures=("two",), model_name="kling-v1-5", image_reference="face"),
            IMAGINE,
            {"prompt": "a cat", "image": RAW_2, "model_name": "kling-v1-5", "image_reference": "face"},
        ),
        (
            paint_job("kling", "tryon", prompt="", pictures=("one", "two")),
            TRYON,
            {"human_image": RAW_1, "cloth_image": RAW_2},
        ),
        (
            paint_job("kling", "tryon", prompt="", pictures=("two", "one"), model_name="kolors-virtual-try-on-v1-5"),
            TRYON,
            {"human_image": RAW_2, "cloth_image": RAW_1, "model_name": "kolors-virtual-try-on-v1-5"},
        ),
    ],
    ids=range(8),
)
async def test_operation_goes_to_its_exact_path_with_its_exact_body(job: Job, path: str, body: dict[str, Any]) -> None:
    outcome, seen = await submitted(Kling, job, TAKEN, shelf=Shelf(one=ONE, two=TWO))

    assert outcome == Accepted("77")
    assert [(one.method, one.path, one.body) for one in seen] == [
        ("POST", path, body | {"external_task_id": job.id}),
    ]
    assert seen[0].headers["Authorization"] == "Bearer the-key"


@pytest.mark.parametrize(
    "answer",
    [
        TAKEN,
        TAKEN | {"code": "0"},
        TAKEN | {"code": "success"},
        TAKEN | {"code": "SUCCESS"},
        {"code": 0, "data": {"task_id": 77}},
        {"code": "success", "data": {"status": "SUBMITTED", "data": {"code": 0, "data": {"task_id": "77"}}}},
    ],
)
async def test_every_kind_of_success_is_one(answer: dict[str, Any]) -> None:
    outcome, _seen = await submitted(Kling, paint_job("kling", "imagine"), answer)

    assert outcome == Accepted("77")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ({"code": 1, "message": "no"}, Refused(Failure(kind=FailureKind.RELAY, detail="no"))),
        ({"code": 7}, Uncertain("code 7", was_answered=True, words="code 7")),
        ({"code": 1201, "message": "n is wrong"}, Refused(Failure(kind=FailureKind.INVALID, detail="n is wrong"))),
        (
            Reply({"code": 1201, "message": "n is wrong"}, 400),
            Refused(Failure(kind=FailureKind.INVALID, detail="n is wrong")),
        ),
        (Reply({"code": 1301, "message": "risk"}, 400), Refused(Failure(kind=FailureKind.POLICY, detail="risk"))),
        (Reply({"code": 1203, "message": "no such model"}, 404), Refused(Failure(kind=FailureKind.UNSUPPORTED))),
        (Reply({"code": 1102, "message": "pack used up"}, 429), Busy(Wait.CREDIT, 60.0)),
        (Reply({"code": 1002, "message": "token"}, 401), Busy(Wait.KEY, 60.0)),
        (Reply({"code": 1302, "message": "too fast"}, 429), Busy(Wait.QUEUE_FULL, 15.0)),
        (Reply({"error": {"message": "bad key"}}, 401), Busy(Wait.KEY, 60.0)),
        (
            Reply({"error": {"message": "risk", "code": 1301}}, 400),
            Refused(Failure(kind=FailureKind.POLICY, detail="risk")),
        ),
        (Reply(b"404 page not found", 404), Refused(Failure(kind=FailureKind.UNSUPPORTED))),
    ],
    ids=range(12),
)
async def test_refusals_are_told_as_what_they_are(refusal: Any, expected: Any) -> None:
    outcome, seen = await submitted(Kling, paint_job("kling", "imagine"), refusal)

    assert outcome == expected
    assert len(seen) == 1


@pytest.mark.parametrize(
    "crowded",
    [
        {"code": 1303, "message": "parallel task over resource pack limit"},
        {"code": "1303", "message": "parallel task over resource pack limit"},
        Reply({"code": 1303, "message": "parallel task over resource pack limit"}, 429),
        Reply({"error": {"message": "parallel task over resource pack limit", "code": "1303"}}, 429),
        Reply({"code": 1303, "message": "parallel task over resource pack limit"}, 500),
    ],
    ids=range(5),
)
async def test_a_crowd_is_waited_out_longer_each_time(crowded: Any) -> None:
    job = paint_job("kling", "imagine")
    async with ScriptedRelay.serving(*[crowded] * 7, TAKEN, crowded) as relay, opened(Kling, relay, Shelf()) as engine:
        outcomes = [await engine.submit(job) for _time in range(9)]

    rests = [outcome.retry_after_s if isinstance(outcome, Busy) else None for outcome in outcomes]
    assert rests == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, None, 2.0]
    assert {seen.body["external_task_id"] for seen in relay.seen} == {job.id}


@pytest.mark.parametrize(
    "trouble",
    [
        *(Fault.RESET, Fault.CUT, Reply(b"oops", 502), Reply({"code": 5000, "message": "internal"}, 500), ["odd"], {}),
        *({"code": 0, "data": {}}, {"code": 0}, {"code": 0, "data": {"task_id": ""}}),
    ],
    ids=range(9),
)
async def test_what_may_have_been_taken_is_never_sent_again(trouble: Any) -> None:
    outcome, seen = await submitted(Kling, paint_job("kling", "imagine"), trouble)

    assert isinstance(outcome, Uncertain)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (paint_job("kling", "imagine", pictures=("one",), negative_prompt="dogs"), "either a picture or a negative"),
        (paint_job("kling", "imagine", prompt=" "), "needs a prompt"),
        (paint_job("kling", "imagine", prompt="x" * 2501), "at most 2500 characters"),
        (paint_job("kling", "imagine", image_reference="face", model_name="kling-v1-5"), "needs a picture"),
        (paint_job("kling", "imagine", pictures=("one",), image_reference="face"), "kling-v1-5"),
        (paint_job("kling", "imagine", human_fidelity=0.5), "works with a subject as reference"),
        (paint_job("kling", "imagine", n=10), "n cannot be 10."),
        (paint_job("kling", "imagine", image_fidelity=1.5), r"image\_fidelity cannot be 1.5."),
        (paint_job("kling", "tryon", pictures=("one",)), "needs two pictures"),
    ],
    ids=range(9),
)
async def test_what_cannot_be_is_refused_before_it_is_sent(job: Job, words: str) -> None:
    outcome, seen = await submitted(Kling, job, TAKEN, shelf=Shelf(one=ONE))

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.RULE
    assert words in outcome.failure.detail
    assert outcome.failure.detail.endswith(". Nothing was charged.")
    assert seen == []


# Looks.


@pytest.mark.parametrize(("kind", "path"), [("imagine", IMAGINE), ("tryon", TRYON)])
async def test_a_look_goes_to_the_path_of_its_kind(kind: str, path: str) -> None:
    async with ScriptedRelay.serving(told("processing")) as relay, opened(Kling, relay, Shelf()) as engine:
        await engine.look([running(kind)])

    assert [(seen.method, seen.path) for seen in relay.seen] == [("GET", f"{path}/77")]


IMAGES = {"images": [{"index": 0, "url": "https://i.example/0.png"}, {"index": 1, "url": "https://i.example/1.png"}]}
TWO_SHOTS = ("https://i.example/0.png", (ResultImage(image_url="https://i.example/1.png"),))


@pytest.mark.parametrize(
    ("answer", "shots"),
    [
        (told("succeed", task_result=IMAGES), TWO_SHOTS),
        (told("SUCCEED", task_result=IMAGES), TWO_SHOTS),
        (
            {
                "code": "success",
                "data": {
                    "task_id": "77",
                    "status": "SUCCESS",
                    "fail_reason": "",
                    "data": {"code": 0, "data": {"task_status": "succeed", "task_result": IMAGES}},
                },
            },
            TWO_SHOTS,
        ),
        (
            {"code": "success", "data": {"status": "succeeded", "url": "https://i.example/0.png"}},
            ("https://i.example/0.png", ()),
        ),
        (
            told("completed", task_result={"images": [{"id": "", "url": "https://i.example/0.png"}]}),
            ("https://i.example/0.png", ()),
        ),
        (told("succeed", images=["https://i.example/0.png"]), ("https://i.example/0.png", ())),
    ],
    ids=range(6),
)
async def test_pictures_are_found_wherever_they_stand(answer: Any, shots: Any) -> None:
    observation = await seen_at(answer, job=running(model_name="kling-v2", resolution="2k"))

    assert isinstance(observation, Succeeded)
    assert observation.settled
    assert (observation.result.image_url, observation.result.more) == shots
    assert observation.result.facts == {"model": "kling-v2", "resolution": "2k"}


@pytest.mark.parametrize("data", [{}, {"task_result": {"images": []}}, {"task_result": {"images": [{"url": ""}]}}])
async def test_a_success_without_pictures_is_waited_for(data: dict[str, Any]) -> None:
    assert await seen_at(told("succeed", **data)) == Succeeded(Result(), settled=False)


@pytest.mark.parametrize("status", ["submitted", "processing", "SUBMITTED", "PROCESSING", "", "dreaming"])
async def test_anything_else_is_being_worked_on(status: str) -> None:
    assert await seen_at(told(status)) == Working()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (told("failed", task_status_msg="internal error"), Failed("internal error")),
        (told("FAILURE"), Failed("")),
        (
            told("failed", task_status_msg="Failure to pass the risk control system"),
            Failed("Failure to pass the risk control system", FailureKind.POLICY),
        ),
        ({"code": "success", "data": {"status": "FAILED", "fail_reason": "out of luck"}}, Failed("out of luck")),
        ({"code": 1203, "message": "Task not found"}, Missing()),
        (Reply({"code": 1203, "message": "Task not found"}, 404), Missing()),
        (Reply(b"", 404), Missing()),
    ],
    ids=range(7),
)
async def test_ends_without_a_picture_are_told_as_what_they_are(answer: Any, expected: Observation) -> None:
    assert await seen_at(answer) == expected


async def test_the_trouble_of_one_hides_nothing_about_the_others() -> None:
    jobs = [running(task_id=str(number)) for number in range(20)]
    answers = [told("succeed", task_result=IMAGES) if number % 2 else Reply(b"oops", 500) for number in range(20)]
    async with ScriptedRelay.serving(*answers) as relay, opened(Kling, relay, Shelf()) as engine:
        seen = await engine.look(jobs)

    kinds = [type(seen[job.id]) for job in jobs]
    assert (kinds.count(Succeeded), kinds.count(Unread)) == (10, 10)
    assert {request.path.rpartition("/")[2] for request in relay.seen} == {str(number) for number in range(20)}


@pytest.mark.parametrize("trouble", [Fault.RESET, Reply(b"oops", 502), {"message": "odd"}, Reply(b"", 429)])
async def test_when_nothing_could_be_learnt_that_is_said(trouble: Any) -> None:
    with pytest.raises(RelayError):
        await seen_at(trouble)


async def test_a_task_is_looked_at_singly_too() -> None:
    async with (
        ScriptedRelay.serving(Reply(b"", 404), Reply(b"", 500)) as relay,
        opened(Kling, relay, Shelf()) as engine,
    ):
        assert await engine.fetch(running()) == Missing()
        with pytest.raises(RelayUnclearError):
            await engine.fetch(running())
