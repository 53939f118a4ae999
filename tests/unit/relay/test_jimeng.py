"""Jimeng in the OpenAI format: exact requests, pictures by address and as bytes, refusals."""

import base64
import errno
from typing import Any

import pytest
from typing_extensions import override

from bot.domain.job import Failure, FailureKind, Result, ResultImage, Wait
from bot.domain.outcomes import Busy, Finished, Refused, Uncertain
from bot.relay import result_images
from tests.support.loopback import Fault, Reply
from tests.support.makers import make_settings, picture, png_url
from tests.support.painting import JimengMaker, Shelf, jimeng_with, paint_job, submitted

ONE, TWO = picture(colour="red"), picture(colour="blue")
IN_BASE64 = base64.b64encode(ONE).decode()


jimeng = jimeng_with("jimeng-9", "jimeng-8")


def answer(*data: dict[str, Any]) -> dict[str, Any]:
    return {"created": 1, "data": list(data or [{"url": "https://i.example/1.png"}])}


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({}, {"model": "jimeng-9"}),
        ({"model": "jimeng-4.0", "size": "1024*1024", "n": 3}, {"model": "jimeng-4.0", "size": "1024*1024", "n": 3}),
        ({"size": "1024x1024"}, {"model": "jimeng-9", "size": "1024x1024"}),
        ({"size": "2:3", "resolution": "2k"}, {"model": "jimeng-9", "size": "2:3", "resolution": "2k"}),
        ({"ratio": "16:9", "watermark": False}, {"model": "jimeng-9", "ratio": "16:9", "watermark": False}),
    ],
)
async def test_generate_goes_as_json(options: dict[str, Any], fields: dict[str, Any]) -> None:
    _outcome, seen = await submitted(jimeng, paint_job("jimeng", "generate", prompt="一只猫", **options), answer())

    assert [(one.method, one.path, one.body) for one in seen] == [
        ("POST", "/v1/images/generations", {"prompt": "一只猫"} | fields)
    ]
    assert seen[0].headers["Authorization"] == "Bearer the-key"


async def test_pictures_to_go_by_are_sent_along() -> None:
    job = paint_job("jimeng", "generate", pictures=("one", "two"))

    _outcome, seen = await submitted(jimeng, job, answer(), shelf=Shelf(one=ONE, two=TWO))

    assert (seen[0].path, seen[0].body["images"]) == ("/v1/images/compositions", [png_url(ONE), png_url(TWO)])


@pytest.mark.parametrize(
    ("way", "path", "parts"),
    [
        ("compositions", "/v1/images/compositions", {"images": [png_url(ONE)]}),
        ("generations", "/v1/images/generations", {"image": [png_url(ONE)]}),
        ("edits", "/v1/images/edits", {"image[]": ("image.png", "image/png", ONE)}),
    ],
)
async def test_pictures_go_where_the_owners_relay_takes_them(way: str, path: str, parts: dict[str, Any]) -> None:
    table = make_settings(jimeng_way=way, jimeng_models="jimeng-9").engines.jimeng.table
    job = paint_job("jimeng", "generate", pictures=("one",), ratio="3:2")

    _outcome, seen = await submitted(JimengMaker(table), job, answer(), shelf=Shelf(one=ONE))

    assert seen[0].path == path
    assert seen[0].body == {"model": "jimeng-9", "prompt": "a cat", "ratio": "3:2"} | parts


async def test_pictures_come_by_address() -> None:
    said = answer(
        {"url": "https://i.example/1.png", "revised_prompt": "a fine cat"}, {"url": "https://i.example/2.png"}
    )

    outcome, _seen = await submitted(jimeng, paint_job("jimeng", "generate", size="2:3"), said)

    assert isinstance(outcome, Finished)
    result = outcome.result
    assert (result.image_url, result.more) == (
        "https://i.example/1.png",
        (ResultImage(image_url="https://i.example/2.png"),),
    )
    assert (result.final_prompt, result.facts) == ("a fine cat", {"resolution": "2:3", "model": "jimeng-9"})


@pytest.mark.parametrize("written", [IN_BASE64, f"data:image/png;base64,{IN_BASE64}"])
async def test_pictures_that_come_as_bytes_are_kept_at_once(written: str) -> None:
    shelf = Shelf()
    job = paint_job("jimeng", "generate")
    said = answer({"b64_json": written}, {"url": "https://i.example/2.png"}, {"b64_json": written, "url": None})

    outcome, _seen = await submitted(jimeng, job, said, shelf=shelf)

    assert isinstance(outcome, Finished)
    assert (outcome.result.image_url, outcome.result.picture) == ("", f"{job.id}.png")
    assert outcome.result.more == (
        ResultImage(image_url="https://i.example/2.png"),
        ResultImage(picture=f"{job.id}-2.png"),
    )
    assert shelf.made == {job.id: ONE, f"{job.id}-2": ONE}
    assert IN_BASE64 not in outcome.result.model_dump_json()


async def test_large_pictures_come_whole_as_bytes() -> None:
    large = ONE + bytes(7_000_000)
    written = base64.b64encode(large).decode()
    assert len(written) > 8 * 1024 * 1024
    shelf, job = Shelf(), paint_job("jimeng", "generate")

    outcome, _seen = await submitted(jimeng, job, answer({"b64_json": written}), shelf=shelf)

    assert isinstance(outcome, Finished)
    assert shelf.made == {job.id: large}


