"""Batches as ZIP files, for whoever has the link: made while they are sent, of what is kept at that moment."""

from functools import partial

from aiohttp import web

from bot.clock import Clock
from bot.domain.job import GroupState
from bot.errors import UserError
from bot.links import LinkRefusedError, NoOriginal, OriginalLinks
from bot.pictures.folder import Pictures
from bot.pictures.packing import Send, pack
from bot.pictures.zip_stream import ZipStream
from bot.rate_limits import RateLimits
from bot.storage.jobs import JobStore
from bot.ui.text.batch_manifest import MANIFEST, manifest, packed_files
from bot.web.originals import refused
from bot.web.requests import TooManyError, answer_zip, spoken

BURST, REFILL_PER_S = 6.0, 1 / 60  # whole downloads of one batch


class BatchArchives:
    """The web side of *Download all*."""

    def __init__(self, links: OriginalLinks | None, store: JobStore, pictures: Pictures, clock: Clock) -> None:
        """Without `links` there is no web side."""
        self._links = links
        self._store = store
        self._pictures = pictures
        self._limits = RateLimits[str](clock, BURST, REFILL_PER_S)

    def routes(self) -> list[web.RouteDef]:
        """Where batches are asked for; nowhere without an address of our own."""
        return [] if self._links is None else [web.get("/batch/{token}", self._send, allow_head=False)]

    async def _send(self, request: web.Request) -> web.StreamResponse:
        try:
            state = await self._found(request.match_info["token"])
        except UserError as exc:
            return refused(exc, spoken(request))
        return await answer_zip(request, f"easel-batch-{state.group.id}.zip", partial(self._pack, state))

    async def _found(self, token: str) -> GroupState:
        if self._links is None:
            raise LinkRefusedError(NoOriginal.DAMAGED)
        group_id = self._links.read_batch(token)
        if wait_s := self._limits.take(group_id):
            raise TooManyError(wait_s)
        state = await self._store.groups.get(group_id)
        if state is None or not packed_files(state):
            raise LinkRefusedError(NoOriginal.GONE)
        return state

    async def _pack(self, state: GroupState, send: Send) -> None:
        """Send each file that is still kept, and at the end the table of all lines."""
        archive, files, missing = ZipStream(), packed_files(state), set[str]()
        for file in files:
            if not await pack(archive, self._pictures, file.key, file.name, send):
                missing.add(file.name)
        await send(archive.add_bytes(MANIFEST, manifest(state, files, missing)))
        await send(archive.end())
