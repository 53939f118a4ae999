"""The fake of fal."""

import re
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops
from yarl import URL

from tests.sandbox.engines.caller import FAL, Caller, plain
from tests.sandbox.relay_bench import data_url


async def test_fal_answers_with_addresses_on_the_vendors_host_without_the_sub_path(caller: Caller) -> None:
    status, ticket = await caller.prompt(FAL, "a cat")

    address = f"https://queue.fal.run/fal-ai/flux-pro/requests/{ticket['request_id']}"
    assert status == 200
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", ticket["request_id"])
    assert ticket == {
        "status": "IN_QUEUE",
        "request_id": ticket["request_id"],
        "response_url": address,
        "status_url": f"{address}/status",
        "cancel_url": f"{address}/cancel",
        "logs": None,
        "metrics": {},
        "queue_position": 0,
    }


async def test_fal_says_202_while_it_is_pending(caller: Caller) -> None:
    _, ticket = await caller.prompt(FAL, "a cat")
    path = f"/fal-ai/flux-pro/requests/{ticket['request_id']}"
    seen = []
    for seconds in (0, 5, 15):
        caller.clock.at += seconds
        status, body = await caller.ask("GET", f"{path}/status?logs=1")
        result, _ = await caller.ask("GET", path)
        seen.append((status, body["status"], "queue_position" in body, bool(body.get("logs")), result))

    assert seen == [
        (202, "IN_QUEUE", True, False, 400),
        (202, "IN_PROGRESS", False, True, 400),
        (200, "COMPLETED", False, True, 200),
    ]


async def test_fal_shows_images_with_their_sizes(caller: Caller) -> None:
    status, body = await caller.fal(
        "flux-pro/kontext/text-to-image", prompt="a cat", num_images=2, aspect_ratio="9:16", seed=6
    )

    assert (status, body["seed"], body["prompt"], body["has_nsfw_concepts"]) == (200, 6, "a cat", [False, False])
    image = await caller.image(body["images"][1]["url"])
    shown = {"width": image.width, "height": image.height, "content_type": "image/jpeg"}
    assert body["images"][1] == shown | {"url": body["images"][1]["url"]}
    assert image.size == (768, 1360)


async def test_fal_blackens_what_it_flags(caller: Caller) -> None:
    _, body = await caller.fal("flux/dev", prompt="a cat --sandbox-nsfw", num_images=2)

    first, second = [await caller.image(one["url"]) for one in body["images"]]
    assert body["has_nsfw_concepts"] == [True, False]
    assert (first.getbbox(), second.getbbox() is None) == (None, False)


@pytest.mark.parametrize(
    ("prompt", "status", "is_list"),
    [("a cat --sandbox-fail", 400, False), ("a cat --sandbox-unsafe", 422, True), ("a nude body", 422, True)],
)
async def test_fal_completes_what_failed_and_says_so_in_the_result(
    caller: Caller, prompt: str, status: int, is_list: bool
) -> None:
    _, ticket = await caller.prompt(FAL, prompt)
    caller.clock.at += 60
    path = f"/fal-ai/flux-pro/requests/{ticket['request_id']}"
    looked, progress = await caller.ask("GET", f"{path}/status")
    failed, body = await caller.ask("GET", path)

    assert (looked, progress["status"], failed) == (200, "COMPLETED", status)
    assert isinstance(body["detail"], list if is_list else str)


