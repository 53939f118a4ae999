"""What moderators are told of their server: what it spent, and what was done in it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import Wait
from bot.domain.server_rules import Key
from bot.operation.relay_books import NOTE, Books, Reading
from bot.services import Services
from bot.settings import settings_from
from bot.storage.audit import last_acts
from bot.storage.usage import Usage, UsageBy
from bot.storage.walls import Wall
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.text.rule_lines import rule_text
from bot.ui.text.usage_lines import usage_text
from tests.support.hands import Hands
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, make_place
from tests.support.stored import received
from tests.support.walk import finished, now, work_off

MODERATOR = 77
OWNER = 1


@pytest.fixture
async def hands(services: Services) -> Hands:
    hands = await Hands.of(services)
    hands.is_moderator = True
    return hands


async def test_a_server_is_told_what_its_members_spent(hands: Hands, services: Services) -> None:
    for actor, units in ((ANA, 2), (BEN, 3)):
        await services.store.admissions.admit(received(actor=actor, units=units), NO_LIMITS, DAY)
    await services.store.admissions.admit(received(units=9, place=make_place(guild_id=202)), NO_LIMITS, DAY)

    answer = (await hands.command("easel usage", MODERATOR, make_place())).answer

    (said,), (chart,) = answer.texts, answer.files
    assert said.splitlines()[1:] == ["<@902>: 3 units, 1 job", "<@901>: 2 units, 1 job"]
    assert chart.description == f"Chart of this server's units by day: {DAY}: 5"
    assert chart.fp.read().startswith(b"\x89PNG")


async def test_a_server_that_spent_nothing_is_told_so_without_a_chart(hands: Hands) -> None:
    answer = (await hands.command("easel usage", MODERATOR, make_place(), days=90)).answer

    assert answer.texts == ["Nothing was made here in the last 90 days."]
    assert answer.files == []


def test_that_no_role_made_anything_is_not_that_nobody_did() -> None:
    assert usage_text(UsageBy.ROLE, 30, [], "en-US") == "No member with a role made anything in the last 30 days."
    assert usage_text(UsageBy.MEMBER, 1, [], "en-US") == "Nothing was made here in the last 1 day."


def test_units_of_one_day_are_told_as_such() -> None:
    text = usage_text(UsageBy.MEMBER, 1, [Usage("901", 1, 1)], "en-US")

    assert text.splitlines()[0] == "### Units of the last 1 day, by member"


async def test_acts_are_told_with_who_and_to_whom(hands: Hands) -> None:
    await hands.command("easel block", MODERATOR, make_place(), member=str(BEN.id))
    await hands.command("easel pause", MODERATOR, make_place(guild_id=202))

    said = (await hands.command("easel log", MODERATOR, make_place())).said

    assert [line.partition(" ")[2] for line in said.splitlines()[1:]] == ["<@77> **block** <@902>"]


@pytest.mark.parametrize("reason", ["  ", "\u200b"])
async def test_a_reason_that_says_nothing_rejects_nothing(reason: str, hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "review"): True}, MODERATOR)
    job = await finished(services)
    await work_off(services)

    refused = await hands.answer(ModalContext(ModalKind.REJECT, job.id), MODERATOR, make_place(), reason)

    assert "Please give a reason" in refused.said
    assert (await now(services, job)).awaits_review


@pytest.mark.parametrize("command", ["easel usage", "easel log"])
async def test_only_who_may_manage_the_server_is_told(command: str, hands: Hands) -> None:
    hands.is_moderator = False

    said = (await hands.command(command, BEN.id, make_place())).said

    assert "manage this server" in said


async def test_a_grant_beside_no_budget_is_not_claimed(hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("role:5", "member.day"): 3, Key("server", "units.day"): 9}, MODERATOR)

    said = (await hands.command("easel grant", MODERATOR, make_place(), member=str(BEN.id), units=4)).said

    assert "no `member` budget" in said
    assert services.jobs.rulebook.of_guild(201).grants == []
    assert (await last_acts(services.store.database, 201, 1))[0].act == "set"


@pytest.mark.parametrize("scope", ["server", "channel:301"])
async def test_a_grant_beside_a_budget_is_kept(scope: str, hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key(scope, "member.week"): 3}, MODERATOR)

    said = (await hands.command("easel grant", MODERATOR, make_place(), member=str(BEN.id), units=4)).said

    assert "may spend 4 units more" in said
    assert [one.units for one in services.jobs.rulebook.of_guild(201).grants] == [4]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("channel:301 allow", "<#301> `allow`"),
        ("owner role:5 only.mode.turbo", "<@&5> `owner only.mode.turbo`"),
        ("server age", "`server age`"),
        ("/easel block", "`/easel block`"),
    ],
)
def test_a_rule_is_told_with_the_name_of_its_channel_or_role(rule: str, told: str) -> None:
    assert rule_text(rule) == told


async def test_a_wall_is_named_in_the_audit(hands: Hands, services: Services) -> None:
    for options in ({"channel": "333", "stars": 4}, {"channel": "333", "stars": 4}, {}, {}):
        await hands.command("easel wall", MODERATOR, make_place(), **options)

    acts = await last_acts(services.store.database, 201, 9)
    assert [(act.actor, act.act, act.target, act.before, act.after) for act in acts] == [
        ("77", "set", "server wall", "333, 4 ⭐", ""),
        ("77", "set", "server wall", "", "333, 4 ⭐"),
    ]


RELAYS = json.dumps(
    [{"name": name, "url": "http://127.0.0.1:9", "key": f"key-of-{name}"} for name in ("first", "spare")]
)


async def keep_books(services: Services, relay: str, **changes: Any) -> None:
    now = services.clock.now()
    readings = [Reading(at=now - timedelta(days=1), left=20, used=0), Reading(at=now, left=16, used=4)]
    books = Books.model_validate({"readings": readings} | changes)
    await services.store.notes.set(f"{NOTE}{relay}", books.model_dump_json())


async def test_the_owner_reads_what_each_relay_tells_that_is_used(services: Services) -> None:
    hands = await Hands.of(replace(services, settings=settings_from({"discord_token": "token", "relays": RELAYS})))
    compared = {"compared_until": services.clock.now(), "charges": 40, "strangers": 2, "drift": 0.031}
    await keep_books(services, "first", **compared, costs={"imagine": 0.05, "imagine/turbo": 0.104})
    await keep_books(services, "spare")
    await keep_books(services, "removed")
    services.jobs.live.held["midjourney@spare"] = Wait.CREDIT

    said = (await hands.command("easel relay", OWNER, make_place())).said

    assert said.count("**16.00** left") == 2
    assert ("### first" in said, "removed" in said) == (True, False)
    assert "Enough for 4.0 days" in said
    assert "40, of which no job stands for 2" in said
    assert "+3.1%" in said
    assert 'PRICES={"imagine": 5, "imagine/turbo": 10}' in said
    assert "not been compared" in said
    assert "Midjourney (spare) takes nothing right now: the account is out of credit." in said


async def test_a_relay_that_tells_nothing_is_said_to(hands: Hands) -> None:
    assert "does not say" in (await hands.command("easel relay", OWNER, make_place())).said


async def test_moderators_who_are_no_owners_read_nothing_of_the_relay(hands: Hands, services: Services) -> None:
    await keep_books(services, "relay.example")

    said = (await hands.command("easel relay", MODERATOR, make_place())).said

    assert said == "Only the owner of Easel can do this."


def test_a_long_list_says_how_many_more_there_are() -> None:
    text = usage_text(UsageBy.ENGINE, 30, [Usage(f"engine{number}", 1, 1) for number in range(25)], "en-US")

    assert text.splitlines()[-1] == "… and 5 more."


async def test_the_log_names_people_roles_and_channels_as_discord_shows_them(hands: Hands, services: Services) -> None:
    changes: list[dict[Key, Any]] = [
        {Key("server", "only.mode.turbo"): []},
        {Key("server", "only.mode.turbo"): [5, 6]},
        {Key("channel:301", "allow"): True},
        {Key("role:5", "member.day"): 20},
        {Key("server", "words"): ["gore", "blood"]},
        {Key("server", "log"): 333},
        {Key("server", "log"): None},
    ]
    for one in changes:
        await services.jobs.rulebook.set(201, one, MODERATOR)
    await hands.command("easel wall", MODERATOR, make_place(), channel="333", stars=4)
    await services.jobs.rulebook.grant(201, f"member:{BEN.id}", 4, START, MODERATOR)
    await services.jobs.moderation.pause(201)

    told = (await hands.command("easel log", MODERATOR, make_place())).said.splitlines()[1:]

    grant = told.pop(1)
    assert re.search(r"<@77> \*\*grant\*\* <@902>: - → 4, <t:\d+:f>$", grant)
    assert [line.partition(" ")[2] for line in told] == [
        "Easel **pause**",
        "<@77> **set** `server wall`: - → <#333>, 4 ⭐",
        "<@77> **set** `server log`: <#333> → -",
        "<@77> **set** `server log`: - → <#333>",
        "<@77> **set** `server words`: - → 2",
        "<@77> **set** <@&5> `member.day`: - → 20",
        "<@77> **set** <#301> `allow`: - → true",
        "<@77> **set** `server only.mode.turbo`: off → <@&5>, <@&6>",
        "<@77> **set** `server only.mode.turbo`: - → off",
    ]


@pytest.mark.parametrize("member", [BEN.id, 903])
async def test_nobody_blocks_themselves_or_a_bot(member: int, hands: Hands, services: Services) -> None:
    refused = await hands.command("easel block", BEN.id, make_place(), member=str(member))

    assert "neither yourself nor a bot" in refused.said
    assert services.jobs.moderation.blocked == frozenset()


@pytest.mark.parametrize(
    ("acts", "told"),
    [
        (["block", "block"], "<@901> is already blocked."),
        (["unblock"], "<@901> is not blocked."),
        (["pause", "pause"], "This server is already paused."),
        (["resume"], "This server is not paused."),
    ],
)
async def test_what_changes_nothing_is_not_claimed(
    acts: list[str], told: str, hands: Hands, services: Services
) -> None:
    said = [(await hands.command(f"easel {act}", MODERATOR, make_place())).said for act in acts]

    assert told in said[-1]
    assert len(await last_acts(services.store.database, 201, 9)) == len(acts) - 1


async def test_stars_alone_change_the_wall_that_there_is(hands: Hands, services: Services) -> None:
    refused = await hands.command("easel wall", MODERATOR, make_place(), stars=1)
    await hands.command("easel wall", MODERATOR, make_place(), channel="333")
    changed = await hands.command("easel wall", MODERATOR, make_place(), stars=1)

    assert refused.said == "There is no wall yet. Please choose its channel, too."
    assert changed.said == "From now on, pictures that 1 member has starred (⭐) are shown in <#333>."
    assert await services.store.walls.get(201) == Wall(201, 333, 1)
