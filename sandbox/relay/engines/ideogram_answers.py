"""What all calls of Ideogram share: the room for them, and how pictures are answered with (docs/relay.md 9.2)."""

from datetime import UTC, datetime

from aiohttp import web

from sandbox.relay.engines.ledger import EngineLedger, EngineTask, openai_error
from sandbox.relay.painting.dials import Dials
from sandbox.relay.painting.words import plain
from sandbox.relay.prompts import has_magic
from sandbox.relay.reading import LIGHTS, MEDIA
from sandbox.relay.replies import answer

MAX_IN_FLIGHT = 10
SHORT_PROMPT = 60  # characters; AUTO leaves longer ones as they are


def check_room(ledger: EngineLedger, prompt: str) -> None:
    """Refuse a call while too many are being worked on."""
    if has_magic(prompt, "full") or len(ledger.running("IDEOGRAM")) >= MAX_IN_FLIGHT:
        raise openai_error(429, "Too many requests in flight", "rate_limit_exceeded")


async def answered(
    ledger: EngineLedger, task: EngineTask, *, magic_prompt: str, style_type: str | None, seed: int
) -> web.Response:
    """The answer with the pictures of a task, once they are made."""
    await ledger.finish(task)
    if task.failure == "fail":
        raise openai_error(400, "The image could not be generated", "generation_failed")
    final_prompt = rewritten(task.prompt, magic_prompt, seed)
    images = []
    for number, (picture, link) in enumerate(zip(task.pictures, task.links, strict=True)):
        is_safe = not task.failure and not (number == 0 and has_magic(task.prompt, "nsfw"))
        images.append(
            {
                "url": link if is_safe else "",
                "prompt": final_prompt,
                "resolution": f"{picture.size[0]}x{picture.size[1]}",
                "is_image_safe": is_safe,
                "seed": seed + number,
                "style_type": style_type,
            }
        )
    return answer({"created": now(ledger), "data": images})


def rewritten(prompt: str, option: str, seed: int) -> str:
    """The prompt as magic prompt makes it."""
    if option == "OFF" or not prompt or (option == "AUTO" and len(prompt) > SHORT_PROMPT):
        return prompt
    dials = Dials(seed)
    return f"{plain(prompt)}, {dials.pick('medium', MEDIA)} with {dials.pick('light', LIGHTS)}, rich in detail"


def now(ledger: EngineLedger) -> str:
    """The time, as `created` tells it."""
    return datetime.fromtimestamp(ledger.tasks.clock.now(), UTC).isoformat()
