"""The way of the tour: its steps in their order, and how they are taken.

A step is a function in `STEPS`. It acts through the guide, and whatever it insists on must hold. `MIDJOURNEY` is what
is walked at every family of relays.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import typer

from sandbox.app import Sandbox
from sandbox.driver import ExpectationError
from sandbox.relay.profiles import UNIAPI, Profile
from sandbox.tour.basics import BASICS
from sandbox.tour.books import BOOKS
from sandbox.tour.browser import browser_page
from sandbox.tour.engines import ENGINE_TOUR
from sandbox.tour.films import FILMS, MORE_FILMS
from sandbox.tour.guide import Guide, Step
from sandbox.tour.library import LIBRARY
from sandbox.tour.moderators import MODERATORS
from sandbox.tour.operations import OTHERS, PICTURES
from sandbox.tour.owner import OWNERS
from sandbox.tour.personal import PERSONAL
from sandbox.tour.prompts import PROMPTS
from sandbox.tour.rules import RULES
from sandbox.tour.single_picture import SINGLE_PICTURE
from sandbox.tour.texts import TEXTS
from sandbox.tour.transcript import Transcript

SPEED = 12.0  # a grid takes 5 s: slow enough to see its card change
HURRY = 4.0


async def read_ledgers(guide: Guide) -> None:
    """What must be true whatever happened."""
    tasks = guide.relay.tasks()
    named = [task["state"] for task in tasks if task["state"]]
    unnamed = [task["action"].partition("_")[0].lower() for task in tasks if not task["state"]]  # these carry no id
    silent = ("ideogram", "fal", "jimeng", "openai")

    guide.same("the bot asked Discord nothing unknown", guide.sandbox.discord.unknown_routes, [])
    guide.same("every job is one task of the relay", len(named), len(set(named)))
    guide.same(
        "every job of an engine that takes no ids is one task",
        {engine: unnamed.count(engine) for engine in silent},
        {engine: guide.jobs_of(engine) for engine in silent},
    )


async def look_at_page(guide: Guide) -> None:
    """The same channel in the browser, where there is one."""
    async with browser_page(1280, 1600) as page:
        if page is None:
            guide.transcript.act("no picture of the page: Chromium and playwright are needed for it")
            return
        await page.goto(guide.sandbox.url)
        await page.locator("li[data-message-id] img").last.wait_for()
        guide.transcript.picture("page.png", await page.screenshot())


async def hurry(guide: Guide) -> None:
    """What the card shows on its way was seen: the relay may be quicker now."""
    guide.relay.clock.change_speed(HURRY * guide.sandbox.clock.speed)


LEDGERS = Step("The ledgers", read_ledgers)
RELAY_STEPS = (*PICTURES, *TEXTS, *SINGLE_PICTURE, *FILMS, *OTHERS)
OWN_WAYS = (*PROMPTS, *PERSONAL)
MIDJOURNEY = (*BASICS, Step("A quicker relay", hurry), *RELAY_STEPS, *OWN_WAYS, LEDGERS)
STEPS = (
    *BASICS,
    *RELAY_STEPS,
    *MORE_FILMS,
    *OWN_WAYS,
    *LIBRARY,
    *ENGINE_TOUR,
    *MODERATORS,
    *RULES,
    *BOOKS,
    *OWNERS,
    LEDGERS,
    Step("The page", look_at_page),
)


async def walk(folder: Path, *, speed: float = SPEED, steps: Sequence[Step] = STEPS) -> str | None:
    """Take the steps in a sandbox of their own; returns which step did not hold, or None."""
    failures, _outcomes = await walk_at(UNIAPI, folder, speed=speed, steps=steps, goes_on=False)
    return next(iter(failures), None)


async def walk_at(
    profile: Profile, folder: Path, *, speed: float = SPEED, steps: Sequence[Step] = MIDJOURNEY, goes_on: bool = True
) -> tuple[list[str], dict[str, str]]:
    """Take the steps at a relay of this family, in a sandbox of their own.

    Returns:
        Which steps did not hold, at most one where it does not go on after it; and what came of each operation.
    """
    transcript = Transcript(folder, typer.echo)
    try:
        with tempfile.TemporaryDirectory(prefix="easel-tour-") as data:
            async with Sandbox(speed=speed, data=Path(data), relay_profile=profile) as sandbox:
                await sandbox.wait_ready()
                return await take(steps, Guide(sandbox, transcript), goes_on=goes_on)
    finally:
        transcript.write()


async def take(steps: Sequence[Step], guide: Guide, *, goes_on: bool) -> tuple[list[str], dict[str, str]]:
    """Take the steps one after another; returns as `walk_at` does."""
    failures: list[str] = []
    for number, step in enumerate(steps, start=1):
        guide.transcript.heading(number, step.title)
        try:
            await step.take(guide)
        except Exception as error:  # noqa: BLE001 - whatever a step meets that it did not expect is its failure
            reason = str(error) if isinstance(error, ExpectationError) else f"{type(error).__name__}: {error}"
            guide.transcript.failure(reason)
            failures.append(f"Step {number}, {step.title!r}, did not hold: {reason}")
            if not goes_on:
                break
    return failures, guide.outcomes
