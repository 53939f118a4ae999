"""One HTTP client for everything behind the relay's address: base URL, auth, time limits, decoded answers."""

import asyncio
import base64
import io
import json
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Self

import aiohttp
from yarl import URL

from bot import metrics
from bot.cancellation import check_wanted
from bot.errors import RefusalKind, RelayError, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.relay.answers import loads
from bot.relay.refusals import NO_CODES, NO_PATH, VendorCodes, refusal_of, refusal_of_text
from bot.relay.unrouted import RawAnswer, is_unrouted

logger = logging.getLogger(__name__)

# A common gateway waits 60 s for its own upstream during a submit; giving up earlier would make our own ambiguity.
SUBMIT_TIME_LIMIT_S = 90.0
PAINT_TIME_LIMIT_S = 300.0  # for engines that answer a submit with the picture itself
LOOK_TIME_LIMIT_S = 20.0
STOP_TIME_LIMIT_S = 5.0  # looks at other tasks wait for it
CONNECT_TIME_LIMIT_S = 10.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024  # room for a picture or two inside a list
MAX_PAINTED_BYTES = 64 * 1024 * 1024  # for engines that may send their pictures as base64
ENCODED_AT_ONCE_BYTES = 3 * 128 * 1024  # a millisecond; a multiple of three, so that the pieces fit together
DECODED_HERE_BYTES = 256 * 1024  # a larger answer is decoded in a thread, so that others can work meanwhile


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


Part = str | Upload | Sequence[str | Upload]  # of a form
Body = io.BytesIO | aiohttp.FormData | None  # JSON, a form, or nothing


def data_url(data: bytes) -> Base64:
    """Build a data URL of a kept picture."""
    return Base64(data, f"data:{media_type(data)};base64,")


