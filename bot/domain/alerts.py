"""What the owner of the bot is told of, and the port through which whoever notices it does so."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.language import Sentence


class Level(StrEnum):
    """How much an alert matters; the owner chooses by it where each one goes."""

    INFO = "info"  # good to know
    WARNING = "warning"  # see to it within days
    CRITICAL = "critical"  # somebody's money, or everybody's pictures

    @property
    def rank(self) -> int:
        """Return a number that is higher for what matters more."""
        return list(Level).index(self)


class AlertKind(StrEnum):
    """What an alert is about. The values stand in the database and never change."""

    CREDIT = "credit"
    KEY = "key"
    UNREACHABLE = "unreachable"
    UNREADABLE = "unreadable"  # the relay's tasks
    NOT_OFFERED = "not_offered"
    BALANCE = "balance"
    STRANGERS = "strangers"  # charges that no job stands for
    PRICES = "prices"
    DISK = "disk"
    BUCKET = "bucket"
    UNCERTAIN = "uncertain"
    UNDELIVERABLE = "undeliverable"
    QUEUE = "queue"
    GATEWAY = "gateway"
    DATABASE = "database"


# What is told of an engine that takes nothing.
HOLD_ALERTS = (AlertKind.CREDIT, AlertKind.KEY, AlertKind.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Alert:
    """One trouble in a sentence.

    Attributes:
        kind: what it is about.
        level: how much it matters.
        sentence: what happened, and what to do.
        subject: which engine, relay or machine; the same trouble of the same subject is one alert.
        again_s: an event, which has no end, is told again this many seconds later at the earliest; None = it lasts
            until it is resolved.
    """

    kind: AlertKind
    level: Level
    sentence: Sentence
    subject: str = ""
    again_s: float | None = None

    @property
    def key(self) -> str:
        """Return what is the same for the same trouble."""
        return alert_key(self.kind, self.subject)


def alert_key(kind: AlertKind, subject: str = "") -> str:
    """Return the key of all alerts of a kind about a subject."""
    return f"{kind}:{subject}"


class Alerts(Protocol):
    """Tells the owner. Neither call waits for anybody, or raises."""

    async def alert_owner(self, alert: Alert) -> None:
        """Tell of a trouble, once until it is resolved, whichever process notices it; again where its level rises."""
        ...

    async def resolve_alert(self, kind: AlertKind, subject: str = "") -> None:
        """Tell that a trouble is over, if it was told; may be called as often as one likes."""
        ...
