"""The way back to a refused text: offered where another text may be taken, and only there."""

from typing import Any

import discord
import pytest

from bot.domain.job import JobStatus, Result, Wait
from bot.domain.requests import Action
from bot.domain.server_rules import Key, Name
from bot.jobs.preferences import Switch
from bot.services import Services
from bot.settings import Settings
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows.drafts import Draft
from tests.support.hands import Hands, Interaction
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, TASK, make_job, make_place, make_result, make_settings
from tests.unit.web.browser import REGION

STUDIO = make_place()
CHANNEL, ROLE = Key("channel:302", Name.ALLOW), Key("role:5", Name.ALLOW)


@pytest.fixture
async def hands(services: Services) -> Hands:
    midjourney = services.jobs.engines.get("midjourney")
    services.jobs.engines._by_name = {"midjourney": midjourney, "ideogram": midjourney}
    return await Hands.of(services)


async def blocked(services: Services) -> None:
    await services.jobs.moderation.block(201, ANA.id)


async def kept_out_of_the_channel(services: Services) -> None:
    await services.jobs.rulebook.set(201, {CHANNEL: True}, BEN.id)


async def kept_out_by_role(services: Services) -> None:
    await services.jobs.rulebook.set(201, {ROLE: True}, BEN.id)


async def switched_off(services: Services) -> None:
    services.jobs.engines._by_name = {}


async def out_of_units(services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "member.day"): 0}, BEN.id)


REFUSALS: dict[str, Any] = {
    "blocked": blocked,
    "may not be used in this channel": kept_out_of_the_channel,
    "Your roles": kept_out_by_role,
    "switched off": switched_off,
}


def labels(interaction: Interaction) -> list[str]:
    """The buttons that were shown last."""
    shown = [item for view in interaction.answer.views[-1:] for item in view.children]
    return [str(item.item.label) for item in shown if isinstance(item, JobButton)]


@pytest.mark.parametrize("told", REFUSALS)
async def test_text_is_not_asked_for_anew_where_none_would_be_taken(
    told: str, hands: Hands, services: Services
) -> None:
    await REFUSALS[told](services)

    refused = await hands.command("imagine", ANA.id, STUDIO)

    assert told in refused.said
    assert labels(refused) == []


@pytest.mark.parametrize("verb", [JobAction.FIX_AND_RUN, JobAction.RUN_AS_IS, JobAction.START_ALL])
async def test_answer_to_a_question_is_refused_like_the_text_itself(
    verb: str, hands: Hands, services: Services
) -> None:
    draft_id = await hands.drafts.keep(Draft(ANA.id, ModalKind.IMAGINE, text="a cat --stylise 100"))
    await blocked(services)

    refused = await hands.press(verb, draft_id, ANA.id, STUDIO)

    assert "blocked" in refused.said
    assert labels(refused) == []


@pytest.mark.parametrize("told", ["blocked", "Your roles"])
async def test_modal_is_not_opened_again_where_no_text_would_be_taken(
    told: str, hands: Hands, services: Services
) -> None:
    await REFUSALS[told](services)

    refused = await hands.answer(ModalContext(ModalKind.PROMPT, "0" * 16), ANA.id, STUDIO)

    assert told in refused.said
    assert labels(refused) == []


async def test_modal_about_what_is_gone_is_not_opened_again(hands: Hands) -> None:
    refused = await hands.answer(ModalContext(ModalKind.PROMPT, "0" * 16), ANA.id, STUDIO)

    assert "no longer knows" in refused.said
    assert labels(refused) == []


async def test_who_has_no_units_left_finds_the_text_again_when_they_renew(hands: Hands, services: Services) -> None:
    await out_of_units(services)

    refused = await hands.command("imagine", ANA.id, STUDIO)

    assert "This costs" in refused.said
    assert labels(refused) == ["Edit and run again"]


@pytest.mark.parametrize("settings", [make_settings(max_waiting_per_member=1)])
async def test_who_waits_for_a_turn_finds_the_text_again(settings: Settings, hands: Hands) -> None:
    assert settings.limits.max_waiting_per_member == 1

    _taken, refused = [await hands.command("imagine", ANA.id, STUDIO) for _number in range(2)]

    assert "already have 1 job waiting" in refused.said
    assert labels(refused) == ["Edit and run again"]


# Parameters say how to paint, and not what.


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("imagine", "--ar 16:9 --v 7"),
        ("imagine", "{a cat, } --stylize 50"),
        ("shorten", "--ar 16:9 --v 7"),
        ("compare", "--ar 16:9 --v 7"),
    ],
)
async def test_parameters_alone_are_an_empty_prompt(name: str, text: str, hands: Hands, services: Services) -> None:
    refused = await hands.command(name, ANA.id, STUDIO, prompt=text)

    assert "The prompt is empty" in refused.said
    assert labels(refused) == ["Edit and run again"]
    assert await services.store.unfinished() == []


