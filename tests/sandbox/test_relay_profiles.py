"""The families of relays: what each does in its own way, and that the real bot gets along with them."""

import asyncio
import dataclasses
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sandbox.app import Sandbox
from sandbox.clock import SandboxClock
from sandbox.relay.profiles import MIDJOURNEY_PROXY, NEW_API, PLAIN, PLUS, PROFILES, UNIAPI, Profile
from tests.sandbox.relay_bench import Bench, HandClock, data_url

PATIENCE_S = 90.0


def test_profiles_are_data() -> None:
    code = "".join(path.read_text() for path in Path("sandbox/relay").glob("*.py") if path.name != "profiles.py")

    assert all(dataclasses.is_dataclass(profile) for profile in PROFILES.values())
    assert list(PROFILES) == ["uniapi", "plain", "plus", "new-api", "midjourney-proxy"]
    assert not re.search(r"profile\.name|NEW_API|PLAIN\b|PLUS\b", code)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_every_profile_paints_a_grid(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile

    grid = await bench.refreshed(await bench.submit("imagine", prompt="a small boat"))

    assert grid["status"] == "SUCCESS"
    assert (await bench.picture(grid)).size == (1024, 1024)


# midjourney-proxy


async def test_plain_proxy_has_no_buttons_and_follows_up_by_change(bench: Bench) -> None:
    bench.relay.profile = PLAIN
    grid = await bench.imagine("cat")

    picked = await bench.submit("change", taskId=grid["id"], action="UPSCALE", index=2)

    assert "buttons" not in grid
    assert picked["code"] == 1
    for path in ("/mj/submit/action", "/mj-fast/mj/submit/imagine"):
        status, text = await bench.status_and_body(path, {"prompt": "cat"})
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
    assert await bench.status_and_body("/mj/submit/imagine", {}, key="wrong") == (401, "")


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


@pytest.mark.parametrize(
    ("profile", "kind"),
    [(UNIAPI, int), (PLAIN, str), (PLUS, str), (NEW_API, str), (MIDJOURNEY_PROXY, str)],
    ids=PROFILES,
)
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
        (MIDJOURNEY_PROXY, {"banned": None, "full": None, "instance": (True, True, True)}),
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


@pytest.mark.parametrize(
    ("profile", "code"), [(UNIAPI, 4), (PLAIN, 1), (PLUS, 1), (NEW_API, 4)], ids=["uniapi", "plain", "plus", "new-api"]
)
async def test_reroll_by_change_wants_an_index_where_the_original_does(
    bench: Bench, profile: Profile, code: int
) -> None:
    bench.relay.profile = profile
    grid = await bench.refreshed(await bench.submit("imagine", prompt="cat"))

    answer = await bench.submit("change", taskId=grid["id"], action="REROLL")

    assert answer["code"] == code


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
async def test_queue_is_listed_where_the_original_lists_it(bench: Bench, profile: Profile) -> None:
    bench.relay.profile = profile
    await bench.finish(await bench.submit("imagine", prompt="a finished one"))
    running = [str((await bench.submit("imagine", prompt=f"cat {n}"))["result"]) for n in range(2)]

    reply = await bench.get("/mj/task/queue")

    if profile in (PLAIN, PLUS, MIDJOURNEY_PROXY):
        assert [task["id"] for task in reply.json()] == running
    else:
        assert reply.content_type == "text/html" if profile is NEW_API else reply.status == 404


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
