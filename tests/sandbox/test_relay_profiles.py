"""The families of relays: what each does in its own way, and that the real bot gets along with them."""

import asyncio
import dataclasses
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.app import Sandbox
from sandbox.clock import SandboxClock
from sandbox.relay.profiles import NEW_API, PLAIN, PLUS, PROFILES, UNIAPI, Profile
from tests.sandbox.relay_bench import START, Bench, HandClock, data_url

PATIENCE_S = 90.0
REFRESH_S = NEW_API.refresh_s


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench.open() as opened:
        yield opened


async def refreshed(bench: Bench, envelope: Any, seconds: float = 200.0) -> Any:
    """The task of an accepted submit, once a refresh has passed since its end."""
    return await bench.finish(envelope, seconds + REFRESH_S)


async def status_and_body(bench: Bench, path: str, body: Any, key: str | None = None) -> tuple[int, str]:
    headers = {"mj-api-secret": bench.relay.key if key is None else key}
    async with (
        aiohttp.ClientSession(bench.relay.base_url, headers=headers) as session,
        session.post(path, json=body) as response,
    ):
        return response.status, await response.text()


def test_profiles_are_data() -> None:
    code = "".join(path.read_text() for path in Path("sandbox/relay").glob("*.py") if path.name != "profiles.py")

    assert all(dataclasses.is_dataclass(profile) for profile in PROFILES.values())
    assert list(PROFILES) == ["uniapi", "plain", "plus", "new-api"]
    assert not re.search(r"profile\.name|NEW_API|PLAIN\b|PLUS\b", code)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_every_profile_paints_a_grid(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile

    grid = await refreshed(bench, await bench.submit("imagine", prompt="a small boat"))

    assert grid["status"] == "SUCCESS"
    assert (await bench.picture(grid)).size == (1024, 1024)


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
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat --sandbox-remix"))
    remix = await bench.press(grid, "variation::1")
    single = await refreshed(bench, await bench.press(grid, "upsample::1"))
    zoom, region = await bench.press(single, "CustomZoom"), await bench.press(single, "Inpaint")

    assert queued["code"] == 1
    assert remix["code"] == 1
    assert (zoom["code"], region["code"]) == (21, 21)
    bench.clock.at += REFRESH_S
    assert (await bench.fetch(remix["result"]))["status"] == "MODAL"


async def test_new_api_says_accepted_for_a_pick_that_exists(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))
    first = await bench.press(grid, "upsample::1")

    again = await bench.press(grid, "upsample::1")

    assert (again["code"], again["result"]) == (1, first["result"])


async def test_new_api_task_has_reduced_properties_and_its_own_extras(bench: Bench) -> None:
    bench.relay.profile = NEW_API

    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))

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

    failed = await refreshed(bench, await bench.submit("imagine", prompt="cat --sandbox-fail"))

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
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))
    if body.get("taskId") == "GRID":
        body = body | {"taskId": grid["id"]}

    status, text = await status_and_body(bench, path, body)

    assert status == 400
    assert shape in text


async def test_new_api_does_not_relay_films_and_picks_of_words(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))
    single = await refreshed(bench, await bench.press(grid, "upsample::1"))

    answer = await bench.press(single, "animate_high")

    assert "unknown_action" in answer["error"]["message"]
    assert len(bench.relay.tasks()) == 2


# midjourney-proxy


async def test_plain_proxy_has_no_buttons_and_follows_up_by_change(bench: Bench) -> None:
    bench.relay.profile = PLAIN
    grid = await bench.imagine("cat")

    picked = await bench.submit("change", taskId=grid["id"], action="UPSCALE", index=2)

    assert "buttons" not in grid
    assert picked["code"] == 1
    for path in ("/mj/submit/action", "/mj-fast/mj/submit/imagine"):
        status, text = await status_and_body(bench, path, {"prompt": "cat"})
        assert (status, json.loads(text)["error"], json.loads(text)["path"]) == (404, "Not Found", path)


