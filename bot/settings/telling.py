"""The settings as they can be told to their owner: without secrets, and beside what they are by default."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from bot.log import BLANK, redact
from bot.settings.model import PATHS, Settings
from bot.settings.section import Section

_USER_IN_ADDRESS = re.compile(r"(?<=//)[^/@\s\"]+(?=@)")
_SECRETS = frozenset(Settings.secret_names())


@dataclass(frozen=True, slots=True)
class ToldSetting:
    """A setting by its name in the environment; of a secret it is told only whether it is set.

    Of what holds secrets beside other things, the rest is told.
    """

    name: str
    about: str  # in the words of .env.example
    value: str
    default: str  # "" also where it has none
    is_secret: bool
    differs: bool  # from its default


def told_settings(settings: Settings) -> list[ToldSetting]:
    """Return all settings, those of one concern after each other."""
    secrets = settings.secrets()
    return [_told(settings, name, path, secrets) for name, path in PATHS.items()]


def _told(settings: Settings, name: str, path: Iterable[str], secrets: Iterable[str]) -> ToldSetting:
    *sections, field = path
    section: Section = settings
    for step in sections:
        section = getattr(section, step)
    info = type(section).model_fields[field]
    value, default = getattr(section, field), info.get_default(call_default_factory=True)
    is_secret = name in _SECRETS
    # Of what lists sections, such as RELAYS, all but their own secrets is told; these write themselves as asterisks.
    is_whole = is_secret and not isinstance(value, tuple)
    return ToldSetting(
        name=name.upper(),
        about=info.description or "",
        value=_mark(value, default) if is_whole else _without_secrets(_written(value), secrets),
        default="" if is_secret or default is PydanticUndefined else _written(default),
        is_secret=is_secret,
        differs=value != default,
    )


def _mark(value: Any, default: Any) -> str:
    """What stands for a secret that was set."""
    return "" if value == default or value is None or value == SecretStr("") else BLANK


def _without_secrets(text: str, secrets: Iterable[str]) -> str:
    return redact(_USER_IN_ADDRESS.sub(BLANK, text), secrets)


def _written(value: Any) -> str:
    """A value as it would be written in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case frozenset() | set():
            return ",".join(sorted(map(_written, value)))
        case list() | tuple():
            return ",".join(map(_written, value))
        case BaseModel():
            return value.model_dump_json()
        case dict():
            return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def _plain(value: Any) -> Any:
    """What JSON does not know."""
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else _written(value)
