"""The machine lets us down: a locked database, a full disk, a clock that is set anew. Nothing is lost or done twice."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.app import Sandbox
from sandbox.message_view import is_private
from tests.crash.impatient import PipedImpatientBot
from tests.crash.judge import Ledgers, judge, unsettled
from tests.e2e.studio import CAT, ROOMY, WITHOUT_ADDRESS, Ordered, Studio, ordered
from tests.support import rows
from tests.support.postgres import database_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 60.0
LIMIT_S = 1.5  # how long the bot waits for a locked database, and for the relay
LONG = f"{CAT} --sandbox-queued"
IMAGINE = "/mj/submit/imagine"
AN_HOUR_S = 3600
OUR_FAULT = "Something went wrong on our side"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    folder = tmp_path_factory.mktemp("machine")
    (folder / "clock").write_text("0")
    settings = (
        ROOMY | WITHOUT_ADDRESS | database_settings() | {"LIMIT_S": f"{LIMIT_S}", "CLOCK_FILE": f"{folder}/clock"}
    )
    async with Sandbox(speed=SPEED, data=folder, sketches=True, env=settings, make_bot=PipedImpatientBot) as sandbox:
        await sandbox.wait_ready()
        opened = Studio(sandbox)
        await opened.result(await opened.imagine())  # painted once for all
        yield opened
        opened.clear_faults()
        await opened.eventually(lambda: not unsettled(opened.database), "all settled")
        assert judge(Ledgers.of(sandbox)).problems == []


@pytest.fixture(autouse=True)
def _mended(studio: Studio) -> Iterator[None]:
    studio.clear_faults()
    yield
    studio.relay.offers_task_list = False
    set_clock(studio, 0)


async def running(studio: Studio, **where: str) -> Ordered:
    """A job that runs for two seconds more."""
    job = await studio.imagine(LONG, **where)
    await studio.running(job)
    return job


@contextmanager
def locked(studio: Studio) -> Iterator[None]:
    """Somebody else writes to the database, for a while."""
    with rows.locked(studio.database):
        yield


@contextmanager
def full_disk(studio: Studio) -> Iterator[None]:
    """No file of the bot can grow, for a while."""
    assert studio.bot.pid is not None
    before = resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(studio.bot.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def unwritable(studio: Studio) -> Iterator[None]:
    """Nothing can be noted, for a while."""
    with full_disk(studio) if isinstance(studio.database, Path) else locked(studio):
        yield


FULL = pytest.param(full_disk, marks=pytest.mark.sqlite_only(reason="a server has a disk of its own"))


def set_clock(studio: Studio, wrong_by_s: float) -> None:
    """Set the bot's clock wrong."""
    fresh = studio.sandbox.data / "clock.new"
    fresh.write_text(f"{wrong_by_s}")
    fresh.replace(Path(studio.sandbox.data / "clock"))


def troubles(studio: Studio) -> int:
    """How often the bot could not write."""
    return sum(map(studio.log().count, ("OperationalError)", "QueryCanceledError", "File too large")))


# The database is locked.


async def test_a_command_waits_while_another_writer_holds_the_database_for_a_moment(studio: Studio) -> None:
    with locked(studio):
        interaction_id = await studio.actor.slash("ana", "studio", "imagine", {"prompt": CAT})
        await asyncio.sleep(LIMIT_S / 4)  # how long the other one writes
        assert studio.actor.interaction(interaction_id)["state"] == "pending"

    card = await studio.answer(interaction_id)
    assert not is_private(card)
    await studio.result(ordered(card, "ana", "studio"))  # so that nothing of it is left for the next test


@pytest.mark.parametrize("trouble", [locked, FULL], ids=["locked", "full"])
async def test_a_command_that_cannot_be_noted_is_refused_and_costs_nothing(studio: Studio, trouble: object) -> None:
    submits = len(studio.relay.tasks())
    with trouble(studio):  # type: ignore[operator]
        answer = await studio.slash("imagine", {"prompt": CAT})

    assert is_private(answer)
    assert OUR_FAULT in answer["content"]
    assert len(studio.relay.tasks()) == submits


@pytest.mark.parametrize("trouble", [locked, FULL], ids=["locked", "full"])
async def test_what_finishes_meanwhile_is_posted_afterwards_and_once(studio: Studio, trouble: object) -> None:
    jobs = [await running(studio, user=user) for user in ("ana", "ben")]
    before = troubles(studio)
    with trouble(studio):  # type: ignore[operator]
        await studio.eventually(lambda: studio.tasks(jobs[0].id)[0]["status"] == "SUCCESS", "the relay is done")
        await studio.eventually(lambda: troubles(studio) > before, "a write that failed")

    for job in jobs:
        await studio.result(job)


