"""Picture models in the OpenAI format: generations, edits with masks, chats, and tasks (docs/relay.md 11.3 and 13)."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.jimeng import MODELS as JIMENG_MODELS
from sandbox.relay.engines.jimeng import Jimeng
from sandbox.relay.engines.ledger import (
    Declined,
    EngineFake,
    EngineLedger,
    EngineTask,
    UnreadableError,
    openai_error,
    read_image,
    read_object,
)
from sandbox.relay.engines.openai_families import Family, check_fields, family_of, invalid, wanted_count, wanted_size
from sandbox.relay.painting.edits import InHole
from sandbox.relay.painting.pictures import Picture, Uploaded
from sandbox.relay.painting.prints import FAL, printed
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer
from sandbox.wire import Form, read_form

USUAL_S = 30.0


class OpenAI(EngineFake):
    """The operations of the format, for every model; Jimeng's go to its own fake."""

    paths = ("/v1/",)

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._jimeng = Jimeng(ledger)

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them."""
        router.add_post("/v1/images/generations", self._generate)
        router.add_post("/v1/images/edits", self._edit)
        router.add_post("/v1/chat/completions", self._chat)
        router.add_get("/v1/tasks/{id}", self._task)
        router.add_get("/v1/images/{id}", self._image)

    async def _generate(self, request: web.Request) -> web.Response:
        body = {name: value for name, value in (await read_object(request)).items() if value is not None}
        if is_jimeng(body.get("model")):
            return await self._jimeng.generate(body)
        family, prompt = family_of(body.get("model")), checked_prompt(body.get("prompt"))
        check_fields(family, body)
        given = await self._given(family, body)
        if family.needs_picture and not given:
            raise invalid("image", "Missing required parameter: 'image'.", "missing_required_parameter")
        size = wanted_size(family, body)
        return await self._painted(family, "GENERATE", body, [
            printed(family.look, prompt, self._ledger.seed(body.get("seed")) + number, size, given)
            for number in range(wanted_count(family, body, len(given)))
        ])  # fmt: skip

    async def _edit(self, request: web.Request) -> web.Response:
        if request.content_type != "multipart/form-data":
            raise invalid("", "Unsupported content type: use 'multipart/form-data'.", "unsupported_content_type")
        form = await read_form(request)
        if is_jimeng(form.fields.get("model")):
            parts = form.named("image", "image[]", "images", "images[]")
            return await self._jimeng.edit(form.fields, [await read_image(file.data) for file in parts])
        family, prompt = family_of(form.fields.get("model")), checked_prompt(form.fields.get("prompt"))
        body: dict[str, Any] = form.fields | (
            {"n": int(form.fields["n"])} if form.fields.get("n", "").isdigit() else {}
        )
        check_fields(family, body)
        given, mask = await read_edit(family, form)
        size = wanted_size(family, body, given[0].size)
        seed = self._ledger.seed()
        fresh = [printed(family.look, prompt, seed + number, size, given[1:]) for number in range(body.get("n", 1))]
        mixed = [printed(family.look, prompt, seed + number, size, given) for number in range(body.get("n", 1))]
        pictures = [InHole(size, given[0], one, mask) for one in fresh] if mask else mixed
        return await self._painted(family, "EDIT", body, pictures)

    async def _chat(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        family = family_of(body.get("model"))
        if not family.chats:
            raise invalid("model", "This is not a chat model.", "invalid_model")
        prompt, values = read_messages(body.get("messages"))
        prompt = checked_prompt(prompt)
        try:
            given = [await self._ledger.picture(value) for value in values]
        except UnreadableError as error:
            raise invalid("messages", f"image_url: {error}", "invalid_image") from None
        config = body.get("image_config") or {}
        picture = printed(family.look, prompt, self._ledger.seed(), wanted_size(family, config), given)
        has_words = "image" not in body.get("modalities", []) or has_magic(prompt, "words")
        return await self._painted(family, "CHAT", body | {"prompt": prompt}, [] if has_words else [picture])

    async def _given(self, family: Family, body: Mapping[str, Any]) -> list[Picture]:
        """The pictures of a generation, in whichever of its fields they stand; a text, or a list of them."""
        values: list[Any] = []
        for name in family.pictures:
            value = body.get(name, [])
            values += value if isinstance(value, list) else [value]
        if len(values) > family.most_pictures:
            raise invalid(family.pictures[0], f"At most {family.most_pictures} images are supported.", "invalid_value")
        try:
            return [await self._ledger.picture(value) for value in values]
        except UnreadableError as error:
            raise invalid(family.pictures[0], f"image: {error}", "invalid_image") from None

    async def _painted(
        self, family: Family, kind: str, body: Mapping[str, Any], pictures: Sequence[Picture]
    ) -> web.Response:
        """Take the call; answer with the pictures when they are there, or with a task at once."""
        ledger, prompt = self._ledger, body["prompt"]
        engine = "FAL" if family.look is FAL else "OPENAI"
        task = ledger.take(f"{engine}_{kind}", prompt, USUAL_S, pictures)
        if told := pending(task, body["model"]):
            return told
        await ledger.finish(task)
        if task.failure:
            raise refusal_of(task)
        if kind == "CHAT":
            return answer(await self._completion(task, body["model"]))
        as_bytes = family.only_bytes or body.get("response_format") == "b64_json" or has_magic(prompt, "b64")
        response = answer({"created": int(ledger.tasks.clock.now()), "data": await self._data(task, as_bytes=as_bytes)})
        if has_magic(prompt, "odd"):
            response.content_type = "text/plain"
        return response

    async def _data(self, task: EngineTask, *, as_bytes: bool) -> list[dict[str, Any]]:
        if not as_bytes:
            return [{"url": link} for link in task.links]
        pngs = [await self._ledger.gallery.png(picture) for picture in task.pictures]
        return [{"b64_json": base64.b64encode(png).decode()} for png in pngs]

    async def _completion(self, task: EngineTask, model: str) -> dict[str, Any]:
        """A chat's answer: the picture beside the words, or in them, as Markdown (docs/relay.md 13.4)."""
        urls = [f"data:image/png;base64,{one['b64_json']}" for one in await self._data(task, as_bytes=True)]
        is_odd = has_magic(task.prompt, "odd")
        said = "Here is your picture." if urls else "I would rather not draw this, but I can describe it."
        message: dict[str, Any] = {"role": "assistant", "content": said}
        if urls and is_odd:
            message["content"] = "\n".join([said, *(f"![image]({url})" for url in urls)])
        elif urls:
            message["images"] = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
        return {
            "id": f"gen-{task.id}",
            "object": "chat.completion",
            "created": int(task.clock.now()),
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1290, "total_tokens": 1302},
        }

    def _find(self, task_id: str) -> EngineTask | None:
        tasks = (task for task in self._ledger.tasks.ledger if isinstance(task, EngineTask))
        return next((task for task in tasks if task_id_of(task) == task_id), None)

    async def _task(self, request: web.Request) -> web.Response:
        """GET /v1/tasks/ID: docs.evolink.ai (get-task-detail); docs.apimart.ai puts the same into an envelope."""
        task = self._find(request.match_info["id"])
        if task is None or has_magic(task.prompt, "accepted"):
            raise openai_error(404, "The task does not exist", "task_not_found")
        state, percent = state_of(task)
        told: dict[str, Any] = {"id": task_id_of(task), "status": state, "progress": percent}
        if has_magic(task.prompt, "listed"):
            if state == "completed":
                told["result"] = {"images": [{"url": [link]} for link in task.links]}
            if task.failure and state == "failed":
                told["error"] = {"code": 500, "message": reason_of(task), "type": "task_failed"}
            return answer({"code": 200, "data": told})
        told |= {"object": "image.generation.task", "type": "image", "task_info": {"can_cancel": False}}
        if state == "completed":
            told["results"] = list(task.links)
        if state == "failed":
            told["error"] = {"code": "generation_failed", "message": reason_of(task)}
        return answer(told)

    async def _image(self, request: web.Request) -> web.Response:
        """GET /v1/images/ID: HopBase's."""
        task = self._find(request.match_info["id"])
        if task is None or not has_magic(task.prompt, "accepted"):
            raise openai_error(404, "The task does not exist", "task_not_found")
        state, _percent = state_of(task)
        told: dict[str, Any] = {"task_id": task_id_of(task), "status": {"completed": "succeeded"}.get(state, state)}
        if state == "completed":
            told["data"] = await self._data(task, as_bytes=False)
        if state == "failed":
            told["error"] = reason_of(task)
        return answer(told)


