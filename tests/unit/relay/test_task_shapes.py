"""Tasks, lists and pictures in shapes of their own.

Sources of the shapes: docs/relay.md 3, 4, 5 and 11 (new-api, midjourney-proxy, evolink, apimart, jimeng-api).
"""

from typing import Any

import pytest
from yarl import URL

from bot.domain.addresses import at_relay, is_open_to_all, resolved
from bot.domain.job import Failure, FailureKind, JobStatus
from bot.domain.outcomes import (
    Failed,
    Missing,
    Observation,
    Succeeded,
    Unread,
    Working,
)
from bot.errors import RelayUnclearError
from bot.relay.midjourney import LIST_TRIES, NO_LIST_FOR_S
from bot.relay.midjourney_models import read_task
from bot.ui.text.job_lines import failure_sentence
from tests.support.loopback import Fault, Reply, ScriptedRelay, Seen
from tests.support.makers import TASK, make_job, picture, png_url
from tests.support.painting import Shelf
from tests.support.relay_calls import midjourney, task


@pytest.mark.parametrize("status", [" success ", "Complete", "finished", "OK", "已完成", "成功", "ready"])
def test_a_finished_task_is_known_by_any_word_for_it(status: str) -> None:
    seen = seen_as(status=status)

    assert isinstance(seen, Succeeded)
    assert seen.settled


@pytest.mark.parametrize("status", ["失败", "任务失败", "Time Out", "cancelled by user", "aborted", "expired"])
def test_a_failed_task_is_known_by_any_word_for_it(status: str) -> None:
    assert seen_as(status=status) == Failed("")


@pytest.mark.parametrize("status", ["NSFW", "审核不通过", "flagged"])
def test_a_task_that_is_held_back_is_known_by_any_word_for_it(status: str) -> None:
    assert seen_as(status=status) == Failed("", FailureKind.POLICY)


def seen_as(**changes: Any) -> Observation:
    read = read_task(task(failReason="", imageUrl="https://i.example/1.png") | changes)
    assert read is not None
    return read.observation()


BYTES = png_url(picture(noise=True))


@pytest.mark.parametrize(
    "address",
    [
        {"url": "https://i.example/1.png"},
        ["https://i.example/1.png", "https://i.example/2.png"],
        '["https://i.example/1.png"]',
        "https://i.example/1.png,https://i.example/2.png",
        "![picture](https://i.example/1.png)",
        "<img src='https://i.example/1.png'>",
        "//i.example/1.png",
    ],
    ids=str,
)
async def test_a_picture_is_found_in_every_form_of_its_address(address: Any) -> None:
    seen, _shelf = await look_at({"imageUrl": address})

    assert isinstance(seen, Succeeded)
    assert (seen.result.image_url, seen.settled) == ("https://i.example/1.png", True)


@pytest.mark.parametrize(
    "address",
    [
        BYTES.replace("data:", "DATA:"),
        BYTES.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        BYTES.partition(",")[2],
        "data:image/png;charset=utf-8;base64,\n" + BYTES.partition(",")[2],
        BYTES[: len("data:image/png;base64,") + 2001],
    ],
    ids=["loud", "url-encoded", "bare", "lines", "cut off"],
)
async def test_bytes_are_read_in_every_form_of_their_address(address: str) -> None:
    seen, made = await look_at({"imageUrl": address})

    assert isinstance(seen, Succeeded)
    assert seen.result.picture is not None
    assert made[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["url", "image", "images", "imageUrls", "result", "output"])
async def test_a_paid_success_whose_picture_stands_elsewhere_is_not_empty(name: str) -> None:
    seen, _shelf = await look_at({"imageUrl": "", name: ["https://i.example/1.png"]})

    assert isinstance(seen, Succeeded)
    assert seen.result.image_url == "https://i.example/1.png"
    assert not seen.settled  # the relay's next copy may have it in its own place


async def look_at(changes: Any) -> tuple[Observation, list[bytes]]:
    job, shelf = make_job(), Shelf()
    async with ScriptedRelay.serving([task(id=TASK) | changes]) as relay, midjourney(relay) as engine:
        engine._pictures = shelf
        return (await engine.look([job]))[job.id], list(shelf.made.values())


