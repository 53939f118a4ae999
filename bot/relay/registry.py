"""The engines that there are, and those that are on."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from bot.clock import Clock
from bot.domain.engine import Engine, PictureSource
from bot.errors import SettingsError
from bot.relay.fal import Fal
from bot.relay.http import MAX_ANSWER_BYTES, MAX_PAINTED_BYTES, RelayHttp
from bot.relay.ideogram import Ideogram
from bot.relay.jimeng import Jimeng
from bot.relay.kling import Kling
from bot.relay.midjourney import Midjourney, auth_headers
from bot.relay.refusals import NO_CODES, VendorCodes
from bot.settings import Access, EnginesSettings, Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """What engines are made with; `hook_for` gives the address on which the relay may report a job."""

    settings: Settings
    pictures: PictureSource
    clock: Clock
    hook_for: Callable[[str], str] | None = None

    @property
    def own(self) -> EnginesSettings:
        """Each engine's own settings."""
        return self.settings.engines


# Adding an engine is a line here.
MAKERS: Mapping[str, Callable[[RelayHttp, Tools], Engine]] = {
    "midjourney": lambda http, tools: Midjourney(http, tools.pictures, tools.clock, tools.hook_for),
    "ideogram": lambda http, tools: Ideogram(http, tools.pictures),
    "fal": lambda http, tools: Fal(http, tools.pictures, tools.own.fal.models, tools.own.fal.picture_fields),
    "jimeng": lambda http, tools: Jimeng(http, tools.pictures, tools.own.jimeng.models),
    "kling": lambda http, tools: Kling(http, tools.pictures),
}
VENDOR_CODES: Mapping[str, VendorCodes] = {"kling": Kling.codes}


class Engines:
    """The engines that are on, each with a client of its own."""

    def __init__(self, by_name: Mapping[str, Engine], clients: Mapping[str, RelayHttp]) -> None:
        self.by_name = by_name
        self._clients = clients

    @classmethod
    @asynccontextmanager
    async def opened(cls, tools: Tools) -> AsyncIterator[Self]:
        """The engines, their clients closed at the end.

        Raises:
            SettingsError: ENGINES names one that there is not.
        """
        names = known(tools.settings)
        async with AsyncExitStack() as stack:
            clients = {name: await stack.enter_async_context(_client(name, tools.settings)) for name in names}
            yield cls({name: MAKERS[name](http, tools) for name, http in clients.items()}, clients)

    def answered_at(self) -> float | None:
        """time.monotonic() of the last answer of any of them."""
        return max((http.answered_at for http in self._clients.values() if http.answered_at is not None), default=None)


def known(settings: Settings) -> list[str]:
    """The engines that are on, each once.

    Raises:
        SettingsError: ENGINES names one that there is not.
    """
    unknown = [name for name in settings.engines.on if name not in MAKERS]
    if unknown:
        raise SettingsError(f"ENGINES names {', '.join(unknown)}; known are {', '.join(MAKERS)}.")
    return list(dict.fromkeys(settings.engines.on))


def relay_access(settings: Settings) -> Access:
    """How to reach the Midjourney side."""
    return Access(
        str(settings.relay.base_url), auth_headers(settings.relay.mj_auth, settings.relay.api_key.get_secret_value())
    )


def _client(name: str, settings: Settings) -> AbstractAsyncContextManager[RelayHttp]:
    if name == "midjourney":
        access, limit = relay_access(settings), MAX_ANSWER_BYTES
    else:
        access, limit = settings.access(name), MAX_PAINTED_BYTES
    return RelayHttp.opened(access.base_url, access.headers, limit, VENDOR_CODES.get(name, NO_CODES))
