"""Requests by the bot's token stay under Discord's limit, however many processes make them; answers are not counted."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway.request_pace import MOST_PER_S, RequestPace
from tests.support.ports import ManualClock
from tests.support.virtual_time import LoopClock, in_virtual_time


@pytest.mark.parametrize(("processes", "share"), [(1, 45), (2, 22), (3, 15), (100, 1)])
def test_no_second_has_more_requests_than_this_process_may_make(processes: int, share: int) -> None:
    clock = LoopClock()
    left_at: list[float] = []

    async def scenario() -> None:
        pace = RequestPace(clock, lambda: processes)

        async def ask() -> None:
            await pace.wait()
            left_at.append(clock.monotonic())

        await asyncio.gather(*(ask() for _ in range(3 * MOST_PER_S)))

    in_virtual_time(scenario())

    assert len(left_at) == 3 * MOST_PER_S
    assert max(sum(begin <= moment < begin + 1.0 - 1e-9 for moment in left_at) for begin in left_at) == share
    assert left_at[-1] == pytest.approx((3 * MOST_PER_S - 1) // share)


def test_who_is_joined_by_others_slows_down_at_once() -> None:
    clock, processes = LoopClock(), [1]

    async def scenario() -> float:
        pace = RequestPace(clock, lambda: processes[0])
        for _ in range(MOST_PER_S):
            await pace.wait()
        processes[0] = MOST_PER_S
        for _ in range(3):
            await pace.wait()
        return clock.monotonic()

    assert in_virtual_time(scenario()) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/api/v10/channels/1/messages", True),
        ("/api/v10/interactions/1/token/callback", False),
        ("/api/v10/webhooks/1/token/messages/@original", False),
        ("/attachments/1/2/a.png", False),
    ],
)
async def test_only_requests_by_the_bots_token_count(path: str, counts: bool, clock: ManualClock) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response()

    app: Any = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    pace = RequestPace(clock, lambda: 1)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[pace.trace()]) as session,
        session.get(server.make_url(path)) as response,
    ):
        assert response.status == 200

    assert len(pace._left_at) == counts
