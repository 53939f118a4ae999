"""Texts on their way to a relay: no speed that the owner switched off, and one job where one is meant."""

import pytest

from bot.domain.job import FailureKind, Job, JobStatus
from bot.domain.outcomes import Resubmit
from bot.domain.requests import Action, Animate, Edit, EngineRequest, Imagine, Mode, Request, Shorten
from bot.errors import UserError
from bot.jobs.outgoing_text import answered, asks_for_several, look_over, speed_of
from bot.services import Services
from bot.settings import Settings
from tests.support.makers import ANA, TASK, VARY_3, make_place, make_result, make_settings, make_token
from tests.support.ports import ScriptedEngine
from tests.support.walk import asked

FAST_ONLY = make_settings(allowed_modes="fast")


def action(answer: str | None, prompt: str = "a cat") -> Action:
    return Action(prompt=prompt, button=VARY_3, parent_task_id=TASK, answer=answer)


@pytest.mark.parametrize(
    ("text", "mode", "rest"),
    [
        ("a cat --turbo", Mode.TURBO, "a cat"),
        ("a cat --TURBO --ar 3:2", Mode.TURBO, "a cat --ar 3:2"),
        ("cat::2--turbo", Mode.TURBO, "cat::2"),
        ("cat--turbo dog", Mode.TURBO, "cat dog"),
        ("cat--turbo--ar 3:2", Mode.TURBO, "cat --ar 3:2"),
        ('a cat "--turbo"', Mode.TURBO, "a cat"),
        ("a cat \u201c--turbo\u201d, wet", Mode.TURBO, "a cat, wet"),
        ("(--turbo) cat", Mode.TURBO, "cat"),
        ("a **--turbo** cat \u3010--turbo\u3011", Mode.TURBO, "a cat"),
        ("a cat --turbo=1, wet", Mode.TURBO, "a cat, wet"),
        ("a cat \u2014turbo", Mode.TURBO, "a cat"),
        ("a cat \u2013turbo", Mode.TURBO, "a cat"),
        ("a cat \u2212\u2212turbo", Mode.TURBO, "a cat"),
        ("\u732b\u2014\u2014turbo", Mode.TURBO, "\u732b"),
        ("--tur\u200bbo cat", Mode.TURBO, "cat"),
        ("-\u200b-turbo cat", Mode.TURBO, "cat"),
        ("--tu\u00adr\u2060bo cat", Mode.TURBO, "cat"),
        ("--tur\x07bo cat", Mode.TURBO, "cat"),
        ("\uff0d\uff0d\uff54\uff55\uff52\uff42\uff4f \u732b", Mode.TURBO, "\u732b"),
        ("--\U0001d42d\U0001d42e\U0001d42b\U0001d41b\U0001d428 cat", Mode.TURBO, "cat"),  # bold letters of mathematics
        ("- -turbo cat", Mode.TURBO, "cat"),
        ("--\u00a0turbo", Mode.TURBO, ""),
        ("\u732b \u30fc\u30fcturbo", Mode.TURBO, "\u732b"),
        ("\u732b \u2796turbo\U0001f525", Mode.TURBO, "\u732b\U0001f525"),
        ("\u30b3\u30fc\u30d2\u30fc-fast", Mode.FAST, "\u30b3\u30fc\u30d2\u30fc"),
        ("a cat \u05be\u05beturbo", Mode.TURBO, "a cat"),
        ("a cat -turbo", Mode.TURBO, "a cat"),
        ("a cat -- turbo", Mode.TURBO, "a cat"),
        ("a cat --fast --turbo --ar 1:1", Mode.TURBO, "a cat --ar 1:1"),
        ("a cat --relax, --no --turbo", Mode.TURBO, "a cat, --no"),
        ("https://img.example/a.png--turbo", Mode.TURBO, "https://img.example/a.png"),
        ("\u2014fast \u200b--relax cat", Mode.RELAX, "\u200b cat"),
    ],
)
def test_speed_is_taken_out_however_it_is_spelled(text: str, mode: Mode, rest: str) -> None:
    assert speed_of(text) == (mode, rest)


