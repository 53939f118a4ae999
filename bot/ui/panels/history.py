"""/history: what a member made, privately, with a thumbnail of each and what can be done with it."""

import asyncio
import io
from collections.abc import Mapping, Sequence

import discord
from discord import ui

from bot.domain.custom_ids import Family, parse
from bot.domain.engine_info import get_title
from bot.domain.job import Actor, Job, Place
from bot.domain.library import LibraryKind
from bot.domain.requests import Action
from bot.errors import PictureError, UserError
from bot.language import Sentence, _, ngettext
from bot.pictures.decoding.marks import Origin
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.services import Services
from bot.storage.library import EVERYTHING, Entry, Page, Search
from bot.text import escape_inline
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of, place_of
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style
from bot.ui.components.message_links import message_link
from bot.ui.components.message_parts import custom_ids
from bot.ui.components.panel_items import PanelButton, panel_of, row_of
from bot.ui.panels.history_pages import HistoryPage, Turn, page_in, read_page
from bot.ui.text import job_lines
from bot.ui.text.job_titles import end_word, job_name, job_title

NAME = "history"
PER_PAGE = 4  # each takes eight of the 40 components that a message may have
PROMPT_LIMIT = 110  # characters
STAR = "s"  # what the star beside a job is called in custom ids
THUMBNAILS_S = 8.0  # that a page waits for those that are made now
KINDS: Mapping[LibraryKind, Sentence] = {
    LibraryKind.PICTURE: _("New pictures"),
    LibraryKind.VARIATION: _("Variations"),
    LibraryKind.SINGLE: _("Single pictures"),
    LibraryKind.FILM: _("Videos"),
    LibraryKind.TEXT: _("Descriptions"),
    LibraryKind.FAILED: _("Failed and refused"),
}


class History:
    """Shows what a member has made; every answer is read anew, so that what was removed is gone from it."""

    def __init__(self, services: Services) -> None:
        self._library = services.store.library
        self._store = services.store
        self._pictures = services.pictures
        self._unpaid = services.jobs.unpaid
        self._stars = services.jobs.stars

    async def open(self, interaction: Interaction, search: Search = EVERYTHING) -> None:
        """Answer with the newest of what is looked for."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, HistoryPage(search))

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Turn to another page, or star a job and show the same page once more."""
        shown = custom_ids(interaction.message) if interaction.message else []
        page = page_in(shown, NAME) if given.what == STAR else read_page(given.what, given.about)
        await interaction.response.defer()
        if given.what == STAR:
            await self._turn_star(actor_of(interaction), given.about)
        await self._show(interaction, page)

    async def _turn_star(self, actor: Actor, job_id: str) -> None:
        job = await self._store.get(job_id)
        if job is not None and job.actor.id == actor.id:
            await self._stars.turn(actor, job)

    async def _show(self, interaction: Interaction, page: HistoryPage) -> None:
        actor = actor_of(interaction)
        found = await self._library.find(actor.id, page.search, count=PER_PAGE, before=page.before, after=page.after)
        if not found.entries and page.turn is not Turn.NEWEST:  # they were removed, or their last star was
            page = page.turned(Turn.NEWEST)
            found = await self._library.find(actor.id, page.search, count=PER_PAGE)
        thumbnails = await self._thumbnails(found.entries, actor, place_of(interaction))
        files = [discord.File(io.BytesIO(data), _file_name(job_id)) for job_id, data in thumbnails.items()]
        view = history_view(found, page, actor.locale, thumbnails)
        await interaction.edit_original_response(view=view, attachments=files)

    async def _thumbnails(self, entries: Sequence[Entry], actor: Actor, place: Place) -> Mapping[str, bytes]:
        """Read the thumbnails of these jobs, and make those that are missing, as far as the member may have it."""
        keys = {entry.job.id: key for entry in entries if (key := _shown_picture(entry.job))}
        origins = {entry.job.id: _origin(entry.job) for entry in entries}
        missing = [job_id for job_id, key in keys.items() if not await self._pictures.has_thumbnail(key)]
        if missing:
            try:
                await self._unpaid.admit(actor, place)
            except UserError:
                keys = {job_id: key for job_id, key in keys.items() if job_id not in missing}
        making = {
            job_id: asyncio.ensure_future(_thumbnail(self._pictures, key, actor, origins[job_id]))
            for job_id, key in keys.items()
        }
        if making:
            _done, late = await asyncio.wait(making.values(), timeout=THUMBNAILS_S)
            for task in late:
                task.cancel()
        made = {job_id: task.result() for job_id, task in making.items() if task.done() and not task.cancelled()}
        return {job_id: data for job_id, data in made.items() if data is not None}


async def _thumbnail(pictures: Pictures, key: str, actor: Actor, origin: Origin | None) -> bytes | None:
    """Get a thumbnail; None where its picture is gone, or nobody can get at it."""
    try:
        return await pictures.thumbnail(key, of=actor.id, origin=origin) if await pictures.has(key) else None
    except PictureError:
        return None


