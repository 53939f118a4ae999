"""The stages of a delivery, and the lanes in them: jobs wait only behind those that need the same of the outside."""

from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from bot.domain.job import Job, JobStatus, Result, ResultImage


class Stage(Enum):
    """What a step of a delivery needs of the outside."""

    LOOK_UP = "the relay's list of recent tasks"
    FETCH = "where the pictures lie"
    POST = "a channel that takes a message now and then"
    TELL = "a message that stands in a channel already"


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a job waits for its next step: which stage, and of whom there; the parties in a lane take turns."""

    stage: Stage
    of: str | int
    party: tuple[int, ...] = field(default=(), compare=False)


def first_lane(job: Job, *, wants_pictures: bool) -> Lane:
    """Where a job waits for the first step of its delivery."""
    if job.status is JobStatus.UNCERTAIN:
        return Lane(Stage.LOOK_UP, job.lane)
    if job.status is JobStatus.POSTING and wants_pictures and (missing := missing_shots(job)):
        return Lane(Stage.FETCH, _host(missing[0].image_url), (job.place.channel_id, job.actor.id))
    return last_lane(job)


def last_lane(job: Job) -> Lane:
    """Where a job waits for its word to people."""
    stage = Stage.POST if job.status is JobStatus.POSTING else Stage.TELL
    return Lane(stage, job.place.channel_id, (job.actor.id,))


def shots_of(job: Job) -> list[ResultImage]:
    """The pictures that a job's result consists of, kept or not; a result in words has none."""
    result = job.result or Result()
    return [] if result.text else list(result.images)


def file_name(job: Job, number: int, key: str) -> str:
    """Name one of them, counted from 0 and kept under a key, as whoever downloads it is to see it."""
    return f"easel-{job.id}{f'-{number + 1}' if number else ''}.{key.rpartition('.')[2]}"


def missing_shots(job: Job) -> list[ResultImage]:
    """Those of them that are not kept yet."""
    return [shot for shot in shots_of(job) if shot.picture is None]


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""
