"""Transactions that a database took back for the sake of others: PostgreSQL says so, and they can be made again."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

# Each waited for the other; or somebody changed what this one had read. Both are taken back as a whole.
DEADLOCK, SERIALIZATION_FAILURE = "40P01", "40001"
# One that begins again at once may be ahead of whom it made way for, and meet them again.
TRIES = 4

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def retried(method: Callable[Arguments, Awaitable[Value]]) -> Callable[Arguments, Awaitable[Value]]:
    """Let a method that is one transaction be made again, a few times, where the database took it back."""

    @wraps(method)
    async def tried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        for _ in range(TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except DBAPIError as exc:
                if getattr(exc.orig, "sqlstate", None) not in (DEADLOCK, SERIALIZATION_FAILURE):
                    raise
        return await method(*args, **kwargs)

    return tried
