"""Originals: pictures and films that are too large for their message, for whoever has the link that stands in it.

A link names a job and one of its files by number, so that nothing else can be asked for. The file is sent in pieces,
as players ask for them.
"""

from contextlib import suppress

from aiohttp import web

from bot.clock import Clock
from bot.domain.job import Job, JobStatus
from bot.errors import PictureError, UserError
from bot.jobs.original_addresses import OriginalAddresses
from bot.jobs.stages import file_name, shots_of
from bot.links import LinkRefusedError, NoOriginal, Original
from bot.pictures.folder import Pictures
from bot.rate_limits import RateLimits
from bot.storage.jobs import JobStore
from bot.web.requests import MEDIA_TYPES, TooManyError, spoken

BURST, REFILL_PER_S = 60.0, 2.0  # pieces of one original; a player asks for some at every jump
# For a film that is opened alone a browser makes a player by itself, styled inline, which loads the same address.
PLAYABLE = (
    "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)


class OriginalFiles:
    """The web side of `OriginalLinks`."""

    def __init__(self, addresses: OriginalAddresses, store: JobStore, pictures: Pictures, clock: Clock) -> None:
        self._addresses = addresses
        self._store = store
        self._pictures = pictures
        self._limits = RateLimits[Original](clock, BURST, REFILL_PER_S)

    def routes(self) -> list[web.RouteDef]:
        """Where originals are asked for; nowhere without an address of our own."""
        return [] if self._addresses.links is None else [web.get("/original/{token}", self._send)]

    async def _send(self, request: web.Request) -> web.StreamResponse:
        """The file; 302 to the relay where it is not kept any more; else a sentence."""
        try:
            original = self._read(request.match_info["token"])
            if wait_s := self._limits.take(original):
                raise TooManyError(wait_s)
            return await self._found(original)
        except UserError as exc:
            return refused(exc, spoken(request))

    def _read(self, token: str) -> Original:
        if self._addresses.links is None:
            raise LinkRefusedError(NoOriginal.DAMAGED)
        return self._addresses.links.read(token)

    async def _found(self, original: Original) -> web.StreamResponse:
        job = await self._store.get(original.job_id)
        shots = shots_of(job) if job else []
        if job is None or job.status is JobStatus.REMOVED or job.is_withheld or not 0 <= original.number < len(shots):
            raise LinkRefusedError(NoOriginal.GONE)
        key = shots[original.number].picture
        if key is not None:
            with suppress(PictureError):
                return await self._file(job, key, original.number)
        return self._elsewhere(job, original.number)

    async def _file(self, job: Job, key: str, number: int) -> web.FileResponse:
        ending = key.rpartition(".")[2]
        media_type = MEDIA_TYPES.get(ending)
        name = file_name(job, number, key)
        headers = {
            "Content-Type": media_type or "application/octet-stream",
            "Content-Disposition": f'{"inline" if media_type else "attachment"}; filename="{name}"',
            "Content-Security-Policy": PLAYABLE,
            "Cache-Control": "private, no-cache",
        }
        return web.FileResponse(await self._pictures.stock.file(key), headers=headers)

    def _elsewhere(self, job: Job, number: int) -> web.Response:
        if not (url := self._addresses.at_relay(job, number)):
            raise LinkRefusedError(NoOriginal.GONE)
        return web.Response(status=302, headers={"Location": url})


def refused(error: UserError, locale: str) -> web.Response:
    """Tell why a link opens nothing."""
    match error:
        case LinkRefusedError(why=NoOriginal.DAMAGED):
            status = 404
        case TooManyError():
            status = 429
        case _:
            status = 410
    response = web.Response(
        text=f"{error.sentence.render(locale)}\n", status=status, headers={"Cache-Control": "no-store"}
    )
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(max(1, round(error.wait_s)))
    return response
