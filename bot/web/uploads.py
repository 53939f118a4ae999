"""Reading what a browser sends, within limits of size and time."""

import asyncio
from collections.abc import Mapping

from aiohttp import BodyPartReader, web

from bot.errors import UserError
from bot.language import _
from bot.web.connections import BROKEN_OFF

UPLOAD_TIME_LIMIT_S = 30.0
OVERHEAD_BYTES = 4096  # what the form itself needs
CHUNK_BYTES = 65_536
# What is said of a form that is none: by us, by aiohttp's reader and by its parser of headers.
_DAMAGED = (ValueError, LookupError, AssertionError, EOFError, web.HTTPException, *BROKEN_OFF)


class UploadError(UserError):
    """A body that is not taken; the connection is closed behind the answer."""


class TooLargeError(UploadError):
    """More bytes than allowed."""

    def __init__(self) -> None:
        super().__init__(_("The drawing is too large to send. Please draw a simpler region."))


async def read_form(request: web.Request, limits: Mapping[str, int]) -> dict[str, bytes]:
    """The parts of a multipart body by name, each within its limit in bytes.

    Raises:
        TooLargeError: a part, or the whole, is larger than allowed.
        UploadError: too slow, or no form of ours.
    """
    if (request.content_length or 0) > sum(limits.values()) + OVERHEAD_BYTES:
        raise TooLargeError
    try:
        async with asyncio.timeout(UPLOAD_TIME_LIMIT_S):
            return await _read_parts(request, limits)
    except TimeoutError as exc:
        raise UploadError(_("The upload took too long. Please try again with a better connection.")) from exc
    except _DAMAGED as exc:
        raise UploadError(_("The drawing arrived damaged. Please try again.")) from exc


async def _read_parts(request: web.Request, limits: Mapping[str, int]) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or (name := part.name) not in limits or name is None or name in fields:
            raise ValueError("a part that nobody asked for")
        data = bytearray()
        while chunk := await part.read_chunk(CHUNK_BYTES):
            data += chunk
            if len(data) > limits[name]:
                raise TooLargeError
        fields[name] = bytes(data)
    return fields
