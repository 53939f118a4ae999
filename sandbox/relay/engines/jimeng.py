"""Jimeng in the OpenAI format, synchronous and slow; some fal models answer there too (docs/relay.md 11)."""

import base64
import re
from typing import Any

from aiohttp import web
from typing_extensions import override

from sandbox.relay.engines.ledger import EngineFake, UnreadableError, is_number, openai_error, read_object
from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.prints import FAL, JIMENG, SIDE, printed, ratio_of, size_of
from sandbox.relay.prompts import banned_word, has_magic
from sandbox.relay.replies import answer

USUAL_S = 40.0
MAX_PICTURES = 10
MODELS = re.compile(r"(?:jimeng|fal-ai/|flux)(?!.*sandbox-missing)")
SIDES = {"1k": SIDE, "2k": 2 * SIDE, "4k": 4 * SIDE}


class Jimeng(EngineFake):
    """The one operation."""

    paths = ("/v1/",)

    @override
    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve it."""
        router.add_post("/v1/images/generations", self._generate)

    async def _generate(self, request: web.Request) -> web.Response:
        ledger, body = self._ledger, checked(await read_object(request))
        prompt, size, seed = body["prompt"], wanted_size(body), ledger.seed(body.get("seed"))
        try:
            given = [await ledger.picture(value) for value in body.get("image", [])]
        except UnreadableError as error:
            raise openai_error(400, f"image: {error}", "invalid_image") from None
        if has_magic(prompt, "full"):
            raise openai_error(429, "Rate limit reached for images", "rate_limit_exceeded")
        look = JIMENG if body["model"].startswith("jimeng") else FAL
        pictures = [printed(look, prompt, seed + number, size, given) for number in range(body.get("n", 1))]
        task = ledger.take(f"{look.label.upper()}_GENERATE", prompt, USUAL_S, pictures)
        await ledger.finish(task)
        if task.failure == "fail":
            raise openai_error(400, "The image could not be generated", "generation_failed")
        if task.failure == "unsafe":
            raise unsafe()
        in_base64 = body.get("response_format") == "b64_json" or has_magic(prompt, "b64")
        data: list[dict[str, Any]] = [
            {"b64_json": base64.b64encode(await ledger.gallery.png(picture)).decode()} if in_base64 else {"url": link}
            for picture, link in zip(task.pictures, task.links, strict=True)
        ]
        response = answer({"created": int(ledger.tasks.clock.now()), "data": data})
        if has_magic(prompt, "odd"):
            response.content_type = "text/plain"
        return response


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """A body that can be done; null counts as not given."""
    body = {name: value for name, value in body.items() if value is not None}
    model, prompt = body.get("model"), body.get("prompt")
    if not isinstance(model, str) or not MODELS.match(model):
        raise openai_error(503, f"No available channel for model {model} under group default", "model_not_found")
    if not isinstance(prompt, str) or not prompt.strip():
        raise openai_error(400, "prompt is required", "invalid_request")
    if not is_number(body.get("n", 1), 1, MAX_PICTURES):
        raise openai_error(400, f"n must be from 1 to {MAX_PICTURES}", "invalid_request")
    if body.get("response_format", "url") not in ("url", "b64_json"):
        raise openai_error(400, "response_format must be url or b64_json", "invalid_request")
    if not isinstance(body.get("image", []), list):
        raise openai_error(400, "image must be a list", "invalid_request")
    wanted_size(body)
    if banned_word(prompt):
        raise unsafe()
    return body


def wanted_size(body: dict[str, Any]) -> Size:
    """The pixels asked for: `1024x1024`, `1024*1024`, or a shape (`2:3`) with a resolution."""
    side = SIDES.get(str(body.get("resolution", "1k")).lower())
    if side is None:
        raise openai_error(400, f"resolution must be one of {', '.join(SIDES)}", "invalid_request")
    size = str(body.get("size", body.get("ratio", "1:1")))
    if match := re.fullmatch(r"(\d{3,4})[x*](\d{3,4})", size):
        pixels = int(match[1]), int(match[2])
        if all(256 <= pixel <= SIDES["4k"] for pixel in pixels):
            return pixels
    if ratio := ratio_of(size):
        return size_of(ratio, side)
    raise openai_error(400, f"The size {size} is not supported", "invalid_size")


def unsafe() -> Exception:
    """The policy's answer."""
    return openai_error(
        400, "The request was rejected by the safety system: 文本内容未通过审核", "content_policy_violation"
    )
