"""Who may be connected to the web side, how many and for how long, so that strangers use up neither places nor log."""

import asyncio
import logging
import resource
from collections.abc import Callable, Iterator
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler
from typing_extensions import override

logger = logging.getLogger(__name__)

MOST, MOST_PER_ADDRESS = 64, 32
DESCRIPTORS_SHARE = 4  # of this process's descriptors at most one in so many: the rest reaches Discord and the relay
BACKLOG = 32  # connections that the system holds and hands over in one go
HEAD_LIMIT_S = 10.0  # real seconds for the head of a request, from its first byte; of the first from the beginning
KEEP_ALIVE_S = 130.0  # real seconds until the next request begins: longer than proxies keep a connection for it
# A body that is no body, or that breaks off because whoever sent it is gone.
BROKEN_OFF = (web.RequestPayloadError, HttpProcessingError, ConnectionResetError)
LIFE_S = 300.0  # real seconds after which a connection ends; a request in work then gets as many more as a head


class Connections:
    """The open connections; when there is no room for one more, the oldest that asks for nothing just now gives way."""

    def __init__(self, most: int | None = None, per_address: int = MOST_PER_ADDRESS) -> None:
        soft_limit, _hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = most or min(MOST, max(1, soft_limit // DESCRIPTORS_SHARE))
        self._per_address = per_address
        self._open: dict[Connection, str] = {}  # each with its address, those that were at work last at the end

    def __iter__(self) -> Iterator["Connection"]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: "Connection", address: str) -> bool:
        """Let one more in; False where nobody can give way to it."""
        if not self._make_room([one for one, its in self._open.items() if its == address], self._per_address):
            return False
        if not self._make_room(list(self._open), self._most):
            return False
        self._open[connection] = address
        return True

    def _make_room(self, among: "list[Connection]", most: int) -> bool:
        if len(among) < most:
            return True
        idle = next((one for one in among if not one.is_at_work), None)
        if idle is None:
            return False
        self._open.pop(idle)
        idle.abort()
        return True

    def touch(self, connection: "Connection") -> None:
        """One has just been at work, so that others give way first."""
        if connection in self._open:
            self._open[connection] = self._open.pop(connection)

    def leave(self, connection: "Connection") -> None:
        """One is over."""
        self._open.pop(connection, None)


class Connection(RequestHandler):
    """One connection. What is no request costs a quiet line and gets a page that tells nothing about us."""

    def __init__(self, manager: web.Server, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        no_log = cast("logging.Logger", None)  # which it understands
        super().__init__(manager, loop=loop, access_log=no_log, keepalive_timeout=KEEP_ALIVE_S)
        self.is_at_work = False
        self._connections = connections
        self._late: asyncio.TimerHandle | None = None
        self._end: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The head of a request has arrived."""
        self.is_at_work = True
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def done(self) -> None:
        """Its answer is made."""
        self.is_at_work = False
        self._connections.touch(self)

    def abort(self) -> None:
        """Drop it at once, whatever is on its way."""
        if self.transport is not None:
            self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if not self._connections.enter(self, str(peer[0]) if peer else ""):
            cast("asyncio.Transport", transport).abort()
            return
        super().connection_made(transport)
        self._wait_for_head()
        self._end = asyncio.get_running_loop().call_later(LIFE_S, self._is_old)

    @override
    def data_received(self, data: bytes) -> None:
        if not self.is_at_work and self._late is None:
            self._wait_for_head()
        super().data_received(data)

    def _wait_for_head(self) -> None:
        self._late = asyncio.get_running_loop().call_later(HEAD_LIMIT_S, self.abort)

    def _is_old(self) -> None:
        if self.is_at_work:
            self._end = asyncio.get_running_loop().call_later(HEAD_LIMIT_S, self.abort)
        else:
            self.abort()

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.leave(self)
        for timer in (self._late, self._end):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500 and exc is not None:
            logger.error("web answer failed error=%s", type(exc).__name__, exc_info=exc)
        else:
            logger.info("web request not understood status=%d error=%s", status, type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is out already")
        answer = _Nameless(text="This is not a request that can be answered here.\n", status=status)
        answer.force_close()
        return answer


class _Nameless(web.Response):
    """An answer that does not name the software; the application's own hook does not see these."""

    @override
    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


def factory(manager: web.Server, connections: Connections) -> Callable[[], Connection]:
    """What makes the protocol of each new connection."""
    loop = asyncio.get_running_loop()
    return lambda: Connection(manager, connections, loop)
