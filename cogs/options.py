"""What commands with options of their own share."""

from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar, cast

import discord
from discord import app_commands
from pydantic import JsonValue

from bot.client import EaselBot
from bot.domain.job import Job
from bot.domain.requests import Animate, Edit, EngineRequest
from bot.domain.visibility import Visibility
from bot.errors import UserError
from bot.language import _
from bot.ui.components.interactions import VISIBILITY
from bot.ui.components.modals import ModalKind
from bot.ui.flows.build import Flows
from bot.ui.flows.drafts import Draft
from cogs.pictures import checked, with_pictures

Command = TypeVar("Command", bound=Callable[..., Coroutine[Any, Any, None]])
VISIBLE = ("private", "spoiler")  # the options that say how results are shown
PROMPT = app_commands.Range[str, 1, 6000]  # Discord's limit for a text option
MAX_CHOICES, CHOICE_LIMIT = 25, 100


def with_visibility(command: Command) -> Command:
    """Give a command that starts a job the options `private` and `spoiler`; `visibility_of` reads them again."""

    @app_commands.describe(
        private="Whether only you see it; default: as you prefer",
        spoiler="Whether its pictures are covered; default: as you prefer",
    )
    @wraps(command)
    async def with_options(
        cog: object,
        interaction: discord.Interaction[EaselBot],
        *,
        private: bool | None = None,
        spoiler: bool | None = None,
        **options: object,
    ) -> None:
        interaction.extras[VISIBILITY] = Visibility(private, spoiler)
        await command(cog, interaction, **options)

    known = signature(command)
    more = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=bool | None) for name in VISIBLE]
    both = [*known.parameters.values(), *more]
    with_options.__signature__ = known.replace(parameters=both)  # type: ignore[attr-defined]  # as PEP 362 has it
    return cast(Command, with_options)


async def paint(
    flows: Flows,
    interaction: discord.Interaction[EaselBot],
    request: EngineRequest | Animate | Edit,
    *images: discord.Attachment | None,
    of: Job | None = None,
    is_drawn: bool = False,
) -> None:
    """Take an order that may have pictures; a prompt that is refused is kept.

    `of` is the finished job whose picture it goes by, before those that are given. Where it `is_drawn`, its mask is
    drawn on a page before it starts.

    Raises:
        UserError: a rule stands against an order without a prompt, or one of its files is no picture.
    """
    if not request.prompt:
        await flows.starter.start(interaction, request, mode=None, picture_urls=checked(*images))
        return
    draft = Draft(
        interaction.user.id,
        ModalKind.PAINT,
        about=of.id if of else "",
        text=request.prompt,
        request=request,
        lacks_pictures=any(images),
        is_drawn=is_drawn,
    )
    await flows.prompts.take(interaction, draft, lambda draft: with_pictures(draft, *images))


def check_one_mask(mask: discord.Attachment | None, *, is_drawn: bool) -> None:
    """Refuse a mask that is given and drawn.

    Raises:
        UserError: it is both.
    """
    if mask is not None and is_drawn:
        raise UserError(_("Please either give a mask or draw the region, not both."))


def given(**options: str | float | None) -> dict[str, JsonValue]:
    """Keep the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def suggested(known: Iterable[str], typed: str) -> list[app_commands.Choice[str]]:
    """Known values that fit what was typed so far. Anything else may be typed too: engines learn new words."""
    wanted = typed.casefold()
    fitting = [value for value in known if wanted in value.casefold() and len(value) <= CHOICE_LIMIT]
    return [app_commands.Choice(name=value, value=value) for value in fitting[:MAX_CHOICES]]
