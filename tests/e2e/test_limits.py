"""The owner's caps: how many jobs run and wait, and how many units a day has."""

import asyncio

import pytest

from sandbox.message_view import is_private
from tests.e2e.questions import spent
from tests.e2e.studio import CAT, Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"MAX_RUNNING_PER_MEMBER": "1", "MAX_WAITING_PER_MEMBER": "2", "UNITS_PER_MEMBER_DAY": "5"}


async def test_a_member_has_so_many_jobs_running_and_waiting_and_the_next_is_refused(studio: Studio) -> None:
    running = await studio.imagine(f"{CAT} --sandbox-queued")
    await studio.running(running)
    waiting = [await studio.imagine(), await studio.imagine()]

    refusal = await studio.slash("imagine", {"prompt": CAT})

    assert is_private(refusal)
    assert refusal["content"] == "You already have 2 jobs waiting. Please wait until one of them has started."
    assert [studio.tasks(job.id) for job in waiting] == [[], []]
    for job in (running, *waiting):
        await studio.result(job)


async def test_a_members_units_of_a_day_cannot_be_exceeded(studio: Studio) -> None:
    jobs = []
    for _ in range(5 - spent(studio, "ben")):  # whoever was first in another test has one less
        jobs.append(await studio.imagine(user="ben"))
        await studio.result(jobs[-1])

    refusal = await studio.slash("imagine", {"prompt": CAT}, user="ben")

    assert "more than you have left of your 5 for today" in refusal["content"]
    assert {studio.units(job) for job in jobs} == {"settled"}


async def test_what_the_relay_refused_costs_no_units(studio: Studio) -> None:
    for _ in range(5):
        refused = await studio.imagine("a gore field", user="mia")
        await studio.gone(refused)
        assert studio.units(refused) == "released"

    await studio.result(await studio.imagine(user="mia"))


async def test_members_at_the_last_unit_of_the_studio_start_one_job(studio: Studio) -> None:
    before = studio.spent_today()
    await studio.restart(UNITS_PER_DAY=str(before + 1), UNITS_PER_MEMBER_DAY="100", MAX_WAITING_PER_MEMBER="100")
    presses = [studio.slash("imagine", {"prompt": CAT}, user=user) for user in ("ana", "ben", "mia") * 3]

    answers = await asyncio.gather(*presses)

    refusals = [answer["content"] for answer in answers if is_private(answer)]
    assert len(refusals) == len(answers) - 1
    assert [refusal for refusal in refusals if "more than is left for everybody today" not in refusal] == []
    await studio.restart(UNITS_PER_DAY="", **SETTINGS)
