"""The ways in, as the code's own registries name them: how somebody comes, and which rules can meet him there."""

import io
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import discord
from PIL import Image

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import BatchLine, Failure, FailureKind, Group, GroupKind, Job, JobStatus, new_job_id
from bot.domain.requests import Action, Button, EngineRequest, Mode
from bot.errors import UserError
from bot.pictures.sources import Source
from bot.ui.components.job_actions import JobAction, RegionAction
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows.mask_editor import RegionPress
from tests.support.makers import BEN, DAY, NO_LIMITS, START, TASK, VARY_3, make_job
from tests.unit.ui.entry_points.rules import STUDIO
from tests.unit.ui.entry_points.world import FOUR, REGION, World

Drive = Callable[[World], Awaitable[Any]]


@dataclass(frozen=True)
class Way:
    """One way in, and which of the rules that are about what is asked for can meet it."""

    drive: Drive
    rules: Collection[str] = ()
    opens: bool = False  # a modal or another question, and no job yet
    never: Collection[str] = ()  # rules about places from where nobody can come this way


MIDJOURNEY = ("no units", "no units for anybody", "too many waiting", "engine off", "mode off")
UNNAMED = {"model": "gpt-image-1-ultra", "prompt": "a cat"}
MODELLESS = (
    *(f"ideogram {kind}" for kind in ("edit", "reframe", "background", "upscale", "describe")),
    "kling expand",
)
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
    # There are no films in turbo, which is the speed that is off here: they are made in fast.
    "animate": Way(command("animate", picture="88"), tuple(rule for rule in MIDJOURNEY if rule != "mode off")),
    "edit": Way(command("edit", picture="88"), MIDJOURNEY),
    "compare": Way(command("compare"), opens=True),
    "build": Way(command("build"), opens=True),
    "batch": Way(command("batch"), opens=True),
    **{
        info.command_name(operation): engine_command(info.command_name(operation))
        for info in OTHER_ENGINES
        for operation in info.operations
    },
    "Describe": Way(context("Describe"), MIDJOURNEY),
    "Use as image prompt": Way(context("Use as image prompt"), opens=True),
    "Swap a face into this": Way(context("Swap a face into this"), opens=True),
}


async def press_vary(world: World) -> Any:
    return await world.press(JobAction.PRESS, (await world.grid()).id, 1)


async def try_again(world: World) -> Any:
    failure = Failure(kind=FailureKind.RELAY)
    job = await world.kept(make_job(JobStatus.FAILED, actor=BEN, failure=failure, mode=Mode.TURBO))
    return await world.press(JobAction.TRY_AGAIN, job.id)


async def run_again(world: World) -> Any:
    return await world.press(JobAction.RUN_AGAIN, (await world.grid(actor=BEN)).id)


async def use_seed(world: World) -> Any:
    return await world.press(JobAction.USE_SEED, (await world.grid()).id)


async def redo(world: World) -> Any:
    return await world.press(JobAction.EDIT_JOB, (await world.kept(make_job(JobStatus.REFUSED, actor=BEN))).id)


async def asking(world: World) -> Job:
    request = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)
    return await world.kept(make_job(JobStatus.AWAITING_INPUT, actor=BEN, request=request, task_id=TASK))


async def answer_relay(world: World) -> Any:
    return await world.press(JobAction.ANSWER, (await asking(world)).id)


def try_failed_again(verb: str) -> Drive:
    async def drive(world: World) -> Any:
        return await world.press(verb, (await failed_group(world)).id)

    return drive


async def failed_group(world: World) -> Group:
    group = Group(new_job_id(), GroupKind.PERMUTATION, BEN, STUDIO, "cats", START, 401)
    members = [make_job(JobStatus.RECEIVED, actor=BEN, group_id=group.id, mode=Mode.TURBO) for _number in range(2)]
    await world.services.store.admissions.admit_group(group, members, NO_LIMITS, DAY)
    for job in members:
        await world.services.store.move(job, [JobStatus.RECEIVED], JobStatus.FAILED)
    return group


async def batch_group(world: World) -> Group:
    group = Group(new_job_id(), GroupKind.PERMUTATION, BEN, STUDIO, "cats.csv", START, 401, is_batch=True)
    members = [make_job(JobStatus.RECEIVED, actor=BEN, group_id=group.id, line=BatchLine(2))]
    await world.services.store.admissions.admit_group(group, members, NO_LIMITS, DAY)
    return group


async def resume_batch(world: World) -> Any:
    return await world.press(JobAction.RESUME_BATCH, (await batch_group(world)).id)


