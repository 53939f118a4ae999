"""What keeps a lost job findable, a charged one from being sent another way, and an outage from losing tasks."""

from typing import Any

import pytest
from typing_extensions import override

from bot.domain.job import FailureKind, Job, Wait
from bot.domain.outcomes import Busy, Refused, SubmitOutcome, Uncertain, Unread
from bot.domain.requests import Action, Animate, Button, FaceSwap, Imagine, Shorten
from bot.errors import RelayError, RelayRefusedError, RelayUnclearError
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from tests.support.loopback import Reply, ScriptedRelay, Seen
from tests.support.makers import PICK_2, TASK, UUID, make_action, make_job, picture, png_url
from tests.support.painting import Shelf
from tests.support.ports import ManualClock
from tests.support.relay_calls import midjourney, submit_to, task

OK = {"code": 1, "result": "1"}
NO = {"code": 4, "description": "not supported"}
NO_BASE64 = {"code": 4, "description": "base64 is disabled"}
BUSY = Reply(b"", 429)
CHANGE = Action(prompt="a cat", button=Button(custom_id="change::VARIATION::3"), parent_task_id=TASK)
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO")
WITH_PICTURE = Imagine(prompt="a cat", pictures=("one",))


async def sent(job: Job, *answers: Any) -> tuple[SubmitOutcome, list[Seen]]:
    """What a submit comes to, and all that it sent."""
    async with ScriptedRelay.serving(*answers) as relay, midjourney(relay, one=picture()) as engine:
        return await engine.submit(job), relay.seen


# Whatever way a job goes, it carries our id.


async def test_simple_change_carries_our_mark() -> None:
    job = make_job(request=CHANGE, task_id=None)

    _outcome, seen = await sent(job, NO, OK)

    assert [one.body["state"] for one in seen] == [job.id, job.id]


async def test_imagine_with_addresses_carries_our_mark() -> None:
    job = make_job(request=WITH_PICTURE, task_id=None)

    _outcome, seen = await sent(job, NO_BASE64, {"code": 1, "result": ["https://cdn.example/a.png"]}, OK)

    assert seen[2].body["state"] == job.id


# Other ways, only where nothing was charged.


async def test_pictures_that_get_no_addresses_leave_the_refusal_as_it_was() -> None:
    outcome, seen = await sent(make_job(request=WITH_PICTURE, task_id=None), NO_BASE64, BUSY)

    assert (isinstance(outcome, Refused), len(seen)) == (True, 2)


@pytest.mark.parametrize("answer", [{"code": 24}, {"code": 5}, {"code": 4, "description": "wrong words"}], ids=str)
async def test_change_that_was_refused_for_itself_goes_no_other_way(answer: Any) -> None:
    _outcome, seen = await sent(make_job(request=CHANGE, task_id=None), answer, OK)

    assert len(seen) == 1


async def test_imagine_that_failed_is_not_sent_with_addresses() -> None:
    failed = {"code": 5, "description": "base64 is disabled"}

    outcome, seen = await sent(make_job(request=WITH_PICTURE, task_id=None), failed, OK)

    assert isinstance(outcome, Refused)
    assert (outcome.failure.kind, len(seen)) == (FailureKind.RELAY, 1)


async def test_unclear_answer_to_a_modal_is_of_no_other_task() -> None:
    job = make_job(request=Action(prompt="a cat", button=REGION, parent_task_id=TASK, answer="a dog"), task_id="7")

    outcome, seen = await sent(job, Reply({"code": 77, "description": "submitted to the pool", "result": "99"}, 500))

    assert (isinstance(outcome, Uncertain), len(seen)) == (True, 1)


async def test_pictures_wait_while_the_relay_is_down(closed_port: int) -> None:
    job = make_job(request=Imagine(prompt="a cat", pictures=("one",), references=("--cref",)), task_id=None)

    async with RelayHttp.opened(f"http://127.0.0.1:{closed_port}", {}) as http:
        outcome = await Midjourney(http, Shelf(one=picture()), ManualClock()).submit(job)

    assert isinstance(outcome, Busy)
    assert outcome.wait is Wait.UNREACHABLE


