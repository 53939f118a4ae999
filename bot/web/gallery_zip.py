"""A choice of pictures as one ZIP that is written while it is sent, and never stands in memory or on the disk."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Awaitable, Callable, Sequence

from typing_extensions import override

from bot.domain.job import Job
from bot.errors import PictureError
from bot.jobs.stages import shots_of
from bot.pictures.folder import Pictures

PIECE_BYTES = 256 * 1024
MANIFEST = "manifest.csv"
COLUMNS = ("file", "job", "made_at", "engine", "operation", "prompt", "seed", "units")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet takes a text for a formula


class _Pipe(io.RawIOBase):
    """Where an archive is written; what was written is taken out at once."""

    def __init__(self) -> None:
        self._written = bytearray()

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = bytes(self._written)
        self._written.clear()
        return data


async def write_zip(jobs: Sequence[Job], pictures: Pictures, send: Callable[[bytes], Awaitable[None]]) -> None:
    """Send the kept pictures of jobs and a list of them; what is gone meanwhile is left out."""
    pipe, rows = _Pipe(), list[tuple[str, ...]]([COLUMNS])
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # pictures and films are packed already
        for job in jobs:
            for number, shot in enumerate(shots_of(job)):
                if shot.picture is None:
                    continue
                name = f"easel-{job.id}{f'-{number + 1}' if number else ''}.{shot.picture.rpartition('.')[2]}"
                try:
                    async with pictures.stock.opened(shot.picture) as (path,):
                        with path.open("rb") as file, archive.open(_entry(name, job), "w", force_zip64=True) as entry:
                            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                                entry.write(piece)
                                await send(pipe.taken())
                except (PictureError, OSError):
                    continue
                rows.append(_row(name, job))
        archive.writestr(MANIFEST, _csv(rows))
    await send(pipe.taken())


def _entry(name: str, job: Job) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, job.created_at.timetuple()[:6])


def _row(name: str, job: Job) -> tuple[str, ...]:
    seed = str(job.result.facts.get("seed", "")) if job.result else ""
    made_at = job.created_at.isoformat(timespec="seconds")
    return (name, job.id, made_at, job.engine, job.operation, _plain(job.prompt), seed, str(job.units))


def _plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()  # by its mark Excel knows that it is UTF-8
