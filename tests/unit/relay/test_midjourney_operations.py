"""Every other operation of the Midjourney side: exact path and body, spare ways, look-ups, seeds."""

from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, Job, Wait
from bot.domain.outcomes import (
    Accepted,
    Asks,
    Busy,
    Found,
    Missing,
    NoList,
    NotListed,
    Refused,
    Resubmit,
    Succeeded,
    Working,
)
from bot.domain.requests import Action, Blend, Button, Describe, Dimensions, FaceSwap, Imagine, Request, Shorten
from bot.domain.rules import OWN_LINE_BUTTONS
from bot.errors import RefusalKind, RelayError, RelayRefusedError
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from bot.relay.midjourney_answers import read_upload
from bot.relay.midjourney_models import read_task
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import PICK_2, TASK, UUID, VARY_3, fixture, make_job, picture, png_url
from tests.support.painting import Shelf
from tests.support.ports import ManualClock
from tests.support.relay_calls import midjourney, task
from tests.unit.relay.test_midjourney import FORGOTTEN, MODES, OK, submit

ONE, TWO = picture(colour="red"), picture(colour="blue")
URL_1, URL_2 = png_url(ONE), png_url(TWO)
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO")
LINE_2 = Button(custom_id="MJ::Job::PicReader::2")
NO = {"code": 4, "description": "not supported"}


def press(button: Button, **changes: Any) -> Action:
    return Action(prompt="a cat", button=button, parent_task_id=TASK, **changes)


OPERATIONS: list[tuple[Request, str | None, str, dict[str, Any]]] = [
    (
        Blend(pictures=("one", "two"), dimensions=Dimensions.PORTRAIT),
        None,
        "/mj/submit/blend",
        {"base64Array": [URL_1, URL_2], "dimensions": "PORTRAIT", "botType": "MID_JOURNEY"},
    ),
    (Describe(pictures=("one",)), None, "/mj/submit/describe", {"base64": URL_1, "botType": "MID_JOURNEY"}),
    (
        Shorten(prompt="a very cat --niji 6"),
        None,
        "/mj/submit/shorten",
        {"prompt": "a very cat --niji 6", "botType": "NIJI_JOURNEY"},
    ),
    (
        FaceSwap(pictures=("one", "two")),
        None,
        "/mj/insight-face/swap",
        {"sourceBase64": URL_1, "targetBase64": URL_2},
    ),
    (press(LINE_2, answer="a dog"), "7", "/mj/submit/modal", {"taskId": "7", "prompt": "a dog"}),
    (press(LINE_2), "7", "/mj/submit/modal", {"taskId": "7", "prompt": "a cat"}),
    (
        press(REGION, answer="a hat", pictures=("one",)),
        "7",
        "/mj/submit/modal",
        {"taskId": "7", "prompt": "a hat", "maskBase64": URL_1},
    ),
    *(
        (
            press(VARY_3, strong=strong),
            None,
            "/mj/submit/action",
            {"taskId": TASK, "customId": VARY_3.custom_id, "strong": strong},
        )
        for strong in (True, False)
    ),
    (
        press(Button(custom_id="change::VARIATION::3"), strong=True),
        None,
        "/mj/submit/change",
        {"taskId": TASK, "action": "VARIATION", "index": 3},
    ),
    (
        press(Button(custom_id="change::UPSCALE::2")),
        None,
        "/mj/submit/change",
        {"taskId": TASK, "action": "UPSCALE", "index": 2},
    ),
    (
        press(Button(custom_id="change::REROLL::1")),
        None,
        "/mj/submit/change",
        {"taskId": TASK, "action": "REROLL", "index": 1},
    ),
]


