"""What pictures can be used for, and the private menus that ask about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.domain.engine_info import ENGINES
from bot.domain.job import Job
from bot.domain.requests import Describe, EngineRequest, Imagine, Request
from bot.errors import UserError
from bot.language import Sentence, _
from bot.ui.components.client import PictureChoice, chosen_in, typed
from bot.ui.components.job_actions import PictureQuestion

OPTION_LIMIT = 100  # characters of a menu's line


@dataclass(frozen=True, slots=True)
class PictureTask:
    """Something that starts from a picture; `asks` tells whether a prompt goes with it."""

    name: str  # engine and operation
    title: Sentence
    asks: bool = True

    @property
    def engine(self) -> str:
        """The engine that does it."""
        return self.name.partition(".")[0]

    def request(self, prompt: str) -> Request:
        """Build the request, as yet without its picture."""
        match self.name.split("."):
            case ["midjourney", "describe"]:
                return Describe()
            case ["midjourney", _kind]:
                return Imagine(prompt=prompt)
            case [engine, kind]:
                return EngineRequest(engine=engine, kind=kind, prompt=prompt)
            case _:
                raise ValueError(self.name)


PICTURE_TASKS = {
    task.name: task
    for info in ENGINES.values()
    for operation in info.operations
    if operation.picture_title is not None
    for task in [PictureTask(f"{info.name}.{operation.kind}", operation.picture_title, operation.asks_prompt)]
}
IN_MIDJOURNEY = PICTURE_TASKS["midjourney.imagine"]


def task_named(name: str) -> PictureTask:
    """Get the task of this name.

    Raises:
        UserError: there is none.
    """
    if name not in PICTURE_TASKS:
        raise UserError(_("This menu is from another version of Easel. Please press the button again."))
    return PICTURE_TASKS[name]


class JobMenu(
    ui.DynamicItem[ui.Select[ui.View]],
    template=r"easel-menu:(?P<asks>[a-z]+):(?P<about>[0-9a-f]{16}):(?P<purpose>[a-z.]*)",
):
    """A private menu about one job's picture: first what for, then (where there are several) which one."""

    def __init__(
        self, asks: PictureQuestion | str, about: str, purpose: str, options: Sequence[discord.SelectOption] = ()
    ) -> None:
        select: ui.Select[ui.View] = ui.Select(custom_id=f"easel-menu:{asks}:{about}:{purpose}", options=list(options))
        super().__init__(select)
        self.asks = asks
        self.about = about
        self.purpose = purpose

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["asks"], match["about"], match["purpose"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        choice = PictureChoice(self.asks, self.about, self.purpose, chosen_in(here))
        await here.client.button_router.choose(here, choice)


def tasks_menu(job: Job, engines: Sequence[str], locale: str) -> ui.View:
    """Build the menu that asks what the picture is for, among the engines that are on."""
    options = [
        discord.SelectOption(label=task.title.render(locale)[:OPTION_LIMIT], value=task.name)
        for task in PICTURE_TASKS.values()
        if task.engine in engines
    ]
    return ui.View(timeout=None).add_item(JobMenu(PictureQuestion.TASK, job.id, "", options))


def shots_menu(job: Job, task: PictureTask, locale: str) -> ui.View:
    """Build the menu that asks which of several pictures is meant."""
    count = len(job.result.images) if job.result else 0
    options = [
        discord.SelectOption(label=_("Picture {number}", number=number + 1).render(locale), value=str(number))
        for number in range(count)
    ]
    return ui.View(timeout=None).add_item(JobMenu(PictureQuestion.RESULT, job.id, task.name, options))
