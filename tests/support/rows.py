"""Rows of a database, read and changed past whoever works on it, with plain SQL that both kinds understand."""

import asyncio
import sqlite3
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import make_url

from sandbox.app import Sandbox

Row = Mapping[str, Any]
Where = Path | str  # a file of SQLite's, or the address of a database
Value = TypeVar("Value")


def database_of(sandbox: Sandbox) -> Where:
    """Where the bot of a sandbox keeps its jobs."""
    if sandbox.database_url is not None:  # the bots' own way there may be cut
        return sandbox.database_url
    environment = sandbox.bot.environment if sandbox.bot is not None else {}
    return environment.get("DATABASE_URL") or sandbox.data / "easel.db"


def rows(database: Where, query: str) -> list[Row]:
    """What a query finds, also while the bot works."""
    if isinstance(file := _place(database), str):
        return [dict(row) for row in _waited_for(_fetched(file, query))]
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


def change(database: Where, statement: str) -> None:
    """Change something, and commit it."""
    if isinstance(file := _place(database), str):
        _waited_for(_fetched(file, statement))
        return
    with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
        connection.execute(statement)


@contextmanager
def locked(database: Where) -> Iterator[None]:
    """Keep everybody else from writing, but not from reading, for a while."""
    if isinstance(file := _place(database), str):
        _waited_for(_fetched(file, "BEGIN"))
        _waited_for(_fetched(file, "LOCK TABLE jobs, budgets, notes IN EXCLUSIVE MODE"))
        try:
            yield
        finally:
            _waited_for(_fetched(file, "ROLLBACK"))
        return
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def tables(database: Where) -> list[str]:
    """The names of its tables."""
    if isinstance(_place(database), str):
        found = rows(database, "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    else:
        found = rows(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return [row["name"] for row in found]


def _place(database: Where) -> Path | str:
    """The file, or the address of a server's database as its driver takes it."""
    if isinstance(database, Path):
        return database
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "")
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


async def _fetched(address: str, query: str) -> list[Row]:
    if address not in _open or _open[address].is_closed():
        _open[address] = await asyncpg.connect(address, statement_cache_size=0)
    found: list[Row] = await _open[address].fetch(query)
    return found


_open: dict[str, Any] = {}  # one connection a database, in the loop below


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own: whoever asks may be in a loop already, and waits for the answer."""
    loop = asyncio.new_event_loop()
    Thread(target=loop.run_forever, name="rows", daemon=True).start()
    return loop


def _waited_for(work: Coroutine[Any, Any, Value]) -> Value:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result()
