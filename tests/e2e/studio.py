"""A sandbox as the end-to-end tests use it: act as people do, wait for what they would see."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from PIL import Image
from typing_extensions import override

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from sandbox.discord.model import Channel
from sandbox.driver import Driver
from sandbox.message_view import JOB_IN_BUTTON, Message, buttons, is_private
from sandbox.wire import Fault, RecordedRequest, moment
from tests.support.empty_database import furnish
from tests.support.forks import ForkedBot
from tests.support.postgres import database_settings
from tests.support.rows import Where, database_of, rows

EDIT_SPACING_S = 2.0
TIMERS_EARLY_S = 0.005  # by which an event loop may round a wait down
# Tests start many jobs at once; the few that are about the caps set their own.
ROOMY = {"MAX_RUNNING_PER_MEMBER": "200", "MAX_WAITING_PER_MEMBER": "200", "MAX_RUNNING": "400"}
# With an address of our own the relay calls back, which settles what many tests want unsettled.
WITHOUT_ADDRESS = {"PUBLIC_URL": ""}
# The same seed is the same picture, which the relay paints only once; a low one is quick to send.
CAT = "a cat in the rain --ar 4:1 --seed 7"


@dataclass(frozen=True)
class Ordered:
    """One thing that somebody asked for: its job, its card as it first stood, and who and where."""

    id: str
    card: Message
    user: str
    channel: str


class Studio(Driver):
    """A running sandbox, and short ways to act in it and to wait."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._starts: list[float] = []

    # Acting.

    async def imagine(self, prompt: str = CAT, *, user: str = "ana", channel: str = "studio", **images: str) -> Ordered:
        """Send /imagine; `images` are upload ids by the options' names."""
        card = await self.slash("imagine", {"prompt": prompt, **images}, user=user, channel=channel)
        assert not is_private(card), card["content"]
        return ordered(card, user, channel)

    async def follow_up(self, message: Message, label: str, *, user: str = "ana") -> Ordered:
        """Press a button that starts a job."""
        card = await self.press(message, label, user=user)
        return ordered(card, user, message["channel_id"])

    # Seeing.

    def channel_id(self, channel: str) -> int:
        """The id of a channel that is called so."""
        return next(place.id for place in self.sandbox.discord.state.channels.values() if place.name == channel)

    def card(self, job: Ordered) -> Message | None:
        """The job's card as it stands now; None when it is gone."""
        return self.now(job.card, user=job.user)

    def results(self, job_id: str, channel: str, user: str = "ana") -> list[Message]:
        """Every message with the picture of a job; more than one would be a fault."""
        if not any(job_id in name for name in self.result_names()):  # much quicker than to look at all messages
            return []
        return [m for m in self.messages(channel, user) if any(job_id in name for name in result_files(m))]

    def result_names(self) -> list[str]:
        """The names of all results that were posted anywhere."""
        return _result_names(self.sandbox.discord.state.channels.values())

    def whispers(self, user: str) -> list[str]:
        """Everything that only this user was told and has not dismissed, oldest first."""
        state = self.sandbox.discord.state
        viewer = state.user(user)
        assert viewer is not None
        private = [m for c in state.channels.values() for m in c.messages.values() if m.visible_to == viewer.id]
        return [message.content for message in sorted(private, key=lambda message: message.id)]

    # Waiting.

    async def result(self, job: Ordered, *, channel: str = "", within_s: float | None = None) -> Message:
        """The one message with the job's picture, after its card has gone."""
        place = channel or job.channel

        def posted() -> Message | None:
            found = self.results(job.id, place, job.user)
            assert len(found) < 2, "a result was posted twice"
            is_whole = found and (found[0]["id"] == job.card["id"] or self.card(job) is None)
            return found[0] if is_whole else None

        return await self.eventually(posted, f"the result of {job.card['content'][:80]}", within_s)

    async def shows(self, job: Ordered, text: str, *, within_s: float | None = None) -> Message:
        """The card once it has this text in it."""
        return await self.with_text(job.card, text, user=job.user, within_s=within_s)

    async def all_sent(self) -> None:
        """Return once no job waits to be sent to the relay."""
        waiting = "SELECT id FROM jobs WHERE status IN ('received', 'submitting')"
        await self.eventually(lambda: not rows(self.database, waiting), "no job that waits to be sent")

    async def gone(self, job: Ordered) -> None:
        """Return once the card is gone."""
        await self.eventually(lambda: self.card(job) is None, "the card gone")

    async def whisper(self, user: str, text: str) -> str:
        """What was told to this user alone, once it has this text in it."""
        return await self.eventually(
            lambda: next((said for said in self.whispers(user) if text in said), None), f"{text!r} whispered to {user}"
        )

    # The judge: what the relay and Discord got to see.

    def list_calls(self) -> list[RecordedRequest]:
        """The looks at running tasks, each at many of them."""
        calls = [r for r in self._asked() if r.path.endswith("/mj/task/list-by-condition")]
        return [call for call in calls if isinstance(call.body, dict) and "ids" in call.body]

    def looks(self, task_id: str) -> list[RecordedRequest]:
        """The calls that asked for a task, by the list or alone."""
        alone = [r for r in self._asked() if r.path.endswith(f"/mj/task/{task_id}/fetch")]
        return [*(call for call in self.list_calls() if task_id in call.body["ids"]), *alone]

    def _asked(self) -> list[RecordedRequest]:
        return [request for relay in self.all_relays for request in relay.wire.requests]

    async def running(self, job: Ordered) -> dict[str, Any]:
        """The job's relay task, once the bot has asked for it, which it does when it has stored its id."""
        task = (await self.eventually(lambda: self.tasks(job.id), "the relay task"))[0]
        await self.eventually(lambda: self.looks(task["id"]), "the first look")
        return task

    def units(self, job: Ordered) -> str:
        """What became of the job's units: reserved, settled or released."""
        return str(self.stored(f"SELECT state FROM reservations WHERE job_id = '{job.id}'"))

    def spent_today(self) -> int:
        """Units of all members that are spent or reserved."""
        return int(self.stored("SELECT coalesce(sum(used), 0) FROM budgets WHERE scope = 'all'"))

    def stored(self, query: str) -> Any:
        """The one value that the bot's database answers with."""
        ((value,),) = (row.values() for row in rows(self.database, query))
        return value

    @property
    def database(self) -> Where:
        """Where the bot keeps its jobs."""
        return database_of(self.sandbox)

    # Trouble.

    def relay_fault(self, method: str, path: str, **how: Any) -> None:
        """Make something go wrong at the relay."""
        self.relay.wire.faults.append(Fault(method, path, **how))

    def discord_fault(self, method: str, path: str, **how: Any) -> None:
        """Make something go wrong at Discord; `path` begins after the version."""
        self.sandbox.discord.wire.faults.append(Fault(method, f"/api/v10{path}", **how))

    def clear_faults(self) -> None:
        """Let everything work again, and as fast as it used to."""
        for relay in self.all_relays:
            relay.wire.faults.clear()
        self.sandbox.discord.wire.faults.clear()
        if self.relay.clock.speed != self.sandbox.clock.speed:
            self.let_relay_work(1.0)

    def finish(self, job: Ordered) -> None:
        """Let the relay be done with a job's task now, however long it would take."""
        self.finish_task(self.tasks(job.id)[0]["id"])

    def finish_task(self, task_id: str) -> None:
        """The same for a task that is known by its own id."""
        task = self.relay._tasks.tasks_by_id[task_id]
        task.since -= task.clock.real(task.duration)

    def let_relay_work(self, times_faster: float) -> None:
        """Let tasks go on at another pace than everything else; what they have done stays done."""
        self.relay.clock.change_speed(self.sandbox.clock.speed * times_faster)

    @override
    async def start(self) -> None:
        """Start the bot again and wait until it is connected."""
        self._starts.append(moment())
        await super().start()

    async def restart(self, **settings: str) -> None:
        """End the bot in order and start it again, with other settings if there are any."""
        await self.bot.terminate()
        await self.eventually(lambda: not self.sandbox.discord.bot_connected(), "the bot disconnected")
        self.bot.environment.update(self.sandbox.with_relays(settings))
        await self.start()

    def check_house_rules(self) -> None:
        """What must be true whatever happened: nothing unknown asked, nothing paid, posted or edited too often."""
        assert self.sandbox.discord.unknown_routes == []
        assert "interaction failed" not in self.log()
        tasks = [task for relay in self.all_relays for task in relay.tasks()]
        paid = Counter(task["state"] for task in tasks if task["state"])  # some engines carry no id
        assert {state for state, count in paid.items() if count > 1} == set(), "paid twice"
        direct = [place for place in self.sandbox.discord.state.channels.values() if place.recipient_id is not None]
        copies = Counter(_result_names(direct))  # who wants that gets a result there, too
        posted = Counter(self.result_names())
        assert {name for name, count in copies.items() if count > 1} == set(), "sent twice"
        assert {name for name, count in (posted - copies).items() if count > 1} == set(), "posted twice"
        pauses = self.pauses_between_edits()
        assert min(pauses, default=EDIT_SPACING_S) >= EDIT_SPACING_S - TIMERS_EARLY_S, "edited too soon"

    def pauses_between_edits(self) -> list[float]:
        """Real seconds between edits of the same card by the same process, for all cards.

        The bot counts from the answer to an edit, which comes after the edit did: so the moments of arrival are never
        nearer to each other than it meant them to be, however late each of them arrives.
        """
        edits: dict[tuple[str, int], list[float]] = defaultdict(list)
        for request in self.sandbox.discord.wire.requests:
            message_id = request.path.rpartition("/")[2].partition("?")[0]
            is_edit = request.method == "PATCH" and request.status == 200 and "/messages/" in request.path
            # Not counted: marks on the buttons of results, and answers that come a while after "thinking".
            if is_edit and message_id != "@original" and "content" in request.body:
                process = sum(start < request.at for start in self._starts)
                edits[message_id, process].append(request.at)
        return [later - earlier for moments in edits.values() for earlier, later in pairwise(moments)]


