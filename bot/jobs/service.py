"""The parts of the jobs side under the names that their callers still use."""

from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.domain.engine import Engine
from bot.jobs.access import Members
from bot.jobs.build import build_jobs
from bot.jobs.intake import Prepare, Prepared
from bot.jobs.live_jobs import ROUND_S
from bot.jobs.look_history import MISSING_FOR_S, UNSETTLED_FOR_S
from bot.jobs.presenter import Presenter
from bot.jobs.recovery import LOOK_UP_FOR_S
from bot.jobs.tracking import STALE_S
from bot.jobs.transitions import DEADLINES_S, MODAL_LIFE_S
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore

__all__ = [
    "DEADLINES_S",
    "LOOK_UP_FOR_S",
    "MISSING_FOR_S",
    "MODAL_LIFE_S",
    "ROUND_S",
    "STALE_S",
    "UNSETTLED_FOR_S",
    "JobService",
    "Prepare",
    "Prepared",
]


class JobService:
    """Holds the parts until their callers are handed what they need by name."""

    def __init__(
        self,
        *,
        store: JobStore,
        engines: Mapping[str, Engine],
        pictures: Pictures,
        presenter: Presenter,
        settings: Settings,
        clock: Clock,
        members: Members | None = None,
    ) -> None:
        parts = build_jobs(
            store=store,
            engines=engines,
            pictures=pictures,
            presenter=presenter,
            settings=settings,
            clock=clock,
            members=members,
        )
        self.parts = parts
        self.store, self.pictures, self.settings = store, pictures, settings
        self.moderation, self.access, self.unpaid = parts.moderation, parts.access, parts.unpaid
        self.admission, self.inputs, self.groups, self.deliveries = (
            parts.admission,
            parts.inputs,
            parts.groups,
            parts.deliveries,
        )
        self.queue, self.looks, self.running = parts.live.queue, parts.live.looks, parts.live.running
        self.waiting, self.held = parts.live.waiting, parts.live.held
        self.engine, self.rests = parts.engines.get, parts.engines.is_engine_off
        self.position, self.holds, self.let_go = parts.live.position, parts.live.holds, parts.live.let_go
        self.card_shown, self.group_shown = parts.intake.card_shown, parts.intake.group_shown
        self.withdraw, self.withdraw_group = parts.intake.withdraw, parts.intake.withdraw_group
        self.move_to = parts.intake.move_to
        self.submit, self.answer = parts.submission.submit, parts.submission.answer
        self.advance = parts.tracking.advance
        self.resume, self.pick_up, self.look_up = parts.recovery.resume, parts.recovery.pick_up, parts.recovery.recover
        self.look_again, self.hint = parts.recovery.retry_recovery, parts.recovery.on_callback
        self.cancel, self.cancel_rest, self.block = (
            parts.controls.cancel,
            parts.controls.cancel_rest,
            parts.controls.block,
        )
        self.drop, self.remove = parts.controls.dismiss, parts.controls.remove
        self.fresh_token, self.seed = parts.controls.fresh_token, parts.controls.seed

    @property
    def engine_names(self) -> Sequence[str]:
        """The engines that are on."""
        return self.parts.engines.names
