"""The background loop that lists what was kept, and brings into the bucket what it did not take at once."""

import logging

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Alerts, Level
from bot.errors import VaultError
from bot.language import _
from bot.pictures.stock import Stock

logger = logging.getLogger(__name__)

PAUSE_S = 60.0


class StockKeeper:
    """Lists what was kept, sends the bucket what waits for it, and deletes there what is to be gone.

    The owner hears of an outage, and of its end.
    """

    def __init__(self, stock: Stock, clock: Clock, alerts: Alerts, machine: str = "") -> None:
        """`machine` says which of several this is; empty where there is one."""
        self._stock = stock
        self._clock = clock
        self._alerts = alerts
        self._machine = machine

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.keep_once()
            await self._clock.sleep(self._clock.scale * PAUSE_S)

    async def keep_once(self) -> None:
        """Do what there is to be done."""
        try:
            await self._stock.catch_up()
        except VaultError as exc:
            sentence = _(
                "The bucket of PICTURES_URL takes no pictures right now. Results are still posted and wait in "
                "DATA_DIR; members' own pictures are refused. ({reason})",
                reason=exc.reason,
            )
            await self._alerts.alert_owner(Alert(AlertKind.BUCKET, Level.CRITICAL, sentence, self._machine))
        except Exception:  # tried again soon; what waits is on the disk
            logger.exception("stock not kept")
        else:
            await self._alerts.resolve_alert(AlertKind.BUCKET, self._machine)