def is_jimeng(model: object) -> bool:
    """Whether jimeng-api serves a model."""
    return isinstance(model, str) and JIMENG_MODELS.match(model) is not None


def checked_prompt(prompt: object) -> str:
    """A prompt that can be painted."""
    if not isinstance(prompt, str) or not prompt.strip():
        raise invalid("prompt", "Missing required parameter: 'prompt'.", "missing_required_parameter")
    if banned_word(prompt):
        raise unsafe()
    if has_magic(prompt, "full"):
        raise openai_error(429, "Rate limit reached for images", "rate_limit_exceeded")
    return prompt


async def read_edit(family: Family, form: Form) -> tuple[list[Uploaded], Uploaded | None]:
    """The pictures of an edit, and the mask, which has the first one's size."""
    if not family.edits:
        raise invalid("model", "This model does not support image edits.", "invalid_value")
    files = form.named(*family.edits)
    if not files:
        raise invalid("image", "Missing required parameter: 'image'.", "missing_required_parameter")
    if len(files) > family.most_pictures:
        raise invalid("image", f"At most {family.most_pictures} images are supported.", "invalid_value")
    try:
        given = [await read_image(file.data) for file in files]
        masks = [await read_image(file.data) for file in form.named("mask")]
    except UnreadableError as error:
        raise invalid("image", f"Invalid image file: {error}", "invalid_image_file") from None
    if masks and masks[0].size != given[0].size:
        raise invalid("mask", "Invalid mask image size: must have the size of the image.", "invalid_mask_size")
    if masks and not masks[0].data.startswith(b"\x89PNG"):
        raise invalid("mask", "Invalid mask image format: must be a PNG.", "invalid_mask_format")
    return given, masks[0] if masks else None


