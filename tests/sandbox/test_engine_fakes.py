"""The fakes of ideogram, fal, Jimeng and Kling: keys, forms, the life of a call, odd ends, charges, and pictures."""

import asyncio
import base64
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops, ImageStat
from yarl import URL

from sandbox.relay.profiles import NEW_API, PLAIN
from sandbox.wire import Fault
from tests.sandbox.relay_bench import Bench, data_url

IDEOGRAM, JIMENG = "/ideogram/generate", "/v1/images/generations"
FAL, KLING = "/fal-ai/flux-pro/kontext/text-to-image", "/kling/v1/images/generations"
TRY_ON = "/kling/v1/images/kolors-virtual-try-on"
BODIES: Mapping[str, Any] = {
    IDEOGRAM: {"image_request": {"prompt": "{}"}},
    FAL: {"prompt": "{}"},
    JIMENG: {"model": "jimeng-4.0", "prompt": "{}"},
    KLING: {"prompt": "{}"},
}


class Caller:
    """A client of one relay, which shows its key as each family of paths wants it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.relay = bench.relay
        self.clock = bench.clock

    def headers(self, path: str) -> dict[str, str]:
        if path.startswith("/ideogram/"):
            return {"Api-Key": self.relay.key}
        return {"Authorization": f"{'Key' if path.startswith('/fal-ai/') else 'Bearer'} {self.relay.key}"}

    async def ask(self, method: str, path: str, headers: Any = None, **options: Any) -> tuple[int, Any]:
        """Status and decoded body."""
        shown = self.headers(path) if headers is None else headers
        async with (
            aiohttp.ClientSession(self.relay.base_url, headers=shown) as web,
            web.request(method, path, **options) as response,
        ):
            return response.status, json.loads(await response.read())

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        # A file, since aiohttp warns when a megabyte is sent as bytes.
        data = io.BytesIO(json.dumps(body).encode())
        return await self.ask(
            "POST", path, data=data, headers=self.headers(path) | {"Content-Type": "application/json"}
        )

    async def prompt(self, path: str, prompt: str) -> tuple[int, Any]:
        """The simplest call of an engine."""
        return await self.post(path, json.loads(json.dumps(BODIES[path]).replace("{}", prompt)))

    async def form(self, path: str, image: Image.Image, text: str | None = "{}") -> tuple[int, Any]:
        """A multipart call of ideogram."""
        form = aiohttp.FormData()
        form.add_field("image_file", png(image), filename="given.png", content_type="image/png")
        if text is not None:
            form.add_field("image_request", text)
        return await self.ask("POST", path, data=form)

    async def ideogram(self, **wanted: Any) -> Any:
        """The images of a generation that works."""
        status, body = await self.post(IDEOGRAM, {"image_request": wanted})
        assert status == 200, body
        return body["data"]

    async def jimeng(self, **wanted: Any) -> Any:
        """The same of Jimeng."""
        status, body = await self.post(JIMENG, {"model": "jimeng-4.0", "prompt": "a cat"} | wanted)
        assert status == 200, body
        return body["data"]

    async def fal(self, model: str, seconds: float = 60.0, **wanted: Any) -> tuple[int, Any]:
        """The result of a ticket, found by its address on the vendor's host."""
        status, ticket = await self.post(f"/fal-ai/{model}", wanted)
        assert status == 200, ticket
        self.clock.at += seconds
        return await self.ask("GET", ticket["response_url"].removeprefix("https://queue.fal.run"))

    async def kling(self, path: str = KLING, seconds: float = 60.0, **wanted: Any) -> Any:
        """The last status of a task."""
        status, body = await self.post(path, wanted)
        assert (status, body["code"]) == (200, 0), body
        self.clock.at += seconds
        _, body = await self.ask("GET", f"{path}/{body['data']['task_id']}")
        return body["data"]

    async def image(self, url: str) -> Image.Image:
        """The pixels behind an address, which needs no key."""
        async with aiohttp.ClientSession() as web, web.get(url) as response:
            assert response.status == 200
            image = Image.open(io.BytesIO(await response.read()))
            assert response.content_type == f"image/{str(image.format).lower()}"
        return image.convert("RGB")


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with Bench.open(seed=3) as bench:
        yield Caller(bench)