@pytest.mark.parametrize("profile", [PLAIN, PLUS], ids=["plain", "plus"])
async def test_proxies_say_null_and_nothing(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile
    submitted = await bench.submit("imagine", prompt="cat --sandbox-fail")

    early = await bench.fetch(submitted["result"])
    failed = await bench.finish(submitted)
    listed = await bench.post("/mj/task/list-by-condition", {"ids": [int(submitted["result"])]})
    unknown = await bench.get("/mj/task/1/fetch")

    assert (early["startTime"], early["imageUrl"], early["failReason"]) == (None, None, None)
    assert (failed["status"], failed["progress"]) == ("FAILURE", "")
    assert [task["id"] for task in listed] == [early["id"]]
    assert (unknown.status, unknown.data) == (200, b"")
    assert await status_and_body(bench, "/mj/submit/imagine", {}, key="wrong") == (401, "")


async def test_plus_asks_without_telling_the_prompt(bench: Bench) -> None:
    bench.relay.profile = PLUS
    single = await bench.pick(await bench.imagine("cat"))

    asked = await bench.press(single, "CustomZoom")

    assert (asked["code"], asked["properties"]) == (21, {})
    assert single["properties"]["discordInstanceId"] == "7415633538733103000"


async def test_plus_tells_texts_twice_since_nobody_translates(bench: Bench) -> None:
    bench.relay.profile = PLUS

    shortened = await bench.finish(await bench.submit("shorten", prompt="a very long road through a quiet town"))

    properties = shortened["properties"]
    assert "Shortened prompts" in properties["finalZhPrompt"]
    assert properties["finalZhPrompt"] == properties["finalPrompt"]
    assert shortened["description"] == "/shorten a very long road through a quiet town"


# What every family says in its own way: each row is one sentence of its source, named in sandbox/relay/profiles.py


@pytest.mark.parametrize(("profile", "kind"), [(UNIAPI, int), (PLAIN, str), (PLUS, str), (NEW_API, str)], ids=PROFILES)
async def test_imagine_answers_with_the_type_of_the_original(bench: Bench, profile: Profile, kind: type) -> None:
    bench.relay.profile = profile

    submitted = await bench.submit("imagine", prompt="cat")

    assert type(submitted["result"]) is kind


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (UNIAPI, {"banned": "absent", "full": "an id", "instance": (False, True, True)}),
        (PLAIN, {"banned": None, "full": None, "instance": (True, True, True)}),
        (PLUS, {"banned": None, "full": None, "instance": (False, False, False)}),
        (NEW_API, {"banned": None, "full": None, "instance": (False, True, True)}),
    ],
    ids=PROFILES,
)
async def test_refusals_carry_the_result_of_the_original(
    bench: Bench, profile: Profile, expected: dict[str, Any]
) -> None:
    bench.relay.profile = profile

    banned = await bench.submit("imagine", prompt="a nude body")
    full = await bench.submit("imagine", prompt="cat --sandbox-full")
    queued = await bench.submit("imagine", prompt="cat --sandbox-queued")
    taken = await bench.submit("imagine", prompt="cat")

    assert (banned["code"], banned.get("result", "absent")) == (24, expected["banned"])
    assert full["code"] == 23
    assert full["result"] is None if expected["full"] is None else re.fullmatch(r"\d{16}", full["result"])
    seen = tuple("discordInstanceId" in one["properties"] for one in (taken, queued, full))
    assert seen == expected["instance"]
    assert [task["id"] for task in bench.relay.tasks()] == [str(queued["result"]), str(taken["result"])]


