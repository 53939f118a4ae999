"""U1 to U4 of a grid whose pictures the relay lists: they cost nothing where nothing more comes with them."""

import pytest

from bot.domain.custom_ids import FILM_HIGH
from bot.domain.job import Job, JobStatus, Result
from bot.domain.outcomes import Finished, Resubmit
from bot.domain.requests import Action, Animate, Button, Imagine, Motion
from bot.jobs.own_originals import own_original
from bot.jobs.prices import units
from tests.support.loopback import ScriptedRelay
from tests.support.makers import UUID, make_action, make_job, make_settings, picture
from tests.support.relay_calls import midjourney

FOUR = tuple(f"https://cdn.example/{number}.png" for number in range(4))
U2 = Button(custom_id=f"MJ::JOB::upsample::2::{UUID}", label="U2")
V2 = Button(custom_id=f"MJ::JOB::variation::2::{UUID}", label="V2")
FILM = Button(custom_id=f"MJ::JOB::video_virtual_upscale::2::{UUID}", label="U2")


def grid(prompt: str, originals: tuple[str, ...] = FOUR, final: str = "") -> Job:
    result = Result(image_url="https://cdn.example/grid.png", originals=originals, final_prompt=final, buttons=(U2, V2))
    return make_job(JobStatus.DONE, request=Imagine(prompt=prompt), result=result)


@pytest.mark.parametrize(
    ("parent", "button", "address"),
    [
        (grid("a boat --v 8.2"), U2, FOUR[1]),
        (grid("a boat", final="a boat --v 8.1"), U2, FOUR[1]),
        (grid("a boat --v 7"), U2, ""),
        (grid("a boat"), U2, ""),
        (grid("a boat --niji 7"), U2, ""),
        (grid("a boat --v eight"), U2, ""),
        (grid("a boat --v 8.2", ()), U2, ""),
        (grid("a boat --v 8.2"), V2, ""),
        (grid("a boat --v 8.2"), FILM, ""),
    ],
)
def test_only_a_pick_of_version_8_is_already_there(parent: Job, button: Button, address: str) -> None:
    assert own_original(parent, button) == address


def pick(**changes: str) -> Job:
    job = make_action(U2.custom_id, task_id=None)
    return job.with_(request=job.request.model_copy(update=changes))


def test_what_the_relay_is_not_asked_for_costs_nothing() -> None:
    settings = make_settings(prices={"*": 1})

    assert [units(settings, pick(**one).request, None) for one in ({"original": FOUR[1]}, {})] == [0, 1]


async def test_picture_is_taken_out_and_nothing_is_sent() -> None:
    async with ScriptedRelay.serving({}) as relay, midjourney(relay, **{FOUR[1]: picture()}) as engine:
        outcome = await engine.submit(pick(original=FOUR[1]))

    assert relay.seen == []
    assert isinstance(outcome, Finished)
    assert (outcome.result.image_url, outcome.result.picture is not None) == (FOUR[1], True)
    assert [button.label for button in outcome.result.buttons] == [
        *("Animate (High motion)", "Animate (Low motion)", "Vary (Region)", "More actions"),
    ]


async def test_dead_address_is_asked_for_at_the_relay_at_its_price() -> None:
    async with ScriptedRelay.serving({}) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(pick(original=FOUR[1]))

    assert isinstance(outcome, Resubmit)
    assert isinstance(outcome.request, Action)
    assert (outcome.request.original, relay.seen) == ("", [])


async def test_its_films_go_by_the_picture() -> None:
    job = make_action(FILM_HIGH, task_id=None)
    job = job.with_(request=job.request.model_copy(update={"source": "parent"}))

    async with ScriptedRelay.serving({}) as relay, midjourney(relay, parent=picture()) as engine:
        outcome = await engine.submit(job)

    assert outcome == Resubmit(
        Animate(prompt=job.request.prompt, pictures=(f"{job.id}-input1.png",), motion=Motion.HIGH)
    )
