"""The bots of a sandbox: one, or several processes on one database, each with a cable of its own to the server."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.bot_process import BotProcess
from sandbox.cable import HOST, Cable, End
from sandbox.discord.errors import ActingError

ANSWER_LIMIT_S = 1.0
LOOK_S = 0.1
NO_CABLE = "This bot keeps its jobs in a file; there is no cable to a database server that could be cut."


@dataclass(frozen=True, slots=True)
class Crew:
    """How many bots share a database, and how many shards of Discord.

    Args:
        processes: several need a server's database.
        shards: what Discord recommends.
        database_url: of a server; None for a file, or for a server of the sandbox's own where there are several bots.
        has_cables: whether each bot has a cable to the server that can be cut, which costs the sandbox some work.
    """

    processes: int = 1
    shards: int = 1
    database_url: str | None = None
    has_cables: bool = True


@dataclass
class Bot:
    """One of them: its process, the port of its web side, and its cable to the database server, if it has one."""

    process: BotProcess
    web_port: int
    cable: Cable | None = None
    ids: dict[int, str] = field(default_factory=dict)  # how the database calls it, by the process id of each life

    @property
    def answers(self) -> bool:
        """Whether it can be talked to."""
        return self.process.running and not self.process.is_frozen

    def status(self) -> dict[str, Any]:
        """What the page shows of it."""
        return self.process.status() | {"cut": self.cable is not None and self.cable.is_cut}

    async def ask_id(self, web: aiohttp.ClientSession) -> None:
        """Learn from it how the database calls it, if it says so."""
        pid = self.process.pid
        if pid is None or pid in self.ids or not self.answers:
            return
        try:
            async with web.get(f"http://{HOST}:{self.web_port}/healthz") as response:
                self.ids[pid] = (await response.json())["id"]
        except (aiohttp.ClientError, TimeoutError):
            return  # it is about to be there, or about to be gone

    async def steer(self, action: str) -> None:
        """Do one of the things that can be done to it; `kill`, `stop`, `start`, `freeze`, `thaw`, `cut` or `mend`.

        Raises:
            ActingError: it has no cable.
        """
        match action:
            case "kill":
                await self.process.kill()
            case "stop":
                await self.process.terminate()
            case "start":
                await self.process.start()
            case "restart":
                await self.process.restart()
            case "freeze":
                self.process.freeze()
            case "thaw":
                self.process.thaw()
            case "cut" | "mend":
                if self.cable is None:
                    raise ActingError(409, NO_CABLE)
                (self.cable.cut if action == "cut" else self.cable.mend)()


class Bots:
    """All of them, by their numbers from 1 on."""

    def __init__(self) -> None:
        self.all: list[Bot] = []
        self._turns = itertools.count()

    def add(self, bot: Bot) -> None:
        """Take one in; it gets the next number."""
        self.all.append(bot)
        bot.process.number = len(self.all)

    def status(self) -> list[dict[str, Any]]:
        """What the page shows of each."""
        return [bot.status() for bot in self.all]

    async def start(self) -> None:
        """Start those that do not run."""
        await asyncio.gather(*(bot.process.start() for bot in self.all))

    async def terminate(self) -> None:
        """End all in order, whatever holds them up."""
        for bot in self.all:
            if bot.cable is not None:
                bot.cable.mend()
        await asyncio.gather(*(bot.process.terminate() for bot in self.all))

    async def steer(self, action: str, number: int | None) -> None:
        """Do something to the bot of a number, or to all of them; a restart of all goes one after the other.

        Raises:
            ActingError: there is none of that number, or it cannot be done to it.
        """
        if number is not None and not 1 <= number <= len(self.all):
            raise ActingError(404, f"There is no process {number}; there are {len(self.all)}.")
        chosen = self.all if number is None else [self.all[number - 1]]
        await self.learn_ids()
        if action == "restart":
            for bot in chosen:
                await bot.steer(action)
        else:
            await asyncio.gather(*(bot.steer(action) for bot in chosen))

    async def learn_ids(self) -> None:
        """Find out how the database calls each of them, as far as they answer."""
        if len(self.all) > 1:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ANSWER_LIMIT_S)) as web:
                await asyncio.gather(*(bot.ask_id(web) for bot in self.all))

    async def wait_all_answer(self) -> None:
        """Wait until all of several answer, as none of them is needed for a command to be answered."""
        while len(self.all) > 1 and not all(bot.process.pid in bot.ids for bot in self.all):
            await self.learn_ids()
            await asyncio.sleep(LOOK_S)

    async def wait_any_ended(self) -> BotProcess:
        """Wait until one of them has ended; returns it."""
        waits = [asyncio.create_task(bot.process.wait_ended(), name="wait-ended") for bot in self.all]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return next(bot.process for bot, wait in zip(self.all, waits, strict=True) if wait.done())
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def web_side(self) -> End:
        """Connect to the web side of whose turn it is among those that answer, as a proxy in front of them would.

        Raises:
            ConnectionError: none of them does.
        """
        for _try in self.all:
            bot = self.all[next(self._turns) % len(self.all)]
            if bot.answers:
                try:
                    return await asyncio.open_connection(HOST, bot.web_port)
                except OSError:
                    continue
        raise ConnectionRefusedError
