"""What moderators allow on their server: held at the admission and the submit, and never wider than the owner's."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import Actor, JobStatus, Place
from bot.domain.requests import Action, Button, EngineRequest, FaceSwap, Imagine, Mode, Request
from bot.domain.server_rules import Key, RuleError, ServerRules, exported, imported
from bot.errors import UserError
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.makers import (
    ANA,
    BEN,
    PICK_2,
    START,
    TASK,
    UUID,
    VARY_3,
    make_place,
    make_settings,
    make_token,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.support.walk import now, waiting

pytestmark = pytest.mark.both_databases

MODERATOR = 77
HERE = make_place()
CAT = Imagine(prompt="a cat")
SWAP = FaceSwap(pictures=("a.png", "b.png"))


async def rule(services: Services, name: str, value: Any, scope: str = "server") -> None:
    await services.jobs.rulebook.set(201, {Key(scope, name): value}, MODERATOR)


async def ask(services: Services, request: Request = CAT, actor: Actor = ANA, **more: Any) -> Any:
    known: dict[str, Any] = {"place": HERE, "mode": None} | more
    return await services.jobs.admission.request(actor, known["place"], request, mode=known["mode"], token=make_token())


async def refusal(services: Services, *args: Any, **more: Any) -> str:
    with pytest.raises(UserError) as caught:
        await ask(services, *args, **more)
    return str(caught.value)


# Words.


@pytest.mark.parametrize(
    "request_",
    [
        Imagine(prompt="a CAT --no dogs"),
        EngineRequest(engine="painter", kind="generate", prompt="a dog", options={"negative": "cat"}),
    ],
)
@pytest.mark.parametrize("scope", ["server", "channel:301", "role:5"])
async def test_word_is_refused_wherever_it_stands(request_: Request, scope: str, services: Services) -> None:
    await rule(services, "words", ["dragon", "cat"], scope)

    said = await refusal(services, request_, Actor(ANA.id, roles=(5,)))

    assert "“cat”" in said


async def test_words_of_another_channel_do_not_hold_here(services: Services) -> None:
    await rule(services, "words", ["cat"], "channel:999")

    await ask(services)


async def test_waiting_job_is_held_against_words_that_were_set_meanwhile(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await waiting(services)
    await rule(services, "words", [job.prompt.split()[1]])

    await services.jobs.submission.submit(job.id)

    assert (engine.submitted, (await now(services, job)).status) == ([], JobStatus.REFUSED)


# Roles, speeds and the like.


async def test_what_is_for_a_role_is_refused_to_others_by_its_name(services: Services) -> None:
    await rule(services, "only.mode.turbo", [5, 6])

    assert "only for <@&5>, <@&6>" in await refusal(services, mode=Mode.TURBO)
    await ask(services, actor=Actor(ANA.id, roles=(6,)), mode=Mode.TURBO)
    await ask(services)


@pytest.mark.parametrize("settings", [make_settings(allowed_modes="fast")])
async def test_no_rule_widens_what_the_owner_allows(settings: Settings, services: Services) -> None:
    assert services.settings is settings
    await rule(services, "only.mode.turbo", [5])

    assert "Turbo" in await refusal(services, actor=Actor(ANA.id, roles=(5,)), mode=Mode.TURBO)


@pytest.mark.parametrize("settings", [make_settings(units_per_day=1)])
async def test_no_budget_widens_the_owners(settings: Settings, services: Services) -> None:
    assert services.settings is settings
    await rule(services, "units.day", 99)
    await ask(services)

    assert "for everybody today" in await refusal(services)


async def test_budget_of_the_server_says_which_it_is_and_when_it_renews(services: Services) -> None:
    await rule(services, "units.month", 1)
    await ask(services)

    said = await refusal(services)

    renews = int((START.replace(day=1, hour=0) + timedelta(days=30)).timestamp())
    assert said == (
        "This costs 1 unit, more than is left of this server's limit of 1 unit for this month."
        f" It renews <t:{renews}:R>."
    )


async def test_granted_units_are_spent_until_they_lapse(services: Services, clock: ManualClock) -> None:
    await rule(services, "member.day", 0)
    await services.jobs.rulebook.grant(201, f"member:{ANA.id}", 2, START + timedelta(hours=1), MODERATOR)

    await ask(services)
    await refusal(services, actor=BEN)
    clock.pass_by(3601)

    assert "for today" in await refusal(services)


async def test_pictures_of_people_need_a_members_word_where_the_server_wants_it(services: Services) -> None:
    await rule(services, "consent", True)

    assert "/prefer consent" in await refusal(services, SWAP)
    await ask(services)
    assert await services.preferences.switch_consent(ANA)
    await ask(services, SWAP)


async def test_only_the_author_presses_where_the_server_wants_that(services: Services) -> None:
    await rule(services, "press", "author")
    mine = await ask(services)

    with pytest.raises(UserError, match="only its author"):
        await services.jobs.admission.request(BEN, HERE, CAT, mode=None, token=make_token(), parent=mine)
    await services.jobs.admission.request(ANA, HERE, CAT, mode=None, token=make_token(), parent=mine)


@pytest.mark.parametrize(
    ("custom_id", "operation"),
    [
        (f"MJ::JOB::animate_high::1::{UUID}::SOLO", "animate"),
        (f"MJ::JOB::video::1::{UUID}::1::high::manual", "animate"),
        ("film::low", "animate"),
        (f"MJ::Inpaint::1::{UUID}::SOLO", "edit"),
        ("edit::region", "edit"),
    ],
)
async def test_buttons_that_do_what_a_command_does_are_for_the_same_roles(
    custom_id: str, operation: str, services: Services
) -> None:
    await rule(services, f"only.operation.{operation}", [5])
    press = Action(prompt="a cat", button=Button(custom_id=custom_id), parent_task_id=TASK)

    assert f"/{operation} is only for <@&5>" in await refusal(services, press)
    await ask(services, press, actor=Actor(ANA.id, roles=(5,)))


async def test_other_buttons_are_not_what_those_commands_do(services: Services) -> None:
    for operation in ("animate", "edit"):
        await rule(services, f"only.operation.{operation}", [])

    for button in (VARY_3, PICK_2):
        await ask(services, Action(prompt="a cat", button=button, parent_task_id=TASK))


# Cooldowns.


async def test_next_job_waits_for_the_cooldown_and_is_told_when(services: Services, clock: ManualClock) -> None:
    await rule(services, "cooldown", 30)
    await rule(services, "cooldown", 60, "role:5")
    slow = Actor(ANA.id, roles=(5,))
    first = await ask(services, actor=slow)

    said = await refusal(services, actor=slow)
    await ask(services, actor=BEN)
    clock.pass_by(61)
    await ask(services, actor=slow)

    assert said == f"You can start your next job <t:{int((first.created_at + timedelta(seconds=60)).timestamp())}:R>."


async def test_what_was_not_paid_for_starts_no_cooldown(services: Services) -> None:
    await rule(services, "cooldown", 60)
    job = await ask(services)
    assert await services.store.move(job, [JobStatus.RECEIVED], JobStatus.CANCELLED)

    await ask(services)


# How rules are kept.


async def test_rules_are_there_after_a_restart_and_taken_away_one_by_one(services: Services) -> None:
    await rule(services, "cooldown", 60)
    await rule(services, "words", ["cat"], "channel:301")
    await rule(services, "cooldown", None)

    kept = await services.store.policies.read_all()

    assert dict(kept[201].values) == {Key("channel:301", "words"): ["cat"]}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (Key("server", "weather"), 1, "There is no rule “weather”."),
        (Key("server", "allow"), True, "There is no rule “allow”."),
        (Key("channel:x", "allow"), True, "There is no rule “channel:x allow”."),
        (Key("server", "cooldown"), -1, "“-1” does not fit cooldown."),
        (Key("server", "units.year"), 5, "“5” does not fit units.year."),
        (Key("server", "units.day"), True, "“true” does not fit units.day."),
        (Key("server", "only.colour.red"), [], "does not fit only.colour.red."),
        (Key("server", "only.mode.fast"), ["5"], "does not fit only.mode.fast."),
        (Key("server", "words"), ["/(a/"], "/(a/ is not a valid expression."),
        (Key("server", "words"), [""], "does not fit words."),
        (Key("role:5", "log"), 5, "There is no rule “role:5 log”."),
    ],
)
async def test_what_is_no_rule_changes_nothing(key: Key, value: Any, words: str, services: Services) -> None:
    with pytest.raises(RuleError, match=re.escape(words)):
        await services.jobs.rulebook.set(201, {Key("server", "cooldown"): 9, key: value}, MODERATOR)

    assert await services.store.policies.read_all() == {}


def test_draw_is_one_word_and_the_older_ones_are_understood() -> None:
    stored = {Key("server", "only.operation.openai.generate"): [5], Key("server", "only.engine.openai"): [6]}

    written = exported(ServerRules(201, stored))

    assert json.loads(written) == {"server": {"only.engine.draw": [6], "only.operation.draw": [5]}}
    assert imported(written) == stored
    assert imported(json.dumps({"server": {key.name: value for key, value in stored.items()}})) == stored
    assert str(next(iter(stored))) == "server only.operation.draw"


async def test_who_may_not_draw_is_told_so_by_the_name_of_the_command(services: Services) -> None:
    await rule(services, "only.operation.openai.generate", [])

    why = await services.jobs.reasons.of(ANA, HERE, "draw")

    assert why is not None
    assert (why.rule, str(why.sentence)) == ("server only.operation.draw", "This server has switched /draw off.")


def test_rules_come_back_from_their_file() -> None:
    values = {Key("server", "words"): ["猫"], Key("role:5", "only.mode.turbo"): [], Key("channel:3", "allow"): False}

    assert imported(exported(ServerRules(201, values))) == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a rules file"),
        ("[]", "not a rules file"),
        ('{"server": 1}', "not a rules file"),
        ('{"server": {"weather": 1}}', "no rule “weather”"),
        ('{"server": {"cooldown": "many"}}', "does not fit cooldown"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        imported(text)


# Which rule decides.


@pytest.mark.parametrize(
    ("scope", "name", "value", "decides"),
    [
        ("channel:301", "allow", False, "channel:301 allow"),
        ("role:5", "allow", True, "role:5 allow"),
        ("server", "only.operation.imagine", [], "server only.operation.imagine"),
        ("server", "units.week", 0, "units"),
        ("server", "cooldown", 60, None),
        ("server", "consent", True, None),
    ],
)
async def test_the_rule_that_decides_is_named(
    scope: str, name: str, value: Any, decides: str | None, services: Services
) -> None:
    await rule(services, name, value, scope)

    why = await services.jobs.reasons.of(ANA, HERE, "imagine")

    assert (why and why.rule) == decides


async def test_consent_decides_about_pictures_of_people_until_it_is_given(services: Services) -> None:
    await rule(services, "consent", True)

    before = await services.jobs.reasons.of(ANA, HERE, "kling tryon")
    await services.preferences.switch_consent(ANA)
    after = await services.jobs.reasons.of(ANA, HERE, "kling tryon")

    assert before is not None
    assert before.rule == "server consent"
    assert "/prefer consent" in str(before.sentence)
    assert after is None


async def test_cooldown_decides_until_it_is_over(services: Services, clock: ManualClock) -> None:
    await rule(services, "cooldown", 30)
    await rule(services, "cooldown", 60, "channel:301")
    job = await ask(services)

    during = await services.jobs.reasons.of(ANA, HERE, "imagine")
    of_another = await services.jobs.reasons.of(BEN, HERE, "imagine")
    clock.pass_by(61)
    after = await services.jobs.reasons.of(ANA, HERE, "imagine")

    over = int((job.created_at + timedelta(seconds=60)).timestamp())
    assert during is not None
    assert (during.rule, str(during.sentence)) == (
        "channel:301 cooldown",
        f"You can start your next job <t:{over}:R>.",
    )
    assert (of_another, after) == (None, None)


class KnowsTheCategory:
    async def is_member(self, guild_id: int, user_id: int) -> bool:
        raise NotImplementedError

    async def located(self, place: Place) -> Place:
        return replace(place, category_id=777)


async def test_category_of_a_thread_decides_although_an_interaction_does_not_tell_it(
    store: JobStore, clock: ManualClock, pictures: Pictures
) -> None:
    services = make_services(
        store=store,
        engines={"midjourney": ScriptedEngine()},
        pictures=pictures,
        presenter=RecordingPresenter(),
        settings=make_settings(),
        clock=clock,
        members=KnowsTheCategory(),
    )
    await rule(services, "allow", False, "channel:777")

    why = await services.jobs.reasons.of(ANA, make_place(channel_id=302, parent_channel_id=301), "imagine")

    assert (why and why.rule) == "channel:777 allow"


async def test_what_moderators_decided_is_named_too(services: Services) -> None:
    await services.jobs.moderation.pause(201)

    why = await services.jobs.reasons.of(ANA, HERE, "kling tryon")

    assert (why and why.rule) == "/easel pause"
