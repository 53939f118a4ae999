"""What is sent to Midjourney's side of the relay: the path and the body of every submit. Source: docs/relay.md 2."""

from collections.abc import Sequence
from typing import Any

from bot.domain.custom_ids import CHANGE, EDIT_REGION, MORE, Family, parse
from bot.domain.engine import PictureSource
from bot.domain.job import Job
from bot.domain.requests import Action, Animate, Blend, Describe, Edit, EngineRequest, FaceSwap, Imagine, Mode, Shorten
from bot.errors import PictureError
from bot.language import _
from bot.prompts import parse as read_prompt
from bot.relay.http import Base64, RelayHttp, data_url
from bot.relay.midjourney_answers import read_upload

DEFAULT_BOT = "MID_JOURNEY"
NO_PICTURE = _("This needs a picture. Please add one.")


class SubmitBodies:
    """Builds submits; pictures go as data URLs, or are uploaded where an address is wanted."""

    def __init__(self, http: RelayHttp, pictures: PictureSource) -> None:
        self._http = http
        self._pictures = pictures

    async def build(self, job: Job) -> tuple[str, dict[str, Any]]:
        """Return path (without the mode) and body of a job's submit.

        Raises:
            RelayError: the relay gives no addresses for its pictures.
            PictureError: one of them is gone, or was never sent.
        """
        match job.request:
            case Imagine(prompt=prompt, pictures=keys, references=references):
                plain, referred = keys[: len(keys) - len(references)], keys[len(keys) - len(references) :]
                addresses = await self.upload(referred)
                pointers = [f"{flag} {url}" for flag, url in zip(references, addresses, strict=True)]
                return "/mj/submit/imagine", await self.imagine(" ".join([prompt, *pointers]), plain)
            case Blend(pictures=keys, dimensions=dimensions):
                images = [await self._data_url(key) for key in keys]
                return "/mj/submit/blend", {"base64Array": images, "dimensions": dimensions, "botType": DEFAULT_BOT}
            case Describe(pictures=keys):
                return "/mj/submit/describe", {"base64": await self._data_url(keys[0]), "botType": DEFAULT_BOT}
            case Shorten(prompt=prompt):
                return "/mj/submit/shorten", {"prompt": prompt, "botType": bot_type(prompt)}
            case FaceSwap(pictures=keys):
                source, target = [await self._data_url(key) for key in keys]
                return "/mj/insight-face/swap", {"sourceBase64": source, "targetBase64": target}
            case Animate():
                return "/mj/submit/video", await self._video_body(job.request)
            case Edit(plain_and_mask=(keys, mask), shape=shape, prompt=prompt):
                return "/mj/submit/edits", await self._edit_body(prompt, next(iter(keys), ""), mask, shape)
            case Action(button=button, source=source, answer=answer, prompt=prompt, pictures=keys) if (
                button.custom_id == EDIT_REGION
            ):
                return "/mj/submit/edits", await self._edit_body(answer or prompt, source, keys[0] if keys else "")
            case Action(answer=answer, prompt=prompt, pictures=masks) if job.task_id is not None:
                # A blank prompt would mean different things to different relays, so it is always said.
                body = {"taskId": job.task_id, "prompt": answer or prompt}
                return "/mj/submit/modal", body | ({"maskBase64": await self._data_url(masks[0])} if masks else {})
            case Action():
                return _press(job.request)
            case EngineRequest():
                raise TypeError(f"{job.request.name} is not a request for Midjourney")

    async def imagine(self, prompt: str, keys: Sequence[str]) -> dict[str, Any]:
        """Return the body of an imagine with pictures to go by."""
        body: dict[str, Any] = {"botType": bot_type(prompt), "prompt": prompt}
        return body | ({"base64Array": [await self._data_url(key) for key in keys]} if keys else {})

    async def _edit_body(self, prompt: str, picture: str, mask: str, shape: str = "") -> dict[str, Any]:
        if not picture:
            raise PictureError(NO_PICTURE)
        canvas = data_url(await self._pictures.edit_canvas(picture, mask=mask, shape=shape))
        body: dict[str, Any] = {"prompt": f"{prompt} --ar {shape}" if shape else prompt, "image": canvas}
        # Some read what can be seen through, others the mask, which has to be of the same size.
        return body | ({"maskBase64": await self._data_url(mask)} if mask and not shape else {})

    async def _video_body(self, request: Animate) -> dict[str, Any]:
        if request.extends:
            extended = {"action": "extend", "taskId": request.extends, "index": 0}
            return {"prompt": request.prompt, "motion": request.motion} | extended
        if not request.pictures:
            raise PictureError(NO_PICTURE)
        start, *ends = [await self._data_url(key) for key in request.pictures]
        body = {
            "prompt": request.prompt,
            "image": start,
            "motion": request.motion,
            "loop": request.loop,
            "batchSize": request.count,
            "botType": DEFAULT_BOT,
        }
        return body | ({"endImage": ends[0]} if ends else {})

    async def _data_url(self, key: str) -> Base64:
        return data_url(await self._pictures.read(key))

    async def upload(self, keys: Sequence[str]) -> list[str]:
        """Upload kept pictures; return their addresses, in their order.

        Raises:
            RelayError: the relay does not give any.
        """
        if not keys:
            return []
        images = [await self._data_url(key) for key in keys]
        answer = await self._http.submit("/mj/submit/upload-discord-images", {"base64Array": images})
        return read_upload(answer, len(keys))


def prefix(mode: Mode | None) -> str:
    """Return what stands in front of /mj for a mode. Source: docs/relay.md 1.2."""
    return f"/mj-{mode}" if mode else ""


def bot_type(prompt: str) -> str:
    """Return the bot that a prompt is for: niji when it says so."""
    return "NIJI_JOURNEY" if read_prompt(prompt).find("niji") else DEFAULT_BOT


def _press(request: Action) -> tuple[str, dict[str, Any]]:
    """The call for a button: ours drive the older change operation, the relay's own go back as they came."""
    parent, custom_id = request.parent_task_id, request.button.custom_id.removeprefix(MORE)
    start, _, rest = custom_id.partition("::")
    if start != CHANGE:
        body: dict[str, Any] = {"taskId": parent, "customId": custom_id}
        if request.answer is not None and parse(custom_id).is_remixable:
            body["enableRemix"] = True  # else a relay that is not in remix mode would paint the parent's prompt
        return "/mj/submit/action", body if request.strong is None else body | {"strong": request.strong}
    action, _, index = rest.partition("::")
    # Some relays want the index even where it means nothing.
    return "/mj/submit/change", {"taskId": parent, "action": action, "index": int(index)}


def short_change(custom_id: str) -> str:
    """U2, V3 or R: how simple-change says it."""
    kind = parse(custom_id)
    return "R" if kind.family is Family.REROLL else f"{kind.verb[:1].upper()}{kind.index}"
