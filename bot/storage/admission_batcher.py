"""Admissions that come while others are under way wait here, and are made together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.budgets import Account
from bot.domain.job import Job
from bot.storage.units import Limits

logger = logging.getLogger(__name__)

Booked = Mapping[Account, int]  # what is used of each account that a job was booked on
TOGETHER = 25  # admissions in one transaction; more would hold up the event loop


@dataclass(frozen=True, slots=True)
class WaitingAdmission:
    """One job that wants to be admitted."""

    job: Job
    limits: Limits
    day: str


_Waiting = tuple[WaitingAdmission, asyncio.Future[Booked]]


class AdmissionBatcher:
    """Where admissions wait: those that come while others are under way are made together."""

    def __init__(
        self,
        together: Callable[[Sequence[WaitingAdmission]], Awaitable[Mapping[str, Booked | Exception]]],
        singly: Callable[[WaitingAdmission], Awaitable[Booked]],
    ) -> None:
        self._together = together
        self._singly = singly
        self._waiting: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def enter(self, admission: WaitingAdmission) -> Booked:
        """Be admitted; returns and raises as `Admissions.admit` does."""
        done: asyncio.Future[Booked] = asyncio.get_running_loop().create_future()
        self._waiting.append((admission, done))
        if self._work is None or self._work.done():
            # A task of its own: whoever comes first may be cancelled, and the others must still be admitted.
            self._work = asyncio.create_task(self._admit_all(), name="admissions")
        return await done

    async def _admit_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            for admission, done in await self._left_of(batch):
                try:
                    _settle_future(done, await self._singly(admission))
                except Exception as exc:  # noqa: BLE001 - it is the affair of whoever waits for it
                    _settle_future(done, exc)

    async def _left_of(self, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """Let as many together as can be know whether they are admitted; returns the others."""
        if len(batch) > 1:
            try:
                fates = await self._together([admission for admission, _done in batch])
            except Exception as exc:  # noqa: BLE001 - whatever it was, each by itself will tell whom it concerns
                logger.warning("admissions not made together error=%s", type(exc).__name__)
            else:
                for admission, done in batch:
                    if admission.job.id in fates:
                        _settle_future(done, fates[admission.job.id])
        return [one for one in batch if not one[1].done()]


def _settle_future(done: asyncio.Future[Booked], fate: Booked | Exception) -> None:
    """Tell whoever waits, if anybody still does."""
    if done.done():
        return
    if isinstance(fate, Exception):
        done.set_exception(fate)
    else:
        done.set_result(fate)
