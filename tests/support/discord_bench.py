"""A real Discord client, logged in at a loopback Discord over real sockets, and jobs whose cards stand there.

Time is the tests' own on both sides. There is no gateway: what is delivered needs REST alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord.http import Route
from typing_extensions import override

from bot.crypto import TokenCipher
from bot.domain.job import Actor, Job, JobStatus, Place, Reach, Token
from bot.ui.components.job_buttons import running_view
from sandbox.clock import SandboxClock
from sandbox.discord.model import Channel, Message, Overwrite
from sandbox.discord.permissions import Permission
from sandbox.discord.server import LoopbackDiscord
from sandbox.wire import Fault
from tests.support.makers import make_job, make_place
from tests.support.ports import ManualClock

COMMAND = {"name": "do", "description": "x", "integration_types": [0, 1], "contexts": [0, 1, 2]}
TOKEN_MINUTES = 15


class RestedClock(ManualClock):
    """A clock by which the last edit of any card is always long ago, so that no edit waits for its turn."""

    looks = 0

    @override
    def monotonic(self) -> float:
        self.looks += 1
        return 100.0 * self.looks


class _SameTime(SandboxClock):
    """The loopback's time, which is the tests' own."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    @override
    def now(self) -> float:
        return self._clock.now().timestamp()


@dataclass
class DiscordBench:
    """Both sides of the sockets."""

    loopback: LoopbackDiscord
    client: discord.Client
    clock: ManualClock
    cipher: TokenCipher

    @classmethod
    @asynccontextmanager
    async def serving(cls) -> AsyncIterator[Self]:
        """The bench, put away at the end."""
        clock = RestedClock()
        loopback = LoopbackDiscord(_SameTime(clock))
        await loopback.start()
        before, Route.BASE = Route.BASE, loopback.api_url
        client = discord.Client(intents=discord.Intents.none())
        try:
            await client.login(loopback.token)
            await client.http.bulk_upsert_global_commands(loopback.state.application_id, [COMMAND])
            loopback.wire.requests.clear()
            yield cls(loopback, client, clock, TokenCipher("a key of sixteen letters and more"))
        finally:
            await client.close()
            await loopback.stop()
            Route.BASE = before

    async def job(self, status: JobStatus, channel: str = "studio", *, user: str = "ana", **changes: Any) -> Job:
        """A job of a user's in a channel, with a living token; its card is the answer to the command.

        `may_post` and `upload_limit` are its place's; without `card_id` the bot never learnt of the card.
        """
        place = self.place(channel, **{key: changes.pop(key) for key in ("may_post", "upload_limit") if key in changes})
        interaction_id = await self.loopback.actor.slash(user, channel, "do", {})
        interaction = self.loopback.state.interactions[int(interaction_id)]
        token = Token(self.cipher.encrypt(interaction.token), self.clock.after(TOKEN_MINUTES * 60.0))
        known: dict[str, Any] = {"created_at": self.clock.now(), "actor": Actor(interaction.user_id)}
        job = make_job(status, **(known | {"place": place, "token": token} | changes))
        body = {"content": "Working", "components": running_view(job).to_components()}
        route = Route("POST", "/interactions/{id}/{secret}/callback", id=interaction.id, secret=interaction.token)
        await self.client.http.request(route, json={"type": 4, "data": body})
        self.loopback.wire.requests.clear()
        return job if "card_id" in changes else job.with_(card_id=interaction.original_id)

    def place(self, channel: str = "studio", **changes: Any) -> Place:
        """A channel as the bot's database has it; the bot may post there if it is no guest."""
        found = self.channel(channel)
        is_guest = not self.loopback.state.has_bot(found)
        reach = Reach.USER_INSTALL if is_guest else Reach.DM if found.guild_id is None else Reach.GUILD
        known = {"channel_id": found.id, "guild_id": found.guild_id, "reach": reach, "may_post": not is_guest}
        return make_place(**(known | changes))

    def channel(self, name: str) -> Channel:
        """A channel of the loopback, by its name."""
        found = self.loopback.state.channel(name)
        assert found is not None
        return found

    def messages(self, channel: str = "studio") -> list[Message]:
        """What stands in a channel, oldest first; nothing where there is no such channel (yet)."""
        found = self.loopback.state.channel(channel)
        return list(found.messages.values()) if found is not None else []

    def deny(self, *permissions: Permission, channel: str = "studio") -> None:
        """Take rights from the bot in a channel."""
        for permission in permissions:
            self.channel(channel).overwrites.append(
                Overwrite(self.loopback.state.bot.id, is_member=True, deny=permission)
            )

    def refuse(self, method: str, path: str, status: int, code: int = 0, *, times: int = 1_000) -> None:
        """Let Discord refuse calls, by a shell pattern on what follows the API's version in their path."""
        self.loopback.wire.faults.append(
            Fault(method, f"/api/v10{path}", times, status, body={"message": "refused", "code": code})
        )

    def cut(self, method: str, path: str) -> None:
        """Let connections break instead: what the library reports at once, while it repeats calls after a 5xx."""
        self.loopback.wire.faults.append(Fault(method, f"/api/v10{path}", 1_000, drop="before"))

    @property
    def calls(self) -> list[str]:
        """Methods and paths that were called since the job's card was posted, in order."""
        return [f"{one.method} {one.path.removeprefix('/api/v10')}" for one in self.loopback.wire.requests]
