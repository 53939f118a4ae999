"""fal's models each in their own fields, as their pages give them (docs/relay.md 10.5)."""

from typing import Any

import pytest

from bot.domain.job import FailureKind
from bot.domain.outcomes import Accepted, Failed, Refused, Succeeded
from bot.errors import RelayError
from bot.relay.fal import Fal
from bot.relay.fal_fields import FalFields
from bot.relay.http import RelayHttp
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import make_settings, picture, png_url
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE, WHITE = picture(colour="red"), picture(colour="white")
MODELS = ("flux/dev",)
PATH = "fal-ai/flux-pro/requests/1b2c"
TICKET = {"status": "IN_QUEUE", "request_id": "1b2c", "response_url": f"https://queue.fal.run/{PATH}"}
MADE = {"images": [{"url": "https://f.example/1.jpg", "width": 1024, "height": 768}], "seed": 12}


def fal(http: RelayHttp, shelf: Shelf) -> Fal:
    return Fal(http, shelf, MODELS, FalFields.of(make_settings().engines.fal))


@pytest.mark.parametrize(
    ("model", "aspect", "resolution", "fields"),
    [
        ("flux-pro/kontext/text-to-image", "16:9", None, {"aspect_ratio": "16:9"}),
        ("nano-banana-2", "4:5", "2k", {"aspect_ratio": "4:5", "resolution": "2K"}),
        ("nano-banana-2", None, "0.5K", {"resolution": "0.5K"}),
        ("flux-2-pro", "16:9", None, {"image_size": "landscape_16_9"}),
        ("flux-2-max", "3:2", None, {"image_size": {"width": 1248, "height": 832}}),
        ("bytedance/seedream/v4/text-to-image", "1:1", "4K", {"image_size": {"width": 4096, "height": 4096}}),
        ("bytedance/seedream/v4/text-to-image", "auto", None, {"image_size": "auto"}),
        ("qwen-image", "1280x720", None, {"image_size": {"width": 1280, "height": 720}}),
        ("some/model", "16:9", "1K", {"aspect_ratio": "16:9", "resolution": "1K"}),
    ],
    ids=range(9),
)
async def test_a_shape_goes_by_the_name_that_its_model_has_for_it(
    model: str, aspect: str | None, resolution: str | None, fields: dict[str, Any]
) -> None:
    job = paint_job("fal", "generate", model=model, aspect_ratio=aspect, resolution=resolution)

    _outcome, seen = await submitted(fal, job, TICKET)

    assert seen[0].body == {"prompt": "a cat"} | fields


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("flux-pro/kontext/text-to-image", {"resolution": "2K"}),
        ("flux-2-pro", {"resolution": "2K"}),
        ("flux-2-pro", {"aspect_ratio": "16:9", "resolution": "large"}),
        ("flux-2-pro", {"aspect_ratio": "16:9", "resolution": "4.0K"}),
        ("flux-2-pro", {"aspect_ratio": "4096x4096"}),
        ("bytedance/seedream/v4/text-to-image", {"aspect_ratio": "auto_4K"}),
    ],
)
async def test_a_shape_that_its_model_cannot_be_asked_for_is_refused_before_spending(
    model: str, options: dict[str, Any]
) -> None:
    outcome, seen = await submitted(fal, paint_job("fal", "generate", model=model, **options), TICKET)

    assert isinstance(outcome, Refused)
    assert seen == []


async def test_ten_pictures_go_along_and_eleven_are_refused() -> None:
    shelf = Shelf(one=ONE)
    ten = paint_job("fal", "generate", pictures=("one",) * 10, model="nano-banana-2/edit")
    eleven = paint_job("fal", "generate", pictures=("one",) * 11, model="nano-banana-2/edit")

    _outcome, seen = await submitted(fal, ten, TICKET, shelf=shelf)
    outcome, nothing = await submitted(fal, eleven, TICKET, shelf=shelf)

    assert (len(seen[0].body["image_urls"]), nothing) == (10, [])
    assert isinstance(outcome, Refused)


async def test_fields_of_the_owner_go_along_and_the_members_own_win() -> None:
    fields = FalFields(always={"recraft/*": {"style": "vector", "seed": 1}})
    job = paint_job("fal", "generate", model="recraft/v4.1/text-to-image", seed=7)

    _outcome, seen = await submitted(lambda http, shelf: Fal(http, shelf, MODELS, fields), job, TICKET)

    assert seen[0].body == {"prompt": "a cat", "style": "vector", "seed": 7}


