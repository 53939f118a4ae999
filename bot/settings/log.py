"""What is logged and how."""

from typing import ClassVar, Literal

from pydantic import Field

from bot.settings.section import Section


class LogSettings(Section):
    """How much is logged, and for whom."""

    prefix: ClassVar[str] = "log_"

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    format: Literal["console", "json"] = Field(default="console", description="How it is logged.")
