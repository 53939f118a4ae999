"""How many sessions a bot may start: so many a day, and one in five seconds for each of its keys.

Sources: https://docs.discord.com/developers/events/gateway ("Session Start Limit Object", "Max Concurrency",
"Identifying", "Rate Limiting", "Sharding"); that a refused identify counts all the same: discord/discord-api-docs#1328.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.clock import SandboxClock
from sandbox.discord.model import Payload

DAY_S = 24 * 60 * 60.0
WINDOW_S = 5.0
MOST_GUILDS = 2_500  # of one shard


class Start(NamedTuple):
    """An identify: for which shard of how many, and whether it came when its key was free."""

    shard: int
    total: int
    is_taken: bool


@dataclass
class SessionStarts:
    """The ledger of identifies, and the limits on them; times are simulated ones.

    `window_s` is 0 unless a test asks for Discord's own, so that a bot that is started anew need not wait.
    """

    clock: SandboxClock
    total: int = 1000
    max_concurrency: int = 1
    recommended: int = 1  # shards, however few servers there are
    window_s: float = 0.0
    log: list[Start] = field(default_factory=list)
    used: int = 0
    _since: float | None = None
    _last: dict[int, float] = field(default_factory=dict)  # by key

    @property
    def remaining(self) -> int:
        """How many starts are left until the limit resets."""
        return max(0, self.total - self.used)

    @property
    def refused(self) -> list[Start]:
        """The identifies that came too early."""
        return [start for start in self.log if not start.is_taken]

    def take(self, shard: int, total: int) -> bool:
        """Count an identify; False if another one of its key came less than the window before."""
        self._turn_day()
        now, key = self.clock.now(), shard % self.max_concurrency
        last = self._last.get(key)
        is_taken = last is None or self.clock.elapsed(last) >= self.window_s
        self.used += 1
        if is_taken:
            self._last[key] = now
        self.log.append(Start(shard, total, is_taken))
        return is_taken

    def told(self, guilds: int, url: str) -> Payload:
        """What `GET /gateway/bot` answers, for a bot in so many servers."""
        self._turn_day()
        left_s = DAY_S if self._since is None else DAY_S - self.clock.elapsed(self._since)
        return {
            "url": url,
            "shards": max(self.recommended, math.ceil(guilds / MOST_GUILDS)),
            "session_start_limit": {
                "total": self.total,
                "remaining": self.remaining,
                "reset_after": max(0, round(left_s * 1000)),
                "max_concurrency": self.max_concurrency,
            },
        }

    def _turn_day(self) -> None:
        if self._since is None or self.clock.elapsed(self._since) >= DAY_S:
            self._since, self.used = self.clock.now(), 0