async def test_an_older_copy_of_a_task_hides_its_end_nowhere() -> None:
    job = make_job()
    rows = [task(id=TASK), task(id=TASK, status="IN_PROGRESS")]
    async with ScriptedRelay.serving(rows) as relay, midjourney(relay) as engine:
        assert isinstance((await engine.look([job]))[job.id], Succeeded)


@pytest.mark.parametrize(
    "text",
    [
        "Your prompt may violate our policies",
        "Prompt blocked",
        "flagged",
        "Trust & Safety",
        "該提示詞被封鎖",
        "违反社区规定",
        "プロンプトが禁止されています",
        "Изображение отклонено модераторами",
        "이미지가 정책에 위반됩니다",
        "Conteúdo bloqueado",
    ],
)
def test_moderation_is_understood_in_every_language(text: str) -> None:
    assert seen_as(status="FAILURE", failReason=text) == Failed(text, FailureKind.POLICY)


@pytest.mark.parametrize(
    "text", ["null", "任务执行失败", "生成失败\uff0c请重试", "[object Object]", "Unknown error", "失败"]
)
def test_a_reason_that_says_nothing_is_not_shown(text: str) -> None:
    job = make_job(JobStatus.FAILED, failure=Failure(kind=FailureKind.RELAY, detail=text))

    assert failure_sentence(job).render() == "The relay could not finish this and gave no reason. You can try again."


@pytest.mark.parametrize(
    "text",
    [
        "&lt;html&gt;&lt;body&gt;bad",
        'Traceback (most recent call last):\n  File "/app/x.py"',
        "<?xml version='1'?><Error/>",
    ],
)
def test_no_source_of_a_page_or_program_is_shown(text: str) -> None:
    job = make_job(JobStatus.FAILED, failure=Failure(kind=FailureKind.RELAY, detail=text))

    assert failure_sentence(job).render().startswith("The relay has problems")


# Lists.


def many(*ids: str, **changes: Any) -> list[Any]:
    return [task(id=one, status="IN_PROGRESS", progress="31%", imageUrl="", **changes) for one in ids]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tasks: tasks,
        lambda tasks: {"data": tasks},
        lambda tasks: {"code": 1, "result": tasks},
        lambda tasks: {"code": 0, "data": {"list": tasks, "total": 2}},
        lambda tasks: {"data": {"records": tasks, "current": 1, "pages": 1}},
        lambda tasks: {"page": {"content": tasks}},
        lambda tasks: {"items": tasks, "next": None},
        lambda tasks: {one["id"]: one for one in tasks},
    ],
)
async def test_a_list_is_read_in_every_wrapping(wrap: Any) -> None:
    jobs = [make_job(task_id=one) for one in ("1", "2")]
    async with ScriptedRelay.serving(wrap(many("1", "2"))) as relay, midjourney(relay) as engine:
        seen = await engine.look(jobs)

    assert list(seen.values()) == [Working(31), Working(31)]
    assert len(relay.seen) == 1


LISTS = [
    Reply(b"404 page not found", 404),
    Reply(b"<html>oops</html>"),
    Reply({"error": "x"}, 500),
    Reply(b"", 501),
    {"code": 4, "description": "bad ids"},
    {},
    None,
    Reply(b"null"),
    Fault.CUT,
]


@pytest.mark.parametrize("answer", LISTS, ids=str)
async def test_a_list_that_fails_falls_back_to_single_looks(answer: Any) -> None:
    jobs = [make_job(task_id=str(number)) for number in range(20)]

    def route(seen: Seen) -> Any:
        return answer if seen.method == "POST" else many(seen.path.split("/")[-2])[0]

    async with ScriptedRelay.serving(route) as relay, midjourney(relay) as engine:
        first = second = await engine.look(jobs)
        for _time in range(LIST_TRIES + 1):
            second = await engine.look(jobs)
        engine._clock.pass_by(NO_LIST_FOR_S + 1)  # type: ignore[attr-defined]
        await engine.look(jobs)

    assert set(first) == set(second) == {job.id for job in jobs}
    assert set(map(repr, [*first.values(), *second.values()])) == {repr(Working(31))}
    is_left_alone = [seen.method for seen in relay.seen].count("POST") == LIST_TRIES + 1
    assert is_left_alone is (answer in (LISTS[0], LISTS[4], Fault.CUT))


