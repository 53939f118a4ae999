"""What the pages of the web side have in common about a request."""

from pathlib import Path

from aiohttp import web

from bot.errors import UserError
from bot.language import _, negotiate_language

PAGE = Path(__file__).parent / "page"
SCHEME = "Bearer "
# What browsers show, by the ending of a kept file; everything else is only ever a download.
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
    "webm": "video/webm",
}


class TooManyError(UserError):
    """A link that asks too often; `wait_s` is when it may ask again."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(_("Too many tries. Please wait a moment."))
        self.wait_s = wait_s


def bearer(request: web.Request) -> str:
    """The token of a page's link, which it sends as a header; empty where there is none."""
    given = request.headers.get("Authorization", "")
    return given.removeprefix(SCHEME) if given.startswith(SCHEME) else ""


def spoken(request: web.Request) -> str:
    """The browser's language, for people whose link does not say whose it is: one of ours, never what was sent."""
    accepted = request.headers.get("Accept-Language", "").split(",")
    return negotiate_language([language.partition(";")[0].strip() for language in accepted])
