"""One HTTP client for everything behind the relay's address: base URL, auth, time limits, the table of error shapes."""

import asyncio
import base64
import io
import json
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from yarl import URL

from bot.errors import No, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.stops import check_wanted

logger = logging.getLogger(__name__)

# A common gateway waits 60 s for its own upstream during a submit; giving up earlier would make our own ambiguity.
SUBMIT_TIME_LIMIT_S = 90.0
PAINT_TIME_LIMIT_S = 300.0  # for engines that answer a submit with the picture itself
LOOK_TIME_LIMIT_S = 20.0
CONNECT_TIME_LIMIT_S = 10.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_PAINTED_BYTES = 64 * 1024 * 1024  # for engines that may send their pictures as base64
REQUEST_TIMEOUT = 408  # whoever says so does not know how much arrived
ENCODED_AT_ONCE_BYTES = 3 * 128 * 1024  # a millisecond; a multiple of three, so that the pieces fit together
DECODED_HERE_BYTES = 256 * 1024  # a larger answer is decoded in a thread, so that others can work meanwhile

# A mark that the member wrote as well tells nothing, so the gateways' own words stand beside the plain ones.
_QUOTA = (
    *("quota_not_enough", "user_quota", "insufficient_quota", "额度不足", "额度已用尽", "余额不足"),
    *("quota", "额度", "余额", "insufficient balance", "out of credit", "billing"),
)
_QUEUE_FULL = ("queue full", "队列已满", "relay_admission_overloaded", "saturated")
_NOT_FOUND = ("task_not_found", "task_no_found", "not exist", "不存在", "已失效")
_POLICY_NAMES = ("content_policy", "content policy", "policy_violation")
_POLICY = (
    *_POLICY_NAMES,
    *("safety check", "safety system", "safety filter", "content checker", "content filter", "risk control"),
    *("moderation", "nsfw", "sensitive", "审核", "敏感", "违规", "风控"),
)
_REFUSING_CODES = (3, 4, 5, 9, 23, 24, 30)  # of the envelope; with these even a 5xx is a clear no
_UNSUPPORTED = ("unknown_action", "model_not_found", "no available channel")
_NO_SUPPORT = ("not support", "不支持")

# Kling's own codes, which stand with any HTTP status. Source: upstream-api 15.4 and the vendor's list.
_VENDOR_CODES = {
    **dict.fromkeys((1000, 1001, 1002, 1003, 1004), No.AUTH),
    **dict.fromkeys((1100, 1101, 1102), No.QUOTA),
    1103: No.UNSUPPORTED,
    **dict.fromkeys((1200, 1201), No.INVALID),
    **dict.fromkeys((1202, 1203), No.NOT_FOUND),
    1301: No.POLICY,
    **dict.fromkeys((1302, 1303), No.BUSY),
}
_CLEAR_CODES = _VENDOR_CODES | {24: No.BANNED}


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture as a part of a form."""

    data: bytes
    file_name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Base64:
    """A picture inside a JSON body: base64 after a prefix."""

    data: bytes
    prefix: str = ""


def data_url(data: bytes) -> Base64:
    """A kept picture as an address that holds its bytes."""
    return Base64(data, f"data:{media_type(data)};base64,")


def media_type(data: bytes) -> str:
    """What a kept input is: PNG or JPEG."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"


