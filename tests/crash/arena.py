"""Where the bot dies: a sandbox whose bot runs through the launcher, and people who go on asking for things."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.discord.acting import ActingError
from tests.crash.judge import rows, unsettled
from tests.e2e.studio import CAT, ROOMY, Message, Studio, custom_id
from tests.makers import picture

LAUNCHER = (sys.executable, "-m", "tests.crash.launcher")
KINDS = ("imagine", "action", "modal", "describe")
SPEED = 90.0
SETTLE_LIMIT_S = 120.0
LOOK_S = 0.1
DIALOG_LIMIT_S = 3.0
PAINTED_SEED = 7  # one seed for all, so that every picture is painted once and time goes into what is tested


class Arena:
    """Asks for jobs of every kind, kills and starts the bot, and waits until everything has settled."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.sandbox = studio.sandbox
        self.database = studio.sandbox.data / "easel.db"
        self._grid: Message
        self._single: Message
        self._image = ""

    async def prepare(self) -> None:
        """Make what follow-ups are pressed on."""
        self._image = self.studio.upload("meadow.png", picture((96, 64), colour="green"))
        self._grid = await self.studio.result(await self.studio.imagine(CAT))
        self._single = await self.studio.result(await self.studio.follow_up(self._grid, "U1"))

    async def ask(self, kind: str, user: str = "ana") -> None:
        """Do what starts a job of this kind; a bot that is dead, or dies meanwhile, leaves it undone."""
        actor = self.studio.actor
        with contextlib.suppress(ActingError):
            match kind:
                case "imagine":
                    await actor.slash(user, "studio", "imagine", {"prompt": CAT})
                case "describe":
                    await actor.slash(user, "studio", "describe", {"image": self._upload_for(user)})
                case "action":
                    await actor.click(user, self._grid["id"], custom_id(self._grid, "V1"))
                case "modal":
                    await self._zoom(user)
                case _:
                    raise ValueError(kind)

    def _upload_for(self, user: str) -> str:
        return self.studio.actor.upload(user, "meadow.png", picture((96, 64), colour="green"))

    async def _zoom(self, user: str) -> None:
        actor = self.studio.actor
        opener = await actor.click(user, self._single["id"], custom_id(self._single, "Custom Zoom"))
        with contextlib.suppress(AssertionError):
            await self.studio.eventually(lambda: actor.interaction(opener)["modal"], "the dialog", DIALOG_LIMIT_S)
            await actor.modal(user, opener, {"prompt": f"{CAT} --zoom 1.5"})

    async def start(self, *, die_at: int | None = None, of: str = "*", count_from: str = "signal") -> None:
        """Start the bot, with a point to die at if there is one, and wait until it is connected or dead."""
        number = "" if die_at is None else str(die_at)
        self.studio.bot.environment |= {"CRASH_AT": number, "CRASH_POINTS": of, "CRASH_FROM": count_from}
        await self.studio.bot.start()
        discord = self.sandbox.discord
        await self.studio.eventually(lambda: discord.bot_connected() or not self.studio.bot.running, "a bot", 30.0)

    def jobs(self) -> int:
        """How many jobs there are."""
        return int(rows(self.database, "SELECT count(*) AS jobs FROM jobs")[0]["jobs"])

    def begin_counting(self) -> None:
        """Let a bot that counts from a signal begin."""
        pid = self.studio.bot.pid
        if self.studio.bot.running and pid is not None:
            os.kill(pid, signal.SIGUSR1)

    async def kill(self) -> None:
        """End the bot at once."""
        await self.studio.bot.kill()
        await self.cleared()

    async def cleared(self) -> None:
        """Return once Discord has noticed that the bot is dead."""
        await self.studio.eventually(lambda: not self.sandbox.discord.bot_connected(), "the bot disconnected")

    async def revive(self) -> None:
        """Start the bot as often as it dies, until everything has settled."""
        while not self.studio.bot.running or not await self.settle():
            await self.cleared()
            await self.start()

    async def settle(self) -> bool:
        """Wait until nothing is left to do, or the bot has died; True when everything has settled.

        Interactions on their way count as something to do: their jobs may not be in the database yet.
        """

        deadline = time.monotonic() + SETTLE_LIMIT_S
        while self.studio.bot.running and (self._is_asked() or unsettled(self.database)):
            assert time.monotonic() < deadline, f"not settled: {unsettled(self.database)}\n{self.studio.log()[-3000:]}"
            await asyncio.sleep(LOOK_S)
        return self.studio.bot.running

    def _is_asked(self) -> bool:
        return any(one.state == "pending" for one in self.sandbox.discord.state.interactions.values())


@asynccontextmanager
async def open_arena(data: Path, *, speed: float = SPEED, offers_task_list: bool = False) -> AsyncIterator[Arena]:
    """A sandbox with the bot in the launcher, and something to press buttons on."""
    async with Sandbox(speed=speed, data=data, env=ROOMY, bot_command=LAUNCHER) as sandbox:
        assert sandbox.relay is not None
        sandbox.relay.offers_task_list = offers_task_list
        sandbox.relay._studio.fresh_seed = lambda: PAINTED_SEED  # type: ignore[method-assign]
        await sandbox.wait_ready()
        arena = Arena(Studio(sandbox))
        await arena.prepare()
        yield arena
