"""A database file that has its tables already: to write it somewhere is much quicker than to migrate there."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.storage.jobs import JobStore

FILE = "easel.db"
_MADE: list[bytes] = []


async def empty_database() -> bytes:
    """Return the contents of the file, made once in each process."""
    if not _MADE:
        with TemporaryDirectory() as folder:
            path = Path(folder) / FILE
            async with JobStore.opened(f"sqlite+aiosqlite:///{path}"):
                pass
            _MADE.append(path.read_bytes())
    return _MADE[0]


async def furnish(data: Path, settings: Mapping[str, str]) -> None:
    """Let a bot that is to keep its jobs in a file find the tables there; one that has a file, or a server, is left."""
    if "DATABASE_URL" not in settings:
        _write_anew(data / FILE, await empty_database())


def _write_anew(path: Path, contents: bytes) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
