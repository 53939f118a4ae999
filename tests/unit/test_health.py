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


async def asked(app: web.Application, host: str = "127.0.0.1") -> Found:
    async with TestServer(app) as server:
        return await asyncio.to_thread(ask, make_settings(web_port=server.port, web_host=host))


def bot(*, gateway: bool, database: Callable[[], Awaitable[object]]) -> web.Application:
    app = web.Application()
    app.add_routes(Health(lambda: gateway, dict, database, lambda: None, ManualClock()).routes())
    return app


async def reads() -> None:
    """A database that can be read."""


async def fails() -> None:
    raise OSError


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_a_bot_that_works_is_well_wherever_it_listens(host: str) -> None:
    assert await asked(bot(gateway=True, database=reads), host) == (True, "Easel works.")


async def test_what_a_bot_misses_is_named() -> None:
    found = await asked(bot(gateway=False, database=fails))

    assert found == (False, "Easel runs without its gateway and database.")


async def test_another_program_at_the_port_is_no_bot() -> None:
    is_well, told = await asked(web.Application())

    assert not is_well
    assert told.startswith("No Easel answers at 127.0.0.1, port ")


def test_a_bot_that_does_not_run_is_not_well(closed_port: int) -> None:
    found = ask(make_settings(web_port=closed_port))

    assert found == (False, f"No Easel answers at 127.0.0.1, port {closed_port}: ConnectionRefusedError.")


def test_a_bot_without_a_port_cannot_be_asked() -> None:
    assert ask(make_settings()) == (False, "Easel cannot be asked how it is: set WEB_PORT.")
