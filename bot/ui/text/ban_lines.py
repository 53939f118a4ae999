"""Bans as the owner reads them."""

from collections.abc import Sequence

from bot.domain.bans import Ban
from bot.domain.job import Subject
from bot.jobs.budgets import moment
from bot.language import Sentence, _
from bot.text import escape_inline

LINES = 20
WORDS = 100  # characters of a reason


def bans_text(bans: Sequence[Ban], locale: str) -> str:
    """Return the bans that hold, the newest first."""
    if not bans:
        return _("Nobody is banned, and no server.").render(locale)
    lines = [f"- {_line(ban).render(locale)}" for ban in bans[:LINES]]
    more = [_("... and {count} more.", count=len(bans) - LINES).render(locale)] if len(bans) > LINES else []
    return "\n".join([_("### Who is banned").render(locale), *lines, *more])


def whom(subject: Subject, subject_id: int) -> Sentence:
    """Name a member or a server; an erased member has an id below 0."""
    if subject is Subject.GUILD:
        return _("the server {id}", id=f"`{subject_id}`")
    if subject_id < 0:
        return _("somebody who was erased")
    return _("the member {mention}", mention=f"<@{subject_id}>")


def _line(ban: Ban) -> Sentence:
    reason = escape_inline(ban.reason, WORDS)
    banned = whom(ban.subject, ban.subject_id)
    if ban.until is None:
        return _("{whom}, for good: {reason}", whom=banned, reason=reason)
    return _("{whom}, ends {when}: {reason}", whom=banned, when=moment(ban.until), reason=reason)
