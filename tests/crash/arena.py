"""Where the bot dies: a sandbox whose bot runs through the launcher, and people who go on asking for things."""

import asyncio
import contextlib
import itertools
import json
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.app import Sandbox
from sandbox.discord.acting import ActingError
from sandbox.discord.components import walk
from sandbox.driver import custom_id
from sandbox.message_view import Message, buttons
from sandbox.wire import moment
from tests.crash import launcher
from tests.crash.judge import Ledgers, Verdict, judge, unbalanced, unsettled
from tests.crash.launcher import Plan, trace_of
from tests.e2e.gestures import reading
from tests.e2e.studio import CAT, ROOMY, Studio, ordered
from tests.support.empty_database import furnish
from tests.support.forks import ForkedBot
from tests.support.makers import picture
from tests.support.postgres import database_settings
from tests.support.rows import database_of, rows

KINDS = ("imagine", "action", "modal", "describe", "draw", "film", "edit", "batch")
CROWD_KINDS = (*KINDS, "pick")  # of a crowd's jobs
SPEED = 90.0
START_LIMIT_S = 120.0
SETTLE_LIMIT_S = 120.0
LOOK_S = 0.1
QUIET_LOOKS = 2  # a bot may still be about to die after its last commit
MODAL_LIMIT_S = 3.0
CANCEL, AGAIN, DROP = "easel:cancel:", "easel:again:", "easel:drop:"
UNKNOWN_ACTION = {"code": 4, "description": "unknown_action ", "type": "upstream_error"}
MEADOW = picture((96, 64), colour="green")
LINES = f"prompt,repeat\n{CAT},2\n{CAT} --no dogs,1\n".encode()
START_BATCH = "easel:startbatch:"


