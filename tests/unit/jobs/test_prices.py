"""Prices name operations, kinds of buttons and models; the most exact entry counts."""

import pytest

from bot.domain.custom_ids import Family
from bot.domain.requests import (
    Action,
    Animate,
    Blend,
    Button,
    Describe,
    Edit,
    EngineRequest,
    FaceSwap,
    Imagine,
    Mode,
    Request,
    Shorten,
)
from bot.errors import SettingsError
from bot.jobs.prices import units
from bot.settings import FAMILIES, PAINTED, PRICED
from bot.ui.components.picture_menu import PICTURE_TASKS
from tests.support.makers import TASK, make_settings

UUID = "26d56b92-4ed6-45e2-8561-563797923135"
PRICES = {
    "*": 1,
    "*/turbo": 2,
    "imagine": 3,
    "imagine/turbo": 5,
    "action": 4,
    "action/turbo": 6,
    "action.animate": 8,
    "action.zoom": 7,
    "action.zoom/turbo": 9,
    "action.pick": 0,
    "fal.generate": 10,
    "fal.generate/flux-pro/kontext/max": 20,
    "fal.generate/nano-banana-2": 11,
    "fal.generate/nano-banana-2@4K": 22,
    "kling.imagine/kling-v2-1": 30,
    "jimeng.generate/jimeng-4.5": 40,
    "ideogram.generate/V_2": 50,
}
MAX = "flux-pro/kontext/max"


def press(custom_id: str) -> Action:
    return Action(button=Button(custom_id=custom_id), parent_task_id=TASK)


def paint(engine: str, kind: str, **options: object) -> EngineRequest:
    return EngineRequest(engine=engine, kind=kind, options=options)


@pytest.mark.parametrize(
    ("request_", "mode", "price"),
    [
        (Imagine(prompt="a cat"), None, 3),
        (Imagine(prompt="a cat"), Mode.TURBO, 5),
        (Describe(), Mode.FAST, 1),
        (Describe(), Mode.TURBO, 2),
        (press(f"MJ::JOB::animate_high::1::{UUID}::SOLO"), Mode.FAST, 8),
        (press(f"MJ::JOB::animate_high::1::{UUID}::SOLO"), Mode.TURBO, 8),
        (press(f"MJ::JOB::upsample::1::{UUID}"), Mode.FAST, 0),
        (press(f"MJ::Outpaint::50::1::{UUID}::SOLO"), Mode.TURBO, 9),
        (press(f"MJ::CustomZoom::{UUID}"), Mode.FAST, 7),
        (press(f"MJ::JOB::variation::2::{UUID}"), Mode.FAST, 4),
        (press(f"MJ::JOB::variation::2::{UUID}"), Mode.TURBO, 6),
        (paint("fal", "generate", model="flux-pro/kontext"), None, 10),
        (paint("fal", "generate", model=MAX), None, 20),
        (paint("fal", "generate", model=f" /fal-ai/{MAX}/ "), None, 20),
        (paint("fal", "generate", model="FLUX-pro//Kontext/./max\u200b"), None, 20),
        (paint("fal", "generate", model=MAX, num_images=3), None, 60),
        (paint("fal", "generate", model="nano-banana-2"), None, 11),
        (paint("fal", "generate", model="nano-banana-2", resolution="2K"), None, 11),
        (paint("fal", "generate", model="nano-banana-2", resolution=" 4k"), None, 22),
        (paint("fal", "generate", model="fal-ai/nano-banana-2", resolution="4K", num_images=2), None, 44),
        (paint("fal", "generate"), None, 20),  # nobody knows yet which is taken
        (paint("kling", "imagine"), None, 30),
        (paint("kling", "imagine", model_name="kling-v2"), None, 1),
        (paint("jimeng", "generate", n=2), None, 80),
        (paint("ideogram", "generate", model="V_2"), None, 50),
        (paint("ideogram", "generate", model=" v_2 "), None, 50),
        (paint("ideogram", "generate", model="\uff36_2"), None, 50),
        (paint("ideogram", "generate"), None, 1),
    ],
)
def test_the_most_exact_price_counts(request_: Request, mode: Mode | None, price: int) -> None:
    assert units(make_settings(prices=PRICES), request_, mode) == price


TABLE = '{"dear": {"units": 6}, "plain": {}, "free": {"units": 0}}'


@pytest.mark.parametrize(
    ("options", "prices", "price"),
    [
        ({"model": "dear"}, {}, 6),
        ({"model": "dear", "n": 2}, {}, 12),
        ({"model": "dear"}, {"openai.generate": 3}, 6),
        ({"model": "dear"}, {"openai.generate/dear": 4}, 4),
        ({"model": "plain"}, {"openai.generate": 3}, 3),
        ({"model": "plain"}, {}, 1),
        ({"model": "free"}, {}, 0),
        ({}, {}, 6),  # nobody knows yet which is taken
    ],
)
def test_units_of_a_table_count_where_the_model_has_no_price(
    options: dict[str, object], prices: dict[str, int], price: int
) -> None:
    settings = make_settings(openai_models=TABLE, prices=prices)

    assert units(settings, paint("openai", "generate", **options), None) == price


@pytest.mark.parametrize("key", ["*", "*/relax", "imagine/fast", *PRICED, *(f"{name}/a-model" for name in PAINTED)])
def test_every_name_can_be_priced(key: str) -> None:
    assert make_settings(prices={key: 3}).limits.prices == {key: 3}


@pytest.mark.parametrize(
    "key", ["imagin", "action.anmate", "imagine/warp", "*/warp", "fal", "fal.generate/", "imagine/V7", "", "**"]
)
def test_a_name_that_nothing_has_is_told(key: str) -> None:
    with pytest.raises(SettingsError, match=f"has no operation “{key}”".replace("*", "[*]")):
        make_settings(prices={key: 3})


def test_names_are_those_of_the_requests_and_buttons_that_there_are() -> None:
    plain = {
        request.model_fields["operation"].default
        for request in (Imagine, Blend, Describe, Shorten, FaceSwap, Animate, Edit, Action)
    }
    painted = {name for name in PICTURE_TASKS if not name.startswith("midjourney.")}

    assert set(FAMILIES) == set(Family)
    assert plain == {name for name in PRICED if "." not in name}
    assert painted < set(PAINTED)


@pytest.mark.parametrize("button", [f"MJ::JOB::upsample::1::{UUID}", "MJ::Job::PromptAnalyzerExtended"])
@pytest.mark.parametrize("mode", list(Mode))
def test_picks_and_details_cost_nothing_where_the_owner_says_nothing(button: str, mode: Mode) -> None:
    assert units(make_settings(), press(button), mode) == 0
    assert units(make_settings(prices={"*": 1, "action.other": 3}), press(button), mode) in (1, 3)