def plain(colour: str, size: tuple[int, int] = (320, 400)) -> Image.Image:
    return Image.new("RGB", size, colour)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def raw(image: Image.Image) -> str:
    return base64.b64encode(png(image)).decode()


def same(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None


def mean(image: Image.Image) -> tuple[float, ...]:
    return tuple(ImageStat.Stat(image).mean)


# Keys and families.


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("scheme", ["Api-Key", "Key", "Bearer", "mj-api-secret", "none"])
async def test_each_family_takes_the_key_in_its_own_headers(caller: Caller, path: str, scheme: str) -> None:
    key = caller.relay.key
    headers = {scheme: key} if "-" in scheme.lower() else {"Authorization": f"{scheme} {key}"}
    good = {IDEOGRAM: {"Api-Key", "Bearer"}, FAL: {"Key", "Bearer"}}.get(path, {"Bearer"})

    status, body = await caller.ask("POST", path, headers, json={})

    assert (status == 401) == (scheme not in good)
    assert scheme in good or "request id" in body["error"]["message"]
    assert caller.relay.tasks() == []


@pytest.mark.parametrize("path", BODIES)
async def test_a_family_without_the_engines_has_no_such_path(caller: Caller, path: str) -> None:
    caller.relay.profile = PLAIN

    async with (
        aiohttp.ClientSession(caller.relay.base_url, headers=caller.headers(path)) as web,
        web.post(path, json={}) as response,
    ):
        assert (response.status, (await response.json())["error"]) == (404, "Not Found")


# What every engine does.


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (IDEOGRAM, "IDEOGRAM_GENERATE"),
        (FAL, "FAL_GENERATE"),
        (JIMENG, "JIMENG_GENERATE"),
        (KLING, "KLING_IMAGINE"),
    ],
)
async def test_a_paid_call_is_in_the_ledger(caller: Caller, path: str, action: str) -> None:
    await caller.bench.submit("imagine", prompt="a cat", state="job-1")
    status, _ = await caller.prompt(path, "a cat")
    caller.clock.at += 100

    first, second = caller.relay.tasks()
    assert status == 200
    assert (first["action"], first["state"]) == ("IMAGINE", "job-1")
    assert second == {"id": second["id"], "state": "", "action": action, "status": "SUCCESS", "charged": 1}
    assert caller.relay.wire.requests[-1].path == path
    assert "a cat" in json.dumps(caller.relay.wire.requests[-1].body)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(("word", "status"), [("full", 429), ("", 200)])
async def test_a_full_queue_charges_nothing(caller: Caller, path: str, word: str, status: int) -> None:
    answered, _ = await caller.prompt(path, f"a cat --sandbox-{word}")

    assert (answered, len(caller.relay.tasks())) == (status, 0 if word else 1)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("word", ["fail", "unsafe"])
async def test_what_fails_is_refunded(caller: Caller, path: str, word: str) -> None:
    await caller.prompt(path, f"a cat --sandbox-{word}")
    caller.clock.at += 100

    assert [(task["status"], task["charged"]) for task in caller.relay.tasks()] == [("FAILURE", 0)]


@pytest.mark.parametrize("path", [IDEOGRAM, JIMENG, KLING])
async def test_a_banned_word_is_refused_and_charges_nothing(caller: Caller, path: str) -> None:
    status, body = await caller.prompt(path, "a nude body")

    assert status == {IDEOGRAM: 422, JIMENG: 400, KLING: 400}[path]
    assert body.get("code") == 1301 if path == KLING else body["error"]["code"].endswith("policy_violation")
    assert caller.relay.tasks() == []


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(("drop", "charged"), [("before", []), ("after", [1])])
async def test_a_dropped_answer_is_charged_only_after_the_effect(
    caller: Caller, path: str, drop: Any, charged: list[int]
) -> None:
    caller.relay.wire.faults.append(Fault("POST", path, drop=drop))

    with pytest.raises(aiohttp.ClientError):
        await caller.prompt(path, "a cat")

    assert [task["charged"] for task in caller.relay.tasks()] == charged


