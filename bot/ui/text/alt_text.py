"""Descriptions of pictures for those who do not see them: the prompt, and which picture of several it is."""

from bot.domain.custom_ids import FILM_PICK, Family, parse
from bot.domain.job import Job
from bot.domain.requests import Action
from bot.language import Sentence, _
from bot.text import one_line

ALT_TEXT_LIMIT = 1024  # characters, Discord's limit
# A grid's pictures in the order of their buttons (docs/look.md).
CORNERS = (_("Upper left of four"), _("Upper right of four"), _("Lower left of four"), _("Lower right of four"))


def alt_text(job: Job, number: int = 0) -> str:
    """Describe one of a job's pictures, counted from 0; "" where there is nothing to say of it."""
    count = len(job.result.images) if job.result else 1
    if count > 1:
        return _described(job, _("{number} of {count}", number=number + 1, count=count))
    corner = _taken_out(job)
    return _described(job, None if corner is None else CORNERS[corner])


def corner_text(job: Job, corner: int) -> str:
    """Describe one of the four pictures of a grid, counted from 0 in the order of its buttons."""
    return _described(job, CORNERS[corner])


def _taken_out(job: Job) -> int | None:
    """Which of a grid's four pictures a job took out, counted from 0; None for all else, films among them."""
    if not isinstance(job.request, Action):
        return None
    kind = parse(job.request.button.custom_id)
    is_corner = kind.family is Family.PICK and kind.verb != FILM_PICK and 1 <= kind.index <= len(CORNERS)
    return kind.index - 1 if is_corner else None


def _described(job: Job, which: Sentence | None) -> str:
    prompt = one_line(job.prompt)
    if which is None:
        return prompt[:ALT_TEXT_LIMIT]
    whole = _("{which}: {prompt}", which=which, prompt=prompt) if prompt else which
    return whole.render(job.public_locale)[:ALT_TEXT_LIMIT]
