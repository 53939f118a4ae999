"""The port that every engine implements."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.job import Job
from bot.domain.outcomes import Observation, Search, SubmitOutcome


class PictureSource(Protocol):
    """Where an engine gets the bytes that a request names."""

    async def read(self, key: str) -> bytes:
        """Read the bytes of a kept picture."""
        ...

    async def cut_out(self, key: str) -> bytes:
        """Return a kept mask as a PNG that can be seen through where it is white.

        Raises:
            PictureError: the file is gone.
        """
        ...

    async def inverted(self, key: str) -> bytes:
        """Return a kept mask as a PNG in which black is painted anew and white is kept.

        Raises:
            PictureError: the file is gone.
        """
        ...

    async def edit_canvas(self, key: str, *, mask: str = "", shape: str = "") -> bytes:
        """Return a kept picture as a PNG that can be seen through where it is to be painted anew.

        Args:
            key: the picture.
            mask: the key of a kept mask over it, white = repaint.
            shape: width to height ("3:2") of the canvas; "" = the picture's own.

        Raises:
            PictureError: a file is gone.
        """
        ...

    async def keep_original(self, name: str, address: str, *, at_any_rate: bool = False) -> str:
        """Fetch what the relay made and keep it; returns its key.

        Args:
            name: what it is kept as.
            address: where it is.
            at_any_rate: whether it is kept here as long as it cannot be kept where it should be.

        Raises:
            PictureError: not to be had, or not a picture.
            VaultError: it was fetched, and cannot be kept where it should be; the next try begins there.
        """
        ...

    async def keep_again(self, name: str, key: str) -> str:
        """Keep a kept picture under another name as well; returns its key.

        Raises:
            PictureError: it is gone.
        """
        ...

    async def stacked(self, keys: Sequence[str]) -> bytes:
        """Return kept pictures as one, each below the one before it, on white.

        Raises:
            PictureError: a file is gone.
        """
        ...

    async def keep_made(self, name: str, data: bytes) -> str:
        """Keep what an engine sent as bytes; returns its key.

        Raises:
            PictureError: not a picture.
        """
        ...


class Engine(Protocol):
    """One outside API that makes pictures."""

    name: str

    @property
    def looks_together(self) -> bool:
        """Whether one request looks at many jobs."""
        ...

    async def submit(self, job: Job) -> SubmitOutcome:
        """Send the job once. Never raises for what the outside does; every end is an outcome."""
        ...

    async def fetch(self, job: Job) -> Observation:
        """Take one look at one job's task, for a task that lists leave out; raises as `look` does."""
        ...

    async def find(self, job: Job) -> Search:
        """Search the relay's recent tasks for one that carries the job's id; raises as `look` does."""
        ...

    async def recognise(self, job: Job, task_id: str) -> Search:
        """Check whether the task that somebody named carries the job's id; raises as `look` does."""
        ...

    async def seed(self, job: Job) -> str:
        """Return the number that started a finished job's picture; it may take tens of seconds.

        Raises:
            RelayError: the API does not tell.
        """
        ...

    async def cancel(self, job: Job) -> None:
        """Ask the outside to stop the task of a job that is not wanted any more, where it can be asked.

        What became of it only looks tell; it may be charged all the same.

        Raises:
            RelayError: it was not asked, or said no.
        """
        ...

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """Return one observation per job id, in one request where the API has a batch.

        Raises:
            RelayError: nothing could be learnt; nothing changed.
        """
        ...