@pytest.mark.parametrize("path", [IDEOGRAM, JIMENG])
async def test_a_synchronous_call_stays_charged_when_its_caller_leaves(caller: Caller, path: str) -> None:
    waiting = asyncio.create_task(caller.prompt(path, "a cat --sandbox-stuck"))
    async with asyncio.timeout(60):
        while not [task for task in caller.relay.tasks() if task["status"] == "IN_PROGRESS"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert [task["charged"] for task in caller.relay.tasks()] == [1]


@pytest.mark.parametrize(("path", "seconds"), [(IDEOGRAM, 20), (JIMENG, 40)])
@pytest.mark.parametrize(("prompt", "factor"), [("a cat", 1), ("a cat --sandbox-slow", 10)])
async def test_a_synchronous_call_takes_its_time(
    caller: Caller, path: str, seconds: float, prompt: str, factor: int
) -> None:
    begin = caller.clock.at
    await caller.prompt(path, prompt)

    assert caller.clock.at - begin == pytest.approx(seconds * factor)


# Pictures.


async def test_engines_paint_one_prompt_each_in_its_own_look_and_a_seed_repeats(caller: Caller) -> None:
    again = [await caller.ideogram(prompt="a red fox", seed=7) for _ in range(2)]
    other = await caller.ideogram(prompt="a blue whale", seed=7)
    _, fal = await caller.fal("flux/dev", prompt="a red fox", seed=7, image_size="square_hd")
    urls = [again[0][0]["url"], again[1][0]["url"], other[0]["url"], fal["images"][0]["url"]]
    first, second, different, foreign = [await caller.image(url) for url in urls]

    assert same(first, second)
    assert not same(first, different)
    assert first.size == foreign.size
    assert mean(ImageChops.difference(first, foreign)) > (5, 5, 5)


async def test_given_pictures_show_in_what_is_made_of_them(caller: Caller) -> None:
    red, blue = plain("#e01010", (400, 400)), plain("#1010e0", (400, 400))
    tinted = []
    for given in (red, blue):
        _, remix = await caller.form(
            "/ideogram/remix", given, json.dumps({"prompt": "a cat", "seed": 5, "image_weight": 80})
        )
        _, fal = await caller.fal("flux-pro/kontext", prompt="a cat", seed=5, image_url=data_url(given))
        jimeng = await caller.jimeng(seed=5, image=[remix["data"][0]["url"]])
        kling = await caller.kling(prompt="a cat", image=raw(given))
        urls = [remix["data"][0]["url"], fal["images"][0]["url"], jimeng[0]["url"]]
        urls.append(kling["task_result"]["images"][0]["url"])
        tinted.append([mean(await caller.image(url)) for url in urls])

    for with_red, with_blue in zip(*tinted, strict=True):
        assert with_red[0] > with_blue[0] + 30
        assert with_blue[2] > with_red[2] + 30


async def test_a_midjourney_picture_can_be_passed_on_by_its_address(caller: Caller) -> None:
    grid = await caller.bench.imagine("a small boat")

    status, fal = await caller.fal("flux-pro/kontext", prompt="a cat", image_url=grid["imageUrl"])

    assert (status, len(fal["images"])) == (200, 1)


async def test_an_engines_picture_can_be_a_prompt_for_midjourney(caller: Caller) -> None:
    url = (await caller.ideogram(prompt="a cat"))[0]["url"]

    grid = await caller.bench.imagine(f"{url} a small boat")

    assert grid["status"] == "SUCCESS"


# ideogram.


@pytest.mark.parametrize(
    ("wanted", "resolution"),
    [
        ({}, "1024x1024"),
        ({"aspect_ratio": "ASPECT_16_9"}, "1360x768"),
        ({"aspect_ratio": "ASPECT_1_3"}, "592x1776"),
        ({"resolution": "RESOLUTION_512_1536"}, "512x1536"),
    ],
)
async def test_ideogram_tells_the_size_it_makes(caller: Caller, wanted: dict[str, Any], resolution: str) -> None:
    (image,) = await caller.ideogram(prompt="a cat", **wanted)

    pixels = await caller.image(image["url"])
    assert (image["resolution"], f"{pixels.width}x{pixels.height}") == (resolution, resolution)


async def test_ideogram_answers_with_every_field_for_every_image(caller: Caller) -> None:
    images = await caller.ideogram(prompt="a cat", num_images=3, seed=40, style_type="ANIME")

    assert [image["seed"] for image in images] == [40, 41, 42]
    assert {image["style_type"] for image in images} == {"ANIME"}
    assert len({image["url"] for image in images}) == 3
    assert set(images[0]) == {"url", "prompt", "resolution", "is_image_safe", "seed", "style_type"}
    assert caller.relay.tasks()[0]["charged"] == 3


@pytest.mark.parametrize(
    ("prompt", "option", "is_rewritten"),
    [("a cat", "AUTO", True), ("a cat", "OFF", False), ("a cat " * 20, "AUTO", False), ("a cat " * 20, "ON", True)],
)
async def test_ideogram_rewrites_by_magic_prompt(caller: Caller, prompt: str, option: str, is_rewritten: bool) -> None:
    (image,) = await caller.ideogram(prompt=prompt, magic_prompt_option=option)

    assert (image["prompt"] != prompt) == is_rewritten
    assert "cat" in image["prompt"]


@pytest.mark.parametrize(("word", "safe"), [("unsafe", [False, False]), ("nsfw", [False, True]), ("odd", [True, True])])
async def test_ideogram_answers_200_with_an_empty_address_when_unsafe(
    caller: Caller, word: str, safe: list[bool]
) -> None:
    images = await caller.ideogram(prompt=f"a cat --sandbox-{word}", num_images=2)

    assert [image["is_image_safe"] for image in images] == safe
    assert [bool(image["url"]) for image in images] == safe


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        {},
        {"prompt": " "},
        {"prompt": "a cat", "aspect_ratio": "16:9"},
        {"prompt": "a cat", "aspect_ratio": ["ASPECT_1_1"]},
        {"prompt": "a cat", "model": "V_3"},
        {"prompt": "a cat", "style_type": "anime"},
        {"prompt": "a cat", "magic_prompt_option": True},
        {"prompt": "a cat", "num_images": 9},
        {"prompt": "a cat", "num_images": "2"},
        {"prompt": "a cat", "seed": 2**31},
        {"prompt": "a cat", "resolution": "1024x1024"},
        {"prompt": "a cat", "resolution": "RESOLUTION_1024_1024", "model": "V_1"},
        {"prompt": "a cat", "resolution": "RESOLUTION_1024_1024", "aspect_ratio": "ASPECT_1_1"},
    ],
)
async def test_ideogram_refuses_what_is_not_in_its_lists(caller: Caller, wanted: Any) -> None:
    status, body = await caller.post(IDEOGRAM, {"image_request": wanted})

    assert (status, body["error"]["code"]) == (400, "bad_request")
    assert caller.relay.tasks() == []


