"""Several relays: who gets new jobs, what stays where it is, and that nothing is paid at two of them."""

import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.relay.server import LoopbackRelay
from sandbox.wire import Fault
from tests.e2e.studio import Ordered, Studio, open_studio, ordered
from tests.support.forks import ForkedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

IMAGINE, ACTION = "/mj/submit/imagine", "/mj/submit/action"
NO_CREDIT = {"error": {"message": "用户额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}}
FULL = {"code": 23, "description": "队列已满,请稍后尝试", "properties": {"discordInstanceId": "1"}}
BOTH = [{"name": "a"}, {"name": "b"}]


def relays(*entries: dict[str, Any]) -> dict[str, str]:
    return {"RELAYS": json.dumps(entries)}


@pytest_asyncio.fixture(loop_scope="session")
async def studio(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio of each test's own, with the relays that its parameter names."""
    entries = getattr(request, "param", BOTH)
    async with open_studio(tmp_path, speed=30.0, env=relays(*entries)) as opened:
        yield opened


def at(studio: Studio, name: str) -> LoopbackRelay:
    return studio.sandbox.relays[name]


def where(studio: Studio, job: Ordered) -> list[str]:
    """The relays that took a job, once for each task."""
    return [name for name, relay in studio.sandbox.relays.items() for task in relay.tasks() if task["state"] == job.id]


def fault(studio: Studio, name: str, path: str, **how: Any) -> None:
    at(studio, name).wire.faults.append(Fault("POST", path, **how))


async def alerted(studio: Studio, text: str) -> None:
    """Return once the owner was alerted with this text in it, and see that it was once."""

    def alerts() -> list[str]:
        said = (message["content"] for message in studio.messages("dm-ana"))
        return [one for one in said if one.startswith("🔴") and text in one]

    await studio.eventually(alerts, f"an alert with {text!r}")
    assert len(alerts()) == 1


@pytest.mark.parametrize("studio", [[{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]], indirect=True)
async def test_new_jobs_are_shared_by_weight(studio: Studio) -> None:
    jobs = [await studio.imagine() for _number in range(8)]
    for job in jobs:
        await studio.result(job)

    assert Counter(name for job in jobs for name in where(studio, job)) == {"a": 6, "b": 2}


@pytest.mark.parametrize(
    "studio", [[{"name": "a", "modes": ["relax"]}, {"name": "b", "modes": ["fast"]}]], indirect=True
)
async def test_each_speed_goes_to_a_relay_that_takes_it(studio: Studio) -> None:
    fast, relaxed = await studio.imagine("a cat --seed 7"), await studio.imagine("a cat --relax --seed 7")
    await studio.running(fast)
    await studio.running(relaxed)

    assert (where(studio, fast), where(studio, relaxed)) == (["b"], ["a"])
    refused = await studio.slash("imagine", {"prompt": "a cat --turbo"})
    assert "not in Turbo mode" in refused["content"]


async def test_a_button_a_seed_and_a_look_go_where_the_picture_was_made_also_after_a_restart(studio: Studio) -> None:
    grids = [await studio.imagine() for _number in range(2)]
    results = [await studio.result(job) for job in grids]
    assert [where(studio, job) for job in grids] == [["a"], ["b"]]

    await studio.restart()
    presses = [await studio.follow_up(result, label) for result in reversed(results) for label in ("V1", "🔄")]
    for press in presses:
        await studio.result(press)

    assert [where(studio, press) for press in presses] == [["b"], ["b"], ["a"], ["a"]]


async def test_a_key_that_is_revoked_in_the_middle_of_a_run_costs_no_job_and_no_second_payment(studio: Studio) -> None:
    before = [await studio.imagine() for _number in range(4)]
    for job in before:
        await studio.running(job)
    key, at(studio, "a").key = at(studio, "a").key, "sk-another"

    after = [await studio.imagine(user="ben") for _number in range(6)]
    for job in after:
        await studio.running(job)
    for job in after:
        await studio.result(job)
    at(studio, "a").key = key
    refused_at = min(one.at for one in at(studio, "a").wire.requests if one.status == 401)
    taken_at = min(one.at for one in at(studio, "b").wire.requests if one.at > refused_at and IMAGINE in one.path)

    for job in before:
        await studio.result(job)
    assert taken_at - refused_at < 5.0
    assert [where(studio, job) for job in after] == [["b"]] * 6
    assert Counter(name for job in before for name in where(studio, job)) == {"a": 2, "b": 2}
    await alerted(studio, "“a” refuses its key for midjourney")


async def test_what_is_out_of_credit_at_one_relay_is_painted_at_the_other_and_returns_with_the_money(
    studio: Studio,
) -> None:
    fault(studio, "a", IMAGINE, status=403, body=NO_CREDIT, times=3)  # also if its rest is over meanwhile
    first = [await studio.imagine() for _number in range(3)]
    for job in first:
        await studio.result(job)
    assert [where(studio, job) for job in first] == [["b"]] * 3
    await alerted(studio, "“a” says that the account for midjourney is out of credit")

    later = await studio.imagine()
    while where(studio, later) != ["a"]:  # the next that is tried there once its rest is over
        await studio.result(later)
        later = await studio.imagine()
        await studio.running(later)


async def test_an_unknown_outcome_stays_where_it_is_and_is_not_paid_at_the_other(studio: Studio) -> None:
    fault(studio, "a", IMAGINE, drop="after", times=1)
    lost = await studio.imagine()
    await studio.shows(lost, "(Unknown outcome)")
    others = [await studio.imagine(user="ben") for _number in range(2)]
    for job in others:
        await studio.result(job)
    await studio.restart()
    await studio.shows(lost, "(Unknown outcome)")

    assert where(studio, lost) == ["a"]
    assert len(studio.submits(lost.id)) == 1


async def test_a_full_queue_sends_a_new_picture_on_and_holds_a_button_where_it_belongs(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine())
    fault(studio, "a", ACTION, status=200, body=FULL, headers={"Retry-After": "120"}, times=100)
    press = await studio.follow_up(grid, "V1")
    await studio.shows(press, "(Waiting: the relay's queue is full)")
    fresh = await studio.imagine(user="ben")
    await studio.running(fresh)

    studio.clear_faults()
    await studio.result(press)
    assert where(studio, press) == ["a"]
    assert where(studio, fresh) == ["b"]


async def test_a_job_that_waits_for_all_relays_goes_to_the_first_that_is_back(studio: Studio) -> None:
    key, at(studio, "a").key = at(studio, "a").key, "sk-another"
    other, at(studio, "b").key = at(studio, "b").key, "sk-another"
    job = await studio.imagine()
    await studio.shows(job, "(Waiting: the relay refuses the key)")
    at(studio, "b").key = other

    await studio.result(job)
    assert where(studio, job) == ["b"]
    at(studio, "a").key = key


@pytest.mark.parametrize(
    "studio", [[{"name": "a", "units_per_day": 2}, {"name": "b", "units_per_day": 1}]], indirect=True
)
async def test_a_relay_takes_no_more_than_its_units_of_a_day(studio: Studio) -> None:
    jobs = [await studio.imagine() for _number in range(5)]
    for job in jobs[3:]:
        await studio.gone(job)
    await studio.whisper("ana", "budget for the relays is used up for today")
    for job in jobs[:3]:
        await studio.result(job)

    assert Counter(name for job in jobs for name in where(studio, job)) == {"a": 2, "b": 1}
    assert studio.spent_today() == 3


@pytest.mark.parametrize("studio", [[{"name": "a", "engines": ["midjourney"]}, {"name": "b"}]], indirect=True)
async def test_another_engine_is_reached_through_the_relays_that_serve_it(studio: Studio) -> None:
    card = await studio.slash("kling imagine", {"prompt": "a cat"})
    job = ordered(card, "ana", "studio")
    await studio.result(job)

    assert where(studio, job) == ["b"]


async def test_a_relay_that_is_taken_out_of_the_settings_leaves_its_jobs_with_a_plain_word(studio: Studio) -> None:
    at_a, at_b = [await studio.imagine() for _number in range(2)]
    for job in (at_a, at_b):
        await studio.running(job)
    assert (where(studio, at_a), where(studio, at_b)) == (["a"], ["b"])
    await studio.restart(**relays({"name": "b"}))

    await studio.shows(at_a, "is not in use here any more")
    result = await studio.result(at_b)
    assert "RELAYS names the relay of a job no more" in studio.log()

    await studio.restart(**relays({"name": "a"}))
    refused = await studio.press(result, "V1")
    assert "is not in use here any more" in refused["content"]
    assert len(studio.submits(at_a.id)) == 1


async def test_a_relay_is_mended_and_then_retired_while_the_bot_runs(studio: Studio, tmp_path: Path) -> None:
    file, bot = tmp_path / "relays.json", studio.bot
    assert isinstance(bot, ForkedBot)

    def write(*entries: dict[str, Any]) -> None:
        file.write_text(studio.sandbox.with_relays(relays(*entries))["RELAYS"])

    async def reload(times: int) -> None:
        bot.send(signal.SIGHUP)
        await studio.eventually(lambda: studio.log().count("setting changed name=RELAYS") == times, "the new relays")

    write(*BOTH)
    await studio.restart(RELAYS="", RELAYS_FILE=str(file))
    at(studio, "a").key = "sk-another"
    first = [await studio.imagine() for _number in range(2)]
    for job in first:
        await studio.result(job)
    assert [where(studio, job) for job in first] == [["b"], ["b"]]

    write(*BOTH)  # with the key that is right by now
    await reload(1)
    second = [await studio.imagine() for _number in range(2)]
    for job in second:
        await studio.running(job)
    assert sorted(name for job in second for name in where(studio, job)) == ["a", "b"]

    write({"name": "b"})
    await reload(2)
    third = [await studio.imagine() for _number in range(2)]
    results = [(await studio.result(job), where(studio, job)) for job in (*second, *third)]
    assert [where(studio, job) for job in third] == [["b"], ["b"]]
    refused = await studio.press(next(result for result, places in results if places == ["a"]), "V1")
    assert "is not in use here any more" in refused["content"]
