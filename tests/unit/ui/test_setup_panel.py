"""The panel of /easel setup: what is chosen becomes a rule, and nobody else may choose."""

import json
from typing import Any

import pytest

from bot.domain.server_rules import Key
from bot.services import Services
from bot.storage.walls import Wall
from bot.ui.components.client import PanelInput
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.panels.setup_view import FEATURES, PAGES
from tests.support.hands import Hands, Interaction
from tests.support.makers import BEN, make_place
from tests.unit.ui.test_prompt_flow import buttons

MODERATOR, HERE = 77, make_place()


@pytest.fixture
async def hands(services: Services) -> Hands:
    hands = await Hands.of(services)
    hands.is_moderator = True
    return hands


async def choose(hands: Hands, what: str, about: str = "", value: str = "") -> Interaction:
    interaction = await hands.command("easel log", MODERATOR, HERE)  # any interaction of theirs
    interaction.answer.texts.clear()
    interaction.answer.views.clear()
    await hands.bot.panel_router.handle(interaction, "setup", PanelInput(what, about, value))
    return interaction


def rules(services: Services) -> dict[str, Any]:
    return {str(key): value for key, value in services.jobs.rulebook.of_guild(201).values.items()}


def shown(interaction: Interaction) -> str:
    return json.dumps(interaction.answer.views[-1].to_components(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("what", "about", "value", "becomes"),
    [
        ("allow", "channel", "301 302", {"channel:301 allow": True, "channel:302 allow": True}),
        ("deny", "channel", "301", {"channel:301 allow": False}),
        ("allow", "role", "5", {"role:5 allow": True}),
        ("for", "mturbo", "5 6", {"server only.mode.turbo": [5, 6]}),
        ("off", "efal", "", {"server only.engine.fal": []}),
        ("off", "ofaceswap", "", {"server only.operation.faceswap": []}),
        ("press", "author", "", {"server press": "author"}),
        ("age", "restricted", "", {"server age": "restricted"}),
        ("consent", "on", "", {"server consent": True}),
        ("log", "", "333", {"server log": 333}),
        ("reviewchannel", "", "333", {"server review_channel": 333}),
        ("heldall", "on", "", {"server review": True}),
        ("held", "channel", "301 302", {"channel:301 review": True, "channel:302 review": True}),
        ("held", "role", "5", {"role:5 review": True}),
        ("reviewtime", "", "360", {"server review_minutes": 360}),
        ("reviewafter", "", "spoiler", {"server review_after": "spoiler"}),
    ],
)
async def test_what_is_chosen_is_a_rule_and_is_shown(
    what: str, about: str, value: str, becomes: dict[str, Any], hands: Hands, services: Services
) -> None:
    interaction = await choose(hands, what, about, value)

    assert rules(services) == becomes
    assert next(iter(becomes)).split()[1] in shown(interaction)


async def test_wall_is_chosen_and_shown_with_its_number_of_stars(hands: Hands, services: Services) -> None:
    chosen = await choose(hands, "wall", "", "333")
    more = await choose(hands, "stars", "", "5")

    assert await services.store.walls.get(201) == Wall(201, 333, 5)
    assert "`wall` <#333> 3 ⭐" in shown(chosen)
    assert "`wall` <#333> 5 ⭐" in shown(more)


async def test_wall_is_taken_away_by_choosing_none(hands: Hands, services: Services) -> None:
    await choose(hands, "wall", "", "333")

    emptied = await choose(hands, "wall", "", "")

    assert await services.store.walls.get(201) is None
    assert "`wall`" not in shown(emptied)


async def test_panel_calls_things_as_members_do(hands: Hands) -> None:
    interaction = await choose(hands, "feature", "0", "oopenaigenerate")

    assert "Command: /draw" in shown(interaction)
    assert "openai.generate" not in shown(interaction)
    assert "trying clothes on" in shown(await choose(hands, "page", "", "more"))


async def test_choosing_others_takes_the_first_away(hands: Hands, services: Services) -> None:
    await choose(hands, "allow", "channel", "301 302")
    await choose(hands, "deny", "channel", "305")
    await choose(hands, "allow", "channel", "303")

    assert rules(services) == {"channel:303 allow": True, "channel:305 allow": False}


async def test_what_waits_no_more_leaves_no_rule(hands: Hands, services: Services) -> None:
    for what, about, value in (("held", "role", "5"), ("heldall", "on", ""), ("reviewchannel", "", "333")):
        await choose(hands, what, about, value)

    for what, about in (("held", "role"), ("heldall", ""), ("reviewchannel", "")):
        await choose(hands, what, about)

    assert rules(services) == {}


async def test_what_is_turned_off_again_leaves_no_rule(hands: Hands, services: Services) -> None:
    for what, about in (("press", "author"), ("consent", "on"), ("for", "mturbo")):
        await choose(hands, what, about, "5" if what == "for" else "")
        await choose(hands, what, "mturbo" if what == "for" else "")

    assert rules(services) == {}


@pytest.mark.parametrize("page", PAGES)
async def test_every_page_is_shown(page: str, hands: Hands) -> None:
    assert "easel-choice:setup:page:" in shown(await choose(hands, "page", "", page))


@pytest.mark.parametrize("feature", FEATURES)
async def test_every_feature_has_its_roles(feature: str, hands: Hands) -> None:
    assert f"easel-roles:setup:for:{feature}" in shown(await choose(hands, "feature", "0", feature))


async def typed(hands: Hands, ask: ModalKind, text: str) -> Interaction:
    interaction = await choose(hands, "page", "", "limits")
    interaction.answer._is_done = False
    interaction.answer.texts.clear()
    try:
        await hands.bot.panel_router.setup.receive(interaction, ask, text)
    except Exception as exc:  # noqa: BLE001 - as the router tells it
        interaction.answer.texts.append(str(exc))
    return interaction


async def test_words_and_numbers_are_typed(hands: Hands, services: Services) -> None:
    await typed(hands, ModalKind.SETUP_WORDS, "gore\n\n/bl.?d/ \n")
    await typed(hands, ModalKind.SETUP_NUMBERS, "member.day 20\nrole:5 units.week 100\ncooldown 30")

    assert rules(services) == {
        "server words": ["gore", "/bl.?d/"],
        "server member.day": 20,
        "role:5 units.week": 100,
        "server cooldown": 30,
    }
    (modal,) = (await choose(hands, "numbers")).answer.modals
    assert "role:5 units.week 100\ncooldown 30\nmember.day 20" in json.dumps(modal.to_dict()).replace("\\n", "\n")


@pytest.mark.parametrize(
    "text", ["member.day", "member.day -5", "words 5", "member.year 5", "a b c d", "role:x units.day 5"]
)
async def test_what_is_no_number_changes_nothing(text: str, hands: Hands, services: Services) -> None:
    await typed(hands, ModalKind.SETUP_NUMBERS, "cooldown 30")

    refused = await typed(hands, ModalKind.SETUP_NUMBERS, f"member.day 20\n{text}")

    assert rules(services) == {"server cooldown": 30}
    assert refused.said


@pytest.mark.parametrize(
    ("ask", "text"), [(ModalKind.SETUP_NUMBERS, "member.day many"), (ModalKind.SETUP_WORDS, "/(/")]
)
async def test_what_was_refused_is_opened_again_as_it_was_typed(
    ask: ModalKind, text: str, hands: Hands, services: Services
) -> None:
    refused = await hands.answer(ModalContext(ask, ""), MODERATOR, HERE, text)
    again = await hands.press("reopen", buttons(refused)["Open again"], MODERATOR, HERE)
    await hands.answer(ModalContext(ask, ""), MODERATOR, HERE, "cooldown 30")

    assert json.dumps(text)[1:-1] in json.dumps([modal.to_dict() for modal in again.answer.modals])
    assert f":{ask}:" in again.answer.modals[0].custom_id
    assert len(rules(services)) == 1


async def test_emptied_fields_take_the_rules_away(hands: Hands, services: Services) -> None:
    for text in ("gore", ""):
        await typed(hands, ModalKind.SETUP_WORDS, text)
    for text in ("cooldown 30", ""):
        await typed(hands, ModalKind.SETUP_NUMBERS, text)

    assert rules(services) == {}


async def test_who_may_not_manage_the_server_changes_nothing(hands: Hands, services: Services) -> None:
    hands.is_moderator = False
    interaction = await hands.command("easel setup", BEN.id, HERE)

    await hands.bot.panel_router.handle(interaction, "setup", PanelInput("off", "efal"))

    assert "manage this server" in interaction.said
    assert rules(services) == {}


async def test_every_change_is_in_the_log_with_who_made_it(hands: Hands) -> None:
    await choose(hands, "press", "author")

    said = (await hands.command("easel log", MODERATOR, HERE)).said

    assert "<@77> **set** `server press`: - → author" in said


async def test_rules_of_a_file_are_taken_over_as_a_whole(hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "cooldown"): 5}, MODERATOR)

    opened = await hands.command("easel setup", MODERATOR, HERE)

    assert "`cooldown` 5" in shown(opened)
