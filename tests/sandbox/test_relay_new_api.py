"""new-api before a proxy: copies that are refreshed every 15 seconds, refusals of its own, what it passes on."""

import json
import re
from typing import Any

import aiohttp
import pytest

from bot.errors import RefusalKind, RelayRefusedError
from bot.relay.balance import Balance, read_balance
from bot.relay.http import RelayHttp
from sandbox.relay.profiles import NEW_API
from tests.sandbox.relay_bench import REFRESH_S, START, Bench

# new-api


async def test_new_api_shows_copies_that_change_every_15_seconds(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    bench.clock.at += 1
    submitted = await bench.submit("imagine", prompt="cat", state="mine")
    seen: list[Any] = []
    for _ in range(75):
        task = await bench.fetch(submitted["result"])
        if not seen or (task["status"], task["progress"]) != seen[-1][1:]:
            seen.append((bench.clock.at - START, task["status"], task["progress"]))
        bench.clock.at += 1

    assert seen[0] == (1, "", "0%")
    assert all(at % REFRESH_S == 0 for at, *_ in seen[1:])
    assert seen[-1] == (75, "SUCCESS", "100%")


async def test_new_api_copy_is_empty_until_the_first_refresh(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    bench.clock.at += 1
    submitted = await bench.submit("imagine", prompt="cat", state="mine")

    task = await bench.fetch(submitted["result"])

    assert (task["status"], task["state"], task["startTime"]) == ("", "", 0)
    assert (task["buttons"], task["properties"]) == (None, None)
    bench.clock.at += REFRESH_S
    assert (await bench.fetch(submitted["result"]))["state"] == "mine"


async def test_new_api_rewrites_queued_and_remix_but_not_zoom_and_region(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    queued = await bench.submit("imagine", prompt="cat --sandbox-queued")
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat --sandbox-remix"))
    remix = await bench.press(grid, "variation::1")
    single = await bench.refreshed(await bench.press(grid, "upsample::1"))
    zoom, region = await bench.press(single, "CustomZoom"), await bench.press(single, "Inpaint")

    assert queued["code"] == 1
    assert remix["code"] == 1
    assert (zoom["code"], region["code"]) == (21, 21)
    bench.clock.at += REFRESH_S
    assert (await bench.fetch(remix["result"]))["status"] == "MODAL"


async def test_new_api_says_accepted_for_a_pick_that_exists(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))
    first = await bench.press(grid, "upsample::1")

    again = await bench.press(grid, "upsample::1")

    assert (again["code"], again["result"]) == (1, first["result"])


async def test_new_api_task_has_reduced_properties_and_its_own_extras(bench: Bench) -> None:
    bench.relay.profile = NEW_API

    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))

    assert set(grid["properties"]) == {"finalPrompt", "finalZhPrompt"}
    assert (grid["customId"], grid["botType"], grid["maskBase64"]) == ("", "", "")
    assert (grid["videoUrl"], grid["videoUrls"], grid["description"]) == ("", None, "提交成功")
    assert "imageWidth" not in grid
    assert grid["imageUrl"] == f"{bench.relay.base_url}/mj/image/{grid['id']}"


async def test_new_api_preview_address_is_random_and_needs_no_key(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    submitted = await bench.submit("imagine", prompt="cat")
    bench.clock.at += 46

    task = await bench.fetch(submitted["result"])

    assert re.search(r"/mj/image/\d{16}\?rand=\d+$", task["imageUrl"])
    async with aiohttp.ClientSession() as web, web.get(task["imageUrl"]) as response:
        assert response.status == 200


async def test_new_api_failure_is_at_100_percent(bench: Bench) -> None:
    bench.relay.profile = NEW_API

    failed = await bench.refreshed(await bench.submit("imagine", prompt="cat --sandbox-fail"))

    assert (failed["status"], failed["progress"]) == ("FAILURE", "100%")
    assert failed["failReason"]


@pytest.mark.parametrize(
    ("path", "body", "shape"),
    [
        ("/mj/submit/imagine", {}, '"description": "prompt_is_required "'),
        ("/mj/submit/action", {"taskId": "1", "customId": "x"}, '"description": "task_not_found "'),
        ("/mj/submit/action", {"taskId": "GRID"}, '"description": "custom_id_is_required "'),
        ("/mj/submit/action", {"taskId": "GRID", "customId": "MJ::JOB::dance"}, '"message": "unknown_action'),
        ("/mj/submit/change", {"taskId": "GRID", "action": "REROLL"}, '"description": "index_is_required "'),
        ("/mj/insight-face/swap", {}, '"description": "sour_base64_and_target_base64_is_required "'),
        ("/mj/task/list-by-condition", {"ids": [1]}, '"description": "do_request_failed "'),
    ],
)
async def test_new_api_words_its_own_refusals(bench: Bench, path: str, body: dict[str, Any], shape: str) -> None:
    bench.relay.profile = NEW_API
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))
    if body.get("taskId") == "GRID":
        body = body | {"taskId": grid["id"]}

    status, text = await bench.status_and_body(path, body)

    assert status == 400
    assert shape in text


