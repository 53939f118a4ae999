"""The Midjourney dialect: exact requests, and answers in every shape that was seen."""

import asyncio
import base64
from typing import Any

import pytest
from typing_extensions import override

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Exists,
    Found,
    NeedsInput,
    Refused,
    SubmitOutcome,
    Uncertain,
)
from bot.domain.requests import Imagine, Mode
from bot.errors import RefusalKind, RelayRefusedError
from bot.fairness import AnswersFirst
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney, auth_headers
from bot.relay.midjourney_answers import read_submit
from bot.relay.midjourney_requests import bot_type
from bot.settings import MidjourneyAuth
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import PICK_2, TASK, fixture, make_action, make_job, picture
from tests.support.painting import Shelf
from tests.support.ports import ManualClock
from tests.support.relay_calls import ID, midjourney, task

OK = {"code": 1, "description": "ok", "result": "1"}
MODES: list[tuple[Mode | None, str]] = [
    (None, ""),
    (Mode.RELAX, "/mj-relax"),
    (Mode.FAST, "/mj-fast"),
    (Mode.TURBO, "/mj-turbo"),
]


async def submit(relay: ScriptedRelay, job: Job, **kept: bytes) -> SubmitOutcome:
    async with midjourney(relay, **kept) as engine:
        return await engine.submit(job)


async def outcome_of(*answers: Any, job: Job | None = None) -> SubmitOutcome:
    async with ScriptedRelay.serving(*answers) as relay:
        return await submit(relay, job or make_job())


# Requests.


@pytest.mark.parametrize(("mode", "prefix"), MODES)
async def test_imagine_goes_to_its_exact_path_with_its_exact_body(mode: Mode | None, prefix: str) -> None:
    job = make_job(mode=mode, request=Imagine(prompt="a cat --v 7"))

    async with ScriptedRelay.serving(OK) as relay:
        await submit(relay, job)

    assert (relay.seen[0].method, relay.seen[0].path) == ("POST", f"{prefix}/mj/submit/imagine")
    assert relay.seen[0].body == {"botType": "MID_JOURNEY", "prompt": "a cat --v 7", "state": job.id}


@pytest.mark.parametrize(("mode", "prefix"), MODES)
async def test_action_goes_to_its_exact_path_with_its_exact_body(mode: Mode | None, prefix: str) -> None:
    job = make_action(PICK_2.custom_id, mode=mode, status=JobStatus.SUBMITTING)

    async with ScriptedRelay.serving(OK) as relay:
        await submit(relay, job)

    assert (relay.seen[0].method, relay.seen[0].path) == ("POST", f"{prefix}/mj/submit/action")
    assert relay.seen[0].body == {"taskId": TASK, "customId": PICK_2.custom_id, "state": job.id}


async def test_imagine_sends_its_pictures_as_data_urls_in_order() -> None:
    png, jpeg = picture(), picture(kind="JPEG")
    job = make_job(request=Imagine(prompt="blend", pictures=("one", "two")))

    async with ScriptedRelay.serving(OK) as relay:
        await submit(relay, job, one=png, two=jpeg)

    sent = [url.split(",") for url in relay.seen[0].body["base64Array"]]
    assert [head for head, _ in sent] == ["data:image/png;base64", "data:image/jpeg;base64"]
    assert [base64.b64decode(tail) for _, tail in sent] == [png, jpeg]


async def test_list_asks_for_all_ids_as_strings_without_a_mode() -> None:
    jobs = [make_job(mode=mode, task_id=f"0{number}") for number, mode in enumerate([None, *Mode])]

    async with ScriptedRelay.serving([]) as relay, midjourney(relay) as engine:
        await engine.look(jobs)

    assert (relay.seen[0].method, relay.seen[0].path) == ("POST", "/mj/task/list-by-condition")
    assert relay.seen[0].body == {"ids": ["00", "01", "02", "03"]}


async def test_what_a_list_says_is_read_after_the_answers_that_others_wait_for() -> None:
    class Watched(AnswersFirst):
        asked = asyncio.Event()

        @override
        async def come_after(self) -> None:
            self.asked.set()
            await super().come_after()

    answers = Watched()
    async with ScriptedRelay.serving([task()]) as relay, RelayHttp.opened(relay.url, {}) as http:
        engine = Midjourney(http, Shelf(), ManualClock(), answers_first=answers)
        looking = asyncio.create_task(engine.look([make_job(task_id=ID)]), name="look")
        with answers.answering():
            await answers.asked.wait()
            assert not looking.done()
        seen = await looking

    assert len(seen) == 1


