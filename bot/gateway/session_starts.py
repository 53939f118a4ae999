"""How many sessions Discord lets a bot start: a day's budget, and turns by the shards' keys."""

from dataclasses import dataclass
from typing import Self

import discord
from yarl import URL

from bot.errors import SessionStartsError

RESERVE = 50  # starts that are never used: at none left Discord ends all sessions and takes the token away
APART_S = 5.5  # between two of one key; Discord asks for 5


@dataclass(frozen=True, slots=True)
class SessionStarts:
    """What `GET /gateway/bot` says, which changes with the bot's servers and with each start.

    Source: https://docs.discord.com/developers/events/gateway ("Get Gateway Bot", "Session Start Limit Object").
    """

    gateway: URL
    recommended_shards: int
    remaining: int
    resets_in_s: float
    max_concurrency: int

    @classmethod
    async def asked(cls, client: discord.Client) -> Self:
        """Ask Discord.

        Raises:
            discord.GatewayNotFound, aiohttp.ClientError, TimeoutError: there is no answer.
        """
        shards, url, limit = await client.http.get_bot_gateway()
        return cls(
            gateway=URL(url),
            recommended_shards=shards,
            remaining=limit["remaining"],
            resets_in_s=limit["reset_after"] / 1000,
            max_concurrency=max(1, limit["max_concurrency"]),
        )

    def check(self, shards: int) -> None:
        """Refuse to start so many shards where they would use up what is left for today.

        Raises:
            SessionStartsError: too few starts are left.
        """
        if self.remaining < shards + RESERVE:
            raise SessionStartsError(
                f"Discord lets this bot start only {self.remaining} more sessions in the next"
                f" {self.resets_in_s / 3600:.1f} hours, and takes its token away when they are used up;"
                f" Easel needs {shards}, and keeps {RESERVE}. Please find out what starts it so often, and wait."
            )
