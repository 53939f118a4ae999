"""Who is let into a page by a link's token, how often they may ask, and how refusals are told."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, Protocol, TypeVar

from aiohttp import web

from bot.clock import Clock
from bot.errors import UserError
from bot.language import Sentence
from bot.rate_limits import RateLimits
from bot.web.requests import TooManyError, bearer, refusal, spoken, words


class Pass(Protocol):
    """What the token of a link stands for."""

    @property
    def member_id(self) -> int:
        """Whose it is."""
        ...

    @property
    def locale(self) -> str:
        """The language in which they are spoken to."""
        ...


Admitted = TypeVar("Admitted", bound=Pass)


class Door(Generic[Admitted]):
    """Lets those in who have a pass."""

    def __init__(
        self,
        admit: Callable[[str], Awaitable[Admitted]],
        texts: Mapping[str, Sentence],
        clock: Clock,
        burst: float,
        refill_per_s: float,
    ) -> None:
        """`admit` reads a token or refuses it, `texts` are the words of the page, and the limit is each member's."""
        self._admit = admit
        self._texts = texts
        self._limits = RateLimits[int](clock, burst, refill_per_s)

    def admitted(
        self, handler: Callable[[web.Request, Admitted], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Wrap what answers a request of the page: it gets the pass, and all that it refuses is told in words."""

        async def handle(request: web.Request) -> web.StreamResponse:
            locale = spoken(request)
            try:
                admitted = await self._admit(bearer(request))
                locale = admitted.locale
                self.count(admitted.member_id)
                return await handler(request, admitted)
            except UserError as exc:
                return self.refused(exc, locale)

        return handle

    def count(self, member_id: int) -> None:
        """Count a request of a member's.

        Raises:
            TooManyError: there were too many.
        """
        if wait_s := self._limits.take(member_id):
            raise TooManyError(wait_s)

    def refused(self, error: UserError, locale: str) -> web.Response:
        """Tell why something is not done, with the words of the page."""
        return refusal(error, locale, words(locale, self._texts))
