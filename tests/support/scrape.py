"""What Prometheus would read of a bot's `/metrics`, over a real socket."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import Clock
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.operation.gauges import GatewayState, Gauges
from bot.storage.jobs import JobStore
from bot.web.metrics import MetricsPage
from bot.web.server import build_app


def metrics_app(
    store: JobStore,
    live: LiveJobs,
    folder: Path,
    clock: Clock,
    gateway: Callable[[], GatewayState] = GatewayState,
    moderation: Moderation | None = None,
) -> web.Application:
    gauges = Gauges(live, moderation or Moderation(store), store.database, folder, gateway, clock)
    return build_app(MetricsPage(gauges).routes())


async def scrape(app: web.Application) -> dict[str, Metric]:
    """Return the families of one scrape by name."""
    async with TestClient(TestServer(app)) as client, client.get("/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {family.name: family for family in text_string_to_metric_families(text)}


def samples(families: dict[str, Metric], name: str) -> dict[tuple[str, ...], float]:
    """Return the values of a gauge by those of its labels, in the order of their names."""
    return {tuple(value for _, value in sorted(one.labels.items())): one.value for one in families[name].samples}