@pytest.mark.parametrize(
    ("text", "verb"), [("--stylze 50", JobAction.FIX_AND_RUN), ("--stylize 5000", JobAction.RUN_AS_IS)]
)
async def test_no_answer_makes_a_prompt_of_parameters_alone(
    text: str, verb: str, hands: Hands, services: Services
) -> None:
    draft_id = await hands.drafts.keep(Draft(ANA.id, ModalKind.IMAGINE, text=text))

    refused = await hands.press(verb, draft_id, ANA.id, STUDIO)

    assert "The prompt is empty" in refused.said
    assert await services.store.unfinished() == []


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": "--ar 16:9", "image1": "88"},
        {"prompt": "--ar 16:9", "style_reference": "88"},
        {"prompt": "--ar 16:9 --sref 1234567890"},
        {"prompt": "--ar 16:9 --sref https://img.example.com/a.png"},
    ],
)
async def test_what_has_a_picture_or_a_style_is_painted(
    options: dict[str, str], hands: Hands, services: Services
) -> None:
    await hands.command("imagine", ANA.id, STUDIO, **options)

    assert len(await services.store.unfinished()) == 1


# Several at once.


async def test_more_than_the_units_that_are_left_cannot_be_started(hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "member.day"): 3}, BEN.id)

    asked = [
        await hands.command("imagine", ANA.id, STUDIO, prompt=f"{{{text}}} cat") for text in ("a, b", "a, b, c, d")
    ]

    assert [labels(one) for one in asked] == [["Start all 2", "Edit", "Never mind"], ["Edit", "Never mind"]]
    assert asked[1].said.startswith("This will start 4 jobs and cost 4 units. You have 3 left. That is more than")


async def test_all_of_a_description_cannot_be_started_for_more_than_is_left(hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "member.day"): 2}, BEN.id)
    result = Result(text="1\ufe0f\u20e3 a cat\n2\ufe0f\u20e3 a dog", buttons=(REGION,))
    job = make_job(JobStatus.DONE, task_id=TASK, result=result)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    await services.store.update(job, result=result, task_id=TASK)

    asked = await hands.press(JobAction.CONFIRM_ALL, job.id, ANA.id, STUDIO)
    await hands.command("imagine", ANA.id, STUDIO)
    asked_again = await hands.press(JobAction.CONFIRM_ALL, job.id, ANA.id, STUDIO)

    assert (labels(asked), labels(asked_again)) == (["Imagine all"], [])
    assert asked_again.said.endswith("You have 1 left. That is more than you have left.")


async def test_a_file_is_refused_at_once_where_its_results_would_be_private(hands: Hands, services: Services) -> None:
    await services.preferences.turn(Switch.PRIVATE, ANA)

    refused = await hands.command("batch", ANA.id, STUDIO)

    assert "can't be private" in refused.said
    assert refused.answer.files == []


# Files.


async def test_mask_that_could_not_be_read_is_asked_for_again_as_a_mask(hands: Hands, services: Services) -> None:
    parent = make_job(JobStatus.DONE, task_id=TASK, result=make_result(REGION))
    request = Action(prompt="a cat", answer="a boat", button=REGION, parent_task_id=TASK)
    job = make_job(JobStatus.FAILED, request=request, parent_id=parent.id, waiting_for=Wait.PICTURES)
    for one in (parent, job):
        await services.store.admissions.admit(one, NO_LIMITS, DAY)
        await services.store.update(one, result=one.result, task_id=one.task_id)

    (modal,) = (await hands.press(JobAction.EDIT_JOB, job.id, ANA.id, STUDIO)).answer.modals

    (upload,) = [one for one in modal.walk_children() if isinstance(one, discord.ui.FileUpload)]
    assert modal.custom_id.startswith(f"easel-dialog:mask:{parent.id}:")
    assert (upload.required, upload.max_values) == (True, 1)


@pytest.mark.parametrize("link", ["cat.png", "ftp://img.example.com/a.png", "<b>"])
async def test_only_a_link_is_described(link: str, hands: Hands, services: Services) -> None:
    refused = await hands.command("describe", ANA.id, STUDIO, link=link)

    assert "not a link to a picture" in refused.said
    assert await services.store.unfinished() == []


async def test_a_link_is_described(hands: Hands, services: Services) -> None:
    await hands.command("describe", ANA.id, STUDIO, link="<HTTPS://img.example.com/a.png>")

    assert len(await services.store.unfinished()) == 1