@pytest.mark.parametrize(("profile", "code"), [(UNIAPI, 4), (PLAIN, 1), (PLUS, 1), (NEW_API, 4)], ids=PROFILES)
async def test_reroll_by_change_wants_an_index_where_the_original_does(
    bench: Bench, profile: Profile, code: int
) -> None:
    bench.relay.profile = profile
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))

    answer = await bench.submit("change", taskId=grid["id"], action="REROLL")

    assert answer["code"] == code


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_queue_is_listed_where_the_original_lists_it(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile
    await bench.finish(await bench.submit("imagine", prompt="a finished one"))
    running = [str((await bench.submit("imagine", prompt=f"cat {n}"))["result"]) for n in range(2)]

    reply = await bench.get("/mj/task/queue")

    if profile in (PLAIN, PLUS):
        assert [task["id"] for task in reply.json()] == running
    else:
        assert reply.status == 404


async def test_proxies_list_tasks_in_the_order_of_the_question(bench: Bench) -> None:
    bench.relay.profile = PLAIN
    ids = [str((await bench.submit("imagine", prompt=f"cat {n}"))["result"]) for n in range(3)]
    asked = [ids[1], "1", ids[2], ids[0]]

    listed = await bench.post("/mj/task/list-by-condition", {"ids": asked})

    assert [task["id"] for task in listed] == [ids[1], ids[2], ids[0]]


@pytest.mark.parametrize("profile", [PLAIN, PLUS], ids=["plain", "plus"])
async def test_proxies_describe_a_task_by_its_command(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile
    picture = data_url(Image.new("RGB", (64, 64), "teal"))
    grid = await bench.imagine("a fox")

    picked = await bench.finish(await bench.submit("change", taskId=grid["id"], action="UPSCALE", index=2))
    again = await bench.finish(await bench.submit("simple-change", content=f"{grid['id']} r"))
    described = await bench.finish(await bench.submit("describe", base64=picture))
    blended = await bench.finish(await bench.submit("blend", base64Array=[picture, picture], dimensions="SQUARE"))

    assert grid["description"] == "/imagine a fox"
    assert (picked["description"], again["description"]) == (f"/up {grid['id']} U2", f"/up {grid['id']} R")
    assert described["description"] == f"/describe {described['id']}.png"
    assert blended["description"] == f"/blend {blended['id']} 2"


async def test_plain_keeps_the_properties_of_the_original(bench: Bench) -> None:
    bench.relay.profile = PLAIN

    early = await bench.fetch((await bench.submit("imagine", prompt="cat"))["result"])
    grid = await bench.imagine("cat")

    assert early["progress"] is None
    assert set(grid["properties"]) == {
        *("notifyHook", "finalPrompt", "messageId", "messageHash", "progressMessageId", "flags", "nonce"),
        "discordInstanceId",
    }


async def test_new_api_has_no_channel_for_simple_change(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    grid = await refreshed(bench, await bench.submit("imagine", prompt="cat"))

    status, text = await status_and_body(bench, "/mj/submit/simple-change", {"content": f"{grid['id']} U1"})

    assert (status, json.loads(text)["error"]["code"]) == (503, "model_not_found")


async def test_default_profile_is_the_introduction_pages(bench: Bench) -> None:
    assert bench.relay.profile is UNIAPI


# The real bot


@pytest.mark.parametrize("profile", [PLAIN, NEW_API], ids=["plain", "new-api"])
async def test_real_bot_gets_a_grid_and_a_picture_of_it(profile: Profile) -> None:
    async with Sandbox(speed=60, relay_profile=profile, sketches=True) as sandbox:
        await sandbox.wait_ready()
        actor = sandbox.discord.actor
        await actor.slash("ana", "studio", "imagine", {"prompt": "a cat"})
        grid = await finished_message(sandbox, "(fast)")
        button = next(one for row in grid["components"] for one in row["components"] if one.get("label") == "U1")
        await actor.click("ana", grid["id"], button["custom_id"])
        single = await finished_message(sandbox, "Image #1")

    assert len(single["attachments"]) == 1


async def finished_message(sandbox: Sandbox, text: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for message in sandbox.discord.actor.messages("studio", "ana"):
                if text in message["content"] and "%" not in message["content"] and message["attachments"]:
                    return message
            await asyncio.sleep(0.05)


async def test_unknown_family_is_refused_at_the_start() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--relay-profile", "moon"), stderr=asyncio.subprocess.PIPE
    )
    _, words = await process.communicate()

    assert process.returncode == 2
    assert b"no relay profile moon" in words


# The clock, whose speed the page can change


def test_change_of_speed_leaves_the_past_as_long_as_it_was() -> None:
    clock = HandClock()
    begin = clock.at
    clock.at += 10
    clock.change_speed(6)
    clock.at += 10
    clock.change_speed(1)
    clock.at += 5

    assert clock.elapsed(begin) == 10 + 60 + 5
    assert clock.elapsed(begin + 15) == 30 + 5
    assert clock.elapsed(clock.at + 3) == -3
    assert isinstance(clock, SandboxClock)
