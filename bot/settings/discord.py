"""How Discord is reached, and by how many connections."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, UrlConstraints
from pydantic_core import Url

from bot.settings.section import Section

DISCORD_HOST = "discord.com"
MOST_SHARDS = 100_000

WebSocketUrl = Annotated[Url, UrlConstraints(allowed_schemes=["ws", "wss"])]


def _read_shard_ids(value: object) -> object:
    """Read numbers and spans with commas between them; `auto` stays what it is."""
    if not isinstance(value, str):
        return value
    if (text := value.strip().lower()) in ("", "auto"):
        return "auto"
    ids: set[int] = set()
    for part in text.split(","):
        first, _dash, last = (word.strip() for word in part.partition("-"))
        last = last or first
        if not (first.isdecimal() and last.isdecimal()) or int(first) > int(last) or int(last) > MOST_SHARDS:
            raise ValueError("must be auto, or numbers and spans such as 0-3,5")
        ids |= set(range(int(first), int(last) + 1))
    return tuple(sorted(ids))


ShardIds = Annotated[Literal["auto"] | tuple[int, ...], BeforeValidator(_read_shard_ids)]


class DiscordSettings(Section):
    """The bot's token, Discord's addresses, and which of its shards this process may hold."""

    prefix: ClassVar[str] = "discord_"
    names: ClassVar[Mapping[str, str]] = {"shard_count": "shard_count", "shard_ids": "shard_ids"}

    token: SecretStr = Field(description="The bot's token from the developer portal.", min_length=1)
    api_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://discord.com/api/v10"), description="Discord's REST API.")
    gateway_url: WebSocketUrl | None = Field(default=None, description="Discord's gateway; empty = ask the API.")
    shard_count: int | None = Field(
        default=None,
        ge=1,
        le=MOST_SHARDS,
        description="Shards of the bot; empty = as many as Discord recommends.",
    )
    shard_ids: ShardIds = Field(
        default="auto",
        description="Shards of this process (0-3,5); auto = its share of what no other process on the database holds.",
    )

    @property
    def is_proxied(self) -> bool:
        """Whether requests go to something between us and Discord, which keeps to Discord's limit of all requests."""
        return self.api_url.host != DISCORD_HOST
