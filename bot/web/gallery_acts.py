"""What the gallery's page does beside showing: collections, and going on in Discord."""

from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from bot.links import GalleryPass
from bot.storage.collections import Collection
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import GalleryActs
from bot.ui.flows.gallery_orders import GalleryOrder, GalleryOrders
from bot.web.door import Door
from bot.web.gallery import LONGEST_BODY
from bot.web.requests import answer_json, short_text

LONGEST_ORDER = 64 * 1024  # bytes: the longest prompt, in any language
_ORDER = TypeAdapter(GalleryOrder)


class GalleryActRoutes:
    """The web side of `GalleryActs`, `GalleryOrders` and `Collecting`.

    Who asks is told by the link's token, which no other site has.
    """

    def __init__(
        self,
        door: Door[GalleryPass],
        gallery: Gallery,
        acts: GalleryActs,
        orders: GalleryOrders,
        collecting: Collecting,
    ) -> None:
        self._door = door
        self._gallery = gallery
        self._acts = acts
        self._orders = orders
        self._collecting = collecting

    def routes(self) -> list[web.AbstractRouteDef]:
        """All of them, under /gallery/api/."""
        own, named, let_in = "/gallery/api/jobs/{id}", "/gallery/api/collections", self._door.admitted
        return [
            web.post(own + "/show", let_in(self._show)),
            web.post(own + "/draw", let_in(self._draw)),
            web.get(own + "/order", let_in(self._open)),
            web.post(own + "/order", let_in(self._order)),
            web.get(named, let_in(self._list)),
            web.post(named, let_in(self._create)),
            web.put(named + "/{id}", let_in(self._rename)),
            web.delete(named + "/{id}", let_in(self._delete)),
            web.post(named + "/{id}/add", let_in(self._add)),
            web.post(named + "/{id}/take", let_in(self._take)),
        ]

    async def _show(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job = await self._gallery.own(admitted, request.match_info["id"])
        return answer_json({"address": await self._acts.show(admitted, job)})

    async def _draw(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job = await self._gallery.own(admitted, request.match_info["id"])
        return answer_json({"address": await self._acts.draw(admitted, job)})

    async def _open(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job = await self._gallery.own(admitted, request.match_info["id"])
        opened = await self._orders.open(admitted, job, with_seed="seed" in request.query)
        return answer_json({"text": opened.text, "costs": opened.costs})

    async def _order(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job = await self._gallery.own(admitted, request.match_info["id"])
        try:
            order = _ORDER.validate_json(await short_text(request, LONGEST_ORDER))
        except ValidationError as exc:
            raise web.HTTPBadRequest from exc
        return answer_json({"address": await self._orders.run(admitted, job, order)})

    async def _list(self, _request: web.Request, admitted: GalleryPass) -> web.Response:
        return answer_json({"collections": [_told(one) for one in await self._collecting.all_of(admitted.member_id)]})

    async def _create(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        return answer_json(
            _told(await self._collecting.create(admitted.member_id, await short_text(request, LONGEST_BODY)))
        )

    async def _rename(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._collecting.rename(
            admitted.member_id, request.match_info["id"], await short_text(request, LONGEST_BODY)
        )
        return answer_json({})

    async def _delete(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._collecting.delete(admitted.member_id, request.match_info["id"])
        return answer_json({})

    async def _add(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job_ids = (await short_text(request, LONGEST_BODY)).split()
        await self._collecting.add(admitted.member_id, request.match_info["id"], job_ids)
        return answer_json({})

    async def _take(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job_ids = (await short_text(request, LONGEST_BODY)).split()
        await self._collecting.take_out(admitted.member_id, request.match_info["id"], job_ids)
        return answer_json({})


def _told(collection: Collection) -> dict[str, Any]:
    return {"id": collection.id, "name": collection.name, "count": collection.count}
