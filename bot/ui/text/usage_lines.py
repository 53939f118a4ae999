"""What a server spent, and what was done in it, as lines for its moderators."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.engine_info import get_title
from bot.domain.server_rules import Key
from bot.jobs.moderation import NOBODY
from bot.language import Sentence, _, ngettext
from bot.storage.audit import ActKind
from bot.storage.bans import told_end
from bot.storage.usage import Usage, UsageBy
from bot.text import escape_inline
from bot.ui.text.costs import jobs_words, units_words
from bot.ui.text.rule_lines import NOTHING, rule_text, scope_text, value_text

LINES = 20
WORDS = 60  # characters of what was before or after
ENDLESS = "∞"
BY_ITSELF = "Easel"  # who did what nobody did
SETTING = {ActKind.SET, ActKind.IMPORT}  # of rules; of these, a value is JSON
BANNING = {ActKind.BAN, ActKind.UNBAN}  # of these, the end is told; the reason stands behind in any case
_WALL = re.compile(r"(\d+), (\d+ ⭐)", re.ASCII)
_MENTIONS = {UsageBy.MEMBER: "<@{}>", UsageBy.ROLE: "<@&{}>", UsageBy.CHANNEL: "<#{}>"}
_NAMES: dict[UsageBy, Sentence] = {
    UsageBy.MEMBER: _("by member"),
    UsageBy.ROLE: _("by role"),
    UsageBy.CHANNEL: _("by channel"),
    UsageBy.ENGINE: _("by engine"),
}


def usage_text(by: UsageBy, days: int, found: Sequence[Usage], locale: str) -> str:
    """Return what was spent in so many days, the most first."""
    if not found:
        return _nothing(by, days).render(locale)
    head = ngettext(
        "### Units of the last {count} day, {how}",
        "### Units of the last {count} days, {how}",
        count=days,
        how=_NAMES[by],
    ).render(locale)
    lines = [
        _(
            "{who}: {units}, {jobs}", who=name_of(by, one.name), units=units_words(one.units), jobs=jobs_words(one.jobs)
        ).render(locale)
        for one in found[:LINES]
    ]
    more = [_("… and {count} more.", count=len(found) - LINES).render(locale)] if len(found) > LINES else []
    return "\n".join([head, *lines, *more])


def _nothing(by: UsageBy, days: int) -> Sentence:
    if by is UsageBy.ROLE:  # others may have made something
        return ngettext(
            "No member with a role made anything in the last {count} day.",
            "No member with a role made anything in the last {count} days.",
            count=days,
        )
    return ngettext(
        "Nothing was made here in the last {count} day.", "Nothing was made here in the last {count} days.", count=days
    )


def name_of(by: UsageBy, name: str) -> str:
    """Return whom or what usage is of, as Discord shows it."""
    if by is UsageBy.ENGINE:
        name = get_title(name)
    return _MENTIONS[by].format(name) if by in _MENTIONS and name.isdigit() else escape_inline(name or "-", WORDS)


def acts_text(acts: Sequence[Any], locale: str) -> str:
    """Return what moderators did, the newest first."""
    if not acts:
        return _("Nobody has changed anything here yet.").render(locale)
    return "\n".join([_("### What was done here").render(locale), *map(act_line, acts)])


def act_line(act: Any) -> str:
    """Return one act: when, who, what, and how it was before and after."""
    who = f"<@{act.actor}>" if act.actor.isdigit() and act.actor != str(NOBODY) else BY_ITSELF
    change = f": {_shown(act, act.before)} → {_shown(act, act.after)}" if act.before or act.after else ""
    reason = f" ({escape_inline(act.reason, WORDS)})" if act.reason else ""
    return f"{_moment(act.at)} {who} **{act.act}**{_target(act)}{change}{reason}"


def _target(act: Any) -> str:
    if act.target.isdigit():
        return f" <@{act.target}>"
    if act.act in SETTING:
        return f" {rule_text(act.target)}"
    return f" {scope_text(escape_inline(act.target, WORDS))}" if act.target else ""


def _shown(act: Any, value: str) -> str:
    """What was before or after an act; what is not written as we write it is told as it stands."""
    if not value:
        return NOTHING
    if act.act in BANNING:
        until = told_end(value)
        return ENDLESS if until is None else _date(until.timestamp())
    if wall := _WALL.fullmatch(value):
        return f"<#{wall[1]}>, {wall[2]}"
    try:
        return _read(act, json.loads(value))
    except (ValueError, TypeError, KeyError):
        return escape_inline(value, WORDS)


def _read(act: Any, value: Any) -> str:
    if act.act == ActKind.GRANT:
        return f"{value['units']}, {_date(value['until'])}"
    if act.act not in SETTING:
        raise ValueError(act.act)
    scope, _space, name = act.target.partition(" ")
    return value_text(Key(scope, name), value)


def _date(timestamp: float) -> str:
    return f"<t:{int(timestamp)}:f>"


def _moment(at: datetime) -> str:
    return f"<t:{int(at.timestamp())}:R>"