async def test_ideogram_upscales_to_twice_the_size(caller: Caller) -> None:
    status, body = await caller.form("/ideogram/upscale", plain("green", (200, 150)), '{"resemblance": 80, "seed": 4}')

    image = await caller.image(body["data"][0]["url"])
    assert (status, image.size, body["data"][0]["seed"]) == (200, (400, 300), 4)
    assert mean(image) == pytest.approx((0, 128, 0), abs=2)
    assert caller.relay.wire.requests[0].body == {
        "image_request": {"resemblance": 80, "seed": 4},
        "files": [{"name": "given.png", "size": len(png(plain("green", (200, 150))))}],
    }


@pytest.mark.parametrize("path", ["/ideogram/remix", "/ideogram/upscale"])
@pytest.mark.parametrize("text", [None, "", "prompt=cat", "[]", '{"image_weight": 0, "prompt": "x"}'])
async def test_ideogram_wants_image_request_as_json_text(caller: Caller, path: str, text: str | None) -> None:
    status, _ = await caller.form(path, plain("green"), text)

    assert (status, caller.relay.tasks()) == (400, [])


@pytest.mark.parametrize("path", ["/ideogram/remix", "/ideogram/upscale", "/ideogram/describe"])
async def test_ideogram_wants_pictures_as_file_parts(caller: Caller, path: str) -> None:
    as_json, _ = await caller.post(path, {"image_request": {"prompt": "x"}, "image_file": raw(plain("green"))})
    form = aiohttp.FormData({"image_file": "text", "image_request": '{"prompt": "x"}'}, default_to_multipart=True)
    as_text, _ = await caller.ask("POST", path, data=form)
    form = aiohttp.FormData({"image_request": '{"prompt": "x"}'}, default_to_multipart=True)
    form.add_field("image_file", b"no picture", filename="a.png", content_type="image/png")
    as_rubbish, _ = await caller.ask("POST", path, data=form)

    assert [as_json, as_text, as_rubbish] == [400, 400, 400]
    assert caller.relay.tasks() == []


