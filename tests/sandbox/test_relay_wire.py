"""The wire of the main job: keys, submits, the life of a task, buttons, and every refusal."""

import re
from typing import Any

import aiohttp
import pytest

from tests.sandbox.relay_bench import Bench

SAMPLE_FIELDS = {
    *("id", "action", "prompt", "promptEn", "description", "state", "submitTime", "startTime", "finishTime"),
    *("imageUrl", "status", "progress", "failReason", "properties", "buttons"),
}
SAMPLE_PROPERTIES = {
    *("botType", "discordChannelId", "discordInstanceId", "finalPrompt", "flags", "messageContent", "messageHash"),
    *("messageId", "nonce", "notifyHook", "progressMessageId"),
}


@pytest.mark.parametrize("scheme", ["secret", "bearer", "both"])
async def test_relay_accepts_its_key_in_either_header(bench: Bench, scheme: str) -> None:
    secret, bearer = {"mj-api-secret": bench.relay.key}, {"Authorization": f"Bearer {bench.relay.key}"}
    headers = {"secret": secret, "bearer": bearer, "both": secret | bearer}[scheme]

    async with (
        aiohttp.ClientSession(bench.relay.base_url, headers=headers) as session,
        session.post("/mj/task/list-by-condition", json={"ids": []}) as response,
    ):
        answer = await response.json()

    assert (response.status, answer) == (200, [])


@pytest.mark.parametrize("headers", [{}, {"mj-api-secret": "wrong"}, {"Authorization": "Bearer wrong"}])
async def test_relay_refuses_any_other_key_in_openai_style(bench: Bench, headers: dict[str, str]) -> None:
    async with (
        aiohttp.ClientSession(bench.relay.base_url, headers=headers) as session,
        session.post("/mj/submit/imagine", json={"prompt": "cat"}) as response,
    ):
        body = await response.json()

    assert response.status == 401
    assert "request id" in body["error"]["message"]
    assert bench.relay.tasks() == []


async def test_imagine_answers_with_a_number_and_action_with_a_string(bench: Bench) -> None:
    imagined = await bench.submit("imagine", prompt="cat", botType="MID_JOURNEY")
    grid = await bench.finish(imagined)
    picked = await bench.press(grid, "upsample::1")

    assert imagined == {"code": 1, "description": "提交成功", "properties": {}, "result": int(grid["id"])}
    assert re.fullmatch(r"\d{16}", picked["result"])


async def test_finished_task_has_every_field_of_the_sample(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="cat --v 6.1 --fast", state="job-1")
    grid = await bench.finish(envelope)

    assert set(grid) >= SAMPLE_FIELDS
    assert set(grid["properties"]) == SAMPLE_PROPERTIES
    assert isinstance(grid["properties"]["discordChannelId"], int)
    assert grid["properties"]["finalPrompt"] == "cat --v 6.1"
    assert (grid["state"], grid["status"], grid["progress"]) == ("job-1", "SUCCESS", "100%")
    labels = [one["label"] or one["emoji"] for one in grid["buttons"]]
    assert labels == ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
    assert re.search(r"\.png\?ex=[0-9a-f]+&is=[0-9a-f]+&hm=[0-9a-f]{64}&$", grid["imageUrl"])


async def test_task_walks_through_its_states_by_the_clock(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="cat")
    seen = []
    for _ in range(62):
        task = await bench.fetch(envelope["result"])
        seen.append((task["status"], task["progress"], bool(task["imageUrl"]), bool(task["buttons"])))
        bench.clock.at += 1

    running = [("IN_PROGRESS", f"{step}%", True, False) for step in (15, 31, 46, 62, 78, 93)]
    start = [("NOT_START", "0%", False, False), ("SUBMITTED", "0%", False, False), ("IN_PROGRESS", "0%", False, False)]
    assert list(dict.fromkeys(seen)) == [*start, *running, ("SUCCESS", "100%", True, True)]


