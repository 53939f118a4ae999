"""Who may use the bot, and where."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.settings.section import Listed, Section


class Press(StrEnum):
    """Who may press the buttons of a result."""

    ANYONE = "anyone"
    AUTHOR = "author"


class PlaceSettings(Section):
    """Servers, people and ways in that are served."""

    allowed_guilds: Annotated[frozenset[int], Listed] = Field(
        default=frozenset(), description="Ids of the servers that may use the bot, with commas; empty = all."
    )
    allowed_users: Annotated[frozenset[int], Listed] = Field(
        default=frozenset(),
        description="Ids of people served outside of servers although they are in none of ALLOWED_GUILDS.",
    )
    allow_dm: bool = Field(default=False, description="Whether members may use the bot in direct messages.")
    allow_user_install: bool = Field(
        default=False, description="Whether people may install the bot for themselves and use it anywhere."
    )
    press: Press = Field(default=Press.ANYONE, description="Who may press a result's buttons: anyone or author.")
    message_replies: bool = Field(
        default=False,
        description="Whether a reply like U2 or R to a result presses its button; needs the Message Content intent.",
    )
