"""Every way in against every rule.

Nothing may start, and where a rule is about who comes or from where, no modal may open either.
"""

from typing import Any

import pytest

from bot.domain.job import JobStatus, Subject
from bot.domain.requests import EngineRequest, Imagine, Mode
from bot.ui.flows import entry_points
from bot.ui.flows.entry_points import Rule
from tests.support.hands import EVERY_ENGINE, Interaction
from tests.support.makers import BEN, make_settings, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.unit.ui.entry_points.rules import ABOUT_A_PICTURE, OPEN, PEOPLE, RULES, STUDIO
from tests.unit.ui.entry_points.ways import WAYS, Way
from tests.unit.ui.entry_points.world import World

# The rules hold. Those of a server meet the same ways in as the owner's of the same kind.
LIKE = {
    **dict.fromkeys(("no units of the server", "no units of the channel", "no units for members here"), "no units"),
    **dict.fromkeys(("no units of any server", "no units for members anywhere"), "no units"),
    "mode for nobody here": "mode off",
    "engines for a role": "engine off",
    "cooldown": "no units",
}


def told(result: Any) -> str:
    return result.said if isinstance(result, Interaction) else "\n".join(result)


def opens(result: Any) -> bool:
    return isinstance(result, Interaction) and bool(result.answer.modals)


def meets(rule: str, way: Way) -> bool:
    """Whether a rule can stand against somebody who comes this way."""
    asked = "PRESS=author" if rule in ABOUT_A_PICTURE else LIKE.get(rule, rule)
    return rule not in way.never and (rule in PEOPLE or asked in way.rules)


async def test_every_way_in_leads_somewhere_while_no_rule_stands_against_it(world: World) -> None:
    wrong = {}
    for name, way in WAYS.items():
        result = await way.drive(world)
        if bool(world.made()) is way.opens or (way.opens and not result.answer.is_done()):
            wrong[name] = told(result)

    assert wrong == {}


@pytest.mark.parametrize(("rule", "world"), RULES.items(), ids=RULES, indirect=["world"])
async def test_every_way_in_is_closed_by(rule: str, world: World) -> None:
    met = [name for name, way in WAYS.items() if meets(rule, way)]
    wrong = {}
    for name in met:
        result = await WAYS[name].drive(world)
        is_let_in = opens(result) and RULES[rule].is_about_people
        if world.made() or is_let_in or not (told(result) or opens(result)):
            wrong[name] = told(result)

    assert wrong == {}
    assert met


# What waits is looked at again when its turn comes.


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("blocked", {}),
        ("server not in the list", {"allowed_guilds": "999"}),
        ("mode off", {"allowed_modes": "fast"}),
        ("engine off", {}),
        ("model not named", {"ideogram_any_model": False}),
    ],
)
async def test_waiting_job_is_not_sent_once_a_rule_stands_against_it(
    rule: str, changed: dict[str, Any], world: World, clock: ManualClock
) -> None:
    services = world.services
    request = EngineRequest(engine="ideogram", kind="generate", prompt="a cat", options={"model": "V_9"})
    asked = request if rule == "model not named" else Imagine(prompt="a cat")
    job = await services.jobs.admission.request(
        BEN, STUDIO, asked, mode=None if asked is request else Mode.TURBO, token=make_token()
    )
    await services.jobs.intake.card_shown(job, 401)
    later = make_settings(**(OPEN | changed))
    engine = ScriptedEngine()
    engines = {} if rule == "engine off" else dict.fromkeys(EVERY_ENGINE, engine)
    restarted = make_services(
        store=services.store,
        engines=engines,
        pictures=services.pictures,
        presenter=RecordingPresenter(),
        settings=later,
        clock=clock,
    )
    await restarted.jobs.recovery.resume()
    if rule == "blocked":
        await restarted.jobs.moderation.block(201, BEN.id)

    await restarted.jobs.submission.submit(job.id)

    now = await services.store.get(job.id)
    assert now is not None
    assert engine.submitted == []
    assert now.status in (JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.RECEIVED)
    assert (now.status is JobStatus.RECEIVED) is (rule == "engine off")  # kept until it is on again


# A banned server.


async def test_nothing_answers_in_a_banned_server_but_ones_own_data_and_the_owners_commands(world: World) -> None:
    await world.services.jobs.controls.ban(Subject.GUILD, 201, 1, reason="spam", until=None)
    said = {}
    for name, rule in entry_points.COMMANDS.items():
        if name not in entry_points.CONTEXT_MENUS and (rule is Rule.OPEN or rule is Rule.ALWAYS):
            said[name] = (await world.hands.command(name, BEN.id, STUDIO)).said

    refused = {name for name, text in said.items() if text == "The owner of Easel has banned this server."}
    assert refused == {name for name in said if entry_points.COMMANDS[name] is Rule.ALWAYS}
    assert {name for name, text in said.items() if "Only the owner" in text} == said.keys() - refused - {"privacy"}