async def test_ideogram_describes_colours(caller: Caller) -> None:
    status, body = await caller.form("/ideogram/describe", plain("#3b7dd8"), None)

    assert (status, len(body["descriptions"])) == (200, 4)
    assert all("blue" in one["text"] and not one["text"].startswith("1") for one in body["descriptions"])
    assert caller.relay.tasks()[0]["action"] == "IDEOGRAM_DESCRIBE"


async def test_ideogram_describes_as_a_list_of_prompts_behind_some_gateways(caller: Caller) -> None:
    caller.relay.profile = NEW_API

    _, body = await caller.form("/ideogram/describe", plain("#3b7dd8"), None)

    assert "descriptions" not in body
    assert all("blue" in one["prompt"] for one in body["data"])


# fal.


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


# Jimeng.


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({}, (1024, 1024)),
        ({"size": "768x1024"}, (768, 1024)),
        ({"size": "1024*768"}, (1024, 768)),
        ({"size": "2:3"}, (832, 1248)),
        ({"ratio": "16:9"}, (1360, 768)),
        ({"ratio": "3:2", "resolution": "2K"}, (2512, 1680)),
    ],
)
async def test_jimeng_knows_three_spellings_of_a_size(
    caller: Caller, wanted: dict[str, Any], size: tuple[int, int]
) -> None:
    (image,) = await caller.jimeng(**wanted)

    assert (await caller.image(image["url"])).size == size


async def test_jimeng_answers_with_addresses_or_base64(caller: Caller) -> None:
    linked = await caller.jimeng(n=2, seed=5)
    inline = await caller.jimeng(n=2, seed=5, response_format="b64_json")
    magic = await caller.jimeng(prompt="a cat --sandbox-b64")

    assert [list(one) for one in [*linked, *inline, *magic]] == [["url"]] * 2 + [["b64_json"]] * 3
    decoded = Image.open(io.BytesIO(base64.b64decode(inline[1]["b64_json"])))
    assert same(await caller.image(linked[1]["url"]), decoded.convert("RGB"))


async def test_fal_models_answer_in_the_openai_format_too(caller: Caller) -> None:
    (image,) = await caller.jimeng(model="fal-ai/flux/dev", size="1024x1024")

    assert (await caller.image(image["url"])).size == (1024, 1024)
    assert caller.relay.tasks()[0]["action"] == "FAL_GENERATE"


