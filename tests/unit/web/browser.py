"""The web side between hand-written neighbours, and a browser that asks it."""

import io
from typing import Any, cast

import aiohttp
import discord
from aiohttp import web
from aiohttp.test_utils import TestClient
from PIL import Image

from bot.domain.requests import Button
from bot.services import Services
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.mask_editor import MaskEditor
from tests.support.makers import UUID

SIZE = (64, 48)
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
PUBLIC_URL = "https://draw.example/studio"
Web = TestClient[web.Request, web.Application]


class FakeChannel:
    """A channel that takes messages until it is told to refuse."""

    def __init__(self, channel_id: int) -> None:
        self.id = channel_id
        self.sent: list[dict[str, Any]] = []
        self.refuses = False

    async def send(self, content: str, **more: Any) -> Any:
        if self.refuses:
            response = cast(Any, type("Response", (), {"status": 403, "reason": "Forbidden"}))
            raise discord.Forbidden(response, "Missing Access")
        self.sent.append({"content": content, **more})
        return type("Message", (), {"id": 7000 + len(self.sent)})


class FakeDiscord:
    """What `MaskEditor` needs of the client: one channel and one direct message."""

    def __init__(self) -> None:
        self.channel = FakeChannel(301)
        self.direct = FakeChannel(901901)

    def get_partial_messageable(self, _channel_id: int, *, guild_id: int | None) -> FakeChannel:
        assert guild_id == 201
        return self.channel

    async def create_dm(self, _user: object) -> FakeChannel:
        return self.direct


def editor_of(services: Services, talk: FakeDiscord) -> MaskEditor:
    client = cast(discord.Client, talk)
    return MaskEditor(client, services, OriginalPictures(client, services.pictures, services.jobs.deliveries))


def mask(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = (8, 8, 30, 30)) -> bytes:
    """A mask with one white rectangle."""
    image = Image.new("L", size)
    image.paste(255, box)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def form(data: bytes, **fields: str) -> aiohttp.FormData:
    body = aiohttp.FormData(fields, default_to_multipart=True)
    body.add_field("mask", io.BytesIO(data), filename="mask.png", content_type="image/png")
    return body


async def ask(browser: Web, token: str, path: str = "region") -> tuple[int, Any]:
    async with browser.get(f"/draw/api/{path}", headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status, await response.json()


async def send(browser: Web, token: str, data: bytes, **fields: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with browser.post("/draw/api/region", data=form(data, **fields), headers=headers) as response:
        return response.status, await response.json()
