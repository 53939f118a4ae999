"""Where the owner says what they do with people's data, and on which terms the bot may be used."""

from pydantic import AnyHttpUrl, Field

from bot.settings.section import Section


class OwnerSettings(Section):
    """Pages of the owner's own."""

    privacy_url: AnyHttpUrl | None = Field(
        default=None, description="The owner's privacy policy, which /privacy links to; empty = none."
    )
    terms_url: AnyHttpUrl | None = Field(
        default=None, description="The owner's terms of use, which /privacy links to; empty = none."
    )
