"""A ZIP file made while it is sent: however large it becomes, a megabyte of it is in memory.

Pictures and films are packed already, so they are stored as they are; lists are packed.
"""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from typing_extensions import override

PIECE_BYTES = 1024 * 1024


class _Outlet(io.RawIOBase):
    """Takes what is written, and gives it away; nobody can go back in it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # narrower than the library's buffers
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """All that was written since the last time."""
        data, self._written = b"".join(self._written), []
        return data


class ZipStream:
    """Packs one file after the other, each given out in pieces."""

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._archive = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_STORED)

    async def add(self, name: str, path: Path) -> AsyncIterator[bytes]:
        """Pack a file.

        Raises:
            OSError: it cannot be opened; then nothing was given out.
        """
        file, size = await asyncio.to_thread(_opened, path)
        with file:
            info = zipfile.ZipInfo(name)
            info.file_size = size
            with self._archive.open(info, "w") as entry:
                while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                    entry.write(piece)
                    yield self._outlet.taken()
        yield self._outlet.taken()

    def add_bytes(self, name: str, data: bytes) -> bytes:
        """Pack what is in memory; returns what comes out."""
        self._archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return self._outlet.taken()

    def end(self) -> bytes:
        """Close the archive; returns the last of it."""
        self._archive.close()
        return self._outlet.taken()


def _opened(path: Path) -> tuple[IO[bytes], int]:
    return path.open("rb"), path.stat().st_size
