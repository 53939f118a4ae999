"""fal: a queue with tickets whose addresses point at the vendor's own host (docs/relay.md 10)."""

import base64
import re
from typing import Any, NamedTuple

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
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.pictures import Picture, Upscaled
from sandbox.relay.painting.prints import FAL, printed, ratio_of, size_of
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer

USUAL_S = 15.0
VENDOR = "https://queue.fal.run"
RATIOS = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")
SIZES = {
    "square_hd": (1024, 1024), "square": (512, 512), "portrait_4_3": (768, 1024), "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768), "landscape_16_9": (1024, 576),
}  # fmt: skip
EDITING = re.compile(r"kontext|edit|image-to-image|redux|upscal")
SINGLE = re.compile(r"upscal")  # models that make one picture of one, without a prompt
MISSING = "sandbox-missing"  # in the name of a model that is not offered


class Ticket(NamedTuple):
    """A call in the queue."""

    task: EngineTask
    app: str
    model: str
    body: dict[str, Any]
    seed: int


class Fal(EngineFake):
    """Submit, status and result."""

    path = "/fal-ai/"
    key_schemes = ("Key", "Bearer")

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._tickets: dict[str, Ticket] = {}

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all three; only submitting has the whole name of a model in its path."""
        router.add_post("/fal-ai/{model:.+}", self._submit)
        router.add_get("/fal-ai/{app}/requests/{id}/status", self._status)
        router.add_get("/fal-ai/{app}/requests/{id}", self._result)

    async def _submit(self, request: web.Request) -> web.Response:
        model = request.match_info["model"]
        if "%2f" in request.raw_path.lower():
            raise web.HTTPNotFound
        if MISSING in model:
            raise Declined(404, {"detail": f"Application 'fal-ai/{model}' not found"})
        body = checked(await read_object(request), model)
        prompt = body.get("prompt", "")
        if has_magic(prompt, "full"):
            raise Declined(429, {"detail": "Too many concurrent requests, please slow down"})
        pictures, seed = await self._pictures(body, model), self._ledger.seed(body.get("seed"))
        if SINGLE.search(model):
            painted: list[Picture] = [Upscaled(pictures[0], True, 2)]  # noqa: FBT003  (is_creative)
        else:
            size = wanted_size(body, pictures)
            painted = [printed(FAL, prompt, seed + n, size, pictures) for n in range(body.get("num_images", 1))]
        suffix = "png" if body.get("output_format") == "png" else "jpg"
        task = self._ledger.take("FAL_GENERATE", prompt, USUAL_S, painted, suffix=suffix, has_uuid=True)
        ticket = self._tickets[task.id] = Ticket(task, model.partition("/")[0], model, body, seed)
        address = self._address(ticket)
        told = {"status": "IN_QUEUE", "request_id": task.id, "response_url": address, "status_url": f"{address}/status"}
        if not has_magic(prompt, "odd"):
            told["cancel_url"] = f"{address}/cancel"
        return answer(told | {"logs": None, "metrics": {}, "queue_position": 0})

    async def _status(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        task = ticket.task
        told: dict[str, Any] = {"request_id": task.id, "response_url": self._address(ticket)}
        if task.status == "SUBMITTED":
            return answer({"status": "IN_QUEUE", "queue_position": 1} | told, 202)
        logs = [{"message": "painting", "level": "INFO"}] if request.query.get("logs") else None
        if task.is_running:
            return answer({"status": "IN_PROGRESS", "logs": logs} | told, 202)
        is_odd_failure = failure_of(task) and has_magic(task.prompt, "odd")
        metrics = {"metrics": {"inference_time": task.duration}}
        return answer({"status": "FAILURE" if is_odd_failure else "COMPLETED", "logs": logs} | metrics | told)

    async def _result(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        task, body = ticket.task, ticket.body
        if task.is_running:
            raise Declined(400, {"detail": "Request is still in progress"})
        match failure_of(task):
            case "fail":
                raise Declined(400, {"detail": "Downstream service error: the picture could not be made"})
            case "unsafe":
                raise invalid("prompt", "The content could not be processed by a content checker", "content_policy")
        images = [await self._image(ticket, number) for number in range(len(task.pictures))]
        if SINGLE.search(ticket.model) or has_magic(task.prompt, "odd"):
            return answer({"image": images[0]})
        flags = [number == 0 and has_magic(task.prompt, "nsfw") for number in range(len(images))]
        told = {"seed": ticket.seed, "prompt": body.get("prompt", ""), "has_nsfw_concepts": flags}
        return answer({"images": images} | told | {"timings": {"inference": task.duration}})

    async def _image(self, ticket: Ticket, number: int) -> dict[str, Any]:
        task = ticket.task
        picture, url = task.pictures[number], task.links[number]
        kind = "image/png" if ".png?" in url else "image/jpeg"
        if ticket.body.get("sync_mode") is True or has_magic(task.prompt, "b64"):
            encode = self._ledger.gallery.png if kind == "image/png" else self._ledger.gallery.jpeg
            url = f"data:{kind};base64,{base64.b64encode(await encode(picture)).decode()}"
        return {"url": url, "width": picture.size[0], "height": picture.size[1], "content_type": kind}

    async def _pictures(self, body: dict[str, Any], model: str) -> list[Picture]:
        """The given pictures; a model that works on pictures wants some."""
        field = "image_urls" if model.endswith("/multi") or "image_urls" in body else "image_url"
        values = body.get(field)
        if values is None:
            if EDITING.search(model) and not model.endswith("/text-to-image"):
                raise invalid(field, "field required", "missing")
            return []
        try:
            return [await self._ledger.picture(value) for value in (values if isinstance(values, list) else [values])]
        except UnreadableError as error:
            raise invalid(field, str(error), "image_load_error") from None

    def _ticket(self, request: web.Request) -> Ticket:
        ticket = self._tickets.get(request.match_info["id"])
        if ticket is None or ticket.app != request.match_info["app"]:
            raise Declined(404, {"detail": "Request not found"})
        return ticket

    def _address(self, ticket: Ticket) -> str:
        return f"{VENDOR}/fal-ai/{ticket.app}/requests/{ticket.task.id}"


def invalid(field: str, message: str, kind: str) -> Declined:
    """A refusal of one field."""
    return Declined(422, {"detail": [{"loc": ["body", field], "msg": message, "type": kind}]})


def failure_of(task: EngineTask) -> str:
    """What the run comes to: here it is the run, not the submit, that looks at the words."""
    return task.failure or ("unsafe" if banned_word(task.prompt) else "")


def checked(body: dict[str, Any], model: str) -> dict[str, Any]:
    """An input that can be done; null counts as not given."""
    body = {name: value for name, value in body.items() if value is not None}
    prompt = body.get("prompt", "")
    if not isinstance(prompt, str) or not (prompt.strip() or SINGLE.search(model)):
        raise invalid("prompt", "field required", "missing")
    if not is_number(body.get("num_images", 1), 1, 4):
        raise invalid("num_images", "ensure this value is from 1 to 4", "value_error.number")
    if not is_number(body.get("guidance_scale", 3.5), 1, 20, is_whole=False):
        raise invalid("guidance_scale", "ensure this value is from 1 to 20", "value_error.number")
    for field, values in {
        "safety_tolerance": ("1", "2", "3", "4", "5", "6"),
        "output_format": ("jpeg", "png"),
        "aspect_ratio": RATIOS,
    }.items():
        if field in body and body[field] not in values:
            raise invalid(field, f"unexpected value; permitted: {', '.join(values)}", "value_error.const")
    size = body.get("image_size", "square_hd")
    is_free = isinstance(size, dict) and all(is_number(size.get(side), 256, 2048) for side in ("width", "height"))
    if not is_free and size not in list(SIZES):
        raise invalid("image_size", f"unexpected value; permitted: {', '.join(SIZES)}", "value_error.const")
    return body


def wanted_size(body: dict[str, Any], pictures: list[Picture]) -> Size:
    """The pixels asked for, else those of the first given picture's shape."""
    if "aspect_ratio" in body:
        return size_of(ratio_of(body["aspect_ratio"]) or 1)
    if isinstance(size := body.get("image_size"), dict):
        return size["width"], size["height"]
    if pictures and size is None:
        return size_of(min(4.0, max(0.25, pictures[0].size[0] / pictures[0].size[1])))
    return SIZES[size or "square_hd"]
