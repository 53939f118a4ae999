"""Who is let into a gallery, how often they may ask, and how refusals are told."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.errors import UserError
from bot.links import GalleryPass, LinkRefusedError, NoGallery
from bot.rate_limits import RateLimits
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.page_orders import QuestionError
from bot.web.gallery_texts import TEXTS
from bot.web.requests import TooManyError, bearer, spoken

BURST, REFILL_PER_S = 600.0, 60.0  # requests of one member: a screen of thumbnails, and scrolling on
LONGEST_BODY = 16 * 1024  # bytes
Handler = Callable[[web.Request, GalleryPass], Awaitable[web.StreamResponse]]


class GalleryDoor:
    """Lets those in who have a pass."""

    def __init__(self, gallery: Gallery, clock: Clock) -> None:
        self._gallery = gallery
        self._limits = RateLimits[int](clock, BURST, REFILL_PER_S)

    def admitted(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Wrap what answers a request of the page: it gets the pass, and all that it refuses is told in words."""

        async def handle(request: web.Request) -> web.StreamResponse:
            locale = spoken(request)
            try:
                admitted = await self._gallery.admit(bearer(request))
                locale = admitted.locale
                self.count(admitted.member_id)
                return await handler(request, admitted)
            except UserError as exc:
                return refused(exc, locale)

        return handle

    def count(self, member_id: int) -> None:
        """Count a request of a member's.

        Raises:
            TooManyError: there were too many.
        """
        if wait_s := self._limits.take(member_id):
            raise TooManyError(wait_s)


async def short_text(request: web.Request, longest: int = LONGEST_BODY) -> str:
    """Read a body of some lines, of at most so many bytes.

    Raises:
        web.HTTPRequestEntityTooLarge: it is longer.
    """
    if (request.content_length or longest + 1) > longest:
        raise web.HTTPRequestEntityTooLarge(longest, request.content_length or 0)
    return await request.text()


def as_json(body: dict[str, Any], status: int = 200) -> web.Response:
    """Answer with what nobody may keep."""
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def texts(locale: str) -> dict[str, str]:
    """Return all that the page says."""
    return {name: text.render(locale) for name, text in TEXTS.items()}


def refused(error: UserError, locale: str) -> web.Response:
    """Tell why something is not done, in words, with those of the page."""
    match error:
        case LinkRefusedError(why=NoGallery.EXPIRED):
            kind, status = "expired", 410
        case LinkRefusedError():
            kind, status = "damaged", 401
        case TooManyError():
            kind, status = "too_many", 429
        case QuestionError():
            kind, status = "question", 422
        case _:
            kind, status = "refused", 403
    said = {"error": kind, "text": error.sentence.render(locale)}
    if isinstance(error, QuestionError):
        said["fixed"] = error.fixed
    response = as_json(said | {"locale": locale, "texts": texts(locale)}, status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(max(1, round(error.wait_s)))
    return response
