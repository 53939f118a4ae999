"""Ideogram: exact requests, forms included, and answers in every shape."""

import json
from typing import Any

import pytest

from bot.domain.job import Actor, Failure, FailureKind, Result, ResultImage, Wait
from bot.domain.outcomes import Busy, Failed, Finished, Missing, NoList, NotListed, Refused, Uncertain
from bot.errors import RelayError
from bot.relay.http import PAINT_TIME_LIMIT_S
from bot.relay.ideogram import Ideogram
from bot.ui.text.describe_text import parse_describe_text
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import make_job, picture
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE = picture(colour="red")
JPEG = picture(kind="JPEG")


def image(**changes: Any) -> dict[str, Any]:
    known = {
        "url": "https://i.example/1.png",
        "prompt": "a cat",
        "resolution": "1024x1024",
        "is_image_safe": True,
        "seed": 12,
        "style_type": None,
    }
    return known | changes


def answer(*images: dict[str, Any]) -> dict[str, Any]:
    return {"created": "2026-11-22T12:00:00Z", "data": list(images or [image()])}


UNSAFE = image(url="", is_image_safe=False)


async def test_generate_goes_as_json() -> None:
    job = paint_job(
        "ideogram",
        "generate",
        aspect_ratio="ASPECT_16_9",
        model="V_2A",
        magic_prompt_option="OFF",
        num_images=2,
        new=[1],
    )

    _outcome, seen = await submitted(Ideogram, job, answer())

    assert [(one.method, one.path, one.body) for one in seen] == [
        (
            "POST",
            "/ideogram/generate",
            {
                "image_request": {
                    "prompt": "a cat",
                    "aspect_ratio": "ASPECT_16_9",
                    "model": "V_2A",
                    "magic_prompt_option": "OFF",
                    "num_images": 2,
                    "new": [1],
                }
            },
        )
    ]
    assert seen[0].headers["Authorization"] == "Bearer the-key"
    assert seen[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("kind", "prompt", "options", "image_request"),
    [
        ("remix", "a 猫", {"image_weight": 70}, {"prompt": "a 猫", "image_weight": 70}),
        ("upscale", "", {"resemblance": 80, "detail": 0}, {"resemblance": 80, "detail": 0}),
        ("upscale", "a cat", {}, {"prompt": "a cat"}),
        ("upscale", "", {}, {}),
        ("describe", "", {}, None),
    ],
)
@pytest.mark.parametrize(
    ("kept", "file"),
    [(ONE, ("image.png", "image/png", ONE)), (JPEG, ("image.jpg", "image/jpeg", JPEG))],
    ids=["png", "jpeg"],
)
async def test_the_others_go_as_forms(
    kind: str, prompt: str, options: dict[str, Any], image_request: Any, kept: bytes, file: Any
) -> None:
    job = paint_job("ideogram", kind, prompt=prompt, pictures=("one",), **options)

    _outcome, seen = await submitted(Ideogram, job, answer(), shelf=Shelf(one=kept))

    assert (seen[0].method, seen[0].path) == ("POST", f"/ideogram/{kind}")
    assert seen[0].headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert seen[0].headers["Authorization"] == "Bearer the-key"
    parts = dict(seen[0].body)
    assert parts.pop("image_file") == file
    assert {name: json.loads(text) for name, text in parts.items()} == (
        {} if image_request is None else {"image_request": image_request}
    )


async def test_large_pictures_go_whole_in_forms() -> None:
    large = picture((1500, 1000), noise=True)
    assert len(large) > 1_500_000
    job = paint_job("ideogram", "describe", pictures=("one",))

    _outcome, seen = await submitted(Ideogram, job, answer(), shelf=Shelf(one=large))

    assert seen[0].body["image_file"][2] == large


async def test_several_pictures_come_with_their_facts() -> None:
    two = image(url="https://i.example/2.png", seed=13)
    job = paint_job("ideogram", "generate", model="V_2")

    outcome, _seen = await submitted(Ideogram, job, answer(image(prompt="a cat, oil", style_type="DESIGN"), two))

    assert isinstance(outcome, Finished)
    result = outcome.result
    assert (result.image_url, result.more) == (
        "https://i.example/1.png",
        (ResultImage(image_url="https://i.example/2.png"),),
    )
    assert result.facts == {"seed": "12", "resolution": "1024x1024", "model": "V_2", "style": "DESIGN"}
    assert result.final_prompt == "a cat, oil"


