"""All ways in, as the code's own registries name them, against all rules of owner and moderators.

A way in that no table names, or that no drive here leads through, fails the first tests; every other test is a way in
with a rule against it: nothing may start, and where it is about who comes or from where, no modal may open either.
"""

import ast
import io
import re
import sqlite3
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
from PIL import Image

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import (
    Actor,
    Failure,
    FailureKind,
    Group,
    GroupKind,
    Job,
    JobStatus,
    Place,
    Reach,
    Result,
    ResultImage,
    new_job_id,
)
from bot.domain.requests import Action, Button, EngineRequest, Imagine, Mode
from bot.errors import UserError
from bot.jobs.unpaid_work import BURST
from bot.pictures.folder import Pictures
from bot.pictures.sources import Source
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.ui.components.job_actions import JobAction, PictureQuestion, RegionAction
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows import entry_points
from bot.ui.flows.drafts import Draft
from bot.ui.flows.entry_points import Rule
from bot.ui.flows.mask_editor import RegionPress
from tests.support.hands import EVERY_ENGINE, Hands, Interaction
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    PICK_2,
    START,
    TASK,
    UUID,
    VARY_3,
    make_job,
    make_place,
    make_settings,
    make_token,
    picture,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services

ROOT = Path(__file__).parents[3]
STUDIO = make_place()
DM = make_place(guild_id=None, reach=Reach.DM)
ELSEWHERE = make_place(guild_id=777, reach=Reach.USER_INSTALL, may_post=False)
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
FOUR = "\n".join(f"{number}\ufe0f\u20e3 a cat number {number}" for number in range(1, 5))
OPEN: dict[str, Any] = {
    "allow_dm": True,
    "allow_user_install": True,
    "max_waiting_per_member": 1000,
    "public_url": "https://draw.example",
    "web_port": 8080,
    **{f"{engine}_any_model": True for engine in EVERY_ENGINE if engine != "midjourney"},
}
EVERYWHERE = frozenset(EVERY_ENGINE)


# Rules.


@dataclass(frozen=True)
class Against:
    """One rule, made to stand against Ben: settings, the place where he is, and what else has to happen before."""

    settings: dict[str, Any] = field(default_factory=dict)
    place: Place = STUDIO
    arrange: Callable[[Services], Awaitable[None]] | None = None
    is_about_people: bool = True  # who comes or from where: not even a modal opens


async def block(services: Services) -> None:
    await services.jobs.controls.block(201, BEN.id)


async def pause(services: Services) -> None:
    await services.jobs.moderation.pause(201)


async def prefer_turbo(services: Services) -> None:
    await services.store.notes.set(f"mode:{BEN.id}", Mode.TURBO)


async def fill(services: Services) -> None:
    await services.store.admissions.admit(make_job(JobStatus.RECEIVED, actor=BEN), NO_LIMITS, DAY)


async def switch_off(services: Services) -> None:
    services.jobs.engines._by_name = {}


async def remove_all(services: Services) -> None:
    for author in (ANA, BEN):
        for job in await services.store.posted_of_author(author.id, 100):
            await services.jobs.controls.remove(job)


RULES = {
    "server not in the list": Against({"allowed_guilds": "999"}),
    "direct messages off": Against({"allow_dm": False}, DM),
    "use elsewhere off": Against({"allow_user_install": False}, ELSEWHERE),
    "member of no listed server": Against({"allowed_guilds": "999"}, DM),
    "blocked": Against(arrange=block),
    "blocked, in direct messages": Against(place=DM, arrange=block),
    "paused": Against(arrange=pause),
    "no units": Against({"units_per_member_day": 0}, is_about_people=False),
    "no units for anybody": Against({"units_per_day": 0}, is_about_people=False),
    "too many waiting": Against({"max_waiting_per_member": 1}, arrange=fill, is_about_people=False),
    "engine off": Against(arrange=switch_off, is_about_people=False),
    "mode off": Against({"allowed_modes": "fast"}, arrange=prefer_turbo, is_about_people=False),
    "model not named": Against(
        {f"{engine}_any_model": False for engine in EVERY_ENGINE if engine != "midjourney"}, is_about_people=False
    ),
    "PRESS=author": Against({"press": "author"}),
    "picture removed": Against(arrange=remove_all),
}
# Caps of what runs are no matter of ways in: what is admitted waits (tests/unit/jobs/test_dispatcher.py).


