"""The relay lets us down in every known way, once for each: what members see, and what was paid."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.message_view import Message, faces
from tests.crash.impatient import ImpatientBot
from tests.crash.judge import Ledgers, judge, unsettled
from tests.e2e.studio import CAT, Ordered, Studio, open_studio

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 100.0
LIMIT_S = 1.5  # of a submit and of a look, in this module
OUTAGE_S = 600.0
IMAGINE, LIST = "/mj/submit/imagine", "/mj/task/list-by-condition"
HTML = "<html><body>Bad gateway</body></html>"
UNCERTAIN = [["Why?", "Look again", "Send again (may be charged twice)", "Give up"]]
ENDLESS = 10_000  # times
STILL = 0.001  # of its pace
HUGE = 50_000_000  # bytes
MOST_GROWTH = 30_000_000  # bytes, above what the bot needs anyway

Fault = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    folder, settings = tmp_path_factory.mktemp("relay"), {"LIMIT_S": f"{LIMIT_S}"}
    async with open_studio(folder, speed=SPEED, env=settings, make_bot=ImpatientBot) as opened:
        await opened.result(await opened.imagine())  # painted once for all
        yield opened
        opened.clear_faults()
        await opened.eventually(lambda: not unsettled(opened.database), "all settled")
        assert judge(Ledgers.of(opened.sandbox)).problems == []


@pytest.fixture(autouse=True)
def _mended(studio: Studio) -> None:
    studio.clear_faults()
    studio.relay.offers_task_list = False


async def sent(studio: Studio, fault: Fault) -> Ordered:
    """A job whose submit goes wrong like this."""
    studio.relay_fault("POST", IMAGINE, **fault)
    job = await studio.imagine()
    await studio.eventually(lambda: studio.submits(job.id), "the submit")
    return job


@asynccontextmanager
async def working(studio: Studio, prompt: str = CAT) -> AsyncIterator[tuple[Ordered, dict[str, Any]]]:
    """A running job and its task, which gets no further until the block, in which faults are made, has ended."""
    studio.let_relay_work(STILL)
    job = await studio.imagine(prompt)
    yield job, await studio.running(job)
    studio.let_relay_work(1.0)


async def looked_at(studio: Studio, *answers: Any) -> Ordered:
    """A running job whose next looks are answered like this; `TASK` stands for its id."""
    async with working(studio) as (job, task):
        for answer in answers:
            body = [entry | {"id": task["id"]} if entry.get("id") == "TASK" else entry for entry in answer]
            studio.relay_fault("POST", LIST, status=200, body=body)
    return job


async def uncertain(studio: Studio, job: Ordered) -> Message:
    """The card of a job of which nobody knows whether it was paid; it was sent once."""
    card = await studio.shows(job, "(Unknown outcome)")
    assert faces(card) == UNCERTAIN
    assert len(studio.submits(job.id)) == 1
    return card


def charges(studio: Studio, job: Ordered) -> int:
    """What was paid for a job."""
    return sum(task["charged"] for task in studio.tasks(job.id))


# Submits.


@pytest.mark.parametrize(("headers", "wait_s"), [({"Retry-After": "200"}, 200.0), ({}, 15.0)], ids=["told", "not told"])
async def test_a_relay_that_has_enough_is_left_alone_and_asked_again(
    studio: Studio, headers: dict[str, str], wait_s: float
) -> None:
    job = await sent(studio, {"status": 429, "body": {"message": "slow down"}, "headers": headers})

    await studio.result(job)

    first, second = studio.submits(job.id)
    assert (first.status, second.status) == (429, 200)
    assert second.at - first.at >= wait_s / SPEED
    if wait_s / SPEED >= 2:
        assert any(
            "(Waiting: the relay's queue is full)" in stage["content"] for stage in studio.states(job.card["id"])
        )
    assert charges(studio, job) == 1


async def test_every_accident_during_a_submit_is_told_and_not_repeated(studio: Studio) -> None:
    faults: list[Fault] = [
        {"status": 500},
        {"status": 501, "body": HTML},
        {"status": 502, "body": {"message": "bad gateway"}},
        {"status": 503, "body": HTML},
        {"status": 504, "body": {"error": {"message": f"upstream timed out: {CAT}"}}},
        {"status": 200, "body": []},
        {"status": 200, "body": "OK"},
        {"status": 200, "body": {"code": None, "result": "17"}},
        {"status": 200, "body": {"code": 1, "result": {"id": "17"}}},
        {"status": 200, "body": {"code": 22, "result": [17]}},
        {"status": 200, "body": b" " * HUGE},
    ]

    jobs = [await sent(studio, fault) for fault in faults]

    for job in jobs:
        await uncertain(studio, job)
        assert studio.units(job) == "reserved"
        assert charges(studio, job) == 0


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 502, "body": HTML, "takes_effect": True}])
async def test_an_answer_lost_after_the_charge_is_found_where_the_relay_lists_its_tasks(
    studio: Studio, fault: Fault
) -> None:
    studio.relay.offers_task_list = True

    job = await sent(studio, fault)

    await studio.result(job)
    assert (len(studio.submits(job.id)), charges(studio, job)) == (1, 1)


async def test_a_relay_that_takes_a_submit_and_never_answers_is_asked_for_it_later(studio: Studio) -> None:
    job = await sent(studio, {"delay_s": 2 * LIMIT_S})
    card = await uncertain(studio, job)
    await studio.eventually(lambda: studio.tasks(job.id), "the relay is done with it at last")
    studio.relay.offers_task_list = True

    await studio.click(card, "Look again")

    await studio.result(job)
    assert (len(studio.submits(job.id)), charges(studio, job)) == (1, 1)


# Looks.


async def test_a_look_that_is_never_answered_costs_no_job(studio: Studio) -> None:
    async with working(studio, f"{CAT} --sandbox-queued") as (job, _task):
        studio.relay_fault("POST", LIST, delay_s=1.5 * LIMIT_S)

    await studio.result(job)

    assert charges(studio, job) == 1


async def test_lists_of_wrong_types_cost_no_job(studio: Studio) -> None:
    odd = {"status": ["SUCCESS"], "buttons": "none", "properties": [], "progress": {}, "imageUrl": 7, "failReason": []}
    # Of a slow one, as single looks would have it done before all lists were met.
    async with working(studio, f"{CAT} --sandbox-slow") as (job, task):
        bodies = [{"a": 1}, "text", 7, None, [[]], [None, "x", 7], [{"id": None}], [{"id": task["id"]} | odd]]
        for body in bodies:
            studio.relay_fault("POST", LIST, status=200, body=body)

    await studio.result(job)

    assert [fault.times for fault in studio.relay.wire.faults] == [0] * len(bodies)
    assert charges(studio, job) == 1


async def test_strangers_and_repetitions_in_a_list_change_nothing(studio: Studio) -> None:
    stranger = {"id": "9999999999999999", "status": "SUCCESS", "imageUrl": "https://example.com/a.png", "buttons": []}
    own = {"id": "TASK", "status": "IN_PROGRESS", "progress": "46%"}

    job = await looked_at(studio, [stranger, own, own, stranger], [stranger, stranger])
    await studio.result(job)

    assert charges(studio, job) == 1


async def test_a_task_that_lists_leave_out_is_asked_for_by_itself(studio: Studio) -> None:
    async with working(studio, f"{CAT} --sandbox-queued") as (job, task):
        studio.relay_fault("POST", LIST, status=200, body=[], times=ENDLESS)

    await studio.result(job)

    assert any(request.path == f"/mj/task/{task['id']}/fetch" for request in studio.relay.wire.requests)


async def test_a_task_that_the_relay_denies_at_last_is_told(studio: Studio) -> None:
    unknown = {"description": "task_no_found", "type": "upstream_error", "code": 4}
    async with working(studio, f"{CAT} --sandbox-fail") as (job, _task):
        studio.relay_fault("POST", LIST, status=200, body=[], times=ENDLESS)
        studio.relay_fault("GET", "/mj/task/*/fetch", status=400, body=unknown, times=ENDLESS)

    card = await studio.shows(job, "(Lost at the relay)")

    assert faces(card) == [["Why?", "Look again"]]
    assert "may have been charged" in (await studio.press(card, "Why?"))["content"]


async def test_a_status_that_goes_back_does_not_end_a_job(studio: Studio) -> None:
    steps = [("IN_PROGRESS", "62%"), ("SUBMITTED", "0%"), ("NOT_START", ""), ("", None), ("IN_PROGRESS", "31%")]

    job = await looked_at(studio, *([{"id": "TASK", "status": word, "progress": done}] for word, done in steps))
    await studio.result(job)

    assert charges(studio, job) == 1


async def test_a_success_whose_picture_comes_later_is_waited_for(studio: Studio) -> None:
    job = await looked_at(studio, [{"id": "TASK", "status": "SUCCESS", "progress": "100%"}])

    await studio.result(job)

    assert charges(studio, job) == 1


async def test_a_success_whose_picture_never_comes_is_told(studio: Studio) -> None:
    async with working(studio, f"{CAT} --sandbox-fail") as (job, task):  # as good as refunded
        empty = {"id": task["id"], "status": "SUCCESS", "progress": "100%", "imageUrl": None, "buttons": None}
        studio.relay_fault("POST", LIST, status=200, body=[empty], times=ENDLESS)

    card = await studio.shows(job, "(Done, but nothing arrived)")

    assert faces(card) == [["Why?", "Look again"]]
    assert "done and charged" in (await studio.press(card, "Why?"))["content"]


async def test_fifty_megabytes_of_json_are_refused_without_being_held(studio: Studio) -> None:
    body = b"[" + b" " * HUGE + b"]"
    async with working(studio, f"{CAT} --sandbox-queued --sandbox-slow") as (job, _task):
        before = peak_memory(studio, is_new=True)
        studio.relay_fault("POST", LIST, status=200, body=body)
        studio.relay_fault("POST", LIST, status=200, body=gzip.compress(body), headers={"Content-Encoding": "gzip"})

    await studio.eventually(lambda: not any(fault.times for fault in studio.relay.wire.faults), "the looks")
    await studio.result(job)

    assert peak_memory(studio) - before < MOST_GROWTH


# All of it.


async def test_ten_minutes_of_silence_lose_nothing(studio: Studio) -> None:
    running = [await studio.imagine(f"{CAT} --sandbox-queued", user=user) for user in ("ana", "ben", "mia")]
    for job in running:
        await studio.running(job)
    told = studio.log().count("relay outage begins")
    port = int(studio.relay.base_url.rpartition(":")[2])
    await studio.relay.stop()
    silence = asyncio.create_task(asyncio.sleep(OUTAGE_S / SPEED), name="silence")
    waiting = [await studio.imagine(user=user) for user in ("ana", "ben")]

    for job in waiting:
        await studio.shows(job, "(Waiting: the relay cannot be reached)")
    await silence
    await studio.relay.start(port)

    for job in (*running, *waiting):
        await studio.result(job)
        assert charges(studio, job) == 1
    assert studio.log().count("relay outage begins") == told + 1


async def test_a_key_that_is_revoked_stops_what_costs_and_loses_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await studio.imagine(f"{CAT} --sandbox-queued")
    await studio.running(running)
    with monkeypatch.context() as changed:
        changed.setattr(studio.relay, "key", "sk-another")
        waiting = await studio.imagine(user="ben")
        await studio.shows(waiting, "(Waiting: the relay refuses the key)")
        await studio.eventually(
            lambda: any("refuses the key" in message["content"] for message in studio.messages("dm-ana")), "an alert"
        )

    for job in (running, waiting):
        await studio.result(job)
        assert charges(studio, job) == 1


def peak_memory(studio: Studio, *, is_new: bool = False) -> int:
    """The most bytes that the bot has held at once; from now on, if a new measurement begins."""
    process = Path(f"/proc/{studio.bot.pid}")
    if is_new:
        (process / "clear_refs").write_text("5")
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
