"""Whom and where each kind of entry in BUDGETS limits."""

from dataclasses import replace

import pytest

from bot.domain.job import Actor, Place
from bot.jobs.policy import limits
from tests.support.makers import ANA, BEN, make_place, make_settings

PAINTER = replace(ANA, roles=(5, 6))
SERVER = make_place(guild_id=201, channel_id=301, category_id=300)
THREAD = make_place(guild_id=201, channel_id=309, parent_channel_id=301, category_id=300)
ELSEWHERE = make_place(guild_id=202, channel_id=302)
DIRECT = make_place(guild_id=None, channel_id=303)


def limiting(entry: str, actor: Actor, place: Place) -> dict[str, int]:
    """What an entry of 7 units limits somebody to in a place, by account."""
    found = limits(make_settings(budgets={entry: 7}), actor, place).limiting(actor.id)
    return {str(budget.account): budget.most for budget in found}


@pytest.mark.parametrize(
    ("entry", "actor", "place", "account"),
    [
        ("all/month", ANA, DIRECT, "all@month"),
        ("member/week", ANA, SERVER, f"member:{ANA.id}@week"),
        ("member/week", BEN, DIRECT, f"member:{BEN.id}@week"),
        (f"member:{ANA.id}/day", ANA, SERVER, f"member:{ANA.id}@day"),
        ("role:5/day", PAINTER, ELSEWHERE, "role:5@day"),
        ("channel/day", ANA, SERVER, "channel:301@day"),
        ("channel/day", ANA, THREAD, "channel:301@day"),
        ("channel:301/day", ANA, THREAD, "channel:301@day"),
        ("channel:300/day", ANA, THREAD, "channel:300@day"),
        ("server/month", ANA, ELSEWHERE, "guild:202@month"),
        ("server:201/month", ANA, SERVER, "guild:201@month"),
    ],
)
def test_an_entry_limits_whom_it_is_about(entry: str, actor: Actor, place: Place, account: str) -> None:
    assert limiting(entry, actor, place) == {account: 7}


@pytest.mark.parametrize(
    ("entry", "actor", "place"),
    [
        (f"member:{ANA.id}/day", BEN, SERVER),
        ("role:4/day", PAINTER, SERVER),
        ("channel:302/day", ANA, SERVER),
        ("server/day", ANA, DIRECT),
        ("server:201/day", ANA, ELSEWHERE),
    ],
)
def test_an_entry_limits_nobody_else(entry: str, actor: Actor, place: Place) -> None:
    assert limiting(entry, actor, place) == {}


def test_the_narrower_of_two_entries_of_one_account_holds() -> None:
    settings = make_settings(budgets={"member/day": 7, f"member:{ANA.id}/day": 3}, units_per_member_day=5)

    theirs = [limits(settings, one, SERVER).limiting(one.id) for one in (ANA, BEN)]
    assert [[budget.most for budget in own] for own in theirs] == [[3], [5]]