async def test_fal_has_odd_forms(caller: Caller) -> None:
    _, single = await caller.fal("flux/dev", prompt="a cat --sandbox-odd")
    _, ticket = await caller.prompt(FAL, "a cat --sandbox-odd --sandbox-fail")
    caller.clock.at += 60
    _, progress = await caller.ask("GET", f"/fal-ai/flux-pro/requests/{ticket['request_id']}/status")
    _, inline = await caller.fal("flux/dev", prompt="a cat", sync_mode=True, output_format="png")
    _, upscaled = await caller.fal("esrgan-upscaler", image_url=data_url(plain("red", (100, 80))))

    assert list(single) == ["image"]
    assert ("cancel_url" in ticket, progress["status"]) == (False, "FAILURE")
    assert inline["images"][0]["url"].startswith("data:image/png;base64,")
    assert (upscaled["image"]["width"], upscaled["image"]["height"]) == (200, 160)


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        ("flux/dev", {}, "prompt"),
        ("flux/dev", {"prompt": "a cat", "num_images": 5}, "num_images"),
        ("flux/dev", {"prompt": "a cat", "guidance_scale": 0.5}, "guidance_scale"),
        ("flux/dev", {"prompt": "a cat", "safety_tolerance": 2}, "safety_tolerance"),
        ("flux/dev", {"prompt": "a cat", "output_format": "webp"}, "output_format"),
        ("flux/dev", {"prompt": "a cat", "aspect_ratio": "5:1"}, "aspect_ratio"),
        ("flux/dev", {"prompt": "a cat", "image_size": "huge"}, "image_size"),
        ("flux/dev", {"prompt": "a cat", "image_size": {"width": 0, "height": 512}}, "image_size"),
        ("flux-pro/kontext", {"prompt": "a cat"}, "image_url"),
        ("flux-pro/kontext", {"prompt": "a cat", "image_url": "https://example.com/a.png"}, "image_url"),
        ("flux-pro/kontext/multi", {"prompt": "a cat", "image_url": "x"}, "image_urls"),
    ],
)
async def test_fal_refuses_a_field_by_its_place(caller: Caller, model: str, body: Any, field: str) -> None:
    status, answer = await caller.post(f"/fal-ai/{model}", body)

    assert (status, answer["detail"][0]["loc"]) == (422, ["body", field])
    assert caller.relay.tasks() == []


async def test_fal_knows_only_its_models_unencoded_and_tickets_under_their_app(caller: Caller) -> None:
    _, ticket = await caller.prompt(FAL, "a cat")
    missing, _ = await caller.post("/fal-ai/sandbox-missing/dev", {"prompt": "a cat"})
    async with aiohttp.ClientSession(headers=caller.headers(FAL)) as web:
        encoded = URL(f"{caller.relay.base_url}/fal-ai/flux-pro%2Fkontext", encoded=True)
        async with web.post(encoded, json={"prompt": "a cat"}) as response:
            slashes = response.status
    full_name, _ = await caller.ask("GET", f"{FAL}/requests/{ticket['request_id']}/status")
    other_app, _ = await caller.ask("GET", f"/fal-ai/flux/requests/{ticket['request_id']}/status")

    assert [missing, slashes, full_name, other_app] == [404, 404, 404, 404]


# Each model reads its own fields, and passes over the others (docs/relay.md 10.5).
@pytest.mark.parametrize(
    ("model", "wanted", "size"),
    [
        ("nano-banana-2", {"aspect_ratio": "16:9", "resolution": "0.5K"}, (688, 384)),
        ("nano-banana-2", {"image_size": "square"}, (1024, 1024)),
        ("flux-2-pro", {"aspect_ratio": "1:1"}, (1024, 768)),
        ("flux-2-pro", {"image_size": "portrait_16_9"}, (576, 1024)),
        ("flux-2-pro", {"image_size": {"width": 640, "height": 512}}, (640, 512)),
        ("bytedance/seedream/v4/text-to-image", {"image_size": "auto"}, (1024, 1024)),
        ("bytedance/seedream/v4/text-to-image", {"image_size": "square"}, (960, 960)),
        ("recraft/v4.1/text-to-image", {"image_size": "landscape_16_9", "style": "any"}, (1024, 576)),
    ],
)
async def test_fal_paints_in_the_fields_that_a_model_reads(
    caller: Caller, model: str, wanted: Any, size: tuple[int, int]
) -> None:
    _, body = await caller.fal(model, prompt="a cat", **wanted)

    assert (body["images"][0]["width"], body["images"][0]["height"]) == size