async def test_an_unchanged_prompt_is_no_final_prompt() -> None:
    outcome, _seen = await submitted(Ideogram, paint_job("ideogram", "generate"), answer())

    assert isinstance(outcome, Finished)
    assert outcome.result.final_prompt == ""


@pytest.mark.parametrize("unsafe", [UNSAFE, UNSAFE | {"url": None}, image(is_image_safe=False)])
async def test_what_the_safety_check_held_back_is_told(unsafe: dict[str, Any]) -> None:
    outcome, _seen = await submitted(Ideogram, paint_job("ideogram", "generate"), answer(unsafe))

    assert outcome == Failed("", FailureKind.POLICY)


@pytest.mark.parametrize("safe", ["unknown", None, 7, {}])
async def test_what_the_safety_check_says_in_other_words_holds_nothing_back(safe: Any) -> None:
    job = paint_job("ideogram", "generate")

    outcome, _seen = await submitted(Ideogram, job, answer(image(is_image_safe=safe)))

    assert isinstance(outcome, Finished)


async def test_some_of_several_held_back_leave_the_rest() -> None:
    outcome, _seen = await submitted(Ideogram, paint_job("ideogram", "generate"), answer(UNSAFE, image(), UNSAFE))

    assert isinstance(outcome, Finished)
    assert (outcome.result.image_url, outcome.result.more) == ("https://i.example/1.png", ())
    assert outcome.result.facts["held back by the safety check"] == "2 of 3"


@pytest.mark.parametrize(
    "answer_",
    [
        {"descriptions": [{"text": "a red\n cat"}, {"text": " "}, {"text": "a blue dog"}]},
        {"created": "now", "data": [{"prompt": "a red cat", "url": ""}, {"prompt": "a blue dog"}]},
        {"descriptions": [{"text": "a red cat"}, {"text": "a blue dog"}], "created": "now", "data": []},
    ],
)
async def test_descriptions_are_read_where_they_stand(answer_: dict[str, Any]) -> None:
    job = paint_job("ideogram", "describe", prompt="", pictures=("one",))

    outcome, _seen = await submitted(Ideogram, job, answer_, shelf=Shelf(one=ONE))

    assert isinstance(outcome, Finished)
    assert outcome.result.text == "1️⃣ a red cat\n\n2️⃣ a blue dog"
    assert parse_describe_text(outcome.result.text).prompts == ("a red cat", "a blue dog")


@pytest.mark.parametrize(
    "answer_", [{"created": 1, "data": []}, {}, {"data": "none"}, answer(image(url="")), {"data": [1]}]
)
async def test_nothing_is_told_as_nothing(answer_: Any) -> None:
    outcome, _seen = await submitted(Ideogram, paint_job("ideogram", "generate"), answer_)

    assert isinstance(outcome, Uncertain | Finished)
    assert not isinstance(outcome, Finished) or outcome.result.is_empty


REFUSALS = [
    (
        Reply({"error": {"message": "Prompt failed"}}, 422),
        Refused(Failure(kind=FailureKind.POLICY, detail="Prompt failed")),
    ),
    (Reply(b"", 422), Refused(Failure(kind=FailureKind.POLICY))),
    (
        Reply({"error": {"message": "rejected by the safety system", "code": "content_policy_violation"}}, 400),
        Refused(
            Failure(kind=FailureKind.POLICY, detail="rejected by the safety system content_policy_violation"),
        ),
    ),
    (
        Reply({"error": {"message": "num_images is wrong"}}, 400),
        Refused(Failure(kind=FailureKind.INVALID, detail="num_images is wrong")),
    ),
    (Reply({"error": {"message": "too many"}}, 429), Busy(Wait.QUEUE_FULL, 15.0)),
    (Reply(b"", 429, {"Retry-After": "3"}), Busy(Wait.QUEUE_FULL, 3.0)),
    (Reply({"error": {"message": "bad key"}}, 401), Busy(Wait.KEY, 60.0)),
    (Reply(b"404 page not found", 404), Refused(Failure(kind=FailureKind.UNSUPPORTED))),
    (
        Reply({"error": {"message": "no available channel", "code": "model_not_found"}}, 503),
        Refused(Failure(kind=FailureKind.UNSUPPORTED)),
    ),
    (Reply({"error": {"message": "it broke"}}), Refused(Failure(kind=FailureKind.RELAY, detail="it broke"))),
]


