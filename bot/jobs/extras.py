"""What a member gets beside a posted result: a hint with the first one, a copy by direct message."""

from dataclasses import dataclass
from typing import Self

from bot.jobs.auto_dm import AutoDm
from bot.jobs.first_grid import FirstGrid
from bot.settings import Settings
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Extras:
    """Who gets which, by what is kept of them."""

    first_grid: FirstGrid
    auto_dm: AutoDm

    @classmethod
    def over(cls, store: JobStore, settings: Settings) -> Self:
        """Build both over one store."""
        return cls(FirstGrid(store), AutoDm(store, settings))