@pytest.mark.parametrize(("mode", "prefix"), MODES)
@pytest.mark.parametrize(("request_", "task_id", "path", "body"), OPERATIONS)
async def test_operation_goes_to_its_exact_path_with_its_exact_body(
    mode: Any, prefix: str, request_: Request, task_id: str | None, path: str, body: dict[str, Any]
) -> None:
    job = make_job(mode=mode, request=request_, task_id=task_id)

    async with ScriptedRelay.serving(OK) as relay:
        outcome = await submit(relay, job, one=ONE, two=TWO)

    assert outcome == Accepted("1")
    assert [(seen.method, seen.path, seen.body) for seen in relay.seen] == [
        ("POST", prefix + path, body | {"state": job.id})
    ]


async def test_reference_pictures_become_addresses_behind_their_parameters() -> None:
    job = make_job(
        request=Imagine(prompt="a cat", pictures=("one", "two"), references=("--sref",)), mode=None, task_id=None
    )
    upload = {"code": 1, "description": "success", "result": ["https://cdn.example/a.png?ex=1"]}

    async with ScriptedRelay.serving(upload, OK) as relay:
        await submit(relay, job, one=ONE, two=TWO)

    assert (relay.seen[0].path, relay.seen[0].body) == ("/mj/submit/upload-discord-images", {"base64Array": [URL_2]})
    assert relay.seen[1].body["prompt"] == "a cat --sref https://cdn.example/a.png?ex=1"
    assert relay.seen[1].body["base64Array"] == [URL_1]


async def test_hook_is_sent_along_where_we_can_be_reached() -> None:
    job = make_job(task_id=None)

    async with ScriptedRelay.serving(OK) as relay, RelayHttp.opened(relay.url, {}) as http:
        await Midjourney(http, Shelf(), ManualClock(), lambda job_id: f"https://bot.example/hook/{job_id}").submit(job)

    assert relay.seen[0].body["notifyHook"] == f"https://bot.example/hook/{job.id}"


# Uploads.


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("result", ["https://a/1", ["https://a/1"]])
def test_upload_answers_may_be_a_list_or_one_address(code: int, result: Any) -> None:
    assert read_upload({"code": code, "result": result}, 1) == ["https://a/1"]


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 1, "result": []},
        {"code": 1, "result": ["https://a/1", "https://a/2"]},
        {"code": 1, "result": "success", "description": "https://a/1"},
        {"code": 4, "result": ["https://a/1"]},
        {"code": 0},
        None,
        [],
    ],
)
def test_upload_that_gave_other_than_one_address_each_is_an_error(answer: Any) -> None:
    with pytest.raises(RelayError):
        read_upload(answer, 1)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NO, Refused(Failure(kind=FailureKind.UNSUPPORTED))),
        (Reply({"error": {"message": "mj_upload", "code": "model_not_found"}}, 503), FailureKind.UNSUPPORTED),
        (Fault.RESET, FailureKind.RELAY),
        (Reply(b"", 429), Busy(Wait.QUEUE_FULL, 15.0)),
    ],
    ids=str,
)
async def test_failed_upload_never_reaches_the_paid_call(answer: Any, outcome: Any) -> None:
    job = make_job(request=Imagine(prompt="a cat", pictures=("one",), references=("--cref",)), task_id=None)

    async with ScriptedRelay.serving(answer) as relay:
        told = await submit(relay, job, one=ONE)

    assert told == outcome or (isinstance(told, Refused) and told.failure.kind is outcome)
    assert [seen.path for seen in relay.seen] == ["/mj/submit/upload-discord-images"]


# Spare ways, only after a clear no.


async def paths(job: Job, *answers: Any) -> tuple[Any, list[tuple[str, Any]]]:
    async with ScriptedRelay.serving(*answers) as relay:
        outcome = await submit(relay, job, one=ONE)
    return outcome, [(seen.path, seen.body) for seen in relay.seen]


async def test_change_that_a_relay_does_not_know_becomes_a_simple_change() -> None:
    change = press(Button(custom_id="change::VARIATION::3"))

    _outcome, seen = await paths(make_job(request=change, task_id=None), NO, OK)

    assert seen[1][0] == "/mj/submit/simple-change"
    assert seen[1][1]["content"] == f"{TASK} V3"


