"""Ends a shard's session without losing what is on its way: what arrives until Discord has closed, too, is handled."""

import asyncio

import aiohttp
from discord.errors import ConnectionClosed
from discord.gateway import ReconnectWebSocket
from discord.shard import Shard

LIMIT_S = 2.0  # real seconds that Discord has to close as well
NORMAL = 1000  # ends the session; it is not taken up again


async def close_reading(shard: Shard) -> None:
    """Tell Discord that we close, and read on until it does.

    The library's own way throws away what arrives after its word. Where the next holder of the shard hears nothing
    while we are connected, nobody would ever get that.
    """
    worker, connection = shard._task, shard.ws  # noqa: SLF001 - no other way leads there
    if worker is not None:
        worker.cancel()
        await asyncio.wait([worker])
    connection._close_code = NORMAL  # noqa: SLF001 - as its own `close` does
    try:
        async with asyncio.timeout(LIMIT_S):
            await connection.socket.send_frame(NORMAL.to_bytes(2, "big"), aiohttp.WSMsgType.CLOSE)
            while True:
                await connection.poll_event()
    except (ConnectionClosed, ReconnectWebSocket, aiohttp.ClientError, OSError, TimeoutError):
        return
    finally:
        await shard.close()
