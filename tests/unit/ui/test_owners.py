"""What is the owner's alone is done for the application's owner and those who joined its team, and for nobody else."""

from typing import Any

import pytest

from bot.errors import UserError
from bot.ui.components.owners import check_owner
from sandbox.discord.model import User
from tests.support.discord_bench import DiscordBench


def person(bench: DiscordBench, name: str) -> User:
    found = bench.loopback.state.user(name)
    assert found is not None
    return found


async def may(bench: DiscordBench, name: str) -> bool:
    try:
        await check_owner(bench.client, person(bench, name).id)
    except UserError:
        return False
    return True


def member(user: User, state: int = 2, role: str = "admin") -> dict[str, Any]:
    names = {"username": user.username, "discriminator": "0", "avatar": None, "global_name": None}
    known = {"id": str(user.id), "public_flags": 0, "flags": 0, "primary_guild": None}
    return {"user": names | known, "team_id": "1", "membership_state": state, "role": role, "permissions": ["*"]}


def form_team(bench: DiscordBench, owner: User, *members: dict[str, Any]) -> None:
    team = {"id": "1", "name": "x", "icon": None, "owner_user_id": str(owner.id), "members": list(members)}
    bench.loopback.state.application_team = team


async def test_an_application_has_one_owner(bench: DiscordBench) -> None:
    bench.loopback.state.application_team = None

    assert [await may(bench, name) for name in ("ana", "ben", "mia")] == [True, False, False]


@pytest.mark.parametrize(
    ("state", "role", "is_theirs"),
    [(2, "admin", True), (2, "developer", True), (2, "read_only", False), (1, "admin", False)],
)
async def test_of_a_team_those_who_joined_and_may_change_something(
    state: int, role: str, is_theirs: bool, bench: DiscordBench
) -> None:
    mia, ben = person(bench, "mia"), person(bench, "ben")
    form_team(bench, mia, member(ben, state, role))

    assert await may(bench, "ben") is is_theirs
    assert await may(bench, "mia")
    assert not await may(bench, "ana")


async def test_who_left_the_team_owns_nothing_at_once(bench: DiscordBench) -> None:
    mia, ben = person(bench, "mia"), person(bench, "ben")
    form_team(bench, mia, member(mia), member(ben))
    was_theirs = await may(bench, "ben")
    form_team(bench, mia, member(mia))

    assert was_theirs
    assert not await may(bench, "ben")


async def test_while_discord_does_not_answer_the_owner_of_the_start_counts(bench: DiscordBench) -> None:
    bench.refuse("GET", "/oauth2/applications/@me", 403)

    assert await may(bench, "ana")
    assert not await may(bench, "ben")