@pytest.mark.parametrize(
    "text",
    [
        "a bi-turbo car, ultra-fast",
        "a cat -- fast and wild",
        "a --fastcat",
        "https://img.example/car--turbo.png a cat",
        "turbo fast relax",
        "a cat\n--ar 3:2",
    ],
)
def test_what_is_no_speed_stays_as_it_is(text: str) -> None:
    assert speed_of(text) == (None, text)


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("{a, b} cat", True),
        ("{a} cat", True),
        ("a cat --repeat 20", True),
        ("a cat --r 20", True),
        ("cat--repeat=20", True),
        ("a cat \u2014r 4", True),
        ("a cat --re\u200bpeat \uff14", True),
        ("a cat \uff5ba\uff0cb\uff5d", True),
        ("a cat -repeat 3", True),
        ("a cat --repeat \u0663", True),
        ('a cat --repeat "3"', True),
        ("a cat { alone", False),
        ("\\{a, b\\} cat", False),
        ("a cat --raw --repeat", False),
        ("R2-D2, r2 --r2d2", False),
    ],
)
def test_what_asks_for_several_jobs_is_known(text: str, several: bool) -> None:
    assert asks_for_several(text) is several


@pytest.mark.parametrize("request_", [Imagine(prompt="{a, b}"), Shorten(prompt="a --repeat 9"), action("{a, b} cat")])
def test_text_for_several_jobs_passes_nowhere_where_one_is_meant(request_: Request) -> None:
    with pytest.raises(UserError, match="Only one job can start"):
        look_over(make_settings(), request_, None)


def test_old_prompt_behind_a_button_goes_as_one_job_without_speeds() -> None:
    request = look_over(make_settings(), action(None, "{red, blue} cat --repeat 3 --turbo"), Mode.RELAX)

    assert (request.request.prompt, request.mode) == ("red cat", Mode.RELAX)


@pytest.mark.parametrize("typed", ["\u200b", "\u2060 \u00ad", "\u200b --turbo", "\u3164"])
@pytest.mark.parametrize(
    "request_", [Imagine(), Shorten(), Animate(), Edit(), EngineRequest(engine="kling", kind="imagine")], ids=type
)
def test_prompt_in_which_nothing_is_seen_is_empty(request_: Request, typed: str) -> None:
    if isinstance(request_, EngineRequest) and "--" in typed:
        return  # words like others there
    with pytest.raises(UserError, match="The prompt is empty"):
        look_over(make_settings(), request_.model_copy(update={"prompt": typed}), None)


@pytest.mark.parametrize("request_", [Animate(), Edit(), EngineRequest(engine="ideogram", kind="upscale")], ids=type)
def test_what_needs_no_prompt_does_without(request_: Request) -> None:
    assert look_over(make_settings(), request_, None).request.prompt == ""


def test_prompt_of_nothing_but_a_speed_is_empty() -> None:
    with pytest.raises(UserError, match="empty"):
        look_over(make_settings(), Imagine(prompt="--turbo"), None)


@pytest.mark.parametrize(
    ("settings", "request_", "mode"),
    [
        (make_settings(), Imagine(prompt="a cat"), None),
        (make_settings(), Imagine(prompt="https://img.example/--turbo a cat"), Mode.FAST),
        (FAST_ONLY, Imagine(prompt="a cat"), Mode.FAST),
        (FAST_ONLY, action("a dog"), Mode.FAST),
        (FAST_ONLY, action(None), Mode.FAST),
        (make_settings(allowed_modes="fast,turbo"), Imagine(prompt="a cat --turbo"), Mode.TURBO),
        (FAST_ONLY, EngineRequest(engine="fal", kind="generate", prompt="a --turbo {cat}"), None),
    ],
)
def test_speed_is_named_wherever_a_relay_could_choose_another(
    settings: Settings, request_: Request, mode: Mode | None
) -> None:
    assert look_over(settings, request_, None).mode is mode


