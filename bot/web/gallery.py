"""A member's gallery: its page, what the page asks for, the files in it, and a choice of them as one ZIP.

The link's token stands behind "#" and travels as a header. Pictures are asked for by addresses of their own, since a
browser loads and keeps those best by itself; each is signed for its member, and ends with the link.
"""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import web

from bot.domain.engine_info import get_title
from bot.domain.job import ENDED, Job, JobStatus
from bot.domain.library import LibraryKind
from bot.errors import PictureError, UserError
from bot.jobs.stages import file_name, shots_of
from bot.links import GalleryPass
from bot.pictures.fitting import is_film
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.storage.library import Entry, Search, Spot
from bot.ui.components.message_links import message_link
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import region_of
from bot.ui.flows.gallery_orders import has_seed
from bot.ui.text.job_lines import failure_sentence, is_other_engine, way_word
from bot.web.door import Door
from bot.web.gallery_texts import TEXTS, kind_word
from bot.web.gallery_zip import write_zip
from bot.web.requests import MEDIA_TYPES, PAGE, answer_json, answer_zip, short_text, spoken, words

LONGEST_BODY = 16 * 1024  # bytes
MOST_AT_ONCE = 60  # jobs of one answer
LONGEST_SEARCH = 200
LONGEST_ID = 32
SQUARE = (1, 1)
# As for every page, and films beside pictures.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class GalleryPage:
    """The web side of `Gallery`."""

    def __init__(self, door: Door[GalleryPass], gallery: Gallery, collecting: Collecting, pictures: Pictures) -> None:
        self._door = door
        self._gallery = gallery
        self._collecting = collecting
        self._pictures = pictures

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /gallery/; addresses in the page are relative, so a sub-path in front needs no setting."""
        own = "/gallery/api/jobs/{id}"
        return [
            web.get("/gallery", self._redirect),
            web.get("/gallery/", self._page),
            web.static("/gallery/assets", PAGE / "assets"),
            web.get("/gallery/api/jobs", self._door.admitted(self._list)),
            web.get(own, self._door.admitted(self._details)),
            web.delete(own, self._door.admitted(self._remove)),
            web.put(own + "/star", self._door.admitted(self._star)),
            web.delete(own + "/star", self._door.admitted(self._unstar)),
            web.post(own + "/send", self._door.admitted(self._send)),
            web.post("/gallery/api/choice", self._door.admitted(self._choose)),
            web.get("/gallery/file/{token}", self._file),
            web.get("/gallery/zip/{token}", self._zip),
        ]

    async def _redirect(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect("gallery/")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "gallery.html", headers={"Content-Security-Policy": PAGE_POLICY})

    async def _list(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        search, before = _search(request), _spot(request.query.get("before", ""))
        page = await self._gallery.find(admitted, search, MOST_AT_ONCE, before)
        entries = await asyncio.gather(*(self._entry(admitted, entry) for entry in page.entries))
        last = page.entries[-1].spot if page.entries and page.has_more else None
        more = f"{last.created_at.isoformat()} {last.job_id}" if last else ""
        said = {} if before else words(admitted.locale, TEXTS)
        return answer_json({"entries": entries, "more": more, **said})

    async def _entry(self, admitted: GalleryPass, entry: Entry) -> dict[str, Any]:
        job = entry.job
        return {
            "id": job.id,
            "kind": entry.kind,
            "what": kind_word(job, entry.kind).render(admitted.locale),
            "prompt": job.prompt,
            "at": job.created_at.isoformat(),
            "is_favourite": entry.is_favourite,
            "pictures": [await self._shot(admitted, job, number) for number in range(len(_kept(job)))],
        }

    async def _shot(self, admitted: GalleryPass, job: Job, number: int) -> dict[str, Any]:
        key = _kept(job)[number]
        width, height = await self._size(key, admitted.member_id)
        return {
            "thumbnail": self._gallery.address(admitted, job, number, is_thumbnail=True),
            "file": self._gallery.address(admitted, job, number, is_thumbnail=False),
            "is_film": is_film(key),
            "width": width,
            "height": height,
        }

    async def _size(self, key: str, member_id: int) -> tuple[int, int]:
        if is_film(key):
            return SQUARE  # the thumbnail tells
        try:
            return await self._pictures.size(key, of=member_id)
        except PictureError:
            return SQUARE

    async def _details(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job = await self._gallery.own(admitted, request.match_info["id"])
        result = job.result
        facts = {name: str(value) for name, value in result.facts.items()} if result else {}
        family = [
            await self._entry(admitted, Entry(one, kind, is_favourite=False)) | {"parent": one.parent_id or ""}
            for one, kind in await self._gallery.family(job)
        ]
        return answer_json(
            {
                "prompt": job.prompt,
                "final_prompt": _final_prompt(job),
                "text": _text(job, admitted.locale),
                "facts": {"way": _way(job), "units": str(job.units), **facts},
                "message": message_link(job.place, job.result_message_id) if job.result_message_id else "",
                "can_be_removed": job.status is JobStatus.DONE,
                "can_be_drawn": region_of(job) is not None,
                "can_be_edited": bool(job.prompt),
                "has_seed": has_seed(job),
                "collections": await self._collecting.holding(admitted.member_id, job.id),
                "family": family if len(family) > 1 else [],
            }
        )

    async def _remove(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._gallery.remove(await self._gallery.own(admitted, request.match_info["id"]))
        return answer_json({})

    async def _star(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._gallery.star(admitted, await self._gallery.own(admitted, request.match_info["id"]), is_on=True)
        return answer_json({})

    async def _unstar(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._gallery.star(admitted, await self._gallery.own(admitted, request.match_info["id"]), is_on=False)
        return answer_json({})

    async def _send(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        await self._gallery.send(await self._gallery.own(admitted, request.match_info["id"]))
        return answer_json({})

    async def _choose(self, request: web.Request, admitted: GalleryPass) -> web.Response:
        job_ids = (await short_text(request, LONGEST_BODY)).split()
        return answer_json({"address": await self._gallery.choose(admitted, tuple(job_ids))})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A kept picture or film as it is, or a thumbnail; `?download` makes a download of it."""
        try:
            job, key, file = await self._gallery.file(request.match_info["token"])
            self._door.count(file.member_id)
            if file.is_thumbnail:
                data = await self._pictures.thumbnail(key, of=file.member_id, origin=origin_of(job.request))
                return web.Response(body=data, content_type="image/webp", headers=_kept_for_a_day())
            ending = key.rpartition(".")[2]
            media_type = MEDIA_TYPES.get(ending)
            how = "inline" if media_type and "download" not in request.query else "attachment"
            name = file_name(job, file.number, key)
            headers = {
                "Content-Type": media_type or "application/octet-stream",
                "Content-Disposition": f'{how}; filename="{name}"',
                **_kept_for_a_day(),
            }
            return web.FileResponse(await self._pictures.stock.file(key), headers=headers)
        except UserError as exc:
            return self._door.refused(exc, spoken(request))

    async def _zip(self, request: web.Request) -> web.StreamResponse:
        try:
            jobs = await self._gallery.chosen(request.match_info["token"])
        except UserError as exc:
            return self._door.refused(exc, spoken(request))
        return await answer_zip(request, "easel-pictures.zip", partial(write_zip, jobs, self._pictures))


