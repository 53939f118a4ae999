"""Each relay: whether it answers, takes the key, and what is left on the account."""

from collections.abc import AsyncIterator

from bot.doctor.answers import Answer, note, ok, wrong
from bot.domain.rules import MIDJOURNEY
from bot.errors import RefusalKind, RelayError, RelayNotReachedError, RelayRefusedError
from bot.relay.balance import read_balance
from bot.relay.http import RelayHttp
from bot.relay.midjourney import Midjourney
from bot.relay.registry import balance_access, relay_access
from bot.settings import Relay, Settings


async def look_at_relays(settings: Settings) -> AsyncIterator[Answer]:
    """Ask each for a list that costs nothing; then what is left of its key, where the relay tells that."""
    for relay in settings.relay.all:
        async for answer in _look_at(settings, relay):
            yield answer


async def _look_at(settings: Settings, relay: Relay) -> AsyncIterator[Answer]:
    if MIDJOURNEY not in relay.engines:
        yield note(f"The relay “{relay.name}” serves {', '.join(relay.engines)} alone, which is not tried here.")
        return
    named, its_url = (f" “{relay.name}”", "its url in RELAYS") if relay.name else ("", "RELAY_BASE_URL")
    async with RelayHttp.opened(*relay_access(settings, relay)) as http:
        try:
            await Midjourney.check(http)
        except RelayNotReachedError:
            yield wrong(f"The relay{named} at {http.base} cannot be reached; check {its_url}.", **_figures(relay))
            return
        except RelayRefusedError as exc:
            yield wrong(_refusal(exc, relay, str(http.base)), **_figures(relay))
            return
        except RelayError as exc:
            yield wrong(f"What answers at {http.base} is no relay: {exc}.", **_figures(relay))
            return
    yield ok(f"The relay{named} answers and takes the key.", **_figures(relay))
    async with RelayHttp.opened(*balance_access(relay)) as http:
        balance = await read_balance(http)
    if balance is None or balance.left is None:
        return
    said, whose = ok if balance.left > 0 else note, f"the key of the relay{named}" if named else "the relay's key"
    yield said(f"{balance.left:.2f} are left on {whose}.", left=balance.left, used=balance.used, **_figures(relay))


def _figures(relay: Relay) -> dict[str, str]:
    return {"relay": relay.name} if relay.name else {}


def _refusal(exc: RelayRefusedError, relay: Relay, base: str) -> str:
    named = f" “{relay.name}”" if relay.name else ""
    its_url, its_key, its_auth = (
        ("its url in RELAYS", "its key in RELAYS", "its auth")
        if relay.name
        else ("RELAY_BASE_URL", "RELAY_API_KEY", "RELAY_MJ_AUTH")
    )
    if exc.kind is RefusalKind.AUTH:
        return f"The relay{named} refuses the key; check {its_key}, and {its_auth} if it is right."
    if exc.kind is RefusalKind.QUOTA:
        return f"The relay{named} says that the account is out of credit; top it up."
    if exc.kind is RefusalKind.UNSUPPORTED:
        return f"{base} answers, but not like a relay; check {its_url}."
    return f"The relay{named} refuses a free list call ({exc}); check {its_url}."
