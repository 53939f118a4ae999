"""A cable between a bot and a server's socket, which can be cut: then nothing passes, and nobody says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

PIECE = 64 * 1024  # bytes


class Cable:
    """Passes bytes on between a port of its own and a Unix socket, as long as it is whole."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self.port = 0

    def cut(self) -> None:
        """Let nothing pass; connections stay open, as with a machine that is gone without a word."""
        self._is_whole.clear()

    def mend(self) -> None:
        """Let everything pass, what was on its way first."""
        self._is_whole.set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Stand there until the end."""
        joined: set[asyncio.Task[None]] = set()

        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._join(reader, writer), name="cable")
            joined.add(task)
            task.add_done_callback(joined.discard)

        server = await asyncio.start_server(join, "127.0.0.1")
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in joined:
                task.cancel()
            await asyncio.gather(*joined, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_unix_connection(str(self._socket))
            try:
                await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
            finally:
                far_writer.close()
                writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._is_whole.wait()
            writer.write(piece)
            await writer.drain()
        writer.close()
