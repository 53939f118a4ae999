"""The engines that are on, each found by its name and opened with a client of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Self

from bot.clock import Clock
from bot.domain.engine import Engine, PictureSource
from bot.domain.engine_info import ENGINES, EngineInfo
from bot.domain.rules import MIDJOURNEY
from bot.errors import SettingsError
from bot.relay.engine_base import EngineAdapter
from bot.relay.http import MAX_ANSWER_BYTES, MAX_PAINTED_BYTES, RelayHttp
from bot.relay.midjourney import Midjourney, auth_headers
from bot.settings import Access, MidjourneyAuth, Settings


@dataclass(frozen=True, slots=True)
class Tools:
    """What engines are made with; `hook_for` gives the address on which the relay may report a job."""

    settings: Settings
    pictures: PictureSource
    clock: Clock
    hook_for: Callable[[str], str] | None = None


@cache
def find_adapter(info: EngineInfo) -> type[EngineAdapter]:
    """Find the class of an engine's adapter in the module that its name stands for.

    Raises:
        LookupError: the module has none of that name.
    """
    for value in vars(import_module(info.adapter)).values():
        if isinstance(value, type) and issubclass(value, EngineAdapter) and getattr(value, "name", "") == info.name:
            return value
    raise LookupError(f"{info.adapter} has no EngineAdapter called {info.name}")


class Engines:
    """The engines that are on, each with a client of its own."""

    def __init__(self, by_name: Mapping[str, Engine], clients: Mapping[str, RelayHttp]) -> None:
        self.by_name = by_name
        self._clients = clients

    @classmethod
    @asynccontextmanager
    async def opened(cls, tools: Tools) -> AsyncIterator[Self]:
        """Open the engines that are on; their clients are closed at the end.

        Raises:
            SettingsError: ENGINES names one that there is not.
        """
        names = known(tools.settings)
        async with AsyncExitStack() as stack:
            clients = {name: await stack.enter_async_context(_client(name, tools.settings)) for name in names}
            yield cls({name: _engine(name, http, tools) for name, http in clients.items()}, clients)

    def answered_at(self) -> float | None:
        """time.monotonic() of the last answer of any of them."""
        return max((http.answered_at for http in self._clients.values() if http.answered_at is not None), default=None)


def known(settings: Settings) -> list[str]:
    """Return the names of the engines that are on, each once.

    Raises:
        SettingsError: ENGINES names one that there is not.
    """
    unknown = [name for name in settings.engines.on if name not in ENGINES]
    if unknown:
        raise SettingsError(f"ENGINES names {', '.join(unknown)}; known are {', '.join(ENGINES)}.")
    return list(dict.fromkeys(settings.engines.on))


def relay_access(settings: Settings) -> Access:
    """Return how to reach the Midjourney side."""
    return Access(
        str(settings.relay.base_url), auth_headers(settings.relay.mj_auth, settings.relay.api_key.get_secret_value())
    )


def balance_access(settings: Settings) -> Access:
    """Return how to ask what is left: gateways read the key of such calls from one header alone."""
    return Access(
        str(settings.relay.base_url), auth_headers(MidjourneyAuth.BEARER, settings.relay.api_key.get_secret_value())
    )


def _client(name: str, settings: Settings) -> AbstractAsyncContextManager[RelayHttp]:
    if name == MIDJOURNEY:
        return RelayHttp.opened(*relay_access(settings), MAX_ANSWER_BYTES)
    return RelayHttp.opened(*settings.access(name), MAX_PAINTED_BYTES, find_adapter(ENGINES[name]).codes)


def _engine(name: str, http: RelayHttp, tools: Tools) -> Engine:
    if name == MIDJOURNEY:
        return Midjourney(http, tools.pictures, tools.clock, tools.hook_for)
    return find_adapter(ENGINES[name]).from_settings(http, tools.pictures, tools.settings)
