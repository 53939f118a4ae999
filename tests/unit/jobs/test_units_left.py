"""What is left for a member, as their card tells it: what the admission counted, or what is read."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.budgets import Period
from bot.domain.job import Job
from bot.domain.requests import Imagine
from bot.domain.server_rules import Key
from bot.services import Services
from tests.support.makers import ANA, BEN, make_place, make_settings

HERE = make_place(guild_id=201)


async def ask(services: Services) -> list[Job]:
    """Let two members ask at the same time, one of them twice."""
    return await asyncio.gather(
        *(
            services.jobs.admission.request(actor, HERE, Imagine(prompt="a cat"), mode=None, token=None)
            for actor in (ANA, BEN, ANA)
        )
    )


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (make_settings(), [None, None, None]),
        (make_settings(units_per_day=8), [5, 5, 5]),
        (make_settings(units_per_member_day=5, units_per_day=8), [3, 4, 3]),
        (make_settings(units_per_member_day=2, units_per_day=3), [0, 0, 0]),
    ],
    ids=["no limit", "all", "member and all", "nothing"],
)
async def test_a_card_tells_what_its_admission_left(services: Services, left: list[int | None]) -> None:
    units_left = services.jobs.admission.units_left

    made = await ask(services)

    assert [await units_left.after(job) for job in made] == left
    assert [await units_left.after(job) for job in made] == left  # read, as it is not kept for longer


@pytest.mark.parametrize("granted", [0, 10])
async def test_what_was_granted_is_left_as_well(services: Services, granted: int) -> None:
    rulebook, until = services.jobs.rulebook, services.clock.now() + timedelta(days=1)
    await rulebook.set(HERE.guild_id or 0, {Key("server", f"units.{Period.MONTH}"): 6}, by=1)
    if granted:
        await rulebook.grant(HERE.guild_id or 0, "server", granted, until, by=1)

    made = await ask(services)

    assert [await services.jobs.admission.units_left.after(job) for job in made] == [3 + granted] * 3