@pytest.mark.parametrize(
    ("style", "headers"),
    [
        (MidjourneyAuth.SECRET, {"mj-api-secret": "sk-1"}),
        (MidjourneyAuth.BEARER, {"Authorization": "Bearer sk-1"}),
        (MidjourneyAuth.BOTH, {"mj-api-secret": "sk-1", "Authorization": "Bearer sk-1"}),
    ],
)
async def test_key_stands_in_the_headers_of_the_chosen_style(style: MidjourneyAuth, headers: dict[str, str]) -> None:
    async with ScriptedRelay.serving([]) as relay, RelayHttp.opened(relay.url, auth_headers(style, "sk-1")) as http:
        await Midjourney.check(http)

    sent = relay.seen[0].headers
    assert {name: sent[name] for name in ("mj-api-secret", "Authorization") if name in sent} == headers


@pytest.mark.parametrize(
    ("prompt", "bot"),
    [
        ("a cat", "MID_JOURNEY"),
        ("a cat --niji 6", "NIJI_JOURNEY"),
        ("--niji a cat", "NIJI_JOURNEY"),
        ("a cat \N{EM DASH}niji 6", "NIJI_JOURNEY"),
        ("a nijika", "MID_JOURNEY"),
        ("a cat --nijika", "MID_JOURNEY"),
        ("a cat--niji 6", "MID_JOURNEY"),
    ],
)
def test_bot_type_follows_the_prompt(prompt: str, bot: str) -> None:
    assert bot_type(prompt) == bot


# Answers to submits.


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("submit_number.json", Accepted(TASK)),
        ("submit_string.json", Accepted("14001929738841620")),
        ("submit_queued.json", Accepted("14001929738841620", ahead=1)),
        ("submit_queue_full.json", Busy(Wait.QUEUE_FULL, 15.0)),
        ("submit_banned.json", Refused(Failure(kind=FailureKind.BANNED, detail="nude"))),
    ],
)
async def test_answers_of_the_introduction_are_understood(name: str, outcome: SubmitOutcome) -> None:
    assert await outcome_of(fixture(name)) == outcome


@pytest.mark.parametrize("result", ["0017", " 0017 "])
def test_ids_stay_texts_with_their_zeros(result: Any) -> None:
    assert read_submit({"code": 1, "result": result}) == Accepted("0017")


@pytest.mark.parametrize("code", [1, 21, 22])
@pytest.mark.parametrize("result", [None, "", ["1"], {}, True, 1.5])
async def test_a_yes_without_an_id_is_uncertain(code: int, result: Any) -> None:
    assert isinstance(await outcome_of({"code": code, "result": result}), Uncertain)


@pytest.mark.parametrize("answer", [[], "ok", 7, None, {}, {"code": None}, {"code": "x"}, {"result": "1"}])
async def test_a_success_that_is_no_envelope_is_uncertain(answer: Any) -> None:
    assert isinstance(await outcome_of(Reply(answer)), Uncertain)


@pytest.mark.parametrize("extras", [None, [], "x", {}, {"numberOfQueues": "many"}])
def test_odd_properties_are_forgiven(extras: Any) -> None:
    assert read_submit({"code": 22, "result": 5, "description": None, "properties": extras}) == Accepted("5")


@pytest.mark.parametrize(
    "extras", [{"imageUrl": "https://x/y.png"}, {"status": "SUCCESS"}, {"status": "SUCCESS", "imageUrl": ""}]
)
def test_code_21_with_an_outcome_means_that_it_exists(extras: dict[str, str]) -> None:
    assert read_submit({"code": 21, "result": "9", "properties": extras}) == Exists("9")


