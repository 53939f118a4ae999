"""Relay tasks: their buttons, progress and ends, alone and in lists."""

from typing import Any

import pytest

from bot.domain.job import Job
from bot.domain.outcomes import (
    Asks,
    Failed,
    Missing,
    Observation,
    Succeeded,
    Working,
)
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError
from bot.relay.midjourney_models import RelayTask, read_task
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import PICK_2, TASK, UUID, make_job
from tests.support.relay_calls import midjourney, task


def observe(**changes: Any) -> Observation:
    read = read_task(task(**changes))
    assert read is not None
    return read.observation()


async def look(answer: Any, *jobs: Job) -> list[Observation]:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        observations = await engine.look(jobs)
    return [observations[job.id] for job in jobs]


def test_sample_task_is_read_with_its_nine_buttons() -> None:
    read = RelayTask.model_validate(task())
    seen = read.observation()

    assert (read.id, read.percent, isinstance(seen, Succeeded)) == (TASK, 100, True)
    assert isinstance(seen, Succeeded)
    assert seen.settled
    assert [button.label for button in seen.result.buttons] == ["U1", "U2", "U3", "U4", "", "V1", "V2", "V3", "V4"]
    assert seen.result.buttons[4].emoji == "🔄"
    assert "&hm=" in seen.result.image_url
    assert seen.result.final_prompt == "cat --v 6.1 --sref <https://s.mj.run/ktqQpnwPoPk>"


async def test_list_answers_are_matched_by_id_whatever_their_order() -> None:
    first, second, third = (make_job(task_id=name) for name in ("1", "2", "3"))
    running = {"status": "IN_PROGRESS", "progress": "31%"}
    answer = [task(id="2", **running), task(id="77"), task(id="2", **running), task(id=1, status="FAILURE")]

    seen = await look(answer, first, second, third)

    assert seen == [Failed(""), Working(31, task()["imageUrl"]), Missing()]


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"id": None}, {"id": ""}, {"status": "SUCCESS"}])
async def test_an_odd_entry_of_a_list_does_not_hide_the_others(odd: Any) -> None:
    assert await look([odd, task(id="1", status="FAILURE", failReason="no")], make_job(task_id="1")) == [Failed("no")]


@pytest.mark.parametrize("answer", [None, {}, "x"])
async def test_a_list_that_is_no_list_says_nothing(answer: Any) -> None:
    with pytest.raises(RelayUnclearError):
        await look(Reply(answer), make_job())


async def test_a_refused_list_says_why() -> None:
    with pytest.raises(RelayRefusedError) as caught:
        await look({"code": 9, "description": "system failure"}, make_job())

    assert caught.value.kind is RefusalKind.FAILED


@pytest.mark.parametrize(
    ("progress", "percent"),
    [
        *[("31%", 31), (" 31 % ", 31), ("100%", 100), ("250%", 100), ("0%", 0), ("31% (fast)", 31)],
        *[
            ("", None),
            (None, None),
            ("Waiting to start", None),
            ("paused", None),
            (31, 31),
            ("31", 31),
            (0.31, 31),
            (31.0, 31),
            ("31.5%", 31),
            ("(31%)", 31),
            ("%", None),
        ],
    ],
)
def test_progress_is_a_number_only_where_it_says_so(progress: Any, percent: int | None) -> None:
    assert observe(status="IN_PROGRESS", progress=progress, imageUrl="") == Working(percent)


@pytest.mark.parametrize("status", ["NOT_START", "SUBMITTED", "IN_PROGRESS", "", None, "DREAMING", 7])
def test_any_other_status_means_work_whatever_the_progress_says(status: Any) -> None:
    assert observe(status=status, progress="100%", imageUrl=None) == Working(100)


@pytest.mark.parametrize("status", ["FAILURE", "CANCEL", "failure"])
def test_a_failure_at_100_percent_is_a_failure(status: str) -> None:
    assert observe(status=status, progress="100%", failReason="[Banned] no") == Failed("[Banned] no")


def test_a_failure_may_have_no_reason() -> None:
    assert observe(status="FAILURE", failReason=None) == Failed("")


def test_modal_asks_with_the_text_it_suggests() -> None:
    assert observe(status="MODAL", properties={"finalPrompt": "a cat"}) == Asks("a cat")


@pytest.mark.parametrize("properties", [None, [], "x", {}, {"finalPrompt": None, "discordChannelId": 8.7e18}])
def test_odd_properties_of_a_task_are_forgiven(properties: Any) -> None:
    assert observe(status="MODAL", properties=properties) == Asks("")


@pytest.mark.parametrize(
    "changes", [{"buttons": []}, {"buttons": None}, {"buttons": "x"}, {"imageUrl": ""}, {"imageUrl": None}]
)
def test_a_success_without_buttons_or_picture_is_not_settled(changes: dict[str, Any]) -> None:
    seen = observe(**changes)

    assert isinstance(seen, Succeeded)
    assert not seen.settled


def buttons_of(*wire: Any) -> list[str]:
    seen = observe(buttons=list(wire))
    assert isinstance(seen, Succeeded)
    return [button.custom_id for button in seen.result.buttons]


def wire(custom_id: Any, **changes: Any) -> dict[str, Any]:
    return {"customId": custom_id, "label": "x", "emoji": "", "style": 2, "type": 2} | changes


@pytest.mark.parametrize("left_out", [None, "", f"MJ::BOOKMARK::{UUID}", "MJ::Job::PicReader::all", PICK_2.custom_id])
def test_buttons_that_cannot_be_pressed_or_come_twice_are_left_out(left_out: str | None) -> None:
    assert buttons_of(wire(PICK_2.custom_id), wire(left_out, style=5)) == [PICK_2.custom_id]


def test_sixteen_buttons_and_unknown_kinds_keep_their_order() -> None:
    ids = [f"MJ::JOB::future_{number}::1::{UUID}::SOLO" for number in range(16)]

    assert buttons_of(*map(wire, ids)) == ids


@pytest.mark.parametrize("odd", [None, 5, "x", ["MJ::JOB::upsample::1"], {}])
def test_an_odd_button_does_not_hide_the_others(odd: Any) -> None:
    assert buttons_of(odd, wire(PICK_2.custom_id)) == [PICK_2.custom_id]


@pytest.mark.parametrize("changes", [{"label": None}, {"emoji": None}, {"style": None}, {"style": "primary"}])
def test_odd_looks_of_a_button_are_forgiven(changes: dict[str, Any]) -> None:
    assert buttons_of(wire(PICK_2.custom_id, **changes)) == [PICK_2.custom_id]


@pytest.mark.parametrize("field", ["label", "emoji"])
def test_half_a_character_in_a_button_does_not_hide_the_task(field: str) -> None:
    seen = observe(buttons=[wire(PICK_2.custom_id, **{field: "\ud83d"})])

    assert isinstance(seen, Succeeded)
    assert seen.result.model_dump_json()
