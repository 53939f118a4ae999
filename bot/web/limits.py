"""How much one link may ask of us."""

from bot.clock import Clock
from bot.rate_limits import RateLimits

BURST = 20.0  # requests at once; a person needs three to open the page and one to send
REFILL_PER_S = 0.5


class LinkLimits(RateLimits[str]):
    """A bucket of requests for every link."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, BURST, REFILL_PER_S)
