"""What systemd hears of us: that we are ready, alive and stopping; nothing where nobody listens.

Source: sd_notify(3). A process whose event loop stands still says nothing, so that it is restarted.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

logger = logging.getLogger(__name__)

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Whoever started us and watches over us.

    Args:
        address: its socket; "" where nobody listens. One that begins with "@" is no file.
        watchdog_s: real seconds of silence after which it takes us for dead; None where it does not watch.
    """

    address: str = ""
    watchdog_s: float | None = None

    def tell(self, word: str) -> None:
        """Tell it; where it is gone, that is its own trouble."""
        if not self.address:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)  # noqa: FBT003 - it takes no other
                sender.sendto(word.encode(), name)
        except OSError as exc:
            logger.warning("service manager not told word=%s reason=%s", word, exc.strerror)

    async def keep_telling(self) -> None:
        """Tell it twice in each of its periods that the event loop turns, until cancelled."""
        while self.watchdog_s is not None:
            self.tell(ALIVE)
            await asyncio.sleep(self.watchdog_s / 2)


@asynccontextmanager
async def supervised(manager: ServiceManager) -> AsyncIterator[None]:
    """Be ready from now on, alive until the end, and then stopping, when it watches no longer."""
    manager.tell(READY)
    telling = asyncio.create_task(manager.keep_telling(), name="watchdog")
    try:
        yield
    finally:
        manager.tell(STOPPING)
        telling.cancel()
        await asyncio.wait([telling])
