"""The mask editor: its page, the picture to draw on, and the drawing that comes back.

The link's token stands behind "#" in the address, where only the page sees it; the page sends it as a header. So no
cookie exists that another site could ride on, and no log has a token in it.
"""

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.errors import PictureError, UserError
from bot.links import Links, Ticket
from bot.pictures.folder import Pictures
from bot.ui.flows.mask_editor import DoubtError, MaskEditor, Opened, UsedLinkError
from bot.ui.flows.page_orders import PROMPT_LIMIT
from bot.web.limits import LinkLimits
from bot.web.requests import MEDIA_TYPES, PAGE, TooManyError, answer_json, bearer, kind_of, refusal, spoken, words
from bot.web.texts import TEXTS, texts_for
from bot.web.uploads import TooLargeError, UploadError, read_form

logger = logging.getLogger(__name__)

MASK_LIMIT = 8 * 1024 * 1024  # bytes; the hard-edged mask of a 4096 x 4096 picture has some 100 kB
FORM_LIMITS = {"mask": MASK_LIMIT, "prompt": PROMPT_LIMIT * 4, "sure": 8, "as_typed": 8}


class RegionPage:
    """The web side of `MaskEditor`."""

    def __init__(self, mask_editor: MaskEditor, pictures: Pictures, links: Links, clock: Clock) -> None:
        self._mask_editor = mask_editor
        self._pictures = pictures
        self._links = links
        self._limits = LinkLimits(clock)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /draw/; addresses in the page are relative, so a sub-path in front needs no setting."""
        return [
            web.get("/draw", self._redirect),
            web.get("/draw/", self._page),
            web.get("/draw/api/region", self._open),
            web.get("/draw/api/picture", self._picture),
            web.post("/draw/api/region", self._send),
            web.static("/draw/assets", PAGE / "assets"),
        ]

    async def _redirect(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect("draw/")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _open(self, request: web.Request) -> web.Response:
        locale = spoken(request)
        try:
            ticket = self._ticket(request)
            locale = await self._mask_editor.locale(ticket) or locale
            opened = await self._mask_editor.open(ticket)
            width, height = await self._pictures.size(await self._mask_editor.picture(opened), of=ticket.member_id)
        except UserError as exc:
            return _refused(exc, locale, words(locale, TEXTS))
        return answer_json(
            {
                "picture": {"width": width, "height": height},
                "prompt": opened.prompt,
                "prompt_limit": PROMPT_LIMIT,
                "drawing": f"{opened.canvas}-{opened.ticket.member_id}",
                **words(locale, texts_for(opened)),
            }
        )

    async def _picture(self, request: web.Request) -> web.Response:
        locale = spoken(request)
        try:
            opened = await self._opened(request)
            key = await self._mask_editor.picture(opened)
            body = await self._pictures.read(key)
        except UserError as exc:
            return _refused(exc, locale)
        media_type = MEDIA_TYPES.get(key.rpartition(".")[2], "application/octet-stream")
        return web.Response(body=body, content_type=media_type, headers={"Cache-Control": "no-store"})

    async def _send(self, request: web.Request) -> web.Response:
        locale = spoken(request)
        try:
            opened = await self._opened(request)
            locale = opened.pressed.actor.locale
            form = await read_form(request, FORM_LIMITS)
            address = await self._mask_editor.send(
                opened,
                form.get("mask", b""),
                form.get("prompt", b"").decode(errors="replace"),
                is_sure=form.get("sure") == b"yes",
                is_as_typed=form.get("as_typed") == b"yes",
            )
        except UserError as exc:
            return _refused(exc, locale)
        logger.info("drawing taken canvas=%s", opened.canvas)
        return answer_json({"address": address})

    async def _opened(self, request: web.Request) -> Opened:
        return await self._mask_editor.open(self._ticket(request))

    def _ticket(self, request: web.Request) -> Ticket:
        """The ticket in the request's header, counted against its limit."""
        ticket = self._links.read(bearer(request))
        wait_s = self._limits.take(ticket.id)
        if wait_s:
            raise TooManyError(wait_s)
        return ticket


def _refused(error: UserError, locale: str, more: Mapping[str, Any] | None = None) -> web.Response:
    """A refusal as the page shows it: its kind, its sentence, and where to go instead."""
    address = {"address": error.address} if isinstance(error, UsedLinkError) else {}
    response = refusal(error, locale, {**(more or {}), **address}, _kind(error))
    if isinstance(error, UploadError):
        response.force_close()  # the rest of the body is not read
    return response


def _kind(error: UserError) -> tuple[str, int]:
    match error:
        case UsedLinkError():
            return "used", 409
        case DoubtError():
            return "doubt", 422
        case TooLargeError():
            return "too_large", 413
        case PictureError() | UploadError():
            return "mask", 400
        case _:
            return kind_of(error)
