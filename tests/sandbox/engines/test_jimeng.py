"""The fake of Jimeng, in the OpenAI format."""

import base64
import io
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.sandbox.engines.caller import JIMENG, Caller, same


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
