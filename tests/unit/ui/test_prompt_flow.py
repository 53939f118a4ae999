"""Every text that becomes a paid prompt: read as /imagine reads its own, asked about, and kept when it is refused."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Reach, Result
from bot.domain.requests import Action, Button, EngineRequest, Imagine
from bot.domain.server_rules import Key, Name
from bot.services import Services
from bot.settings import Settings
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, redo_view
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows.drafts import Draft
from tests.support.hands import ATTACHMENT, Hands, Interaction
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    TASK,
    UUID,
    VARY_3,
    make_job,
    make_place,
    make_result,
    make_settings,
    picture,
)

STUDIO = make_place()
ZOOM = Button(custom_id=f"MJ::CustomZoom::{UUID}")
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO")
QUESTION = ["Fix and run", "Run as it is", "Edit"]


@pytest.fixture
async def hands(services: Services) -> Hands:
    services.jobs.engines._by_name = dict.fromkeys(
        ("midjourney", "ideogram", "fal"), services.jobs.engines.get("midjourney")
    )
    return await Hands.of(services)


async def kept(services: Services, job: Job) -> Job:
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    await services.store.update(job, result=job.result, task_id=job.task_id, result_message_id=500)
    return job


async def grid(services: Services, button: Button = VARY_3) -> Job:
    job = make_job(JobStatus.DONE, task_id=TASK)
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture())
    result = make_result(button).model_copy(update={"picture": f"{job.id}.png"})
    return await kept(services, job.with_(result=result))


async def newest(services: Services) -> Job:
    """The job that waits."""
    (job,) = [job for job in await services.store.unfinished() if job.status is JobStatus.RECEIVED]
    return job


async def waiting(services: Services) -> list[Job]:
    return [job for job in await services.store.unfinished() if job.status is JobStatus.RECEIVED]


def buttons(interaction: Interaction) -> dict[str, str]:
    """The buttons that were shown last: what each is about, by labels."""
    items = interaction.answer.views[-1].children if interaction.answer.views else []
    shown = [item for item in items if isinstance(item, JobButton)]
    return {str(button.item.label): button.job_id for button in shown}


def text_of(interaction: Interaction) -> str:
    """What stands in the modal that was opened."""
    (modal,) = interaction.answer.modals
    inputs = [one for one in modal.walk_children() if isinstance(one, discord.ui.TextInput)]
    return str(inputs[0].default)


Typing = Callable[[Hands, str], Awaitable[Interaction]]


def in_modal(ask: ModalKind, button: Button) -> Typing:
    async def type_(hands: Hands, text: str) -> Interaction:
        job = await grid(hands.bot.services, button)
        return await hands.answer(ModalContext(ask, job.id, 0, 1), ANA.id, STUDIO, text)

    return type_


async def for_the_relay(hands: Hands, text: str) -> Interaction:
    request = Action(prompt="a harbour", button=VARY_3, parent_task_id=TASK)
    job = await kept(hands.bot.services, make_job(JobStatus.AWAITING_INPUT, request=request, task_id=TASK))
    return await hands.answer(ModalContext(ModalKind.ANSWER, job.id), ANA.id, STUDIO, text)


def with_command(name: str) -> Typing:
    return lambda hands, text: hands.command(name, ANA.id, STUDIO, prompt=text)


async def compared(hands: Hands, text: str) -> Interaction:
    typed = await hands.command("compare", ANA.id, STUDIO, prompt=text)
    await start_all(hands, typed)
    return typed


async def start_all(hands: Hands, asked: Interaction) -> Interaction:
    """Agree to what several jobs cost, where that was asked."""
    for draft_id in [about for label, about in buttons(asked).items() if label.startswith("Start all")]:
        asked = await hands.press(JobAction.START_ALL, draft_id, ANA.id, STUDIO)
    return asked


TYPED = {
    "imagine": with_command("imagine"),
    "shorten": with_command("shorten"),
    "compare": compared,
    "remix": in_modal(ModalKind.PROMPT, VARY_3),
    "custom zoom": in_modal(ModalKind.PROMPT, ZOOM),
    "region": in_modal(ModalKind.REGION, REGION),
    "mask": in_modal(ModalKind.MASK, REGION),
    "answer": for_the_relay,
}
ONE_JOB = sorted(set(TYPED) - {"imagine"})


@pytest.mark.parametrize("name", TYPED)
async def test_slips_are_put_right_wherever_a_prompt_is_typed(name: str, hands: Hands, services: Services) -> None:
    typed = await TYPED[name](hands, "a harbour \u2014ar 16\uff1a9\n  \u200bat night")

    jobs = [job for job in await services.store.unfinished() if not isinstance(job.request, EngineRequest)]
    assert [job.prompt for job in jobs] == ["a harbour at night --ar 16:9"], typed.said
    assert "Corrected" in typed.said or name == "answer"


@pytest.mark.parametrize("name", TYPED)
async def test_what_is_doubtful_is_asked_about_before_it_costs(name: str, hands: Hands, services: Services) -> None:
    typed = await TYPED[name](hands, "a harbour --stylise 100 --vv 7 --ar 16x9x3")
    waiting = [job for job in await services.store.unfinished() if job.status is JobStatus.RECEIVED]

    agreed = await hands.press(JobAction.RUN_AS_IS, buttons(typed)["Run as it is"], ANA.id, STUDIO)
    await start_all(hands, agreed)

    assert waiting == []
    assert set(buttons(typed)) <= set(QUESTION)
    started = await services.store.unfinished()  # among them one whose mask, all of one colour, is asked about next
    of_midjourney = {job.prompt for job in started if not isinstance(job.request, EngineRequest)}
    assert of_midjourney == {"a harbour --stylise 100 --vv 7 --ar 16x9x3"}


@pytest.mark.parametrize("name", ONE_JOB)
@pytest.mark.parametrize("text", ["{a, b} cat", "a cat --repeat 20", "a cat --repeat 40 {x, y}"])
async def test_several_jobs_are_not_started_where_one_is_meant(
    name: str, text: str, hands: Hands, services: Services
) -> None:
    typed = await TYPED[name](hands, text)

    assert [job for job in await services.store.unfinished() if job.status is JobStatus.RECEIVED] == []
    assert "Edit" in buttons(typed)


DOUBTFUL = "a harbour --stylise 100 --vv 7 --ar 16x9x3"


@pytest.mark.parametrize(
    ("name", "text", "verb", "jobs"),
    [
        ("imagine", DOUBTFUL, "asis", 1),
        ("imagine", DOUBTFUL, "fix", 1),
        ("remix", DOUBTFUL, "asis", 1),
        ("imagine", "{a, b} cat", "startall", 2),
        ("imagine", "a cat --repeat 2 {x, y}", "startall", 4),
    ],
)
async def test_question_has_one_answer(
    name: str, text: str, verb: str, jobs: int, hands: Hands, services: Services
) -> None:
    typed = await TYPED[name](hands, text)
    draft_id = next(iter(buttons(typed).values()))

    await hands.press(verb, draft_id, ANA.id, STUDIO)
    again = await hands.press(verb, draft_id, ANA.id, STUDIO)

    assert "already answered" in again.said
    assert len(await waiting(services)) == jobs


async def test_text_that_was_changed_is_sent_once(hands: Hands, services: Services) -> None:
    typed = await TYPED["imagine"](hands, DOUBTFUL)
    draft_id = buttons(typed)["Edit"]

    await hands.answer(ModalContext(ModalKind.EDIT, draft_id), ANA.id, STUDIO, "a blue harbour")
    late = await hands.answer(ModalContext(ModalKind.EDIT, draft_id), ANA.id, STUDIO, "a red harbour")

    assert "already answered" in late.said
    assert [job.prompt for job in await waiting(services)] == ["a blue harbour"]


async def test_question_that_gave_way_to_another_has_no_answer_any_more(hands: Hands, services: Services) -> None:
    typed = await TYPED["imagine"](hands, DOUBTFUL)
    draft_id = buttons(typed)["Edit"]
    await hands.answer(ModalContext(ModalKind.EDIT, draft_id), ANA.id, STUDIO, f"{DOUBTFUL} --odd 3")

    late = await hands.press("asis", draft_id, ANA.id, STUDIO)

    assert ("already answered" in late.said, await waiting(services)) == (True, [])


async def test_draft_is_dropped_by_its_writer_alone_and_for_good(hands: Hands, services: Services) -> None:
    draft_id = await hands.drafts.keep(Draft(ANA.id, ModalKind.IMAGINE, text="mine"))

    by_ben = await hands.press("nevermind", draft_id, 902, STUDIO)
    assert (await hands.drafts.get(draft_id, ANA)).text == "mine"
    by_ana = await hands.press("nevermind", draft_id, ANA.id, STUDIO)
    late = await hands.press("asis", draft_id, ANA.id, STUDIO)

    assert "Only the person who opened this" in by_ben.said
    assert "Nothing was started" in by_ana.said
    assert ("already answered" in late.said, await waiting(services)) == (True, [])


@pytest.mark.parametrize("settings", [make_settings(allow_user_install=True)])
async def test_several_are_not_asked_about_where_their_card_could_not_be_edited(
    settings: Settings, hands: Hands
) -> None:
    assert hands.bot.services.settings is settings
    lounge = make_place(reach=Reach.USER_INSTALL, may_post=False)

    typed = await hands.command("imagine", ANA.id, lounge, prompt="{a, b} cat")

    assert "I can't post here" in typed.said
    assert "Start all 2" not in buttons(typed)


async def test_who_may_start_nothing_is_asked_nothing(hands: Hands, services: Services) -> None:
    parent = await grid(services)
    await services.store.update(parent, status=JobStatus.REMOVED)

    refused = await hands.answer(ModalContext(ModalKind.PROMPT, parent.id, 0, 1), ANA.id, STUDIO, DOUBTFUL)

    assert "Run as it is" not in buttons(refused)


async def test_prompt_that_would_be_charged_for_nothing_is_not_asked_about_first(hands: Hands) -> None:
    refused = await TYPED["custom zoom"](hands, "a harbour --vv 7 --zoom 5")

    assert "The zoom must be between 1 and 2" in refused.said
    assert "Run as it is" not in buttons(refused)


async def test_own_options_are_put_into_modals_and_the_suffix_is_not(hands: Hands, services: Services) -> None:
    await hands.bot.services.preferences.set_option(ANA, "mine", "--stylize 250")
    await hands.bot.services.preferences.set_suffix(ANA, "--ar 2:1")

    await TYPED["remix"](hands, "a harbour --mine")

    assert (await newest(services)).prompt == "a harbour --stylize 250"


async def test_prompt_for_another_engine_is_sent_as_the_card_shows_it(hands: Hands, services: Services) -> None:
    await hands.command("fal generate", ANA.id, STUDIO, prompt="a cat\n\n\u200bin {braces} --ar 2:1")

    assert (await newest(services)).prompt == "a cat in {braces} --ar 2:1"


# Nothing that was typed is lost.
ATTACHED = {"imagine": "image1", "fal generate": "image", "ideogram remix": "image"}
WITH_FILES: dict[str, dict[str, Any]] = {"imagine": {"image1": "88"}, "fal generate": {"image": "88"}}
REFUSING = WITH_FILES | {name: {} for name in ("shorten", "compare", "ideogram remix")}


@pytest.mark.parametrize("name", REFUSING)
async def test_text_that_is_refused_can_be_edited_and_run_again(name: str, hands: Hands, services: Services) -> None:
    await services.jobs.rulebook.set(201, {Key("server", Name.WORDS): ["red"]}, BEN.id)
    asked = await hands.command(name, ANA.id, STUDIO, **{"prompt": "a red harbour"} | REFUSING[name])
    refused = await start_all(hands, asked)
    draft_id = buttons(refused)["Edit and run again"]

    opened = await hands.press("edit", draft_id, ANA.id, STUDIO)
    await start_all(hands, await hands.answer(ModalContext(ModalKind.EDIT, draft_id), ANA.id, STUDIO, "a blue harbour"))

    assert "doesn't allow “red”" in refused.said
    assert text_of(opened) == "a red harbour"
    assert {job.prompt for job in await services.store.unfinished()} == {"a blue harbour"}


@pytest.mark.parametrize("name", ["imagine", "fal generate", "ideogram remix"])
async def test_text_outlives_a_file_that_is_not_taken(
    name: str, hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(ATTACHMENT, "size", 500_000_000)
        refused = await hands.command(name, ANA.id, STUDIO, **{"prompt": "a red harbour"} | {ATTACHED[name]: "88"})
    draft_id = buttons(refused)["Edit and run again"]

    opened = await hands.press("edit", draft_id, ANA.id, STUDIO)
    await hands.answer(ModalContext(ModalKind.EDIT, draft_id, extra=1), ANA.id, STUDIO, "a red harbour")

    (modal,) = opened.answer.modals
    assert any(isinstance(one, discord.ui.FileUpload) for one in modal.walk_children())
    assert (text_of(opened), (await newest(services)).prompt) == ("a red harbour", "a red harbour")
    assert len((await newest(services)).request.pictures) == 1


@pytest.mark.parametrize("settings", [make_settings(allowed_modes="fast")])
async def test_refused_modal_keeps_its_text(settings: Settings, hands: Hands, services: Services) -> None:
    assert services.settings is settings
    refused = await TYPED["custom zoom"](hands, "a harbour::2 --zoom 1.5 \u201c--turbo\u201d")

    again = await hands.press("reopen", buttons(refused)["Open again"], ANA.id, STUDIO)

    assert "Turbo mode is switched off" in refused.said
    assert "turbo" in text_of(again)
    assert await services.store.unfinished() == []


async def test_kept_text_is_for_its_writer_alone(hands: Hands) -> None:
    draft_id = await hands.drafts.keep(Draft(ANA.id, ModalKind.IMAGINE, text="mine"))

    other = await hands.press("edit", draft_id, 902, STUDIO)

    assert other.answer.modals == []
    assert "Only the person who opened this" in other.said


# After the card.


@pytest.mark.parametrize(
    ("request_", "has_text"),
    [
        (Imagine(prompt="a cat"), True),
        (EngineRequest(engine="fal", kind="generate", prompt="a cat"), True),
        (Action(prompt="a cat", button=VARY_3, parent_task_id=TASK, answer="a dog"), True),
        (Action(prompt="a cat", button=VARY_3, parent_task_id=TASK), False),
        (EngineRequest(engine="ideogram", kind="describe"), False),
    ],
)
def test_ended_job_offers_its_text_once_more_where_somebody_typed_one(request_: Any, has_text: bool) -> None:
    job = make_job(JobStatus.REFUSED, request=request_, failure=Failure(kind=FailureKind.PICTURE, detail="no"))

    assert (redo_view(job) is not None) is has_text


async def test_order_whose_picture_could_not_be_fetched_runs_again_with_another(
    hands: Hands, services: Services
) -> None:
    asked = await hands.command("imagine", ANA.id, STUDIO, prompt="a red harbour", image1="88")
    (job,) = await services.store.unfinished()
    await services.store.update(job, waiting_for="pictures")
    await services.store.move(job, [JobStatus.RECEIVED], JobStatus.REFUSED, failure=Failure(kind=FailureKind.PICTURE))

    opened = await hands.press("redo", job.id, ANA.id, STUDIO)
    (modal,) = opened.answer.modals
    draft_id = modal.custom_id.split(":")[2]
    await hands.answer(ModalContext(ModalKind.EDIT, draft_id, extra=1), ANA.id, STUDIO, "a red harbour")

    assert asked.answer.is_done()
    assert text_of(opened) == "a red harbour"
    again = await newest(services)
    assert (again.prompt, len(again.request.pictures)) == ("a red harbour", 1)


async def test_text_of_a_modal_is_changed_for_the_same_button(hands: Hands, services: Services) -> None:
    parent = await grid(services)
    request = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK, answer="a nude dog")
    job = await kept(services, make_job(JobStatus.REFUSED, request=request, parent_id=parent.id))

    opened = await hands.press("redo", job.id, ANA.id, STUDIO)
    (modal,) = opened.answer.modals
    await hands.answer(ModalContext(ModalKind.EDIT, modal.custom_id.split(":")[2]), ANA.id, STUDIO, "a dog")

    again = await newest(services)
    assert isinstance(again.request, Action)
    assert (again.request.button, again.request.answer, again.parent_id) == (VARY_3, "a dog", parent.id)


@pytest.mark.parametrize("settings", [make_settings(prices={"*": 1, "*/turbo": 5})])
async def test_imagine_all_starts_all_or_none_and_says_what_its_speeds_cost(
    settings: Settings, hands: Hands, services: Services
) -> None:
    assert services.settings is settings
    lines = "1\ufe0f\u20e3 a cat --turbo\n2\ufe0f\u20e3 a dog"
    job = make_job(JobStatus.DONE, task_id=TASK)
    parent = await kept(services, job.with_(result=Result(text=lines, buttons=(VARY_3,))))
    bad = await kept(services, make_job(JobStatus.DONE, task_id=TASK, result=Result(text=f"{lines} {{x, y}}")))

    asked = await hands.press(JobAction.CONFIRM_ALL, parent.id, ANA.id, STUDIO)
    refused = await hands.press(JobAction.IMAGINE_ALL, bad.id, ANA.id, STUDIO)

    assert "2 jobs and cost 6 units" in asked.said
    assert "Only one job can start" in refused.said
    assert await services.store.unfinished() == []
