"""Jimeng as iptag/jimeng-api serves it: synchronous and slow, no `size`, pictures at paths of their own.

Shapes, sizes and texts are those of its `src/api/routes/images.ts`, `consts/common.ts`, `consts/exceptions.ts` and
`lib/response/FailureBody.ts` (docs/relay.md 11). A gateway stands in front, which knows channels and crowds.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.ledger import (
    Declined,
    EngineFake,
    UnreadableError,
    is_number,
    openai_error,
    read_image,
    read_object,
)
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.prints import JIMENG, printed
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer
from sandbox.wire import read_form

USUAL_S = 40.0
MAX_PICTURES = 10
MODELS = re.compile(r"(?:jimeng|nanobanana)(?!.*sandbox-missing)")
REFUSED_FIELDS = ("size", "width", "height")
# RESOLUTION_OPTIONS, the first of each two sides the wider shape's.
RESOLUTIONS: Mapping[str, Mapping[str, Size]] = {
    "1k": {"1:1": (1328, 1328), "4:3": (1472, 1104), "16:9": (1664, 936), "3:2": (1584, 1056), "21:9": (2016, 864)},
    "2k": {"1:1": (2048, 2048), "4:3": (2304, 1728), "16:9": (2560, 1440), "3:2": (2496, 1664), "21:9": (3024, 1296)},
    "4k": {"1:1": (4096, 4096), "4:3": (4608, 3456), "16:9": (5120, 2880), "3:2": (4992, 3328), "21:9": (6048, 2592)},
}
# mapSizeToRatio: what the OpenAI side of it, /edits, makes of a size.
EDIT_RATIOS = {"1024x1024": "1:1", "1536x1024": "3:2", "1024x1536": "2:3", "auto": "16:9"}
STATUSES = {-1000: 500, -1001: 400, -2000: 400, -2006: 400, -2007: 500, -2009: 402}  # mapErrorCodeToHttpStatus


class Jimeng(EngineFake):
    """Its three operations. The paths that others have too are served by `sandbox.relay.engines.openai`."""

    paths = ("/v1/images/compositions",)

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve the path that nobody else has."""
        router.add_post("/v1/images/compositions", self._compose)

    async def generate(self, body: dict[str, Any]) -> web.Response:
        """POST /v1/images/generations: whatever pictures are sent along are not looked at."""
        refuse_fields(body, REFUSED_FIELDS, "ratio 和 resolution 参数控制图像尺寸")
        return await self._painted("GENERATE", checked(body), size_of(body), [])

    async def _compose(self, request: web.Request) -> web.Response:
        if request.content_type == "multipart/form-data":
            form = await read_form(request)
            body: dict[str, Any] = dict(form.fields)
            given: list[Picture] = [await read_image(file.data) for file in form.named("images")]
            if not given:
                raise failure(-1000, "在form-data中缺少 'images' 字段")
        else:
            body = await read_object(request)
            if not isinstance(body.get("images"), list):
                raise failure(-2000, "Params body.images invalid")
            given = await self._given(body["images"])
        refuse_fields(body, REFUSED_FIELDS, "ratio 和 resolution 参数控制图像尺寸")
        body = checked(body)
        if not given:
            raise failure(-1000, "至少需要提供1张输入图片")
        if len(given) > MAX_PICTURES:
            raise failure(-1000, f"最多支持{MAX_PICTURES}张输入图片")
        more = {"input_images": len(given), "composition_type": "multi_image_synthesis"}
        return await self._painted("COMPOSE", body, size_of(body), given, more)

    async def edit(self, fields: Mapping[str, str], given: Sequence[Picture]) -> web.Response:
        """POST /v1/images/edits, its OpenAI side: a size becomes a ratio, a mask is not looked at."""
        refuse_fields(fields, ("width", "height"), "size 参数控制图像尺寸")
        body = checked({name: value for name, value in fields.items() if name != "n"})
        if not given:
            raise failure(-1000, NO_PICTURE)
        shape = {"ratio": EDIT_RATIOS.get(str(body.get("size", "1024x1024")), "1:1"), "resolution": "2k"}
        return await self._painted("EDIT", body, size_of(shape), given)

    async def _given(self, values: Sequence[Any]) -> list[Picture]:
        try:
            return [await self._ledger.picture(one.get("url") if isinstance(one, dict) else one) for one in values]
        except UnreadableError as error:
            raise failure(-2003, f"远程文件URL非法: {error}", 400) from None

    async def _painted(
        self, kind: str, body: Mapping[str, Any], size: Size, given: Sequence[Picture], more: Mapping[str, Any] = {}
    ) -> web.Response:
        ledger, prompt = self._ledger, body["prompt"]
        if has_magic(prompt, "full"):
            raise openai_error(429, "Rate limit reached for images", "rate_limit_exceeded")
        if has_magic(prompt, "poor"):
            raise failure(-2009, "即梦积分不足")
        seed = ledger.seed(body.get("seed"))
        pictures = [printed(JIMENG, prompt, seed + number, size, given) for number in range(body.get("n", 1))]
        task = ledger.take(f"JIMENG_{kind}", prompt, USUAL_S, pictures)
        await ledger.finish(task)
        if task.failure:
            raise failure(*((-2007, "图像生成失败") if task.failure == "fail" else (-2006, UNSAFE)))
        in_base64 = body.get("response_format") == "b64_json" or has_magic(prompt, "b64")
        data: list[dict[str, Any]] = [
            {"b64_json": base64.b64encode(await ledger.gallery.png(picture)).decode()} if in_base64 else {"url": link}
            for picture, link in zip(task.pictures, task.links, strict=True)
        ]
        response = answer({"created": int(ledger.tasks.clock.now()), "data": data, **more})
        if has_magic(prompt, "odd"):
            response.content_type = "text/plain"
        return response


