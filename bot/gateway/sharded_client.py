"""The library's client with shards that come and go, each identifying in its turn."""

import asyncio
import logging
import math
from typing import Any

import aiohttp
from discord.gateway import DiscordWebSocket
from typing_extensions import override

from bot.clock import Clock
from bot.gateway.closing import close_reading
from bot.gateway.connection_state import SmallState
from bot.gateway.request_pace import RequestPace
from bot.gateway.response_counts import ResponseCounts
from bot.gateway.session_starts import APART_S, RESERVE, SessionStarts
from bot.gateway.shard_keeper import ShardKeeper
from bot.operation.gauges import GatewayState
from bot.settings.discord import DiscordSettings
from bot.storage.shards import Shards
from bot.ui.components.client import RoutedClient

logger = logging.getLogger(__name__)

KNOWN_FOR_S = 60.0  # real seconds that Discord's word about starts is good for
READY_LIMIT_S = 60.0


class ShardedClient(RoutedClient):
    """Opens the shards that its keeper wants, and none by itself; `prepare_shards` comes before `connect`."""

    keeper: ShardKeeper
    _connection: SmallState

    def __init__(self, settings: DiscordSettings, clock: Clock, **options: Any) -> None:
        """`options` are the library's."""
        trace = aiohttp.TraceConfig() if settings.is_proxied else RequestPace(clock, self._processes).trace()
        self._responses = ResponseCounts(clock)
        self._responses.watch(trace)
        options["http_trace"] = trace
        super().__init__(
            max_messages=None,
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.0,  # no servers follow
            **options,
        )
        self._settings = settings
        self._clock = clock

    async def prepare_shards(self, rows: Shards) -> None:
        """Find out how many shards there are, and whether they may be started.

        Raises:
            SessionStartsError: too few starts are left for today.
            discord.GatewayNotFound: Discord does not say.
        """
        starts = await SessionStarts.asked(self)
        ids = self._settings.shard_ids
        total = await rows.agree(self._settings.shard_count, starts.recommended_shards)
        starts.check(total if ids == "auto" else len(ids))
        self._rows, self._starts, self._asked_at = rows, starts, self._clock.monotonic()
        if self._settings.gateway_url is None:
            DiscordWebSocket.DEFAULT_GATEWAY = starts.gateway  # where the library goes when it begins anew
        self.shard_count = total
        self.keeper = ShardKeeper(rows, self, total, ids)

    def is_connected(self) -> bool:
        """Tell whether every shard that is ours has its connection; where none is, we stand by."""
        keeper = getattr(self, "keeper", None)
        return keeper is not None and keeper.is_whole() and self.shards_up() == sorted(keeper.held)

    def shards_up(self) -> list[int]:
        """Return the shards that are ours and connected."""
        shards = self.shards
        return sorted(one for one in self.keeper.held if one in shards and not shards[one].is_closed())

    def told_shards(self) -> dict[str, object]:
        """Return what `/healthz` tells: the shards that are ours, those of them that are up, and how many there are."""
        return {"total": self.keeper.total, "held": sorted(self.keeper.held), "up": self.shards_up()}

    def gateway_state(self) -> GatewayState:
        """Return what `/metrics` tells of the shards that are ours."""
        up = self.shards_up()
        latency_s = {one: self.shards[one].latency for one in up}
        return GatewayState(
            up={one: one in up for one in sorted(self.keeper.held)},
            latency_s={one: seconds for one, seconds in latency_s.items() if math.isfinite(seconds)},
            identifies_left=self._starts.remaining,
            invalid_lately=self._responses.invalid_lately(),
        )

    async def open_shard(self, shard_id: int) -> bool:
        """See `bot.gateway.shard_keeper.Opener`."""
        self._connection.shard_ids = [shard_id]
        ready = asyncio.create_task(
            self.wait_for("shard_ready", check=lambda one: one == shard_id, timeout=READY_LIMIT_S)
        )
        try:
            await self.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id)
            await ready
        except TimeoutError:
            logger.warning("shard not ready shard=%d", shard_id)
            return False
        finally:
            ready.cancel()
        return True

    async def close_shard(self, shard_id: int) -> None:
        """See `bot.gateway.shard_keeper.Opener`."""
        if (shard := self.get_shard(shard_id)) is not None:
            await close_reading(shard._parent)  # noqa: SLF001 - what it is about

    async def on_shard_ready(self, shard_id: int) -> None:
        """Say that it is there; it may come several times in one run."""
        logger.info("ready shard=%d guilds=%d", shard_id, self._connection.guild_counts.get(shard_id, 0))

    @override
    async def launch_shards(self) -> None:
        self._connection.shard_count = self.shard_count

    @override
    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        try:
            key = (shard_id or 0) % (await self._starts_now()).max_concurrency
            wait_s = await self._rows.identify_after_s(key, self._clock.real(APART_S))
        except Exception as exc:  # noqa: BLE001 - the library would end the process for it
            logger.warning("no turn to identify shard=%s error=%s", shard_id, type(exc).__name__)
            wait_s = self._clock.real(APART_S)
        await asyncio.sleep(wait_s)

    async def _starts_now(self) -> SessionStarts:
        """What Discord says about starts; where hardly any are left, this waits until there are more."""
        while True:
            if self._clock.monotonic() > self._asked_at + KNOWN_FOR_S or self._starts.remaining <= RESERVE:
                self._starts, self._asked_at = await SessionStarts.asked(self), self._clock.monotonic()
            if self._starts.remaining > RESERVE:
                return self._starts
            logger.error("no session is started for %d s: too few starts are left", self._starts.resets_in_s)
            await asyncio.sleep(self._starts.resets_in_s)

    def _processes(self) -> int:
        keeper = getattr(self, "keeper", None)
        return 1 if keeper is None else keeper.live_processes

    @override
    def _get_state(self, **options: Any) -> SmallState:
        return SmallState(dispatch=self.dispatch, handlers=self._handlers, hooks=self._hooks, http=self.http, **options)
