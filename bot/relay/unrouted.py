"""Whether an answer is merely what a relay says at every path that it does not route.

Some show the front page of their panel there with 200, or send to it, whatever the method; what stands under /v1 is
answered in JSON all the same. Source: QuantumNous/new-api, router/web-router.go and router/main.go.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.relay.answers import loads
from bot.relay.meanings import is_page

NOWHERE = "/easel/no-such-path"
ROUTED = "/v1/models"  # free, and told to every key


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer to a path as it came."""

    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Where it sends to, but for the path that was asked for; empty where it sends nowhere."""
        location = self.headers.get("Location", "") if 300 <= self.status < 400 else ""
        return location.removesuffix(self.path)

    @property
    def is_page(self) -> bool:
        """Whether it is a web page that is called a success."""
        return self.status == 200 and is_page(self.body.decode(errors="replace"))

    @property
    def is_json(self) -> bool:
        """Whether a program answered."""
        try:
            return isinstance(loads(self.body), dict | list)
        except (ValueError, RecursionError):
            return False


async def is_unrouted(answer: RawAnswer, get: Callable[[str], Awaitable[RawAnswer]]) -> bool:
    """Tell whether `get` finds the same at a path that cannot exist, while the relay is at work.

    Where something in front of a relay answers for it, it does so at every path, and what it passed on is not known.
    Raises whatever `get` raises.
    """
    if not (answer.is_page or answer.target) or not (await get(ROUTED)).is_json:
        return False
    other = await get(NOWHERE)
    if answer.is_page:
        return other.is_page and other.body == answer.body
    return other.status == answer.status and other.target == answer.target
