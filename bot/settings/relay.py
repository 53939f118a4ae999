"""How the relay is reached, and what it takes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from pydantic import AnyHttpUrl, Field, SecretStr

from bot.domain.requests import Mode
from bot.settings.section import Section, Words


class MidjourneyAuth(StrEnum):
    """Which header carries the relay key."""

    SECRET = "secret"  # noqa: S105 - the name of a header style
    BEARER = "bearer"
    BOTH = "both"


class RelaySettings(Section):
    """The relay's address and key, and what Midjourney's side of it takes."""

    prefix: ClassVar[str] = "relay_"
    names: ClassVar[Mapping[str, str]] = {"extra_parameters": "extra_parameters", "max_image_bytes": "max_image_bytes"}

    base_url: AnyHttpUrl = Field(description="The relay's address, with or without a trailing /mj.")
    api_key: SecretStr = Field(description="The relay key.", min_length=1)
    mj_auth: MidjourneyAuth = Field(
        default=MidjourneyAuth.SECRET, description="Header of the key: secret, bearer or both."
    )
    mode: Mode | None = Field(
        default=None,
        description="Default speed: relax, fast or turbo; empty = the relay's own, shown as fast.",
    )
    extra_parameters: Words = Field(
        default=(),
        description="Parameters that the relay knows beyond Midjourney's, with commas; not asked about.",
    )
    max_image_bytes: int = Field(
        default=1_000_000, ge=10_000, description="The relay's limit for a picture sent along, in bytes."
    )
