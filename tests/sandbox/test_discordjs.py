"""One more client library, unmodified and in another language, works with the loopback: discord.js."""

import asyncio
import base64
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_studio import PATIENCE_S, Watch, make_picture, open_loopback

FOLDER = Path(__file__).parent / "discordjs"
LIBRARY = FOLDER / "node_modules" / "discord.js"


class JsBot:
    """A discord.js bot in a process of its own; `told` is what it says, oldest first."""

    def __init__(self, loopback: LoopbackDiscord, process: asyncio.subprocess.Process) -> None:
        self.loopback = loopback
        self.actor = loopback.actor
        self._process = process
        self._told: list[dict[str, Any]] = []

    async def told(self, key: str) -> dict[str, Any]:
        """The next thing that it says about this."""
        async with asyncio.timeout(PATIENCE_S * 3):
            while True:
                for number, one in enumerate(self._told):
                    if key in one:
                        return self._told.pop(number)
                assert self._process.stdout is not None
                line = await self._process.stdout.readline()
                assert line, "the bot has ended"
                said = json.loads(line)
                assert "failed" not in said, said["failed"]
                self._told.append(said)

    async def order(self, name: str, **about: Any) -> Any:
        """Let it do something and return what came of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"order": name, **about}).encode() + b"\n")
        return (await self.told("done"))["result"]

    async def settled(self, act: Awaitable[str]) -> dict[str, Any]:
        """The interaction that an act led to, answered."""
        with Watch(self.loopback) as watch:
            result = await watch.settled(await act)
        assert result["state"] == "acknowledged"
        return result

    def seen(self, channel: str = "studio", user: str = "ana") -> list[dict[str, Any]]:
        return self.actor.messages(channel, user)

    def place(self, name: str) -> str:
        channel = self.loopback.state.channel(name)
        assert channel is not None
        return str(channel.id)


@asynccontextmanager
async def open_bot() -> AsyncIterator[JsBot]:
    node = shutil.which("node")
    if node is None or not LIBRARY.is_dir():
        reason = "needs Node.js and `npm install` in tests/sandbox/discordjs (make javascript)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with open_loopback() as loopback:
        api = loopback.api_url.removesuffix("/v10")
        process = await asyncio.create_subprocess_exec(
            node,
            "bot.mjs",
            api,
            loopback.token,
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            bot = JsBot(loopback, process)
            assert (await bot.told("ready"))["guilds"] == ["Easel Studio", "Boosted Hall"]
            yield bot
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()


PICTURE = base64.b64encode(make_picture()).decode()


async def test_it_works_with_the_loopback() -> None:
    """One process for everything, as its start takes long."""
    async with open_bot() as bot:
        await check_registration(bot)
        await check_looking(bot)
        await check_commands(bot)
        await check_buttons_and_modals(bot)
        await check_messages(bot)
        await check_events(bot)


async def check_registration(bot: JsBot) -> None:
    assert await bot.order("register") == {"one": "y", "bulk": ["do", "Look at this"]}


async def check_looking(bot: JsBot) -> None:
    looked = await bot.order("look", channel=bot.place("studio"))

    assert looked["members"] == ["Easel", "ana", "ben", "mia"]
    assert (looked["place"], looked["me"], looked["emojis"], looked["roles"]) == ("studio", "Easel", 0, 3)
    assert "side-thread" in looked["threads"]


async def check_commands(bot: JsBot) -> None:
    upload = bot.actor.upload("ana", "in.png", make_picture())
    await bot.settled(bot.actor.slash("ana", "studio", "do", {"image": upload, "count": 3}))
    assert bot.seen()[-1]["content"] == "3 of 9"
    assert bot.seen()[-1]["attachments"][0]["description"] == "A picture"

    with Watch(bot.loopback) as watch:
        await bot.settled(bot.actor.slash("ana", "studio", "do", {}))
        await watch.until("MESSAGE_CREATE", lambda message: message["content"] == "psst")
    assert [message["content"] for message in bot.seen()][-2:] == ["thought", "psst"]
    assert [message["content"] for message in bot.seen(user="ben")][-1] == "thought"

    said = await bot.actor.say("ben", "studio", "a bird")
    await bot.settled(bot.actor.context("ana", "studio", "Look at this", said["id"]))
    assert bot.seen()[-1]["content"] == "saw a bird"

    choices = await bot.actor.autocomplete("ana", "studio", "do", {"style": "cat"}, "style")
    assert choices == [{"name": "cat by night", "value": "night"}]


async def check_buttons_and_modals(bot: JsBot) -> None:
    written = await bot.order("write", channel=bot.place("studio"), bytes=PICTURE)

    await bot.settled(bot.actor.select("ana", written["id"], "menu", ["red"]))
    asked = await bot.settled(bot.actor.click("ana", written["id"], "ask"))
    await bot.settled(bot.actor.modal("ana", asked["id"], {"prompt": "after"}))

    (message,) = [message for message in bot.seen() if message["id"] == written["id"]]
    assert (asked["modal"]["title"], message["content"], message["components"]) == ("What?", "after", [])
    assert (written["content"], written["history"]) == ("hi!", 5)
    assert "/attachments/" in written["image"]


async def check_messages(bot: JsBot) -> None:
    studio = bot.place("studio")

    assert await bot.order("layout", channel=studio, bytes=PICTURE) == {"attachments": 0, "kinds": [10, 12]}
    assert await bot.order("poll", channel=studio) == {"question": "Which?", "answers": ["a", "b"]}
    posted = await bot.order("post", channel=bot.place("showcase"))
    assert posted == {"isForum": True, "name": "A post", "parent": True}
    said = await bot.actor.say("ana", "studio", "to be kept")
    own = bot.seen()[-2]["id"]
    cleaned = await bot.order("clean", channel=studio, message=own)

    assert (cleaned["code"], cleaned["forwarded"]) == (10008, "")
    assert [message["id"] for message in bot.seen()][-2] == said["id"]
    assert bot.seen()[-1]["message_snapshots"]


async def check_events(bot: JsBot) -> None:
    said = await bot.actor.say("ana", "studio", "hello")
    while (await bot.told("heard"))["heard"] != "hello":
        pass
    await bot.actor.react("ben", said["id"], "👍")
    assert (await bot.told("reacted"))["reacted"] == "👍"
    bot.loopback.gateway.abort()
    await bot.actor.say("ana", "studio", "missed")

    while (await bot.told("heard"))["heard"] != "missed":
        pass
