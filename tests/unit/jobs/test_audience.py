"""Who sees a job: what is asked for, what it comes of, what its author prefers."""

from typing import Any

import pytest

from bot.domain.job import Job, JobStatus, Place, Reach
from bot.domain.requests import Action, Button, Imagine
from bot.domain.visibility import Visibility
from bot.errors import UserError
from bot.jobs.preferences import Switch
from bot.services import Services
from tests.support.makers import ANA, BEN, PICK_2, TASK, VARY_3, make_job, make_place, make_token

CAT = Imagine(prompt="a cat")
DIRECT = make_place(channel_id=302, guild_id=None, reach=Reach.DM)


async def asked(services: Services, place: Place | None = None, **changes: Any) -> Job:
    known: dict[str, Any] = {"mode": None, "token": make_token()}
    return await services.jobs.admission.request(ANA, place or make_place(), CAT, **(known | changes))


@pytest.mark.parametrize("prefers", [False, True])
@pytest.mark.parametrize("wants", [None, False, True])
async def test_an_option_beats_a_preference(prefers: bool, wants: bool | None, services: Services) -> None:
    if prefers:
        for switch in (Switch.PRIVATE, Switch.SPOILER):
            await services.preferences.turn(switch, ANA)

    job = await asked(services, visibility=Visibility(wants, wants))

    expected = prefers if wants is None else wants
    assert (job.is_private, job.is_spoiler, job.is_ephemeral) == (expected,) * 3
    assert job.place == make_place(may_post=not expected)


async def test_what_is_private_is_an_answer_to_its_author_in_their_language(services: Services) -> None:
    job = await asked(services, make_place(locale="de"), visibility=Visibility(is_private=True))

    assert job.public_locale == ANA.locale
    assert job.is_ephemeral


async def test_in_direct_messages_it_is_a_message_like_any_other(services: Services) -> None:
    wanted, audience = Visibility(is_private=True), services.jobs.admission.audience

    shown = await audience.decide(ANA, DIRECT, CAT, wanted, source=None, token=make_token())

    assert (shown.place, shown.is_private) == (DIRECT, True)
    assert not make_job(place=shown.place, is_private=True).is_ephemeral


@pytest.mark.parametrize(("actor", "expected"), [(ANA, True), (BEN, False)])
async def test_what_comes_of_a_private_one_is_private_for_its_author(
    actor: Any, expected: bool, services: Services
) -> None:
    source = make_job(JobStatus.DONE, is_private=True, is_spoiler=True)

    shown = await services.jobs.admission.audience.decide(
        actor, make_place(), CAT, Visibility(), source=source, token=make_token()
    )

    assert (shown.is_private, shown.place.may_post) == (expected, not expected)
    assert shown.is_spoiler  # whoever goes on with it


async def test_what_nobody_can_be_told_alone_is_for_everybody(services: Services) -> None:
    await services.preferences.turn(Switch.PRIVATE, ANA)

    job = await asked(services, token=None)

    assert (job.is_private, job.place.may_post) == (False, True)


@pytest.mark.parametrize("by", ["option", "preference"])
async def test_several_with_one_card_cannot_be_private(by: str, services: Services) -> None:
    wanted = Visibility(is_private=True if by == "option" else None)
    if by == "preference":
        await services.preferences.turn(Switch.PRIVATE, ANA)

    with pytest.raises(UserError, match="can't be private") as caught:
        await services.jobs.admission.check_group(ANA, make_place(), wanted)

    assert ("/prefer private" in str(caught.value)) is (by == "preference")
    assert not (await services.jobs.admission.check_group(ANA, make_place(), Visibility(is_private=False))).is_private
    assert (await services.jobs.admission.check_group(ANA, DIRECT, wanted)).place == DIRECT


async def test_what_is_tried_again_is_shown_as_it_was(services: Services) -> None:
    first = await asked(services, visibility=Visibility(is_private=True, is_spoiler=True))
    failed = await services.store.move(first, [JobStatus.RECEIVED], JobStatus.FAILED)
    assert failed is not None

    again = await services.jobs.admission.again(ANA, make_place(), failed, token=make_token())

    assert (again.is_private, again.is_spoiler, again.place.may_post) == (True, True, False)


@pytest.mark.parametrize(
    ("source_is_private", "button", "expected"),
    [
        (False, PICK_2, False),  # the next member who presses it is led there
        (True, PICK_2, True),
        (False, VARY_3, True),
    ],
)
async def test_what_can_be_made_once_of_what_everybody_sees_is_for_everybody(
    source_is_private: bool, button: Button, expected: bool, services: Services
) -> None:
    await services.preferences.turn(Switch.PRIVATE, ANA)
    source = make_job(JobStatus.DONE, is_private=source_is_private)
    request = Action(button=button, parent_task_id=TASK)

    shown = await services.jobs.admission.audience.decide(
        ANA, make_place(), request, Visibility(), source=source, token=make_token()
    )

    assert shown.is_private is expected
