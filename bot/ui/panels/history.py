"""The private list of a member's finished jobs, by pages."""

from collections.abc import Sequence

from discord import ui

from bot.domain.job import Actor, Job
from bot.language import _
from bot.services import Services
from bot.text import escape_inline
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of
from bot.ui.components.message_links import message_link
from bot.ui.components.panel_items import PanelButton, panel_of, row_of

NAME = "history"
PER_PAGE = 10
PROMPT_LIMIT = 120  # so that a page of the longest lines fits


class History:
    """Shows what a member has made."""

    def __init__(self, services: Services) -> None:
        self._store = services.store

    async def open(self, interaction: Interaction) -> None:
        """Answer with the first page."""
        await interaction.response.send_message(view=await self._view(actor_of(interaction), 0), ephemeral=True)

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Turn to another page."""
        await interaction.response.edit_message(view=await self._view(actor_of(interaction), int(given.about)))

    async def _view(self, actor: Actor, page: int) -> ui.LayoutView:
        jobs = await self._store.posted_of_author(actor.id, PER_PAGE + 1, page * PER_PAGE)
        return history_view(jobs, page, actor.locale)


def history_view(jobs: Sequence[Job], page: int, locale: str) -> ui.LayoutView:
    """Build one page, counted from 0; a job more than fits tells that there is another page."""
    title = "### " + _("Your pictures").render(locale)
    text = "\n".join([title, *(_line(job, locale) for job in jobs[:PER_PAGE])])
    if not jobs:
        text = f"{title}\n" + _("There is nothing here yet. Start with /imagine.").render(locale)
    newer = PanelButton(NAME, "page", str(max(page - 1, 0)), label=_("Newer").render(locale), disabled=page == 0)
    older = PanelButton(NAME, "page", str(page + 1), label=_("Older").render(locale), disabled=len(jobs) <= PER_PAGE)
    turns = [] if page == 0 and len(jobs) <= PER_PAGE else [row_of(newer, older)]
    return panel_of(ui.TextDisplay(text), *turns)


def _line(job: Job, locale: str) -> str:
    words = escape_inline(job.prompt, PROMPT_LIMIT) or job.operation
    link = f"[{_('Open').render(locale)}]({message_link(job.place, job.result_message_id)})"
    return f"- **{words}** <t:{int(job.created_at.timestamp())}:R> {link}"
