"""Descriptions of pictures for those who do not see them: which of several it is, what it is, and the prompt."""

from bot.domain.corners import corner_of
from bot.domain.custom_ids import FILM_PICK, Family, Kind, parse
from bot.domain.job import Job
from bot.domain.requests import Action
from bot.language import Sentence, _
from bot.pictures.fitting import is_film
from bot.text import one_line

ALT_TEXT_LIMIT = 1024  # characters, Discord's limit
# A grid's pictures in the order of their buttons (docs/look.md).
CORNERS = (_("Upper left of four"), _("Upper right of four"), _("Lower left of four"), _("Lower right of four"))
_VARIATIONS = frozenset({Family.VARIATION, Family.VARY, Family.REGION})


def alt_text(job: Job, number: int = 0) -> str:
    """Describe one of a job's pictures, counted from 0; "" where there is nothing to say of it."""
    corner = corner_of(job.request)
    return _described(job, CORNERS[corner - 1] if corner else None, _what(job, number))


def corner_text(job: Job, corner: int) -> str:
    """Describe one of the four pictures of a grid, counted from 0 in the order of its buttons."""
    return _described(job, CORNERS[corner], None)


def _what(job: Job, number: int) -> Sentence | None:
    """Say what a picture is; None where that is one picture like any other."""
    images = job.result.images if job.result else ()
    kind = parse(job.request.button.custom_id) if isinstance(job.request, Action) else Kind(Family.OTHER)
    shown = images[number].picture if number < len(images) else None
    if shown is not None and is_film(shown):
        if len(images) > 1:
            return _("Video {number} of {count}", number=number + 1, count=len(images))
        return _("Video {number}", number=kind.index) if kind.verb == FILM_PICK else _("Video")
    if len(images) > 1:
        return _("{number} of {count}", number=number + 1, count=len(images))
    if _is_grid(job):
        return _("Four variations") if kind.family in _VARIATIONS else _("Grid of four")
    return _("Upscaled") if kind.family is Family.UPSCALE else None


def _is_grid(job: Job) -> bool:
    """Tell whether a result is a grid: four pictures can be taken out of it."""
    kinds = [parse(button.custom_id) for button in (job.result.buttons if job.result else ())]
    return any(kind.family is Family.PICK and kind.verb != FILM_PICK and kind.index == len(CORNERS) for kind in kinds)


def _described(job: Job, which: Sentence | None, what: Sentence | None) -> str:
    prompt = one_line(job.prompt)
    if which is not None and what is not None:
        which = _("{which}, {what}", which=which, what=what)
    named = which or what
    if named is None:
        return prompt[:ALT_TEXT_LIMIT]
    whole = _("{which}: {prompt}", which=named, prompt=prompt) if prompt else named
    return whole.render(job.public_locale)[:ALT_TEXT_LIMIT]
