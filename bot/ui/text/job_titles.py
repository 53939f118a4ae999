"""What a job was, in a few words: for lists, where results of one prompt stand beside each other. Pure functions."""

from datetime import datetime

from bot.domain.custom_ids import FILM_PICK, Family, parse
from bot.domain.job import Job, JobStatus
from bot.domain.requests import Action, EngineRequest
from bot.language import Sentence, _
from bot.prompts import value_of
from bot.text import one_line
from bot.ui.text.job_lines import done_title, state_word

PRIVATE = _("Private: for its author's eyes alone")  # what a private job is called where others read it
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def job_title(job: Job) -> str:
    """Name what a job was, as its message says it, with a picture's number: "U2", "V3 · Variations (Strong)".

    Like the relay's buttons these words are the same in every language; "" stands for a plain prompt.
    """
    title = done_title(job).removesuffix("by ").strip()
    if not isinstance(job.request, Action):
        return title
    kind = parse(job.request.button.custom_id)
    match kind.family:
        case Family.PICK if kind.verb != FILM_PICK:
            return f"U{kind.index}"
        case Family.VARIATION:
            return f"V{kind.index} · {title}"
        case Family.REROLL:
            return "Reroll"
    return title


def job_name(job: Job) -> str:
    """Name a job by its prompt, and where it has none by what it was; plain text on one line."""
    return one_line(job.prompt) or job_title(job) or job.operation


def model_name(job: Job) -> str:
    """Name the model that a job asked for; "" where it left that to the relay."""
    request = job.request
    if isinstance(request, EngineRequest):
        return str(request.options.get("model") or request.options.get("model_name") or "")
    prompt = job.result.final_prompt if job.result and job.result.final_prompt else job.prompt
    if (niji := value_of(prompt, "niji")) is not None:
        return f"Niji {niji}".strip()
    version = value_of(prompt, "version") or value_of(prompt, "v")
    return f"Midjourney {version}" if version else ""


def end_word(job: Job) -> Sentence:
    """Say how a job ended that came to nothing."""
    match job.status:
        case JobStatus.REFUSED:
            return _("Refused")
        case JobStatus.FAILED:
            return _("Failed")
    return state_word(job)


def ago(moment: datetime, now: datetime) -> Sentence:
    """Say how long ago something was, where Discord's own times are not shown."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < _MINUTE_S:
        return _("just now")
    if seconds < _HOUR_S:
        return _("{count} min ago", count=seconds // _MINUTE_S)
    if seconds < _DAY_S:
        return _("{count} h ago", count=seconds // _HOUR_S)
    return _("{count} d ago", count=seconds // _DAY_S)
