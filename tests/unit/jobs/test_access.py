"""Who may come in at all, and from where."""

from collections.abc import Mapping
from contextlib import nullcontext

import pytest

from bot.crypto import Pseudonyms
from bot.domain.job import JobStatus, Place, Reach
from bot.domain.requests import Imagine
from bot.errors import UserError
from bot.jobs.access import Access
from bot.jobs.bans import Bans
from bot.jobs.gates import Gates
from bot.jobs.moderation import Moderation
from bot.jobs.policy import open_doors
from bot.jobs.rulebook import Rulebook
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, make_place, make_settings, make_token
from tests.support.ports import ManualClock, ScriptedEngine

HERE = make_place()
DM = make_place(guild_id=None, reach=Reach.DM)
ALONE = make_place(guild_id=None, reach=Reach.USER_INSTALL, may_post=False)  # other people's direct messages
ELSEWHERE = make_place(guild_id=777, reach=Reach.USER_INSTALL, may_post=False)
ANYWHERE = {"allow_dm": True, "allow_user_install": True}


class Roll:
    """Knows the members of servers."""

    def __init__(self, members: Mapping[int, set[int]]) -> None:
        self._members = members
        self._trouble: Exception | None = None

    def leave(self, guild_id: int, user_id: int, trouble: Exception | None) -> None:
        """Somebody leaves, or from now on nobody can say whether they have."""
        self._members[guild_id].discard(user_id)
        self._trouble = trouble

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        if self._trouble is not None:
            raise self._trouble
        return user_id in self._members.get(guild_id, set())

    async def located(self, place: Place) -> Place:
        return place


def bans(store: JobStore) -> Bans:
    return Bans(store, ManualClock(), Pseudonyms("key").of)


def gates(store: JobStore) -> Gates:
    return Gates(Rulebook(store, ManualClock()), store.notes)


@pytest.mark.parametrize("place", [DM, ALONE])
@pytest.mark.parametrize(
    ("settings", "is_served"),
    [
        (make_settings(**ANYWHERE), True),
        (make_settings(**ANYWHERE, allowed_guilds="7"), False),
        (make_settings(**ANYWHERE, allowed_guilds="7,8"), True),
        (make_settings(**ANYWHERE, allowed_guilds="7", allowed_users=str(ANA.id)), True),
        (make_settings(**ANYWHERE, allowed_users=str(BEN.id)), False),
        (make_settings(**ANYWHERE, allowed_users=str(ANA.id)), True),
    ],
)
async def test_outside_of_their_servers_the_owner_serves_only_their_members(
    settings: Settings, is_served: bool, place: Place, store: JobStore
) -> None:
    access = Access(settings, Moderation(store), Roll({7: {BEN.id}, 8: {ANA.id}}), gates(store), bans(store))

    with nullcontext() if is_served else pytest.raises(UserError, match="only serves their members"):
        await access.check(ANA, place)


@pytest.mark.parametrize(
    ("blocked_in", "place", "settings", "is_served"),
    [
        (201, HERE, make_settings(), False),
        (202, HERE, make_settings(), True),
        (202, DM, make_settings(**ANYWHERE), False),
        (202, ALONE, make_settings(**ANYWHERE), False),
        (202, ELSEWHERE, make_settings(**ANYWHERE), False),
        (777, ELSEWHERE, make_settings(**ANYWHERE), False),
        (202, DM, make_settings(**ANYWHERE, allowed_guilds="201,202"), False),
        (999, DM, make_settings(**ANYWHERE, allowed_guilds="201,202"), True),  # no server of the owner's
    ],
)
async def test_blocks_hold_outside_of_servers_too(
    blocked_in: int, place: Place, settings: Settings, is_served: bool, store: JobStore
) -> None:
    moderation = Moderation(store)
    access = Access(settings, moderation, Roll({201: {ANA.id}}), gates(store), bans(store))
    await moderation.block(blocked_in, ANA.id)

    for check in (access.check, access.check_free):
        with nullcontext() if is_served else pytest.raises(UserError, match="blocked"):
            await check(ANA, place)


async def test_pause_stops_what_starts_jobs_and_nothing_else(store: JobStore) -> None:
    moderation = Moderation(store)
    access = Access(make_settings(), moderation, Roll({}), gates(store), bans(store))
    await moderation.pause(201)

    await access.check_free(ANA, HERE)
    with pytest.raises(UserError, match="is paused"):
        await access.check(ANA, HERE)


@pytest.mark.parametrize("settings", [make_settings(**ANYWHERE)])
async def test_block_stops_what_waits_outside_of_servers_too(
    settings: Settings, services: Services, engine: ScriptedEngine
) -> None:
    assert services.settings is settings
    job = await services.jobs.admission.request(ANA, DM, Imagine(prompt="a cat"), mode=None, token=make_token())
    await services.jobs.intake.card_shown(job, 401)

    await services.jobs.controls.block(201, ANA.id)
    await services.jobs.submission.submit(job.id)

    now = await services.store.get(job.id)
    assert now is not None
    assert (now.status, engine.submitted) == (JobStatus.CANCELLED, [])


@pytest.mark.parametrize("settings", [make_settings(**ANYWHERE, allowed_guilds="7")])
@pytest.mark.parametrize(
    ("trouble", "status"), [(None, JobStatus.REFUSED), (TimeoutError(), JobStatus.RUNNING)], ids=["gone", "unknown"]
)
async def test_waiting_job_of_somebody_who_left_the_owners_servers_is_not_sent(
    trouble: Exception | None, status: JobStatus, settings: Settings, services: Services
) -> None:
    roll = Roll({7: {ANA.id}})
    services.jobs.access._members = roll
    assert services.settings is settings
    job = await services.jobs.admission.request(ANA, DM, Imagine(prompt="a cat"), mode=None, token=make_token())
    await services.jobs.intake.card_shown(job, 401)

    roll.leave(7, ANA.id, trouble)
    await services.jobs.submission.submit(job.id)

    now = await services.store.get(job.id)
    assert now is not None
    assert now.status is status


@pytest.mark.parametrize("settings", [make_settings(**ANYWHERE, allowed_guilds="7", allowed_users=str(ANA.id))])
async def test_waiting_job_from_a_place_that_is_closed_by_now_is_not_sent(
    settings: Settings, services: Services, engine: ScriptedEngine
) -> None:
    assert services.settings is settings
    job = await services.jobs.admission.request(ANA, DM, Imagine(prompt="a cat"), mode=None, token=make_token())
    await services.store.update(job, guild_id=201, reach=Reach.GUILD)
    moved = await services.store.get(job.id)
    assert moved is not None

    await services.jobs.intake.card_shown(moved, 401)
    await services.jobs.submission.submit(job.id)

    now = await services.store.get(job.id)
    assert now is not None
    assert (now.status, engine.submitted) == (JobStatus.REFUSED, [])


@pytest.mark.parametrize(
    ("settings", "is_public", "word"),
    [
        (make_settings(), True, "ALLOWED_GUILDS is empty"),
        (make_settings(allowed_guilds="7"), True, None),
        (make_settings(allowed_guilds="7", allow_dm=True), True, "ALLOW_DM is on"),
        (make_settings(allowed_guilds="7", **ANYWHERE), True, "ALLOW_DM and ALLOW_USER_INSTALL"),
        (make_settings(**ANYWHERE), False, None),
    ],
)
def test_owner_is_warned_where_anybody_could_spend(settings: Settings, is_public: bool, word: str | None) -> None:
    warning = open_doors(settings, is_public=is_public)

    assert (warning is None) if word is None else (warning is not None and word in warning)
