"""What is the owner's stays the owner's: only made-up tokens, only this machine, nothing of a real `.env`."""

import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_studio import Watch, open_loopback

ROOT = Path(__file__).parents[2]
# in the shape of a real one, of nobody
REAL_TOKEN = "MTE5OTk5OTk5OTk5OTk5OTk5OQ.GreaL0.aReal_looking_secret_of_the_owner_000"
REAL_KEY = "sk-a-real-looking-key-of-the-owner"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory for the bot, with the bot in it and an owner's `.env`."""
    folder = tmp_path / "home"
    folder.mkdir()
    for package in ("bot", "cogs"):
        (folder / package).symlink_to(ROOT / package)
    (folder / ".env").write_text(
        f"DISCORD_TOKEN={REAL_TOKEN}\n"
        f"RELAY_API_KEY={REAL_KEY}\n"
        "RELAY_BASE_URL=https://relay.example\n"
        f"DATABASE_URL=sqlite+aiosqlite:///{folder}/owner.db\n"
        "SECRET_KEY=a-real-looking-secret\n"
        "ALLOWED_GUILDS=1199999999999999999\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("sandbox.bot_process.REPOSITORY", folder)
    return folder


async def test_nothing_of_a_planted_env_file_reaches_the_bot(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with Sandbox(data=data, speed=60) as sandbox:
        await sandbox.wait_ready()
        assert sandbox.relay is not None
        with Watch(sandbox.discord) as watch:
            await sandbox.discord.actor.slash("ana", "studio", "imagine", {"prompt": "a cat"})
            await watch.until("MESSAGE_UPDATE")
        requests = [*sandbox.discord.wire.requests, *sandbox.relay.wire.requests]
        gateway_sessions = len(sandbox.discord.gateway.sessions)

    assert any(request.path.endswith("/submit/imagine") for request in requests)
    told = repr(requests) + (data / "bot.log").read_text(encoding="utf-8")
    assert gateway_sessions == 1
    assert (data / "easel.db").exists()
    assert not (home / "owner.db").exists()
    assert not [secret for secret in (REAL_TOKEN, REAL_KEY, "relay.example", "1199999999999999999") if secret in told]


@pytest.mark.usefixtures("home")
def test_the_planted_env_file_would_be_read_without_the_sandbox(home: Path) -> None:
    program = "from bot.settings import load_settings; print(load_settings().discord.token.get_secret_value())"

    read = subprocess.run(
        [sys.executable, "-c", program], cwd=home, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=False
    )

    assert read.stdout.decode().strip() == REAL_TOKEN


@pytest.mark.parametrize("path", ["/users/@me", "/gateway/bot", "/oauth2/applications/@me"])
async def test_real_tokens_are_refused_by_rest(loopback: LoopbackDiscord, path: str) -> None:
    headers = {"Authorization": f"Bot {REAL_TOKEN}"}
    async with aiohttp.request("GET", loopback.api_url + path, headers=headers) as response:
        assert response.status == 401


async def test_real_tokens_are_refused_by_the_gateway(loopback: LoopbackDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(loopback.gateway_url) as socket:
        await socket.send_json({"op": 2, "d": {"token": REAL_TOKEN, "intents": 0, "properties": {}}})
        await socket.receive_json()
        await socket.receive()

        assert socket.close_code == 4004


async def test_every_sandbox_makes_its_own_token(loopback: LoopbackDiscord) -> None:
    async with open_loopback() as other:
        assert other.token != loopback.token


async def test_it_listens_on_this_machine_alone(loopback: LoopbackDiscord) -> None:
    assert loopback._runner is not None
    assert {address[0] for address in loopback._runner.addresses} == {"127.0.0.1"}


@pytest.mark.parametrize(("name", "data"), [("a.html", b"<script>alert(1)</script>"), ("a.svg", b"<svg/>")])
async def test_files_are_never_taken_for_pages(loopback: LoopbackDiscord, name: str, data: bytes) -> None:
    upload = loopback.actor.upload("ana", name, data)
    said = await loopback.actor.say("ana", "studio", "see", attachments=[upload])

    async with aiohttp.request("GET", said["attachments"][0]["url"]) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"].startswith("attachment")
