"""The submit operations: each reads its body, and asks the task store for a task."""

import asyncio
import re
from dataclasses import replace
from typing import Any

from aiohttp import web

from sandbox.relay.buttons import grid_buttons
from sandbox.relay.edits import edit
from sandbox.relay.films import FILMS, LARGEST_SET, MOTIONS, film
from sandbox.relay.gallery import Gallery
from sandbox.relay.intake import check_prompt, mode_of, read_body, read_picture, read_pictures, read_prompt
from sandbox.relay.operations import blend, imagine, swap_face
from sandbox.relay.orders import parse_custom_id
from sandbox.relay.painting.canvas import Colour, Size
from sandbox.relay.painting.palettes import main_colours
from sandbox.relay.painting.pictures import Grid, Picture
from sandbox.relay.painting.previews import Film
from sandbox.relay.painting.words import LINKS
from sandbox.relay.prompts import has_magic
from sandbox.relay.reading import describe, shorten
from sandbox.relay.replies import ACCEPTED, INVALID, NOT_FOUND, Refusal, envelope
from sandbox.relay.task_store import Answer, TaskStore, accepted, told
from sandbox.relay.tasks import Plan, Press

DIMENSIONS: dict[str, tuple[str, Size]] = {
    "PORTRAIT": ("2:3", (342, 512)),
    "SQUARE": ("1:1", (512, 512)),
    "LANDSCAPE": ("3:2", (512, 342)),
}
SIMPLE_CHANGE = re.compile(r"(\S+) ([UV])([1-4])|(\S+) (R)", re.IGNORECASE)