async def test_a_relay_that_is_down_is_not_asked_for_every_task() -> None:
    jobs = [make_job(task_id=str(number)) for number in range(60)]
    async with ScriptedRelay.serving(Reply(b"oops", 502)) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayUnclearError):
            await engine.look(jobs)

    assert len(relay.seen) < 10


async def test_what_a_list_leaves_out_is_looked_at_by_itself() -> None:
    jobs = [make_job(task_id=one) for one in ("1", "2", "3", "4")]

    def route(seen: Seen) -> Any:
        if seen.method == "POST":
            return many("1")
        return {"2": many("2")[0], "3": Reply(b""), "4": Reply(b"oops", 500)}[seen.path.split("/")[-2]]

    async with ScriptedRelay.serving(route) as relay, midjourney(relay) as engine:
        seen = await engine.look(jobs)

    assert [seen[job.id] for job in jobs] == [Working(31), Working(31), Missing(), Unread()]


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"code": 1, "data": one}, lambda one: [one]])
async def test_a_single_task_is_read_in_every_wrapping(wrap: Any) -> None:
    async with ScriptedRelay.serving(wrap(many(TASK)[0])) as relay, midjourney(relay) as engine:
        assert await engine.fetch(make_job(task_id=TASK)) == Working(31)


# Pictures that stand elsewhere.


BASE = URL("https://relay.example/gate")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:3000/mj/image/1?rand=2", "https://relay.example/gate/mj/image/1?rand=2"),
        ("http://127.0.0.1/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("http://10.0.0.7:8080/a.png", "https://relay.example/gate/a.png"),
        ("http://[::1]/a.png", "https://relay.example/gate/a.png"),
        ("http://new-api:3000/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("http://minio.internal/a.png", "https://relay.example/gate/a.png"),
        ("/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("/gate/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("https://cdn.example/a.png?ex=1&hm=2", "https://cdn.example/a.png?ex=1&hm=2"),
        ("https://relay.example/x.png", "https://relay.example/x.png"),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_addresses_are_resolved_against_the_relay(address: str, found: str) -> None:
    assert resolved(address, BASE) == found


def test_the_same_path_is_tried_at_the_relay_and_never_its_own_again() -> None:
    assert at_relay("https://dead.example/mj/image/1?a=b", BASE) == "https://relay.example/gate/mj/image/1?a=b"
    assert at_relay("https://relay.example/mj/image/1", BASE) == ""


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("https://cdn.example/a.png", True),
        ("http://8.8.8.8/a.png", True),
        ("http://localhost:3000/a.png", False),
        ("http://192.168.1.4/a.png", False),
        ("http://relay/a.png", False),
        ("http://minio.svc/a.png", False),
        ("data:image/png;base64,AAAA", False),
        ("", False),
    ],
)
def test_only_what_members_can_open_is_a_link(address: str, is_open: bool) -> None:
    assert is_open_to_all(address) is is_open


async def test_a_picture_that_stands_in_the_answer_is_kept() -> None:
    png = picture()
    job = make_job(task_id=TASK)
    answer = [task(id=TASK, imageUrl=png_url(png))]
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        seen = (await engine.look([job]))[job.id]
        assert isinstance(seen, Succeeded)
        assert seen.result.image_url == ""
        assert await engine._pictures.read(seen.result.picture or "") == png


@pytest.mark.parametrize("address", ["data:image/png;base64,####", "data:image/png", "file:///x", "data:,"])
async def test_a_success_whose_picture_cannot_be_had_is_waited_for(address: str) -> None:
    job = make_job(task_id=TASK)
    async with ScriptedRelay.serving([task(id=TASK, imageUrl=address)]) as relay, midjourney(relay) as engine:
        seen = (await engine.look([job]))[job.id]

    assert isinstance(seen, Succeeded | Working)
    assert not (isinstance(seen, Succeeded) and seen.settled and not seen.result.picture)
