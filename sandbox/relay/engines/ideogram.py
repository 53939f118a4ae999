"""ideogram: synchronous calls; the old ones, JSON to generate and multipart for the rest (docs/relay.md 9), and 3."""

import asyncio
import json
import re
from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.ideogram_answers import answered, check_room, now
from sandbox.relay.engines.ideogram_v3 import VENDOR, IdeogramV3
from sandbox.relay.engines.ledger import (
    MAX_SEED,
    EngineFake,
    EngineLedger,
    EngineTask,
    UnreadableError,
    is_number,
    openai_error,
    read_image,
    read_object,
)
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.pictures import Picture, Uploaded, Upscaled
from sandbox.relay.painting.prints import IDEOGRAM, printed, ratio_of, size_of
from sandbox.relay.painting.words import plain
from sandbox.relay.prompts import banned_word
from sandbox.relay.reading import describe as describe_plan
from sandbox.relay.reading import picked_line
from sandbox.relay.replies import answer
from sandbox.wire import read_form

GENERATE_S, UPSCALE_S, DESCRIBE_S = 20.0, 30.0, 10.0
MAX_ENLARGED_SIDE = 2048  # pixels; a larger picture keeps its size
RATIOS = ("10_16", "16_10", "9_16", "16_9", "3_2", "2_3", "4_3", "3_4", "1_1", "1_3", "3_1")
ENUMS = {
    "aspect_ratio": tuple(f"ASPECT_{ratio}" for ratio in RATIOS),
    "model": ("V_1", "V_1_TURBO", "V_2", "V_2_TURBO", "V_2A", "V_2A_TURBO"),
    "magic_prompt_option": ("AUTO", "ON", "OFF"),
    "style_type": ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "RENDER_3D", "ANIME"),
}
RANGES = {
    "seed": (0, MAX_SEED),
    "num_images": (1, 8),
    "image_weight": (1, 100),
    "resemblance": (0, 100),
    "detail": (0, 100),
}


