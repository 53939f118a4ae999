"""One HTTP client for everything behind the relay's address: base URL, auth, time limits, the table of error shapes."""

import io
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
from yarl import URL

from bot.errors import No, RelayNotReachedError, RelayRefusedError, RelayUnclearError

logger = logging.getLogger(__name__)

# A common gateway waits 60 s for its own upstream during a submit; giving up earlier would make our own ambiguity.
SUBMIT_TIME_LIMIT_S = 90.0
LOOK_TIME_LIMIT_S = 20.0
CONNECT_TIME_LIMIT_S = 10.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024

# A mark that the member wrote as well tells nothing, so the gateways' own words stand beside the plain ones.
_QUOTA = (
    *("quota_not_enough", "user_quota", "insufficient_quota", "额度不足", "额度已用尽", "余额不足"),
    *("quota", "额度", "余额", "insufficient balance", "out of credit", "billing"),
)
_QUEUE_FULL = ("queue full", "队列已满", "relay_admission_overloaded", "saturated")
_NOT_FOUND = ("task_not_found", "task_no_found", "not exist", "不存在", "已失效")
_REFUSING_CODES = (3, 4, 5, 9, 23, 24, 30)  # of the envelope; with these even a 5xx is a clear no
_UNSUPPORTED = ("unknown_action", "model_not_found", "not support", "不支持", "no available channel")


class RelayHttp:
    """Sends one request and answers with decoded JSON, or raises one of the `RelayError` kinds.

    It never repeats a request and never logs a key or a body.
    """

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self.base = URL(base_url.rstrip("/").removesuffix("/mj").rstrip("/"))
        self._headers = dict(headers)
        self.answered_at: float | None = None  # time.monotonic() of the last answer, whatever it said
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIME_LIMIT_S)
        self._free = aiohttp.ClientSession(timeout=limits)
        # A kept-alive connection may be closing just as a paid request is written to it, and nobody could say
        # whether it arrived: paid requests always open their own.
        self._paid = aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(force_close=True))

    @classmethod
    @asynccontextmanager
    async def opened(cls, base_url: str, headers: Mapping[str, str]) -> AsyncIterator[Self]:
        """The client, closed at the end."""
        client = cls(base_url, headers)
        try:
            yield client
        finally:
            await client._free.close()
            await client._paid.close()

    async def submit(self, path: str, body: Mapping[str, Any], *, prompt: str = "") -> Any:
        """POST something that costs money.

        Args:
            path: the operation.
            body: what goes out as JSON.
            prompt: what a member wrote; where a refusal quotes it, their words are not taken for the relay's.

        Raises:
            RelayNotReachedError: it certainly never left.
            RelayUnclearError: it may have arrived.
            RelayRefusedError: a clear no.
        """
        return await self._request(self._paid, "POST", path, body, SUBMIT_TIME_LIMIT_S, prompt)

    async def look(
        self, path: str, body: Mapping[str, Any] | None = None, *, time_limit_s: float = LOOK_TIME_LIMIT_S
    ) -> Any:
        """Ask for something that is free: POST with a body, GET without one. Raises as `submit` does."""
        return await self._request(self._free, "GET" if body is None else "POST", path, body, time_limit_s)

    async def _request(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Any, time_limit_s: float, prompt: str = ""
    ) -> Any:
        url = self.base.joinpath(path.lstrip("/"), encoded=True)
        # A stream, because five pictures in one piece of text would be written without ever letting others work.
        data = None if body is None else io.BytesIO(json.dumps(body).encode())
        headers = self._headers if body is None else self._headers | {"Content-Type": "application/json"}
        limit = aiohttp.ClientTimeout(total=time_limit_s, sock_connect=CONNECT_TIME_LIMIT_S)
        try:
            async with session.request(
                method, url, data=data, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                raw = await _read(response)
            self.answered_at = time.monotonic()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as exc:
            raise RelayNotReachedError(f"{type(exc).__name__} at {path}") from exc
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise RelayUnclearError(f"{type(exc).__name__} at {path}") from exc
        logger.debug("relay answered path=%s status=%d bytes=%d", path, response.status, len(raw))
        return decode(response.status, response.headers, raw, prompt)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, refused once it is larger than any honest answer."""
    raw = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > MAX_ANSWER_BYTES:
            raise RelayUnclearError("the answer is larger than 8 MB")
    return bytes(raw)


def decode(status: int, headers: Mapping[str, str], raw: bytes, prompt: str = "") -> Any:
    """The JSON of an answer to what has this prompt; None for an empty body.

    Some relays label JSON as text, so the label is ignored. Source: upstream-api 4.3.
    """
    retry_after_s = _seconds(headers.get("Retry-After"))
    try:
        value = json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError) as exc:
        text = raw[:200].decode(errors="replace").strip()
        if 400 <= status < 500 and status != 408:  # 408: the relay itself does not know how much arrived
            plain = f"HTTP {status}" if text.startswith("<") else text
            raise refusal(status, None, plain, prompt, retry_after_s=retry_after_s) from exc
        raise RelayUnclearError(f"HTTP {status} with a body that is not JSON") from exc
    if status < 300:
        return value
    code, text = _code_and_text(value)
    has_clear_words = _any((*_UNSUPPORTED, *_QUEUE_FULL, *_QUOTA), text, prompt)
    if status >= 500 and code not in _REFUSING_CODES and not has_clear_words:
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
    return RelayRefusedError(_kind(status, code, text, prompt), text.strip(), word=word, retry_after_s=retry_after_s)


def _kind(status: int, code: int | None, text: str, prompt: str) -> No:
    if code == 24:
        return No.BANNED
    if status == 402 or _any(_QUOTA, text, prompt):
        return No.QUOTA
    if code in (23, 30) or status == 429 or _any(_QUEUE_FULL, text, prompt):
        return No.BUSY
    if _any(_UNSUPPORTED, text, prompt):
        return No.UNSUPPORTED
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
    if code == 4 or status == 400:
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
        return None, f"{error.get('message') or ''} {error.get('code') or ''}".strip()
    code = value.get("code")
    text = value.get("description") or value.get("message") or error or value.get("detail") or ""
    return code if isinstance(code, int) else None, str(text)[:500]


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
