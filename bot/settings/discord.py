"""How Discord is reached."""

from typing import Annotated, ClassVar

from pydantic import AnyHttpUrl, Field, SecretStr, UrlConstraints
from pydantic_core import Url

from bot.settings.section import Section

WebSocketUrl = Annotated[Url, UrlConstraints(allowed_schemes=["ws", "wss"])]


class DiscordSettings(Section):
    """The bot's token and Discord's addresses."""

    prefix: ClassVar[str] = "discord_"

    token: SecretStr = Field(description="The bot's token from the developer portal.", min_length=1)
    api_url: AnyHttpUrl = Field(default=AnyHttpUrl("https://discord.com/api/v10"), description="Discord's REST API.")
    gateway_url: WebSocketUrl | None = Field(default=None, description="Discord's gateway; empty = ask the API.")
