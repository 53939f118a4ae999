"""What watches over the bot: it lives through an outage of Discord's, and its numbers are those of the ledgers."""

import asyncio
import contextlib
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sandbox.app import free_port
from sandbox.driver import ExpectationError
from sandbox.wire import Fault
from tests.e2e.studio import CAT, Studio
from tests.support import prometheus

pytestmark = pytest.mark.asyncio(loop_scope="session")

PORT = free_port()
SETTINGS = {"METRICS_PORT": str(PORT), "LOG_FORMAT": "json"}
SPEED = 60.0
DEPLOY = Path(__file__).parents[2] / "deploy"
BOARD, RULES = DEPLOY / "grafana/easel.json", DEPLOY / "prometheus/rules.yml"
WINDOW = "30s"  # what Grafana puts for $__rate_interval; wide enough for two looks on a busy machine
# What nothing happens for here: nobody is late, no engine is away, and there is no other process.
WITHOUT_NUMBERS = ("easel_hold", "easel_acks_late_total", "easel_claims_total", "easel_lease_left_seconds")
STAGES = ("wait", "submit", "run", "post")


def read(path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=10) as response:
            return response.status, response.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


async def asked(path: str) -> tuple[int, str]:
    return await asyncio.to_thread(read, path)


def ends(studio: Studio) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in studio.log().splitlines() if line.startswith("{")]
    return [event for event in events if event["message"].startswith("job ended")]


async def total(name: str, **labels: str) -> float:
    """Return the sum of all samples of a name with these labels."""
    _status, text = await asked("/metrics")
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_a_picture_is_counted_from_the_command_to_the_post(studio: Studio) -> None:
    await studio.restart()  # everything is counted from here
    job = await studio.imagine()
    await studio.result(job)
    await studio.eventually(lambda: [line for line in ends(studio) if line["job_id"] == job.id], "the end of the job")

    assert await total("easel_jobs_ended_total", outcome="done") == 1
    assert await total("easel_relay_requests_total", call="submit", outcome="ok") == len(studio.submits(job.id)) == 1
    assert [await total("easel_job_seconds_count", stage=stage) for stage in STAGES] == [1.0] * len(STAGES)
    assert await total("easel_units_total", kind="reserved") == await total("easel_units_total", kind="settled") == 1
    assert await total("easel_ack_seconds_count") >= 1
    assert await total("easel_acks_late_total") == 0
    assert await total("easel_discord_responses_total", scope="callback", **{"class": "2xx"}) >= 1
    assert await total("easel_gateway_up") == 1
    assert await total("easel_identifies_left") > 0


async def test_a_job_that_ends_is_one_line_with_fields_of_its_own(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.result(job)
    await studio.eventually(lambda: [line for line in ends(studio) if line["job_id"] == job.id], "its line")

    [line] = [line for line in ends(studio) if line["job_id"] == job.id]
    assert (line["outcome"], line["engine"], line["operation"], line["units"]) == ("done", "midjourney", "imagine", 1)
    assert line["guild_id"].isdecimal()
    assert isinstance(line["took_ms"], int)
    assert line["took_ms"] >= 0


async def test_an_outage_of_discord_leaves_the_bot_alive_and_not_ready(studio: Studio) -> None:
    gateway = studio.sandbox.discord.gateway
    assert [(await asked(path))[0] for path in ("/livez", "/readyz", "/healthz")] == [200, 200, 200]
    starts = len(gateway.starts.log)
    pid = studio.bot.pid

    studio.sandbox.discord.wire.faults.append(Fault("GET", "/gateway*", status=503, times=1_000))
    gateway.abort()
    await studio.eventually(lambda: read("/readyz")[0] == 503, "a bot that is not ready")
    alive, told = await asked("/livez")
    studio.clear_faults()

    assert (alive, json.loads(told)) == (200, {"ok": True, "missing": []})
    await studio.eventually(lambda: read("/readyz")[0] == 200, "a bot that is ready again", within_s=90)
    assert studio.bot.pid == pid
    assert len(gateway.starts.log) <= starts + 1


async def test_bot_that_keeps_everything_for_ever_has_lost_no_loop(studio: Studio) -> None:
    await studio.restart(KEEP_PICTURES_DAYS="0", KEEP_JOBS_DAYS="0")

    assert await asked("/livez") == (200, '{"ok": true, "missing": []}')


@pytest.mark.skipif(prometheus.PROGRAM is None, reason="Prometheus (Debian: prometheus) is not installed")
async def test_every_panel_of_the_board_has_numbers_by_a_real_prometheus(studio: Studio, tmp_path: Path) -> None:
    await studio.restart()
    panels = json.loads(BOARD.read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    empty = {query for query in queries if not any(name in query for name in WITHOUT_NUMBERS)}

    with prometheus.reading(PORT, free_port(), RULES, tmp_path) as server:
        await studio.eventually(lambda: server.values("up == 1"), "a bot that is read")
        await studio.result(await studio.imagine())
        await studio.eventually(lambda: server.values("easel_jobs_ended_total > 0"), "a picture that is counted")
        await studio.result(await studio.imagine())  # a rate is told once a series has grown before Prometheus' eyes
        await studio.imagine(f"{CAT} --sandbox-stuck")

        def all_told() -> bool:
            told = {query for query in empty if server.values(query.replace("$__rate_interval", WINDOW))}
            empty.difference_update(told)
            return not empty

        with contextlib.suppress(ExpectationError):
            await studio.eventually(all_told, "numbers on every panel")
        assert empty == set()
        assert server.values('ALERTS{alertstate="firing"}') == []
