"""What the pages of the web side have in common about a request."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.errors import UserError
from bot.language import Sentence, _, negotiate_language
from bot.links import LinkRefusedError
from bot.ui.flows.page_orders import QuestionError

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


async def answer_zip(
    request: web.Request, name: str, write: Callable[[Callable[[bytes], Awaitable[None]]], Awaitable[None]]
) -> web.StreamResponse:
    """Answer with a ZIP of that name, which `write` sends piece by piece while it is made, and which nothing keeps."""
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    await write(response.write)
    await response.write_eof()
    return response


def kind_of(error: UserError) -> tuple[str, int]:
    """What a page's script calls a refusal, and its status."""
    match error:
        case LinkRefusedError() if error.why.name == "EXPIRED":
            return "expired", 410
        case LinkRefusedError():
            return "damaged", 401
        case TooManyError():
            return "too_many", 429
        case QuestionError():
            return "question", 422
        case _:
            return "refused", 403


def refusal(
    error: UserError, locale: str, more: Mapping[str, Any], kind: tuple[str, int] | None = None
) -> web.Response:
    """A refusal as a page's script reads it: its kind and its sentence, and `more`, such as the words of the page."""
    name, status = kind or kind_of(error)
    said = {"error": name, "text": error.sentence.render(locale), **more}
    if isinstance(error, QuestionError):
        said["fixed"] = error.fixed
    response = answer_json(said, status)
    if isinstance(error, TooManyError):
        response.headers["Retry-After"] = str(max(1, round(error.wait_s)))
    return response


async def short_text(request: web.Request, longest: int) -> str:
    """Read a body of at most so many bytes.

    Raises:
        web.HTTPRequestEntityTooLarge: it is longer.
    """
    if (request.content_length or longest + 1) > longest:
        raise web.HTTPRequestEntityTooLarge(longest, request.content_length or 0)
    return await request.text()


def words(locale: str, texts: Mapping[str, Sentence]) -> dict[str, Any]:
    """A page's language and all that it says."""
    return {"locale": locale, "texts": {name: text.render(locale) for name, text in texts.items()}}
