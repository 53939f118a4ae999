"""What is counted of Discord's answers, seen over real sockets."""

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway.response_counts import INVALID_WINDOW_S, ResponseCounts
from bot.metrics import REGISTRY
from tests.support.ports import ManualClock


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def discord_side() -> AsyncIterator[TestServer]:
    async def answer(request: web.Request) -> web.Response:
        headers = {"X-RateLimit-Scope": request.query["scope"]} if "scope" in request.query else {}
        return web.Response(status=int(request.query["status"]), headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app)
    async with server:
        yield server


async def ask(server: TestServer, counts: ResponseCounts, path: str) -> None:
    config = aiohttp.TraceConfig()
    counts.watch(config)
    async with aiohttp.ClientSession(trace_configs=[config]) as session, session.get(server.make_url(path)):
        pass


@pytest.mark.parametrize(
    ("path", "group", "scope"),
    [
        ("/api/v10/channels/1/messages?status=200", "2xx", "bot"),
        ("/api/v10/channels/1/messages?status=403", "403", "bot"),
        ("/api/v10/webhooks/1/token/messages/@original?status=404", "404", "webhook"),
        ("/api/v10/interactions/1/token/callback?status=204", "2xx", "callback"),
        ("/api/v10/channels/1/messages?status=502", "5xx", "bot"),
        ("/api/v10/channels/1/messages?status=400", "4xx", "bot"),
    ],
)
async def test_answers_are_counted_by_class_and_scope(
    discord_side: TestServer, clock: ManualClock, path: str, group: str, scope: str
) -> None:
    before = value("easel_discord_responses_total", **{"class": group, "scope": scope})

    await ask(discord_side, ResponseCounts(clock), path)

    assert value("easel_discord_responses_total", **{"class": group, "scope": scope}) == before + 1


async def test_what_shuts_us_out_is_counted_for_ten_minutes(discord_side: TestServer, clock: ManualClock) -> None:
    counts = ResponseCounts(clock)
    for status in (401, 403, 429, 404, 500, 200):
        await ask(discord_side, counts, f"/api/v10/channels/1?status={status}")
    await ask(discord_side, counts, "/api/v10/channels/1?status=429&scope=shared")

    assert counts.invalid_lately() == 3
    clock.pass_by(INVALID_WINDOW_S + 1)
    assert counts.invalid_lately() == 0


async def test_an_acknowledgement_after_three_seconds_is_late(discord_side: TestServer, clock: ManualClock) -> None:
    interaction = discord.utils.time_snowflake(clock.now())
    in_time, late = value("easel_ack_seconds_bucket", le="3.0"), value("easel_acks_late_total")
    counts = ResponseCounts(clock)

    await ask(discord_side, counts, f"/api/v10/interactions/{interaction}/token/callback?status=204")
    clock.pass_by(4)
    await ask(discord_side, counts, f"/api/v10/interactions/{interaction}/token/callback?status=404")

    assert value("easel_ack_seconds_bucket", le="3.0") == in_time + 1
    assert value("easel_acks_late_total") == late + 1
