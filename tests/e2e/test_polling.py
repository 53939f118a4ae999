"""How often the bot asks and edits, and that one bad answer costs no job."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from sandbox.wire import RecordedRequest
from tests.e2e.studio import CAT, Ordered, Studio, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 20.0
LIST = "/mj/task/list-by-condition"
HTML = "<html>Bad gateway</html>"
# One bad answer for one look of each job: clients of this relay in the wild deliver 0 of 20 after these.
BAD_LOOKS = (
    {"status": 502, "body": HTML},
    {"status": 429, "body": {"error": {"message": "slow down"}}, "headers": {"Retry-After": "2"}},
    {"status": 200, "body": '[{"id": "1795'},
    {"drop": "before"},
)


async def test_one_list_call_serves_all_running_jobs_of_a_round(studio: Studio) -> None:
    jobs = await start_many(studio, 30)

    for job in jobs:
        await studio.result(job)

    tasks = {studio.tasks(job.id)[0]["id"] for job in jobs}
    calls = [request for request in studio.list_calls() if tasks & set(request.body["ids"])]
    # However long the rounds took: a call serves all who are due. By themselves the thirty would need thirty times as
    # many as looks at one of them; those that start while a round is on its way are due at other times.
    looks = Counter(task for call in calls for task in call.body["ids"])
    assert len(calls) <= 4 * max(looks[task] for task in tasks) + 3
    assert max(len(call.body["ids"]) for call in calls) > len(jobs) / 2


async def test_twenty_of_twenty_jobs_survive_one_bad_look_of_each_kind(studio: Studio) -> None:
    jobs = await start_many(studio, 20)
    for fault in BAD_LOOKS:
        studio.relay_fault("POST", LIST, **fault)

    delivered = [await studio.result(job) for job in jobs]

    assert len({message["id"] for message in delivered}) == 20
    assert [fault.times for fault in studio.relay.wire.faults] == [0] * len(BAD_LOOKS)


async def test_a_card_that_shows_nothing_new_is_not_edited(studio: Studio) -> None:
    job = await studio.imagine(f"{CAT} --sandbox-stuck")
    task = await studio.running(job)
    studio.let_relay_work(10.0)
    await studio.shows(job, "(93%)")
    looks = len(studio.looks(task["id"]))

    await studio.eventually(lambda: len(studio.looks(task["id"])) >= looks + 3, "three more looks")

    states = [(stage["content"], names(stage)) for stage in studio.states(job.card["id"])]
    assert [one for one, other in pairwise(states) if one == other] == []
    await studio.press(job.card, "Cancel Job")


async def test_the_final_state_wins_over_an_edit_that_is_late(studio: Studio) -> None:
    job = await studio.imagine(f"{CAT} --sandbox-slow", channel="no-posting")
    await studio.running(job)
    studio.discord_fault("PATCH", "/webhooks/*", delay_s=1.0)
    studio.let_relay_work(3.0)
    (fault,) = studio.sandbox.discord.wire.faults
    await studio.eventually(lambda: fault.times == 0, "an edit of the running card on its way")
    studio.finish(job)

    grid = await studio.result(job)
    await studio.eventually(lambda: all(edit.status for edit in edits(studio, job)), "the end of all edits")

    card = studio.card(job)
    assert card is not None
    assert (card["content"], result_files(card)) == (grid["content"], [f"easel-{job.id}.png"])
    assert percents(studio, job) == sorted(percents(studio, job))
    assert len(edits(studio, job)) > 1


def edits(studio: Studio, job: Ordered) -> list[RecordedRequest]:
    """All edits of a card by its token."""
    requests = studio.sandbox.discord.wire.requests
    return [r for r in requests if r.method == "PATCH" and r.path.partition("?")[0].endswith(job.card["id"])]


async def start_many(studio: Studio, count: int) -> list[Ordered]:
    """Jobs of three members that all run at the same time, however long it takes to start them."""
    studio.let_relay_work(0.01)
    jobs = await asyncio.gather(*(studio.imagine(user=("ana", "ben", "mia")[n % 3]) for n in range(count)))
    for job in jobs:
        await studio.running(job)
    studio.let_relay_work(1.0)
    return jobs


def percents(studio: Studio, job: Ordered) -> list[int]:
    """The progress that the card showed."""
    texts = [stage["content"] for stage in studio.states(job.card["id"])]
    return [int(text.partition("%)")[0].rpartition("(")[2]) for text in texts if "%)" in text]


def names(stage: dict[str, object]) -> int:
    """How many pictures a state of a card has."""
    attachments = stage["attachments"]
    assert isinstance(attachments, list)
    return len(attachments)
