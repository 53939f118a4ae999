"""A cable between a bot and a database server, which can be cut: then nothing passes, and nobody says so."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import URL

HOST = "127.0.0.1"
PIECE = 64 * 1024  # bytes
PORT = 5432  # of a server whose address names none

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Cable:
    """Passes bytes on between a port of its own and a database server, as long as it is whole."""

    def __init__(self, database: URL) -> None:
        """`database` is its address as PostgreSQL's own programs read it; of several hosts the first counts."""
        self._database = database
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._port = 0

    @property
    def is_cut(self) -> bool:
        """Whether nothing passes."""
        return not self._is_whole.is_set()

    @property
    def url(self) -> str:
        """The address of the database at this end."""
        plain = self._database.difference_update_query(["host", "port"])
        return plain.set(host=HOST, port=self._port).render_as_string(hide_password=False)

    def cut(self) -> None:
        """Let nothing pass; connections stay open, as with a machine that is gone without a word."""
        self._is_whole.clear()

    def mend(self) -> None:
        """Let everything pass, what was on its way first."""
        self._is_whole.set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Stand there until the end."""
        async with joined_port(0, self._far_end, self._is_whole) as self._port:
            yield

    async def _far_end(self) -> End:
        host = self._database.host or self._database.query.get("host") or "localhost"
        host = host if isinstance(host, str) else host[0]
        port = self._database.port or int(str(self._database.query.get("port") or PORT))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


@asynccontextmanager
async def joined_port(
    port: int, far_end: Callable[[], Awaitable[End]], may_pass: asyncio.Event | None = None
) -> AsyncIterator[int]:
    """Join whoever comes to a port of this machine (0 = a free one) with a far end of their own; yields the port."""
    joined: set[asyncio.Task[None]] = set()

    async def join(*near: *End) -> None:
        task = asyncio.create_task(_join(near, far_end, may_pass), name="cable")
        joined.add(task)
        task.add_done_callback(joined.discard)

    server = await asyncio.start_server(join, HOST, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in joined:
            task.cancel()
        await asyncio.gather(*joined, return_exceptions=True)


async def _join(near: End, far_end: Callable[[], Awaitable[End]], may_pass: asyncio.Event | None) -> None:
    try:
        with suppress(OSError):
            far = await far_end()
            try:
                await asyncio.gather(_pass(near[0], far[1], may_pass), _pass(far[0], near[1], may_pass))
            finally:
                far[1].close()
    finally:
        near[1].close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: asyncio.Event | None) -> None:
    while piece := await reader.read(PIECE):
        if may_pass is not None:
            await may_pass.wait()
        writer.write(piece)
        await writer.drain()
    writer.close()
