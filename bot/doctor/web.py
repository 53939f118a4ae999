"""The web side's address."""

from collections.abc import AsyncIterator

from bot.doctor.answers import Answer, note, ok, wrong
from bot.settings import Settings


async def look_at_web(settings: Settings) -> AsyncIterator[Answer]:
    """Whether members can be sent to it, and whether what they draw travels protected."""
    url = settings.web.public_url
    if url is None:
        yield note(
            "PUBLIC_URL is not set, so Vary (Region) shows no link for drawing; choosing cells and uploading a mask"
            " work. docs/web.md says how to switch it on."
        )
    elif url.scheme == "http" and url.host not in ("127.0.0.1", "localhost", "[::1]"):
        yield wrong("PUBLIC_URL begins with http, so drawings would travel unprotected; use https (docs/web.md).")
    else:
        yield ok(f"Members draw regions at {url}.")