# Ways in.

Drive = Callable[["World"], Awaitable[Any]]


@dataclass(frozen=True)
class Way:
    """One way in, and which of the rules that are about what is asked for can meet it."""

    drive: Drive
    rules: Collection[str] = ()
    opens: bool = False  # a modal or another question, and no job yet
    never: Collection[str] = ()  # rules about places from where nobody can come this way


@dataclass
class World:
    """A bot with everything to press: what is Ana's anybody may press, what is Ben's he alone."""

    hands: Hands
    services: Services
    against: Against
    folder: Path
    ready: set[str] = field(default_factory=set)

    @property
    def place(self) -> Place:
        return self.against.place

    def _ids(self) -> set[str]:
        with sqlite3.connect(self.folder / "easel.db") as database:
            return {str(row[0]) for row in database.execute("select id from jobs")}

    def made(self) -> set[str]:
        """The jobs that came by the way in."""
        return self._ids() - self.ready

    async def begin(self) -> None:
        """All is ready: from here on the rule stands, and what comes is new."""
        if self.against.arrange is not None:
            await self.against.arrange(self.services)
        self.ready = self._ids()

    async def kept(self, job: Job) -> Job:
        await self.services.store.admissions.admit(job, NO_LIMITS, DAY)
        await self.services.store.update(
            job.id, result=job.result, task_id=job.task_id, result_message_id=500, failure=job.failure
        )
        return job

    async def grid(self, *buttons: Button, actor: Actor = ANA) -> Job:
        job = make_job(JobStatus.DONE, task_id=TASK, actor=actor, mode=Mode.TURBO)
        return await self.kept(job.with_(result=self._result(job, buttons or (PICK_2, VARY_3))))

    async def described(self) -> Job:
        job = make_job(JobStatus.DONE, task_id=TASK, mode=Mode.TURBO)
        return await self.kept(job.with_(result=Result(text=FOUR, buttons=(VARY_3,))))

    async def painted(self, *, kind: str = "generate", text: str = "", shots: int = 0) -> Job:
        options = {"model": "V_9"}
        request = EngineRequest(engine="ideogram", kind=kind, prompt="a cat", options=options)
        job = make_job(JobStatus.DONE, engine="ideogram", request=request, task_id=TASK)
        result = self._result(job, ()).model_copy(update={"text": text})
        more = tuple(ResultImage(picture=result.picture) for _number in range(shots))
        return await self.kept(job.with_(result=result.model_copy(update={"more": more})))

    def _result(self, job: Job, buttons: tuple[Button, ...]) -> Result:
        name = f"{job.id}.png"
        (self.folder / "pictures").mkdir(exist_ok=True)
        (self.folder / "pictures" / name).write_bytes(picture())
        return Result(image_url="https://img.example.com/grid.png", picture=name, buttons=buttons)

    async def draft(self, text: str = "a cat", **more: Any) -> str:
        return await self.hands.drafts.keep(Draft(BEN.id, more.pop("ask", ModalKind.IMAGINE), text=text, **more))

    async def press(self, verb: str, about: str, key: int | None = None) -> Interaction:
        await self.begin()
        return await self.hands.press(verb, about, BEN.id, self.place, key)

    async def choose(self, verb: str, about: str, value: str, of: str = "") -> Interaction:
        await self.begin()
        return await self.hands.choose(verb, about, value, BEN.id, self.place, of=of)

    async def answer(self, modal: ModalContext, text: str = "a cat") -> Interaction:
        await self.begin()
        return await self.hands.answer(modal, BEN.id, self.place, text)


MIDJOURNEY = ("no units", "no units for anybody", "too many waiting", "engine off", "mode off")
UNNAMED = {"model": "gpt-image-1-ultra", "prompt": "a cat"}
MODELLESS = ("ideogram upscale", "ideogram describe")
PAINTED = ("no units", "no units for anybody", "too many waiting", "engine off")


def command(name: str, **options: Any) -> Drive:
    async def drive(world: World) -> Any:
        await world.begin()
        return await world.hands.command(name, BEN.id, world.place, **options)

    return drive


