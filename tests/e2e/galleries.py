"""Galleries as people open them: the command's link, and what its page asks for."""

from typing import Any

import aiohttp

from sandbox.message_view import buttons
from tests.e2e.studio import Studio


async def link_of(studio: Studio, user: str = "ana", locale: str = "en-US") -> str:
    """Give the command and return the address behind its button."""
    answer = await studio.answer(await studio.actor.slash(user, "studio", "gallery", {}, locale))
    return next(str(button["url"]) for button in buttons(answer) if button.get("url"))


async def ask(address: str, path: str, method: str = "GET", data: str | None = None) -> tuple[int, dict[str, Any]]:
    """Ask as the page of a link does, with its token."""
    page, _hash, token = address.partition("#")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{page}{path}", headers=headers, data=data) as response,
    ):
        return response.status, await response.json()
