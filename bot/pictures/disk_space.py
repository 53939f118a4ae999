"""The room that kept pictures take: what is free on their disk, and what of it members' own pictures hold."""

import asyncio
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

INPUT = r"[0-9a-f]{16}-(?:input\d+|mask)\.[a-z0-9]+"  # how the files are called that members' pictures are kept as
_INPUT = re.compile(INPUT)


@dataclass(frozen=True, slots=True)
class KeptInput:
    """A member's picture as it is kept: its bytes, and when it was written (`time.time()`)."""

    key: str
    size: int
    written_at: float


class Room:
    """The folder of kept pictures, seen as space."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def free_bytes(self) -> int:
        """What is free on the disk for those who are no administrators."""
        return (await asyncio.to_thread(shutil.disk_usage, self._folder)).free

    async def inputs(self) -> list[KeptInput]:
        """All pictures that members sent, the oldest first."""

        def look() -> list[KeptInput]:
            found = []
            for file in os.scandir(self._folder):
                if _INPUT.fullmatch(file.name):
                    try:
                        seen = file.stat()
                    except FileNotFoundError:
                        continue
                    found.append(KeptInput(file.name, seen.st_size, seen.st_mtime))
            return sorted(found, key=lambda kept: kept.written_at)

        return await asyncio.to_thread(look)

    async def begun_for(self, job_id: str) -> frozenset[str]:
        """The files that are kept under a job's name, also those that are not whole yet."""

        def look() -> frozenset[str]:
            return frozenset(file.name for file in os.scandir(self._folder) if file.name.startswith(f"{job_id}-"))

        return await asyncio.to_thread(look)
