"""Relays whose paths know no speeds: fast is what they have, another speed is a clear no."""

import pytest

from bot.domain.job import Failure, FailureKind
from bot.domain.outcomes import Accepted, Refused
from bot.domain.requests import Imagine, Mode, Shorten
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import TASK, make_job
from tests.support.relay_calls import midjourney
from tests.unit.relay.test_midjourney import OK

NO_PATH = Reply({"status": 404, "error": "Not Found", "path": "/mj-fast/mj/submit/imagine"}, 404)


async def test_a_relay_without_speeds_is_asked_without_the_word_fast_from_then_on() -> None:
    job = make_job(request=Imagine(prompt="a cat"), mode=Mode.FAST, task_id=None)

    async with ScriptedRelay.serving(NO_PATH, OK, OK, {"code": 1, "result": "7"}) as relay, midjourney(relay) as engine:
        outcomes = [await engine.submit(job) for _time in range(2)]
        await engine.seed(make_job(mode=Mode.FAST))

    plain = "/mj/submit/imagine"
    assert outcomes == [Accepted("1")] * 2
    assert [seen.path for seen in relay.seen] == [f"/mj-fast{plain}", plain, plain, f"/mj/task/{TASK}/image-seed"]


@pytest.mark.parametrize("mode", [Mode.RELAX, Mode.TURBO])
async def test_a_speed_that_a_relay_lacks_is_never_exchanged_for_another_one(mode: Mode) -> None:
    job = make_job(request=Imagine(prompt="a cat"), mode=mode, task_id=None)

    async with ScriptedRelay.serving(NO_PATH, OK) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(job)

    assert (outcome, len(relay.seen)) == (Refused(Failure(kind=FailureKind.UNSUPPORTED, detail=mode)), 1)


@pytest.mark.parametrize("mode", Mode)
async def test_an_operation_that_a_relay_with_speeds_lacks_is_asked_for_once(mode: Mode) -> None:
    requests = (Imagine(prompt="a"), Shorten(prompt="a"))
    jobs = [make_job(request=request, mode=mode, task_id=None) for request in requests]

    async with ScriptedRelay.serving(OK, NO_PATH, OK) as relay, midjourney(relay) as engine:
        outcomes = [await engine.submit(job) for job in jobs]

    assert outcomes == [Accepted("1"), Refused(Failure(kind=FailureKind.UNSUPPORTED))]
    assert [seen.path for seen in relay.seen] == [f"/mj-{mode}/mj/submit/imagine", f"/mj-{mode}/mj/submit/shorten"]