@pytest.mark.parametrize("junk", ["not base64!", base64.b64encode(b"no picture").decode()])
async def test_bytes_that_are_no_picture_are_left_out(junk: str) -> None:
    alone, _seen = await submitted(jimeng, paint_job("jimeng", "generate"), answer({"b64_json": junk}))
    said = answer({"b64_json": junk}, {"url": "https://i.example/2.png"})
    beside, _seen = await submitted(jimeng, paint_job("jimeng", "generate"), said)

    assert alone == Finished(Result())  # paid, and nothing to show
    assert isinstance(beside, Finished)
    assert (beside.result.image_url, beside.result.more) == ("https://i.example/2.png", ())


async def test_json_that_is_called_text_is_read() -> None:
    said = Reply(answer(), headers={"Content-Type": "text/plain"})

    outcome, _seen = await submitted(jimeng, paint_job("jimeng", "generate"), said)

    assert isinstance(outcome, Finished)


SIZE = "不支持的参数: size。请使用 ratio 和 resolution 参数控制图像尺寸。"  # jimeng-api, src/api/routes/images.ts
POLICY = "rejected by the safety system: 文本内容未通过审核"


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            Reply({"error": {"message": POLICY, "code": "content_policy_violation"}}, 400),
            Refused(Failure(kind=FailureKind.POLICY, detail=f"{POLICY} content_policy_violation")),
        ),
        (
            Reply({"error": {"message": "content policy", "code": "x"}}, 503),
            Refused(Failure(kind=FailureKind.POLICY, detail="content policy x")),
        ),
        (
            Reply({"error": {"message": "The size is odd", "code": "invalid_size"}}, 400),
            Refused(Failure(kind=FailureKind.INVALID, detail="The size is odd invalid_size")),
        ),
        (Reply({"error": {"message": "Rate limit reached"}}, 429), Busy(Wait.QUEUE_FULL, 15.0)),
        (
            Reply({"error": {"message": "No available channel for it", "code": "model_not_found"}}, 503),
            Refused(Failure(kind=FailureKind.UNSUPPORTED)),
        ),
        (Reply({"error": {"message": "no credit", "code": "insufficient_quota"}}, 429), Busy(Wait.CREDIT, 60.0)),
        (Reply({"error": {"message": "it broke"}}, 200), Refused(Failure(kind=FailureKind.RELAY, detail="it broke"))),
        (
            Reply({"code": -2009, "message": "即梦积分不足", "data": None}, 402),
            Busy(Wait.CREDIT, 60.0),
        ),
        (
            Reply({"code": -2006, "message": "内容由于合规问题已被阻止生成", "data": None}, 400),
            Refused(Failure(kind=FailureKind.POLICY, detail="内容由于合规问题已被阻止生成")),
        ),
        (
            Reply({"code": -1000, "message": SIZE, "data": None}, 500),
            Refused(Failure(kind=FailureKind.INVALID, detail=SIZE)),
        ),
        ({"code": -1000, "message": SIZE, "data": None}, Refused(Failure(kind=FailureKind.INVALID, detail=SIZE))),
        (
            Reply({"code": -2007, "message": "图像生成失败", "data": None}, 500),
            Refused(Failure(kind=FailureKind.RELAY, detail="图像生成失败")),
        ),
        (
            Reply({"code": -1000, "message": "socket hang up", "data": None}, 500),
            Uncertain("HTTP 500", was_answered=True, words="socket hang up"),
        ),
        (answer({"url": ""}), Uncertain("an answer without pictures", was_answered=True)),
        ({"created": 1, "data": []}, Uncertain("an answer without pictures", was_answered=True)),
    ],
    ids=range(15),
)
async def test_answers_without_a_picture_are_told_as_what_they_are(refusal: Any, expected: Any) -> None:
    outcome, seen = await submitted(jimeng, paint_job("jimeng", "generate"), refusal)

    assert outcome == expected
    assert len(seen) == 1


@pytest.mark.parametrize("trouble", [Fault.RESET, Fault.CUT, Reply(b"<html>", 504), Reply(["odd"]), Reply(b"")])
async def test_what_may_have_been_paid_is_never_sent_again(trouble: Any) -> None:
    outcome, seen = await submitted(jimeng, paint_job("jimeng", "generate"), trouble)

    assert isinstance(outcome, Uncertain)
    assert len(seen) == 1


async def test_silence_is_uncertain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.relay.openai_images.PAINT_TIME_LIMIT_S", 0.05)

    outcome, _seen = await submitted(jimeng, paint_job("jimeng", "generate"), Fault.STALL)

    assert isinstance(outcome, Uncertain)


@pytest.mark.parametrize(("prompt", "options"), [(" ", {}), ("a cat", {"n": 11})])
async def test_what_cannot_be_is_refused_before_it_is_sent(prompt: str, options: dict[str, Any]) -> None:
    outcome, seen = await submitted(jimeng, paint_job("jimeng", "generate", prompt=prompt, **options), answer())

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.RULE
    assert seen == []


async def test_bytes_that_are_none_cost_no_other_picture() -> None:
    said = answer({"b64_json": "ééé"}, {"b64_json": IN_BASE64})

    outcome, _seen = await submitted(jimeng, paint_job("jimeng", "generate"), said)

    assert isinstance(outcome, Finished)
    assert outcome.result.more == ()


async def test_bytes_wait_for_room_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_images, "NO_ROOM_PAUSE_S", 0.0)
    shelf, job = FullShelf(), paint_job("jimeng", "generate")

    outcome, seen = await submitted(jimeng, job, answer({"b64_json": IN_BASE64}), shelf=shelf)

    assert isinstance(outcome, Finished)
    assert (shelf.made, len(seen)) == ({job.id: ONE}, 1)


class FullShelf(Shelf):
    """A shelf on a disk that is full twice."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles = 2

    @override
    async def keep_made(self, name: str, data: bytes) -> str:
        self.troubles -= 1
        if self.troubles >= 0:
            raise OSError(errno.ENOSPC, "no space")
        return await super().keep_made(name, data)
