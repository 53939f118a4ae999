"""Kling: pictures and try-ons, whose success is code 0 and whose base64 is raw (docs/relay.md 12)."""

from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.ledger import (
    Declined,
    EngineFake,
    EngineLedger,
    EngineTask,
    UnreadableError,
    is_number,
    read_object,
)
from sandbox.relay.painting.pictures import Picture, Uploaded
from sandbox.relay.painting.prints import KLING, SIDE, Worn, printed, ratio_of, size_of
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer

IMAGINE_S, TRY_ON_S = 20.0, 30.0
INVALID, UNKNOWN, UNSAFE, CROWDED = 1201, 1203, 1301, 1303
MAX_PARALLEL = 20  # pictures being made
MAX_PROMPT = 2500  # characters
MAX_BYTES = 10_000_000
MIN_SIDE, MAX_STRETCH = 300, 2.5  # pixels; longer side over shorter
MODELS = ("kling-v1", "kling-v1-5", "kling-v2", "kling-v2-new", "kling-v2-1", "kling-v3")
TRY_ON_MODELS = ("kolors-virtual-try-on-v1", "kolors-virtual-try-on-v1-5")
RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9")
SIDES = {"1k": SIDE, "2k": 2 * SIDE}
STATUSES = {"SUBMITTED": "submitted", "IN_PROGRESS": "processing", "SUCCESS": "succeed", "FAILURE": "failed"}
REASONS = {"": "", "fail": "Service internal error", "unsafe": "Failure to pass the risk control system"}


class Kling(EngineFake):
    """Both operations and their status."""

    paths = ("/kling/",)

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._tasks: dict[tuple[str, str], EngineTask] = {}  # by path and id

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them."""
        for path, handler in {
            "/kling/v1/images/generations": self._imagine,
            "/kling/v1/images/kolors-virtual-try-on": self._try_on,
        }.items():
            router.add_post(path, handler)
            router.add_get(f"{path}/{{id}}", self._look)

    async def _imagine(self, request: web.Request) -> web.Response:
        body = checked(await read_object(request))
        prompt, count = body["prompt"], body.get("n", 1)
        given = [await self._picture(body, "image")] if "image" in body else []
        self._check_room(body, prompt, count)
        size = size_of(ratio_of(body.get("aspect_ratio", "16:9")) or 1, SIDES[body.get("resolution", "1k")])
        seed, weight = self._ledger.seed(), body.get("image_fidelity", 0.5)
        pictures = [printed(KLING, prompt, seed + number, size, given, weight) for number in range(count)]
        return self._taken(request, body, "KLING_IMAGINE", IMAGINE_S, pictures)

    async def _try_on(self, request: web.Request) -> web.Response:
        body = {name: value for name, value in (await read_object(request)).items() if value is not None}
        one_of(body, "model_name", TRY_ON_MODELS)
        person, cloth = await self._picture(body, "human_image"), await self._picture(body, "cloth_image")
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
            data["task_result"] = {"images": images}
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

    async def _picture(self, body: dict[str, Any], field: str) -> Picture:
        if not body.get(field):
            raise problem(INVALID, f"{field} is required")
        try:
            picture = await self._ledger.picture(body[field], is_raw=True)
        except UnreadableError as error:
            raise problem(INVALID, f"{field}: {error}") from None
        if isinstance(picture, Uploaded) and len(picture.data) > MAX_BYTES:
            raise problem(INVALID, f"{field} must not be larger than 10 MB")
        if min(picture.size) < MIN_SIDE or max(picture.size) > MAX_STRETCH * min(picture.size):
            raise problem(INVALID, f"{field} must have at least 300 px and a shape between 1:2.5 and 2.5:1")
        return picture


def problem(code: int, message: str, status: int = 400) -> Declined:
    """A refusal in Kling's own form."""
    return Declined(status, {"code": code, "message": message, "request_id": "sandbox"})


def one_of(body: dict[str, Any], field: str, values: tuple[str, ...]) -> None:
    """Refuse any other value of a field."""
    if field in body and body[field] not in values:
        raise problem(INVALID, f"{field} value '{body[field]}' is invalid")


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """A body that can be done; null counts as not given, and the old name `model` is ignored."""
    body = {name: value for name, value in body.items() if value is not None}
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not 0 < len(prompt.strip()) <= MAX_PROMPT:
        raise problem(INVALID, f"prompt must have 1 to {MAX_PROMPT} characters")
    for field, values in {
        "model_name": MODELS,
        "aspect_ratio": RATIOS,
        "resolution": tuple(SIDES),
        "image_reference": ("subject", "face"),
    }.items():
        one_of(body, field, values)
    if not is_number(body.get("n", 1), 1, 9):
        raise problem(INVALID, "n must be from 1 to 9")
    for field in ("image_fidelity", "human_fidelity"):
        if not is_number(body.get(field, 0.5), 0, 1, is_whole=False):
            raise problem(INVALID, f"{field} must be from 0 to 1")
    if "image" in body and body.get("negative_prompt"):
        raise problem(INVALID, "negative_prompt is not supported together with image")
    is_referring = body.get("model_name") == "kling-v1-5" and "image" in body
    if is_referring != ("image_reference" in body):
        raise problem(INVALID, "image_reference goes with kling-v1-5 and image, and only with them")
    if "human_fidelity" in body and body.get("image_reference") != "subject":
        raise problem(INVALID, "human_fidelity needs image_reference 'subject'")
    if banned_word(prompt):
        raise problem(UNSAFE, REASONS["unsafe"])
    return body
