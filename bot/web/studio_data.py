"""What the owner's page is told about jobs, units, servers and acts, as its scripts read it. Ids are texts there."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.domain.bans import Ban
from bot.domain.engine_info import get_title
from bot.domain.job import ENDED, FailureKind, Job, JobStatus, Subject, Wait
from bot.language import Sentence, _
from bot.log import BLANK
from bot.operation.open_alerts import ToldAlert
from bot.operation.relay_books import Books
from bot.settings.telling import ToldSetting
from bot.storage.audit import ActKind
from bot.storage.bans import told_end
from bot.storage.usage import DayOfEngine, Usage, UsageBy
from bot.text import shorten
from bot.ui.components.message_links import message_link
from bot.ui.messages.job_list import AWAITS_REVIEW, STATUS_WORDS, STOPPED_RUNNING
from bot.ui.text.costs import jobs_words, units_words
from bot.ui.text.job_lines import WAIT_WORDS, failure_sentence, is_other_engine, uncertain_sentence, way_word
from bot.ui.text.job_titles import PRIVATE, end_word, job_name, job_title
from bot.ui.text.usage_lines import BANNING, ENDLESS
from bot.web.studio_texts import ACTS

LISTS: Mapping[str, frozenset[JobStatus]] = {
    "running": frozenset({JobStatus.SUBMITTING, JobStatus.AWAITING_INPUT, JobStatus.RUNNING, JobStatus.POSTING}),
    "waiting": frozenset({JobStatus.RECEIVED}),
    "uncertain": frozenset({JobStatus.UNCERTAIN}),
    "undeliverable": frozenset({JobStatus.UNDELIVERABLE}),
    "recent": ENDED,
}
MOST_NAMED = 20  # members and servers in a chart
TITLE_LIMIT, VALUE_LIMIT = 300, 600  # characters
_PRIVATE_REASON = _("The reason is for its author's eyes alone, as it may quote the prompt.")
# Their details are what a relay said of the prompt, or a rule's sentence with the word that it found.
_MAY_QUOTE = frozenset(
    {FailureKind.BANNED, FailureKind.INVALID, FailureKind.RELAY, FailureKind.STRANGE, FailureKind.RULE}
)
_DONE = {JobStatus.DONE: _("done"), JobStatus.REMOVED: _("removed")}
_TONES = {
    JobStatus.RECEIVED: "wait",
    JobStatus.AWAITING_INPUT: "wait",
    JobStatus.UNCERTAIN: "doubt",
    JobStatus.UNDELIVERABLE: "doubt",
    JobStatus.REFUSED: "bad",
    JobStatus.FAILED: "bad",
    JobStatus.EXPIRED: "bad",
    JobStatus.DONE: "good",
}


def job_data(job: Job, locale: str, blocked: Collection[tuple[int, int]], banned: Collection[int]) -> dict[str, Any]:
    """Return a job as the page lists it, with what can be done about it and about its author."""
    why = _why(job)
    message_id = job.result_message_id or job.card_id
    in_server = job.place.guild_id is not None
    return {
        "id": job.id,
        "title": PRIVATE.render(locale) if job.is_private else shorten(job_name(job), TITLE_LIMIT),
        "what": (job_title(job) if job.prompt else ""),
        "state": _state(job).render(locale),
        "tone": "still" if job.stopped else _TONES.get(job.status, "run" if job.status not in ENDED else "still"),
        "why": why.render(locale) if why else "",
        "member": str(job.actor.id),
        "server": str(job.place.guild_id or ""),
        "engine": get_title(job.engine),
        "way": "" if is_other_engine(job) else way_word(job),
        "relay": job.relay,
        "units": units_words(job.units).render(locale),
        "at": job.created_at.isoformat(),
        "message": message_link(job.place, message_id) if message_id and in_server and not job.is_private else "",
        "acts": _acts(job),
        "can_block": in_server and job.actor.id > 0 and (job.place.guild_id, job.actor.id) not in blocked,
        "can_ban": job.actor.id > 0 and job.actor.id not in banned,
    }


def _acts(job: Job) -> list[str]:
    if job.status is JobStatus.UNCERTAIN:
        return ["look", "give_up"]
    can_stop = job.status in LISTS["running"] | LISTS["waiting"] and job.status is not JobStatus.POSTING
    return ["cancel"] if can_stop and not job.stopped else []


def _state(job: Job) -> Sentence:
    if job.awaits_review:
        return AWAITS_REVIEW
    if job.status is JobStatus.RECEIVED and job.waiting_for:
        return WAIT_WORDS[Wait(job.waiting_for)]
    if job.stopped and job.status in LISTS["running"]:
        return STOPPED_RUNNING
    return STATUS_WORDS.get(job.status) or _DONE.get(job.status) or end_word(job)


def _why(job: Job) -> Sentence | None:
    if job.is_private and job.failure and job.failure.detail and job.failure.kind in _MAY_QUOTE:
        return _PRIVATE_REASON
    if job.status is JobStatus.UNCERTAIN and job.failure:
        return uncertain_sentence(job)
    return failure_sentence(job) if job.failure and job.status in ENDED else None


def days_data(spent: Sequence[DayOfEngine], today: date, count: int) -> dict[str, Any]:
    """Return what was spent in each of so many days at each engine, those that were used most first."""
    days = [(today - timedelta(days=back)).isoformat() for back in reversed(range(count))]
    units = {(one.engine, one.day): one.units for one in spent}
    series = {engine: [max(0, units.get((engine, day), 0)) for day in days] for engine, _day in units}
    ordered = sorted(series.items(), key=lambda one: (-sum(one[1]), one[0]))
    return {"days": days, "series": [{"name": get_title(engine), "units": of} for engine, of in ordered if any(of)]}


def usage_data(by: UsageBy, found: Sequence[Usage], locale: str) -> dict[str, Any]:
    """Return the names under which most was spent, and what all others spent together."""
    others = found[MOST_NAMED:]
    rest = Usage("", sum(one.jobs for one in others), sum(one.units for one in others))
    return {
        "rows": [_usage_row(by, one, locale) for one in found[:MOST_NAMED]],
        "others": _usage_row(by, rest, locale) if others else None,
    }


def _usage_row(by: UsageBy, one: Usage, locale: str) -> dict[str, Any]:
    name = get_title(one.name) if by is UsageBy.ENGINE and one.name else one.name
    return {"name": name, "jobs": jobs_words(one.jobs).render(locale), "units": one.units}


def server_data(
    guild_id: int, spent: Usage, locale: str, *, is_paused: bool, blocked: Collection[int]
) -> dict[str, Any]:
    """Return a server with what was spent there lately, and what was decided about it."""
    return {
        "id": str(guild_id),
        "spent": f"{jobs_words(spent.jobs).render(locale)} · {units_words(spent.units).render(locale)}",
        "is_paused": is_paused,
        "blocked": [str(member_id) for member_id in blocked],
    }


def alert_data(alert: ToldAlert) -> dict[str, Any]:
    """Return a trouble that lasts, in the words in which the owner was told."""
    return {"text": alert.text, "level": alert.level.value, "since": alert.since.isoformat()}


def ban_data(ban: Ban) -> dict[str, Any]:
    """Return whom the owner serves nowhere."""
    return {
        "kind": "server" if ban.subject is Subject.GUILD else "person",
        "id": str(ban.subject_id),
        "reason": ban.reason,
        "by": str(ban.by),
        "at": ban.at.isoformat(),
        "until": ban.until.isoformat() if ban.until else "",
        "can_lift": ban.subject_id > 0,
    }


def relay_data(relay: str, books: Books, days_left: float | None) -> dict[str, Any]:
    """Return what a relay tells of its key."""
    last = books.readings[-1] if books.readings else None
    return {
        "relay": relay,
        "left": last.left if last else None,
        "used": last.used if last else None,
        "at": last.at.isoformat() if last else "",
        "days_left": days_left,
        "drift": books.drift,
    }


def act_data(act: Any, locale: str) -> dict[str, Any]:
    """Return a line of the audit."""
    known = act.act in set(ActKind)
    return {
        "id": act.id,
        "at": act.at.isoformat(),
        "actor": act.actor,
        "server": str(act.guild_id or ""),
        "act": ACTS[ActKind(act.act)].render(locale) if known else act.act,
        "target": act.target,
        "before": _shown(act, act.before),
        "after": _shown(act, act.after),
        "reason": act.reason,
    }


def _shown(act: Any, value: str) -> str:
    if value and act.act in BANNING:
        until = told_end(value)
        return until.isoformat(sep=" ", timespec="minutes") if until else ENDLESS
    return shorten(value, VALUE_LIMIT)


def setting_data(setting: ToldSetting) -> dict[str, Any]:
    """Return a setting."""
    return {
        "name": setting.name,
        "about": setting.about,
        "value": shorten(setting.value, VALUE_LIMIT),
        "default": shorten(setting.default, VALUE_LIMIT),
        "is_hidden": setting.value == BLANK,
        "has_default": not setting.is_secret,
        "differs": setting.differs,
    }