async def start_batch(world: World) -> Any:
    return await world.press(JobAction.START_BATCH, await world.order())


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
    JobAction.PRESS: Way(press_vary, (*PAINTED, "mode off", "PRESS=author")),
    JobAction.TRY_AGAIN: Way(try_again, MIDJOURNEY),
    JobAction.RUN_AGAIN: Way(run_again, MIDJOURNEY),
    JobAction.USE_SEED: Way(use_seed, ("PRESS=author",), opens=True),
    JobAction.EDIT_JOB: Way(redo, opens=True),
    JobAction.ANSWER: Way(answer_relay, opens=True),
    JobAction.CONFIRM_ALL: Way(on_described(JobAction.CONFIRM_ALL), ("PRESS=author",), opens=True),
    JobAction.IMAGINE_ALL: Way(on_described(JobAction.IMAGINE_ALL), (*MIDJOURNEY, "PRESS=author")),
    JobAction.RERUN: Way(on_painted(JobAction.RERUN), (*PAINTED, "model not named", "PRESS=author")),
    JobAction.REWORD: Way(on_painted(JobAction.REWORD), ("PRESS=author",), opens=True),
    JobAction.UPSCALE: Way(on_painted(JobAction.UPSCALE), (*PAINTED, "PRESS=author")),
    JobAction.EDIT_THIS: Way(on_painted(JobAction.EDIT_THIS, engine="openai"), ("PRESS=author",), opens=True),
    JobAction.TO_MIDJOURNEY: Way(on_painted(JobAction.TO_MIDJOURNEY), ("PRESS=author",), opens=True),
    JobAction.USE_AS: Way(on_painted(JobAction.USE_AS), ("PRESS=author",), opens=True),
    JobAction.IMAGINE_PROMPT: Way(
        on_painted(JobAction.IMAGINE_PROMPT, kind="describe", text=FOUR), ("PRESS=author",), opens=True
    ),
    JobAction.START_BATCH: Way(start_batch, MIDJOURNEY),
    JobAction.RESUME_BATCH: Way(resume_batch, opens=True),
    JobAction.REOPEN: Way(on_draft(JobAction.REOPEN), opens=True),
    JobAction.FIX_AND_RUN: Way(on_draft(JobAction.FIX_AND_RUN), MIDJOURNEY),
    JobAction.RUN_AS_IS: Way(on_draft(JobAction.RUN_AS_IS), MIDJOURNEY),
    JobAction.EDIT_DRAFT: Way(on_draft(JobAction.EDIT_DRAFT), opens=True),
    JobAction.START_ALL: Way(on_draft(JobAction.START_ALL, "{a, b} cat"), MIDJOURNEY),
    JobAction.RETRY_FAILED: Way(try_failed_again(JobAction.RETRY_FAILED), ("engine off", "mode off"), opens=True),
    JobAction.RETRY_ALL: Way(try_failed_again(JobAction.RETRY_ALL), ("engine off", "mode off")),
}


def on_region(action: RegionAction) -> Drive:
    async def drive(world: World) -> Any:
        job = await world.grid(REGION)
        await world.begin()
        return await world.hands.press_region(action, job.id, BEN.id, world.place)

    return drive


REGION_BUTTONS = {
    action: Way(on_region(action), ("PRESS=author",), opens=True)
    for action in (RegionAction.REPAINT, RegionAction.UPLOAD)
}


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
        on_kept(ModalKind.COMPARE, "a dog", ModalKind.EDIT, engines=("midjourney", "fal")), opens=True
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
    job = await world.grid(VARY_3)
    said: list[str] = []

    class Channel:
        id = world.place.channel_id

        async def send(self, *_args: Any, **_more: Any) -> Any:
            return type("Message", (), {"id": 7001})

    class Message:
        id = 600
        content = "V3"  # which costs units, as a pick does not
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
        message.guild = discord.Object(world.place.guild_id)
    await world.begin()
    await world.hands.bot.reply_router.press(message, job.id)
    return said


async def draw(world: World) -> Any:
    job = await world.grid(REGION)
    url = await world.hands.bot.flows.mask_editor.url(RegionPress(BEN, world.place, 500), job, 0)
    await world.begin()
    return await send_drawing(world, url or "")


def draw_for(name: str, **options: Any) -> Drive:
    """A command that asks for a page to draw on, and a drawing sent from there."""

    async def drive(world: World) -> Any:
        asked = await world.hands.command(name, BEN.id, world.place, region=True, **options)
        await world.begin()
        links = [one.url for view in asked.answer.views for one in view.children if isinstance(one, discord.ui.Button)]
        return await send_drawing(world, links[0] or "") if links else asked

    return drive


async def send_drawing(world: World, url: str) -> list[str]:
    mask_editor = world.hands.bot.flows.mask_editor
    ticket = mask_editor._links.read(url.partition("#")[2])
    mask = Image.new("L", (64, 48))
    mask.paste(255, (8, 8, 30, 30))
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    try:
        opened = await mask_editor.open(ticket)
        late = replace(opened, pressed=replace(opened.pressed, token=None))  # Discord would be asked by a living one
        await mask_editor.send(late, buffer.getvalue(), "a cat", is_sure=False)
    except UserError as exc:
        return [str(exc)]
    return []


OTHERS = {
    "on_message": Way(reply, (*MIDJOURNEY, "PRESS=author"), never=["use elsewhere off"]),
    "drawing": Way(draw, (*MIDJOURNEY, "PRESS=author")),
    "link for /edit": Way(command("edit", picture="88", region=True), opens=True),
    "link for /draw": Way(command("draw", image1="88", model=UNNAMED["model"], region=True), opens=True),
    # The speed is chosen when the link is given out.
    "drawing for /edit": Way(draw_for("edit", picture="88"), PAINTED),
    "drawing for /draw": Way(draw_for("draw", image1="88"), PAINTED),
}

TABLES: dict[str, dict[Any, Way]] = {
    "command": COMMANDS,
    "button": BUTTONS,
    "region": REGION_BUTTONS,
    "menu": MENUS,
    "modal": MODALS,
    "other": OTHERS,
}
WAYS = {f"{table} {name}": way for table, ways in TABLES.items() for name, way in ways.items()}
