"""What a batch came to, as files: what its pictures are called in a ZIP, and the table of all its lines."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.job import GroupState, Job, JobStatus
from bot.jobs.stages import shots_of
from bot.prompts import parse
from bot.text import one_line
from bot.ui.text import job_lines
from bot.ui.text.csv_table import table

NAME_LIMIT = 60  # characters of a file's name beside its line
MANIFEST = "manifest.csv"
COLUMNS = ("line", "name", "prompt", "engine", "status", "reason", "file", "seed")
_NOT_IN_NAMES = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A kept picture or film, and what it is called in a ZIP."""

    job_id: str
    key: str
    name: str


def packed_files(group_state: GroupState) -> list[PackedFile]:
    """Name the kept pictures and films of a batch (`007-red-fox.png`, `007-red-fox-2.png`), without those removed."""
    seen: Counter[str] = Counter()
    files = []
    for job in group_state.jobs:
        stem = _stem(job)
        for shot in shots_of(job) if job.may_be_seen else ():
            seen[stem] += 1
            number = f"-{seen[stem]}" if seen[stem] > 1 else ""
            if shot.picture is not None:
                files.append(PackedFile(job.id, shot.picture, f"{stem}{number}.{shot.picture.rpartition('.')[2]}"))
    return files


def manifest(group_state: GroupState, files: Sequence[PackedFile], missing: Collection[str] = ()) -> bytes:
    """Build the table of a batch, a row for each of its jobs; `missing` names files that are not kept any more."""
    names: dict[str, list[str]] = {}
    for file in files:
        if file.name not in missing:
            names.setdefault(file.job_id, []).append(file.name)
    return table(COLUMNS, (_row(job, names.get(job.id, [])) for job in group_state.jobs))


def _row(job: Job, names: Sequence[str]) -> tuple[object, ...]:
    is_removed = job.status is JobStatus.REMOVED
    return (
        job.line.number if job.line else "",
        job.line.name if job.line and not is_removed else "",
        "" if is_removed else one_line(job.prompt),
        job.engine,
        "in_review" if job.awaits_review else job.status.value,
        one_line(job_lines.failure_sentence(job).render(job.actor.locale)) if job.failure else "",
        "; ".join(names),
        "" if is_removed else _seed(job),
    )


def _seed(job: Job) -> str:
    """The seed that an engine told, or that stands in the prompt; others would have to be asked for one by one."""
    told = job.result.facts.get("seed", "") if job.result else ""
    typed = [one.value for one in parse(job.prompt).find("seed")]
    return told or (typed[-1] if typed else "")


def _stem(job: Job) -> str:
    words = (job.line.name if job.line else "") or job.prompt.partition(" --")[0]
    readable = _NOT_IN_NAMES.sub("-", one_line(words)).strip("-_")[:NAME_LIMIT].rstrip("-_")
    number = job.line.number if job.line else 0
    return f"{number:03}-{readable}" if readable else f"{number:03}"