async def test_jimeng_may_label_json_as_text(caller: Caller) -> None:
    async with (
        aiohttp.ClientSession(caller.relay.base_url, headers=caller.headers(JIMENG)) as web,
        web.post(JIMENG, json={"model": "jimeng-4.0", "prompt": "a cat --sandbox-odd"}) as response,
    ):
        assert response.content_type == "text/plain"
        assert json.loads(await response.read())["data"]


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"model": None}, 503, "model_not_found"),
        ({"model": "dall-e-3"}, 503, "model_not_found"),
        ({"prompt": ""}, 400, "invalid_request"),
        ({"n": 0}, 400, "invalid_request"),
        ({"response_format": "png"}, 400, "invalid_request"),
        ({"size": "large"}, 400, "invalid_size"),
        ({"size": "64x64"}, 400, "invalid_size"),
        ({"resolution": "8k"}, 400, "invalid_request"),
        ({"image": "x"}, 400, "invalid_request"),
        ({"image": ["https://example.com/a.png"]}, 400, "invalid_image"),
        ({"prompt": "a cat --sandbox-fail"}, 400, "generation_failed"),
        ({"prompt": "a cat --sandbox-unsafe"}, 400, "content_policy_violation"),
    ],
)
async def test_jimeng_refuses_in_the_openai_form(caller: Caller, wanted: Any, status: int, code: str) -> None:
    answered, body = await caller.post(JIMENG, {"model": "jimeng-4.0", "prompt": "a cat"} | wanted)

    assert (answered, body["error"]["code"]) == (status, code)
    assert not any(task["charged"] for task in caller.relay.tasks())


# Kling.


async def test_kling_walks_through_its_states(caller: Caller) -> None:
    status, body = await caller.post(KLING, {"prompt": "a cat", "external_task_id": "job-5", "n": 2})
    looked, seen = body, [body["data"]["task_status"]]
    for seconds in (5, 20):
        caller.clock.at += seconds
        _, looked = await caller.ask("GET", f"{KLING}/{body['data']['task_id']}")
        seen.append(looked["data"]["task_status"])

    assert (status, body["code"], body["message"], seen) == (200, 0, "SUCCEED", ["submitted", "processing", "succeed"])
    assert [one["index"] for one in looked["data"]["task_result"]["images"]] == [0, 1]
    assert looked["data"]["updated_at"] - looked["data"]["created_at"] == 20_000
    (task,) = caller.relay.tasks()
    assert (task["id"], task["state"], task["charged"]) == (body["data"]["task_id"], "job-5", 2)


@pytest.mark.parametrize(
    ("wanted", "size"),
    [({}, (1360, 768)), ({"aspect_ratio": "2:3"}, (832, 1248)), ({"resolution": "2k"}, (2736, 1536))],
)
async def test_kling_honours_shape_and_resolution(caller: Caller, wanted: Any, size: tuple[int, int]) -> None:
    done = await caller.kling(prompt="a cat", **wanted)

    assert (await caller.image(done["task_result"]["images"][0]["url"])).size == size


async def test_kling_dresses_the_person_in_the_cloth(caller: Caller) -> None:
    person, cloth = plain("#c0c0c0", (400, 600)), plain("#d01020", (300, 300))
    done = await caller.kling(TRY_ON, human_image=raw(person), cloth_image=raw(cloth))

    image = await caller.image(done["task_result"]["images"][0]["url"])
    assert image.size == person.size
    assert (image.getpixel((200, 350)), image.getpixel((200, 40))) == ((208, 16, 32), (192, 192, 192))
    assert caller.relay.tasks()[0]["action"] == "KLING_TRYON"


@pytest.mark.parametrize(
    ("word", "message"), [("fail", "Service internal error"), ("unsafe", "Failure to pass the risk control system")]
)
async def test_kling_fails_with_a_reason(caller: Caller, word: str, message: str) -> None:
    done = await caller.kling(prompt=f"a cat --sandbox-{word}")

    assert (done["task_status"], done["task_status_msg"]) == ("failed", message)
    assert "task_result" not in done


