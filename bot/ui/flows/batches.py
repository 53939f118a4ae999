"""/batch: a file is read and checked, its member asked, and its lines started as one group."""

import asyncio
import io
import logging
from dataclasses import dataclass

import discord
from pydantic import TypeAdapter

from bot.domain.job import Actor, BatchLine, GroupKind, Place
from bot.domain.requests import Mode, Request
from bot.errors import PictureError, UserError
from bot.jobs.batch_check import BatchChecker
from bot.language import _
from bot.pictures.sources import Source
from bot.prompts.batch_files import MAX_FILE_BYTES, read_batch_file
from bot.services import Services
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.text import escape_inline
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, place_of
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style, view_of
from bot.ui.flows.drafts import TOO_OLD, Question
from bot.ui.flows.job_starter import JobStarter, close_question
from bot.ui.text.batch_text import Order, order_table, order_text
from bot.ui.text.costs import jobs_words, units_words

logger = logging.getLogger(__name__)

ORDER_LIFE_S = 24 * 3600
KIND = "batch"  # of the notes that checked files are kept in
ROWS_PER_JOB = 5  # lines that may be wrong beside each that starts


@dataclass(frozen=True, slots=True)
class OrderedJob:
    """One job that a file stands for."""

    line: int
    name: str
    request: Request
    mode: Mode | None


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """A checked file whose member is asked whether it should start."""

    user_id: int
    title: str
    jobs: tuple[OrderedJob, ...]


_ORDER = TypeAdapter(KeptOrder)


class Batches:
    """Takes files of prompts, and the answers to what was asked about them."""

    def __init__(self, services: Services, starter: JobStarter) -> None:
        self._settings = services.settings
        self._clock = services.clock
        self._jobs = services.jobs
        self._pictures = services.pictures
        self._preferences = services.preferences
        self._starter = starter
        self.orders = ExpiringValues(
            services.store.notes,
            services.clock,
            KIND,
            _ORDER,
            life_s=ORDER_LIFE_S,
            owner_of=lambda order: order.user_id,
        )

    async def take(self, interaction: Interaction, file: discord.Attachment) -> None:
        """Check a file and tell what it stands for, with the question whether it should start.

        Raises:
            UserError: a rule stands against it, or it cannot be read at all.
        """
        actor, place = actor_of(interaction), place_of(interaction)
        await self._jobs.admission.check_group(actor, place)
        if file.size > MAX_FILE_BYTES:
            raise UserError(_("This file is larger than {limit} MB.", limit=MAX_FILE_BYTES // 1024**2))
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._jobs.unpaid.admit(actor, place)
        order = await self._checked(actor, place, file.filename, await self._read(file))
        view = None
        if order.may_start:
            view = _question_view(await self.orders.keep(_kept(actor, order)), order, actor.locale)
        await interaction.followup.send(
            order_text(order, actor.locale),
            file=discord.File(io.BytesIO(order_table(order, actor.locale)), "check.csv"),
            view=view or discord.utils.MISSING,
            ephemeral=True,
        )

    async def _read(self, file: discord.Attachment) -> bytes:
        source = Source(file.url, is_attachment=True)
        try:
            return await self._pictures.fetch_attachment(f"batch-{file.id}", source, MAX_FILE_BYTES)
        except (PictureError, OSError) as exc:
            logger.info("batch file not read reason=%s", type(exc).__name__)
            name = escape_inline(file.filename, 100)
            raise UserError(_("“{name}” could not be read. Please send it again.", name=name)) from exc

    async def _checked(self, actor: Actor, place: Place, title: str, data: bytes) -> Order:
        most = self._settings.limits.max_jobs_per_batch
        checker = BatchChecker(
            self._jobs.admission,
            self._jobs.engines.names,
            await self._preferences.own(actor),
            await self._preferences.mode(actor),
            self._clock.now(),
            most,
        )
        left = await self._jobs.admission.units_left.of(actor, place)

        def check() -> Order:
            return Order(title, checker.check(read_batch_file(data, title, most * ROWS_PER_JOB)), most, left)

        return await asyncio.to_thread(check)

    async def start_batch(self, interaction: Interaction, order_id: str) -> None:
        """Start all jobs of a checked file as one group.

        Raises:
            UserError: a rule stands against them by now, or it was answered before.
        """
        order = await self._order(interaction, order_id)
        await self._starter.start_group(
            interaction,
            GroupKind.PERMUTATION,
            order.title,
            [(job.request, job.mode) for job in order.jobs],
            question=Question(_("Started all {count}.", count=len(order.jobs)), order_id, kind=KIND),
            lines=[BatchLine(job.line, job.name) for job in order.jobs],
        )

    async def drop_batch(self, interaction: Interaction, order_id: str) -> None:
        """Forget a checked file."""
        await self._order(interaction, order_id)
        await self.orders.delete(order_id)
        await close_question(interaction, Question(_("Nothing was started.")))

    async def _order(self, interaction: Interaction, order_id: str) -> KeptOrder:
        try:
            order = await self.orders.get(order_id, interaction.user.id)
        except ForeignValueError as exc:
            raise UserError(_("Only the person who sent this file may do that.")) from exc
        if order is None:
            raise UserError(TOO_OLD)
        return order


def _kept(actor: Actor, order: Order) -> KeptOrder:
    jobs = tuple(
        OrderedJob(checked.row.number, checked.row.name, request, mode)
        for checked in order.rows
        for request, mode in checked.requests
    )
    return KeptOrder(actor.id, order.title, jobs)


def _question_view(order_id: str, order: Order, locale: str) -> discord.ui.View:
    start = _("Start {jobs} · {units}", jobs=jobs_words(order.jobs), units=units_words(order.units)).render(locale)
    return view_of(
        JobButton(JobAction.START_BATCH, order_id, label=start, style=Style.success),
        JobButton(JobAction.DROP_BATCH, order_id, label=_("Never mind").render(locale)),
    )
