"""Where the owner is told what only the owner can mend."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.domain.alerts import Level
from bot.settings.section import Section

OFF = "off"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _read_level(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word not in (*Level, OFF):
        raise ValueError("must be info, warning, critical or off")
    return None if word == OFF else word


def _check_webhook(secret: SecretStr) -> SecretStr:
    """Only what nobody can read on the way: https, or this machine."""
    address = secret.get_secret_value()
    if not address:
        return secret
    try:
        parts = urlsplit(address)
        is_right = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError("must be an address that begins with https://")
    return secret


LeastLevel = Annotated[Level | None, BeforeValidator(_read_level)]


class AlertSettings(Section):
    """Each destination has the least level that goes there; None = nothing does."""

    prefix: ClassVar[str] = "alert_"
    names: ClassVar[Mapping[str, str]] = {"weekly_digest": "weekly_digest"}

    dm_level: LeastLevel = Field(
        default=Level.INFO,
        description="From which level on the owner gets direct messages: info, warning, critical, off.",
    )
    channel: int | None = Field(
        default=None, ge=1, description="Id of a channel that alerts are posted in; empty = none."
    )
    channel_level: LeastLevel = Field(default=Level.INFO, description="From which level on they are posted there.")
    webhook: Annotated[SecretStr, AfterValidator(_check_webhook)] = Field(
        default=SecretStr(""),
        description="Address that alerts are sent to as Discord's webhooks take them; empty = none.",
    )
    webhook_level: LeastLevel = Field(default=Level.INFO, description="From which level on they are sent there.")
    language: str = Field(
        default="en-US", max_length=16, description="The owner's language, as Discord spells it: zh-CN."
    )
    weekly_digest: bool = Field(
        default=True, description="Whether the owner is told each Monday how the last week was."
    )