def context(name: str) -> Drive:
    async def drive(world: World) -> Any:
        await world.begin()
        return await world.hands.context(name, BEN.id, world.place)

    return drive


def engine_command(name: str) -> Way:
    """A command of another engine, asked for a model that no owner named where it takes one."""

    async def drive(world: World) -> Any:
        await world.begin()
        options = world.hands.parameters(name) & UNNAMED.keys()
        return await world.hands.command(name, BEN.id, world.place, **{option: UNNAMED[option] for option in options})

    takes_model = name not in MODELLESS
    return Way(drive, (*PAINTED, "model not named") if takes_model else PAINTED)


COMMANDS = {
    "imagine": Way(command("imagine"), MIDJOURNEY),
    "blend": Way(command("blend"), MIDJOURNEY),
    "describe": Way(command("describe", image="88"), MIDJOURNEY),
    "shorten": Way(command("shorten"), MIDJOURNEY),
    "faceswap": Way(command("faceswap"), MIDJOURNEY),
    "compare": Way(command("compare"), MIDJOURNEY),
    "build": Way(command("build"), opens=True),
    **{
        f"{info.name} {operation.kind}": engine_command(f"{info.name} {operation.kind}")
        for info in OTHER_ENGINES
        for operation in info.operations
    },
    "Describe": Way(context("Describe"), MIDJOURNEY),
    "Use as image prompt": Way(context("Use as image prompt"), opens=True),
    "Swap a face into this": Way(context("Swap a face into this"), opens=True),
}


async def press_vary(world: World) -> Any:
    return await world.press("press", (await world.grid()).id, 1)


async def try_again(world: World) -> Any:
    failure = Failure(kind=FailureKind.RELAY)
    job = await world.kept(make_job(JobStatus.FAILED, actor=BEN, failure=failure, mode=Mode.TURBO))
    return await world.press("again", job.id)


async def redo(world: World) -> Any:
    return await world.press("redo", (await world.kept(make_job(JobStatus.REFUSED, actor=BEN))).id)


async def asking(world: World) -> Job:
    request = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)
    return await world.kept(make_job(JobStatus.AWAITING_INPUT, actor=BEN, request=request, task_id=TASK))


async def answer_relay(world: World) -> Any:
    return await world.press("answer", (await asking(world)).id)


async def try_failed_again(world: World) -> Any:
    group = Group(new_job_id(), GroupKind.PERMUTATION, BEN, STUDIO, "cats", START, 401)
    members = [make_job(JobStatus.RECEIVED, actor=BEN, group_id=group.id, mode=Mode.TURBO) for _number in range(2)]
    await world.services.store.admissions.admit_group(group, members, NO_LIMITS, DAY)
    for job in members:
        await world.services.store.move(job, [JobStatus.RECEIVED], JobStatus.FAILED)
    return await world.press("failed", group.id)


def on_painted(verb: str, **more: Any) -> Drive:
    async def drive(world: World) -> Any:
        return await world.press(verb, (await world.painted(**more)).id, 0)

    return drive


def on_described(verb: str) -> Drive:
    async def drive(world: World) -> Any:
        return await world.press(verb, (await world.described()).id)

    return drive


def on_draft(verb: str, text: str = "a cat") -> Drive:
    async def drive(world: World) -> Any:
        return await world.press(verb, await world.draft(text))

    return drive


BUTTONS = {
    "press": Way(press_vary, (*PAINTED, "mode off", "PRESS=author")),
    "again": Way(try_again, MIDJOURNEY),
    "redo": Way(redo, opens=True),
    "answer": Way(answer_relay, opens=True),
    "all": Way(on_described("all"), ("PRESS=author",), opens=True),
    "allgo": Way(on_described("allgo"), (*MIDJOURNEY, "PRESS=author")),
    "rerun": Way(on_painted("rerun"), (*PAINTED, "model not named", "PRESS=author")),
    "reword": Way(on_painted("reword"), ("PRESS=author",), opens=True),
    "enlarge": Way(on_painted("enlarge"), (*PAINTED, "PRESS=author")),
    "tomj": Way(on_painted("tomj"), ("PRESS=author",), opens=True),
    "useas": Way(on_painted("useas"), ("PRESS=author",), opens=True),
    "say": Way(on_painted("say", kind="describe", text=FOUR), ("PRESS=author",), opens=True),
    "reopen": Way(on_draft("reopen"), opens=True),
    "fix": Way(on_draft("fix"), MIDJOURNEY),
    "asis": Way(on_draft("asis"), MIDJOURNEY),
    "edit": Way(on_draft("edit"), opens=True),
    "startall": Way(on_draft("startall", "{a, b} cat"), MIDJOURNEY),
    "failed": Way(try_failed_again, ("engine off", "mode off")),
}


