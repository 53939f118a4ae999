"""What moderators of a server decided."""

import pytest

from bot.errors import UserError
from bot.jobs.moderation import Moderation
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, make_place

HERE, ELSEWHERE = make_place(), make_place(guild_id=202)


async def test_blocked_member_starts_nothing_in_that_server(store: JobStore) -> None:
    moderation = Moderation(store)

    await moderation.block(201, ANA.id)

    with pytest.raises(UserError, match="are blocked"):
        moderation.check(ANA, HERE)
    moderation.check(ANA, ELSEWHERE)
    moderation.check(BEN, HERE)


async def test_paused_server_starts_nothing(store: JobStore) -> None:
    moderation = Moderation(store)

    await moderation.pause(201)

    with pytest.raises(UserError, match="is paused"):
        moderation.check(ANA, HERE)
    moderation.check(ANA, ELSEWHERE)


async def test_decisions_can_be_taken_back(store: JobStore) -> None:
    moderation = Moderation(store)
    await moderation.block(201, ANA.id)
    await moderation.pause(201)

    await moderation.unblock(201, ANA.id)
    await moderation.resume(201)

    moderation.check(ANA, HERE)


async def test_decisions_outlive_a_restart(store: JobStore) -> None:
    before = Moderation(store)
    await before.block(201, ANA.id)
    await before.pause(202)

    after = Moderation(store)
    await after.load()

    assert (after.is_blocked(201, ANA.id), after.is_paused(202), after.is_paused(201)) == (True, True, False)


async def test_what_was_taken_back_outlives_a_restart(store: JobStore) -> None:
    before = Moderation(store)
    await before.block(201, ANA.id)
    await before.pause(201)
    await before.unblock(201, ANA.id)
    await before.resume(201)

    after = Moderation(store)
    await after.load()

    assert (after.is_blocked(201, ANA.id), after.is_paused(201)) == (False, False)
