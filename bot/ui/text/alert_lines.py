"""What the owner reads of an alert: how much it matters, and the sentence itself."""

from datetime import datetime

from bot.domain.alerts import Level
from bot.language import Sentence, _

_HEADS: dict[Level, tuple[str, Sentence]] = {
    Level.INFO: ("🔵", _("For your information")),
    Level.WARNING: ("🟠", _("Warning")),
    Level.CRITICAL: ("🔴", _("Critical")),
}


def alert_line(level: Level, text: str, language: str) -> str:
    """Return an alert as it is told."""
    mark, word = _HEADS[level]
    return f"{mark} **{word.render(language)}**: {text}"


def resolved_line(text: str, since: datetime, language: str) -> str:
    """Return what is told once a trouble is over; the moment is told in words by the reader's Discord."""
    over = _("It is over (it began {when})", when=f"<t:{int(since.timestamp())}:R>").render(language)
    return f"🟢 **{over}**: {text}"
