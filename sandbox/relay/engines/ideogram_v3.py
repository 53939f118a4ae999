"""Ideogram 3 (docs/relay.md 9.4): the vendor's forms, and the JSON of gateways, at both their addresses.

Sources: the vendor's reference of `/v1/ideogram-v3/...` (developer.ideogram.ai/v1/api-reference); the pages of gateways
with the same below `/ideogram` (docs.crazyrouter.com/images/ideogram/v3, apifox pages of V-API and yunwu).
"""

import base64
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from sandbox.relay.engines.ideogram_answers import answered, check_room
from sandbox.relay.engines.ledger import (
    MAX_SEED,
    EngineLedger,
    UnreadableError,
    is_number,
    openai_error,
    read_image,
    read_object,
)
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.edits import BeforeAnother, ByMask, Framed, beyond, centred_box, fresh
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.prints import IDEOGRAM, printed, ratio_of, size_of
from sandbox.relay.prompts import banned_word
from sandbox.wire import read_form

SECONDS = {"FLASH": 6.0, "TURBO": 10.0, "DEFAULT": 20.0, "QUALITY": 40.0}
GATEWAY, VENDOR = "/ideogram/v1/ideogram-v3/", "/v1/ideogram-v3/"
OPERATIONS = ("generate", "edit", "inpaint", "remix", "reframe", "replace-background")
RATIOS = ("1x3", "3x1", "1x2", "2x1", "9x16", "16x9", "10x16", "16x10", "2x3", "3x2", "3x4", "4x3", "4x5", "5x4", "1x1")
RESOLUTIONS = re.findall(
    r"\d+x\d+",
    """512x1536 576x1408 576x1472 576x1536 640x1344 640x1408 640x1472 640x1536 704x1152 704x1216 704x1280 704x1344
    704x1408 704x1472 736x1312 768x1088 768x1216 768x1280 768x1344 800x1280 832x960 832x1024 832x1088 832x1152 832x1216
    832x1248 864x1152 896x960 896x1024 896x1088 896x1120 896x1152 960x832 960x896 960x1024 960x1088 1024x832 1024x896
    1024x960 1024x1024 1088x768 1088x832 1088x896 1088x960 1120x896 1152x704 1152x832 1152x864 1152x896 1216x704
    1216x768 1216x832 1248x832 1280x704 1280x768 1280x800 1312x736 1344x640 1344x704 1344x768 1408x576 1408x640 1408x704
    1472x576 1472x640 1472x704 1536x512 1536x576 1536x640""",
)
WORDS = {
    "rendering_speed": tuple(SECONDS),
    "magic_prompt": ("AUTO", "ON", "OFF"),
    "style_type": ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION"),
}
RANGES = {"seed": (0, MAX_SEED), "num_images": (1, 8), "image_weight": (1, 100)}
STYLE_CODE = re.compile(r"[0-9A-Fa-f]{8}")
REFERENCES = ("style_reference_images", "character_reference_images")
REFERENCE_WEIGHT = 0.3


class Call(NamedTuple):
    """A call as it was read: its words, and its pictures by the name of their field."""

    words: dict[str, Any]
    pictures: Mapping[str, list[Picture]]

    def one(self, name: str) -> Picture:
        """The picture that there must be."""
        if not self.pictures.get(name):
            raise openai_error(400, f"{name} is required", "bad_request")
        return self.pictures[name][0]


