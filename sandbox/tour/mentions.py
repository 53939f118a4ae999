"""What Discord writes in place of ids and moments: the names of people, roles and channels, and "in 5 hours"."""

import re
from collections.abc import Mapping

MENTION = re.compile(r"<(?:@[!&]?|#)(\d+)>")
MOMENT = re.compile(r"<t:(\d+):R>")
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))  # seconds


def as_read(text: str, names: Mapping[str, str], now: float) -> str:
    """Return a text as a member reads it; `names` are those of mentions by id, `now` is in seconds since 1970."""
    named = MENTION.sub(lambda mention: names.get(mention[1], mention[0]), text)
    return MOMENT.sub(lambda moment: relative(int(moment[1]) - now), named)


def relative(seconds: float) -> str:
    """Return how far away a moment is, in words."""
    size, unit = next((one for one in UNITS if abs(seconds) >= one[0]), UNITS[-1])
    count = round(abs(seconds) / size)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if seconds > 0 else f"{words} ago"
