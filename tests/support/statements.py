"""Compiled statements, kept for all databases of one process: each test has an engine of its own, and few calls."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.util import LRUCache
from typing_extensions import override

MOST = 2_000


class Statements(LRUCache[Any, Any]):
    """Takes engines of the same kind for one: the library tells apart any two, though they compile to the same."""

    @override
    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    @override
    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_kind(key), value)


def _of_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (type(dialect), *rest)


_STATEMENTS = Statements(MOST)


def share_statements() -> None:
    """Let every engine from now on take statements that another one has compiled."""

    @event.listens_for(Engine, "engine_connect")
    def _share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=_STATEMENTS)
