"""Checks of what comes in: JSON bodies, prompts, and pictures as data URLs."""

import asyncio
import base64
import binascii
import io
import json
import re
from typing import Any

from aiohttp import web
from PIL import Image

from sandbox.relay.painting.pictures import Uploaded
from sandbox.relay.prompts import SPEED_FLAGS, banned_word, has_magic
from sandbox.relay.replies import BANNED, FULL, INVALID, Refusal

MAX_IMAGES = 5
MAX_IMAGE_BYTES = 2**20
MAX_PIXELS = 40_000_000
MAX_STATE = 255  # characters
DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,(.+)", re.DOTALL)


async def read_body(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refusal(INVALID, "请求参数错误") from None
    if not isinstance(body, dict):
        raise Refusal(INVALID, "请求参数错误")
    if len(str(body.get("state") or "")) > MAX_STATE:
        raise Refusal(INVALID, f"state 长度不能超过 {MAX_STATE}")
    return body


def read_prompt(body: dict[str, Any]) -> str:
    """The prompt of a body; refuses blank ones, banned words, and asks for a full queue."""
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal(INVALID, "prompt不能为空", cause="prompt")
    check_prompt(prompt)
    return prompt.strip()


def check_prompt(prompt: str) -> None:
    """Refuse a prompt with a banned word, or with the magic words for a quoting refusal and a full queue."""
    if word := banned_word(prompt):
        raise Refusal(BANNED, "可能包含敏感词", promptEn=prompt.strip(), bannedWord=word)
    if has_magic(prompt, "quote"):
        raise Refusal(INVALID, f"参数错误: {prompt}")
    if has_magic(prompt, "full"):
        raise Refusal(FULL, "队列已满,请稍后尝试")


def mode_of(request: web.Request, prompt: str, inherited: str = "fast") -> str:
    """Relax, fast or turbo: the path decides, then the prompt, then the parent."""
    if match := re.match(r"/mj-(relax|fast|turbo)/", request.path):
        return match[1]
    flag = SPEED_FLAGS.search(prompt)
    return flag[1] if flag else inherited


async def read_pictures(values: Any, *, fewest: int = 0, most: int = MAX_IMAGES) -> tuple[Uploaded, ...]:
    """Data URLs, checked and measured."""
    if values is None:
        values = []
    if not isinstance(values, list) or not fewest <= len(values) <= most:
        raise Refusal(INVALID, f"base64Array 数量必须在 {fewest} 到 {most} 之间")
    return tuple([await read_picture(value) for value in values])


async def read_picture(value: Any) -> Uploaded:
    """One data URL as a picture."""
    match = DATA_URL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Refusal(INVALID, "base64格式错误")
    try:
        data = base64.b64decode(match[1], validate=True)
    except binascii.Error:
        raise Refusal(INVALID, "base64格式错误") from None
    if len(data) > MAX_IMAGE_BYTES:
        raise Refusal(INVALID, "图片不能超过 1MB")
    return await asyncio.to_thread(measured, data)


def measured(data: bytes) -> Uploaded:
    """The picture with its size; refuses what does not decode."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = image.size
        if size[0] * size[1] > MAX_PIXELS:
            raise Refusal(INVALID, "图片尺寸过大")
        picture = Uploaded(data, size)
        picture.decoded()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal(INVALID, "图片无法识别") from None
    return picture
