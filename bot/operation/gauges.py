"""What `/metrics` tells of this very moment: read from the database, the lists and the gateway when somebody asks."""

import asyncio
import logging
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from bot import __version__
from bot.clock import Clock
from bot.domain.job import JobStatus
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.operation.relay_books import RelayBooks
from bot.storage.counts import IN_REVIEW, Counts, read_counts
from bot.storage.database import Database
from bot.storage.revisions import known

logger = logging.getLogger(__name__)

FRESH_S = 10.0  # real seconds for which what was read of database and disk serves all who ask
READ_LIMIT_S = 2.0  # real seconds; what a silent database told before is told on, with its age


@dataclass(frozen=True, slots=True)
class GatewayState:
    """The connections to Discord: by shard whether it is up, and its latency in seconds where it is known."""

    up: Mapping[int, bool] = field(default_factory=dict)
    latency_s: Mapping[int, float] = field(default_factory=dict)
    identifies_left: int | None = None
    invalid_lately: int = 0


class Gauges(Collector):
    """Nothing here waits while it is read by `collect`: what takes time is read before, by `refresh`."""

    def __init__(
        self,
        live: LiveJobs,
        moderation: Moderation,
        database: Database,
        data_dir: Path,
        gateway: Callable[[], GatewayState],
        clock: Clock,
        books: Sequence[RelayBooks] = (),
    ) -> None:
        self._live = live
        self._moderation = moderation
        self._database = database
        self._data_dir = data_dir
        self._gateway = gateway
        self._clock = clock
        self._books = books
        self._counts = Counts()
        self._disk_free_ratio: float | None = None
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Read database and disk anew, unless that was just done; whoever asks meanwhile waits for the same reading."""
        if self._clock.monotonic() < self._read_at + FRESH_S:
            return
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="gauges")
        await asyncio.wait([self._reading], timeout=READ_LIMIT_S)

    async def _read(self) -> None:
        try:
            usage = await asyncio.to_thread(shutil.disk_usage, self._data_dir)
            self._disk_free_ratio = usage.free / usage.total
            self._counts = await read_counts(self._database)
        except Exception as exc:  # noqa: BLE001 - whatever they have, what was read before is told, with its age
            logger.warning("gauges not read error=%s", type(exc).__name__)
        else:
            self._read_at = self._clock.monotonic()

    @override
    def collect(self) -> Iterator[Metric]:
        yield from self._of_database()
        yield from self._of_lists()
        yield from self._of_gateway()
        yield from self._of_relay()
        info = GaugeMetricFamily("easel_build_info", "Which Easel this is.", labels=["version", "schema"])
        info.add_metric([__version__, known()[0]], 1)
        yield info

    def _of_database(self) -> Iterator[Metric]:
        counts = self._counts
        jobs = GaugeMetricFamily("easel_jobs", "Jobs that are not over, of all processes.", labels=["status", "engine"])
        for (status, engine), count in counts.jobs.items():
            jobs.add_metric([status, engine], count)
        yield jobs
        for status in (JobStatus.UNCERTAIN, JobStatus.UNDELIVERABLE):
            yield _gauge(f"easel_{status}", f"Jobs that are {status}, of all processes.", counts.of(status))
        yield _gauge("easel_in_review", "Results that wait for a moderator, of all processes.", counts.of(IN_REVIEW))
        yield _gauge("easel_pictures_bytes", "Bytes of all kept pictures.", counts.picture_bytes)
        yield _gauge("easel_disk_free_ratio", "Free part of the disk of DATA_DIR, 0 to 1.", self._disk_free_ratio)
        age_s = self._clock.monotonic() - self._read_at
        told = "Age of what is told of database and disk."
        yield _gauge("easel_database_read_seconds_ago", told, age_s if math.isfinite(age_s) else None)

    def _of_lists(self) -> Iterator[Metric]:
        yield _gauge("easel_waiting", "Jobs in the queue of this process.", len(self._live.waiting))
        yield _gauge("easel_running", "Jobs of this process at relays.", len(self._live.running))
        yield _gauge("easel_queue_oldest_seconds", "Age of the oldest job there.", self._oldest_s())
        yield _gauge("easel_deliveries", "Results and ends that people are still owed.", len(self._live.deliveries))
        yield _gauge("easel_delivery_oldest_seconds", "Age of the oldest of them.", self._live.deliveries.oldest_s())
        told = "Engines that take nothing now at a relay, and why; the only relay has no name."
        hold = GaugeMetricFamily("easel_hold", told, labels=["engine", "wait", "relay"])
        for lane, wait in self._live.held.items():
            engine, _at, relay = lane.partition("@")
            hold.add_metric([engine, wait, relay], 1)
        yield hold
        left_s = self._database.processes.lease.left_s() if self._database.is_shared else None
        yield _gauge("easel_lease_left_seconds", "For how long this process owns its jobs.", left_s)

    def _oldest_s(self) -> float:
        """For how many seconds the first job of the queue has waited, of those that nobody paused."""
        now = self._clock.now()
        asked_at = (job.created_at for job in self._live.unpaused(self._moderation.is_paused))
        return max(0.0, (now - min(asked_at, default=now)).total_seconds())

    def _of_gateway(self) -> Iterator[Metric]:
        state = self._gateway()
        up = GaugeMetricFamily("easel_gateway_up", "Whether a shard of this process is connected.", labels=["shard"])
        latency = GaugeMetricFamily("easel_gateway_latency_seconds", "From heartbeat to its answer.", labels=["shard"])
        for shard, is_up in state.up.items():
            up.add_metric([str(shard)], is_up)
        for shard, latency_s in state.latency_s.items():
            latency.add_metric([str(shard)], latency_s)
        yield from (up, latency)
        told = "Sessions that Discord lets us start today, when it was last asked."
        yield _gauge("easel_identifies_left", told, state.identifies_left)
        told = "Answers 401, 403 and 429 of ten minutes; Discord shuts out whoever gets 10,000."
        yield _gauge("easel_discord_invalid_10m", told, state.invalid_lately)

    def _of_relay(self) -> Iterator[Metric]:
        left = GaugeMetricFamily("easel_relay_balance", "What the relay's key has left.", labels=["relay"])
        told = "By which part the relay charged too much on the last day that was compared."
        drift = GaugeMetricFamily("easel_relay_drift_ratio", told, labels=["relay"])
        for books in self._books:
            for family, value in ((left, books.left), (drift, books.drift)):
                if value is not None:
                    family.add_metric([books.relay], value)
        yield from (left, drift)


def _gauge(name: str, told: str, value: float | None) -> GaugeMetricFamily:
    """One value without labels; where it is not known the name alone is told."""
    return GaugeMetricFamily(name, told, value=value)