async def test_a_line_of_a_description_without_buttons_is_imagined_without_asking_for_a_button() -> None:
    line = press(OWN_LINE_BUTTONS[1], answer="a dog")

    outcome, seen = await paths(make_job(request=line, task_id=None), OK)

    assert (outcome, seen) == (Resubmit(Imagine(prompt="a dog")), [])


async def test_pictures_that_a_relay_does_not_take_are_sent_as_addresses() -> None:
    job = make_job(request=Imagine(prompt="a cat", pictures=("one",)), task_id=None)
    refused = {"code": 4, "description": "base64 is disabled"}
    uploaded = {"code": 1, "result": ["https://cdn.example/a.png"]}

    outcome, seen = await paths(job, refused, uploaded, OK)

    assert outcome == Accepted("1")
    assert seen[2][1]["prompt"] == "https://cdn.example/a.png a cat"
    assert "base64Array" not in seen[2][1]


@pytest.mark.parametrize("answer", [Fault.RESET, Reply(b"", 500), {"code": 23}, {"code": 24}, {"code": 5}], ids=str)
async def test_no_spare_way_is_tried_after_anything_but_a_clear_no(answer: Any) -> None:
    outcome, seen = await paths(make_job(request=press(LINE_2, answer="a dog"), task_id=None), answer, OK)

    assert (len(seen), isinstance(outcome, Resubmit)) == (1, False)


async def test_plain_button_that_is_not_supported_has_no_spare_way() -> None:
    outcome, seen = await paths(make_job(request=press(PICK_2), task_id=None), NO)

    assert (outcome, len(seen)) == (Refused(Failure(kind=FailureKind.UNSUPPORTED)), 1)


# Single looks and searches.


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (task(status="IN_PROGRESS", progress="31%", imageUrl=""), Working(31)),
        (task(status="MODAL", properties={}), Asks("")),
        (Reply(b""), Missing()),
        (Reply(b"", 204), Missing()),
        (Reply(b"null"), Missing()),
        ({}, Missing()),
        (Reply({"description": "task_no_found ", "type": "upstream_error", "code": 4}, 400), Missing()),
        (Reply({"code": 3, "description": "gone"}, 404), Missing()),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_single_look_knows_every_way_of_not_knowing(answer: Any, seen: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        assert await engine.fetch(make_job(task_id=TASK)) == seen

    assert (relay.seen[0].method, relay.seen[0].path) == ("GET", f"/mj/task/{TASK}/fetch")


@pytest.mark.parametrize("answer", [Reply(b"<html>down</html>"), Reply(b"", 500), Fault.CUT], ids=str)
async def test_single_look_into_an_outage_says_nothing(answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayError):
            await engine.fetch(make_job(task_id=TASK))


async def test_lost_job_is_found_by_its_id_in_the_recent_tasks() -> None:
    job = make_job(task_id=None)
    answer = [task(id="1", state=""), task(id="2", state="other"), task(id="3", state=job.id)]

    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        assert await engine.find(job) == Found("3")

    assert (relay.seen[0].method, relay.seen[0].path) == ("GET", "/mj/task/list")


@pytest.mark.parametrize(
    ("answer", "search"),
    [
        ([], NotListed()),
        ([fixture("sample_task.json")], NotListed()),
        (Reply(b"404 page not found", 404), NoList()),
        ({"code": 4, "description": "x"}, NoList()),
        (Reply({"error": {"message": "Invalid request"}}, 400), NoList()),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_search_tells_no_list_from_not_listed(answer: Any, search: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        assert await engine.find(make_job()) == search


@pytest.mark.parametrize(("state", "is_ours"), [("ours", True), ("", False), (None, False), ("other", False)])
async def test_named_task_is_believed_only_with_our_id(state: str | None, *, is_ours: bool) -> None:
    async with ScriptedRelay.serving(task(id="9", state=state)) as relay, midjourney(relay) as engine:
        found = await engine.recognise(make_job(id="ours"), "9")

    assert (found == Found("9")) is is_ours


# Seeds.


@pytest.mark.parametrize("result", ["3429082401", 3429082401])
@pytest.mark.parametrize(("mode", "prefix"), MODES)
async def test_seed_is_read_as_text_or_number(mode: Any, prefix: str, result: Any) -> None:
    async with ScriptedRelay.serving({"code": 1, "result": result}) as relay, midjourney(relay) as engine:
        assert await engine.seed(make_job(mode=mode, task_id=TASK)) == "3429082401"

    assert relay.seen[0].path == f"{prefix}/mj/task/{TASK}/image-seed"


@pytest.mark.parametrize(
    "answer", [{"code": 9, "description": "no"}, {"code": 1, "result": None}, Reply(b"<html>")], ids=str
)
async def test_seed_that_is_not_told_is_an_error_of_the_relay(answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayError):
            await engine.seed(make_job(task_id=TASK))


# Words instead of pictures.


def words(**changes: Any) -> str:
    read = read_task(task(**changes))
    assert read is not None
    seen = read.observation()
    assert isinstance(seen, Succeeded)
    return seen.result.text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"properties": {"finalPrompt": "1️⃣ a"}, "promptEn": "b", "prompt": "c"}, "1️⃣ a"),
        ({"properties": {"finalPrompt": ""}, "promptEn": "1️⃣ b", "prompt": "c"}, "1️⃣ b"),
        ({"properties": None, "promptEn": None, "prompt": "1️⃣ c"}, "1️⃣ c"),
        ({"properties": {}, "promptEn": "", "prompt": "", "description": "1️⃣ d"}, "1️⃣ d"),
        ({"properties": {}, "promptEn": "", "prompt": "", "description": "/describe"}, ""),
    ],
)
def test_description_is_found_where_relays_put_it(changes: dict[str, Any], text: str) -> None:
    assert words(action="DESCRIBE", **changes) == text


