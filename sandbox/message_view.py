"""What people see of a message, read from its JSON: its buttons and words, whose it is, and the cells of its grid."""

import re
from typing import Any

from PIL import Image

from sandbox.discord.components import Kind, walk

EPHEMERAL = 1 << 6
JOB_IN_BUTTON = re.compile(r"easel:[a-z]+:([0-9a-f]{16})")

Message = dict[str, Any]


def buttons(message: Message) -> list[dict[str, Any]]:
    """All buttons of a message."""
    return [part for part in walk(message["components"]) if part["type"] == Kind.BUTTON]


def menus(message: Message) -> list[dict[str, Any]]:
    """All menus of a message whose choices are words."""
    return [part for part in walk(message["components"]) if part["type"] == Kind.STRING_SELECT]


def words(message: Message) -> list[str]:
    """What a message in components says."""
    return [str(part["content"]) for part in walk(message["components"]) if part["type"] == Kind.TEXT]


def faces(message: Message) -> list[list[str]]:
    """What stands on the buttons, by rows; one beside a text is a row of its own."""
    rows = (
        part["components"] if part["type"] == Kind.ROW else [part.get("accessory", part)]
        for part in walk(message["components"])
        if part["type"] in (Kind.ROW, Kind.SECTION)
    )
    standing = ([face(part) for part in row if part["type"] == Kind.BUTTON] for row in rows)
    return [row for row in standing if row]


def face(button: dict[str, Any]) -> str:
    """What stands on one button."""
    return str(button.get("label") or (button.get("emoji") or {}).get("name"))


def is_private(message: Message) -> bool:
    """Whether one person alone sees the message."""
    return bool(message["flags"] & EPHEMERAL)


def cell(grid: Image.Image, number: int) -> Image.Image:
    """One of the four pictures of a grid, 1 to 4."""
    width, height = grid.width // 2, grid.height // 2
    left, top = (number - 1) % 2 * width, (number - 1) // 2 * height
    return grid.crop((left, top, left + width, top + height))
