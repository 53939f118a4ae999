"""The way in: the owner's rules, and what a press or a second try asks for."""

from contextlib import nullcontext
from typing import Any

import pytest

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import Asked, Failure, FailureKind, Job, JobStatus, Place, Reach
from bot.domain.requests import Action, EngineRequest, Imagine, Mode, Request
from bot.errors import RepeatedError, UserError
from bot.jobs.admission import TRIED_AGAIN, UsedButtonError
from bot.jobs.intake import Prepared
from bot.jobs.policy import check_model
from bot.services import Services
from bot.settings import Settings
from tests.support.makers import ANA, BEN, PICK_2, TASK, VARY_3, make_place, make_result, make_settings, make_token

CAT = Imagine(prompt="a cat", pictures=("a.png",))
DM = make_place(guild_id=None, reach=Reach.DM)
ELSEWHERE = make_place(reach=Reach.USER_INSTALL, may_post=False)


async def ask(services: Services, place: Place | None = None, mode: Mode | None = None) -> Job:
    return await services.jobs.admission.request(ANA, place or make_place(), CAT, mode=mode, token=make_token())


async def grid(services: Services) -> Job:
    """A posted grid of Ana's, in turbo mode."""
    job = await ask(services, mode=Mode.TURBO)
    done = await services.store.move(job, [JobStatus.RECEIVED], JobStatus.DONE, result=make_result(), task_id=TASK)
    assert done is not None
    return done


async def press(services: Services, parent: Job, key: int = 0, **options: Any) -> Job:
    known: dict[str, Any] = {"token": make_token(), "message_id": 501} | options
    return await services.jobs.admission.press(
        known.pop("actor", BEN), make_place(channel_id=302), parent, key, **known
    )


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (make_settings(), DM),
        (make_settings(), ELSEWHERE),
        (make_settings(allowed_guilds="7,8"), make_place()),
        (make_settings(allowed_guilds="7", allow_user_install=True), ELSEWHERE),
    ],
)
async def test_places_the_owner_did_not_allow_are_refused(settings: Settings, place: Place, services: Services) -> None:
    assert services.settings is settings

    with pytest.raises(UserError, match=r"does not work|only works|not allowed"):
        await ask(services, place)

    assert await services.store.unfinished() == []


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (make_settings(), make_place()),
        (make_settings(allow_dm=True), DM),
        (make_settings(allow_dm=True, allowed_guilds="7", allowed_users=str(ANA.id)), DM),
        (make_settings(allow_user_install=True), ELSEWHERE),
        (make_settings(allowed_guilds="7,201"), make_place()),
    ],
)
async def test_places_the_owner_allowed_are_open(settings: Settings, place: Place, services: Services) -> None:
    assert services.settings is settings

    assert (await ask(services, place)).place == place


@pytest.mark.parametrize("settings", [make_settings(allowed_modes="fast")])
async def test_speeds_the_owner_switched_off_are_refused(settings: Settings, services: Services) -> None:
    assert services.settings is settings

    with pytest.raises(UserError, match="Turbo mode is switched off"):
        await ask(services, mode=Mode.TURBO)

    assert [(await ask(services, mode=mode)).mode for mode in (None, Mode.FAST)] == [Mode.FAST, Mode.FAST]


@pytest.mark.parametrize(
    ("request_", "is_allowed"),
    [
        (EngineRequest(engine="fal", kind="generate"), True),
        (EngineRequest(engine="fal", kind="generate", options={"model": "flux/dev"}), True),
        (EngineRequest(engine="fal", kind="generate", options={"model": "veo3"}), False),
        (EngineRequest(engine="fal", kind="generate", options={"model": "flux/dev/../../veo3"}), False),
        (EngineRequest(engine="fal", kind="generate", options={"model": ""}), False),
        (EngineRequest(engine="jimeng", kind="generate", options={"model": "jimeng-4.5"}), True),
        (EngineRequest(engine="jimeng", kind="generate", options={"model": "gpt-image-1-ultra"}), False),
        (EngineRequest(engine="openai", kind="generate", options={"model": "gpt-image-1.5"}), True),
        (EngineRequest(engine="openai", kind="generate", options={"model": "my-seedream"}), False),
        (EngineRequest(engine="ideogram", kind="remix", options={"model": "V_9"}), False),
        (EngineRequest(engine="kling", kind="imagine", options={"model_name": "kling-v1"}), True),
        (EngineRequest(engine="kling", kind="imagine", options={"model_name": "kolors-virtual-try-on-v1"}), False),
        (EngineRequest(engine="kling", kind="tryon", options={"model_name": "kolors-virtual-try-on-v1"}), True),
        (EngineRequest(engine="kling", kind="tryon", options={"model_name": "kling-v1"}), False),
        (CAT, True),
    ],
)
def test_models_are_those_that_the_owner_named(request_: Request, is_allowed: bool) -> None:
    open_to_all = {f"{engine}_any_model": True for engine in ("fal", "ideogram", "jimeng", "kling", "openai")}
    check_model(make_settings(fal_models="flux/dev", **open_to_all), request_)

    with nullcontext() if is_allowed else pytest.raises(UserError, match="Please choose from"):
        check_model(make_settings(fal_models="flux/dev"), request_)


