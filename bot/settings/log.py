"""What is logged and how."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from bot.settings.section import Section

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def _pairs(value: object) -> object:
    """Take "bot.relay=DEBUG, discord=ERROR" apart."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if any(not name.strip() or not sign for name, sign, _level in pairs):
        raise ValueError("must be pairs with commas, such as bot.relay=DEBUG,bot.jobs=WARNING")
    return {name.strip(): level.strip().upper() for name, _sign, level in pairs}


class LogSettings(Section):
    """How much is logged, and for whom."""

    prefix: ClassVar[str] = "log_"

    level: Level = Field(default="INFO", description="How much is logged.")
    levels: Annotated[Mapping[str, Level], BeforeValidator(_pairs)] = Field(
        default={}, description="How much else is logged of some modules: pairs NAME=LEVEL with commas."
    )
    format: Literal["console", "json"] = Field(default="console", description="How it is logged.")
