"""Pictures that an answer names or brings along as bytes."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Sequence
from urllib.parse import unquote, unquote_to_bytes

from yarl import URL

from bot.domain.addresses import is_bytes, resolved
from bot.domain.engine import PictureSource
from bot.domain.job import Job, JobStatus, ResultImage
from bot.errors import PictureError

logger = logging.getLogger(__name__)

NO_ROOM_PAUSE_S = 5.0  # real seconds until the disk is tried again
LARGEST_BYTES = 48 * 1024 * 1024  # of one picture


async def build_images(pictures: PictureSource, base: URL, job: Job, sources: Sequence[str]) -> list[ResultImage]:
    """Build the result images for addresses; what came as bytes (a data URL) is kept at once, as nobody sends it again.

    Raises:
        OSError: there is no room for bytes that the next look brings again.
    """
    kept: list[ResultImage] = []
    for source in map(str.strip, sources):
        if not is_bytes(source):
            if address := resolved(source, base):
                kept.append(ResultImage(image_url=address))
            continue
        name = f"{job.id}-{len(kept)}" if kept else job.id
        try:
            data = await asyncio.to_thread(decoded, source)
            kept.append(ResultImage(picture=await _keep(pictures, job, name, data)))
        except (PictureError, ValueError) as exc:
            logger.warning("made picture not kept job_id=%s error=%s", job.id, type(exc).__name__)
    return kept


async def _keep(pictures: PictureSource, job: Job, name: str, data: bytes) -> str:
    """Keep a picture that came as bytes; those that answer a paid call wait for room, as they were paid for."""
    while True:
        try:
            return await pictures.keep_made(name, data)
        except OSError:
            if job.status is not JobStatus.SUBMITTING:
                raise
            logger.exception("made picture not kept yet job_id=%s", job.id)
            await asyncio.sleep(NO_ROOM_PAUSE_S)


def decoded(source: str) -> bytes:
    """Decode a data URL.

    Raises:
        ValueError: it holds none, or more than `LARGEST_BYTES`.
    """
    head, _comma, data = source.partition(",") if source[:5].casefold() == "data:" else (";base64", ",", source)
    if not data or len(data) > LARGEST_BYTES * 4 // 3:
        raise ValueError("not a data URL of a fitting size")
    if ";base64" not in head.casefold():
        return unquote_to_bytes(data)
    text = "".join((unquote(data) if "%" in data else data).split()).rstrip("=")
    whole = text[: len(text) - (len(text) % 4 == 1)]  # of one that is cut off, what is there
    try:
        return base64.b64decode(whole + "==", altchars=b"-_" if "-" in whole or "_" in whole else None)
    except (binascii.Error, ValueError) as exc:
        raise ValueError("not base64") from exc
