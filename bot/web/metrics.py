"""`/metrics`: what Prometheus reads."""

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.process_collector import ProcessCollector

from bot.metrics import REGISTRY
from bot.operation.gauges import Gauges


class MetricsPage:
    """Answers with all that is counted, and with what the gauges tell of this moment."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._moment = CollectorRegistry()
        self._moment.register(gauges)
        ProcessCollector(registry=self._moment)

    def routes(self) -> list[web.RouteDef]:
        """Where it is asked for."""
        return [web.get("/metrics", self._answer)]

    async def _answer(self, _request: web.Request) -> web.Response:
        await self._gauges.refresh()
        body = generate_latest(REGISTRY) + generate_latest(self._moment)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
