"""Looks once a minute at what nobody else notices: jobs that may be paid, queues, the disk, Discord, the database.

The limits are those of `deploy/prometheus/rules.yml`; whoever has Prometheus hears of the same there.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Alerts, Level
from bot.domain.job import JobStatus, Wait
from bot.jobs.inputs import Inputs
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.language import _, ngettext
from bot.storage.counts import read_counts, read_oldest_waiting
from bot.storage.database import Database

logger = logging.getLogger(__name__)

LOOK_S = 60.0
UNCERTAIN_FOR_S = 15 * 60.0
QUEUE_FOR_S = 30 * 60.0
AWAY_FOR_S = 5 * 60.0  # Discord's gateway, or a relay
SILENT_FOR_S = 2 * 60.0  # the database
READ_LIMIT_S = 10.0  # real seconds
AGAIN_S = 3600.0  # between two words about results that could not be posted

ShardsUp = Callable[[], Mapping[int, bool]]  # by shard of this process


class Watch:
    """Raises an alert once a trouble has lasted, and resolves it. Each process looks; alerts are told once."""

    def __init__(
        self,
        database: Database,
        live: LiveJobs,
        moderation: Moderation,
        inputs: Inputs,
        shards_up: ShardsUp,
        alerts: Alerts,
        clock: Clock,
    ) -> None:
        self._database = database
        self._live = live
        self._moderation = moderation
        self._inputs = inputs
        self._shards_up = shards_up
        self._alerts = alerts
        self._clock = clock
        self._since: dict[str, datetime] = {}  # when each trouble was seen first
        self._undeliverable: int | None = None  # how many there were at the last look

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.look_once()
            except Exception:  # looked at again in a minute
                logger.exception("not watched")
            await self._clock.sleep(LOOK_S)

    async def look_once(self) -> None:
        """Look at everything."""
        await self._look_at_discord()
        await self._look_at_relays()
        await self._inputs.is_low()
        await self._look_at_database()

    def _lasts(self, name: str, *, is_so: bool, for_s: float) -> bool:
        """Tell whether a trouble has been there at each look for so many seconds."""
        if not is_so:
            self._since.pop(name, None)
            return False
        return self._clock.elapsed_s(self._since.setdefault(name, self._clock.now())) >= for_s

    async def _look_at_discord(self) -> None:
        up = self._shards_up()
        if self._lasts("gateway", is_so=bool(up) and not any(up.values()), for_s=AWAY_FOR_S):
            sentence = _(
                "There has been no connection to Discord's gateway for {minutes} minutes, so nobody's commands arrive."
                " Look at Discord's status page; a restart mends nothing, and costs sessions.",
                minutes=round(AWAY_FOR_S / 60),
            )
            await self._alerts.alert_owner(Alert(AlertKind.GATEWAY, Level.CRITICAL, sentence, str(min(up))))
        for shard, is_up in up.items():  # whoever holds it now: another one may have told of it
            if is_up:
                await self._alerts.resolve_alert(AlertKind.GATEWAY, str(shard))

    async def _look_at_relays(self) -> None:
        """Those that take nothing since they cannot be reached; the first job that one takes resolves it."""
        away = [engine for engine, wait in self._live.held.items() if wait is Wait.UNREACHABLE]
        for engine in {*away, *self._engines_seen()}:
            if self._lasts(f"relay:{engine}", is_so=engine in away, for_s=AWAY_FOR_S):
                sentence = _(
                    "The relay for {engine} has not been reached for {minutes} minutes. Jobs wait and go on by"
                    " themselves.",
                    engine=engine,
                    minutes=round(AWAY_FOR_S / 60),
                )
                await self._alerts.alert_owner(Alert(AlertKind.UNREACHABLE, Level.CRITICAL, sentence, engine))

    def _engines_seen(self) -> Iterable[str]:
        return [name.removeprefix("relay:") for name in self._since if name.startswith("relay:")]

    async def _look_at_database(self) -> None:
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                counts = await read_counts(self._database)
                oldest = await read_oldest_waiting(self._database, self._moderation.paused)
        except Exception as exc:  # noqa: BLE001 - whatever it has, it is silent
            logger.warning("database not watched error=%s", type(exc).__name__)
            await self._on_silence()
            return
        self._since.pop("database", None)
        await self._alerts.resolve_alert(AlertKind.DATABASE, self._database.machine)
        by_status = {
            status: sum(count for (one, _engine), count in counts.jobs.items() if one is status)
            for status in (JobStatus.UNCERTAIN, JobStatus.UNDELIVERABLE)
        }
        await self._look_at_uncertain(by_status[JobStatus.UNCERTAIN])
        await self._look_at_undeliverable(by_status[JobStatus.UNDELIVERABLE])
        await self._look_at_queue(oldest)

    async def _on_silence(self) -> None:
        if self._lasts("database", is_so=True, for_s=SILENT_FOR_S):
            sentence = _(
                "The database has not answered for {minutes} minutes, so nothing new starts. Look at its own log, and"
                " at the disk.",
                minutes=round(SILENT_FOR_S / 60),
            )
            await self._alerts.alert_owner(Alert(AlertKind.DATABASE, Level.CRITICAL, sentence, self._database.machine))

    async def _look_at_uncertain(self, count: int) -> None:
        if self._lasts("uncertain", is_so=count > 0, for_s=UNCERTAIN_FOR_S):
            sentence = ngettext(
                "{count} job may have been paid for, and nobody knows: its author is asked what to do. Compare with the"
                " relay's bill.",
                "{count} jobs may have been paid for, and nobody knows: their authors are asked what to do. Compare"
                " with the relay's bill.",
                count=count,
            )
            await self._alerts.alert_owner(Alert(AlertKind.UNCERTAIN, Level.CRITICAL, sentence))
        if not count:
            await self._alerts.resolve_alert(AlertKind.UNCERTAIN)

    async def _look_at_undeliverable(self, count: int) -> None:
        more = count - (count if self._undeliverable is None else self._undeliverable)
        self._undeliverable = count
        if more > 0:
            sentence = ngettext(
                "{count} result that was paid for could not be posted anywhere; its author sees it in /jobs. A channel"
                " or its rights may be gone.",
                "{count} results that were paid for could not be posted anywhere; their authors see them in /jobs. A"
                " channel or its rights may be gone.",
                count=more,
            )
            await self._alerts.alert_owner(Alert(AlertKind.UNDELIVERABLE, Level.WARNING, sentence, again_s=AGAIN_S))

    async def _look_at_queue(self, oldest: datetime | None) -> None:
        if oldest is not None and self._clock.elapsed_s(oldest) >= QUEUE_FOR_S:
            sentence = _(
                "A job has waited for {minutes} minutes to be sent. More is asked for than MAX_RUNNING lets through, or"
                " an engine takes nothing.",
                minutes=round(QUEUE_FOR_S / 60),
            )
            await self._alerts.alert_owner(Alert(AlertKind.QUEUE, Level.WARNING, sentence))
        else:
            await self._alerts.resolve_alert(AlertKind.QUEUE)
