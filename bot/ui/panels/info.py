"""How a member stands: /info, in the silhouette of the official bot's. Source: docs/look.md 7."""

from collections.abc import Iterable

import discord

from bot.domain.job import GOING_ON, Actor, Job, JobStatus, Place
from bot.domain.requests import Mode
from bot.language import Sentence, _
from bot.services import Services
from bot.text import inline_code
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, place_of
from bot.ui.components.message_links import linked_message, open_link

JOBS = 200  # a member's unfinished jobs that are counted
LINKS = 10
SUFFIX_LIMIT = 500  # characters
_MODES = {Mode.RELAX: _("Relaxed"), Mode.FAST: _("Fast"), Mode.TURBO: _("Turbo")}


class InfoPanel:
    """Tells a member how they stand."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._store = services.store
        self._admission = services.jobs.admission
        self._preferences = services.preferences

    async def open(self, interaction: Interaction) -> None:
        """Answer with everything about the member, for their eyes alone."""
        embed = await self._embed(actor_of(interaction), place_of(interaction))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    async def _embed(self, actor: Actor, place: Place) -> discord.Embed:
        preferences, locale = self._preferences, actor.locale
        mode = await preferences.mode(actor) or Mode.FAST
        suffix, defaults = await preferences.suffix(actor), await preferences.defaults(actor)
        remix, options = await preferences.has_remix(actor), await preferences.options(actor)
        used, _by_all = await self._store.spent(actor, self._clock.now().date().isoformat())
        left = await self._admission.units_left.of(actor, place)
        jobs = [
            job for job in await self._store.of_author(actor.id, JOBS) if job.status in GOING_ON and not job.stopped
        ]
        waiting = [job for job in jobs if job.status is JobStatus.RECEIVED]
        running = [job for job in jobs if job.status is not JobStatus.RECEIVED]
        none = _("none")
        facts: list[tuple[Sentence, object]] = [
            (_("User ID"), actor.id),
            (_("Job Mode"), _MODES[mode]),
            (_("Remix mode"), _("on") if remix else _("off")),
            (_("Settings"), inline_code(defaults, SUFFIX_LIMIT) if defaults else none),
            (_("Suffix"), inline_code(suffix, SUFFIX_LIMIT) if suffix else none),
            *([(_("Your shortcuts"), len(options))] if options else []),
            (_("Units used today"), used),
            (_("Units left"), _("no limit") if left is None else left),
            (_("Waiting jobs"), _counted(waiting, locale)),
            (_("Running jobs"), _counted(running, locale)),
        ]
        lines = [_("**{name}**: {value}", name=name, value=value).render(locale) for name, value in facts]
        return discord.Embed(title=_("Your info").render(locale), description="\n".join(lines))


def _counted(jobs: list[Job], locale: str) -> str:
    """Count jobs, with links to their messages."""
    return " ".join([str(len(jobs)), *_links(jobs, locale)])


def _links(jobs: Iterable[Job], locale: str) -> list[str]:
    links = [open_link(job.place, linked).render(locale) for job in jobs if (linked := linked_message(job)) is not None]
    return links[:LINKS]