async def test_new_api_does_not_relay_films_and_picks_of_words(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))
    single = await bench.refreshed(await bench.press(grid, "upsample::1"))

    answer = await bench.press(single, "animate_high")

    assert "unknown_action" in answer["error"]["message"]
    assert len(bench.relay.tasks()) == 2


async def test_new_api_has_no_channel_for_simple_change(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))

    status, text = await bench.status_and_body("/mj/submit/simple-change", {"content": f"{grid['id']} U1"})

    assert (status, json.loads(text)["error"]["code"]) == (503, "model_not_found")


async def told(bench: Bench, path: str) -> tuple[int, Any]:
    """What a key is told that is shown as OpenAI's clients show theirs."""
    headers = {"Authorization": f"Bearer {bench.relay.key}"}
    async with bench.session.get(path, headers=headers) as response:
        return response.status, await response.json()


async def test_new_api_tells_a_key_what_it_used_and_what_is_left(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    await bench.submit("imagine", prompt="cat")
    await bench.submit("imagine", prompt="dog --turbo")

    _, token = await told(bench, "/api/usage/token/")
    _, granted = await told(bench, "/v1/dashboard/billing/subscription")
    _, used = await told(bench, "/dashboard/billing/usage?start_date=2026-01-01&end_date=2026-01-02")
    _, left = await told(bench, "/v1/credits")

    assert (token["code"], token["data"]["object"]) == (True, "token_usage")
    assert token["data"]["total_used"] + token["data"]["total_available"] == token["data"]["total_granted"]
    assert granted["hard_limit_usd"] == token["data"]["total_granted"] / 500_000
    assert used["total_usage"] == token["data"]["total_used"] / 5_000 > 0
    assert left["data"]["total_usage"] == token["data"]["total_available"] / 500_000


async def test_new_api_logs_what_a_key_paid_and_gives_a_failure_back_to_the_account_alone(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    await bench.refreshed(await bench.submit("imagine", prompt="cat --sandbox-fail"))

    _, log = await told(bench, "/api/log/token")
    _, token = await told(bench, "/api/usage/token/")

    assert [(row["type"], row["model_name"]) for row in log["data"]] == [(2, "mj_imagine")]
    assert token["data"]["total_used"] == log["data"][0]["quota"] > 0
    assert bench.relay.tasks()[0]["charged"] == 0


@pytest.mark.parametrize("path", ["/api/usage/token/", "/v1/dashboard/billing/usage", "/v1/credits"])
async def test_other_families_tell_no_balance(bench: Bench, path: str) -> None:
    assert (await told(bench, path))[0] == 404


async def test_the_bot_reads_what_new_api_tells(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    await bench.submit("imagine", prompt="cat")

    async with RelayHttp.opened(bench.relay.base_url, {"Authorization": f"Bearer {bench.relay.key}"}) as http:
        balance = await read_balance(http)

    assert balance == Balance(left=19.95, used=0.05)


async def test_new_api_shows_its_front_page_where_it_routes_nothing(bench: Bench) -> None:
    bench.relay.profile = NEW_API

    pages = [await bench.status_and_body(path, {"prompt": "cat"}) for path in ("/mj/submit/unheard-of", "/nowhere")]
    async with bench.session.post("/v1/unheard-of", headers={"Authorization": f"Bearer {bench.relay.key}"}) as reply:
        error = (await reply.json())["error"]

    assert pages[0] == pages[1]
    assert pages[0][0] == 200
    assert pages[0][1].startswith("<!doctype html>")
    assert (reply.status, error["message"].split(" (")[0]) == (404, "Invalid URL")


async def test_what_new_api_does_not_route_is_no_unknown_outcome(bench: Bench) -> None:
    bench.relay.profile = NEW_API

    async with RelayHttp.opened(bench.relay.base_url, {"Authorization": f"Bearer {bench.relay.key}"}) as http:
        with pytest.raises(RelayRefusedError) as submit:
            await http.submit("/mj/submit/unheard-of", {"prompt": "cat"})
        with pytest.raises(RelayRefusedError) as task_list:
            await http.look("/mj/task/list")

    assert [no.value.kind for no in (submit, task_list)] == [RefusalKind.UNSUPPORTED] * 2
    assert bench.relay.tasks() == []