def test_text_is_told_by_its_buttons_where_the_action_is_odd() -> None:
    pick = {"customId": "MJ::Job::PicReader::1", "label": "1️⃣"}

    assert words(action=None, properties={"finalPrompt": "1️⃣ a"}, buttons=[pick]) == "1️⃣ a"
    assert words(action="IMAGINE") == ""


@pytest.mark.parametrize("answer", FORGOTTEN)
async def test_forgotten_parent_of_a_press_is_told_at_last(answer: Reply) -> None:
    outcome, seen = await paths(make_job(request=press(PICK_2), task_id=None), answer)

    assert (outcome, len(seen)) == (Refused(Failure(kind=FailureKind.FORGOTTEN)), 3)


async def test_check_reports_a_refusal_with_its_kind() -> None:
    answer = {"code": 4, "description": "quota_not_enough"}

    async with ScriptedRelay.serving(answer) as relay, RelayHttp.opened(relay.url, {}) as http:
        with pytest.raises(RelayRefusedError) as caught:
            await Midjourney.check(http)

    assert caught.value.kind is RefusalKind.QUOTA


async def test_seed_that_came_with_the_task_is_not_asked_for() -> None:
    read = read_task(task(seed=3429082401))
    assert read is not None
    seen = read.observation()
    assert isinstance(seen, Succeeded)

    async with ScriptedRelay.serving({}) as relay, midjourney(relay) as engine:
        assert await engine.seed(make_job(task_id=TASK, result=seen.result)) == "3429082401"

    assert relay.seen == []


@pytest.mark.parametrize("action", ["SHORTEN", "DESCRIBE", "IMAGINE", "UPSCALE"])
def test_a_success_whose_buttons_may_come_one_look_later_is_waited_for(action: str) -> None:
    read = read_task(task(action=action, buttons=[], properties={"finalPrompt": "1. a cat"}))
    assert read is not None
    seen = read.observation()

    assert isinstance(seen, Succeeded)
    assert not seen.settled
