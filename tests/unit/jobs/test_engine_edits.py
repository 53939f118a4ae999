"""What changes a picture of another engine: the same model in the same shape, unless it cannot."""

from typing import Any

import pytest

from bot.domain.job import Job, JobStatus, Result
from bot.domain.requests import EngineRequest
from bot.domain.rules import OWN_REGION_BUTTON
from bot.errors import UserError
from bot.jobs.engine_edits import edit_of
from bot.services import Services
from tests.support.makers import ANA, make_job, make_place, make_settings, make_token
from tests.support.stored import admitted

SETTINGS = make_settings()
BANANA, FILL = "nano-banana-2/edit", "flux-pro/v1/fill"


def painted(engine: str = "openai", **options: Any) -> Job:
    request = EngineRequest(engine=engine, kind="generate", prompt="a fox", pictures=("old.png",), options=options)
    result = Result(image_url="https://i.example/1.png", buttons=(OWN_REGION_BUTTON,))
    return make_job(JobStatus.DONE, engine=engine, request=request, task_id=None, result=result)


@pytest.mark.parametrize(
    ("options", "is_masked", "kept"),
    [
        ({"model": "nano-banana", "shape": "3:2", "n": 1, "seed": 4}, False, {"model": "nano-banana", "shape": "3:2"}),
        ({"model": "nano-banana", "shape": "3:2"}, True, {"masked": True}),
        (
            {"model": "gpt-image-1", "quality": "low", "masked": True},
            True,
            {"model": "gpt-image-1", "quality": "low", "masked": True},
        ),
        ({"model": "gpt-image-1", "masked": True}, False, {"model": "gpt-image-1"}),
        ({"model": "qwen-image", "shape": "3:2"}, False, {}),
        ({}, False, {}),
    ],
)
def test_a_picture_is_changed_by_its_own_model_unless_that_cannot(
    options: dict[str, Any], is_masked: bool, kept: dict[str, Any]
) -> None:
    edit = edit_of(SETTINGS, painted(**options), is_masked=is_masked)

    assert edit is not None
    assert (edit.prompt, edit.pictures, edit.options) == ("", (), kept)


@pytest.mark.parametrize(
    ("options", "is_masked", "kept"),
    [
        ({"model": BANANA, "resolution": "2K", "num_images": 2}, False, {"model": BANANA, "resolution": "2K"}),
        ({"model": "nano-banana-2"}, False, {}),
        ({"model": BANANA}, True, {"masked": True}),
        ({"model": f"fal-ai/{FILL}", "masked": True}, True, {"model": f"fal-ai/{FILL}", "masked": True}),
        ({"model": FILL, "masked": True}, False, {}),
    ],
)
def test_a_picture_of_fal_is_changed_by_a_model_that_can(
    options: dict[str, Any], is_masked: bool, kept: dict[str, Any]
) -> None:
    edit = edit_of(SETTINGS, painted("fal", **options), is_masked=is_masked)

    assert edit is not None
    assert edit.options == kept


@pytest.mark.parametrize(
    ("allowed", "named", "model"),
    [
        ("V_2,V_3,V_3_TURBO", "V_3_TURBO", "V_3_TURBO"),
        ("V_2,V_3,V_3_TURBO", "V_2", "V_3"),
        ("V_3_TURBO,V_2", None, "V_3_TURBO"),
    ],
)
def test_a_part_of_a_picture_of_ideogram_is_painted_by_its_edit(allowed: str, named: str | None, model: str) -> None:
    job = painted("ideogram", **({"model": named, "seed": 4} if named else {}))

    edit = edit_of(make_settings(ideogram_models=allowed), job, is_masked=True)

    assert edit == EngineRequest(engine="ideogram", kind="edit", options={"model": model, "masked": True})


@pytest.mark.parametrize("job", [painted("jimeng"), painted("ideogram"), make_job(JobStatus.DONE)])
def test_what_is_not_offered_is_not_built(job: Job) -> None:
    assert edit_of(SETTINGS, job) is None


async def test_a_region_of_a_synchronous_result_is_admitted_as_an_edit(services: Services) -> None:
    services.jobs.engines._by_name = {"openai": services.jobs.engines.get("midjourney")}
    parent = await admitted(services.store, painted(model="gpt-image-1", shape="auto"))

    job = await services.jobs.admission.press(
        ANA, make_place(), parent, 0, token=make_token(), message_id=7, answer="a hat", pictures=("a.png", "m.png")
    )

    assert job.request == EngineRequest(
        engine="openai",
        kind="generate",
        prompt="a hat",
        pictures=("a.png", "m.png"),
        options={"model": "gpt-image-1", "shape": "auto", "masked": True},
    )
    assert (job.parent_id, job.reply_to) == (parent.id, 7)


async def test_a_button_that_a_result_does_not_have_is_refused(services: Services) -> None:
    with pytest.raises(UserError, match="no longer knows"):
        services.jobs.admission.button(painted(), 1)
