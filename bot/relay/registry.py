"""The engines that are on, each opened at every relay that it is reached through, with a client of its own."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Self

from bot.clock import Clock
from bot.domain.engine import Engine, PictureSource
from bot.domain.engine_info import ENGINES, EngineInfo
from bot.domain.lanes import lane_of
from bot.domain.rules import MIDJOURNEY
from bot.errors import SettingsError
from bot.relay.engine_base import EngineAdapter
from bot.relay.http import MAX_ANSWER_BYTES, MAX_PAINTED_BYTES, RelayHttp
from bot.relay.midjourney import Midjourney, auth_headers
from bot.settings import Access, MidjourneyAuth, Relay, Settings


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
    """The engines that are on, by their lanes: each at every relay of its own, with a client of its own.

    Jobs that name no relay are from before there were several: they find their engine by its name alone, at the first.
    """

    def __init__(self, by_lane: Mapping[str, Engine], clients: Mapping[str, RelayHttp]) -> None:
        self.by_lane = by_lane
        self._clients = clients

    @classmethod
    @asynccontextmanager
    async def opened(cls, tools: Tools) -> AsyncIterator[Self]:
        """Open the engines that are on; their clients are closed at the end.

        Raises:
            SettingsError: ENGINES names one that there is not.
        """
        settings, names = tools.settings, known(tools.settings)
        ways = {lane_of(name, relay.name): (name, relay) for name in names for relay in settings.relays_of(name)}
        async with AsyncExitStack() as stack:
            clients = {
                lane: await stack.enter_async_context(_client(name, relay, settings))
                for lane, (name, relay) in ways.items()
            }
            by_lane = {lane: _engine(ways[lane][0], http, tools) for lane, http in clients.items()}
            firsts = {name: by_lane[lane_of(name, settings.relays_of(name)[0].name)] for name in names}
            yield cls(by_lane | firsts, clients)

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


def relay_access(settings: Settings, relay: Relay) -> Access:
    """Return how to reach the Midjourney side of a relay."""
    style = relay.auth or settings.relay.mj_auth
    return Access(str(relay.url), auth_headers(style, relay.key.get_secret_value()))


def balance_access(relay: Relay) -> Access:
    """Return how to ask what is left: gateways read the key of such calls from one header alone."""
    return Access(str(relay.url), auth_headers(MidjourneyAuth.BEARER, relay.key.get_secret_value()))


def _client(name: str, relay: Relay, settings: Settings) -> AbstractAsyncContextManager[RelayHttp]:
    if name == MIDJOURNEY:
        return RelayHttp.opened(*relay_access(settings, relay), MAX_ANSWER_BYTES)
    return RelayHttp.opened(*settings.access(name, relay), MAX_PAINTED_BYTES, find_adapter(ENGINES[name]).codes)


def _engine(name: str, http: RelayHttp, tools: Tools) -> Engine:
    if name == MIDJOURNEY:
        return Midjourney(http, tools.pictures, tools.clock, tools.hook_for)
    return find_adapter(ENGINES[name]).from_settings(http, tools.pictures, tools.settings)