def _shown_picture(job: Job) -> str | None:
    """Choose the picture that stands beside a job: what was made, or what was described."""
    if job.result is not None and job.result.picture is not None:
        return job.result.picture
    is_reading = job.result is not None and job.result.text and job.request.pictures
    return job.request.pictures[0] if is_reading else None


def _origin(job: Job) -> Origin | None:
    """How that picture came about; None where a member sent it."""
    return origin_of(job.request) if job.result is not None and job.result.picture is not None else None


def _file_name(job_id: str) -> str:
    return f"thumbnail-{job_id}.webp"


def history_view(found: Page, page: HistoryPage, locale: str, thumbnails: Mapping[str, bytes]) -> ui.LayoutView:
    """Build a page; `thumbnails` has the jobs whose thumbnails are attached."""
    parts: list[ui.Item[ui.LayoutView]] = [ui.TextDisplay(_heading(found, page.search, locale))]
    for entry in found.entries:
        line = ui.TextDisplay[ui.LayoutView](_line(entry, locale))
        if entry.job.id in thumbnails:
            name = job_name(entry.job)[:256]
            picture = ui.Thumbnail[ui.LayoutView](f"attachment://{_file_name(entry.job.id)}", description=name)
            parts.append(ui.Section(line, accessory=picture))
        else:
            parts.append(line)
        parts.append(row_of(*_buttons(entry, locale)))
    return panel_of(*parts, row_of(*_turns(found, page, locale)))


def _heading(found: Page, search: Search, locale: str) -> str:
    title = "### " + _("Your pictures").render(locale)
    named = [
        f"“{escape_inline(search.words, 80)}”" if search.words else "",
        KINDS[search.kind].render(locale) if search.kind else "",
        get_title(search.engine) if search.engine else "",
        "⭐" if search.favourites else "",
    ]
    looked_for = " · ".join(filter(None, named))
    heading = f"{title}: {looked_for}" if looked_for else title
    if found.entries:
        return heading
    return f"{heading}\n{_nothing(search).render(locale)}"


def _nothing(search: Search) -> Sentence:
    """Tell what to do where nothing was found, by what was looked for."""
    if search.words:
        return _("Nothing found. Try fewer or shorter words.")
    if search.kind or search.engine:
        return _("Nothing found of this kind yet.")
    if search.favourites:
        return _("Nothing found: no favourites yet. Press ⭐ on one of your pictures.")
    return _("There is nothing here yet. Start with /imagine.")


def _line(entry: Entry, locale: str) -> str:
    job = entry.job
    name = escape_inline(job_name(job), PROMPT_LIMIT)
    state = end_word(job).render(locale) if entry.kind is LibraryKind.FAILED else ""
    units = ngettext("{count} unit", "{count} units", count=job.units)
    link = f"[{_('Open').render(locale)}]({message_link(job.place, job.result_message_id)})"
    facts = [
        state,
        job_title(job),
        job_lines.way_word(job),
        f"<t:{int(job.created_at.timestamp())}:R>",
        units.render(locale),
        link if job.result_message_id and not state else "",
    ]
    return f"**{name}**\n-# " + " · ".join(filter(None, facts))


def _buttons(entry: Entry, locale: str) -> list[JobButton | PanelButton]:
    job, is_failed = entry.job, entry.kind is LibraryKind.FAILED
    here = JobButton(JobAction.POST_HERE, job.id, label=_("Show here").render(locale))
    again = JobButton(JobAction.RUN_AGAIN, job.id, label=_("Again").render(locale), emoji="🔄")
    edit = JobButton(JobAction.EDIT_JOB, job.id, label=_("Edit and run again").render(locale))
    why = JobButton(JobAction.EXPLAIN, job.id, label=_("Why?").render(locale))
    star = PanelButton(NAME, STAR, job.id, emoji="⭐", style=Style.primary if entry.is_favourite else Style.secondary)
    if is_failed:
        return [why, *([edit] if job.prompt else [])]
    return [here, *([] if _is_pick(job) else [again]), *([edit] if job.prompt else []), star]


def _is_pick(job: Job) -> bool:
    """Tell whether a job took one picture out of a set, which is done once."""
    return isinstance(job.request, Action) and parse(job.request.button.custom_id).family is Family.PICK


def _turns(found: Page, page: HistoryPage, locale: str) -> list[PanelButton]:
    first = found.entries[0].spot if found.entries else None
    last = found.entries[-1].spot if found.entries else None
    is_newest = page.turn is Turn.NEWEST or (page.turn is Turn.NEWER and not found.has_more)
    is_oldest = last is None or (page.turn is not Turn.NEWER and not found.has_more)
    newer, older = page.turned(Turn.NEWER, first), page.turned(Turn.OLDER, last)
    here = page.turned(Turn.AT, first) if first else page.turned(Turn.NEWEST)
    return [
        PanelButton(
            NAME, newer.turn, newer.written(), label=_("Newer").render(locale), disabled=is_newest or first is None
        ),
        PanelButton(NAME, older.turn, older.written(), label=_("Older").render(locale), disabled=is_oldest),
        PanelButton(NAME, here.turn, here.written(), emoji="🔄"),
    ]
