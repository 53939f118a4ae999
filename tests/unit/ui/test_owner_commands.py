"""/easel owner: done for the application's owner, told in a sentence to anybody else."""

import json
import re
from typing import Any

import pytest

from bot.domain.job import Subject
from bot.domain.server_rules import OWNER, Key
from bot.services import Services
from bot.settings import Change
from bot.ui.components.client import PanelInput
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows import entry_points
from bot.ui.text.changes_text import changes_text, complaints_text
from tests.support.hands import Hands, Interaction, ListeningBot
from tests.support.makers import ANA, BEN, make_place

HERE = make_place()
COMMANDS = sorted(name for name in entry_points.COMMANDS if name.startswith("easel owner"))
SERVER = "123456789012345678"


@pytest.fixture
async def hands(services: Services) -> Hands:
    hands = await Hands.of(services)
    assert isinstance(hands.bot, ListeningBot)
    hands.bot.application_owner = ANA.id
    return hands


async def owner(hands: Hands, name: str, user: int = ANA.id, **options: Any) -> Interaction:
    return await hands.command(f"easel owner {name}", user, HERE, **options)


def panel(interaction: Interaction) -> str:
    return json.dumps(interaction.answer.views[-1].to_components(), ensure_ascii=False)


@pytest.mark.parametrize("name", COMMANDS)
async def test_nobody_else_may(name: str, hands: Hands, services: Services) -> None:
    hands.is_moderator = True

    interaction = await hands.command(name, BEN.id, HERE)

    assert interaction.said == "Only the owner of Easel can do this."
    assert (interaction.answer.views, services.jobs.bans.standing()) == ([], [])


async def test_nobody_else_presses_in_the_owners_panel(hands: Hands, services: Services) -> None:
    hands.is_moderator = True
    interaction = hands.interaction(BEN.id, HERE)

    await hands.bot.panel_router.handle(interaction, "ownersetup", PanelInput("press", "author"))

    assert interaction.said == "Only the owner of Easel can do this."
    assert services.jobs.rulebook.all_of(HERE) == ()


async def test_nobody_else_answers_the_owners_modal(hands: Hands, services: Services) -> None:
    hands.is_moderator = True

    interaction = await hands.answer(ModalContext(ModalKind.SETUP_WORDS, "owner"), BEN.id, HERE, "gore")

    assert interaction.said == "Only the owner of Easel can do this."
    assert services.jobs.rulebook.all_of(HERE) == ()


async def test_server_is_banned_listed_and_let_in_again(hands: Hands) -> None:
    banned = await owner(hands, "ban", server=SERVER, reason="spam", days=3)
    listed = await owner(hands, "bans")
    lifted = await owner(hands, "unban", server=SERVER, reason="sorry")
    empty = await owner(hands, "bans")

    assert banned.said == f"Banned: the server `{SERVER}`. What waited was stopped, and I leave it."
    assert f"the server `{SERVER}`, ends <t:" in listed.said
    assert "spam" in listed.said
    assert lifted.said == f"The ban is lifted: the server `{SERVER}`."
    assert empty.said == "Nobody is banned, and no server."
    unban, ban = (await owner(hands, "log")).said.splitlines()[1:3]
    assert re.search(r"\*\*unban\*\* server:123456789012345678: <t:\d+:f> → - \(sorry\)$", unban)
    assert re.search(r"\*\*ban\*\* server:123456789012345678: - → <t:\d+:f> \(spam\)$", ban)


async def test_erased_member_is_listed_without_a_name(hands: Hands, services: Services) -> None:
    await services.jobs.controls.ban(Subject.MEMBER, BEN.id, ANA.id, reason="spam", until=None)
    await services.personal_data.erase(BEN)

    listed = await owner(hands, "bans")

    assert "somebody who was erased, for good: spam" in listed.said
    assert str(BEN.id) not in listed.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "Please name either a member or a server."),
        ({"server": "easel studio"}, "“easel studio” is no server id"),
    ],
)
@pytest.mark.parametrize("name", ["ban", "unban"])
async def test_what_names_nobody_changes_nothing(
    name: str, options: dict[str, Any], said: str, hands: Hands, services: Services
) -> None:
    assert said in (await owner(hands, name, **options)).said
    assert services.jobs.bans.standing() == []


