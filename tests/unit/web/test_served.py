"""Everything that the web side serves: heads, assets, limits, health."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.errors import SettingsError
from bot.web.health import Health
from bot.web.limits import BURST, LinkLimits
from bot.web.server import HEADERS, build_app, serving
from tests.support.ports import ManualClock
from tests.unit.web.browser import Web, ask


@pytest.mark.parametrize("path", ["/draw/", "/draw/assets/js/main.js", "/draw/api/region", "/nowhere"])
async def test_every_answer_has_the_security_headers(browser: Web, path: str) -> None:
    async with browser.get(path) as response:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert "Set-Cookie" not in response.headers
        assert not any(name.startswith("Access-Control") for name in response.headers)
        assert "Server" not in response.headers


async def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(browser: Web) -> None:
    async with browser.get("/draw/") as response:
        text = await response.text()

    assert "style=" not in text
    assert "//" not in text.replace("<!doctype html>", "").replace("http://www.w3.org", "")
    assert "<script>" not in text
    assert " on" not in "".join(part.split(">")[0] for part in text.split("<button")[1:])


async def test_other_sites_may_not_send(browser: Web) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with browser.options("/draw/api/region", headers=headers) as response:
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/draw/assets/", "/draw/assets/../region.py", "/draw/assets/%2e%2e/index.html"])
async def test_nothing_but_assets_is_served_as_assets(browser: Web, path: str) -> None:
    async with browser.get(path) as response:
        assert response.status in (403, 404)


async def test_a_link_may_not_ask_too_often(browser: Web, token: str, clock: ManualClock) -> None:
    answers = [(await ask(browser, token))[0] for _number in range(int(BURST) + 1)]
    clock.pass_by(2)

    assert answers == [200] * int(BURST) + [429]
    assert (await ask(browser, token))[0] == 200


def test_limits_forget_links_that_were_silent_longest(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rate_limits.REMEMBERED", 2)
    limits = LinkLimits(clock)

    for name in ("a", "b", "a", "c"):
        limits.take(name)

    assert list(limits._buckets) == ["a", "c"]


async def test_a_fault_of_ours_tells_a_reference_and_no_more() -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("a secret")

    async with TestClient(TestServer(build_app([web.get("/", broken)]))) as client, client.get("/") as response:
        assert response.status == 500
        assert "secret" not in await response.text()


@pytest.mark.parametrize(("gateway", "database", "status"), [(True, True, 200), (False, True, 503), (True, False, 503)])
async def test_health_tells_what_stands(clock: ManualClock, gateway: bool, database: bool, status: int) -> None:
    async def read() -> None:
        if not database:
            raise OSError("gone")

    seen = clock.monotonic()
    clock.pass_by(4)
    shards = {"total": 4, "held": [0, 1], "up": [0]}
    health = Health(lambda: gateway, lambda: shards, read, lambda: seen, clock)
    async with TestClient(TestServer(build_app(health.routes()))) as client, client.get("/healthz") as response:
        assert response.status == status
        assert await response.json() == {
            "process": True,
            "id": "",
            "gateway": gateway,
            "shards": shards,
            "database": database,
            "relay_seen_s_ago": 4.0,
            "stopping": False,
            "lost_loops": [],
        }


async def test_a_port_that_is_taken_is_one_line_for_the_owner(closed_port: int) -> None:
    with pytest.raises(SettingsError, match=f"WEB_PORT {closed_port} cannot be opened"):
        async with serving(build_app([]), "127.0.0.1", closed_port):
            pass
