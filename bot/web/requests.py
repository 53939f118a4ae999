"""What the pages of the web side have in common about a request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.errors import UserError
from bot.language import Sentence, _, negotiate_language
from bot.links import LinkRefusedError

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


def answer_json(body: Mapping[str, Any], status: int = 200) -> web.Response:
    """An answer to a page's script, which nothing keeps."""
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"})


def refusal(error: UserError, locale: str, texts: Mapping[str, Sentence]) -> web.Response:
    """A refusal as a page's script reads it: its kind, its sentence, and the words of the page to show it with."""
    match error:
        case LinkRefusedError() if error.why.name == "EXPIRED":
            kind, status = "expired", 410
        case LinkRefusedError():
            kind, status = "damaged", 401
        case TooManyError():
            kind, status = "too_many", 429
        case _:
            kind, status = "refused", 403
    said = {"error": kind, "text": error.sentence.render(locale)}
    response = answer_json(said | words(locale, texts), status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(max(1, round(error.wait_s)))
    return response


def words(locale: str, texts: Mapping[str, Sentence]) -> dict[str, Any]:
    """A page's language and all that it says."""
    return {"locale": locale, "texts": {name: text.render(locale) for name, text in texts.items()}}
