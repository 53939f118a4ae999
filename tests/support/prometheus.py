"""A Prometheus server on loopback that reads one bot's numbers, where Debian's `prometheus` is there."""

import json
import shutil
import signal
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sandbox.servers import start, wait_until

PROGRAM = shutil.which("prometheus")
SCRAPED_EVERY = "500ms"
CONFIGURATION = """
global: {{scrape_interval: {every}, scrape_timeout: {every}, evaluation_interval: {every}}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: easel
    static_configs: [{{targets: ["127.0.0.1:{scraped}"]}}]
"""


class Prometheus:
    """A running server."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def values(self, query: str) -> list[float]:
        """Ask something; one number for each series that has one now."""
        asked = f"{self._url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        with urllib.request.urlopen(asked, timeout=10) as response:
            told = cast("dict[str, Any]", json.load(response))
        numbers = [float(series["value"][1]) for series in told["data"]["result"]]
        return [number for number in numbers if number == number]  # no NaN: a quantile of nothing


@contextmanager
def reading(scraped: int, port: int, rules: Path, folder: Path) -> Iterator[Prometheus]:
    """Run a server that reads the bot at `scraped`; it ends with the caller."""
    configuration, log = folder / "prometheus.yml", folder / "prometheus.log"
    configuration.write_text(CONFIGURATION.format(every=SCRAPED_EVERY, rules=rules, scraped=scraped))
    command = [
        *(PROGRAM or "", f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"),
    ]
    process = start(command, log, signal.SIGKILL)
    server = Prometheus(port)
    try:
        wait_until(server.is_ready, "Prometheus", process, log)
        yield server
    finally:
        process.terminate()
        process.wait()
