"""The web side: where it listens, and where browsers find it."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import AnyHttpUrl, Field

from bot.settings.section import Section


class WebSettings(Section):
    """The web side's addresses."""

    prefix: ClassVar[str] = "web_"
    names: ClassVar[Mapping[str, str]] = {"public_url": "public_url"}

    public_url: AnyHttpUrl | None = Field(
        default=None,
        description="Where browsers reach the web side from outside; empty = no regions drawn, no originals linked.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that the web side listens on.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Port of the web side; empty = none.")
