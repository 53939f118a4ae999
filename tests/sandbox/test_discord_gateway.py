"""The gateway at the level of frames."""

import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord.server import LoopbackDiscord

GUILDS, MESSAGES, CONTENT = 1, 1 << 9, 1 << 15


class Client:
    """A gateway client made by hand."""

    def __init__(self, loopback: LoopbackDiscord, query: str = "") -> None:
        self.token = loopback.token
        self._url = f"{loopback.gateway_url}?v=10&encoding=json{query}"
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> "Client":
        self.socket = await self._session.ws_connect(self._url)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()
        await self._session.close()

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, intents: int = GUILDS, **fields: Any) -> Any:
        await self.send(2, {"token": self.token, "intents": intents, "properties": {}} | fields)
        return await self.event("READY")

    async def event(self, name: str) -> Any:
        while True:
            payload = await self.socket.receive_json()
            if payload["t"] == name:
                return payload

    async def until(self, op: int) -> AsyncIterator[Any]:
        """All that comes up to the first payload of this kind."""
        while True:
            payload = await self.socket.receive_json()
            yield payload
            if payload["op"] == op:
                return

    async def close_code(self) -> int | None:
        while (await self.socket.receive()).type != aiohttp.WSMsgType.CLOSE:
            pass
        return self.socket.close_code


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 2, "d": {"token": "a.b.c", "intents": 0}}, 4004),
        ({"op": 2, "d": {"token": "", "intents": 1 << 8}}, 4014),
        ({"op": 2, "d": {"token": "", "intents": 1 << 30}}, 4013),
        ({"op": 2, "d": {"token": ""}}, 4013),
        ({"op": 2, "d": {"token": "", "intents": 0, "shard": [2, 2]}}, 4010),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 99, "d": {}}, 4003),
        ([], 4002),
        ({"op": 1, "d": "x" * 4096}, 4002),
    ],
)
async def test_connections_are_closed_with_codes(loopback: LoopbackDiscord, payload: Any, code: int) -> None:
    async with Client(loopback) as client:
        if code in (4014, 4013, 4010):
            payload["d"]["token"] = loopback.token
        await client.socket.send_json(payload)

        assert await client.close_code() == code


