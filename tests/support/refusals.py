"""A database that refuses at one moment: as a transaction begins, as it is read, or right after a commit stands."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from bot.storage.jobs import JobStore


class Refusals:
    """Counts the moments at which a store's database can refuse, and refuses at one of them.

    Statements inside a transaction come to the same as its beginning: all of it is taken back.
    """

    def __init__(self) -> None:
        self.passed = 0
        self._at: int | None = None

    def refuse_at(self, number: int | None) -> None:
        """Begin to count anew, and refuse at that moment; None = at none."""
        self.passed = 0
        self._at = number

    def moment(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            raise OperationalError("refused", {}, sqlite3.OperationalError("disk I/O error"))


@contextmanager
def refusals(store: JobStore) -> Iterator[Refusals]:
    """Moments of a store's database that can be made to fail."""
    counted = Refusals()
    engine = store.database.engine.sync_engine
    commit = engine.dialect.do_commit

    def before_execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("BEGIN", "SELECT")):
            counted.moment()

    def begin(connection: Connection) -> None:  # PostgreSQL's driver says BEGIN where nobody sees it
        is_transaction = connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT"
        if engine.dialect.name == "postgresql" and is_transaction:
            counted.moment()

    def do_commit(connection: Any) -> None:
        commit(connection)
        counted.moment()

    event.listen(engine, "before_cursor_execute", before_execute)
    event.listen(engine, "begin", begin)
    engine.dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]
    try:
        yield counted
    finally:
        engine.dialect.do_commit = commit  # type: ignore[method-assign]
        event.remove(engine, "before_cursor_execute", before_execute)
        event.remove(engine, "begin", begin)