def on_region(action: RegionAction) -> Drive:
    async def drive(world: World) -> Any:
        job = await world.grid(REGION)
        await world.begin()
        return await world.hands.press_region(action, job.id, BEN.id, world.place)

    return drive


REGION_BUTTONS = {action: Way(on_region(action), opens=True) for action in (RegionAction.REPAINT, RegionAction.UPLOAD)}


async def choose_task(world: World) -> Any:
    job = await world.painted()
    return await world.choose("task", job.id, "ideogram.upscale")


async def choose_shot(world: World) -> Any:
    job = await world.painted(shots=2)
    return await world.choose("shot", job.id, "1", "ideogram.upscale")


async def choose_which(world: World) -> Any:
    sources = (Source("https://img.example.com/grid.png"),) * 2
    draft_id = await world.draft("", picture_urls=sources)
    return await world.choose("which", draft_id, "1", "describe")


MENUS = {
    "task": Way(choose_task, (*PAINTED, "PRESS=author")),
    "shot": Way(choose_shot, (*PAINTED, "PRESS=author")),
    "which": Way(choose_which, MIDJOURNEY),
}


def on_button(ask: ModalKind, button: Button, extra: int = 0) -> Drive:
    async def drive(world: World) -> Any:
        return await world.answer(ModalContext(ask, (await world.grid(button)).id, 0, extra))

    return drive


async def answer_question(world: World) -> Any:
    return await world.answer(ModalContext(ModalKind.ANSWER, (await asking(world)).id))


async def answer_reword(world: World) -> Any:
    return await world.answer(ModalContext(ModalKind.REWORD, (await world.painted()).id))


async def answer_say(world: World) -> Any:
    return await world.answer(ModalContext(ModalKind.SAY, (await world.painted(kind="describe", text=FOUR)).id))


async def answer_picture(world: World) -> Any:
    about = (await world.painted()).id
    draft_id = await world.draft("", ask=ModalKind.PICTURE, about=about, task="fal.generate")
    return await world.answer(ModalContext(ModalKind.PICTURE, draft_id))


def on_kept(ask: ModalKind, text: str = "", modal: ModalKind | None = None, **more: Any) -> Drive:
    async def drive(world: World) -> Any:
        return await world.answer(ModalContext(modal or ask, await world.draft(text, ask=ask, **more)))

    return drive


SOURCE = Source("https://img.example.com/grid.png")
MODALS = {
    ModalKind.PROMPT: Way(on_button(ModalKind.PROMPT, VARY_3), (*MIDJOURNEY, "PRESS=author")),
    ModalKind.REGION: Way(on_button(ModalKind.REGION, REGION, 1), (*MIDJOURNEY, "PRESS=author")),
    ModalKind.MASK: Way(on_button(ModalKind.MASK, REGION), (*MIDJOURNEY, "PRESS=author")),
    ModalKind.ANSWER: Way(answer_question, opens=True),
    ModalKind.IMAGINE: Way(on_kept(ModalKind.IMAGINE, picture_urls=(SOURCE,)), MIDJOURNEY),
    ModalKind.REWORD: Way(answer_reword, (*PAINTED, "model not named", "PRESS=author")),
    ModalKind.SAY: Way(answer_say, (*MIDJOURNEY, "PRESS=author")),
    ModalKind.PICTURE: Way(answer_picture, (*PAINTED, "PRESS=author")),
    ModalKind.EDIT: Way(on_kept(ModalKind.IMAGINE, "a dog", ModalKind.EDIT), MIDJOURNEY),
    ModalKind.SHORTEN: Way(on_kept(ModalKind.SHORTEN, "a dog", ModalKind.EDIT), MIDJOURNEY),
    ModalKind.COMPARE: Way(
        on_kept(ModalKind.COMPARE, "a dog", ModalKind.EDIT, engines=("midjourney", "fal")), MIDJOURNEY
    ),
    ModalKind.PAINT: Way(
        on_kept(
            ModalKind.PAINT,
            "a dog",
            ModalKind.EDIT,
            request=EngineRequest(engine="fal", kind="generate", options={"model": "veo3"}),
        ),
        (*PAINTED, "model not named"),
    ),
    ModalKind.FACE: Way(on_kept(ModalKind.FACE, picture_urls=(SOURCE,)), MIDJOURNEY),
}


