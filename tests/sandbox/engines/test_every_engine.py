"""What the fakes of all engines do: keys, the ledger, trouble, pictures."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops

from sandbox.relay.profiles import PLAIN
from sandbox.wire import Fault
from tests.sandbox.engines.caller import BODIES, FAL, IDEOGRAM, JIMENG, KLING, Caller, mean, plain, raw, same
from tests.sandbox.relay_bench import data_url


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
    expected = {"id": second["id"], "state": "", "action": action, "status": "SUCCESS", "charged": 1}
    assert second == expected | {"prompt": "a cat"}
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
    codes = {KLING: 1301, JIMENG: -2006}
    assert body.get("code") == codes.get(path) if path in codes else body["error"]["code"].endswith("policy_violation")
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
        wanted = {"model": "jimeng-4.0", "prompt": "a cat", "resolution": "1k", "seed": 5}
        _, jimeng = await caller.post("/v1/images/compositions", wanted | {"images": [remix["data"][0]["url"]]})
        kling = await caller.kling(prompt="a cat", image=raw(given))
        urls = [remix["data"][0]["url"], fal["images"][0]["url"], jimeng["data"][0]["url"]]
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


async def test_a_large_body_is_kept_with_its_pictures_cut(caller: Caller) -> None:
    noisy = Image.effect_noise((400, 400), 90).convert("RGB")
    await caller.kling(prompt="a cat", image=raw(noisy), external_task_id="job-7")

    body = caller.relay.wire.requests[0].body
    assert (body["prompt"], body["external_task_id"]) == ("a cat", "job-7")
    assert body["image"].endswith(f"... ({len(raw(noisy))} characters)")
    assert body["bytes"] > len(raw(noisy))
