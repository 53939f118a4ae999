"""Calls to the loopback's REST side by hand, with bodies that no library would write."""

from typing import Any

import aiohttp

from sandbox.discord.server import LoopbackDiscord

V2 = 1 << 15


def button(custom_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": custom_id} | fields


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def menu(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "m", "options": [{"label": "a", "value": "a"}]} | fields


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def modal(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": 9, "data": {"custom_id": "m", "title": "t", "components": list(parts)} | fields}


def label(child: dict[str, Any]) -> dict[str, Any]:
    return {"type": 18, "label": "l", "component": child}


FIELD = {"type": 4, "custom_id": "f", "style": 1}


class Caller:
    """Calls the REST side by hand."""

    def __init__(self, loopback: LoopbackDiscord, session: aiohttp.ClientSession) -> None:
        self.loopback = loopback
        self.session = session

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        authorization = {"Authorization": f"Bot {self.loopback.token}"} | headers
        url = self.loopback.api_url + path
        async with self.session.request(method, url, json=body, headers=authorization) as response:
            return response.status, await response.json() if response.status != 204 else None

    def channel_path(self, name: str) -> str:
        channel = self.loopback.state.channel(name)
        assert channel is not None
        return f"/channels/{channel.id}"

    async def sync(self, **command: Any) -> None:
        commands = [{"name": "do", "description": "x", "integration_types": [0, 1]} | command]
        status, _ = await self.call("PUT", f"/applications/{self.loopback.state.bot.id}/commands", commands)
        assert status == 200

    async def interact(self, **command: Any) -> tuple[str, str]:
        """The callback path and the token of a fresh slash command."""
        await self.sync(**command)
        interaction_id = await self.loopback.actor.slash("ana", "studio", "do", {})
        token = self.loopback.state.interactions[int(interaction_id)].token
        return f"/interactions/{interaction_id}/{token}/callback", token


def has_problem(answer: Any, path: str) -> bool:
    node = answer["errors"]
    for key in path.split(".") if path else []:
        node = node[key]
    return all(set(problem) == {"code", "message"} for problem in node["_errors"])
