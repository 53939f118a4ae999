"""How the relay is reached, and what it takes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AnyHttpUrl, Field, SecretStr, TypeAdapter, ValidationError, model_validator

from bot.domain.requests import Mode
from bot.settings.relays import MidjourneyAuth, Relay, Relays
from bot.settings.section import Section, Words

_RELAYS: TypeAdapter[tuple[Relay, ...]] = TypeAdapter(Relays)
_UNREAD = {"base_url": "https://relay.invalid", "api_key": "unread"}  # RELAYS itself is what is complained of


class RelaySettings(Section):
    """The relay's address and key, and what Midjourney's side of it takes.

    Where there are several, `base_url` and `api_key` are those of the first.
    """

    prefix: ClassVar[str] = "relay_"
    names: ClassVar[Mapping[str, str]] = {
        "relays": "relays",
        "extra_parameters": "extra_parameters",
        "max_image_bytes": "max_image_bytes",
    }

    base_url: AnyHttpUrl = Field(description="The relay's address, with or without a trailing /mj.")
    api_key: SecretStr = Field(description="The relay key.", min_length=1)
    mj_auth: MidjourneyAuth = Field(
        default=MidjourneyAuth.SECRET, description="Header of the key: secret, bearer or both."
    )
    relays: Relays = Field(
        default=(), description="Several relays or keys, as JSON, instead of RELAY_BASE_URL and RELAY_API_KEY."
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

    @model_validator(mode="before")
    @classmethod
    def _first_is_the_one(cls, values: Any) -> Any:
        """Without several relays address and key must be set; with them they are not looked at."""
        if not isinstance(values, dict) or not values.get("relays"):
            return values
        try:
            relays = _RELAYS.validate_python(values["relays"])
        except ValidationError:
            return values | _UNREAD
        return values | {"base_url": relays[0].url, "api_key": relays[0].key} if relays else values

    @property
    def all(self) -> tuple[Relay, ...]:
        """Every relay; the only one has no name."""
        return self.relays or (Relay.model_construct(name="", url=self.base_url, key=self.api_key),)