@pytest.mark.parametrize("engine", [info.name for info in OTHER_ENGINES])
def test_every_engine_takes_only_the_owners_models_unless_the_owner_says_otherwise(engine: str) -> None:
    request = EngineRequest(engine=engine, kind="generate", options={"model": "anything"})

    check_model(make_settings(**{f"{engine}_any_model": True}), request)
    with pytest.raises(UserError, match="Please choose from"):
        check_model(make_settings(), request)


async def test_request_for_a_model_that_was_not_named_is_not_admitted(services: Services) -> None:
    services.jobs.engines._by_name = {"jimeng": services.jobs.engines.get("midjourney")}

    with pytest.raises(UserError, match="is not allowed here"):
        await services.jobs.admission.request(
            ANA,
            make_place(),
            EngineRequest(engine="jimeng", kind="generate", options={"model": "gpt-image-1-ultra"}),
            mode=None,
            token=make_token(),
        )


@pytest.mark.parametrize("settings", [make_settings(prices={"imagine": 3, "imagine/turbo": 5})])
async def test_units_follow_the_price_list(settings: Settings, services: Services) -> None:
    assert settings.limits.prices

    assert [(await ask(services, mode=mode)).units for mode in (None, Mode.RELAX, Mode.TURBO)] == [3, 3, 5]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (make_settings(max_waiting_per_member=1), "You already have 1 job waiting."),
        (make_settings(units_per_member_day=1), "This costs 1 unit, more than you have left of your 1 for today."),
        (make_settings(units_per_day=1), "This costs 1 unit, more than is left for everybody today."),
    ],
)
async def test_every_limit_has_its_sentence(settings: Settings, sentence: str, services: Services) -> None:
    assert services.settings is settings
    await ask(services)

    with pytest.raises(UserError) as caught:
        await ask(services)

    assert str(caught.value).startswith(sentence)


# Buttons.


async def test_job_behind_a_button_belongs_to_who_pressed_it(services: Services) -> None:
    parent = await grid(services)

    child = await press(services, parent, 1)

    assert (child.actor, child.place.channel_id, child.reply_to) == (BEN, 302, 501)
    assert (child.parent_id, child.mode, child.prompt) == (parent.id, Mode.TURBO, "a cat")
    assert child.request == Action(prompt="a cat", button=VARY_3, parent_task_id=TASK, corner=3)


@pytest.mark.parametrize("settings", [make_settings(press="author")])
async def test_only_the_author_may_press_where_the_owner_wants_that(settings: Settings, services: Services) -> None:
    parent = await grid(services)

    for key in (0, 99):  # whatever there is to press
        with pytest.raises(UserError, match="Only the author"):
            await press(services, parent, key)

    assert (await press(services, parent, actor=ANA)).actor == ANA
    assert services.settings is settings


async def test_second_press_of_a_used_button_names_the_first_job(services: Services) -> None:
    parent = await grid(services)
    first = await press(services, parent, 0)

    with pytest.raises(UsedButtonError) as caught:
        await press(services, parent, 0, actor=ANA)

    assert caught.value.job.id == first.id
    assert first.once_key == PICK_2.custom_id


async def test_other_buttons_can_be_pressed_again_and_again(services: Services) -> None:
    parent = await grid(services)

    assert (await press(services, parent, 1)).id != (await press(services, parent, 1)).id


@pytest.mark.parametrize("key", [2, 99])
async def test_button_that_is_not_there_is_a_sentence(key: int, services: Services) -> None:
    with pytest.raises(UserError, match="no longer knows"):
        await press(services, await grid(services), key)


async def test_blocked_and_paused_hold_for_old_buttons(services: Services) -> None:
    parent = await grid(services)

    await services.jobs.controls.block(201, BEN.id)
    with pytest.raises(UserError, match="blocked"):
        await press(services, parent)

    await services.jobs.moderation.pause(201)
    with pytest.raises(UserError, match="paused"):
        await press(services, parent, actor=ANA)


# A second try.