async def reply(world: World) -> Any:
    job = await world.grid(PICK_2)
    said: list[str] = []

    class Channel:
        id = world.place.channel_id

        async def send(self, *_args: Any, **_more: Any) -> Any:
            return type("Message", (), {"id": 7001})

    class Message:
        id = 600
        content = "U2"
        author = discord.Object(BEN.id)
        channel = Channel()
        reference = type("Reference", (), {"message_id": 500})
        guild = None

        async def reply(self, text: str, **_more: Any) -> None:
            said.append(text)

        def to_reference(self, **_more: Any) -> None:
            return None

    message: Any = Message()
    if world.place.guild_id is not None:
        everything = discord.Permissions.all()
        message.channel.permissions_for = lambda _me: everything
        message.guild = type("Guild", (), {"id": world.place.guild_id, "me": None, "filesize_limit": 10**7})
    await world.begin()
    await world.hands.bot.reply_router.press(message, job.id)
    return said


async def draw(world: World) -> Any:
    job = await world.grid(REGION)
    mask_editor = world.hands.bot.flows.mask_editor
    url = await mask_editor.url(RegionPress(BEN, world.place, 500), job, 0)
    ticket = mask_editor._links.read((url or "").partition("#")[2])
    mask = Image.new("L", (64, 48))
    mask.paste(255, (8, 8, 30, 30))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    await world.begin()
    try:
        await mask_editor.send(await mask_editor.open(ticket), buffer.getvalue(), "a cat", is_sure=False)
    except UserError as exc:
        return [str(exc)]
    return []


OTHERS = {
    "on_message": Way(reply, (*MIDJOURNEY, "PRESS=author"), never=["use elsewhere off"]),
    "drawing": Way(draw, (*MIDJOURNEY, "PRESS=author")),
}

TABLES: dict[str, dict[Any, Way]] = {
    "command": COMMANDS,
    "button": BUTTONS,
    "region": REGION_BUTTONS,
    "menu": MENUS,
    "dialog": MODALS,
    "other": OTHERS,
}
WAYS = {f"{table} {name}": way for table, ways in TABLES.items() for name, way in ways.items()}
ABOUT_A_PICTURE = ("PRESS=author", "picture removed")
PEOPLE = [name for name, rule in RULES.items() if rule.is_about_people and name not in ABOUT_A_PICTURE]


def starting(table: dict[Any, Rule]) -> set[Any]:
    return {name for name, rule in table.items() if rule in (Rule.STARTS, Rule.TEXT)}


# The tables are whole.


@pytest.fixture
async def world(
    store: JobStore, pictures: Pictures, presenter: RecordingPresenter, clock: ManualClock, tmp_path: Path, request: Any
) -> World:
    against: Against = getattr(request, "param", Against())
    settings = make_settings(**(OPEN | against.settings))
    engine = ScriptedEngine()
    services = make_services(
        store=store,
        engines=dict.fromkeys(EVERY_ENGINE, engine),
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
    )
    return World(await Hands.of(services, clock), services, against, tmp_path)


async def test_every_command_and_menu_says_what_it_asks(world: World) -> None:
    tree = world.hands.bot.tree
    slash = {one.qualified_name for one in tree.walk_commands() if isinstance(one, discord.app_commands.Command)}
    menus = {
        one.qualified_name
        for kind in (discord.AppCommandType.message, discord.AppCommandType.user)
        for one in tree.get_commands(type=kind)
    }

    assert slash | menus == set(entry_points.COMMANDS)
    assert {one.name for one in tree.get_commands()} == entry_points.top_level_names(EVERY_ENGINE)
    assert "kling" not in entry_points.top_level_names(["midjourney"])


