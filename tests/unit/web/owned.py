"""The owner's page, a browser that asks it, and both sides of Discord."""

from dataclasses import dataclass
from typing import Any

from bot.domain.job import Actor
from bot.links import OwnerLinks
from bot.services import Services
from bot.storage.overview import Overview
from bot.ui.flows.owner_page import OwnerPage
from sandbox.discord.model import User
from tests.support.discord_bench import DiscordBench
from tests.support.makers import make_place
from tests.unit.web.browser import Web

BASE = "https://easel.example/here"
ORIGIN = "https://easel.example"
SERVER = make_place().guild_id


@dataclass
class Owned:
    """The page, a browser that asks it, and both sides of Discord."""

    page: OwnerPage
    browser: Web
    bench: DiscordBench
    services: Services
    links: OwnerLinks

    def person(self, name: str) -> User:
        found = self.bench.loopback.state.user(name)
        assert found is not None
        return found

    @property
    def owner(self) -> Actor:
        return Actor(self.person("ana").id)

    async def token(self) -> str:
        return (await self.page.url(self.owner)).partition("#")[2]

    async def ask(self, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token if token is not None else await self.token()}"}
        async with self.browser.get(f"/studio/api/{path}", headers=headers) as response:
            return response.status, await response.json()

    async def act(
        self, path: str, origin: str | None = ORIGIN, token: str | None = None, body: str = " "
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token if token is not None else await self.token()}"}
        headers |= {"Origin": origin} if origin else {}
        async with self.browser.post(f"/studio/api/{path}", headers=headers, data=body) as response:
            return response.status, await response.json()

    async def acts(self) -> list[tuple[str, str, str]]:
        rows = await Overview(self.services.store.database).acts(50, None)
        return [(row.actor, row.act, row.target) for row in rows]
