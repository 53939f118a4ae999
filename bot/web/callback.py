"""Where the relay may say that a task has changed. What it says is never believed, only taken as a reason to look."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.links import CallbackLinks
from bot.web.connections import BROKEN_OFF
from bot.web.limits import LinkLimits

MAX_BODY_BYTES = 64 * 1024  # of a task object; more is not read
BODY_LIMIT_S = 10.0  # real seconds; what comes later names no task
TASK_ID_LIMIT = 64


class Callback:
    """One unguessable address per job.

    Args:
        links: who reads the addresses.
        limits: how often one address may be called.
        changed: told the job's id and the task id that the body names ("" when it names none).
    """

    def __init__(
        self, links: CallbackLinks, limits: LinkLimits, changed: Callable[[str, str], Awaitable[None]]
    ) -> None:
        self._links = links
        self._limits = limits
        self._changed = changed

    def routes(self) -> list[web.RouteDef]:
        """Where the relay calls."""
        return [web.post("/callback/{token}", self._receive)]

    async def _receive(self, request: web.Request) -> web.Response:
        """204 for every address of ours, whatever the body; 404 for others."""
        job_id = self._links.read(request.match_info["token"])
        if job_id is None:
            raise web.HTTPNotFound
        if not self._limits.take(job_id):
            await self._changed(job_id, await _task_id(request))
        return web.Response(status=204)


async def _task_id(request: web.Request) -> str:
    """The id in the body, if there is a readable one."""
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            raw = await _body(request)
        task = json.loads(raw)
    except (ValueError, TimeoutError, *BROKEN_OFF):
        return ""
    named = task.get("id") if isinstance(task, dict) else None
    return str(named)[:TASK_ID_LIMIT] if isinstance(named, str | int) else ""


async def _body(request: web.Request) -> bytes:
    """The body, however many pieces it comes in; of a longer one the beginning."""
    raw = bytearray()
    async for piece in request.content.iter_any():
        raw += piece
        if len(raw) >= MAX_BODY_BYTES:
            break
    return bytes(raw[:MAX_BODY_BYTES])