@pytest.mark.parametrize("answer", [{}, {"status": 429}, {"status": 400, "body": {"code": 24}}, {"drop": "before"}])
async def test_whatever_the_relay_said_meanwhile_is_not_lost(studio: Studio, answer: dict[str, Any]) -> None:
    studio.relay_fault("POST", IMAGINE, delay_s=0.5, **answer)
    job = await studio.imagine()
    await studio.eventually(lambda: studio.submits(job.id), "the submit")
    with unwritable(studio):
        await studio.eventually(lambda: f"not saved yet job_id={job.id}" in studio.log(), "a write that failed")

    match answer:
        case {"drop": _}:
            await studio.shows(job, "(Unknown outcome)")
        case {"status": 400}:
            await studio.gone(job)
        case _:
            await studio.result(job)
    assert len(studio.submits(job.id)) == (2 if answer == {"status": 429} else 1)


async def test_a_picture_that_does_not_fit_on_the_disk_is_kept_when_there_is_room(studio: Studio) -> None:
    studio.relay_fault("GET", "/attachments/*[0-9a-f][0-9a-f][0-9a-f][0-9a-f].png", delay_s=0.5)
    job = await running(studio)
    await studio.eventually(lambda: not studio.relay.wire.faults[-1].times, "the picture being fetched")
    with full_disk(studio):
        await studio.eventually(lambda: f"delivery failed job_id={job.id}" in studio.log(), "a write that failed")

    await studio.result(job)


@pytest.mark.sqlite_only(reason="a server has a disk of its own")
async def test_a_batch_on_a_full_disk_loses_no_line_and_pays_none_twice(studio: Studio) -> None:
    prompts = [f"a {word} bench --ar 4:1 --seed 7" for word in ("red", "blue", "grey")]
    upload = studio.upload("lines.csv", "\n".join(["prompt", *prompts]).encode())
    question = await studio.whole_answer(
        await studio.actor.slash("mia", "studio", "batch", {"file": upload}), user="mia"
    )
    await studio.click(question, "Start 3 jobs · 3 units", user="mia")

    def asked() -> list[str]:
        bodies = [request.body for request in studio.requests_to(IMAGINE)]
        return sorted(body["prompt"] for body in bodies if "bench" in body["prompt"])

    await studio.eventually(lambda: len(asked()) == len(prompts), "all lines at the relay")
    before = troubles(studio)
    with full_disk(studio):
        await studio.eventually(lambda: troubles(studio) > before, "a write that failed")

    def told() -> bool:
        return any("All 3 are ready." in message["content"] for message in studio.messages("studio", "mia"))

    await studio.eventually(told, "the word that all are ready")
    assert asked() == sorted(prompts)


# The clock is set anew.


@pytest.mark.parametrize("hours", [1, -1], ids=["forwards", "back"])
async def test_a_clock_that_is_set_by_an_hour_ends_no_job_and_stops_no_new_one(studio: Studio, hours: int) -> None:
    old = [await running(studio), await running(studio, channel="dm-ana")]
    set_clock(studio, hours * AN_HOUR_S)
    new = [await studio.imagine(), await studio.imagine(channel="dm-ana")]

    for job in (*old, *new):
        await studio.result(job)
        assert not any("(Timed out)" in stage["content"] for stage in studio.states(job.card["id"]))


@pytest.mark.parametrize("hours", [1, -1], ids=["forwards", "back"])
async def test_where_the_bot_may_not_post_the_result_comes_although_the_clock_was_set(
    studio: Studio, hours: int
) -> None:
    job = await running(studio, channel="no-posting")
    set_clock(studio, hours * AN_HOUR_S)

    def shown() -> object:
        return studio.results(job.id, "no-posting") or studio.results(job.id, "dm-ana")

    await studio.eventually(shown, "the result")


async def test_a_question_about_an_unknown_outcome_is_not_put_off_by_a_clock_set_back(studio: Studio) -> None:
    studio.relay.offers_task_list = True
    studio.relay_fault("POST", IMAGINE, drop="before")
    job = await studio.imagine()
    await studio.eventually(lambda: studio.submits(job.id), "the submit")
    set_clock(studio, -AN_HOUR_S)

    card = await studio.shows(job, "(Unknown outcome)")

    await studio.click(card, "Give up")
    await studio.shows(job, "(Stopped)")
