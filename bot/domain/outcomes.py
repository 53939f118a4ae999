"""What a submit, a look, a search and a delivery can come to: types that are matched exhaustively."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.job import Failure, FailureKind, Place, Result, Wait
from bot.domain.requests import Request


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took it; `ahead` tasks stand before it, where it says so."""

    task_id: str
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The relay had already done the same; the task is an old one."""

    task_id: str


@dataclass(frozen=True, slots=True)
class NeedsInput:
    """The relay opened a modal for the task; `prefill` is the text it suggests."""

    task_id: str
    prefill: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no; nothing was paid."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Resubmit:
    """Clearly refused, and another request comes to the same end."""

    request: Request


@dataclass(frozen=True, slots=True)
class Busy:
    """Certainly not taken, and worth sending again later."""

    wait: Wait
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody can say whether it was taken; `was_answered` where it was not the connection that broke.

    `words` are what the relay itself said, for the author.
    """

    detail: str
    was_answered: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A synchronous engine answered with the result itself."""

    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """The relay took it and ended it without a result; `reason` in its own words."""

    reason: str
    kind: FailureKind = FailureKind.RELAY


SubmitOutcome = Accepted | Finished | Failed | Exists | NeedsInput | Refused | Resubmit | Busy | Uncertain


@dataclass(frozen=True, slots=True)
class Working:
    """Not finished; `percent` and `preview_url` where the relay gives them.

    `is_unread` says that looks have failed for a while, so that nobody knows how far it is. The last two are of our
    own: how many jobs stand before one that waits, and when one is likely to be ready, where enough of its kind were
    seen.
    """

    percent: int | None = None
    preview_url: str = ""
    is_unread: bool = False
    ahead: int = 0
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Finished. `settled` is False when something may still be on its way: buttons, or the film (docs/relay.md 5.5)."""

    result: Result
    settled: bool = True
    lacks_film: bool = False  # which can take minutes longer than the task


@dataclass(frozen=True, slots=True)
class Asks:
    """The relay waits for the answer to a modal."""

    prefill: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The relay did not mention the task."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The look failed: nothing was learnt, and the job's deadline stays in force."""


Observation = Working | Succeeded | Failed | Asks | Missing | Unread


# What a search among the relay's recent tasks can come to.


@dataclass(frozen=True, slots=True)
class Found:
    """A task that carries the job's id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class NotListed:
    """The relay has a list, and the job is not on it (yet)."""


@dataclass(frozen=True, slots=True)
class NoList:
    """The relay has no list of recent tasks."""


Search = Found | NotListed | NoList


@dataclass(frozen=True, slots=True)
class Posted:
    """The result stands in a message; `place` where it is another place than the job's."""

    message_id: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The author was told, or cannot be told any more; `card_id` where the job got a card of its own for it."""

    card_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoPlace:
    """There is nowhere left to post; /jobs will show it."""


Delivery = Posted | Told | NoPlace
