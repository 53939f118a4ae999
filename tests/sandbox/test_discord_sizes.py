"""How large and how often: files, requests, commands of a day, edits of old messages, slow mode, links that run out."""

import io
from typing import Any

import aiohttp
import pytest

from sandbox.discord.acting import ActingError
from tests.sandbox.discord_caller import Caller
from tests.sandbox.discord_studio import open_loopback


@pytest.mark.parametrize(("channel", "megabytes", "status"), [("studio", 11, 413), ("hall", 11, 200)])
async def test_files_have_a_size_limit(caller: Caller, channel: str, megabytes: int, status: int) -> None:
    form = aiohttp.FormData({"payload_json": "{}"})
    form.add_field("files[0]", io.BytesIO(bytes(megabytes << 20)), filename="big.bin")
    url = caller.loopback.api_url + caller.channel_path(channel) + "/messages"
    headers = {"Authorization": f"Bot {caller.loopback.token}"}

    async with aiohttp.request("POST", url, data=form, headers=headers) as response:
        assert response.status == status


async def test_a_request_has_a_size_limit_too(caller: Caller) -> None:
    url = caller.loopback.api_url + caller.channel_path("studio") + "/messages"
    headers = {"Authorization": f"Bot {caller.loopback.token}"}

    for count, status in [(2, 200), (3, 413)]:
        form = aiohttp.FormData({"payload_json": "{}"})
        for number in range(count):
            form.add_field(f"files[{number}]", io.BytesIO(bytes(9 << 20)), filename="big.bin")
        async with aiohttp.request("POST", url, data=form, headers=headers) as response:
            assert (response.status, (await response.json()).get("code")) == (status, 40005 if status == 413 else None)


async def test_commands_are_created_so_often_a_day(caller: Caller) -> None:
    path = f"/applications/{caller.loopback.state.bot.id}/commands"

    async def sync(*numbers: int) -> tuple[int, Any]:
        return await caller.call("PUT", path, [{"name": f"x{number}", "description": "x"} for number in numbers])

    assert (await sync(*range(100)))[0] == 200
    assert (await sync(*range(100)))[0] == 200  # overwritten, not created
    assert (await sync(*range(100, 200)))[0] == 200
    status, answer = await sync(*range(99, 199))

    assert (status, answer["code"]) == (400, 30034)
    assert (await sync(*range(150, 200)))[0] == 200


async def test_old_messages_are_edited_only_so_often(caller: Caller) -> None:
    path = caller.channel_path("studio") + "/messages"
    _, old = await caller.call("POST", path, {"content": "old"})
    _, new = await caller.call("POST", path, {"content": "new"})
    message = caller.loopback.state.message(int(old["id"]))
    assert message is not None
    message.created_at -= 3601

    edits = [await caller.call("PATCH", f"{path}/{old['id']}", {"content": str(n)}) for n in range(31)]
    status, _ = await caller.call("PATCH", f"{path}/{new['id']}", {"content": "newer"})

    assert [status for status, _ in edits] == [200] * 30 + [429]
    assert (edits[-1][1]["code"], edits[-1][1]["global"]) == (30046, False)
    assert 3500 < edits[-1][1]["retry_after"] <= 3600
    assert (message.content, status) == ("29", 200)


async def test_slow_mode_slows_people_and_no_bots(caller: Caller) -> None:
    channel = caller.loopback.state.channel("studio")
    assert channel is not None
    channel.slow_mode_s = 600
    say = caller.loopback.actor.say
    await say("ana", "studio", "one")
    await say("ben", "studio", "one")
    await say("mia", "studio", "one")
    await say("mia", "studio", "two")

    with pytest.raises(ActingError) as caught:
        await say("ana", "studio", "two")
    sends = [await caller.call("POST", caller.channel_path("studio") + "/messages", {"content": "x"}) for _ in "12"]

    assert (caught.value.status, "slowmode" in caught.value.sentence) == (429, True)
    assert [status for status, _ in sends] == [200, 200]
    assert (await caller.call("GET", caller.channel_path("studio")))[1]["rate_limit_per_user"] == 600


async def test_links_to_files_run_out() -> None:
    async with open_loopback(speed=24 * 3600 * 10) as loopback:
        upload = loopback.actor.upload("ana", "a.txt", b"hello")
        said = await loopback.actor.say("ana", "studio", "see", attachments=[upload])
        file = said["attachments"][0]
        link = file["url"].replace(f"ex={int(file['url'].split('ex=')[1][:8], 16):x}", "ex=00000001")

        async with aiohttp.request("GET", link) as response:
            assert response.status == 404
        async with aiohttp.request("GET", link.split("?")[0]) as response:
            assert response.status == 404
