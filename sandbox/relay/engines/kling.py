"""Kling: pictures, edits and try-ons, whose success is code 0 and whose base64 is raw (docs/relay.md 12)."""

from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.kling_fields import (
    CROWDED,
    EDGES,
    INVALID,
    REASONS,
    SIDES,
    TRY_ON_MODELS,
    UNKNOWN,
    checked,
    checked_expand,
    checked_multi,
    checked_omni,
    listed,
    one_of,
    problem,
)
from sandbox.relay.engines.ledger import EngineFake, EngineLedger, EngineTask, UnreadableError, read_object
from sandbox.relay.painting.edits import Framed, beyond, fresh
from sandbox.relay.painting.pictures import Picture, Uploaded
from sandbox.relay.painting.prints import KLING, Worn, printed, ratio_of, size_of
from sandbox.relay.prompts import has_magic
from sandbox.relay.replies import answer

IMAGINE_S, EXPAND_S, TRY_ON_S = 20.0, 25.0, 30.0
IMAGES = "/kling/v1/images"
MAX_PARALLEL = 20  # pictures being made
MAX_BYTES = 10_000_000
MIN_SIDE, MAX_STRETCH = 300, 2.5  # pixels; longer side over shorter
STATUSES = {"SUBMITTED": "submitted", "IN_PROGRESS": "processing", "SUCCESS": "succeed", "FAILURE": "failed"}


