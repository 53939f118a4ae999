"""What members' pictures may take of the disk, and when they go."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Alerts, Level
from bot.domain.job import Actor, FailureKind, Job, JobStatus, Wait
from bot.errors import PictureError
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.register import KeptPicture
from bot.settings import Settings
from bot.storage.picture_needs import PictureNeeds

logger = logging.getLogger(__name__)

MB = 1_000_000
DAY_S = 24 * 3600.0
ENOUGH_AGAIN = 1.1  # times the floor, so that the owner hears of one shortage once
KEPT_AFTER_CLEARING = 0.8  # of what a member, or all, may hold; so that not every order clears anew
YOUNG_S = 3600.0  # a file that no job names may be of an order that is being taken in; after this long it is abandoned
DOUBTS = (FailureKind.MASK_EMPTY, FailureKind.MASK_FULL)  # whose jobs can be sent as they are
UNSENT_ENDS = (JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.FAILED)


class Inputs:
    """Keeps the disk from filling with members' pictures.

    A job that ends unsent takes its own along. What a member holds, and all together, is bounded: the oldest that no
    unfinished job needs go first. Below the floor of free space no picture is taken at all, so that what the relay
    makes always has room.

    Args:
        pictures: the folder.
        needs: which pictures jobs name.
        settings: the bounds.
        clock: how old files are.
        alerts: tells the owner.
        machine: which of several machines has the folder; empty where there is one.
    """

    def __init__(
        self,
        pictures: Pictures,
        needs: PictureNeeds,
        settings: Settings,
        clock: Clock,
        alerts: Alerts,
        machine: str = "",
    ) -> None:
        self._pictures = pictures
        self._stock = pictures.stock
        self._needs = needs
        self._settings = settings
        self._clock = clock
        self._alerts = alerts
        self._machine = machine
        self._ended: asyncio.Queue[Job] = asyncio.Queue()

    async def check(self, actor: Actor) -> None:
        """Refuse one more picture of a member's where there is no room for it; make some within their own bounds.

        Raises:
            PictureError: the disk is nearly full, or all that the member may hold is needed by unfinished jobs.
        """
        if await self.is_low():
            raise PictureError(
                _(
                    "The disk is nearly full, so pictures cannot be taken right now. The owner has been told; please "
                    "try again later."
                )
            )
        per_member, for_all = self._settings.storage.max_input_mb_per_member, self._settings.storage.max_input_mb
        mine = await self._needs.of_member(actor.id) if per_member else frozenset[str]()
        register = await self._stock.register()
        if not await self._clear(await register.inputs(mine), per_member):
            raise PictureError(
                _(
                    "Your pictures have used up the {limit} MB that each member has here. Please try again in an hour.",
                    limit=per_member,
                )
            )
        is_too_much = 0 < for_all * MB <= await register.input_bytes()
        if is_too_much and not await self._clear(await register.inputs(), for_all):
            raise PictureError(_("The space for pictures is full. Please try again later."))

    async def is_low(self) -> bool:
        """Whether the disk is nearly full; the owner is told once, until there is room again."""
        free_mb = await self._stock.free_bytes(wanted=self._settings.storage.keep_free_mb * MB) / MB
        if free_mb >= self._settings.storage.keep_free_mb:
            if free_mb >= self._settings.storage.keep_free_mb * ENOUGH_AGAIN:
                await self._alerts.resolve_alert(AlertKind.DISK, self._machine)
            return False
        sentence = _(
            "Only {free} MB are free on the disk of DATA_DIR. Until {floor} MB are free (KEEP_FREE_MB), "
            "members' pictures are refused and results are not kept after they are posted.",
            free=int(free_mb),
            floor=self._settings.storage.keep_free_mb,
        )
        await self._alerts.alert_owner(Alert(AlertKind.DISK, Level.CRITICAL, sentence, self._machine))
        return True

    async def _clear(self, kept: Sequence[KeptPicture], most_mb: int) -> bool:
        """Remove the oldest that nobody waits for, where these take too much; False where that is not enough."""
        if not most_mb or (size := sum(one.size for one in kept)) < most_mb * MB:
            return True
        needed = await self._needs.of_open_jobs()
        before = self._clock.now() - timedelta(seconds=YOUNG_S)
        spare = [one for one in kept if one.key not in needed and one.kept_at < before]
        freed = list(accumulate(one.size for one in spare))
        wanted = size - most_mb * MB * KEPT_AFTER_CLEARING
        gone = spare[: 1 + next((number for number, so_far in enumerate(freed) if so_far >= wanted), len(spare))]
        await self._pictures.remove([one.key for one in gone])
        logger.info("old inputs removed count=%d", len(gone))
        return size - sum(one.size for one in gone) < most_mb * MB

    def ended(self, job: Job) -> None:
        """A job ended; where it was never sent, its pictures go soon."""
        is_unsent = job.status is JobStatus.CANCELLED or (job.status in UNSENT_ENDS and job.submitted_at is None)
        is_asked_again = job.failure is not None and job.failure.kind in DOUBTS
        if is_unsent and not is_asked_again and (job.request.pictures or job.waiting_for == Wait.PICTURES):
            self._ended.put_nowait(job)

    async def run(self) -> None:
        """Remove what belonged to jobs that ended unsent, and once a day what was abandoned, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep_daily(), name="abandoned-inputs")
            while True:
                await self.settle_one()

    async def settle_one(self) -> None:
        """Wait for a job that ended unsent, and remove what belonged to it."""
        job = await self._ended.get()
        try:
            names = frozenset(job.request.pictures) - await self._needs.beside(job)
            if job.waiting_for == Wait.PICTURES and not await self._needs.is_prepared_elsewhere(job):
                names |= await (await self._stock.register()).inputs_of(job.id)
            await self._pictures.remove(names)
        except Exception:  # tidying up is never worth the process; the daily sweep comes by as well
            logger.exception("inputs not removed job_id=%s", job.id)

    async def _sweep_daily(self) -> None:
        while True:
            try:
                await self.sweep_once()
            except Exception:  # as above
                logger.exception("inputs not swept")
            await self._clock.sleep(DAY_S)

    async def sweep_once(self) -> None:
        """Remove what orders that broke off have left."""
        await self._stock.take_stock()
        before = self._clock.now() - timedelta(seconds=YOUNG_S)
        inputs = await (await self._stock.register()).inputs()
        old = frozenset(one.key for one in inputs if one.kept_at < before)
        spare = old - await self._needs.of_all() if old else old
        if spare:
            await self._pictures.remove(spare)
            logger.info("abandoned inputs removed count=%d", len(spare))