class RelayHttp:
    """Sends one request and answers with decoded JSON, or raises one of the `RelayError` kinds.

    It never repeats a request and never logs a key or a body.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str], max_answer_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._max_answer_bytes = max_answer_bytes
        self.base = URL(base_url.rstrip("/").removesuffix("/mj").rstrip("/"))
        self._headers = dict(headers)
        self.answered_at: float | None = None  # time.monotonic() of the last answer, whatever it said
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIME_LIMIT_S)
        # No limit of connections: presses that ask for seeds, or submits that hang, must not keep looks waiting.
        self._free = aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(limit=0))
        # A kept-alive connection may be closing just as a paid request is written to it, and nobody could say
        # whether it arrived: paid requests always open their own.
        self._paid = aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(force_close=True, limit=0))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, base_url: str, headers: Mapping[str, str], max_answer_bytes: int = MAX_ANSWER_BYTES
    ) -> AsyncIterator[Self]:
        """The client, closed at the end."""
        client = cls(base_url, headers, max_answer_bytes)
        try:
            yield client
        finally:
            await client._free.close()
            await client._paid.close()

    async def submit(
        self, path: str, body: Mapping[str, Any], *, prompt: str = "", time_limit_s: float | None = None
    ) -> Any:
        """POST something that costs money.

        Args:
            path: the operation.
            body: what goes out as JSON; pictures in it as `Base64`.
            prompt: what a member wrote; where a refusal quotes it, their words are not taken for the relay's.
            time_limit_s: real seconds until the answer must be there, `SUBMIT_TIME_LIMIT_S` if it is not said.

        Raises:
            RelayNotReachedError: it certainly never left.
            RelayUnclearError: it may have arrived.
            RelayRefusedError: a clear no.
            StoppedError: it is not wanted any more; nothing left.
        """
        limit_s = SUBMIT_TIME_LIMIT_S if time_limit_s is None else time_limit_s
        return await self._request(self._paid, "POST", path, await _json_of(body), limit_s, prompt)

    async def submit_form(
        self, path: str, parts: Mapping[str, str | Upload], *, prompt: str = "", time_limit_s: float | None = None
    ) -> Any:
        """POST a form (multipart) that costs money; like `submit`."""
        limit_s = SUBMIT_TIME_LIMIT_S if time_limit_s is None else time_limit_s
        return await self._request(self._paid, "POST", path, _form_of(parts), limit_s, prompt)

    async def look(
        self, path: str, body: Mapping[str, Any] | None = None, *, time_limit_s: float = LOOK_TIME_LIMIT_S
    ) -> Any:
        """Ask for something that is free: POST with a body, GET without one. Raises as `submit` does."""
        if body is None:
            return await self._request(self._free, "GET", path, None, time_limit_s)
        return await self._request(self._free, "POST", path, await _json_of(body), time_limit_s)

    async def _request(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        data: io.BytesIO | aiohttp.FormData | None,
        time_limit_s: float,
        prompt: str = "",
    ) -> Any:
        url = self.base.joinpath(path.lstrip("/"), encoded=True)
        is_json = isinstance(data, io.BytesIO)
        headers = self._headers | ({"Content-Type": "application/json"} if is_json else {})
        limit = aiohttp.ClientTimeout(total=time_limit_s, sock_connect=CONNECT_TIME_LIMIT_S)
        if session is self._paid:
            check_wanted()
        try:
            async with session.request(
                method, url, data=data, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                raw = await self._read(response)
            self.answered_at = time.monotonic()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as exc:
            raise RelayNotReachedError(f"{type(exc).__name__} at {path}") from exc
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise RelayUnclearError(f"{type(exc).__name__} at {path}") from exc
        logger.debug("relay answered path=%s status=%d bytes=%d", path, response.status, len(raw))
        if len(raw) <= DECODED_HERE_BYTES:
            return decode(response.status, response.headers, raw, prompt)
        return await asyncio.to_thread(decode, response.status, response.headers, raw, prompt)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, refused once it is larger than any honest answer."""
        raw = bytearray()
        async for chunk in response.content.iter_chunked(65_536):
            raw += chunk
            if len(raw) > self._max_answer_bytes:
                raise RelayUnclearError(f"the answer is larger than {self._max_answer_bytes} bytes")
        return bytes(raw)


async def _json_of(body: Mapping[str, Any]) -> io.BytesIO:
    """The body as a stream that is written piece by piece; others work between the pieces of its pictures.

    Five pictures of 10 MB would keep everybody waiting for half a second if they were encoded at once, and not even in
    a thread would it be otherwise: both encoders keep the interpreter to themselves.
    """
    pictures: list[Base64] = []
    mark = secrets.token_hex(16)  # stands for each picture in turn, and nobody can have written it

    def leave_room(value: object) -> str:
        if not isinstance(value, Base64):
            raise TypeError(f"{type(value).__name__} has no place in JSON")
        pictures.append(value)
        return mark

    first, *others = json.dumps(body, default=leave_room).split(mark)
    stream = io.BytesIO(first.encode())
    stream.seek(0, io.SEEK_END)
    for picture, text in zip(pictures, others, strict=True):
        stream.write(picture.prefix.encode())
        for start in range(0, len(picture.data), ENCODED_AT_ONCE_BYTES):
            stream.write(base64.b64encode(picture.data[start : start + ENCODED_AT_ONCE_BYTES]))
            await asyncio.sleep(0)
        stream.write(text.encode())
    stream.seek(0)
    return stream


def _form_of(parts: Mapping[str, str | Upload]) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, part in parts.items():
        if isinstance(part, Upload):
            form.add_field(name, io.BytesIO(part.data), filename=part.file_name, content_type=part.media_type)
        else:
            form.add_field(name, part)
    return form