@pytest.mark.parametrize(
    ("path", "prompt", "seconds"),
    [
        ("", "cat", 60),
        ("/mj-relax", "cat --turbo", 120),
        ("/mj-fast", "cat", 60),
        ("/mj-turbo", "cat", 30),
        ("", "cat --relax", 120),
    ],
)
async def test_mode_decides_how_long_a_grid_takes(bench: Bench, path: str, prompt: str, seconds: float) -> None:
    envelope = await bench.post(f"{path}/mj/submit/imagine", {"prompt": prompt})
    bench.clock.at += seconds - 1
    before = await bench.fetch(envelope["result"])
    bench.clock.at += 1
    after = await bench.fetch(envelope["result"])

    assert (before["status"], after["status"]) == ("IN_PROGRESS", "SUCCESS")


async def test_follow_up_inherits_its_parents_mode(bench: Bench) -> None:
    grid = await bench.finish(await bench.post("/mj-relax/mj/submit/imagine", {"prompt": "cat"}))
    child = await bench.press(grid, "variation::2")
    bench.clock.at += 61

    assert (await bench.fetch(child["result"]))["status"] == "IN_PROGRESS"


async def test_second_pick_of_a_cell_points_at_the_first(bench: Bench) -> None:
    grid = await bench.imagine()
    first = await bench.press(grid, "upsample::2")
    early = await bench.press(grid, "upsample::2")
    done = await bench.finish(first)
    late = await bench.press(grid, "upsample::2")

    assert (early["code"], early["result"], early["properties"]["imageUrl"]) == (21, first["result"], "")
    assert late["properties"] == {"status": "SUCCESS", "imageUrl": done["imageUrl"]}
    assert len(bench.relay.tasks()) == 2


async def test_second_variation_is_a_new_task(bench: Bench) -> None:
    grid = await bench.imagine()

    first, second = await bench.press(grid, "variation::2"), await bench.press(grid, "variation::2")

    assert first["result"] != second["result"]


async def test_list_leaves_out_unknown_ids_and_keeps_its_own_order(bench: Bench) -> None:
    ids = [str((await bench.submit("imagine", prompt=f"cat {n}"))["result"]) for n in range(3)]

    listed = await bench.post("/mj/task/list-by-condition", {"ids": [*ids, "1111111111111111"]})

    assert [task["id"] for task in listed] == ids[::-1]


async def test_list_refuses_numbers(bench: Bench) -> None:
    answer = await bench.post("/mj/task/list-by-condition", {"ids": [1111111111111111]})

    assert answer == {"description": "do_request_failed ", "type": "upstream_error", "code": 4}


async def test_fetch_of_an_unknown_id_is_the_gateways_error(bench: Bench) -> None:
    response = await bench.get("/mj/task/1111111111111111/fetch")

    assert response.status == 400
    assert response.json() == {"description": "task_no_found ", "type": "upstream_error", "code": 4}


async def test_list_of_newest_tasks_exists_only_when_offered(bench: Bench) -> None:
    await bench.submit("imagine", prompt="cat", state="job-7")
    refused = await bench.get("/mj/task/list")
    bench.relay.offers_task_list = True
    offered = await bench.get("/mj/task/list")

    assert refused.status == 404
    assert [task["state"] for task in offered.json()] == ["job-7"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"prompt": "  "}, 4),
        ({}, 4),
        ({"prompt": "cat", "state": "x" * 256}, 4),
        ({"prompt": "cat", "base64Array": ["http://example.com/a.png"]}, 4),
        ({"prompt": "cat", "base64Array": ["data:image/png;base64,bm90IGEgcGljdHVyZQ=="]}, 4),
        ({"prompt": "cat", "base64Array": ["x"] * 6}, 4),
        ({"prompt": "cat", "base64Array": [f"data:image/png;base64,{'AAAA' * 350_000}"]}, 4),
    ],
)
async def test_imagine_refuses_bad_input_and_charges_nothing(bench: Bench, body: dict[str, Any], code: int) -> None:
    envelope = await bench.submit("imagine", **body)

    assert (envelope["code"], envelope["result"]) == (code, None)
    assert bench.relay.tasks() == []


