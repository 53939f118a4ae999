"""Kept files made small enough to be sent: pictures as a WebP, films as a preview."""

import asyncio
import logging
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import PictureError
from bot.language import _
from bot.pictures.cache import Cache
from bot.pictures.decoding.marks import Origin, origin_in
from bot.pictures.refusals import gone
from bot.pictures.workers import Lane, Workers

logger = logging.getLogger(__name__)

PREVIEWS_BYTES = (
    24 * 1024 * 1024
)  # of previews of films, which take seconds to make; a result may be sent several times


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes ready for Discord, with the ending that fits them."""

    data: bytes
    extension: str
    is_original: bool


class Fitting:
    """Hands out kept files in as many bytes as a place takes."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        # None stands for a film of which no preview can be made.
        self._previews = Cache[tuple[str, int], Upload | None](PREVIEWS_BYTES, _weight)

    async def fit(self, path: Path, limit: int, of: Hashable = None, origin: Origin | None = None) -> Upload:
        """A file in at most `limit` bytes: as it is if it fits; else the best WebP, or of a film a preview, that does.

        Args:
            path: the file.
            limit: in bytes.
            of: the member who asks for it once more; None for a result on its way.
            origin: the mark of what was generated, for a file that has none yet; None for a member's own picture.

        Raises:
            PictureError: the file is gone, or nothing readable fits.
        """
        lane = self._workers.results if of is None else self._workers.members
        whose = path.name if of is None else of
        if (data := await self._as_it_is(path, limit)) is not None and origin is not None:
            data = await self._marked(path, data, limit, origin, lane, whose)
        if data is not None:
            return Upload(data, path.suffix.removeprefix("."), is_original=True)
        if is_film(path.name):
            if (preview := await self._preview(path, limit, of, origin)) is None:
                raise PictureError(_("The video is too large to post here."))
            return preview
        made = await lane.run("fit", whose, source=str(path), limit=limit, origin=origin or "")
        return Upload(made.parts[0], made.values["extension"], is_original=False)

    async def prepare(self, path: Path, limit: int, origin: Origin | None = None) -> None:
        """Make now what takes long of that which will be asked for: the preview of a film."""
        if is_film(path.name) and (await asyncio.to_thread(path.stat)).st_size > limit:
            await self._preview(path, limit, None, origin)

    def forget(self, names: Collection[str]) -> None:
        """Drop what was made of these files."""
        self._previews.forget(lambda preview: preview[0] in names)

    async def _as_it_is(self, path: Path, limit: int) -> bytes | None:
        def read() -> bytes | None:
            return path.read_bytes() if path.stat().st_size <= limit else None

        try:
            return await asyncio.to_thread(read)
        except FileNotFoundError as exc:
            raise gone() from exc

    async def _marked(
        self, path: Path, data: bytes, limit: int, origin: Origin, lane: Lane, whose: Hashable
    ) -> bytes | None:
        """A file that fits as it is, with its mark; None where that makes it too large."""
        if await asyncio.to_thread(origin_in, data) is not None:
            return data
        try:
            (made,) = (await lane.run("mark", whose, source=str(path), origin=origin)).parts
        except PictureError as exc:  # no result waits for its mark
            logger.warning("file not marked name=%s reason=%s", path.name, exc)
            return data
        return made if len(made) <= limit else None

    async def _preview(self, path: Path, limit: int, of: Hashable, origin: Origin | None) -> Upload | None:
        async def make() -> Upload | None:
            try:
                made = await self._workers.films.run(
                    "preview_film",
                    path.name if of is None else of,
                    source=str(path),
                    limit=limit,
                    origin=origin or "",
                )
            except PictureError as exc:
                logger.warning("film not made smaller name=%s reason=%s", path.name, exc)
                return None
            return Upload(made.parts[0], made.values["extension"], is_original=False)

        return await self._previews.get((path.name, limit), make)


def is_film(key: str) -> bool:
    """Whether a kept file is no picture, but moves by itself."""
    return key.endswith((".mp4", ".webm"))


def _weight(preview: Upload | None) -> int:
    return len(preview.data) if preview else 1
