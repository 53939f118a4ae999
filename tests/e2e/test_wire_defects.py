"""What bots took relays' answers for, and must not: each against the stand-in that answers so, judged by its ledger."""

import json

import pytest

from sandbox.message_view import faces
from sandbox.relay.profiles import MIDJOURNEY_PROXY, UNIAPI
from tests.e2e.engine_orders import asked, bodies, half_white, picture
from tests.e2e.gestures import calls, single_of
from tests.e2e.studio import Studio, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {
    "PRICES": json.dumps(
        {"*": 1, "action.animate": 8, "fal.generate/flux-pro/v1/fill": 5, "fal.generate/nano-banana-2@0.5K": 3}
    ),
    "JIMENG_MODELS": "jimeng-4.5,doubao-seedream-4-0-250828",
}
PAGES_OF_8 = "a boat --seed 7 --v 8.2"


@pytest.fixture(autouse=True)
def _usual(studio: Studio, request: pytest.FixtureRequest) -> None:
    """Every test begins with the relay of the introduction page, unless it is about another one."""
    studio.relay.profile = MIDJOURNEY_PROXY if "at_proxy" in request.fixturenames else UNIAPI


@pytest.fixture
def at_proxy() -> None:
    """Midjourney-proxy 11 is the relay."""


async def test_a_value_that_is_refused_closes_the_operation_for_nobody(studio: Studio) -> None:
    refused = await asked(studio, "jimeng generate", prompt="a sized door", size="1024x1024")
    said = await studio.whisper("ana", "不支持的参数: size")
    await studio.gone(refused)
    await studio.result(await asked(studio, "jimeng generate", prompt="another door", ratio="1:1", resolution="1k"))

    assert "nothing was charged" in said


async def test_what_was_accepted_in_an_unknown_state_is_asked_about_and_never_sent_again(studio: Studio) -> None:
    job = await studio.imagine("a lost boat --sandbox-unknown")

    card = await studio.shows(job, "(Unknown outcome)")

    assert "do not retry" in (await studio.press(card, "Why?"))["content"]
    assert len(studio.submits(job.id)) == 1
    assert (len(studio.tasks(job.id)), studio.units(job)) == (1, "reserved")


@pytest.mark.usefixtures("at_proxy")
async def test_what_was_accepted_in_an_unknown_state_is_found_where_the_relay_lists_tasks(studio: Studio) -> None:
    job = await studio.imagine("a found boat --sandbox-unknown")

    await studio.result(job)

    assert (len(studio.submits(job.id)), len(studio.tasks(job.id))) == (1, 1)


@pytest.mark.parametrize("word", ["pending", "listed", "accepted"])
async def test_jimeng_follows_the_task_of_an_asynchronous_gateway(studio: Studio, word: str) -> None:
    wish = {"prompt": f"a fox --sandbox-{word}", "model": "doubao-seedream-4-0-250828"}
    await studio.result(await asked(studio, "jimeng generate", **wish))

    assert len(bodies(studio, "/v1/images/generations", wish["prompt"])) == 1


async def test_jimengs_pictures_go_where_they_are_looked_at(studio: Studio) -> None:
    two = {"image": picture(studio), "image2": picture(studio)}
    await studio.result(await asked(studio, "jimeng generate", prompt="both foxes", resolution="1k", **two))

    (body,) = bodies(studio, "/v1/images/compositions", "both foxes")
    assert len(body["images"]) == 2
    assert studio.relay.tasks()[-1]["action"] == "JIMENG_COMPOSE"


async def test_jimeng_out_of_credit_waits_and_says_so(studio: Studio) -> None:
    job = await asked(studio, "jimeng generate", prompt="a poor fox --sandbox-poor")

    card = await studio.shows(job, "(Waiting: the relay account is out of credit)")

    await studio.press(card, "Cancel Job")
    assert studio.units(job) == "released"


async def test_fal_is_asked_in_the_openai_format(studio: Studio) -> None:
    result = await studio.result(await asked(studio, "draw", prompt="a boat", model="fal-ai/flux/dev", count=2))

    assert len(result_files(result)) == 2
    assert studio.relay.tasks()[-1]["action"] == "FAL_GENERATE"


@pytest.mark.parametrize(
    "prompt",
    [
        "a boat --sd --v 8.1",
        "a boat --sv 7 --sref 123 --v 8.1",
        "a boat --no sails --tile --weird 20 --v 8.1",
        "a boat --personalize abc123 --v 8.2",
    ],
)
async def test_what_a_newer_model_takes_is_painted_as_it_was_typed(studio: Studio, prompt: str) -> None:
    job = await studio.imagine(prompt)
    await studio.result(job)

    assert [task["prompt"] for task in studio.tasks(job.id)] == [prompt]


@pytest.mark.usefixtures("at_proxy")
async def test_a_single_picture_keeps_its_rows_whatever_buttons_come(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a boat --seed 7 --v 7"))

    single = await studio.result(await studio.follow_up(grid, "U1"))

    assert faces(single) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom"],
        ["⬅️", "➡️", "⬆️", "⬇️"],
        ["Animate (High motion)", "Animate (Low motion)", "🔄"],
    ]


@pytest.mark.usefixtures("at_proxy")
async def test_a_film_costs_what_its_button_costs(studio: Studio) -> None:
    single = await single_of(studio, PAGES_OF_8)
    before = studio.spent_today()

    await studio.result(await studio.follow_up(single, "Animate (High motion)"))

    assert studio.spent_today() - before == 8


async def test_models_and_resolutions_cost_what_they_cost(studio: Studio) -> None:
    before = studio.spent_today()

    await studio.result(await asked(studio, "fal generate", prompt="a fox", model="nano-banana-2"))
    small = await asked(studio, "fal generate", prompt="a fox", model="nano-banana-2", resolution="0.5K")
    await studio.result(small)
    mask = {"image": picture(studio), "mask": half_white(studio)}
    await studio.result(await asked(studio, "fal generate", prompt="a fox", **mask))

    assert studio.spent_today() - before == 1 + 3 + 5


@pytest.mark.usefixtures("at_proxy")
async def test_the_seed_that_a_task_tells_is_not_asked_for(studio: Studio) -> None:
    job = await studio.imagine(PAGES_OF_8)
    grid = await studio.result(job)
    await studio.use_menu(grid, "Details and files")

    told = await studio.told("Job ID")

    assert "**seed** 7" in told["content"]
    assert not [path for path in calls(studio, job) if "image-seed" in path]
    assert not [one for one in studio.relay.wire.requests if one.path.endswith("/image-seed")]
