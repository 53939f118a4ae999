"""The PostgreSQL server of the tests, with a database that has its tables already."""

import asyncio
import secrets
from dataclasses import dataclass
from functools import cache
from threading import Thread

from bot.storage.jobs import JobStore
from sandbox import postgres
from tests.support.rows import change

LEASE_S = 5.0  # of the bots: what one leaves behind that was killed is taken over that late
TEMPLATE = "prepared"
# DELETE, since TRUNCATE gives each table new files; foreign keys are not looked at on the way.
EMPTYING = """
DO $$ DECLARE one text; BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', one);
  END LOOP;
END $$
"""


@dataclass
class Server(postgres.Server):
    """A running server whose databases come and go with tests."""

    in_turns: str = ""  # the database that `emptied` names

    def new_database(self, template: str = TEMPLATE) -> str:
        """Make a database by copying another; returns its name."""
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # half of the time of the usual one
        return name

    def emptied(self) -> str:
        """Name the one database that tests have in turns, emptied: much quicker than a new one for each."""
        if self.in_turns:
            change(self.url(self.in_turns), EMPTYING)  # by a connection that stays: a program takes longer to start
        else:
            self.in_turns = self.new_database()
        return self.in_turns


@cache
def server() -> Server:
    """Return the server of this process, started when it is first wanted, with a database that has its tables already.

    Raises:
        NoServerError: this machine has none, or it does not start.
    """
    running = Server.of_its_own()
    running.sql(f"CREATE DATABASE {TEMPLATE}")
    in_thread = Thread(target=lambda: asyncio.run(_make_tables(running.url(TEMPLATE))))
    in_thread.start()  # whoever wants it may be in a loop of its own
    in_thread.join()
    return running


async def _make_tables(url: str) -> None:
    async with JobStore.opened(url):
        pass


CHOSEN: list[bool] = []  # not empty where the tests were told to run on PostgreSQL


def database_settings() -> dict[str, str]:
    """Return what makes a bot use a new database of the server, where tests run on it; nothing otherwise."""
    return server_settings() if CHOSEN else {}


def server_settings() -> dict[str, str]:
    """Return what makes a bot use a new database of the server.

    Raises:
        NoServerError: this machine has none.
    """
    running = server()
    database = running.url(running.new_database())
    return {"DATABASE_URL": database, "SECRET_KEY": "a key of the tests alone", "LEASE_S": f"{LEASE_S:g}"}