class Ideogram(EngineFake):
    """The four old operations, and those of version 3."""

    paths = ("/ideogram/", VENDOR)
    key_header = "Api-Key"

    def __init__(self, ledger: EngineLedger) -> None:
        super().__init__(ledger)
        self._v3 = IdeogramV3(ledger)

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them."""
        router.add_post("/ideogram/generate", self._generate)
        router.add_post("/ideogram/remix", self._remix)
        router.add_post("/ideogram/upscale", self._upscale)
        router.add_post("/ideogram/describe", self._describe)
        self._v3.add_routes(router)

    async def _generate(self, request: web.Request) -> web.Response:
        wanted = checked((await read_object(request)).get("image_request"), needs_prompt=True)
        return await self._painted("GENERATE", wanted)

    async def _remix(self, request: web.Request) -> web.Response:
        image, text = await read_parts(request)
        return await self._painted("REMIX", checked(as_object(text), needs_prompt=True), image)

    async def _upscale(self, request: web.Request) -> web.Response:
        image, text = await read_parts(request)
        wanted = checked(as_object(text))
        factor = 2 if max(image.size) <= MAX_ENLARGED_SIDE else 1
        is_creative = wanted.get("detail", 50) >= 50
        pictures = [Upscaled(image, is_creative, factor)] * wanted.get("num_images", 1)
        check_room(self._ledger, wanted["prompt"])
        task = self._ledger.take("IDEOGRAM_UPSCALE", wanted["prompt"], UPSCALE_S, pictures)
        return await self._answered(task, wanted, self._ledger.seed(wanted.get("seed")))

    async def _describe(self, request: web.Request) -> web.Response:
        image, _ = await read_parts(request)
        check_room(self._ledger, "")
        task = self._ledger.take("IDEOGRAM_DESCRIBE", "", DESCRIBE_S)
        pixels = await asyncio.to_thread(self._ledger.gallery.pixels, image)
        text = describe_plan(image, pixels, self._ledger.seed()).text
        lines = [plain(picked_line(text, str(number)) or "") for number in range(1, 5)]
        await self._ledger.finish(task)
        if self._ledger.is_wrapping:
            return answer({"created": now(self._ledger), "data": [{"prompt": line, "url": ""} for line in lines]})
        return answer({"descriptions": [{"text": line} for line in lines]})

    async def _painted(self, action: str, wanted: dict[str, Any], given: Uploaded | None = None) -> web.Response:
        check_room(self._ledger, wanted["prompt"])
        prompt, seed = wanted["prompt"], self._ledger.seed(wanted.get("seed"))
        size, weight = wanted_size(wanted), wanted.get("image_weight", 50) / 100
        pictures: list[Picture] = [
            printed(IDEOGRAM, prompt, seed + number, size, [given] if given else [], weight)
            for number in range(wanted.get("num_images", 1))
        ]
        task = self._ledger.take(f"IDEOGRAM_{action}", prompt, GENERATE_S, pictures)
        return await self._answered(task, wanted, seed)

    async def _answered(self, task: EngineTask, wanted: dict[str, Any], seed: int) -> web.Response:
        magic_prompt, style = wanted.get("magic_prompt_option", "AUTO"), wanted.get("style_type")
        return await answered(self._ledger, task, magic_prompt=magic_prompt, style_type=style, seed=seed)


async def read_parts(request: web.Request) -> tuple[Uploaded, str | None]:
    """The picture of a multipart body, and the text beside it."""
    if request.content_type != "multipart/form-data":
        raise openai_error(400, "Expected multipart/form-data", "bad_request")
    try:
        form = await read_form(request)
        image = await read_image(form.files["image_file"].data)
    except KeyError:
        raise openai_error(400, "image_file is required", "bad_request") from None
    except UnreadableError as error:
        raise openai_error(400, f"image_file: {error}", "bad_request") from None
    return image, form.fields.get("image_request")


def as_object(text: str | None) -> Any:
    """The JSON in a form field; None when there is none."""
    try:
        return json.loads(text or "")
    except ValueError:
        return None


def checked(raw: Any, *, needs_prompt: bool = False) -> dict[str, Any]:
    """An `image_request` that can be done; null counts as not given."""
    if not isinstance(raw, dict):
        raise openai_error(400, "image_request is required", "bad_request")
    wanted: dict[str, Any] = {name: value for name, value in raw.items() if value is not None}
    prompt = wanted.setdefault("prompt", "")
    if not isinstance(prompt, str) or (needs_prompt and not prompt.strip()):
        raise openai_error(400, "prompt is required", "bad_request")
    for name, values in ENUMS.items():
        if name in wanted and wanted[name] not in values:
            raise openai_error(400, f"{name} must be one of {', '.join(values)}", "bad_request")
    for name, (low, high) in RANGES.items():
        if name in wanted and not is_number(wanted[name], low, high):
            raise openai_error(400, f"{name} must be a whole number from {low} to {high}", "bad_request")
    if "aspect_ratio" in wanted and "resolution" in wanted:
        raise openai_error(400, "aspect_ratio and resolution cannot be used together", "bad_request")
    wanted_size(wanted)
    if banned_word(prompt):
        raise openai_error(422, "Prompt provided failed safety check due to its content", "policy_violation")
    return wanted


def wanted_size(wanted: dict[str, Any]) -> Size:
    """The pixels that the shape or the resolution comes to."""
    if "resolution" not in wanted:
        return size_of(ratio_of(str(wanted.get("aspect_ratio", "ASPECT_1_1")).removeprefix("ASPECT_")) or 1)
    match = re.fullmatch(r"RESOLUTION_(\d{3,4})_(\d{3,4})", str(wanted["resolution"]))
    if match is None or not all(512 <= int(side) <= 1536 for side in match.groups()):
        raise openai_error(400, "resolution must be one of RESOLUTION_512_1536 to RESOLUTION_1536_640", "bad_request")
    if wanted.get("model", "V_2") not in ("V_2", "V_2_TURBO"):
        raise openai_error(400, "resolution is only supported by V_2", "bad_request")
    return int(match[1]), int(match[2])