def read_messages(messages: object) -> tuple[str, list[Any]]:
    """The words and the pictures of the last message of a chat."""
    last = messages[-1] if isinstance(messages, list) and messages and isinstance(messages[-1], dict) else {}
    content = last.get("content")
    if isinstance(content, str):
        return content, []
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    words = [str(part.get("text", "")) for part in parts if part.get("type") == "text"]
    return "\n".join(words), [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]


def task_id_of(task: EngineTask) -> str:
    """The id under which an asynchronous gateway tells of a task."""
    return f"task-unified-{task.id}" if has_magic(task.prompt, "pending") else f"task_{task.id}"


def pending(task: EngineTask, model: str) -> web.Response | None:
    """The answer of an asynchronous gateway, if the prompt asks for one: evolink's, HopBase's or apimart's."""
    task_id, prompt = task_id_of(task), task.prompt
    if has_magic(prompt, "pending"):
        told = {
            "created": int(task.clock.now()),
            "id": task_id,
            "model": model,
            "object": "image.generation.task",
            "progress": 0,
            "status": "pending",
            "task_info": {"can_cancel": True, "estimated_time": int(task.duration)},
            "type": "image",
            "usage": {"billing_rule": "per_call", "credits_reserved": 1.6},
        }
        return answer(told)
    if has_magic(prompt, "accepted"):
        return answer({"task_id": task_id}, 202)
    if has_magic(prompt, "listed"):
        return answer({"code": 200, "data": [{"status": "submitted", "task_id": task_id}]})
    return None


def state_of(task: EngineTask) -> tuple[str, int]:
    """A task's state in the words of such gateways, and its progress in percent."""
    states = {"SUBMITTED": "pending", "IN_PROGRESS": "processing", "SUCCESS": "completed", "FAILURE": "failed"}
    share = min(1.0, task.elapsed / task.duration) if task.duration else 1.0
    return states[task.status], 100 if task.status == "SUCCESS" else min(95, round(share * 100))


def reason_of(task: EngineTask) -> str:
    """Why a task failed."""
    return "The generation failed" if task.failure == "fail" else "content policy violation: 文本内容未通过审核"


def refusal_of(task: EngineTask) -> Declined:
    """The answer to a call that came to nothing."""
    return (
        unsafe()
        if task.failure == "unsafe"
        else openai_error(400, "The image could not be generated", "generation_failed")
    )


def unsafe() -> Declined:
    """The vendor's words for what its safety check refuses."""
    message = "Your request was rejected by the safety system. 文本内容未通过审核"
    error = {"message": message, "type": "image_generation_user_error", "param": None, "code": "moderation_blocked"}
    return Declined(400, {"error": error})