async def grid(services: Services) -> Job:
    job = await services.jobs.admission.request(
        ANA, make_place(), Imagine(prompt="a cat"), mode=Mode.FAST, token=make_token()
    )
    done = await services.store.move(job, [JobStatus.RECEIVED], JobStatus.DONE, result=make_result(), task_id=TASK)
    assert done is not None
    return done


@pytest.mark.parametrize("settings", [FAST_ONLY])
@pytest.mark.parametrize("text", ["cat::2--turbo", "a cat \u201c\u2014\uff34urbo\u201d", "--tur\u200bbo cat"])
async def test_speed_that_is_switched_off_passes_no_door(text: str, settings: Settings, services: Services) -> None:
    assert services.settings is settings
    parent, admission = await grid(services), services.jobs.admission
    requests: list[Request] = [Imagine(prompt=text), Shorten(prompt=text), action(text)]

    for request in requests:
        with pytest.raises(UserError, match="Turbo mode is switched off"):
            await admission.request(ANA, make_place(), request, mode=None, token=make_token())
    with pytest.raises(UserError, match="Turbo mode is switched off"):
        await admission.press(ANA, make_place(), parent, 1, token=None, message_id=1, answer=text)
    with pytest.raises(UserError, match="can no longer be changed"):
        answered(settings, parent.with_(request=action(None)), text)


@pytest.mark.parametrize("settings", [make_settings(prices={"*": 1, "*/turbo": 5})])
async def test_speed_in_a_modal_is_what_is_priced_and_sent(settings: Settings, services: Services) -> None:
    assert services.settings is settings

    job = await services.jobs.admission.press(
        ANA, make_place(), await grid(services), 1, token=None, message_id=1, answer="a dog::2--turbo"
    )

    assert (job.mode, job.units, job.prompt) == (Mode.TURBO, 5, "a dog::2")


async def submitted(services: Services, job: Job) -> Job:
    """A job after its turn in the queue."""
    await services.jobs.intake.card_shown(job, 401)
    await services.jobs.submission.submit(job.id)
    now = await services.store.get(job.id)
    assert now is not None
    return now


@pytest.mark.parametrize("settings", [FAST_ONLY])
async def test_waiting_job_is_looked_over_again_when_its_turn_comes(
    settings: Settings, services: Services, engine: ScriptedEngine
) -> None:
    assert services.settings is settings
    job = await services.jobs.admission.request(
        ANA, make_place(), Imagine(prompt="a cat"), mode=None, token=make_token()
    )
    await services.store.update(job, request=Imagine(prompt="a cat --turbo"), mode=None)  # as an older version did
    old = await services.store.get(job.id)
    assert old is not None

    refused = await submitted(services, old)

    assert (refused.status, engine.submitted) == (JobStatus.REFUSED, [])
    assert refused.failure is not None
    assert refused.failure.kind is FailureKind.RULE
    assert "Turbo mode is switched off" in refused.failure.detail


@pytest.mark.parametrize("settings", [FAST_ONLY])
async def test_request_that_a_relay_takes_instead_is_looked_over_too(
    settings: Settings, services: Services, engine: ScriptedEngine
) -> None:
    assert services.settings is settings
    engine.answers = [Resubmit(Imagine(prompt="a dog --turbo"))]
    job = await services.jobs.admission.press(ANA, make_place(), await grid(services), 1, token=None, message_id=1)

    refused = await submitted(services, job)

    assert (refused.status, services.jobs.live.waiting) == (JobStatus.REFUSED, {})  # before it is priced and kept
    await services.jobs.submission.submit(job.id)
    assert len(engine.submitted) == 1


async def test_answer_to_the_relays_question_is_looked_over_too(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    with pytest.raises(UserError, match="already runs in Fast mode"):
        await services.jobs.submission.answer(job, "a dog --turbo", make_token())
