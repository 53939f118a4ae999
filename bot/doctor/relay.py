"""The relay: whether it answers, takes the key, and what is left on the account."""

from collections.abc import AsyncIterator

from bot.doctor.answers import Answer, note, ok, wrong
from bot.errors import RefusalKind, RelayError, RelayNotReachedError, RelayRefusedError
from bot.relay.balance import read_balance
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from bot.relay.registry import balance_access, relay_access
from bot.settings import Settings


async def look_at_relay(settings: Settings) -> AsyncIterator[Answer]:
    """Ask for a list that costs nothing; then what is left of the key, where the relay tells that."""
    async with RelayHttp.opened(*relay_access(settings)) as http:
        try:
            await Midjourney.check(http)
        except RelayNotReachedError:
            yield wrong(f"The relay at {http.base} cannot be reached; check RELAY_BASE_URL.")
            return
        except RelayRefusedError as exc:
            yield wrong(_refusal(exc, str(http.base)))
            return
        except RelayError as exc:
            yield wrong(f"What answers at {http.base} is no relay: {exc}.")
            return
    yield ok("The relay answers and takes the key.")
    async with RelayHttp.opened(*balance_access(settings)) as http:
        balance = await read_balance(http)
    if balance is None or balance.left is None:
        return
    said = ok if balance.left > 0 else note
    yield said(f"{balance.left:.2f} are left on the relay's key.", left=balance.left, used=balance.used)


def _refusal(exc: RelayRefusedError, base: str) -> str:
    if exc.kind is RefusalKind.AUTH:
        return "The relay refuses the key; check RELAY_API_KEY, and RELAY_MJ_AUTH if it is right."
    if exc.kind is RefusalKind.QUOTA:
        return "The relay says that the account is out of credit; top it up."
    if exc.kind is RefusalKind.UNSUPPORTED:
        return f"{base} answers, but not like a relay; check RELAY_BASE_URL."
    return f"The relay refuses a free list call ({exc}); check RELAY_BASE_URL."