@pytest.mark.parametrize("member", [ANA.id, 903])
async def test_neither_an_owner_nor_a_bot_is_banned(member: int, hands: Hands, services: Services) -> None:
    refused = await owner(hands, "ban", member=str(member), reason="oops")

    assert "neither an owner of Easel nor a bot" in refused.said
    assert services.jobs.bans.standing() == []


async def test_what_is_not_banned_cannot_be_unbanned(hands: Hands) -> None:
    assert "There is no such ban" in (await owner(hands, "unban", server=SERVER)).said


async def test_panel_sets_the_rules_for_all_servers(hands: Hands, services: Services) -> None:
    opened = await owner(hands, "setup")
    pressed = hands.interaction(ANA.id, HERE)
    await hands.bot.panel_router.handle(pressed, "ownersetup", PanelInput("press", "author"))
    typed = await hands.answer(ModalContext(ModalKind.SETUP_NUMBERS, "owner"), ANA.id, HERE, "member.day 20")

    assert "Rules for all servers" in panel(opened)
    assert "easel-choice:ownersetup:page:" in panel(opened)
    assert "easel-panel:ownersetup:press:" in panel(pressed)
    assert "member.day" in panel(typed)
    assert dict(services.jobs.rulebook.of_guild(OWNER).values) == {
        Key("server", "press"): "author",
        Key("server", "member.day"): 20,
    }
    assert dict(services.jobs.rulebook.of_guild(201).values) == {}


async def test_panel_offers_no_roles_and_channels_of_one_server_for_all(hands: Hands) -> None:
    interaction = hands.interaction(ANA.id, HERE)
    await hands.bot.panel_router.handle(interaction, "ownersetup", PanelInput("feature", "0", "mturbo"))

    assert "easel-panel:ownersetup:off:mturbo" in panel(interaction)
    assert "easel-roles" not in panel(interaction)
    assert '"value": "channels"' not in panel(interaction)


async def test_modal_of_the_owners_panel_says_whose_it_is(hands: Hands) -> None:
    interaction = hands.interaction(ANA.id, HERE)
    await hands.bot.panel_router.handle(interaction, "ownersetup", PanelInput("words", ""))

    assert ":setupwords:owner:" in interaction.answer.modals[0].custom_id


async def test_settings_that_are_as_they_were_are_told_so(hands: Hands) -> None:
    assert (await owner(hands, "reload")).said == "No setting has changed."


def test_changes_are_told_by_whether_they_hold_now_and_never_with_a_secret() -> None:
    found = [
        Change("RELAY_API_KEY", "", "", waits_for_start=False),
        Change("UNITS_PER_DAY", "", "300", waits_for_start=False),
        Change("WEB_PORT", "8080", "", waits_for_start=True),
    ]

    told = changes_text(found, "en-US", has_others=True)

    assert told.splitlines() == [
        "### What holds from now on",
        "- `RELAY_API_KEY` has changed",
        "- `UNITS_PER_DAY` - → 300",
        "### What holds after a restart",
        "- `WEB_PORT` 8080 → -",
        "-# The other processes read their own settings now, and say in their logs what has changed.",
    ]


def test_very_many_changes_fit_into_a_message() -> None:
    found = [Change(f"SETTING_{number}", "x" * 200, "y" * 200, waits_for_start=False) for number in range(90)]

    assert len(changes_text(found, "en-US", has_others=True)) <= 2000
    assert len(complaints_text("\n".join("z" * 500 for _line in range(20)))) <= 1900
