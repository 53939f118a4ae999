"""The calls of the acting API about the bot: how it is, what is done to it, and which process works on what."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from bot.errors import SettingsError
from sandbox.api_guard import PREFIX
from sandbox.bots import Bots
from sandbox.calls import BotCall, read
from sandbox.discord.errors import ActingError
from sandbox.discord.server import LoopbackDiscord
from sandbox.work import Part, Work, read_work

NO_BOT = "This sandbox was started without a bot of its own."
NO_SERVER = "The bot keeps its jobs in a file; only the work on a database server is shown."


class BotCalls:
    """The calls, over the bots of a sandbox, if it has any."""

    def __init__(self, discord: LoopbackDiscord, bots: Bots | None, database_url: str | None) -> None:
        self._discord = discord
        self._bots = bots
        self._database_url = database_url

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        return [
            web.get(f"{PREFIX}/bot", self.status),
            web.post(f"{PREFIX}/bot", self.steer),
            web.get(f"{PREFIX}/work", self.work),
        ]

    async def status(self, _: web.Request) -> web.Response:
        """Whether it is connected, and its processes; `process` is the first that runs, or the first of all."""
        processes = self._bots.status() if self._bots else []
        shown = next((one for one in processes if one["running"]), processes[0] if processes else None)
        connected = self._discord.bot_connected()
        return web.json_response({"connected": connected, "process": shown, "processes": processes})

    async def steer(self, request: web.Request) -> web.Response:
        call = await read(request, BotCall)
        if self._bots is None:
            raise ActingError(409, NO_BOT)
        await self._bots.steer(call.action, call.process)
        return await self.status(request)

    async def work(self, _: web.Request) -> web.Response:
        """Which process holds which shards and owns which jobs, by the database."""
        if self._bots is None:
            raise ActingError(409, NO_BOT)
        if self._database_url is None:
            raise ActingError(409, NO_SERVER)
        await self._bots.learn_ids()
        try:
            work = await read_work(self._database_url)
        except SettingsError as error:
            raise ActingError(503, str(error)) from error
        return web.json_response(shared_out(work, self._bots))


def shared_out(work: Work, bots: Bots) -> dict[str, Any]:
    """Say by the numbers of processes who works on what; what is left is of processes that nobody knows, or of none."""
    left = dict(work.parts)
    processes = []
    for number, bot in enumerate(bots.all, 1):
        parts = [left.pop(one) for one in bot.ids.values() if one in left]
        now = bot.ids.get(bot.process.pid or 0, "")
        processes.append({"number": number, "lease_s": work.leases.get(now, 0.0)} | together(parts))
    return {"processes": processes, "others": together(list(left.values()))}


def together(parts: Sequence[Part]) -> dict[str, Any]:
    """Return several parts as one."""
    return {
        "shards": [shard for part in parts for shard in part.shards],
        "jobs": [job for part in parts for job in part.jobs],
        "job_count": sum(part.job_count for part in parts),
    }
