"""Counts what Discord answers to our requests, and how soon interactions got their first answer."""

from collections import deque
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
import discord

from bot import metrics
from bot.clock import Clock

API = "/api/"
# Discord shuts out whoever got 10,000 of these in ten minutes, those of a limit that others share left out. Source:
# https://docs.discord.com/developers/topics/rate-limits ("Invalid Request Limit")
INVALID = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
INVALID_WINDOW_S = 600.0
INVALID_LIMIT = 10_000
TOLD_APART = INVALID | {HTTPStatus.NOT_FOUND}


class ResponseCounts:
    """Sees every answer to the library's requests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._invalid_at: deque[float] = deque(maxlen=INVALID_LIMIT)

    def watch(self, config: aiohttp.TraceConfig) -> None:
        """See the answers to a session's requests."""
        config.on_request_end.append(self._end)

    def invalid_lately(self) -> int:
        """Return how many answers of the last ten minutes count towards the limit at which Discord shuts us out."""
        oldest = self._clock.monotonic() - INVALID_WINDOW_S
        while self._invalid_at and self._invalid_at[0] < oldest:
            self._invalid_at.popleft()
        return len(self._invalid_at)

    async def _end(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        path, status = params.url.path, params.response.status
        if not path.startswith(API):
            return
        if status in INVALID and params.response.headers.get("X-RateLimit-Scope") != "shared":
            self._invalid_at.append(self._clock.monotonic())
        interaction_id = _answered_interaction(path)
        scope = "webhook" if "/webhooks/" in path else "bot" if interaction_id is None else "callback"
        metrics.discord_responses(_class_of(status), scope).inc()
        if interaction_id is not None:
            self._acknowledged(interaction_id, status)

    def _acknowledged(self, interaction_id: int, status: int) -> None:
        took_s = (self._clock.now() - discord.utils.snowflake_time(interaction_id)).total_seconds()
        if status < HTTPStatus.BAD_REQUEST:
            metrics.ACK_SECONDS.observe(max(0.0, took_s))
        if took_s > metrics.ACK_LIMIT_S:
            metrics.ACKS_LATE.inc()


def _answered_interaction(path: str) -> int | None:
    """Return the interaction that a path answers, as in /api/v10/interactions/ID/TOKEN/callback."""
    _before, _slash, after = path.partition("/interactions/")
    first = after.partition("/")[0]
    return int(first) if first.isdecimal() else None


def _class_of(status: int) -> str:
    return str(int(status)) if status in TOLD_APART else f"{status // 100}xx"