class Submits:
    """One method for each submit path."""

    def __init__(self, tasks: TaskStore, gallery: Gallery) -> None:
        self._tasks = tasks
        self._gallery = gallery

    def add_routes(self, router: web.UrlDispatcher, prefix: str) -> None:
        """Serve all of them behind a mode prefix."""
        for name, handler in {
            "submit/imagine": self._imagine,
            "submit/action": self._action,
            "submit/modal": self._modal,
            "submit/blend": self._blend,
            "submit/describe": self._describe,
            "submit/shorten": self._shorten,
            "submit/upload-discord-images": self._upload,
            "submit/change": self._change,
            "submit/simple-change": self._simple_change,
            "submit/video": self._video,
            "submit/edits": self._edits,
            "insight-face/swap": self._swap_face,
        }.items():
            router.add_post(f"{prefix}/mj/{name}", handler)

    async def _imagine(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        prompt = read_prompt(body)
        uploads = await read_pictures(body.get("base64Array"))
        # As the original does: references become links in front of the prompt.
        prompt = " ".join([*map(self._tasks.keep, uploads), prompt])
        plan = imagine(prompt, self._tasks.fresh_seed(), await self._tints(prompt))
        profile = self._tasks.profile
        code, description, result, properties = told(self._accept(request, body, plan), profile)
        # The introduction page shows a number here and strings elsewhere.
        return envelope(code, description, int(result) if profile.number_result else result, properties)

    async def _action(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        parent, custom_id = self._tasks.finished(body.get("taskId")), body.get("customId")
        if not custom_id:
            raise Refusal(INVALID, "customId不能为空", cause="custom_id")
        if not isinstance(custom_id, str) or custom_id not in [one["customId"] for one in parent.buttons]:
            raise Refusal(INVALID, f"unknown_action: {custom_id}", cause="button")
        mode = mode_of(request, "", parent.mode)
        wants_modal = body.get("enableRemix") is True
        if wants_modal and has_magic(parent.plan.prompt, "noremix"):  # TaskService.SubmitAction
            raise Refusal(INVALID, "当前账号不支持 remix，请开启 remix 功能")  # noqa: RUF001  (as it is written there)
        strong = body.get("strong")
        press = Press(parent, custom_id, strong if isinstance(strong, bool) else None)
        return self._press(press, mode, body, wants_modal=wants_modal)

    async def _modal(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        relay_task = self._tasks.tasks_by_id.get(str(body.get("taskId")))
        if relay_task is None:
            raise Refusal(NOT_FOUND, "关联任务不存在或已失效", cause="parent")
        prompt = str(body.get("prompt") or "").strip()
        check_prompt(prompt)
        mask = await read_picture(body["maskBase64"]) if body.get("maskBase64") else None
        return self._tell(self._tasks.answer_modal(relay_task, prompt, mask, body.get("state")))

    async def _video(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        prompt, motion = read_prompt(body), str(body.get("motion") or "low")
        count = body.get("batchSize", LARGEST_SET)
        if motion not in MOTIONS or count not in (1, 2, LARGEST_SET):
            raise Refusal(INVALID, "参数错误")
        if body.get("action") == "extend":
            parent = self._tasks.finished(body.get("taskId"))
            index = body.get("index")
            if not isinstance(index, int) or not 0 <= index < len(parent.plan.films):
                raise Refusal(INVALID, "index参数错误")
            first = replace(parent.plan.films[index], reach=FILMS[f"{MOTIONS[motion]}_extend"])
        else:
            end = await self._picture(body["endImage"]) if body.get("endImage") else None
            first = Film(await self._picture(body.get("image")), FILMS[MOTIONS[motion]], end=end)
        plan = film(first, prompt, self._tasks.fresh_seed(), count)
        if mode_of(request, prompt) == "turbo":
            plan = replace(plan, fail_reason="[Invalid parameter] Turbo mode isn't supported for video jobs")
        return self._tell(self._accept(request, body, plan))

    async def _edits(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        prompt, image = read_prompt(body), await self._picture(body.get("image"))
        mask = await read_picture(body["maskBase64"]) if body.get("maskBase64") else None
        return self._tell(self._accept(request, body, edit(image, mask, prompt, self._tasks.fresh_seed())))

    async def _picture(self, value: Any) -> Picture:
        """A picture as a data URL, or as an address of ours."""
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            picture = self._tasks.linked(value)
            if picture is None:
                raise Refusal(INVALID, "图片无法访问")
            return picture
        return await read_picture(value)

    async def _blend(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        uploads = await read_pictures(body.get("base64Array"), fewest=2)
        dimensions = body.get("dimensions", "SQUARE")
        if dimensions not in DIMENSIONS:
            raise Refusal(INVALID, "dimensions参数错误")
        ratio, size = DIMENSIONS[dimensions]
        prompt = " ".join([*map(self._tasks.keep, uploads), "--ar", ratio])
        return self._tell(self._accept(request, body, blend(uploads, size, prompt, self._tasks.fresh_seed())))

    async def _describe(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if body.get("link") and not body.get("base64"):
            picture = self._tasks.linked(str(body["link"]))
            if picture is None:
                raise Refusal(INVALID, "link 无法访问")
        else:
            picture = await read_picture(body.get("base64"))
        image = await asyncio.to_thread(self._gallery.pixels, picture)
        return self._tell(self._accept(request, body, describe(picture, image, self._tasks.fresh_seed())))

    async def _shorten(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        return self._tell(self._accept(request, body, shorten(read_prompt(body), self._tasks.fresh_seed())))

    async def _upload(self, request: web.Request) -> web.Response:
        uploads = await read_pictures((await read_body(request)).get("base64Array"), fewest=1)
        return envelope(ACCEPTED, "success", [self._tasks.keep(upload) for upload in uploads])

    async def _change(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        index, verb = body.get("index"), str(body.get("action"))
        # A gateway in front may want an index even for a reroll, and ignores it then.
        if index not in (1, 2, 3, 4) and (verb != "REROLL" or self._tasks.profile.wants_index):
            raise Refusal(INVALID, "index_is_required", cause="index")
        return self._changed(request, body, body.get("taskId"), verb, str(index))

    async def _simple_change(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        match = SIMPLE_CHANGE.fullmatch(str(body.get("content")))
        if match is None:
            raise Refusal(INVALID, "content参数错误")
        verb = {"U": "UPSCALE", "V": "VARIATION", "R": "REROLL"}[(match[2] or match[5]).upper()]
        return self._changed(request, body, match[1] or match[4], verb, match[3] or "1")

    async def _swap_face(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if not body.get("sourceBase64") or not body.get("targetBase64"):
            raise Refusal(INVALID, "base64格式错误", cause="faces")
        source, target = await read_picture(body.get("sourceBase64")), await read_picture(body.get("targetBase64"))
        if source.data == target.data:
            raise Refusal(INVALID, "两张图片不能相同")
        return self._tell(self._accept(request, body, swap_face(source, target, self._tasks.fresh_seed())))

    def _changed(self, request: web.Request, body: dict[str, Any], task_id: Any, verb: str, index: str) -> web.Response:
        parent = self._tasks.finished(task_id)
        name = {
            "UPSCALE": f"::upsample::{index}::",
            "VARIATION": f"::variation::{index}::",
            "REROLL": "::reroll::",
        }.get(verb)
        if name is None or not isinstance(parent.plan.picture, Grid):
            raise Refusal(INVALID, "action参数错误")
        custom_id = next(str(one["customId"]) for one in grid_buttons(parent.job) if name in str(one["customId"]))
        mode = mode_of(request, "", parent.mode)
        return self._press(Press(parent, custom_id), mode, body)

    def _press(self, press: Press, mode: str, body: dict[str, Any], *, wants_modal: bool = False) -> web.Response:
        answer = self._tasks.press(press, mode, body.get("state"), wants_modal=wants_modal)
        return self._tell(answer, parse_custom_id(press.custom_id)[0])

    def _tell(self, answer: Answer, verb: str = "") -> web.Response:
        return envelope(*told(answer, self._tasks.profile, verb))

    def _accept(self, request: web.Request, body: dict[str, Any], plan: Plan) -> Answer:
        answer = accepted(self._tasks.add(plan, mode_of(request, plan.prompt), body.get("state")))
        if has_magic(plan.prompt, "unknown"):  # as forks of new-api do, docs/relay.md 3.5
            raise Refusal(INVALID, "accepted_state_unknown; do not retry")
        return answer

    async def _tints(self, prompt: str) -> tuple[Colour, ...]:
        """The leading colour of each picture of ours that the prompt links to."""
        linked = [picture for link in LINKS.findall(prompt) if (picture := self._tasks.linked(link))]
        images = [await asyncio.to_thread(self._gallery.pixels, picture) for picture in linked]
        return tuple(main_colours(image, 1)[0] for image in images)