async def test_kling_stays_stuck(caller: Caller) -> None:
    assert (await caller.kling(prompt="a cat --sandbox-stuck", seconds=90_000))["task_status"] == "processing"


PICTURE = raw(plain("red"))


@pytest.mark.parametrize(
    "wanted",
    [
        {"prompt": ""},
        {"prompt": "x" * 2501},
        {"model_name": "kling-v9"},
        {"aspect_ratio": "5:4"},
        {"resolution": "4k"},
        {"n": 10},
        {"image_fidelity": 1.5},
        {"image": f"data:image/png;base64,{PICTURE}"},
        {"image": "no base64!"},
        {"image": raw(plain("red", (200, 400)))},
        {"image": raw(plain("red", (300, 800)))},
        {"image": PICTURE, "negative_prompt": "blur"},
        {"image": PICTURE, "model_name": "kling-v1-5"},
        {"image": PICTURE, "model_name": "kling-v2", "image_reference": "face"},
        {"image": PICTURE, "model_name": "kling-v1-5", "image_reference": "face", "human_fidelity": 0.3},
    ],
)
async def test_kling_refuses_bad_fields_with_its_code(caller: Caller, wanted: dict[str, Any]) -> None:
    status, body = await caller.post(KLING, {"prompt": "a cat"} | wanted)

    assert (status, body["code"], set(body)) == (400, 1201, {"code", "message", "request_id"})
    assert caller.relay.tasks() == []


async def test_kling_refuses_the_second_use_of_an_own_id(caller: Caller) -> None:
    await caller.kling(prompt="a cat", external_task_id="job-6")

    status, body = await caller.post(KLING, {"prompt": "a cat", "external_task_id": "job-6"})

    assert (status, body["code"], len(caller.relay.tasks())) == (400, 1201, 1)


async def test_kling_makes_twenty_pictures_at_once_and_no_more(caller: Caller) -> None:
    for _ in range(2):
        await caller.post(KLING, {"prompt": "a cat", "n": 9})
    crowded = await caller.post(KLING, {"prompt": "a cat", "n": 3})
    caller.clock.at += 60
    later = await caller.post(KLING, {"prompt": "a cat", "n": 3})

    assert (crowded[0], crowded[1]["code"], later[1]["code"]) == (429, 1303, 0)


async def test_kling_does_not_know_a_task_under_the_other_path(caller: Caller) -> None:
    done = await caller.kling(prompt="a cat")

    status, body = await caller.ask("GET", f"{TRY_ON}/{done['task_id']}")

    assert (status, body["code"]) == (404, 1203)


async def test_kling_has_odd_forms(caller: Caller) -> None:
    _, flat = await caller.prompt(KLING, "a cat --sandbox-odd")
    caller.relay.profile = NEW_API
    _, nested = await caller.prompt(KLING, "a cat")
    caller.clock.at += 60
    _, flat_end = await caller.ask("GET", f"{KLING}/{flat['data']['task_id']}")
    _, nested_end = await caller.ask("GET", f"{KLING}/{nested['data']['task_id']}")

    assert (flat_end["code"], flat_end["data"]["status"]) == ("success", "succeeded")
    assert (await caller.image(flat_end["data"]["url"])).size == (1360, 768)
    assert (nested["data"]["status"], nested_end["data"]["status"]) == ("SUBMITTED", "SUCCESS")
    (image,) = nested_end["data"]["data"]["data"]["task_result"]["images"]
    assert (image["id"], image["url"].startswith("http")) == ("", True)


async def test_a_large_body_is_kept_with_its_pictures_cut(caller: Caller) -> None:
    noisy = Image.effect_noise((400, 400), 90).convert("RGB")
    await caller.kling(prompt="a cat", image=raw(noisy), external_task_id="job-7")

    body = caller.relay.wire.requests[0].body
    assert (body["prompt"], body["external_task_id"]) == ("a cat", "job-7")
    assert body["image"].endswith(f"... ({len(raw(noisy))} characters)")
    assert body["bytes"] > len(raw(noisy))
