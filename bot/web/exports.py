"""What is kept of a member as a ZIP, for whoever has the link: made while it is sent."""

from functools import partial

from aiohttp import web

from bot.clock import Clock
from bot.errors import UserError
from bot.links import LinkRefusedError, NoOriginal, OriginalLinks
from bot.operation.personal_export import PersonalExport
from bot.rate_limits import RateLimits
from bot.web.originals import refused
from bot.web.requests import TooManyError, answer_zip, spoken

BURST, REFILL_PER_S = 6.0, 1 / 60  # whole downloads of one member


class ExportArchives:
    """The web side of *Export my data*."""

    def __init__(self, links: OriginalLinks | None, export: PersonalExport, clock: Clock) -> None:
        """Without `links` there is no web side."""
        self._links = links
        self._export = export
        self._limits = RateLimits[int](clock, BURST, REFILL_PER_S)

    def routes(self) -> list[web.RouteDef]:
        """Where exports are asked for; nowhere without an address of our own."""
        return [] if self._links is None else [web.get("/export/{token}", self._send, allow_head=False)]

    async def _send(self, request: web.Request) -> web.StreamResponse:
        try:
            member_id = await self._admitted(request.match_info["token"])
        except UserError as exc:
            return refused(exc, spoken(request))
        return await answer_zip(request, "easel.zip", partial(self._export.send, member_id))

    async def _admitted(self, token: str) -> int:
        """Return whose data a link is good for."""
        if self._links is None:
            raise LinkRefusedError(NoOriginal.DAMAGED)
        member_id, grant_id = self._links.read_export(token)
        if not await self._export.is_granted(member_id, grant_id):
            raise LinkRefusedError(NoOriginal.EXPORT_ENDED)
        if wait_s := self._limits.take(member_id):
            raise TooManyError(wait_s)
        return member_id