def _final_prompt(job: Job) -> str:
    """Return what was sent where it is told and is not what stands there already."""
    if job.result is None or job.result.final_prompt in (job.prompt, job.result.text):
        return ""
    return job.result.final_prompt


def _text(job: Job, locale: str) -> str:
    """Say what a job came to where that is no picture: its text, or why it came to nothing."""
    if job.failure and job.status in ENDED:
        return failure_sentence(job).render(locale)
    return job.result.text if job.result else ""


def _way(job: Job) -> str:
    """Name the engine, and the speed where it has several."""
    return way_word(job) if is_other_engine(job) else f"{get_title(job.engine)} ({way_word(job)})"


def _kept(job: Job) -> list[str]:
    """The keys of a job's pictures up to the first that is not kept, so that their numbers are those of the job."""
    keys = []
    for shot in shots_of(job):
        if shot.picture is None:
            break
        keys.append(shot.picture)
    return keys


def _search(request: web.Request) -> Search:
    """What is looked for; a kind that there is not is none."""
    query = request.query
    kind = query.get("kind", "")
    return Search(
        words=query.get("search", "")[:LONGEST_SEARCH],
        kind=LibraryKind(kind) if kind in set(LibraryKind) else None,
        engine=query.get("engine", "")[:32],
        favourites="favourites" in query,
        collection=query.get("collection", "")[:LONGEST_ID],
    )


def _spot(text: str) -> Spot | None:
    moment, _space, job_id = text.partition(" ")
    try:
        return Spot(datetime.fromisoformat(moment), job_id) if text else None
    except ValueError:
        return None


def _kept_for_a_day() -> dict[str, str]:
    return {"Cache-Control": "private, max-age=86400, immutable"}