NO_PICTURE = "缺少必需的 'image' 参数（支持上传文件或表单 URL 字段）"  # noqa: RUF001 - its own words
UNSAFE = "内容由于合规问题已被阻止生成"


def failure(code: int, message: str, status: int | None = None) -> Declined:
    """A refusal as its FailureBody has it."""
    return Declined(status or STATUSES[code], {"code": code, "message": message, "data": None})


def refuse_fields(body: Mapping[str, Any], fields: Sequence[str], instead: str) -> None:
    """Refuse what it does not know of a size."""
    if found := [name for name in fields if name in body]:
        raise failure(-1000, f"不支持的参数: {', '.join(found)}。请使用 {instead}。")


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body that can be done; null counts as not given."""
    body = {name: value for name, value in body.items() if value is not None}
    model, prompt = body.get("model", "jimeng-4.0"), body.get("prompt")
    if not isinstance(model, str) or not MODELS.match(model):
        raise openai_error(503, f"No available channel for model {model} under group default", "model_not_found")
    if not isinstance(prompt, str) or not prompt.strip():
        raise failure(-2000, "Params body.prompt invalid")
    for name in ("ratio", "resolution", "negative_prompt", "response_format"):
        if not isinstance(body.get(name, ""), str):
            raise failure(-2000, f"Params body.{name} invalid")
    if not is_number(body.get("n", 1), 1, MAX_PICTURES):
        body["n"] = 1  # a field that it does not have
    if banned_word(prompt):
        raise failure(-2006, UNSAFE)
    return dict(body)


def size_of(body: Mapping[str, Any]) -> Size:
    """The pixels of a ratio and a resolution."""
    resolution, ratio = str(body.get("resolution", "2k")), str(body.get("ratio", "1:1"))
    if resolution not in RESOLUTIONS:
        raise failure(-1000, f'不支持的分辨率 "{resolution}"。支持的分辨率: {", ".join(RESOLUTIONS)}')
    wide, _, high = ratio.partition(":")
    shapes = RESOLUTIONS[resolution]
    if ratio in shapes:
        return shapes[ratio]
    if f"{high}:{wide}" in shapes and ratio != "9:21":
        return shapes[f"{high}:{wide}"][1], shapes[f"{high}:{wide}"][0]
    told = f'在 "{resolution}" 分辨率下，不支持的比例 "{ratio}"。支持的比例: {", ".join(shapes)}'  # noqa: RUF001 - as above
    raise failure(-1000, told)