async def test_too_many_events_are_closed(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        for _ in range(121):
            await client.send(1, None)

        assert await client.close_code() == 4008


async def test_hello_comes_first_and_heartbeats_are_answered_in_binary_too(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        hello = await client.socket.receive_json()
        await client.socket.send_bytes(json.dumps({"op": 1, "d": None}).encode())

        assert hello["op"] == 10
        assert (await client.socket.receive_json())["op"] == 11


async def test_a_heartbeat_is_answered_after_its_sender_could_note_the_time(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        await client.identify()
        await client.send(1, None)
        await client.send(8, {"guild_id": str(loopback.state.bot_guilds()[0].id), "query": "", "limit": 0})
        seen = [payload["op"] async for payload in client.until(11)]

    assert seen[-2:] == [0, 11]  # what was asked later is there earlier


@pytest.mark.parametrize("code", [1000, 1001, 4000, 3333])
async def test_a_close_is_answered_with_its_own_code(loopback: LoopbackDiscord, code: int) -> None:
    async with Client(loopback) as client:
        await client.identify()
        await client.socket.close(code=code)

        assert client.socket.close_code == code


async def test_the_state_is_ready_only_while_a_bot_is_there(loopback: LoopbackDiscord) -> None:
    loopback._commands.synced.set()
    async with Client(loopback) as client:
        before = loopback.actor.state()["ready"]
        await client.identify()
        during = loopback.actor.state()["ready"]
        gone = loopback.subscribe()
        connection = client.socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()  # as a killed process does
        while (await gone.get()) != ("BOT", {"connected": False}):
            pass

    assert (before, during, loopback.actor.state()["ready"]) == (False, True, False)


async def test_zlib_stream_is_one_stream(loopback: LoopbackDiscord) -> None:
    async with Client(loopback, "&compress=zlib-stream") as client:
        inflate = zlib.decompressobj()
        await client.send(1, None)
        frames = [await client.socket.receive_bytes() for _ in range(2)]

        assert all(frame.endswith(b"\x00\x00\xff\xff") for frame in frames)
        assert [json.loads(inflate.decompress(frame))["op"] for frame in frames] == [10, 11]


@pytest.mark.parametrize(("intents", "content"), [(MESSAGES, ""), (MESSAGES | CONTENT, "hello")])
async def test_content_needs_its_intent(loopback: LoopbackDiscord, intents: int, content: str) -> None:
    async with Client(loopback) as client:
        await client.identify(intents)
        await loopback.actor.say("ana", "studio", "hello")

        assert (await client.event("MESSAGE_CREATE"))["d"]["content"] == content


async def test_events_need_their_intent_and_membership(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        await client.identify(MESSAGES)
        await loopback.actor.say("ana", "lounge", "unheard")
        await loopback.actor.say("ana", "dm", "unheard")
        await loopback.actor.say("mia", "studio", "heard")

        message = (await client.event("MESSAGE_CREATE"))["d"]
        assert message["author"]["username"] == "mia"
        assert message["member"]["roles"]


async def test_shards_share_the_guilds(loopback: LoopbackDiscord) -> None:
    guilds = []
    for number in range(2):
        async with Client(loopback) as client:
            ready = await client.identify(shard=[number, 2])
            guilds.append(len(ready["d"]["guilds"]))

    assert sum(guilds) == 2


async def test_resume_replays_what_was_missed(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        ready = await client.identify(MESSAGES | CONTENT)
        await client.socket.close(code=4000)
    said = await loopback.actor.say("ana", "studio", "missed")

    async with Client(loopback) as client:
        resume = {"token": loopback.token, "session_id": ready["d"]["session_id"], "seq": ready["s"]}
        await client.send(6, resume)

        assert (await client.event("MESSAGE_CREATE"))["d"]["id"] == said["id"]
        assert (await client.event("RESUMED"))["d"] is not None


async def test_forgotten_session_is_invalid(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        await client.send(6, {"token": loopback.token, "session_id": "none", "seq": 1})
        await client.socket.receive_json()

        assert (await client.socket.receive_json()) == {"op": 9, "d": False, "s": None, "t": None}


async def test_members_can_be_asked_for(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        await client.identify(GUILDS)
        guild = (await client.event("GUILD_CREATE"))["d"]
        await client.send(8, {"guild_id": guild["id"], "query": "a", "limit": 5, "nonce": "n"})

        chunk = (await client.event("GUILD_MEMBERS_CHUNK"))["d"]
        assert [member["user"]["username"] for member in chunk["members"]] == ["ana"]


@pytest.mark.parametrize("is_resumable", [True, False])
async def test_clients_can_be_sent_away(loopback: LoopbackDiscord, is_resumable: bool) -> None:
    async with Client(loopback) as client:
        await client.identify(0)
        loopback.gateway.reconnect()
        loopback.gateway.invalidate(is_resumable=is_resumable)

        assert (await client.socket.receive_json())["op"] == 7
        assert (await client.socket.receive_json())["d"] is is_resumable
        await loopback.gateway.close(4000)


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [(2, {"token": ""}, 4005), (99, {}, 4001), (6, {"token": "", "seq": 99}, 4007), (6, {"token": "a.b.c"}, 4004)],
)
async def test_identified_connections_are_closed_with_codes(
    loopback: LoopbackDiscord, op: int, data: dict[str, Any], code: int
) -> None:
    async with Client(loopback) as client:
        ready = await client.identify(0)
        own = {"token": data.get("token") or loopback.token, "session_id": ready["d"]["session_id"]}
        await client.send(op, data | own)

        assert await client.close_code() == code


@pytest.mark.parametrize(("code", "is_kept"), [(1000, False), (1001, False), (4000, True)])
async def test_plain_closes_end_the_session(loopback: LoopbackDiscord, code: int, is_kept: bool) -> None:
    async with Client(loopback) as client:
        ready = await client.identify(0)
        await client.socket.close(code=code)
    async with Client(loopback) as client:
        resume = {"token": loopback.token, "session_id": ready["d"]["session_id"], "seq": ready["s"]}
        await client.send(6, resume)
        await client.socket.receive_json()

        assert (await client.socket.receive_json())["op"] == (0 if is_kept else 9)


async def test_zstd_stream_is_used_where_there_is_zstd(loopback: LoopbackDiscord) -> None:
    async with Client(loopback, "&compress=zstd-stream") as client:
        await client.send(1, None)
        frames = [await client.socket.receive() for _ in range(2)]

    if discord.utils._ZSTD_SOURCE is None:  # nor is there for discord.py, which takes plain text as well
        texts = [frame.data for frame in frames]
    else:
        stream = discord.utils._ActiveDecompressionContext()
        texts = [stream.decompress(frame.data) for frame in frames]
    assert [json.loads(text)["op"] for text in texts] == [10, 11]


async def test_another_version_is_refused(loopback: LoopbackDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{loopback.gateway_url}?v=6") as socket:
        closed = await socket.receive()

    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4012)


async def test_members_of_an_unknown_server_do_not_end_the_connection(loopback: LoopbackDiscord) -> None:
    guild_id = str(loopback.state.bot_guilds()[0].id)
    async with Client(loopback) as client:
        await client.identify()
        for data in ({"guild_id": "1", "query": ""}, {"query": ""}, {"guild_id": guild_id, "user_ids": ["1"]}):
            await client.send(8, data)
        chunk = await client.event("GUILD_MEMBERS_CHUNK")

    assert (chunk["d"]["members"], chunk["d"]["not_found"]) == ([], ["1"])


@pytest.mark.parametrize(("shard", "got"), [(None, [0, 1]), ([0, 2], [0, 2])])
async def test_a_shard_may_be_null(loopback: LoopbackDiscord, shard: Any, got: Any) -> None:
    async with Client(loopback) as client:
        ready = await client.identify(shard=shard)

    assert ready["d"]["shard"] == got


@pytest.mark.parametrize("shard", [["a"], [2, 2], [0], "0,1", {"id": 0}])
async def test_odd_shards_are_closed_with_their_code(loopback: LoopbackDiscord, shard: Any) -> None:
    async with Client(loopback) as client:
        await client.send(2, {"token": client.token, "intents": GUILDS, "properties": {}, "shard": shard})
        async for message in client.socket:
            assert message.type is aiohttp.WSMsgType.TEXT
        assert client.socket.close_code == 4010


async def test_a_nonce_that_is_too_long_is_ignored(loopback: LoopbackDiscord) -> None:
    guild_id = str(loopback.state.bot_guilds()[0].id)
    async with Client(loopback) as client:
        await client.identify()
        await client.send(8, {"guild_id": guild_id, "query": "", "limit": 0, "nonce": "x" * 33})
        chunk = await client.event("GUILD_MEMBERS_CHUNK")

    assert chunk["d"]["nonce"] is None


async def test_the_intents_that_interactions_py_asks_for_are_taken(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as client:
        await client.identify(53_706_493)