@pytest.mark.parametrize(
    ("extras", "prefill"),
    [({}, ""), (None, ""), ({"finalPrompt": "a cat", "remix": True}, "a cat"), ({"finalPrompt": None}, "")],
)
def test_code_21_without_an_outcome_means_a_modal(extras: Any, prefill: str) -> None:
    assert read_submit({"code": 21, "result": 9, "properties": extras}) == NeedsInput("9", prefill)


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (3, "no account", Busy(Wait.QUEUE_FULL, 15.0)),
        (4, "bad --ar", Refused(Failure(kind=FailureKind.INVALID, detail="bad --ar"))),
        (4, "quota_not_enough ", Busy(Wait.CREDIT, 60.0)),
        (
            5,
            "do_request_failed",
            Uncertain("HTTP 200", was_answered=True, words="do_request_failed"),
        ),
        (5, "system failure", Refused(Failure(kind=FailureKind.RELAY, detail="system failure"))),
        (9, "system failure", Refused(Failure(kind=FailureKind.RELAY, detail="system failure"))),
        (23, "full", Busy(Wait.QUEUE_FULL, 15.0)),
        (24, "banned", Refused(Failure(kind=FailureKind.BANNED))),
        (30, "saturated", Busy(Wait.QUEUE_FULL, 15.0)),
        (4, "this operation is not supported", Refused(Failure(kind=FailureKind.UNSUPPORTED))),
        (4, "not supported", Refused(Failure(kind=FailureKind.UNSUPPORTED))),
    ],
)
async def test_each_code_has_its_outcome(code: int, text: str, outcome: SubmitOutcome) -> None:
    assert await outcome_of({"code": code, "description": text, "result": None}) == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reply(b"", 429, {"Retry-After": "7"}), Busy(Wait.QUEUE_FULL, 7.0)),
        (Reply(b"", 429), Busy(Wait.QUEUE_FULL, 15.0)),
        (Reply(b"no", 401), Busy(Wait.KEY, 60.0)),
        (Reply({"error": {"message": "quota used up"}}, 401), Busy(Wait.CREDIT, 60.0)),
        (Reply(b"404 page not found", 404), Refused(Failure(kind=FailureKind.UNSUPPORTED))),
    ],
)
async def test_each_http_refusal_has_its_outcome(answer: Reply, outcome: SubmitOutcome) -> None:
    assert await outcome_of(answer) == outcome


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"code": 4, "description": "bad parameter in: a quota of cats --foo"}, Refused),
        (Reply({"error": {"message": "bad parameter in: a quota of cats --foo"}}, 400), Refused),
        (Reply({"error": {"message": "timed out at: a quota of cats --foo"}}, 504), Uncertain),
    ],
)
async def test_a_prompt_that_is_quoted_back_is_never_taken_for_an_empty_account(answer: Any, kind: type) -> None:
    job = make_job(request=Imagine(prompt="a quota of cats --foo"))

    assert isinstance(await outcome_of(answer, job=job), kind)


@pytest.mark.parametrize(
    "answer",
    [Fault.RESET, Fault.CUT, Reply(b"<html>ok</html>"), Reply(b"", 500), Reply(b"<html>", 502)],
    ids=lambda answer: str(answer)[:40],
)
async def test_a_lost_answer_is_uncertain_and_never_asked_for_again(answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay:
        outcome = await submit(relay, make_job())

    assert isinstance(outcome, Uncertain)
    assert [seen.method for seen in relay.seen].count("POST") == 1


async def test_an_unreachable_relay_makes_the_job_wait(closed_port: int) -> None:
    async with RelayHttp.opened(f"http://127.0.0.1:{closed_port}", {}) as http:
        outcome = await Midjourney(http, Shelf(), ManualClock()).submit(make_job())

    assert outcome == Busy(Wait.UNREACHABLE, 15.0)


FORGOTTEN = [
    Reply({"code": 3, "description": "关联任务不存在或已失效"}, 404),
    Reply({"code": 3, "description": "gone"}),
    Reply({"description": "task_not_found", "type": "upstream_error", "code": 4}, 400),
]


@pytest.mark.parametrize("answer", FORGOTTEN)
async def test_a_forgotten_parent_is_asked_for_three_times(answer: Reply) -> None:
    async with ScriptedRelay.serving(answer) as relay:
        outcome = await submit(relay, make_action(PICK_2.custom_id))

    assert outcome == Refused(Failure(kind=FailureKind.FORGOTTEN))
    assert len(relay.seen) == 3


@pytest.mark.parametrize("answer", FORGOTTEN)
async def test_a_parent_that_is_known_a_little_later_is_no_failure(answer: Reply) -> None:
    assert await outcome_of(answer, OK, job=make_action(PICK_2.custom_id)) == Accepted("1")


async def test_check_says_whether_address_and_key_work() -> None:
    async with ScriptedRelay.serving(Reply(b"no", 401)) as relay, RelayHttp.opened(relay.url, {}) as http:
        with pytest.raises(RelayRefusedError) as caught:
            await Midjourney.check(http)

    assert caught.value.kind is RefusalKind.AUTH


async def test_submits_name_the_address_for_callbacks_where_there_is_one() -> None:
    job = make_job(request=Imagine(prompt="a cat"))

    async with (
        ScriptedRelay.serving(OK) as relay,
        RelayHttp.opened(relay.url, {}) as http,
    ):
        await Midjourney(http, Shelf(), ManualClock(), lambda job_id: f"https://studio.example.com/{job_id}").submit(
            job
        )

    assert relay.seen[0].body["notifyHook"] == f"https://studio.example.com/{job.id}"


@pytest.mark.parametrize(("state", "found"), [("ours", True), ("another's", False), ("", False)])
async def test_a_named_task_is_believed_only_with_our_id_in_its_state(state: str, found: bool) -> None:
    job = make_job(id="ours")

    async with ScriptedRelay.serving(task(id="77", state=state)) as relay, midjourney(relay) as engine:
        search = await engine.recognise(job, "77")

    assert isinstance(search, Found) is found