async def test_banned_word_is_named_and_has_no_result(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="a nude body")

    assert envelope["code"] == 24
    assert envelope["properties"] == {"promptEn": "a nude body", "bannedWord": "nude"}
    assert "result" not in envelope


async def test_action_refuses_unknown_parents_unfinished_parents_and_made_up_buttons(bench: Bench) -> None:
    grid = await bench.imagine()
    button = grid["buttons"][0]["customId"]
    running = await bench.submit("imagine", prompt="cat")

    unknown = await bench.submit("action", taskId="1111111111111111", customId=button)
    early = await bench.submit("action", taskId=str(running["result"]), customId=button)
    made_up = await bench.submit("action", taskId=grid["id"], customId="MJ::JOB::upsample::9::x")

    assert [unknown["code"], early["code"], made_up["code"]] == [3, 4, 4]


async def test_failing_task_stops_at_93_and_is_refunded(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="cat --sandbox-fail", state="job-2")
    charged = bench.relay.tasks()[0]["charged"]
    task = await bench.finish(envelope)

    assert (task["status"], task["progress"], task["imageUrl"], task["buttons"]) == ("FAILURE", "93%", "", [])
    assert task["failReason"]
    assert charged == 1
    expected = {"id": task["id"], "state": "job-2", "action": "IMAGINE", "status": "FAILURE", "charged": 0}
    expected["prompt"] = "cat --sandbox-fail"
    assert bench.relay.tasks() == [expected]


async def test_stuck_task_never_ends(bench: Bench) -> None:
    task = await bench.finish(await bench.submit("imagine", prompt="cat --sandbox-stuck"), seconds=90_000)

    assert (task["status"], task["progress"]) == ("IN_PROGRESS", "93%")


async def test_queued_task_says_so_and_starts_a_minute_later(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="cat --sandbox-queued")
    bench.clock.at += 59
    waiting = await bench.fetch(envelope["result"])
    bench.clock.at += 61
    done = await bench.fetch(envelope["result"])

    assert (envelope["code"], envelope["properties"]["numberOfQueues"]) == (22, 1)
    assert (waiting["status"], done["status"]) == ("NOT_START", "SUCCESS")


async def test_late_buttons_come_after_success(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt="cat --sandbox-late")
    early = await bench.finish(envelope, seconds=61)
    late = await bench.finish(envelope, seconds=10)

    assert (early["status"], early["buttons"]) == ("SUCCESS", [])
    assert len(late["buttons"]) == 9


@pytest.mark.parametrize("query", ["", "?ex=ffffffff&is=0&hm=0"])
async def test_picture_needs_its_signed_link(bench: Bench, query: str) -> None:
    grid = await bench.imagine()

    response = await bench.get(grid["imageUrl"].partition("?")[0] + query)

    assert response.status == 404


async def test_picture_link_dies_after_a_day_and_needs_no_key(bench: Bench) -> None:
    grid = await bench.imagine()
    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(grid["imageUrl"]) as fresh:
            await fresh.read()
        bench.clock.at += 86_401
        async with stranger.get(grid["imageUrl"]) as old:
            await old.read()

    assert (fresh.status, fresh.content_type, old.status) == (200, "image/png", 404)


async def test_ledger_of_requests_is_kept(bench: Bench) -> None:
    await bench.submit("imagine", prompt="cat", state="job-3")

    request = bench.relay.wire.requests[0]
    assert (request.method, request.path, request.status) == ("POST", "/mj/submit/imagine", 200)
    assert request.body == {"prompt": "cat", "state": "job-3"}


async def test_unknown_state_is_told_of_a_task_that_was_taken(bench: Bench) -> None:
    answer = await bench.post("/mj/submit/imagine", {"prompt": "a boat --sandbox-unknown", "state": "ours"})

    assert answer["code"] == 4
    assert answer["description"] == "accepted_state_unknown; do not retry"
    assert [task["state"] for task in bench.relay.tasks()] == ["ours"]
