"""A database that is visited for a moment, beside whoever works on it, by a command of its owner's."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from bot.errors import SettingsError
from bot.storage import sqlite
from bot.storage.erasure import Erasure
from bot.storage.erasures import Erasures
from bot.storage.key_values import KeyValues
from bot.storage.notifications import Notifications
from bot.storage.removals import Removals
from bot.storage.revisions import known, refuse_newer, revision_of


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visitor may ask for, or note."""

    erasure: Erasure
    erasures: Erasures
    notes: KeyValues


@asynccontextmanager
async def visiting(url: str) -> AsyncIterator[Visit]:
    """Open a database for a moment; its tables stay as they are.

    Raises:
        SettingsError: there is none, it is of another version, or it cannot be reached or used.
    """
    address = make_url(url)
    path = sqlite.file_of(address)
    if path is not None and not path.is_file():
        raise SettingsError(f"There is no database {path} yet.")
    async with AsyncExitStack() as stack:
        if path is not None:
            engine = await stack.enter_async_context(sqlite.visiting(address))
        else:
            from bot.storage import postgres  # noqa: PLC0415 - its driver is loaded by those who have a server alone

            engine = (await stack.enter_async_context(postgres.visiting(address))).engine
        async with engine.connect() as connection:
            revision = await connection.run_sync(revision_of)
        refuse_newer(revision, "The database")
        if revision != known()[0]:
            raise SettingsError("The database is of an older version; start this Easel once, so that it is brought up.")
        is_shared = path is None
        yield Visit(
            Erasure(engine.connect, engine.begin, Removals()),
            Erasures(engine.connect, engine.begin),
            KeyValues(engine.connect, engine.begin, Notifications(is_shared=is_shared)),
        )
