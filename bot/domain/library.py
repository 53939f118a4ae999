"""What a job is in its member's library: how it is listed there, and whether at all."""

from enum import StrEnum

from bot.domain.custom_ids import Family, parse
from bot.domain.job import Job, JobStatus
from bot.domain.requests import Action, Describe, EngineRequest, FaceSwap, Shorten
from bot.domain.rules import is_film


class LibraryKind(StrEnum):
    """What members look for."""

    PICTURE = "picture"  # made from words or pictures
    VARIATION = "variation"  # made anew from a result: variations, zooms, regions, rerolls
    SINGLE = "single"  # one of four, or larger
    FILM = "film"
    TEXT = "text"  # descriptions and shortened prompts
    FAILED = "failed"  # came to nothing; its text is kept


CAME_TO_NOTHING = frozenset({JobStatus.REFUSED, JobStatus.FAILED, JobStatus.EXPIRED, JobStatus.CANCELLED})
LISTED = frozenset({JobStatus.DONE, *CAME_TO_NOTHING})
_SINGLES = frozenset({Family.PICK, Family.UPSCALE})
_ENLARGED = "upscale"  # what other engines call it


def kind_of(job: Job) -> LibraryKind:
    """Tell what a job that is over is listed as."""
    request = job.request
    if job.status in CAME_TO_NOTHING:
        return LibraryKind.FAILED
    if isinstance(request, Describe | Shorten) or (job.result is not None and job.result.text):
        return LibraryKind.TEXT
    if is_film(request):
        return LibraryKind.FILM
    if isinstance(request, Action):
        return LibraryKind.SINGLE if parse(request.button.custom_id).family in _SINGLES else LibraryKind.VARIATION
    is_single = isinstance(request, FaceSwap) or (isinstance(request, EngineRequest) and request.kind == _ENLARGED)
    return LibraryKind.SINGLE if is_single else LibraryKind.PICTURE