def test_every_button_says_what_it_asks() -> None:
    assert set(entry_points.BUTTONS) == set(JobAction)
    assert set(entry_points.REGION) == set(RegionAction)
    assert set(entry_points.MENUS) == set(PictureQuestion)


async def test_every_button_has_its_handler_which_is_named_as_it_is(world: World) -> None:
    handlers = {action: handler.__name__ for action, handler in world.hands.bot.button_router.handlers.items()}

    assert {action: name.removeprefix("_") for action, name in handlers.items()} == {
        action: action.name.lower() for action in JobAction
    }


def test_every_button_is_made_by_the_name_of_its_action() -> None:
    made = {
        ast.unparse(node.args[0])
        for path in (ROOT / "bot" / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("JobButton", "RegionButton", "JobMenu")
    }
    actions = {f"{kind.__name__}.{one.name}" for kind in (JobAction, RegionAction, PictureQuestion) for one in kind}

    assert made == actions


def test_every_action_says_which_label_it_has() -> None:
    path = ROOT / "bot" / "ui" / "components" / "job_actions.py"
    texts = {
        ast.literal_eval(node.args[0])
        for path in (ROOT / "bot" / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_" and isinstance(node.args[0], ast.Constant)
    }
    labels = set(re.findall(r'"([^"]+)"', "\n".join(re.findall(r"#(.*)", path.read_text(encoding="utf-8")))))

    assert labels - texts == {"Zoom Out 2x", "1", "9"}  # what the relay names, and the numbers of cells


async def test_every_modal_panel_and_event_says_what_it_asks(world: World) -> None:
    listeners = {name for cog in world.hands.bot.cogs.values() for name, _call in cog.get_listeners()}

    assert set(ModalKind) == set(entry_points.MODALS)
    assert set(world.hands.bot.panel_router._by_name) == set(entry_points.PANELS)
    assert listeners | {"on_message"} == set(entry_points.EVENTS)  # replies are a cog that the owner switches on


def test_every_way_in_that_starts_jobs_is_driven_here() -> None:
    assert starting(entry_points.COMMANDS) == set(COMMANDS)
    assert starting(entry_points.BUTTONS) == set(BUTTONS)
    assert starting(entry_points.REGION) == set(REGION_BUTTONS)
    assert starting(entry_points.MENUS) == set(MENUS)
    assert starting(entry_points.MODALS) == set(MODALS)
    assert starting(entry_points.EVENTS) <= set(OTHERS)


# The rules hold.


def told(result: Any) -> str:
    return result.said if isinstance(result, Interaction) else "\n".join(result)


def opens(result: Any) -> bool:
    return isinstance(result, Interaction) and bool(result.answer.modals)


def meets(rule: str, way: Way) -> bool:
    """Whether a rule can stand against somebody who comes this way."""
    asked = "PRESS=author" if rule in ABOUT_A_PICTURE else rule
    return rule not in way.never and (rule in PEOPLE or asked in way.rules)


async def test_every_way_in_leads_somewhere_while_no_rule_stands_against_it(world: World) -> None:
    wrong = {}
    for name, way in WAYS.items():
        result = await way.drive(world)
        if bool(world.made()) is way.opens or (way.opens and not result.answer.is_done()):
            wrong[name] = told(result)

    assert wrong == {}


@pytest.mark.parametrize(("rule", "world"), RULES.items(), ids=RULES, indirect=["world"])
async def test_every_way_in_is_closed_by(rule: str, world: World) -> None:
    met = [name for name, way in WAYS.items() if meets(rule, way)]
    wrong = {}
    for name in met:
        result = await WAYS[name].drive(world)
        is_let_in = opens(result) and RULES[rule].is_about_people
        if world.made() or is_let_in or not (told(result) or opens(result)):
            wrong[name] = told(result)

    assert wrong == {}
    assert met


# What waits is looked at again when its turn comes.


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("blocked", {}),
        ("server not in the list", {"allowed_guilds": "999"}),
        ("mode off", {"allowed_modes": "fast"}),
        ("engine off", {}),
        ("model not named", {"ideogram_any_model": False}),
    ],
)
async def test_waiting_job_is_not_sent_once_a_rule_stands_against_it(
    rule: str, changed: dict[str, Any], world: World, clock: ManualClock
) -> None:
    services = world.services
    request = EngineRequest(engine="ideogram", kind="generate", prompt="a cat", options={"model": "V_9"})
    asked = request if rule == "model not named" else Imagine(prompt="a cat")
    job = await services.jobs.admission.request(
        BEN, STUDIO, asked, mode=None if asked is request else Mode.TURBO, token=make_token()
    )
    await services.jobs.intake.card_shown(job, 401)
    later = make_settings(**(OPEN | changed))
    engine = ScriptedEngine()
    engines = {} if rule == "engine off" else dict.fromkeys(EVERY_ENGINE, engine)
    restarted = make_services(
        store=services.store,
        engines=engines,
        pictures=services.pictures,
        presenter=RecordingPresenter(),
        settings=later,
        clock=clock,
    )
    await restarted.jobs.recovery.resume()
    if rule == "blocked":
        await restarted.jobs.moderation.block(201, BEN.id)

    await restarted.jobs.submission.submit(job.id)

    now = await services.store.get(job.id)
    assert now is not None
    assert engine.submitted == []
    assert now.status in (JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.RECEIVED)
    assert (now.status is JobStatus.RECEIVED) is (rule == "engine off")  # kept until it is on again


