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
from bot.fairness import AnswersFirst
from bot.relay.engine_base import EngineAdapter
from bot.relay.http import MAX_ANSWER_BYTES, MAX_PAINTED_BYTES, RelayHttp
from bot.relay.midjourney import Midjourney, auth_headers
from bot.settings import Access, MidjourneyAuth, Relay, Settings
from bot.settings.engines import EngineAccess


@dataclass(frozen=True, slots=True)
class Tools:
    """What engines are made with.

    `hook_for` gives the address on which the relay may report a job, and what `answers_first` holds back is long work
    on what a relay said.
    """

    settings: Settings
    pictures: PictureSource
    clock: Clock
    hook_for: Callable[[str], str] | None = None
    answers_first: AnswersFirst | None = None


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

    def __init__(self, tools: Tools, stack: AsyncExitStack) -> None:
        """`stack` closes the clients, at the end."""
        self._tools = tools
        self._stack = stack
        self._engines: dict[str, Engine] = {}
        self._clients: dict[str, RelayHttp] = {}
        self._made_by: dict[str, tuple[EngineAccess | None, str]] = {}  # what each engine was made by

    @classmethod
    @asynccontextmanager
    async def opened(cls, tools: Tools) -> AsyncIterator[Self]:
        """Open the engines that are on; their clients are closed at the end.

        Raises:
            SettingsError: ENGINES names one that there is not.
        """
        async with AsyncExitStack() as stack:
            engines = cls(tools, stack)
            await engines.apply(tools.settings)
            yield engines

    @property
    def by_lane(self) -> Mapping[str, Engine]:
        """Return the engines that are on now, also where they were taken from here before."""
        return self._engines

    async def apply(self, settings: Settings) -> None:
        """Reach all engines as these settings say, without those that are off; what is on its way goes on.

        Raises:
            SettingsError: ENGINES names one that there is not; nothing is changed.
        """
        names = known(settings)
        ways = {lane_of(name, relay.name): (name, relay) for name in names for relay in settings.relays_of(name)}
        by_lane = {lane: await self._at(lane, *way, settings) for lane, way in ways.items()}
        firsts = {name: by_lane[lane_of(name, settings.relays_of(name)[0].name)] for name in names}
        self._engines.clear()
        self._engines.update(by_lane | firsts)

    async def _at(self, lane: str, name: str, relay: Relay, settings: Settings) -> Engine:
        """An engine at a relay: the one that there is, unless it would be made of something else now."""
        access = access_of(name, relay, settings)
        made_by = settings.engines.of(name), access.base_url  # what it learnt is of that address
        if lane in self._clients:
            self._clients[lane].use(*access)
        else:
            self._clients[lane] = await self._stack.enter_async_context(_client(name, access))
        if lane not in self._engines or made_by != self._made_by[lane]:
            self._made_by[lane] = made_by
            return _engine(name, self._clients[lane], self._tools, settings)
        return self._engines[lane]

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


def access_of(name: str, relay: Relay, settings: Settings) -> Access:
    """Return how to reach an engine at a relay."""
    return relay_access(settings, relay) if name == MIDJOURNEY else settings.access(name, relay)


def _client(name: str, access: Access) -> AbstractAsyncContextManager[RelayHttp]:
    if name == MIDJOURNEY:
        return RelayHttp.opened(*access, MAX_ANSWER_BYTES)
    return RelayHttp.opened(*access, MAX_PAINTED_BYTES, find_adapter(ENGINES[name]).codes)


def _engine(name: str, http: RelayHttp, tools: Tools, settings: Settings) -> Engine:
    if name == MIDJOURNEY:
        return Midjourney(http, tools.pictures, tools.clock, tools.hook_for, tools.answers_first)
    return find_adapter(ENGINES[name]).from_settings(http, tools.pictures, settings)
