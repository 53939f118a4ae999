"""What is answered at `WEB_PORT` and at `METRICS_PORT`; loaded by those who have set one of them alone."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp.web import AbstractRouteDef

from bot.client import EaselBot
from bot.links import CallbackLinks
from bot.operation.gauges import Gauges
from bot.operation.relay_books import RelayBooks
from bot.relay.registry import Engines
from bot.ui.components.names import Names
from bot.web.batches import BatchArchives
from bot.web.callback import Callback
from bot.web.exports import ExportArchives
from bot.web.galleries import gallery_routes
from bot.web.health import Health
from bot.web.limits import LinkLimits
from bot.web.metrics import MetricsPage
from bot.web.originals import OriginalFiles
from bot.web.region import RegionPage
from bot.web.server import build_app, serving
from bot.web.studio import StudioPage


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the answers."""

    client: EaselBot
    engines: Engines
    callbacks: CallbackLinks
    books: Sequence[RelayBooks]
    loops: Sequence[asyncio.Task[None]]  # none of which may end
    stop: asyncio.Event  # set once the process was told to end


@asynccontextmanager
async def listening(behind: Behind) -> AsyncIterator[None]:
    """Answer at each port that is set, until the end.

    Raises:
        SettingsError: one of them cannot be listened on.
    """
    settings, health = behind.client.services.settings, _health(behind)
    web, metrics = settings.web, settings.metrics
    async with AsyncExitStack() as stack:
        if web.port is not None:
            app = build_app([*health.routes(), *_routes(behind)])
            await stack.enter_async_context(serving(app, web.host, web.port))
        if metrics.port is not None:
            app = build_app([*health.routes(), *_metrics(behind).routes()])
            await stack.enter_async_context(serving(app, metrics.host, metrics.port, port_name="METRICS_PORT"))
        yield


def _health(behind: Behind) -> Health:
    client = behind.client
    return Health(
        gateway=client.is_connected,
        shards=client.told_shards,
        database=client.services.store.check,
        relay_answered_at=behind.engines.answered_at,
        clock=client.services.clock,
        lost_loops=lambda: [loop.get_name() for loop in behind.loops if loop.done()],
        is_stopping=behind.stop.is_set,
        process_id=client.services.store.database.process,
    )


def _routes(behind: Behind) -> Iterator[AbstractRouteDef]:
    """What the web side answers beside whether all is well: the mask editor, originals, and the relay's callbacks."""
    services, flows = behind.client.services, behind.client.flows
    clock, pictures = services.clock, services.pictures
    yield from RegionPage(flows.mask_editor, pictures, services.links, clock).routes()
    names = Names(behind.client, clock)
    yield from StudioPage(flows.owner_page, services, names, clock).routes()
    acts, orders = flows.gallery_acts, flows.gallery_orders
    yield from gallery_routes(flows.gallery, acts, orders, flows.collecting, pictures, clock)
    yield from OriginalFiles(services.original_addresses, services.store, pictures, clock).routes()
    yield from BatchArchives(services.original_addresses.links, services.store, pictures, clock).routes()
    yield from ExportArchives(services.original_addresses.links, services.personal_export, clock).routes()
    yield from Callback(behind.callbacks, LinkLimits(clock), services.jobs.recovery.on_callback).routes()


def _metrics(behind: Behind) -> MetricsPage:
    """What Prometheus reads."""
    client = behind.client
    services = client.services
    return MetricsPage(
        Gauges(
            services.jobs.live,
            services.jobs.moderation,
            services.store.database,
            services.settings.storage.data_dir,
            client.gateway_state,
            services.clock,
            behind.books,
        )
    )