def ordered(card: Message, user: str, channel: str) -> Ordered:
    """The job of a card that has just been shown."""
    ids = [JOB_IN_BUTTON.match(button["custom_id"]) for button in buttons(card)]
    assert ids, f"no card, but: {card['content']}"
    assert ids[0] is not None
    return Ordered(ids[0][1], card, user, channel)


def _result_names(places: Iterable[Channel]) -> list[str]:
    files = [file for place in places for message in place.messages.values() for file in message.attachments]
    return [file.filename for file in files if result_file_name(file.filename)]


def result_file_name(name: str) -> bool:
    """Whether a file of this name is a result's, covered or not."""
    return name.removeprefix("SPOILER_").startswith("easel-")


def result_files(message: Message) -> list[str]:
    """The names of the results that a message carries."""
    names = [str(attachment["filename"]) for attachment in message["attachments"]]
    return [name for name in names if result_file_name(name)]


def same_pixels(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are equal in every pixel."""
    return one.size == other.size and one.tobytes() == other.tobytes()


@asynccontextmanager
async def open_studio(
    data: Path,
    *,
    speed: float = 30.0,
    env: Mapping[str, str] | None = None,
    sketches: bool = True,
    make_bot: Callable[[Mapping[str, str], Path], BotProcess] = ForkedBot,
) -> AsyncIterator[Studio]:
    """A sandbox with the bot ready; at its end, what must hold in every test is checked.

    Pictures are sketched, as time shall go into what is tested; a test of how large a file is lets them be painted.
    """
    settings = ROOMY | WITHOUT_ADDRESS | database_settings() | dict(env or {})
    await furnish(data, settings)
    async with Sandbox(speed=speed, data=data, sketches=sketches, env=settings, make_bot=make_bot) as sandbox:
        await sandbox.wait_ready()
        studio = Studio(sandbox)
        yield studio
        studio.check_house_rules()
