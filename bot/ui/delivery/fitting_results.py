"""Sends a result so that Discord takes it: smaller where it is too large, in words where a face is no emoji."""

from collections.abc import Awaitable, Callable

import discord

from bot.domain.job import Job
from bot.ui.components.job_buttons import JobButton, result_view
from bot.ui.messages.result import ResultParts

TOO_LARGE_CODE, INVALID_BODY_CODE = 40005, 50035
SMALLEST_UPLOAD = 200_000  # bytes; below this a picture is not worth making smaller

Build = Callable[[int], Awaitable[ResultParts]]  # makes the contents, with so many bytes a file at most
Send = Callable[[ResultParts, discord.ui.View], Awaitable[int]]  # sends a result; returns its message's id


async def send_fitting(job: Job, limit: int, build: Build, send: Send) -> int:
    """Send a result under a limit of bytes for each file, smaller if Discord finds it too large all the same.

    Faces of buttons come from the relay: where Discord takes one for no emoji, all are written in words.

    Returns:
        The message's id.

    Raises:
        discord.HTTPException, aiohttp.ClientError, TimeoutError: as sending does.
    """
    view = result_view(job)
    while True:
        try:
            return await send(await build(limit), view)
        except discord.HTTPException as exc:
            too_large = exc.status == 413 or exc.code == TOO_LARGE_CODE
            if too_large and limit >= SMALLEST_UPLOAD:
                limit //= 2
            elif exc.code == INVALID_BODY_CODE and _has_emoji(view):
                view = result_view(job, in_words=True)
            else:
                raise


def _has_emoji(view: discord.ui.View) -> bool:
    return any(isinstance(item, JobButton) and item.item.emoji for item in view.children)
