"""The shapes in which the relay answers: the submit envelope and its errors (docs/relay.md 3)."""

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.relay.profiles import FALLBACK_PATHS, Profile, Shape, Wording

ACCEPTED, NOT_FOUND, INVALID, EXISTS, QUEUED, FULL, BANNED = 1, 3, 4, 21, 22, 23, 24
FRONT_PAGE = '<!doctype html>\n<html lang="zh"><head><title>Loopback</title></head><body><div id="root"></div></body>\n'
INSTANCE_ID = "1118138338562560102"


class Refusal(Exception):  # noqa: N818  (an answer of the protocol, not an error of ours)
    """A submit that the relay does not take: its code, and what it says about it.

    `cause` is the name under which a profile may word it in its own way.
    """

    def __init__(self, code: int, description: str, *, status: int = 200, cause: str = "", **properties: Any) -> None:
        super().__init__(description)
        self.code = code
        self.status = status
        self.cause = cause
        self.properties = properties


def envelope(code: int, description: str, result: Any, properties: dict[str, Any] | None = None) -> web.Response:
    """The answer to a submit."""
    body = {"code": code, "description": description, "properties": properties or {}, "result": result}
    return answer(body)


def refused(refusal: Refusal, profile: Profile, rejected_id: str) -> web.Response:
    """The envelope of a refusal; a full queue may tell `rejected_id`, which leads nowhere."""
    body = {"code": refusal.code, "description": str(refusal), "properties": refusal.properties, "result": None}
    if refusal.code == FULL:
        body["result"] = rejected_id if profile.tells_rejected else None
        body["properties"] = named_instance(refusal.code, profile)
    if refusal.code == BANNED and not profile.null_result:
        del body["result"]
    return answer(body, refusal.status)


def named_instance(code: int, profile: Profile) -> dict[str, Any]:
    """The account that took the task, where the family tells it with this code."""
    return {"discordInstanceId": INSTANCE_ID} if code in profile.instance_codes else {}


def worded(wording: Wording, detail: str = "") -> web.Response:
    """A refusal as a profile words it; `detail` is added where people are meant to read it."""
    match wording.shape:
        case Shape.EMPTY:
            return web.Response(status=wording.status)
        case Shape.RELAY:  # no result, and a trailing blank
            return answer(
                {"description": f"{wording.text} ", "type": "upstream_error", "code": INVALID}, wording.status
            )
        case Shape.PAGE if not detail.rpartition(" ")[2].startswith(FALLBACK_PATHS):
            return web.Response(text=FRONT_PAGE, content_type="text/html")
        case Shape.SPRING:
            moment = datetime.now(UTC).isoformat(timespec="milliseconds")
            body = {
                "timestamp": moment,
                "status": wording.status,
                "error": wording.text,
                "path": detail.rpartition(" ")[2],
            }
            return answer(body, wording.status)
        case Shape.OPENAI | Shape.PAGE:
            message = f"{wording.text}{detail and f' ({detail})'} (request id: sandbox)"
            code = wording.text.lower().replace(" ", "_")
            return answer({"error": {"message": message, "type": "new_api_error", "code": code}}, wording.status)


def answer(body: Any, status: int = 200) -> web.Response:
    """JSON as the original writes it: characters as they are, `&` and angle brackets escaped."""
    text = json.dumps(body, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return web.Response(status=status, text=text, content_type="application/json")
