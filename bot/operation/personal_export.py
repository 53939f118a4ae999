"""What is kept of one member as a ZIP: a JSON file, and the pictures and films that they made."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.clock import Clock
from bot.domain.job import Actor
from bot.errors import PictureError
from bot.jobs.stages import file_name, shots_of
from bot.links import EXPORT_LIFE_S
from bot.operation.personal_data import PersonalData
from bot.pictures.folder import Pictures
from bot.pictures.packing import Send, pack
from bot.pictures.zip_stream import ZipStream
from bot.storage.expiring import ExpiringValues, ForeignValueError
from bot.storage.jobs import JobStore
from bot.storage.own_results import own_results

DATA, FOLDER = "data.json", "pictures"
ROOM_OF_EACH = 400  # bytes of a ZIP that a file takes beside itself, its name counted twice
SPACE_AT_END = 1024


@dataclass(frozen=True, slots=True)
class Grant:
    """Says that a member may take along what is kept of them; it goes with the rest when they erase it."""

    member_id: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A ZIP in memory, and how many kept pictures had no room in it."""

    data: bytes
    left_out: int


@dataclass(frozen=True, slots=True)
class _File:
    key: str
    name: str


_GRANT = TypeAdapter(Grant)


class PersonalExport:
    """Packs what is kept of a member for that member."""

    def __init__(self, data: PersonalData, store: JobStore, pictures: Pictures, clock: Clock) -> None:
        self._data = data
        self._store = store
        self._pictures = pictures
        self._grants = ExpiringValues(
            store.notes,
            clock,
            "export",
            _GRANT,
            life_s=EXPORT_LIFE_S,
            owner_of=lambda grant: grant.member_id,
        )

    async def grant(self, member_id: int) -> str:
        """Let a member's data be fetched for a day, or until it is erased; returns the id of the grant."""
        return await self._grants.keep(Grant(member_id))

    async def is_granted(self, member_id: int, grant_id: str) -> bool:
        """Tell whether a grant still stands."""
        try:
            return await self._grants.get(grant_id, member_id) is not None
        except ForeignValueError:
            return False

    async def send(self, member_id: int, send: Send) -> None:
        """Send the whole ZIP in pieces, the newest pictures first; what is gone meanwhile is left out."""
        archive = ZipStream()
        await send(archive.add_bytes(DATA, await self._data.as_json(Actor(member_id))))
        async for file in self._files(member_id):
            await pack(archive, self._pictures, file.key, file.name, send)
        await send(archive.end())

    async def fitting(self, member_id: int, limit: int, *, is_all: bool = False) -> Packed:
        """Pack the JSON and as many of the newest pictures as there is room for in so many bytes.

        Where `is_all` is wanted, or nothing, it stops at the first that has no room.
        """
        archive, packed, left_out, names = ZipStream(), bytearray(), 0, 0

        async def take(piece: bytes) -> None:
            packed.extend(piece)

        packed += archive.add_bytes(DATA, await self._data.as_json(Actor(member_id)))
        register = await self._pictures.stock.register()
        async for file in self._files(member_id):
            kept = await register.find(file.key)
            size = kept.size if kept is not None else await self._size(file.key)
            if size is None:
                continue
            if len(packed) + names + size + ROOM_OF_EACH + SPACE_AT_END > limit:
                left_out += 1
                if is_all:
                    break
                continue
            await pack(archive, self._pictures, file.key, file.name, take)
            names += ROOM_OF_EACH
        packed += archive.end()
        return Packed(bytes(packed), left_out)

    async def _files(self, member_id: int) -> AsyncIterator[_File]:
        async for job in own_results(self._store.database, member_id):
            for number, shot in enumerate(shots_of(job)):
                if shot.picture is not None:
                    yield _File(shot.picture, f"{FOLDER}/{file_name(job, number, shot.picture)}")

    async def _size(self, key: str) -> int | None:
        """The bytes of a picture that another process has kept and not listed yet; None = it is gone."""
        try:
            async with self._pictures.stock.opened(key) as (path,):
                return (await asyncio.to_thread(path.stat)).st_size
        except (PictureError, FileNotFoundError):
            return None