def decode(status: int, headers: Mapping[str, str], raw: bytes, prompt: str = "") -> Any:
    """The JSON of an answer to what has this prompt; None for an empty body.

    Some relays label JSON as text, so the label is ignored. Source: upstream-api 4.3.
    """
    retry_after_s = _seconds(headers.get("Retry-After"))
    try:
        value = json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError) as exc:
        text = raw[:200].decode(errors="replace").strip()
        if 400 <= status < 500 and status != REQUEST_TIMEOUT:
            plain = f"HTTP {status}" if text.startswith("<") else text
            raise refusal(status, None, plain, prompt, retry_after_s=retry_after_s) from exc
        raise RelayUnclearError(f"HTTP {status} with a body that is not JSON") from exc
    if status < 300:
        return value
    code, text = _code_and_text(value)
    has_clear_words = _any((*_UNSUPPORTED, *_NO_SUPPORT, *_QUEUE_FULL, *_QUOTA, *_POLICY_NAMES), text, prompt)
    is_accident = status >= 500 or status == REQUEST_TIMEOUT
    if is_accident and code not in (*_REFUSING_CODES, *_VENDOR_CODES) and not has_clear_words:
        raise RelayUnclearError(f"HTTP {status}: {text}")  # somebody between us and the relay, or the relay in pieces
    raise refusal(status, code, text, prompt, retry_after_s=retry_after_s, word=banned_word(value))


def refusal(
    status: int,
    code: int | None,
    text: str,
    prompt: str = "",
    *,
    retry_after_s: float | None = None,
    word: str | None = None,
) -> RelayRefusedError:
    """Classify a clear no to what has this prompt. Source: upstream-api 4.1 and 4.3."""
    kind = _kind(status, code, text, prompt)
    return RelayRefusedError(kind, text.strip(), word=word, retry_after_s=retry_after_s, status=status, code=code)


def refusal_in(value: Any, prompt: str = "") -> RelayRefusedError:
    """Classify a clear no that came with a success of HTTP, by what its body says."""
    code, text = _code_and_text(value)
    return refusal(200, code, text, prompt)


def is_policy(text: str, prompt: str = "") -> bool:
    """Whether an engine says that its safety check held something back."""
    return _any(_POLICY, text, prompt)


def _kind(status: int, code: int | None, text: str, prompt: str) -> No:
    if code in _CLEAR_CODES:
        return _CLEAR_CODES[code]
    if status == 402 or _any(_QUOTA, text, prompt):
        return No.QUOTA
    if code in (23, 30) or status == 429 or _any(_QUEUE_FULL, text, prompt):
        return No.BUSY
    # Without a code of the envelope, a bad request whose words are about support has one bad value: "this size".
    is_about_value = code is None and status in (400, 422)
    if _any(_UNSUPPORTED, text, prompt) or (_any(_NO_SUPPORT, text, prompt) and not is_about_value):
        return No.UNSUPPORTED
    if code is None and status not in (401, 403, 404) and is_policy(text, prompt):
        return No.POLICY
    if status in (401, 403):
        return No.AUTH
    if code == 3 or _any(_NOT_FOUND, text, prompt):
        return No.NOT_FOUND
    if status == 404:
        return No.UNSUPPORTED
    if status == 503:
        return No.BUSY
    if code in (5, 9):
        return No.FAILED
    if code == 4 or status in (400, 422):
        return No.INVALID
    return No.FAILED


def banned_word(value: Any) -> str | None:
    """The word of a code 24 answer."""
    properties = value.get("properties") if isinstance(value, dict) else None
    word = properties.get("bannedWord") if isinstance(properties, dict) else None
    return str(word) if word else None


def _code_and_text(value: Any) -> tuple[int | None, str]:
    """The envelope's code and words, or the OpenAI-style error's, or the detail's."""
    if not isinstance(value, dict):
        return None, str(value or "")[:200]
    error = value.get("error")
    if isinstance(error, dict):
        code = _whole(error.get("code"))
        # An OpenAI-style code is a word or an HTTP status; only a vendor's own means more.
        is_vendors = code in _VENDOR_CODES
        text = f"{error.get('message') or ''} {'' if is_vendors else error.get('code') or ''}".strip()
        return code if is_vendors else None, text[:500]
    text = value.get("description") or value.get("message") or error or _detail(value.get("detail"))
    return _whole(value.get("code")), str(text)[:500]


def _detail(detail: Any) -> str:
    """What fal and other frameworks say: a text, or a list of fields with what is wrong. Source: upstream-api 13.3."""
    if not isinstance(detail, list):
        return str(detail or "")
    return "; ".join(_wrong_field(item) if isinstance(item, dict) else str(item) for item in detail)


def _wrong_field(item: Mapping[str, Any]) -> str:
    where = item.get("loc")
    field = str(where[-1]) if isinstance(where, list) and where else ""
    kind = str(item.get("type") or "")
    said = f"{field}: {item.get('msg') or kind}" if field else str(item.get("msg") or kind)
    return f"{said} ({kind})" if any(name in kind for name in _POLICY_NAMES) else said


def _whole(code: Any) -> int | None:
    """A code that comes as a number or as a text of digits."""
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 10:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), 3600.0)


def _any(marks: tuple[str, ...], text: str, prompt: str) -> bool:
    """Whether the text has one of the marks, other than by quoting the prompt."""
    folded, written = text.casefold(), prompt.casefold()
    return any(mark in folded and mark not in written for mark in marks)
