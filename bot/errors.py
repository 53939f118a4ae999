"""What can go wrong, as types.

    EaselError
    ├── UserError                   the person can do something about it; its sentence says what
    │   ├── DeniedError             a rule stands against it, whatever was typed
    │   └── PictureError            bytes that are not a picture we can use
    │       └── VaultError          the bucket where pictures are kept cannot be used now
    ├── SettingsError               the owner must change the configuration
    ├── DatabaseBusyError           another process works on the same database
    ├── SessionStartsError          Discord lets the bot start hardly any more sessions today
    ├── RepeatedError               what asked was delivered twice; its first delivery is under way
    ├── StoppedError                a paid call was held back, since its author had stopped it
    └── RelayError                  an outside API let us down
        ├── RelayNotReachedError    the request certainly never left
        ├── RelayUnclearError       it may have arrived, and nothing readable came back
        └── RelayRefusedError       a clear no, with its kind

Library exceptions are translated where they enter, always with their cause.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from bot.language import Sentence, _


class EaselError(Exception):
    """Root of everything raised on purpose."""


class UserError(EaselError):
    """A refusal for the person who caused it, in one sentence: what happened, what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class DeniedError(UserError):
    """A rule stands against it, whatever was typed: nobody is offered to type something else."""


@contextmanager
def denying() -> Iterator[None]:
    """Say of each refusal in here that it holds whatever was typed."""
    try:
        yield
    except UserError as exc:
        raise DeniedError(exc.sentence) from exc


class SettingsError(EaselError):
    """The configuration does not work; the message is one line for the owner."""


class DatabaseBusyError(EaselError):
    """Another process works on the database."""


class SessionStartsError(EaselError):
    """Too few starts of sessions are left for today; the message is one line for the owner."""


class RepeatedError(EaselError):
    """The same interaction or message came before, and has its job: nothing is left to do, and nobody to tell."""


class PictureError(UserError):
    """The bytes are no picture, too large, or not to be had."""


class VaultError(PictureError):
    """The bucket does not answer, or refuses; what is in it can be had later.

    Args:
        reason: what went wrong, for logs.
        status: the HTTP status it answered with; "" for no answer.
    """

    def __init__(self, reason: str = "", status: str = "") -> None:
        super().__init__(_("Stored pictures cannot be reached right now. Please try again in a minute."))
        self.reason = reason
        self.status = status


class StoppedError(EaselError):
    """A paid call did not leave: its author had stopped it."""


class RelayError(EaselError):
    """An outside API did not do what was asked."""


class RelayNotReachedError(RelayError):
    """The request certainly never left: no address, no connection, no TLS."""


class RelayUnclearError(RelayError):
    """The request may have arrived, and no readable answer came back: reset, time limit, 5xx, not JSON.

    Args:
        text: what came instead, for logs; nothing that the relay said, as that may quote a prompt.
        task_id: the id of a task that the answer names, without saying that it was taken.
        answered: whether something did answer, so that it was not the connection that broke.
        words: what the relay itself said, for the author.
    """

    def __init__(self, text: str = "", *, task_id: str = "", answered: bool = False, words: str = "") -> None:
        super().__init__(text)
        self.task_id = task_id
        self.answered = answered
        self.words = words


class RefusalKind(StrEnum):
    """Kinds of a clear refusal."""

    AUTH = "auth"
    QUOTA = "quota"
    BUSY = "busy"
    BANNED = "banned"
    POLICY = "policy"  # a safety check, of an engine that says no more than that
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"  # the relay's own trouble, said clearly


class RelayRefusedError(RelayError):
    """A clear no.

    Args:
        kind: what kind of no.
        text: the relay's own words, for logs and, escaped, for people.
        word: the banned word, for `RefusalKind.BANNED`.
        retry_after_s: seconds the relay asks to wait, for `RefusalKind.BUSY`.
        status: the HTTP status it came with.
        code: the code in its body.
    """

    def __init__(
        self,
        kind: RefusalKind,
        text: str = "",
        *,
        word: str | None = None,
        retry_after_s: float | None = None,
        status: int = 200,
        code: int | None = None,
    ) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind
        self.text = text
        self.status = status
        self.code = code
        self.word = word
        self.retry_after_s = retry_after_s


def bug_sentence(reference: str) -> Sentence:
    """What a person reads when the fault is ours; the log has the reference."""
    return _(
        "Something went wrong on our side (reference {reference}). Please try again, and tell the owner if "
        "it keeps happening.",
        reference=reference,
    )