@pytest.mark.parametrize(
    ("ticket", "task_id"),
    [
        (
            {"request_id": "1b2c", "response_url": "https://queue.fal.run/ideogram/v4.6/requests/1b2c"},
            "ideogram/v4.6/requests/1b2c",
        ),
        ({"request_id": "1b2c"}, "ideogram/v4.6/requests/1b2c"),
    ],
)
async def test_a_model_of_another_owner_keeps_its_id(ticket: dict[str, Any], task_id: str) -> None:
    outcome, seen = await submitted(fal, paint_job("fal", "generate", model="ideogram/v4.6"), ticket)

    assert (outcome, seen[0].path) == (Accepted(task_id), "/ideogram/v4.6")


async def test_the_result_is_where_the_status_says() -> None:
    longer = Reply({"status": "COMPLETED", "response_url": f"https://queue.fal.run/{PATH}/response"})

    async with ScriptedRelay.serving(longer, MADE) as relay, opened(fal, relay, Shelf()) as engine:
        job = paint_job("fal", "generate").with_(task_id=PATH)
        seen = (await engine.look([job]))[job.id]

    assert isinstance(seen, Succeeded)
    assert [one.path for one in relay.seen] == [f"/{PATH}/status", f"/{PATH}/response"]


# fal.ai/docs/documentation/model-apis/request-errors: the queue tells of a broken machine in words of its own.
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            {"status": "COMPLETED", "error": "Runner disconnected", "error_type": "runner_disconnected"},
            "Runner disconnected",
        ),
        ({"status": "COMPLETED", "error_type": "startup_timeout"}, "startup_timeout"),
    ],
)
async def test_what_broke_at_the_vendor_is_told_in_its_words(status: dict[str, Any], reason: str) -> None:
    async with ScriptedRelay.serving(status) as relay, opened(fal, relay, Shelf()) as engine:
        job = paint_job("fal", "generate").with_(task_id=PATH)
        seen = (await engine.look([job]))[job.id]

    assert seen == Failed(reason)


async def test_a_task_is_stopped_in_its_queue_and_says_so() -> None:
    cancelled = {"status": "COMPLETED", "error": "The request was cancelled", "error_type": "client_cancelled"}
    job = paint_job("fal", "generate").with_(task_id=PATH)

    requested = Reply({"status": "CANCELLATION_REQUESTED"}, 202)
    async with ScriptedRelay.serving(requested, cancelled) as relay, opened(fal, relay, Shelf()) as engine:
        await engine.cancel(job)
        seen = (await engine.look([job]))[job.id]

    assert [(one.method, one.path) for one in relay.seen] == [("PUT", f"/{PATH}/cancel"), ("GET", f"/{PATH}/status")]
    assert seen == Failed("The request was cancelled", FailureKind.STOPPED)


async def test_a_task_that_is_over_refuses_to_be_stopped() -> None:
    over = Reply({"status": "ALREADY_COMPLETED"}, 400)

    async with ScriptedRelay.serving(over) as relay, opened(fal, relay, Shelf()) as engine:
        with pytest.raises(RelayError):
            await engine.cancel(paint_job("fal", "generate").with_(task_id=PATH))


async def test_a_mask_goes_with_its_picture_to_a_model_that_fills() -> None:
    job = paint_job("fal", "generate", pictures=("one", "mask"), masked=True)
    everything = make_settings().engines.fal
    shelf = Shelf(one=ONE, mask=WHITE)

    def with_all(http: RelayHttp, shelf: Shelf) -> Fal:
        return Fal(http, shelf, everything.models, FalFields.of(everything))

    _outcome, seen = await submitted(with_all, job, TICKET, shelf=shelf)

    body = {"prompt": "a cat", "image_url": png_url(ONE), "mask_url": png_url(WHITE)}
    assert (seen[0].path, seen[0].body) == ("/fal-ai/flux-pro/v1/fill", body)


@pytest.mark.parametrize(
    ("model", "pictures", "masked", "words"),
    [
        ("flux-pro/v1/fill", ("one",), {}, "needs a mask for its picture"),
        ("flux-pro/kontext", ("one", "mask"), {"masked": True}, "takes no mask"),
        ("flux-pro/v1/fill", ("mask",), {"masked": True}, "needs a picture"),
    ],
)
async def test_masks_are_for_models_that_fill(
    model: str, pictures: tuple[str, ...], masked: dict[str, Any], words: str
) -> None:
    job = paint_job("fal", "generate", pictures=pictures, model=model, **masked)

    outcome, seen = await submitted(fal, job, TICKET, shelf=Shelf(one=ONE, mask=WHITE))

    assert isinstance(outcome, Refused)
    assert words in outcome.failure.detail
    assert seen == []
