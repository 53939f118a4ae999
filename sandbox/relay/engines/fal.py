"""fal: a queue with tickets whose addresses point at the vendor's own host (docs/relay.md 10)."""

import base64
import re
from typing import Any, NamedTuple

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.fal_models import MOST_PICTURES, Model, checked, invalid, model_of, wanted_size
from sandbox.relay.engines.ledger import (
    Declined,
    EngineFake,
    EngineLedger,
    EngineTask,
    UnreadableError,
    read_object,
)
from sandbox.relay.painting.edits import ByMask, fresh
from sandbox.relay.painting.pictures import Picture, Upscaled
from sandbox.relay.painting.prints import FAL, printed
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer

USUAL_S = 15.0
VENDOR = "https://queue.fal.run"
OWNERS = ("fal-ai", "bytedance", "blackforestlabs", "ideogram")  # ids begin with any of them
EDITING = re.compile(r"kontext|edit|image-to-image|redux|upscal")
SINGLE = re.compile(r"upscal")  # models that make one picture of one, without a prompt
CANCELLED = {"error": "The request was cancelled by the client", "error_type": "client_cancelled"}
LOST_RUNNER = {"error": "Runner disconnected", "error_type": "runner_disconnected"}
MISSING = "sandbox-missing"  # in the name of a model that is not offered


class Ticket(NamedTuple):
    """A call in the queue."""

    task: EngineTask
    app: str
    model: str
    body: dict[str, Any]
    seed: int


