"""What became of settings that were read again, as the owner reads it."""

from collections.abc import Sequence

from bot.language import Sentence, _
from bot.settings import Change
from bot.text import escape_inline, inline_code, shorten

VALUE, COMPLAINT = 80, 300  # characters
TEXT_LIMIT = 1900  # of Discord's 2,000


def changes_text(found: Sequence[Change], locale: str, *, has_others: bool) -> str:
    """Return each setting that is not as it was, with how it was and is; secrets have only changed."""
    now = [one for one in found if not one.waits_for_start]
    later = [one for one in found if one.waits_for_start]
    lines = [
        *_part(_("### What holds from now on"), now, locale),
        *_part(_("### What holds after a restart"), later, locale),
    ] or [_("No setting has changed.").render(locale)]
    others = [_("-# The other processes read their own settings now, and say in their logs what has changed.")]
    rest = "\n".join(["", *(one.render(locale) for one in others)]) if has_others else ""
    return shorten("\n".join(lines), TEXT_LIMIT - len(rest)) + rest


def complaints_text(complaints: str) -> str:
    """Return what is wrong with settings, each sentence as it stands: they name settings, whose names have marks."""
    return shorten("\n".join(f"- {inline_code(line, COMPLAINT)}" for line in complaints.splitlines()), TEXT_LIMIT)


def _part(head: Sentence, found: Sequence[Change], locale: str) -> list[str]:
    return [head.render(locale), *(f"- `{one.name}` {_told(one).render(locale)}" for one in found)] if found else []


def _told(change: Change) -> Sentence:
    if change.before == change.after:
        return _("has changed")
    return _("{before} → {after}", before=_shown(change.before), after=_shown(change.after))


def _shown(value: str) -> str:
    return escape_inline(value, VALUE) or "-"
