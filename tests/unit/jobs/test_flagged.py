"""What an engine flags as for adults, by the rules of servers."""

from typing import Any

import pytest

from bot.domain.job import Job, JobStatus, Reach, Result
from bot.domain.server_rules import Flagged, Key, Name
from bot.services import Services
from tests.support.makers import ANA, make_job, make_place, make_token
from tests.support.stored import admitted, moved

S = JobStatus


async def ruled(services: Services, *ways: tuple[str, str]) -> None:
    await services.jobs.rulebook.set(201, {Key(scope, Name.FLAGGED): way for scope, way in ways}, 77)


async def finished(services: Services, **changes: Any) -> Job:
    """A job whose result is about to be posted."""
    result = Result(image_url="https://img.example.com/a.png", is_flagged=True)
    known: dict[str, Any] = {"result": result}
    job = await admitted(services.store, make_job(S.RECEIVED, **(known | changes)))
    return await moved(services.store, job, S.SUBMITTING, S.RUNNING, S.POSTING)


async def kept(services: Services, job: Job) -> Job:
    found = await services.store.get(job.id)
    assert found is not None
    return found


async def test_without_a_rule_it_is_shown_as_everything_else(services: Services) -> None:
    job = await finished(services)

    assert await services.jobs.flagged.apply(job) == job


async def test_a_rule_covers_it_and_that_is_kept(services: Services) -> None:
    await ruled(services, ("server", "spoiler"))

    job = await services.jobs.flagged.apply(await finished(services))

    assert (job.is_spoiler, job.is_private) == (True, False)
    assert (await kept(services, job)).is_spoiler


async def test_a_rule_keeps_it_for_its_author_which_is_kept_too(services: Services) -> None:
    await ruled(services, ("server", "restricted"))

    job = await services.jobs.flagged.apply(await finished(services))

    now = await kept(services, job)
    assert now.result is not None
    assert (now.is_private, now.result.is_diverted) == (True, True)
    assert not now.is_ephemeral  # its card is for everybody, and must not become the result


@pytest.mark.parametrize(
    "changes",
    [
        {"place": make_place(is_age_restricted=True)},
        {"place": make_place(guild_id=None, reach=Reach.DM)},
        {"place": make_place(guild_id=202)},
        {"result": Result(image_url="https://img.example.com/a.png")},
        {"is_private": True, "place": make_place(may_post=False)},
    ],
)
async def test_a_rule_is_about_flagged_results_outside_of_age_restricted_channels(
    changes: dict[str, Any], services: Services
) -> None:
    await ruled(services, ("server", "restricted"))
    job = await finished(services, **changes)

    assert await services.jobs.flagged.apply(job) == job


@pytest.mark.parametrize(
    ("ways", "strictest"),
    [
        ([("server", "spoiler"), ("channel:301", "restricted")], Flagged.RESTRICTED),
        ([("server", "restricted"), ("channel:301", "off")], Flagged.RESTRICTED),
        ([("server", "off"), ("channel:301", "spoiler")], Flagged.SPOILER),
        ([("channel:302", "restricted")], Flagged.OFF),
        ([("role:9", "spoiler")], Flagged.OFF),
    ],
)
async def test_of_several_rules_the_strictest_holds(
    ways: list[tuple[str, str]], strictest: Flagged, services: Services
) -> None:
    await ruled(services, *ways)
    job = make_job(result=Result(is_flagged=True))

    assert services.jobs.flagged.rule_for(job, ANA, make_place()) is strictest


async def test_what_was_kept_from_its_place_is_shown_once_its_author_asks(services: Services) -> None:
    await ruled(services, ("server", "restricted"))
    job = await services.jobs.flagged.apply(await finished(services))
    nowhere = await moved(services.store, job, S.UNDELIVERABLE)

    await services.jobs.deliveries.show_here(nowhere, make_place().for_author, nowhere.token or make_token(), 88)

    shown = await kept(services, job)
    assert shown.result is not None
    assert (shown.status, shown.result.is_diverted, shown.is_ephemeral) == (S.POSTING, False, True)