@pytest.mark.parametrize(("refusal", "expected"), REFUSALS, ids=[str(at) for at in range(len(REFUSALS))])
async def test_refusals_are_told_as_what_they_are(refusal: Reply, expected: Any) -> None:
    outcome, seen = await submitted(Ideogram, paint_job("ideogram", "generate"), refusal)

    assert outcome == expected
    assert len(seen) == 1


@pytest.mark.parametrize("trouble", [Fault.RESET, Fault.CUT, Reply(b"oops", 502), Reply({}, 500), Reply(["odd"])])
async def test_what_may_have_been_paid_is_never_sent_again(trouble: Any) -> None:
    outcome, seen = await submitted(Ideogram, paint_job("ideogram", "generate"), trouble)

    assert isinstance(outcome, Uncertain)
    assert len(seen) == 1


async def test_silence_is_uncertain_after_a_long_while(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAINT_TIME_LIMIT_S == 300.0
    monkeypatch.setattr("bot.relay.ideogram.PAINT_TIME_LIMIT_S", 0.05)

    for kind in ("generate", "describe"):
        job = paint_job("ideogram", kind, pictures=("one",))
        outcome, seen = await submitted(Ideogram, job, Fault.STALL, shelf=Shelf(one=ONE))

        assert isinstance(outcome, Uncertain)
        assert len(seen) == 1


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("generate", {"aspect_ratio": "ASPECT_1_1", "resolution": "RESOLUTION_512_512"}, "either a shape or"),
        ("generate", {"num_images": 9}, r"num\_images cannot be 9."),
        ("generate", {"seed": "x"}, "seed cannot be 'x'."),
        ("remix", {"image_weight": 0}, r"image\_weight cannot be 0."),
        ("upscale", {"detail": 101}, "detail cannot be 101."),
        ("remix", {}, "This needs a picture."),
    ],
)
async def test_what_cannot_be_is_refused_before_it_is_sent(kind: str, options: dict[str, Any], words: str) -> None:
    outcome, seen = await submitted(Ideogram, paint_job("ideogram", kind, **options), answer())

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.RULE
    assert words in outcome.failure.detail
    assert seen == []


async def test_there_is_no_task_to_look_at() -> None:
    job = paint_job("ideogram", "generate")

    async with ScriptedRelay.serving({}) as relay, opened(Ideogram, relay, Shelf()) as engine:
        assert await engine.look([job]) == {job.id: Missing()}

    assert relay.seen == []


# What all of these engines have in common.


async def test_lost_submits_cannot_be_looked_up() -> None:
    job = paint_job("ideogram", "generate")

    async with ScriptedRelay.serving({}) as relay, opened(Ideogram, relay, Shelf()) as engine:
        assert await engine.find(job) == NoList()
        assert await engine.recognise(job, "7") == NotListed()

    assert relay.seen == []


async def test_the_seed_came_with_the_result() -> None:
    job = paint_job("ideogram", "generate")

    async with ScriptedRelay.serving({}) as relay, opened(Ideogram, relay, Shelf()) as engine:
        assert await engine.seed(job.with_(result=Result(facts={"seed": "12"}))) == "12"
        for without in (None, Result()):
            with pytest.raises(RelayError):
                await engine.seed(job.with_(result=without))


async def test_refusals_before_the_call_are_in_the_members_language() -> None:
    job = paint_job("ideogram", "remix").with_(actor=Actor(901, "zh-CN"))

    outcome, _seen = await submitted(Ideogram, job, answer())

    assert isinstance(outcome, Refused)
    assert not outcome.failure.detail.isascii()


async def test_requests_for_another_engine_are_a_mistake_of_ours() -> None:
    async with ScriptedRelay.serving({}) as relay, opened(Ideogram, relay, Shelf()) as engine:
        for job in (paint_job("kling", "imagine"), paint_job("ideogram", "dance"), make_job()):
            with pytest.raises(TypeError):
                await engine.submit(job)