# What costs no units is bounded, and not for everybody either.


async def show(world: World) -> Interaction:
    job = await world.grid(actor=BEN)
    await world.begin()
    return await world.hands.command("show", BEN.id, world.place, id=job.id)


async def go_on(world: World) -> Interaction:
    return await world.press("goon", (await world.grid()).id)


FREE = {"show": show, "goon": go_on}


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize(
    "world",
    [RULES[name] for name in PEOPLE if name != "paused"],
    indirect=True,
    ids=[n for n in PEOPLE if n != "paused"],
)
async def test_who_may_not_come_in_is_not_shown_pictures_for_nothing(name: str, world: World) -> None:
    result = await FREE[name](world)

    assert result.answer.is_done()
    assert not result.answer.views
    assert any(word in result.said for word in ("not allowed", "blocked", "only members"))


async def test_pictures_for_nothing_are_bounded_for_each_member(world: World, clock: ManualClock) -> None:
    answers = [await go_on(world) for _number in range(int(BURST) + 1)]
    of_another = await world.hands.press("goon", (await world.grid()).id, ANA.id, STUDIO)
    clock.pass_by(60)
    later = await go_on(world)

    assert ["too much at once" in one.said for one in answers] == [False] * int(BURST) + [True]
    assert "too much at once" not in of_another.said
    assert "too much at once" not in later.said


async def test_removed_picture_is_not_posted_again(world: World) -> None:
    job = await world.grid()
    await world.services.jobs.controls.remove(job)

    result = await world.press("goon", job.id)

    assert "This picture was removed" in result.said


async def test_inputs_of_a_removed_job_are_asked_for_again(world: World) -> None:
    job = await world.grid(actor=BEN)
    await world.services.jobs.controls.remove(job)
    draft_id = await world.draft(inputs_of=job.id)

    await world.press("asis", draft_id)

    (made,) = [await world.services.store.get(job_id) for job_id in world.made()]
    assert made is not None
    assert made.status is JobStatus.REFUSED


async def test_region_panels_are_bounded_too(world: World) -> None:
    job = await world.grid(REGION)

    answers = [await world.press("press", job.id, 0) for _number in range(int(BURST) + 1)]

    assert "too much at once" in answers[-1].said


# Whose it is.


@pytest.mark.parametrize("verb", ["cancel", "drop", "look", "check", "again", "redo", "show"])
async def test_what_is_somebodys_own_is_not_for_others(verb: str, world: World) -> None:
    status = {"drop": JobStatus.UNCERTAIN, "look": JobStatus.UNCERTAIN, "again": JobStatus.FAILED}
    job = await world.kept(make_job(status.get(verb, JobStatus.RECEIVED), token=make_token()))

    result = await world.press(verb, job.id)

    now = await world.services.store.get(job.id)
    assert now is not None
    assert "Only the person who started this job" in result.said
    assert (now.status, now.token) == (job.status, job.token)
