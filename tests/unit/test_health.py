"""`easel health`: what it says of the bot that runs, and of one that does not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.health import ask
from bot.web.health import Health
from tests.support.makers import make_settings
from tests.support.ports import ManualClock

Found = tuple[bool, str]


async def asked(app: web.Application, host: str = "127.0.0.1", *, ready: bool = False) -> Found:
    async with TestServer(app) as server:
        return await asyncio.to_thread(ask, make_settings(web_port=server.port, web_host=host), ready=ready)


async def reads() -> None:
    """A database that can be read."""


async def fails() -> None:
    raise OSError


def bot(
    *,
    gateway: bool = True,
    database: Callable[[], Awaitable[object]] = reads,
    lost: tuple[str, ...] = (),
    stopping: bool = False,
) -> web.Application:
    health = Health(
        lambda: gateway,
        dict,
        database,
        lambda: None,
        ManualClock(),
        lost_loops=lambda: lost,
        is_stopping=lambda: stopping,
    )
    app = web.Application()
    app.add_routes(health.routes())
    return app


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_a_bot_that_lives_is_well_wherever_it_listens(host: str) -> None:
    assert await asked(bot(), host) == (True, "Easel lives.")
    assert await asked(bot(), host, ready=True) == (True, "Easel is ready.")


async def test_an_outage_of_others_is_no_reason_to_restart_the_bot() -> None:
    away = bot(gateway=False, database=fails)

    assert await asked(away) == (True, "Easel lives.")
    assert await asked(bot(gateway=False, database=fails), ready=True) == (
        False,
        "Easel is not ready: Discord's gateway is away, the database is away.",
    )


async def test_a_bot_that_stops_lives_and_is_not_ready() -> None:
    assert await asked(bot(stopping=True)) == (True, "Easel lives.")
    assert await asked(bot(stopping=True), ready=True) == (False, "Easel is not ready: it is stopping.")


async def test_a_bot_that_lost_a_loop_does_not_live() -> None:
    assert await asked(bot(lost=("poller",))) == (False, "Easel lost its loop poller.")


async def test_a_database_that_hangs_keeps_nobody_waiting_who_asks_whether_the_bot_lives() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    assert await asked(bot(database=hangs)) == (True, "Easel lives.")


async def test_another_program_at_the_port_is_no_bot() -> None:
    is_well, told = await asked(web.Application())

    assert not is_well
    assert told.startswith("No Easel answers at 127.0.0.1, port ")


def test_a_bot_that_does_not_run_is_not_well(closed_port: int) -> None:
    found = ask(make_settings(web_port=closed_port))

    assert found == (False, f"No Easel answers at 127.0.0.1, port {closed_port}: ConnectionRefusedError.")


def test_a_bot_without_a_port_cannot_be_asked() -> None:
    assert ask(make_settings()) == (False, "Easel cannot be asked how it is: set WEB_PORT or METRICS_PORT.")
