"""The settings as the environment names them: their values, their fields, and what is required."""

import functools
from typing import Any

from pydantic.fields import FieldInfo

from bot.settings import PATHS, Settings

REQUIRED = {"DISCORD_TOKEN": "t", "RELAY_BASE_URL": "https://relay.example/mj", "RELAY_API_KEY": "k"}


def value_of(settings: Settings, name: str) -> Any:
    """The value of a setting by its name in the environment."""
    return functools.reduce(getattr, PATHS[name.lower()], settings)


def field_of(name: str) -> FieldInfo:
    """The field of a setting by its name in the environment."""
    *sections, field = PATHS[name.lower()]
    section: Any = Settings
    for step in sections:
        section = section.model_fields[step].annotation
    found: FieldInfo = section.model_fields[field]
    return found
