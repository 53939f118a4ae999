"""Whether what is about to be paid for is still wanted.

A submit may take several calls, with pauses and uploads between them; who presses Cancel meanwhile is heard before the
next paid one leaves, however deep in an engine that is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import StoppedError

_is_wanted: ContextVar[Callable[[], bool]] = ContextVar("is_wanted", default=lambda: True)


@contextmanager
def only_while(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Let paid calls that are made inside leave only while this holds."""
    mark = _is_wanted.set(is_wanted)
    try:
        yield
    finally:
        _is_wanted.reset(mark)


def check_wanted() -> None:
    """Say so right before a paid call leaves.

    Raises:
        StoppedError: it is not wanted any more.
    """
    if not _is_wanted.get()():
        raise StoppedError