class Arena:
    """Asks for jobs of every kind, kills and starts the bot, and waits until everything has settled."""

    def __init__(self, studio: Studio, bot: ForkedBot) -> None:
        self.studio = studio
        self.bot = bot
        self.sandbox = studio.sandbox
        self.database = database_of(studio.sandbox)
        self._grid: Message
        self._single: Message
        self._described: Message
        self._foxes = itertools.count(1)
        self.stops: dict[str, float] = {}  # when authors were told that their jobs are stopped
        self.opened_at = time.monotonic()
        self.starts = 0
        self._started_at = 0.0
        self._plan = plan_of(studio.sandbox.data)

    async def prepare(self) -> None:
        """Make what follow-ups are pressed on."""
        self._grid = await self.studio.result(await self.studio.imagine(CAT))
        self._single = await self.studio.result(await self.studio.follow_up(self._grid, "U1"))
        upload = self._upload_for("ana")
        asked = ordered(await self.studio.slash("describe", {"image": upload}), "ana", "studio")
        self._described = await reading(self.studio, asked)

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
                case "draw":  # a gateway that answers with a task; each prompt is its own, as such a task knows no job
                    prompt = f"fox {next(self._foxes)} --sandbox-pending"
                    await actor.slash(user, "studio", "draw", {"prompt": prompt, "model": "nano-banana"})
                case "film":
                    upload = self._upload_for(user)
                    await actor.slash(user, "studio", "animate", {"prompt": "waves", "picture": upload, "films": 1})
                case "edit":
                    upload = self._upload_for(user)
                    await actor.slash(user, "studio", "edit", {"prompt": "a storm", "picture": upload})
                case "batch":
                    await self._batch(user)
                case "pick":
                    await self._pick(user)
                case "failing":
                    await actor.slash(user, "studio", "imagine", {"prompt": f"{CAT} --sandbox-fail"})
                case _:
                    raise ValueError(kind)

    async def stop(self, user: str) -> None:
        """Press Cancel on the newest card of a user, if one is running, and note when the answer came."""
        pressed = await self._press(user, CANCEL)
        if pressed is None:
            return
        opener, job_id = pressed
        with contextlib.suppress(ActingError, AssertionError):
            answer = await self.studio.answer(opener)
            if answer["content"].startswith("Stopped"):
                self.stops.setdefault(job_id, time.time())

    async def decide(self, user: str, chance: random.Random) -> None:
        """Press *Send again* or *Drop* on a user's newest card of unknown outcome, if there is one."""
        await self._press(user, chance.choice((AGAIN, AGAIN, DROP)), "(Unknown outcome)")

    async def _press(self, user: str, button: str, words: str = "") -> tuple[str, str] | None:
        """Press a button on a user's newest card that has it; returns the interaction's and the job's id."""
        state = self.sandbox.discord.state
        asker, place = state.user(user), state.channel("studio")
        assert asker is not None
        assert place is not None
        for message in reversed(place.messages.values()):
            found = [part["custom_id"] for part in walk(message.components) if button in part.get("custom_id", "")]
            if found and words in message.content and f"<@{asker.id}>" in message.content:
                with contextlib.suppress(ActingError):
                    opener = await self.studio.actor.click(user, str(message.id), found[0])
                    return opener, found[0].split(":")[2]
                return None
        return None

    async def _pick(self, user: str) -> None:
        """Imagine one of the described prompts at a relay that does not take its pick."""
        actor = self.studio.actor
        opener = await actor.click(user, self._described["id"], custom_id(self._described, "1️⃣"))
        with contextlib.suppress(AssertionError):
            await self.studio.eventually(lambda: actor.interaction(opener)["modal"], "the modal", MODAL_LIMIT_S)
            self.studio.relay_fault("POST", "/mj/submit/action", status=400, body=UNKNOWN_ACTION)
            await actor.modal(user, opener, {"prompt": CAT})

    async def _batch(self, user: str) -> None:
        """Send a file of two lines, three jobs in all, and start them."""
        actor = self.studio.actor
        upload = actor.upload(user, "lines.csv", LINES)
        opener = await actor.slash(user, "studio", "batch", {"file": upload})

        def question() -> Message | None:
            message_id = actor.interaction(opener)["message_id"]
            asked = self.studio.message(str(message_id), "studio", user) if message_id else None
            return asked if asked is not None and any(map(_starts, buttons(asked))) else None

        with contextlib.suppress(AssertionError):
            asked = await self.studio.eventually(question, "the question", MODAL_LIMIT_S)
            start = next(filter(_starts, buttons(asked)))
            await actor.click(user, asked["id"], start["custom_id"])

    def lose_an_answer(self) -> None:
        """Let the relay take and charge the next submit, and nobody hear of it."""
        self.studio.relay_fault("POST", "/mj/submit/imagine", drop="after")

    def _upload_for(self, user: str) -> str:
        return self.studio.actor.upload(user, "meadow.png", MEADOW)

    async def _zoom(self, user: str) -> None:
        actor = self.studio.actor
        opener = await actor.click(user, self._single["id"], custom_id(self._single, "Custom Zoom"))
        with contextlib.suppress(AssertionError):
            await self.studio.eventually(lambda: actor.interaction(opener)["modal"], "the modal", MODAL_LIMIT_S)
            await actor.modal(user, opener, {"prompt": f"{CAT} --zoom 1.5"})

    async def start(self, plan: Plan | None = None) -> None:
        """Start the bot, with a plan that counts from the start if there is one; wait until it is connected or dead."""
        self._plan.unlink(missing_ok=True)
        if plan is not None:
            self._write(plan)
        self._started_at = moment()
        self.starts += 1
        await self.bot.start()
        discord = self.sandbox.discord
        await self.studio.eventually(lambda: discord.bot_connected() or not self.bot.running, "a bot", START_LIMIT_S)

    def follow(self, plan: Plan) -> None:
        """Let the running bot count from now on."""
        self._write(plan)
        self.bot.send(signal.SIGUSR1)

    def _write(self, plan: Plan) -> None:
        self._plan.write_text(json.dumps(asdict(plan)))

    def trace(self) -> list[str]:
        """The names of the points that the bot has passed since it began to count."""
        return trace_of(self._plan).read_text().splitlines()

    def jobs(self) -> int:
        """How many jobs there are."""
        return int(rows(self.database, "SELECT count(*) AS jobs FROM jobs")[0]["jobs"])

    def verdict(self) -> Verdict:
        """Whether all promises were kept so far."""
        return judge(Ledgers.of(self.sandbox, self.stops))

    async def kill(self) -> None:
        """End the bot at once."""
        await self.bot.kill()
        await self.cleared()
        reservations = rows(self.database, "SELECT * FROM reservations")
        off = list(unbalanced(reservations, rows(self.database, "SELECT * FROM budgets")))
        assert off == [], f"the bot died, and its books do not balance: {off}"

    async def cleared(self) -> None:
        """Return once Discord has noticed that the bot is dead."""
        await self.studio.eventually(lambda: not self.sandbox.discord.bot_connected(), "the bot disconnected")

    async def revive(self) -> None:
        """Start the bot as often as it dies, until everything has settled."""
        while not self.bot.running or not await self.settle():
            await self.cleared()
            await self.start()

    async def settle(self) -> bool:
        """Wait until nothing is left to do, or the bot has died; True when everything has settled.

        Interactions on their way count as something to do: their jobs may not be in the database yet.
        """
        deadline, quiet_looks = time.monotonic() + SETTLE_LIMIT_S, 0
        while self.bot.running and quiet_looks < QUIET_LOOKS:
            left = unsettled(self.database)
            quiet_looks = 0 if left or self._is_asked() else quiet_looks + 1
            assert time.monotonic() < deadline, f"not settled: {left}\n{self.studio.log()[-3000:]}"
            await asyncio.sleep(LOOK_S)
        return self.bot.running

    def _is_asked(self) -> bool:
        """Whether this bot, which never heard what was asked of the one before, has not answered somebody yet."""
        asked = reversed(self.sandbox.discord.state.interactions.values())
        since = itertools.takewhile(lambda one: one.created_at >= self._started_at, asked)
        return any(one.state == "pending" for one in since)


def _starts(button: Mapping[str, Any]) -> bool:
    return str(button.get("custom_id", "")).startswith(START_BATCH)


def plan_of(data: Path) -> Path:
    """Where the launcher finds what to do."""
    return data / "plan.json"


@asynccontextmanager
async def open_arena(data: Path, *, speed: float = SPEED, offers_task_list: bool = False) -> AsyncIterator[Arena]:
    """A sandbox with the bot in the launcher, and something to press buttons on."""
    env = ROOMY | database_settings() | {"CRASH_PLAN": str(plan_of(data))}
    await furnish(data, env)
    async with Sandbox(speed=speed, data=data, env=env, make_bot=partial(ForkedBot, launch=launcher.run)) as sandbox:
        assert sandbox.relay is not None
        assert isinstance(sandbox.bot, ForkedBot)
        sandbox.relay.offers_task_list = offers_task_list
        # Every picture is the same small one: time goes into what is tested.
        sandbox.relay._gallery.png = meadow  # type: ignore[assignment, method-assign]
        try:
            await sandbox.wait_ready()
            arena = Arena(Studio(sandbox), sandbox.bot)
            await arena.prepare()
            yield arena
        finally:
            await sandbox.bot.kill()


async def meadow(*_: object) -> bytes:
    return MEADOW