def media_type(data: bytes) -> str:
    """Tell what a kept input is: PNG or JPEG."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"


def relay_root(base_url: str) -> URL:
    """Build the address that operations are paths of; the owner may have copied it with the first of them."""
    return URL(base_url.rstrip("/").removesuffix("/mj").rstrip("/"))


class RelayHttp:
    """Sends one request and answers with decoded JSON, or raises one of the `RelayError` kinds.

    It never repeats a request and never logs a key or a body.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        codes: VendorCodes = NO_CODES,
    ) -> None:
        """`codes` are what the vendor's own codes mean."""
        self._codes = codes
        self._max_answer_bytes = max_answer_bytes
        self.use(base_url, headers)
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
        cls,
        base_url: str,
        headers: Mapping[str, str],
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        codes: VendorCodes = NO_CODES,
    ) -> AsyncIterator[Self]:
        """Open the client; it is closed at the end."""
        client = cls(base_url, headers, max_answer_bytes, codes)
        try:
            yield client
        finally:
            await client._free.close()
            await client._paid.close()

    def use(self, base_url: str, headers: Mapping[str, str]) -> None:
        """Send what leaves from now on to this address with these headers; what is on its way goes on as it was."""
        self.base = relay_root(base_url)
        self._headers = dict(headers)

    async def submit(
        self, path: str, body: Mapping[str, Any], *, typed: str = "", time_limit_s: float | None = None
    ) -> Any:
        """POST something that costs money. Where a refusal quotes the request, that is not taken for the relay's word.

        Args:
            path: the operation.
            body: what goes out as JSON; pictures in it as `Base64`.
            typed: what a member typed besides the body: a part of the path.
            time_limit_s: real seconds until the answer must be there, `SUBMIT_TIME_LIMIT_S` if it is not said.

        Raises:
            RelayNotReachedError: it certainly never left.
            RelayUnclearError: it may have arrived.
            RelayRefusedError: a clear no.
            StoppedError: it is not wanted any more; nothing left.
        """
        limit_s = SUBMIT_TIME_LIMIT_S if time_limit_s is None else time_limit_s
        return await self._request(
            self._paid, "POST", path, await _json_of(body), limit_s, f"{typed}\n{written_in(body)}"
        )

    async def submit_form(self, path: str, parts: Mapping[str, Part], *, time_limit_s: float | None = None) -> Any:
        """POST a form (multipart) that costs money; like `submit`. Several values become parts of the same name."""
        limit_s = SUBMIT_TIME_LIMIT_S if time_limit_s is None else time_limit_s
        return await self._request(self._paid, "POST", path, _form_of(parts), limit_s, written_in(parts))

    async def look(
        self, path: str, body: Mapping[str, Any] | None = None, *, time_limit_s: float = LOOK_TIME_LIMIT_S
    ) -> Any:
        """Ask for something that is free: POST with a body, GET without one. Raises as `submit` does."""
        if body is None:
            return await self._request(self._free, "GET", path, None, time_limit_s)
        return await self._request(self._free, "POST", path, await _json_of(body), time_limit_s)

    async def stop(self, path: str) -> Any:
        """PUT that a task is to be stopped, which costs nothing. Raises as `submit` does."""
        return await self._request(self._free, "PUT", path, None, STOP_TIME_LIMIT_S)

    async def _request(
        self, session: aiohttp.ClientSession, method: str, path: str, data: Body, time_limit_s: float, written: str = ""
    ) -> Any:
        call = "submit" if session is self._paid else "stop" if method == "PUT" else "look"
        with metrics.relay_call(self.base.host or "", call):
            answer = await self._raw(session, method, path, data, time_limit_s)
            logger.debug("relay answered path=%s status=%d bytes=%d", path, answer.status, len(answer.body))
            return await self._decoded(answer, written)

    async def _decoded(self, answer: RawAnswer, written: str) -> Any:
        read = answer.status, answer.headers, answer.body, written, self._codes
        try:
            if len(answer.body) <= DECODED_HERE_BYTES:
                return decode(*read)
            return await asyncio.to_thread(decode, *read)
        except RelayUnclearError as exc:
            if await self._is_unrouted(answer):
                raise RelayRefusedError(RefusalKind.UNSUPPORTED, "", status=NO_PATH) from exc
            raise

    async def _raw(
        self, session: aiohttp.ClientSession, method: str, path: str, data: Body, time_limit_s: float
    ) -> RawAnswer:
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
        return RawAnswer(url.raw_path, response.status, response.headers, raw)

    async def _is_unrouted(self, answer: RawAnswer) -> bool:
        """Whether an answer was only what this relay says at every path that it does not have; asking is free."""
        try:
            return await is_unrouted(answer, lambda path: self._raw(self._free, "GET", path, None, LOOK_TIME_LIMIT_S))
        except RelayError:
            return False

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, refused once it is larger than any honest answer."""
        chunks, size = [], 0  # joined once at the end: an array that grows is copied again and again
        async for chunk in response.content.iter_chunked(65_536):
            size += len(chunk)
            if size > self._max_answer_bytes:
                raise RelayUnclearError(f"the answer is larger than {self._max_answer_bytes} bytes", answered=True)
            chunks.append(chunk)
        return b"".join(chunks)


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


def _form_of(parts: Mapping[str, Part]) -> aiohttp.FormData:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, part in parts.items():
        for one in [part] if isinstance(part, str | Upload) else part:
            if isinstance(one, str):
                form.add_field(name, one)
            else:
                form.add_field(name, io.BytesIO(one.data), filename=one.file_name, content_type=one.media_type)
    return form


def decode(
    status: int, headers: Mapping[str, str], raw: bytes, written: str = "", codes: VendorCodes = NO_CODES
) -> Any:
    """Decode the JSON of an answer to what was `written`; None for an empty body.

    Some relays label JSON as text, so the label is ignored. Source: docs/relay.md 1.4.

    Raises:
        RelayRefusedError: a clear no.
        RelayUnclearError: neither that nor a success.
    """
    retry_after_s = _seconds(headers.get("Retry-After"), headers.get("Date"))
    try:
        value = loads(raw) if raw.strip() else None
    except (ValueError, RecursionError) as exc:
        text = raw[:2000].decode(errors="replace").strip()
        raise refusal_of_text(status, text, written, retry_after_s) from exc
    if status < 300:
        return value
    raise refusal_of(status, value, written, retry_after_s, codes)


def written_in(body: object) -> str:
    """Collect all texts of a request's body, in lines: whatever a member typed is among them."""
    return "\n".join(_leaves(body))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str | int | float):
        yield str(value)
    elif isinstance(value, Upload):
        yield value.file_name
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)


def _seconds(value: str | None, date: str | None) -> float | None:
    """Read how long to wait, in seconds or as a moment, which is told by the clock of whoever wrote `date`."""
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        seconds = _apart_s(str(date), str(value))
    return None if math.isnan(seconds) else min(max(seconds, 0.0), 3600.0)


def _apart_s(since: str, until: str) -> float:
    try:
        return (parsedate_to_datetime(until) - parsedate_to_datetime(since)).total_seconds()
    except (ValueError, TypeError):  # no dates, or one of them without a zone
        return math.nan