# Looks: what is no task is not a task that is gone.


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (BUSY, RelayRefusedError),
        ({"code": 4, "description": "the account is out of credit"}, RelayError),
        (Reply(b'"please wait"'), RelayUnclearError),
    ],
    ids=["refused", "an error in a success", "words"],
)
async def test_look_that_is_refused_loses_no_task(answer: Any, error: type[Exception]) -> None:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        with pytest.raises(error):
            await engine.fetch(make_job(task_id=TASK))


async def test_list_of_a_full_relay_is_not_followed_by_single_looks() -> None:
    async with ScriptedRelay.serving(BUSY) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayRefusedError):
            await engine.look([make_job(task_id=TASK)])

    assert len(relay.seen) == 1


async def test_search_at_a_full_relay_does_not_say_that_it_has_no_list() -> None:
    async with ScriptedRelay.serving(BUSY) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayRefusedError):
            await engine.find(make_job())


async def test_error_with_a_number_is_no_seed() -> None:
    told = {"code": 4, "description": "wrong", "result": "123456"}
    async with ScriptedRelay.serving(told) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayError):
            await engine.seed(make_job(task_id=TASK))


class FullShelf(Shelf):
    """Has no room for anything."""

    @override
    async def keep_made(self, name: str, data: bytes) -> str:
        raise OSError("disk full")


async def test_picture_that_cannot_be_kept_now_is_looked_at_again() -> None:
    made = task(imageUrl=png_url(picture()))
    async with ScriptedRelay.serving(made) as relay, RelayHttp.opened(relay.url, {}) as http:
        assert await Midjourney(http, FullShelf(), ManualClock()).fetch(make_job(task_id=TASK)) == Unread()


@pytest.mark.parametrize("said", ["无可用的账号实例", "账号不可用: 1118138338562560102"])
@pytest.mark.parametrize("task_id", [None, "77"], ids=["press", "answer"])
async def test_a_named_task_whose_account_is_away_is_waited_for(said: str, task_id: str | None) -> None:
    body = {"code": 3, "description": said, "result": None, "properties": {}}

    outcome, _relay = await submit_to(body, make_action(PICK_2.custom_id, task_id=task_id))

    assert isinstance(outcome, Busy)


async def test_a_film_that_is_gone_cannot_be_made_longer() -> None:
    job = make_job(request=Animate(prompt="more", extends="7"), task_id=None)

    outcome, _relay = await submit_to({"code": 3, "description": "目标任务不存在", "result": None}, job)

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.FORGOTTEN


@pytest.mark.parametrize(
    "said", ["This token has no access to model mj_shorten (request id: 7)", "该令牌无权访问模型 mj_shorten"]
)
async def test_a_model_that_a_key_may_not_use_is_no_trouble_of_the_key(said: str) -> None:
    body = Reply({"error": {"message": said, "type": "new_api_error"}}, 403)

    outcome, _relay = await submit_to(body, make_job(request=Shorten(prompt="a cat"), task_id=None))

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.UNSUPPORTED


async def test_a_key_without_any_model_is_trouble_of_the_key() -> None:
    body = Reply({"error": {"message": "This token has no access to any models", "type": "new_api_error"}}, 403)

    outcome, _relay = await submit_to(body, make_job(task_id=None))

    assert isinstance(outcome, Busy)
    assert outcome.wait is Wait.KEY


@pytest.mark.parametrize("status", [200, 502, 504])
async def test_a_face_swap_whose_upstream_said_nothing_is_of_unknown_outcome(status: int) -> None:
    # Source: QuantumNous/new-api, service/midjourney.go (DoMidjourneyHttpRequest).
    body = Reply({"code": 5, "description": "empty_response_body", "properties": None, "result": ""}, status)
    job = make_job(request=FaceSwap(pictures=("a", "b")), task_id=None)

    async with ScriptedRelay.serving(body) as relay, midjourney(relay, a=picture(), b=picture()) as engine:
        outcome = await engine.submit(job)

    assert isinstance(outcome, Uncertain)


async def test_a_moment_to_come_again_is_read_by_the_relays_clock() -> None:
    headers = {"Date": "Tue, 01 Dec 2026 12:00:00 GMT", "Retry-After": "Tue, 01 Dec 2026 12:10:00 GMT"}

    outcome, _relay = await submit_to(Reply(b"", 429, headers=headers), make_job(task_id=None))

    assert isinstance(outcome, Busy)
    assert outcome.retry_after_s == 600