class Kling(EngineFake):
    """All operations and their status."""

    paths = ("/kling/",)

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._tasks: dict[tuple[str, str], EngineTask] = {}  # by path and id
        self._series: set[str] = set()  # ids of those whose pictures belong together

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them."""
        for path, handler in {
            f"{IMAGES}/generations": self._imagine,
            f"{IMAGES}/omni-image": self._omni,
            f"{IMAGES}/multi-image2image": self._multi,
            f"{IMAGES}/editing/expand": self._expand,
            f"{IMAGES}/kolors-virtual-try-on": self._try_on,
        }.items():
            router.add_post(path, handler)
            router.add_get(f"{path}/{{id}}", self._look)

    async def _imagine(self, request: web.Request) -> web.Response:
        body = checked(await read_object(request))
        given = [await self._picture(body["image"], "image")] if "image" in body else []
        return self._painted(request, body, "KLING_IMAGINE", given, body.get("image_fidelity", 0.5))

    async def _omni(self, request: web.Request) -> web.Response:
        """Up to ten pictures to go by, up to 4k, and a series of pictures that belong together."""
        body = checked_omni(await read_object(request))
        given = [await self._picture(one, "image_list") for one in listed(body, "image_list", "image")]
        if body.get("result_type") == "series":
            body["n"] = body.get("series_amount", 4)
        return self._painted(request, body, "KLING_OMNI", given)

    async def _multi(self, request: web.Request) -> web.Response:
        body = checked_multi(await read_object(request))
        subjects = listed(body, "subject_image_list", "subject_image")
        given = [await self._picture(one, "subject_image_list") for one in subjects]
        given += [await self._picture(body[field], field) for field in ("scene_image", "style_image") if field in body]
        return self._painted(request, body, "KLING_MULTI", given)

    async def _expand(self, request: web.Request) -> web.Response:
        """The picture keeps every pixel; what is new lies around it."""
        body = checked_expand(await read_object(request))
        given, count = await self._picture(body.get("image"), "image"), body.get("n", 1)
        self._check_room(body, body["prompt"], count)
        up, down, left, right = (body[f"{edge}_expansion_ratio"] for edge in EDGES)
        wide, high = given.size
        at = (round(wide * left), round(high * up))
        size = (at[0] + wide + round(wide * right), at[1] + high + round(high * down))
        box = (*at, at[0] + wide, at[1] + high)
        seed, prompt = self._ledger.seed(), body["prompt"]
        pictures: list[Picture] = [
            Framed(
                size, given, box, fresh("kling", prompt, seed + number, size) if prompt else beyond(given, size, box)
            )
            for number in range(count)
        ]
        return self._taken(request, body, "KLING_EXPAND", EXPAND_S, pictures)

    def _painted(
        self, request: web.Request, body: dict[str, Any], action: str, given: list[Picture], weight: float = 0.5
    ) -> web.Response:
        prompt, count = body["prompt"], body.get("n", 1)
        self._check_room(body, prompt, count)
        ratio = ratio_of(body.get("aspect_ratio", "16:9"))
        size, seed = size_of(ratio or 1, SIDES[body.get("resolution", "1k")]), self._ledger.seed()
        pictures = [printed(KLING, prompt, seed + number, size, given, weight) for number in range(count)]
        return self._taken(request, body, action, IMAGINE_S, pictures)

    async def _try_on(self, request: web.Request) -> web.Response:
        body = {name: value for name, value in (await read_object(request)).items() if value is not None}
        one_of(body, "model_name", TRY_ON_MODELS)
        person, cloth = [await self._picture(body.get(field), field) for field in ("human_image", "cloth_image")]
        self._check_room(body, "", 1)
        return self._taken(request, body, "KLING_TRYON", TRY_ON_S, [Worn(person.size, person, cloth)])

    async def _look(self, request: web.Request) -> web.Response:
        path, _, task_id = request.path.rpartition("/")
        task = self._tasks.get((path, task_id))
        if task is None:
            raise problem(UNKNOWN, "Task not found", status=404)
        return self._told(task)

    def _taken(
        self, request: web.Request, body: dict[str, Any], action: str, usual_s: float, pictures: list[Picture]
    ) -> web.Response:
        own_id = str(body.get("external_task_id") or "")
        task = self._ledger.take(action, body.get("prompt", ""), usual_s, pictures, state=own_id)
        self._tasks[request.path, task.id] = task
        if body.get("result_type") == "series":
            self._series.add(task.id)
        return self._told(task)

    def _told(self, task: EngineTask) -> web.Response:
        """How a task stands; in the forms of sibling gateways where the prompt or the profile says so."""
        status = task.status
        reason = REASONS.get(task.failure, REASONS["fail"]) if status == "FAILURE" else ""
        links = task.links if status == "SUCCESS" else ()
        if has_magic(task.prompt, "odd"):
            word = "succeeded" if links else STATUSES[status]
            return answer({"code": "success", "data": {"task_id": task.id, "status": word, "url": "".join(links[:1])}})
        updated = task.since + task.clock.real(min(task.elapsed, task.duration))
        times = {"created_at": int(task.since * 1000), "updated_at": int(updated * 1000)}
        data = {"task_id": task.id, "task_status": STATUSES[status], "task_status_msg": reason, **times}
        if links:
            place = "id" if self._ledger.is_wrapping else "index"
            images = [{place: "" if place == "id" else index, "url": link} for index, link in enumerate(links)]
            is_series = task.id in self._series
            data["task_result"] = {"series_images" if is_series else "images": images}
        body = {"code": 0, "message": "SUCCEED", "request_id": f"sandbox-{task.id}", "data": data}
        if self._ledger.is_wrapping:
            word = status if links else STATUSES[status].upper()
            outer = {"task_id": task.id, "status": word, "fail_reason": reason, "data": body}
            return answer({"code": "success", "message": "", "data": outer})
        return answer(body)

    def _check_room(self, body: dict[str, Any], prompt: str, count: int) -> None:
        own_id = body.get("external_task_id")
        if own_id and any(task.state == own_id for task in self._tasks.values()):
            raise problem(INVALID, "external_task_id must be unique")
        in_work = sum(task.units for task in self._ledger.running("KLING"))
        if has_magic(prompt, "full") or in_work + count > MAX_PARALLEL:
            raise problem(CROWDED, "parallel task over resource pack limit", status=429)

    async def _picture(self, value: Any, field: str) -> Picture:
        if not value:
            raise problem(INVALID, f"{field} is required")
        try:
            picture = await self._ledger.picture(value, is_raw=True)
        except UnreadableError as error:
            raise problem(INVALID, f"{field}: {error}") from None
        if isinstance(picture, Uploaded) and len(picture.data) > MAX_BYTES:
            raise problem(INVALID, f"{field} must not be larger than 10 MB")
        if min(picture.size) < MIN_SIDE or max(picture.size) > MAX_STRETCH * min(picture.size):
            raise problem(INVALID, f"{field} must have at least 300 px and a shape between 1:2.5 and 2.5:1")
        return picture