@pytest.mark.parametrize("kind", [FailureKind.RELAY, FailureKind.FORGOTTEN])
async def test_second_try_has_the_same_inputs(kind: FailureKind, services: Services) -> None:
    job = (await ask(services, mode=Mode.RELAX)).with_(status=JobStatus.FAILED, failure=Failure(kind=kind))

    again = await services.jobs.admission.again(ANA, make_place(), job, token=make_token())

    assert (again.request, again.mode, again.id == job.id) == (CAT, Mode.RELAX, False)


async def test_second_try_of_a_follow_up_keeps_its_parent(services: Services) -> None:
    parent = await grid(services)
    child = (await press(services, parent, 1)).with_(status=JobStatus.FAILED)

    again = await services.jobs.admission.again(BEN, make_place(), child, token=make_token())

    assert (again.parent_id, again.reply_to, again.request) == (parent.id, 501, child.request)


async def test_follow_up_of_a_forgotten_picture_becomes_a_fresh_imagine(services: Services) -> None:
    forgotten = Failure(kind=FailureKind.FORGOTTEN)
    child = (await press(services, await grid(services), 1)).with_(status=JobStatus.REFUSED, failure=forgotten)

    again = await services.jobs.admission.again(BEN, make_place(), child, token=make_token())

    assert (again.request, again.parent_id) == (Imagine(prompt="a cat"), None)


@pytest.mark.parametrize("status", [s for s in JobStatus if s not in TRIED_AGAIN])
async def test_what_goes_on_or_is_done_is_not_tried_again(status: JobStatus, services: Services) -> None:
    job = (await ask(services)).with_(status=status)

    with pytest.raises(UserError):
        await services.jobs.admission.again(ANA, make_place(), job, token=make_token())


async def test_job_whose_pictures_never_came_is_not_tried_again_without_them(services: Services) -> None:
    job = await services.jobs.admission.request(
        ANA, make_place(), Imagine(prompt="this cat"), mode=Mode.FAST, token=make_token()
    )

    async def prepare(_job: Job) -> Prepared:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await services.jobs.intake.card_shown(job, 401, prepare)
    failed = await services.store.get(job.id)
    assert failed is not None

    with pytest.raises(UserError, match="send it again"):
        await services.jobs.admission.again(ANA, make_place(), failed, token=make_token())


async def test_one_end_is_tried_again_once_at_a_time(services: Services) -> None:
    job = (await ask(services)).with_(status=JobStatus.FAILED)
    again = await services.jobs.admission.again(ANA, make_place(), job, token=make_token())

    with pytest.raises(UsedButtonError) as used:
        await services.jobs.admission.again(ANA, make_place(), job, token=make_token())

    assert used.value.job.id == again.id


async def test_second_try_of_a_once_only_button_takes_its_place(services: Services) -> None:
    parent = await grid(services)
    first = await press(services, parent, 0)
    await services.store.move(first, [JobStatus.RECEIVED], JobStatus.FAILED, once_key=None)
    failed = await services.store.get(first.id)
    assert failed is not None
    again = await services.jobs.admission.again(BEN, make_place(), failed, token=make_token())

    with pytest.raises(UsedButtonError) as used:
        await press(services, parent, 0)

    assert used.value.job.id == again.id


async def test_second_try_sends_the_answer_that_was_typed(services: Services) -> None:
    request = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK, answer="a dog", is_answered=True)
    child = (await press(services, await grid(services), 1)).with_(status=JobStatus.FAILED, request=request)

    again = await services.jobs.admission.again(BEN, make_place(), child, token=make_token())

    assert again.request == request.model_copy(update={"is_answered": False})


async def test_waiting_job_of_a_blocked_member_is_refused(services: Services) -> None:
    job = await ask(services)
    await services.jobs.moderation.block(201, ANA.id)

    with pytest.raises(UserError, match="blocked"):
        await services.jobs.admission.access.check_queued(job)


@pytest.mark.parametrize(("options", "units"), [({}, 1), ({"num_images": 4}, 4), ({"n": 3, "size": "1:1"}, 3)])
async def test_each_picture_of_another_engine_costs_its_units(
    options: dict[str, str | int], units: int, services: Services
) -> None:
    request = EngineRequest(engine="painter", kind="generate", prompt="cats", options=options)

    job = await services.jobs.admission.request(ANA, make_place(), request, mode=None, token=make_token())

    assert job.units == units


async def test_what_discord_delivers_twice_is_one_job(services: Services) -> None:
    parent = await grid(services)
    await press(services, parent, 1, asked=Asked(77))

    with pytest.raises(RepeatedError):
        await press(services, parent, 1, asked=Asked(77))

    assert len(await services.store.unfinished()) == 1
