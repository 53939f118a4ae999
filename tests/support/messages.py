"""Messages as discord.py reads them from Discord's JSON."""

from typing import Any

import discord

US, ANA, BEN = 900, 901, 902
ABOUT: dict[str, Any] = {
    "id": "501",
    "channel_id": "301",
    "guild_id": "201",
    "type": 0,
    "content": "",
    "timestamp": "2026-11-22T12:00:00+00:00",
    "edited_timestamp": None,
    "flags": 0,
    "tts": False,
    "pinned": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "attachments": [],
    "embeds": [],
    "components": [],
}


def read_message(*, is_direct: bool = False, author: int = US, **fields: Any) -> discord.Message:
    """A message with these fields, from a server's channel or a DM."""
    state = discord.Client(intents=discord.Intents.none())._connection
    channel = discord.PartialMessageable(state, 301, guild_id=None if is_direct else 201)
    return discord.Message(state=state, channel=channel, data=ABOUT | {"author": person(author)} | fields)  # type: ignore[arg-type]


def person(user_id: int) -> dict[str, Any]:
    """A user."""
    return {"id": str(user_id), "username": f"user{user_id}", "discriminator": "0", "avatar": None, "global_name": None}


def address(name: str, **query: str) -> str:
    """Where Discord keeps a file."""
    signed = "&".join(f"{key}={value}" for key, value in query.items())
    return f"https://cdn.discordapp.com/attachments/301/77/{name}" + (f"?{signed}" if signed else "")


def attached(name: str, content_type: str | None = "image/png", **fields: Any) -> dict[str, Any]:
    """An attachment."""
    about = {"id": "77", "filename": name, "size": 9, "url": address(name), "proxy_url": address(name)}
    return about | ({} if content_type is None else {"content_type": content_type}) | fields


def medium(name: str, content_type: str | None = "image/png") -> dict[str, Any]:
    """Media in a component."""
    url = address(name)
    return {"id": "1", "url": url, "proxy_url": url, "width": 9, "height": 7, "content_type": content_type}


def gallery(*names: str, description: str | None = None) -> dict[str, Any]:
    """A media gallery."""
    items = [{"media": medium(name), "description": description, "spoiler": False} for name in names]
    return {"type": 12, "id": 5, "items": items}


def boxed(*parts: dict[str, Any]) -> dict[str, Any]:
    """A container."""
    return {"type": 17, "id": 1, "accent_color": None, "spoiler": False, "components": list(parts)}


def section(text: str, accessory: dict[str, Any]) -> dict[str, Any]:
    """A text with something beside it."""
    return {"type": 9, "id": 6, "components": [{"type": 10, "id": 7, "content": text}], "accessory": accessory}


def button(custom_id: str) -> dict[str, Any]:
    """A button."""
    return {"type": 2, "id": 8, "style": 2, "label": "x", "custom_id": custom_id}


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    """A row of buttons."""
    return {"type": 1, "id": 9, "components": list(buttons)}
