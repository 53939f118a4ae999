"""Where `/metrics` is answered, for Prometheus and whatever reads its format."""

from typing import ClassVar

from pydantic import Field

from bot.settings.section import Section


class MetricsSettings(Section):
    """An address of its own, since the web side's may be reached by the world."""

    prefix: ClassVar[str] = "metrics_"

    host: str = Field(default="127.0.0.1", min_length=1, description="Address that /metrics is answered at.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Port of /metrics; empty = none.")
