"""Settings that are read again while the bot runs: what can, holds from then on; what is wrong changes nothing.

Of several processes each reads its own: one that was asked tells the others, who say in their logs what came of it.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence

from bot.clock import wait_at_most
from bot.errors import SettingsError
from bot.jobs.moderation import NOBODY
from bot.relay.registry import known
from bot.settings import Change, LiveSettings, Settings, changes, holding_now
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.jobs import JobStore
from bot.storage.notifications import Changed

logger = logging.getLogger(__name__)

NOTE = "settings:reload"  # another value each time that somebody asked for it
LOOK_S = 5.0  # real seconds, should an announcement not arrive

Apply = Callable[[Settings], Awaitable[None]]


class Reloading:
    """Reads the settings again, and hands them to whoever has made something of them."""

    def __init__(self, settings: LiveSettings, load: Callable[[], Settings], store: JobStore) -> None:
        """`settings` are what everybody keeps; `load` reads what the owner has written by now."""
        self._settings = settings
        self._load = load
        self._store = store
        self._parts: list[Apply] = []
        self._turn = asyncio.Lock()
        self._is_due = asyncio.Event()
        self._is_asked = False
        self._seen: str | None = None
        store.database.notifications.subscribe(Changed.NOTE, self._on_note)

    def subscribe(self, *parts: Apply) -> None:
        """Call these, in this order, with settings of which something has changed."""
        self._parts += parts

    def ask(self) -> None:
        """Have it done here and at all other processes, soon: for a signal, which cannot wait."""
        self._is_asked = True
        self._is_due.set()

    async def reload(self) -> Sequence[Change]:
        """Read the settings of this process again; returns what is not as it was, and whether it waits for a start.

        Raises:
            SettingsError: something is missing or wrong, in one line each; nothing is changed.
        """
        async with self._turn:
            new = await asyncio.to_thread(self._load)
            known(new)
            found = changes(self._settings, new)
            if any(not change.waits_for_start for change in found):
                self._settings.take(holding_now(self._settings, new))
                for apply in self._parts:
                    await self._hand_to(apply)
        for change in found:
            logger.info("setting changed name=%s waits_for_start=%s", change.name, change.waits_for_start)
        return found

    async def reload_everywhere(self, by: int = NOBODY) -> Sequence[Change]:
        """Do the same here, write it down, and let all other processes do it; raises as `reload` does."""
        found = await self.reload()
        self._seen = secrets.token_hex(8)
        act = Act(by, None, ActKind.RELOAD, "", "\n".join(_told(found, 0)), "\n".join(_told(found, 1)))
        await self._store.notes.set(NOTE, self._seen, audit_line(act))
        return found

    async def run(self) -> None:
        """Reload whenever that is asked for here or elsewhere, until cancelled."""
        # Where others work, too, they may have been asked after we read our settings, as we started.
        if self._store.database.processes.is_alone:
            self._seen = await self._last_asked()
        while True:
            await wait_at_most(self._is_due, LOOK_S)
            self._is_due.clear()
            try:
                await self.look_once()
            except SettingsError as exc:
                for line in str(exc).splitlines():
                    logger.error("settings stay as they are: %s", line)  # noqa: TRY400 - nothing of ours went wrong
            except Exception:
                logger.exception("settings not read again")

    async def look_once(self) -> None:
        """Reload if somebody has asked for it; raises as `reload` does."""
        if self._is_asked:
            self._is_asked = False
            await self.reload_everywhere()
        elif not self._store.database.processes.is_alone and (asked := await self._last_asked()) != self._seen:
            self._seen = asked
            await self.reload()

    async def _last_asked(self) -> str | None:
        self._store.notes.forget(NOTE)
        return await self._store.notes.get(NOTE)

    async def _hand_to(self, apply: Apply) -> None:
        try:
            await apply(self._settings)
        except Exception:  # the others go on with what holds now
            logger.exception("settings not applied everywhere")

    def _on_note(self, name: str | None) -> None:
        if name in (None, NOTE):
            self._is_due.set()


def _told(found: Sequence[Change], which: int) -> list[str]:
    """The changes as the audit has them before (0) and after (1)."""
    return [f"{change.name}={(change.before, change.after)[which]}" for change in found]
