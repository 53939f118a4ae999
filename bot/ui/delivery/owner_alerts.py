"""Alerts to the owner of the bot about what only the owner can mend, each once, and their end."""

import asyncio
import logging

from bot.domain.alerts import Alert, AlertKind, alert_key
from bot.operation.open_alerts import OpenAlerts, ToldAlert
from bot.ui.delivery.owner_messages import OwnerMessages
from bot.ui.text.alert_lines import alert_line, resolved_line

logger = logging.getLogger(__name__)

LOOK_S = 60.0  # real seconds between looks at what other processes have told, and at what nobody could be told


class OwnerAlerts:
    """A queue of alerts: whoever has one to tell waits neither for Discord nor for the database.

    A database that cannot say what was told is no reason to tell nothing: then each process tells once.
    """

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Alert | str] = asyncio.Queue()  # an alert, or the key of one that is over
        self._queued: set[str] = set()  # keys of alerts in the queue
        self._open: OpenAlerts | None = None  # None until the loop runs
        self._unkept: dict[str, ToldAlert] = {}  # told without the database, by their keys

    def put(self, alert: Alert) -> None:
        """Log an alert, and queue it for the owner, unless it is known already."""
        is_news = self._open is None or self._open.is_news(alert)
        if alert.key in self._queued or alert.key in self._unkept or not is_news:
            return
        logger.error("owner alert: %s", alert.sentence)
        self._queued.add(alert.key)
        self.waiting.put_nowait(alert)

    def resolve(self, kind: AlertKind, subject: str = "") -> None:
        """Queue the end of an alert, if it is open."""
        key = alert_key(kind, subject)
        is_open = self._open is not None and self._open.is_open(key)
        if is_open or key in self._queued or key in self._unkept:
            self.waiting.put_nowait(key)

    async def run(self, known: OpenAlerts, messages: OwnerMessages) -> None:
        """Tell one after another until cancelled."""
        self._open = known
        await self.look_once(known, messages)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(known, messages), name="alerts to tell")
            group.create_task(self._look_again(known, messages), name="alerts of others")

    async def _work(self, known: OpenAlerts, messages: OwnerMessages) -> None:
        while True:
            told = await self.waiting.get()
            try:
                if isinstance(told, Alert):
                    self._queued.discard(told.key)
                    await self._tell(told, known, messages)
                else:
                    await self._tell_end(told, known, messages)
            except Exception:  # an alert is never worth the process, and stands in the log
                logger.exception("alert not told")
            finally:
                self.waiting.task_done()

    async def _tell(self, alert: Alert, known: OpenAlerts, messages: OwnerMessages) -> None:
        text = alert.sentence.render(messages.language)
        try:
            claimed = await known.claim(alert, text)
        except Exception as exc:  # noqa: BLE001 - whatever the database has, the owner should know of the trouble
            logger.warning("alert not kept error=%s", type(exc).__name__)
            if alert.again_s is None:
                self._unkept[alert.key] = known.unclaimed(alert, text)
            await messages.send(alert_line(alert.level, text, messages.language), alert.level)
            return
        if claimed is not None:
            await self._send(claimed, known, messages)

    async def _send(self, claimed: ToldAlert, known: OpenAlerts, messages: OwnerMessages) -> None:
        if await messages.send(alert_line(claimed.level, claimed.text, messages.language), claimed.level):
            await known.note_told(claimed.key)

    async def _tell_end(self, key: str, known: OpenAlerts, messages: OwnerMessages) -> None:
        over = self._unkept.pop(key, None)
        try:
            over = await known.resolve(key) or over
        except Exception as exc:  # noqa: BLE001 - it is over all the same
            logger.warning("alert not closed error=%s", type(exc).__name__)
        if over is not None:
            await messages.send(resolved_line(over.text, over.since, messages.language), over.level)

    async def _look_again(self, known: OpenAlerts, messages: OwnerMessages) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look_once(known, messages)

    async def look_once(self, known: OpenAlerts, messages: OwnerMessages) -> None:
        """Learn what other processes told, and tell what nobody could be told before."""
        try:
            await known.load()
            for claimed in await known.claim_untold():
                await self._send(claimed, known, messages)
        except Exception as exc:  # noqa: BLE001 - as above; looked at again soon
            logger.warning("alerts not read error=%s", type(exc).__name__)
