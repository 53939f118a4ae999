"""Taking up a picture that stands in a message, for what a context menu wants it for."""

from enum import StrEnum

import discord

from bot.domain.requests import Describe
from bot.errors import UserError
from bot.language import _
from bot.pictures.sources import Source
from bot.services import Services
from bot.text import one_line, shorten
from bot.ui.components.client import Interaction, PictureChoice
from bot.ui.components.interactions import actor_of, locale_of, tell
from bot.ui.components.job_actions import PictureQuestion
from bot.ui.components.message_parts import ShownPicture, pictures_of
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
from bot.ui.components.picture_menu import OPTION_LIMIT, JobMenu
from bot.ui.flows.drafts import Draft, Drafts, Question
from bot.ui.flows.job_starter import JobStarter

MOST_PICTURES = 25  # lines of a menu, Discord's limit


class Use(StrEnum):
    """What a picture is wanted for; the value stands in the menu's custom id."""

    DESCRIBE = "describe"
    PROMPT = "prompt"
    FACE = "face"


_MODALS = {
    Use.PROMPT: (ModalKind.IMAGINE, _("Use as image prompt")),
    Use.FACE: (ModalKind.FACE, _("Swap a face into this")),
}


class MessagePictures:
    """Begins with a message's picture what a context menu of ours is for."""

    def __init__(self, services: Services, drafts: Drafts, starter: JobStarter) -> None:
        self._clock = services.clock
        self._preferences = services.preferences
        self._drafts = drafts
        self._starter = starter

    async def take_up(self, interaction: Interaction, message: discord.Message, use: Use) -> None:
        """Begin with a message's picture; ask which one where there are several.

        Raises:
            UserError: it has none.
        """
        own = interaction.client.user
        pictures = pictures_of(message, own.id if own else 0)[:MOST_PICTURES]
        if not pictures:
            raise UserError(_("This message has no picture. Please choose one that does."))
        if len(pictures) == 1:
            await self._begin(interaction, use, _source(pictures[0]))
            return
        locale = locale_of(interaction)
        draft = Draft(interaction.user.id, ModalKind.IMAGINE, picture_urls=tuple(map(_source, pictures)))
        menu = _menu(await self._drafts.keep(draft), use, pictures, locale)
        await tell(interaction, _("Which picture?").render(locale), menu)

    async def choose(self, interaction: Interaction, choice: PictureChoice) -> None:
        """Begin with the picture that was chosen.

        Raises:
            UserError: it was asked too long ago, or somebody else was.
        """
        draft = await self._drafts.get(choice.about, actor_of(interaction))
        number = int(choice.value)
        chosen = Question(_("Picture {number}", number=number + 1))
        await self._begin(interaction, Use(choice.purpose), draft.picture_urls[number], question=chosen)

    async def _begin(
        self, interaction: Interaction, use: Use, source: Source, question: Question | None = None
    ) -> None:
        if use is Use.DESCRIBE:
            mode = await self._preferences.mode(actor_of(interaction))
            await self._starter.start(interaction, Describe(), mode=mode, picture_urls=[source], question=question)
            return
        ask, title = _MODALS[use]
        draft = Draft(interaction.user.id, ask, picture_urls=(source,))
        await open_modal(interaction, ModalContext(ask, await self._drafts.keep(draft)), title, "", self._clock)


def _source(picture: ShownPicture) -> Source:
    return Source(picture.url, is_attachment=picture.is_attachment)


def _menu(draft_id: str, use: Use, pictures: list[ShownPicture], locale: str) -> discord.ui.View:
    options = [
        discord.SelectOption(
            label=_("Picture {number}", number=number).render(locale),
            value=str(number - 1),
            description=shorten(one_line(picture.description or picture.name), OPTION_LIMIT) or None,
        )
        for number, picture in enumerate(pictures, start=1)
    ]
    return discord.ui.View(timeout=None).add_item(JobMenu(PictureQuestion.ATTACHMENT, draft_id, use, options))
