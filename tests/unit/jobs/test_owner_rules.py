"""The owner's rules for all servers: they hold on each, and no rule of a server widens them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import Actor
from bot.domain.requests import FaceSwap, Imagine, Mode, Request
from bot.domain.server_rules import OWNER, Key
from bot.errors import UserError
from bot.services import Services
from tests.support.makers import ANA, BEN, make_place, make_token
from tests.support.ports import ManualClock
from tests.support.walk import waiting

pytestmark = pytest.mark.both_databases

MODERATOR = 77
HERE = make_place()
CAT = Imagine(prompt="a cat")
SWAP = FaceSwap(pictures=("a.png", "b.png"))


async def rule(services: Services, name: str, value: Any) -> None:
    await services.jobs.rulebook.set(201, {Key("server", name): value}, MODERATOR)


async def ask(services: Services, request: Request = CAT, actor: Actor = ANA, **more: Any) -> Any:
    known: dict[str, Any] = {"place": HERE, "mode": None} | more
    return await services.jobs.admission.request(actor, known["place"], request, mode=known["mode"], token=make_token())


async def refusal(services: Services, *args: Any, **more: Any) -> str:
    with pytest.raises(UserError) as caught:
        await ask(services, *args, **more)
    return str(caught.value)


async def owners_rule(services: Services, name: str, value: Any, scope: str = "server") -> None:
    await services.jobs.rulebook.set(OWNER, {Key(scope, name): value}, MODERATOR)


@pytest.mark.parametrize(
    ("name", "value", "request_", "said"),
    [
        ("words", ["cat"], CAT, "The owner of Easel doesn't allow “cat”"),
        ("only.mode.fast", [], CAT, "The owner of Easel has switched Fast off"),
        ("only.mode.fast", [5], CAT, "The owner of Easel keeps Fast for <@&5>"),
        ("age", "restricted", CAT, "Easel may only be used in age-restricted channels"),
        ("consent", True, SWAP, "Pictures of people need your word"),
        ("units.day", 0, CAT, "this server's limit of 0 units for today"),
        ("member.week", 0, CAT, "your limit of 0 units in this server for this week"),
    ],
)
@pytest.mark.parametrize("guild_id", [201, 202])
async def test_owners_rules_hold_on_every_server(
    name: str, value: Any, request_: Request, said: str, guild_id: int, services: Services
) -> None:
    await owners_rule(services, name, value)

    assert said in await refusal(services, request_, place=make_place(guild_id=guild_id))


async def test_no_server_widens_what_the_owner_sets(services: Services) -> None:
    await owners_rule(services, "member.day", 1)
    await owners_rule(services, "only.mode.turbo", [])
    await owners_rule(services, "cooldown", 60)
    for name, value in (("member.day", 50), ("only.mode.turbo", [5]), ("cooldown", 0)):
        await rule(services, name, value)

    assert "off" in await refusal(services, actor=Actor(ANA.id, roles=(5,)), mode=Mode.TURBO)
    assert services.jobs.admission.limits(ANA, HERE).cooldown_s == 60
    assert await services.jobs.admission.units_left.of(ANA, HERE) == 1


async def test_server_may_be_narrower_than_the_owner(services: Services) -> None:
    await owners_rule(services, "member.day", 5)
    await rule(services, "member.day", 1)

    assert await services.jobs.admission.units_left.of(ANA, HERE) == 1


async def test_limits_are_worked_out_anew_when_a_rule_a_grant_or_a_setting_is_another(
    services: Services, clock: ManualClock
) -> None:
    limits = services.jobs.admission.limits
    await rule(services, "member.day", 5)
    first = limits(ANA, HERE)
    await rule(services, "member.day", 4)
    second = limits(ANA, HERE)
    await services.jobs.rulebook.grant(201, f"member:{ANA.id}", 10, clock.now() + timedelta(hours=1), MODERATOR)
    third = limits(ANA, HERE)
    clock.pass_by(3601)

    assert limits(ANA, HERE) is not third
    assert [one.most for known in (first, second) for one in known.limiting(ANA.id)] == [5, 4]
    assert [len(known.limiting(ANA.id)[0].grants) for known in (second, third, limits(ANA, HERE))] == [0, 1, 0]
    assert limits(BEN, HERE).of_accounts(BEN.id) != limits(ANA, HERE).of_accounts(ANA.id)


async def test_limits_are_the_same_for_members_with_like_roles_and_each_has_accounts_of_their_own(
    services: Services,
) -> None:
    await owners_rule(services, "member.day", 7)
    await rule(services, "member.day", 5)
    await rule(services, "units.day", 9)
    limits, other = services.jobs.admission.limits(ANA, HERE), replace(ANA, roles=(5,))

    assert services.jobs.admission.limits(BEN, HERE) is limits
    assert services.jobs.admission.limits(other, HERE) is not limits
    for actor in (ANA, BEN):
        own = [f"guild:201/member:{actor.id}@day", f"owner/guild:201/member:{actor.id}@day"]
        found = {str(budget.account): budget.most for budget in limits.limiting(actor.id)}
        assert found == dict(zip(["guild:201@day", *own], [9, 5, 7], strict=True))


async def test_what_is_granted_to_one_member_is_not_anothers(services: Services, clock: ManualClock) -> None:
    await rule(services, "member.day", 1)
    until = clock.now() + timedelta(hours=1)
    await services.jobs.rulebook.grant(201, f"member:{ANA.id}", 1, until, MODERATOR)

    for _ in range(2):
        await ask(services)
    await ask(services, actor=BEN)

    assert await refusal(services)
    assert await refusal(services, actor=BEN)


async def test_limits_are_the_same_for_all_that_one_command_asks(services: Services) -> None:
    await rule(services, "units.day", 5)

    assert services.jobs.admission.limits(ANA, HERE) is services.jobs.admission.limits(ANA, replace(HERE, locale="de"))


async def test_grants_of_a_server_do_not_widen_the_owners_budget(services: Services, clock: ManualClock) -> None:
    await owners_rule(services, "member.day", 2)
    await rule(services, "member.day", 1)
    until = clock.now() + timedelta(days=1)
    await services.jobs.rulebook.grant(201, f"member:{ANA.id}", 10, until, MODERATOR)

    await ask(services)
    await ask(services)

    assert "your limit of 2 units in this server" in await refusal(services)


async def test_each_server_has_the_owners_units_for_itself(services: Services) -> None:
    await owners_rule(services, "units.month", 1)
    await ask(services)

    assert await refusal(services, actor=BEN)
    await ask(services, place=make_place(guild_id=202))


async def test_why_says_that_it_is_the_owners_rule(services: Services) -> None:
    await owners_rule(services, "age", "restricted")

    why = await services.jobs.reasons.of(ANA, HERE, "imagine", Mode.FAST)

    assert why is not None
    assert why.rule == "owner server age"


async def test_why_names_the_budget_that_is_used_up_and_when_it_renews(services: Services) -> None:
    await rule(services, "member.day", 1)
    await rule(services, "units.month", 5)
    await ask(services)

    why = await services.jobs.reasons.of(ANA, HERE, "imagine", Mode.FAST)

    assert why is not None
    words = why.sentence.render()
    assert words.startswith("Nothing is left of your limit of 1 unit in this server for today. It renews <t:")


async def test_only_authors_press_where_the_owner_wants_that(services: Services) -> None:
    await owners_rule(services, "press", "author")
    parent = await waiting(services)

    with pytest.raises(UserError, match="Only the author"):
        services.jobs.admission._gates.check_press(BEN, HERE, parent)
    services.jobs.admission._gates.check_press(ANA, HERE, parent)
