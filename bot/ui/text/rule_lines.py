"""Rules of servers, what they are set to, and grants, as lines for whoever sets them. Pure functions."""

import re
from typing import Any

from bot.domain.server_rules import Key, Name
from bot.text import escape_inline

SHOWN = 60  # characters of a value
NOTHING, OFF = "-", "off"
OF_A_CHANNEL = (Name.LOG, Name.REVIEW_CHANNEL)
_SCOPE = re.compile(r"((?:channel|role):\d+) ", re.ASCII)


def rule_text(rule: str) -> str:
    """Return a rule by its name; Discord shows that of its channel or role where it is of one."""
    named = _SCOPE.search(rule)
    return f"{scope_text(named[1])} `{rule.replace(named[0], '')}`" if named else f"`{rule}`"


def scope_text(scope: str) -> str:
    """Return a channel, a role or a member of "channel:ID" and so on, as Discord shows it."""
    kind, _colon, one = scope.partition(":")
    return {"channel": f"<#{one}>", "role": f"<@&{one}>", "member": f"<@{one}>"}.get(kind, scope)


def value_text(key: Key, value: Any) -> str:
    """Return what a rule is set to; of words that are not allowed, how many."""
    if key.name.startswith(Name.ONLY):
        return ", ".join(f"<@&{role}>" for role in value) or OFF
    if key.name == Name.WORDS:
        return str(len(value))
    if isinstance(value, bool):
        return str(value).lower()  # as in a file
    return f"<#{value}>" if key.name in OF_A_CHANNEL else escape_inline(str(value), SHOWN)
