"""Kept pictures and films in a ZIP that is made while it is sent."""

import logging
from collections.abc import Awaitable, Callable

from bot.errors import PictureError
from bot.pictures.folder import Pictures
from bot.pictures.zip_stream import ZipStream

logger = logging.getLogger(__name__)

Send = Callable[[bytes], Awaitable[None]]


async def pack(archive: ZipStream, pictures: Pictures, key: str, name: str, send: Send) -> bool:
    """Pack a kept file under a name and send what comes out; False where it is gone, and nothing was sent."""
    try:
        async with pictures.stock.opened(key) as (path,):
            async for piece in archive.add(name, path):
                await send(piece)
    except (PictureError, FileNotFoundError):
        logger.info("file not packed key=%s", key)
        return False
    return True
