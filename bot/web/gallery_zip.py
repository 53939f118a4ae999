"""A choice of a gallery's pictures as one ZIP, with a list of them, made while it is sent."""

from collections.abc import Sequence

from bot.domain.job import Job
from bot.jobs.stages import file_name, shots_of
from bot.pictures.folder import Pictures
from bot.pictures.packing import Send, pack
from bot.pictures.zip_stream import ZipStream
from bot.ui.text.batch_manifest import MANIFEST
from bot.ui.text.csv_table import table

COLUMNS = ("file", "job", "made_at", "engine", "operation", "prompt", "seed", "units")


async def write_zip(jobs: Sequence[Job], pictures: Pictures, send: Send) -> None:
    """Send the kept pictures of jobs and the list; what is gone meanwhile is left out."""
    archive, rows = ZipStream(), list[tuple[str, ...]]()
    for job in jobs:
        for number, shot in enumerate(shots_of(job)):
            if shot.picture is None:
                continue
            name = file_name(job, number, shot.picture)
            if await pack(archive, pictures, shot.picture, name, send):
                rows.append(_row(name, job))
    await send(archive.add_bytes(MANIFEST, table(COLUMNS, rows)))
    await send(archive.end())


def _row(name: str, job: Job) -> tuple[str, ...]:
    seed = str(job.result.facts.get("seed", "")) if job.result else ""
    made_at = job.created_at.isoformat(timespec="seconds")
    return (name, job.id, made_at, job.engine, job.operation, job.prompt, seed, str(job.units))