async def test_fal_has_models_of_other_owners(caller: Caller) -> None:
    headers = caller.headers(FAL)
    status, ticket = await caller.ask("POST", "/ideogram/v4", headers, json={"prompt": "a cat"})
    caller.clock.at += 60
    path = ticket["response_url"].removeprefix("https://queue.fal.run")
    found, made = await caller.ask("GET", path, headers)
    elsewhere, _ = await caller.ask("GET", f"/fal-ai{path}", headers)

    assert (status, path.startswith("/ideogram/v4/requests/"), found, elsewhere) == (200, True, 200, 404)
    assert made["images"][0]["width"] == 1024


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        ("nano-banana-2", {"prompt": "a cat", "resolution": "8K"}, "resolution"),
        ("nano-banana-2/edit", {"prompt": "a cat", "image_url": "x"}, "image_urls"),
        ("nano-banana-2/edit", {"prompt": "a cat", "image_urls": "x"}, "image_urls"),
        ("qwen-image-edit", {"prompt": "a cat", "image_urls": ["x"]}, "image_url"),
        ("flux-2-pro", {"prompt": "a cat", "image_size": "auto_4K"}, "image_size"),
        ("bytedance/seedream/v4/edit", {"prompt": "a cat", "num_images": 7}, "num_images"),
    ],
)
async def test_fal_refuses_what_a_model_cannot_be_asked_for(caller: Caller, model: str, body: Any, field: str) -> None:
    status, answer = await caller.post(f"/fal-ai/{model}", body)

    assert (status, answer["detail"][0]["loc"]) == (422, ["body", field])


async def test_fal_fills_the_white_of_a_mask_and_nothing_else(caller: Caller) -> None:
    given, mask = plain("red"), plain("black")
    mask.paste("white", (160, 0, 320, 400))
    pictures: dict[str, Any] = {"image_url": data_url(given), "mask_url": data_url(mask)}

    _, body = await caller.fal("flux-pro/v1/fill", prompt="a boat", output_format="png", **pictures)

    changed = ImageChops.difference(await caller.image(body["images"][0]["url"]), given).getbbox()
    assert changed is not None
    assert changed[0] >= 160


@pytest.mark.parametrize("mask", [None, plain("white", (10, 10))], ids=["missing", "of-another-size"])
async def test_fal_fills_nothing_without_a_fitting_mask(caller: Caller, mask: Image.Image | None) -> None:
    wanted = {"prompt": "a boat", "image_url": data_url(plain("red"))} | ({"mask_url": data_url(mask)} if mask else {})

    status, answer = await caller.post("/fal-ai/flux-pro/v1/fill", wanted)

    assert (status, answer["detail"][0]["loc"]) == (422, ["body", "mask_url"])


async def test_fal_stops_what_its_owner_cancels(caller: Caller) -> None:
    _, ticket = await caller.prompt(FAL, "a cat")
    path = ticket["cancel_url"].removeprefix("https://queue.fal.run")
    first, again = await caller.ask("PUT", path), await caller.ask("PUT", path)
    _, status = await caller.ask("GET", path.replace("/cancel", "/status"))
    result, _ = await caller.ask("GET", path.replace("/cancel", ""))

    assert (first, again) == ((202, {"status": "CANCELLATION_REQUESTED"}), (400, {"status": "ALREADY_COMPLETED"}))
    assert (status["status"], status["error_type"], result) == ("COMPLETED", "client_cancelled", 499)
    assert caller.relay.tasks()[-1]["charged"] == 0


async def test_fal_tells_of_a_broken_machine_by_its_type(caller: Caller) -> None:
    _, ticket = await caller.prompt(FAL, "a cat --sandbox-runner")
    caller.clock.at += 60
    path = ticket["status_url"].removeprefix("https://queue.fal.run")
    _, status = await caller.ask("GET", path)
    result, body = await caller.ask("GET", path.removesuffix("/status"))

    assert (status["status"], status["error_type"]) == ("COMPLETED", "runner_disconnected")
    assert (result, body["error_type"]) == (503, "runner_disconnected")
