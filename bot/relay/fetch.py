"""Fetching pictures from addresses that others chose, without being led into the owner's network."""

import asyncio
import errno
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO, Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from bot.errors import PictureError
from bot.language import _

logger = logging.getLogger(__name__)

MAX_PICTURE_BYTES = 100 * 1024 * 1024
TIME_LIMIT_S = 60.0
MAX_REDIRECTS = 3
RESOLVERS = 16  # threads that look names up, for each kind of addresses
_REDIRECTS = (301, 302, 303, 307, 308)
_OWN_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)  # of our disk, not of the network
_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")  # older Pythons call a part of it global
# All there is of the internet in IPv6; the rest is local, reserved, or wraps an IPv4 address (NAT64, mapped, ...).
_UNICAST = ipaddress.ip_network("2000::/3")


class _OwnThreads:
    """Looks names up as the event loop does, in other threads: the loop's are few, and a name server may hang."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")

    async def getaddrinfo(self, host: str, port: int, **how: int) -> object:
        """See `asyncio.AbstractEventLoop`."""
        look_up = partial(socket.getaddrinfo, host, port, **how)
        return await asyncio.get_running_loop().run_in_executor(self.executor, look_up)

    async def getnameinfo(self, address: tuple[str, int], flags: int) -> object:
        """See `asyncio.AbstractEventLoop`."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, socket.getnameinfo, address, flags)


class _PublicOnly(AbstractResolver):
    """The only resolution there is: what it checks is what gets connected, so a name cannot change its mind."""

    def __init__(self) -> None:
        self._threads = _OwnThreads()
        self._resolver = aiohttp.ThreadedResolver(cast("asyncio.AbstractEventLoop", self._threads))

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found or not all(is_public(entry["host"]) for entry in found):
            raise OSError(f"{host} is not a public address")
        return found

    @override
    async def close(self) -> None:
        self._threads.executor.shutdown(wait=False, cancel_futures=True)


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet."""
    try:
        ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and ip not in _PROTOCOLS
    wrapped = ip.sixtofour
    return ip.is_global and ip in _UNICAST and (wrapped is None or is_public(str(wrapped)))


class PictureFetcher:
    """Downloads pictures: over public https, and what the relay or Discord named from the trusted origins, too."""

    def __init__(self, trusted: Iterable[URL]) -> None:
        self.trust(trusted)
        # No limit of connections, since it would be shared by hosts that have nothing to do with each other. What
        # members named and what the relay or Discord named do not wait for each other's name servers either.
        self._near = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._far, self._strange = (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, resolver=_PublicOnly())) for _each in range(2)
        )

    def trust(self, addresses: Iterable[URL]) -> None:
        """Take what the relay or Discord names from these origins, and from no others."""
        self._trusted = frozenset(url.origin() for url in addresses)

    @classmethod
    @asynccontextmanager
    async def opened(cls, trusted: Iterable[URL]) -> AsyncIterator[Self]:
        """Open the fetcher; it is closed at the end."""
        fetcher = cls(trusted)
        try:
            yield fetcher
        finally:
            for session in (fetcher._near, fetcher._far, fetcher._strange):
                await session.close()

    async def fetch(
        self, address: str, into: Path, *, limit: int = MAX_PICTURE_BYTES, is_trusted: bool = False
    ) -> None:
        """Stream the bytes behind `address` into a file.

        Args:
            address: where they are.
            into: the file.
            limit: how many bytes to take at most.
            is_trusted: the relay or Discord gave the address, so that it may lead to a trusted origin; what a member
                named never does, and neither does any redirect behind it.

        Raises:
            PictureError: not an address we go to, not there, or more than `limit` bytes.
            OSError: it cannot be written here.
        """
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                await self._follow(URL(address), into, limit, is_trusted=is_trusted)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            if isinstance(exc, OSError) and exc.errno in _OWN_TROUBLE:
                raise
            logger.info("picture not fetched error=%s", type(exc).__name__)
            raise PictureError(_("The picture could not be downloaded. Please try again.")) from exc

    async def _follow(self, url: URL, into: Path, limit: int, *, is_trusted: bool) -> None:
        for _hop in range(MAX_REDIRECTS + 1):
            session = self._session_for(url, is_trusted=is_trusted)
            async with session.get(url, allow_redirects=False) as response:
                if response.status in _REDIRECTS:
                    url = url.join(URL(response.headers.get("Location", "")))
                    continue
                if response.status != 200:
                    raise aiohttp.ClientError(f"HTTP {response.status}")
                with into.open("wb") as file:
                    await _copy(response, file, limit)
                return
        raise aiohttp.ClientError("too many redirects")

    def _session_for(self, url: URL, *, is_trusted: bool) -> aiohttp.ClientSession:
        if is_trusted and url.is_absolute() and url.origin() in self._trusted:
            return self._near
        if url.scheme != "https" or not url.host or url.user or url.port != 443:
            raise ValueError("not a public https address")
        if _is_ip(url.host) and not is_public(url.host):  # literals never pass through the resolver
            raise ValueError("not a public address")
        return self._far if is_trusted else self._strange


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%", maxsplit=1)[0])
    except ValueError:
        return False
    return True


async def _copy(response: aiohttp.ClientResponse, file: IO[bytes], limit: int) -> None:
    """Write the body, stopping once it is larger than `limit`, whatever its header claims."""
    size = 0
    async for chunk in response.content.iter_chunked(65_536):
        size += len(chunk)
        if size > limit:
            raise aiohttp.ClientError("too large")
        file.write(chunk)
