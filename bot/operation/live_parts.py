"""Parts of a running bot that keep something of the settings, each as what takes other ones."""

from collections.abc import Sequence

from yarl import URL

from bot.log import set_up_again
from bot.operation.relay_books import RelayBooks
from bot.operation.reloading import Apply
from bot.pictures.folder import Pictures
from bot.relay.fetch import PictureFetcher
from bot.relay.http import relay_root
from bot.relay.registry import balance_access
from bot.settings import Settings


def log_as(settings: Settings) -> Apply:
    """Log as the settings say by then; no secret of theirs is ever written, nor one from before."""
    secrets = set(settings.secrets())

    async def apply(now: Settings) -> None:
        secrets.update(now.secrets())
        set_up_again(now.log.level, now.log.format, secrets, now.log.levels)

    return apply


def trust(fetcher: PictureFetcher, pictures: Pictures, settings: Settings) -> Apply:
    """Fetch what the APIs name from where they are by then, and what still runs at one from before from there."""
    addresses = set(settings.addresses())

    async def apply(now: Settings) -> None:
        addresses.update(now.addresses())
        fetcher.trust(URL(address) for address in addresses)
        pictures.look_at(roots_of(now))

    return apply


def roots_of(settings: Settings) -> list[URL]:
    """Return the addresses of all relays, each once."""
    return list(dict.fromkeys(relay_root(str(relay.url)) for relay in settings.relay.all))


def ask_at(books: Sequence[RelayBooks]) -> Apply:
    """Read the relays' books where they are by then; those of one that is new begin with the next start."""

    async def apply(now: Settings) -> None:
        relays = {relay.name: relay for relay in now.relay.all}
        for one in books:
            if one.name in relays:
                one.use(balance_access(relays[one.name]))

    return apply