class IdeogramV3:
    """The operations of version 3."""

    def __init__(self, ledger: EngineLedger) -> None:
        self._ledger = ledger

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them at both addresses."""
        names = "|".join(OPERATIONS)
        for root in (GATEWAY, VENDOR):
            router.add_post(f"{root}{{operation:{names}}}", self._paint)

    async def _paint(self, request: web.Request) -> web.Response:
        operation = request.match_info["operation"]
        is_gateway = request.path.startswith(GATEWAY)
        call = checked(await self._read(request, operation, is_gateway=is_gateway), operation)
        words = call.words
        prompt, seed = words["prompt"], self._ledger.seed(words.get("seed"))
        check_room(self._ledger, prompt)
        pictures = [painted(operation, call, seed + number) for number in range(words.get("num_images", 1))]
        action = f"IDEOGRAM_V3_{operation.upper().replace('-', '_')}"
        task = self._ledger.take(action, prompt, SECONDS[words.get("rendering_speed", "DEFAULT")], pictures)
        magic_prompt, style = words.get("magic_prompt", "AUTO"), words.get("style_type", "GENERAL")
        return await answered(self._ledger, task, magic_prompt=magic_prompt, style_type=style, seed=seed)

    async def _read(self, request: web.Request, operation: str, *, is_gateway: bool) -> Call:
        """A form, or JSON: of the vendor only to generate without pictures, of gateways always."""
        if request.content_type == "multipart/form-data":
            return await read_call(request)
        if not is_gateway and operation != "generate":
            raise openai_error(400, "Expected multipart/form-data", "bad_request")
        return await self._read_json(await read_object(request))

    async def _read_json(self, body: dict[str, Any]) -> Call:
        words = {name: value for name, value in body.items() if value is not None}
        words.pop("model", None)
        if "magic_prompt_option" in words:
            words["magic_prompt"] = words.pop("magic_prompt_option")
        ratio = str(words.get("aspect_ratio", ""))
        if ratio.startswith("ASPECT_"):
            words["aspect_ratio"] = ratio.removeprefix("ASPECT_").replace("_", "x")
        pictures: dict[str, list[Picture]] = {}
        for name in ("image", "mask", *REFERENCES):
            values = words.pop(name, [])
            pictures[name] = [
                await self._given(name, one) for one in (values if isinstance(values, list) else [values])
            ]
        return Call(words, pictures)

    async def _given(self, name: str, value: Any) -> Picture:
        """A picture as an address, a data URL, or raw base64."""
        try:
            if isinstance(value, str) and not value.startswith(("http", "data:")):
                return await read_image(base64.b64decode(value, validate=True))
            return await self._ledger.picture(value)
        except (UnreadableError, ValueError) as error:
            raise openai_error(400, f"{name}: {error}", "bad_request") from None


async def read_call(request: web.Request) -> Call:
    """The words and pictures of a form; a name may stand there several times."""
    form = await read_form(request)
    words: dict[str, Any] = {name: value for name, value in form.fields.items() if name != "style_codes"}
    for name in RANGES:
        if str(words.get(name, "")).isdigit():
            words[name] = int(words[name])
    if codes := [text for name, text in form.texts if name in ("style_codes", "style_codes[]")]:
        words["style_codes"] = codes
    pictures: dict[str, list[Picture]] = {}
    for name, file in form.parts:
        try:
            pictures.setdefault(name, []).append(await read_image(file.data))
        except UnreadableError as error:
            raise openai_error(400, f"{name}: {error}", "bad_request") from None
    return Call(words, pictures)


def checked(call: Call, operation: str) -> Call:
    """A call that can be done."""
    words = call.words
    prompt = words.setdefault("prompt", "")
    if not isinstance(prompt, str) or (operation != "reframe" and not prompt.strip()):
        raise openai_error(400, "prompt is required", "bad_request")
    for name, values in (WORDS | {"aspect_ratio": RATIOS, "resolution": tuple(RESOLUTIONS)}).items():
        if name in words and words[name] not in values:
            raise openai_error(400, f"{name} must be one of {', '.join(values)}", "bad_request")
    for name, (low, high) in RANGES.items():
        if name in words and not is_number(words[name], low, high):
            raise openai_error(400, f"{name} must be a whole number from {low} to {high}", "bad_request")
    check_together(call, operation)
    if banned_word(prompt):
        raise openai_error(422, "Prompt provided failed safety check due to its content", "policy_violation")
    return call


def check_together(call: Call, operation: str) -> None:
    """Refuse what cannot go together, and pictures that are missing."""
    words = call.words
    if "aspect_ratio" in words and "resolution" in words:
        raise openai_error(400, "aspect_ratio and resolution cannot be used together", "bad_request")
    if operation == "reframe" and "resolution" not in words:
        raise openai_error(400, "resolution is required", "bad_request")
    codes = words.get("style_codes", [])
    if not isinstance(codes, list) or not all(STYLE_CODE.fullmatch(str(code)) for code in codes):
        raise openai_error(400, "style_codes must be 8 character hexadecimal codes", "bad_request")
    if codes and ("style_type" in words or call.pictures.get("style_reference_images")):
        raise openai_error(400, "style_codes cannot be used with style_type or style_reference_images", "bad_request")
    if operation != "generate":
        call.one("image")
    if operation in ("edit", "inpaint") and call.one("mask").size != call.one("image").size:
        raise openai_error(400, "mask must have the size of the image", "bad_request")


def painted(operation: str, call: Call, seed: int) -> Picture:
    """What an operation comes to. What it does not change stays as it is, pixel by pixel."""
    prompt = call.words["prompt"]
    references = [one for name in REFERENCES for one in call.pictures.get(name, [])]
    match operation:
        case "generate":
            return printed(IDEOGRAM, prompt, seed, wanted_size(call.words), references, REFERENCE_WEIGHT)
        case "remix":
            weight = call.words.get("image_weight", 50) / 100
            given = [call.one("image"), *references]
            return printed(IDEOGRAM, prompt, seed, wanted_size(call.words), given, weight)
        case "reframe":
            image, size = call.one("image"), wanted_size(call.words)
            box = centred_box(image.size, size)
            return Framed(size, image, box, beyond(image, size, box))
        case "replace-background":
            image = call.one("image")
            return BeforeAnother(image.size, image, fresh("ideogram", prompt, seed, image.size))
        case _:
            image = call.one("image")
            return ByMask(image.size, image, fresh("ideogram", prompt, seed, image.size), call.one("mask"))


def wanted_size(words: Mapping[str, Any]) -> Size:
    """The pixels that the shape or the resolution comes to."""
    if "resolution" in words:
        wide, _, high = str(words["resolution"]).partition("x")
        return int(wide), int(high)
    return size_of(ratio_of(str(words.get("aspect_ratio", "1x1")).replace("x", ":")) or 1)
