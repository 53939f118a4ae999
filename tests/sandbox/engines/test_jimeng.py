"""The fake of Jimeng, as jimeng-api serves it."""

import base64
import io
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.sandbox.engines.caller import JIMENG, Caller, mean, plain, png, same
from tests.sandbox.relay_bench import data_url

COMPOSITIONS, EDITS = "/v1/images/compositions", "/v1/images/edits"
RED, BLUE = plain("#e01010", (400, 400)), plain("#1010e0", (400, 400))


@pytest.mark.parametrize(
    ("wanted", "size"),
    [
        ({}, (2048, 2048)),
        ({"resolution": "1k"}, (1328, 1328)),
        ({"ratio": "16:9", "resolution": "1k"}, (1664, 936)),
        ({"ratio": "2:3", "resolution": "1k"}, (1056, 1584)),
        ({"ratio": "3:2"}, (2496, 1664)),
    ],
)
async def test_jimeng_makes_the_size_of_a_ratio_and_a_resolution(
    caller: Caller, wanted: dict[str, Any], size: tuple[int, int]
) -> None:
    (image,) = await caller.jimeng(**{"resolution": None} | wanted)

    assert (await caller.image(image["url"])).size == size


async def test_jimeng_answers_with_addresses_or_base64(caller: Caller) -> None:
    linked = await caller.jimeng(n=2, seed=5)
    inline = await caller.jimeng(n=2, seed=5, response_format="b64_json")
    magic = await caller.jimeng(prompt="a cat --sandbox-b64")

    assert [list(one) for one in [*linked, *inline, *magic]] == [["url"]] * 2 + [["b64_json"]] * 3
    decoded = Image.open(io.BytesIO(base64.b64decode(inline[1]["b64_json"])))
    assert same(await caller.image(linked[1]["url"]), decoded.convert("RGB"))


async def test_jimeng_does_not_look_at_pictures_of_a_generation(caller: Caller) -> None:
    alone = await caller.jimeng(seed=5)
    beside = await caller.jimeng(seed=5, image=[data_url(RED)])

    assert same(await caller.image(alone[0]["url"]), await caller.image(beside[0]["url"]))


@pytest.mark.parametrize("spelt", [lambda url: url, lambda url: {"url": url}])
async def test_jimeng_composes_pictures(caller: Caller, spelt: Any) -> None:
    seen = []
    for given in (RED, BLUE):
        wanted = {"prompt": "a cat", "images": [spelt(data_url(given))], "resolution": "1k", "seed": 5}
        status, body = await caller.post(COMPOSITIONS, wanted)
        assert (status, body["input_images"], body["composition_type"]) == (200, 1, "multi_image_synthesis")
        seen.append(mean(await caller.image(body["data"][0]["url"])))

    assert seen[0][0] > seen[1][0] + 20
    assert [task["action"] for task in caller.relay.tasks()] == ["JIMENG_COMPOSE"] * 2


async def test_jimeng_composes_and_edits_files_of_a_form(caller: Caller) -> None:
    for path, part in ((COMPOSITIONS, "images"), (EDITS, "image[]")):
        form = aiohttp.FormData({"prompt": "a cat", "model": "jimeng-4.0"}, default_to_multipart=True)
        for colour in (RED, BLUE):
            form.add_field(part, png(colour), filename="a.png", content_type="image/png")
        assert (await caller.ask("POST", path, data=form))[0] == 200

    assert [task["action"] for task in caller.relay.tasks()] == ["JIMENG_COMPOSE", "JIMENG_EDIT"]
    assert [file["part"] for file in caller.relay.wire.requests[-1].body["files"]] == ["image[]", "image[]"]


async def test_jimeng_may_label_json_as_text(caller: Caller) -> None:
    async with (
        aiohttp.ClientSession(caller.relay.base_url, headers=caller.headers(JIMENG)) as web,
        web.post(JIMENG, json={"model": "jimeng-4.0", "prompt": "a cat --sandbox-odd"}) as response,
    ):
        assert response.content_type == "text/plain"
        assert json.loads(await response.read())["data"]


@pytest.mark.parametrize(
    ("path", "wanted", "status", "code"),
    [
        (JIMENG, {"prompt": ""}, 400, -2000),
        (JIMENG, {"ratio": 2}, 400, -2000),
        (JIMENG, {"size": "1024x1024"}, 500, -1000),
        (JIMENG, {"ratio": "5:4"}, 500, -1000),
        (JIMENG, {"resolution": "8k"}, 500, -1000),
        (JIMENG, {"prompt": "a cat --sandbox-poor"}, 402, -2009),
        (JIMENG, {"prompt": "a cat --sandbox-fail"}, 500, -2007),
        (JIMENG, {"prompt": "a cat --sandbox-unsafe"}, 400, -2006),
        (COMPOSITIONS, {}, 400, -2000),
        (COMPOSITIONS, {"images": []}, 500, -1000),
        (COMPOSITIONS, {"images": ["https://example.com/a.png"]}, 400, -2003),
        (COMPOSITIONS, {"images": [data_url(RED)] * 11}, 500, -1000),
        (COMPOSITIONS, {"images": [data_url(RED)], "size": "1024x1024"}, 500, -1000),
    ],
)
async def test_jimeng_refuses_in_its_own_form(caller: Caller, path: str, wanted: Any, status: int, code: int) -> None:
    answered, body = await caller.post(path, {"model": "jimeng-4.0", "prompt": "a cat"} | wanted)

    assert (answered, body["code"], set(body)) == (status, code, {"code", "message", "data"})
    assert not any(task["charged"] for task in caller.relay.tasks())


async def test_a_gateway_has_no_channel_for_other_models_of_it(caller: Caller) -> None:
    status, body = await caller.post(JIMENG, {"model": "jimeng-sandbox-missing", "prompt": "a cat"})

    assert (status, body["error"]["code"]) == (503, "model_not_found")