class Fal(EngineFake):
    """Submit, status, result and cancel."""

    paths = ("/fal-ai/", "/bytedance/", "/blackforestlabs/", "/ideogram/v4")
    key_schemes = ("Key", "Bearer")

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._tickets: dict[str, Ticket] = {}

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all four; only submitting has the whole name of a model in its path."""
        for owner in OWNERS:
            models = "v4.*" if owner == "ideogram" else ".+"  # the others are the paths of Ideogram itself
            requests = f"/{owner}/{{app}}/requests/{{id}}"
            router.add_post(f"/{owner}/{{model:{models}}}", self._submit)
            router.add_get(f"{requests}/status", self._status)
            router.add_get(requests, self._result)
            router.add_put(f"{requests}/cancel", self._cancel)

    async def _submit(self, request: web.Request) -> web.Response:
        name = request.path.strip("/")
        if "%2f" in request.raw_path.lower():
            raise web.HTTPNotFound
        if MISSING in name:
            raise Declined(404, {"detail": f"Application '{name}' not found"})
        model, is_edit = model_of(name)
        body = checked(await read_object(request), model, needs_prompt=not SINGLE.search(name))
        prompt = body.get("prompt", "")
        if has_magic(prompt, "full"):
            raise Declined(429, {"detail": "Too many concurrent requests, please slow down"})
        is_edit = is_edit or bool(EDITING.search(name) and not name.endswith("/text-to-image"))
        painted: list[Picture]
        pictures, seed = await self._pictures(body, model, name, is_edit=is_edit), self._ledger.seed(body.get("seed"))
        if model.has_mask:
            painted = await self._filled(body, pictures[0], prompt, seed)
        elif SINGLE.search(name):
            painted = [Upscaled(pictures[0], True, 2)]  # noqa: FBT003  (is_creative)
        else:
            size = wanted_size(body, model, pictures)
            painted = [printed(FAL, prompt, seed + n, size, pictures) for n in range(body.get("num_images", 1))]
        suffix = "png" if body.get("output_format") == "png" else "jpg"
        task = self._ledger.take("FAL_GENERATE", prompt, USUAL_S, painted, suffix=suffix, has_uuid=True)
        ticket = self._tickets[task.id] = Ticket(task, "/".join(name.split("/")[:2]), name, body, seed)
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
        if task.is_cancelled or task.failure == "runner":  # fal.ai/docs/documentation/model-apis/request-errors
            told |= CANCELLED if task.is_cancelled else LOST_RUNNER
        is_odd_failure = failure_of(task) and has_magic(task.prompt, "odd")
        metrics = {"metrics": {"inference_time": task.duration}}
        return answer({"status": "FAILURE" if is_odd_failure else "COMPLETED", "logs": logs} | metrics | told)

    async def _result(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        task, body = ticket.task, ticket.body
        if task.is_running:
            raise Declined(400, {"detail": "Request is still in progress"})
        if task.is_cancelled:
            raise Declined(499, {"detail": CANCELLED["error"], "error_type": CANCELLED["error_type"]})
        if task.failure == "runner":
            raise Declined(503, {"detail": LOST_RUNNER["error"], "error_type": LOST_RUNNER["error_type"]})
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

    async def _cancel(self, request: web.Request) -> web.Response:
        """Stop what has not ended. Source: fal.ai/docs/inference-api/queue/cancel."""
        task = self._ticket(request).task
        if not task.is_running:
            raise Declined(400, {"status": "ALREADY_COMPLETED"})
        task.is_cancelled = True
        return answer({"status": "CANCELLATION_REQUESTED"}, 202)

    async def _image(self, ticket: Ticket, number: int) -> dict[str, Any]:
        task = ticket.task
        picture, url = task.pictures[number], task.links[number]
        kind = "image/png" if ".png?" in url else "image/jpeg"
        if ticket.body.get("sync_mode") is True or has_magic(task.prompt, "b64"):
            encode = self._ledger.gallery.png if kind == "image/png" else self._ledger.gallery.jpeg
            url = f"data:{kind};base64,{base64.b64encode(await encode(picture)).decode()}"
        return {"url": url, "width": picture.size[0], "height": picture.size[1], "content_type": kind}

    async def _pictures(self, body: dict[str, Any], model: Model, name: str, *, is_edit: bool) -> list[Picture]:
        """The given pictures, in the field that the model reads; a model that works on pictures wants some."""
        field = model.pictures
        if field is None:
            field = "image_urls" if name.endswith("/multi") or "image_urls" in body else "image_url"
        values = body.get(field) if field else None
        if values is None:
            if is_edit:
                raise invalid(field, "field required", "missing")
            return []
        if isinstance(values, list) != (field == "image_urls"):
            raise invalid(field, "value is not a valid list", "list_type")
        given = values if isinstance(values, list) else [values]
        return [await self._picture(field, value) for value in given[-MOST_PICTURES:]]

    async def _picture(self, field: str, value: Any) -> Picture:
        try:
            return await self._ledger.picture(value)
        except UnreadableError as error:
            raise invalid(field, str(error), "image_load_error") from None

    async def _filled(self, body: dict[str, Any], given: Picture, prompt: str, seed: int) -> list[Picture]:
        """The given picture with the white of its mask painted anew."""
        if "mask_url" not in body:
            raise invalid("mask_url", "field required", "missing")
        mask = await self._picture("mask_url", body["mask_url"])
        if mask.size != given.size:
            raise invalid("mask_url", "the mask must have the dimensions of the image", "value_error")
        return [
            ByMask(given.size, fresh("fal", prompt, seed + number, given.size), given, mask)
            for number in range(body.get("num_images", 1))
        ]

    def _ticket(self, request: web.Request) -> Ticket:
        ticket = self._tickets.get(request.match_info["id"])
        if ticket is None or not request.path.startswith(f"/{ticket.app}/requests/"):
            raise Declined(404, {"detail": "Request not found"})
        return ticket

    def _address(self, ticket: Ticket) -> str:
        return f"{VENDOR}/{ticket.app}/requests/{ticket.task.id}"


def failure_of(task: EngineTask) -> str:
    """What the run comes to: here it is the run, not the submit, that looks at the words."""
    return task.failure or ("unsafe" if banned_word(task.prompt) else "")
