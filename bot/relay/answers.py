"""What an answer holds, in whatever shape a relay wraps it. Pure functions. Source: docs/relay.md 1.4, 3 and 4."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.relay.meanings import WORDS

CODES = ("code", "error_code", "errorCode", "errcode", "err_code", "status_code", "statusCode")
IDS = ("taskId", "task_id", "id", "taskid", "taskID", "TaskId", "jobId", "job_id")
KINDS = ("type", "error_type")
QUOTES = ("prompt", "promptEn", "promptFull", "finalPrompt", "finalZhPrompt", "bannedWord")
WRAPPERS = ("result", "data", "task", "output", "response", "body", "payload")
LISTS = ("data", "list", "tasks", "items", "records", "rows", "result", "results", "content", "array", "page")
FINE = frozenset({"success", "succeeded", "succeed", "ok", "true", "accepted", "submitted", "created", "queued"})
FINE_CODES = (0, 1, 22, 200, 201, 202)
DEEPEST = 6  # levels that gateways wrap an answer in, with room to spare
_PENDING = frozenset(
    {"pending", "processing", "running", "in_progress", "in_queue", "waiting", "starting", "not_start"}
)
_ID = re.compile(r"[A-Za-z0-9_][\w.:=+-]{0,199}", re.ASCII)
_NO_IDS = FINE | _PENDING | {"0", "none", "null", "false", "error", "fail", "failed", "failure", "done", "completed"}
_LONGEST_NUMBER = 40  # digits
_SHORTEST_ALONE = 8  # characters of an id that stands without a name; a shorter number may be anything
LARGEST_UNPACKED = 16 * 1024 * 1024  # bytes


def loads(raw: bytes | str) -> Any:
    """JSON with its whole numbers as they were written: a long id that comes as a float keeps all its digits.

    Of several values in lines, or of an event stream, the first is read. What a gateway packed or wrote in a Chinese
    encoding without saying so is read as well.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    text = (raw if isinstance(raw, str) else _decoded(_unpacked(raw))).strip()
    text = text.removeprefix("data:").lstrip() if text.startswith("data:") else text
    value, end = _DECODER.raw_decode(text)
    rest = text[end:]
    if rest and not rest.startswith(("\n", "\r")):
        raise ValueError("more than JSON")
    return value


def _unpacked(raw: bytes) -> bytes:
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        return zlib.decompressobj(wbits=31).decompress(raw, LARGEST_UNPACKED)
    except zlib.error as exc:
        raise ValueError("not unpacked") from exc


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _number(text: str) -> int | float:
    try:
        number = Decimal(text)
        if -_LONGEST_NUMBER < number.adjusted() < _LONGEST_NUMBER and number == number.to_integral_value():
            return int(number)
    except InvalidOperation:
        pass
    return float(text)


_DECODER = json.JSONDecoder(parse_float=_number)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an envelope says: its code where that is a number, its words for people, and all its words."""

    code: int | None
    text: str
    marks: str


def read_envelope(value: Any) -> Envelope:
    """Read the envelope of an answer: its code and words, or the OpenAI-style error in it, or a framework's detail."""
    if not isinstance(value, dict):
        text = value if isinstance(value, str) else "; ".join(_texts(value)) if isinstance(value, list) else ""
        return Envelope(None, text[:500].strip(), text[:2000])
    error = value.get("error")
    if isinstance(error, dict):
        code = _whole(next((error[name] for name in CODES if error.get(name) not in (None, "")), None))
        word = str(error.get("code") or "") if code is None else ""
        text = f"{next(_texts(error), '')} {word}".strip()
    else:
        code = whole_code(value)
        text = next(_texts(value), "")
    inner = next((value[name] for name in WRAPPERS if isinstance(value.get(name), dict)), None)
    if inner is not None and not text:
        within = read_envelope(inner)
        code, text = within.code if code is None else code, within.text
    return Envelope(code, text[:500].strip(), "\n".join(dict.fromkeys([text, *_words(value)]))[:2000])


def whole_code(value: Mapping[str, Any]) -> int | None:
    """Find the envelope's code, where it is a number or a text of digits."""
    return next((code for name in CODES if (code := _whole(value.get(name))) is not None), None)


def has_error(value: Any) -> bool:
    """Whether an answer that came with a success of HTTP says by a code or by an error that something is wrong."""
    if not isinstance(value, dict):
        return False
    if any(value.get(name) for name in ("error", "errors", "detail")) or value.get("success") is False:
        return True
    code = next((value[name] for name in CODES if value.get(name) not in (None, "")), None)
    return code is not None and not is_fine(code)


def is_fine(value: Any) -> bool:
    """Whether a code or a word says that all is well."""
    return _whole(value) in FINE_CODES or str(value).casefold() in FINE


def is_error(value: Any) -> bool:
    """Whether such an answer says that something is wrong in any way: also by words alone."""
    if not isinstance(value, dict):
        return False
    text = next(_texts(value), "")
    has_code = any(value.get(name) not in (None, "") for name in CODES)
    return has_error(value) or (not has_code and bool(text) and text.casefold() not in FINE)


def find_task_id(value: Any) -> str:
    """Find the id of the task that an answer is about, a number or a text, at the top or wrapped; "" if none."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(alone, dict | list):
        return _id(alone) if len(str(alone)) >= _SHORTEST_ALONE else ""
    for level, one in enumerate(unwrap(value)):
        for name in ("result", *IDS, "data") if level == 0 else (*IDS, "result"):
            if found := _id(one.get(name)):
                return found
    return ""


def find_tasks(value: Any) -> list[Any] | None:
    """Find the tasks of a list answer: a bare list, or one that is wrapped or paged; None where there is no list."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if any(name in value for name in IDS) and "status" in value:
        return [value]
    level: list[Any] = [value]
    for _depth in range(DEEPEST):
        lists = [one[name] for one in level for name in LISTS if isinstance(one.get(name), list)]
        if lists:
            longest: list[Any] = max(lists, key=len)
            return longest
        level = [inner for one in level for inner in one.values() if isinstance(inner, dict)]
    by_id = [one for one in value.values() if isinstance(one, dict) and "status" in one]
    return by_id or None


def find_task(value: Any, task_id: str) -> Any:
    """Find the task of an answer to a look at one: bare, wrapped, or the one of that id in a list."""
    if isinstance(value, list):
        return next((one for one in value if isinstance(one, dict) and _names(one, task_id)), None)
    bare = next((one for one in unwrap(value) if "status" in one and any(name in one for name in IDS)), None)
    if bare is not None:
        return bare
    return next((one for one in find_tasks(value) or () if isinstance(one, dict) and _names(one, task_id)), value)


def find_pictures(value: Any) -> list[str]:
    """Find the addresses of pictures in an answer of a shape that nobody has described, each once, in its order."""
    found: dict[str, None] = {}
    level = [("", value)]
    for _depth in range(2 * DEEPEST):  # each list counts as a level here
        inner: list[tuple[str, Any]] = []
        for name, one in level:
            if isinstance(one, dict):
                inner += [(str(key), item) for key, item in one.items()]
            elif isinstance(one, list):
                inner += [(name, item) for item in one]
            elif isinstance(one, str) and (source := _picture(name, one)):
                found[source] = None
        if found:
            break
        level = inner
    return list(found)


_PICTURES = frozenset(
    {
        *("url", "urls", "image", "images", "image_url", "image_urls", "imageurl", "imageurls", "output", "outputs"),
        *("result", "results", "data", "src", "link", "picture", "pictures", "file", "files", "uri", "result_url"),
        *("result_urls", "resulturls", "img", "img_url", "download_url", "b64_json", "base64", "image_base64", "b64"),
    }
)
_PATH = re.compile(r"/\S+\.(?:png|jpe?g|webp|gif|avif|mp4|webm)(?:\?\S*)?", re.IGNORECASE)
_BYTES = frozenset({"b64_json", "base64", "image_base64", "b64"})


def _picture(name: str, text: str) -> str:
    if name.casefold() not in _PICTURES:
        return ""
    if text.startswith(("http://", "https://", "data:image/")) or _PATH.fullmatch(text):
        return text
    return f"data:;base64,{text}" if name.casefold() in _BYTES and len(text) > 100 else ""


def unwrap(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the object and those that it wraps, the outer ones first; the first of a list stands for it."""
    for _level in range(DEEPEST):
        value = value[0] if isinstance(value, list) and value else value
        if not isinstance(value, dict):
            return
        yield value
        value = next((value[name] for name in WRAPPERS if isinstance(value.get(name), dict | list)), None)


def _id(value: Any) -> str:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value).strip()
    return text if _ID.fullmatch(text) and text.casefold() not in _NO_IDS else ""


def _names(task: Mapping[str, Any], task_id: str) -> bool:
    return any(str(task.get(name)) == task_id for name in IDS)


def _whole(code: Any) -> int | None:
    """A code that comes as a number or as a text of digits."""
    if isinstance(code, str) and (found := re.fullmatch(r"\s*([+-]?[0-9]{1,9})(?:\.0+)?\s*", code)):
        return int(found[1])
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _texts(value: Any) -> Iterator[str]:
    """What is said for people, the plainest first."""
    if isinstance(value, dict):
        for name in WORDS:
            item = value.get(name)
            if isinstance(item, str) and item.strip():
                yield item.strip()
            elif isinstance(item, list) and (text := "; ".join(_fields(item))):
                yield text
            elif isinstance(item, dict):
                yield from _texts(item)
    elif isinstance(value, list):
        yield from _fields(value)


def _fields(items: list[Any]) -> Iterator[str]:
    """A list of fields with what is wrong, as frameworks give it. Source: docs/relay.md 10.4."""
    for item in items:
        if isinstance(item, dict):
            where = item.get("loc")
            field = str(where[-1]) if isinstance(where, list) and where else ""
            kind = str(item.get("type") or "")
            wrong = next(_texts(item), "") or kind
            text = f"{field}: {wrong}" if field else wrong
            if text:  # most types only tell how a field is wrong; that of a safety check says what the refusal is
                yield f"{text} ({kind})" if "policy" in kind and kind != wrong else text
        elif isinstance(item, str) and item:
            yield item


def _words(value: Any, depth: int = 0) -> Iterator[str]:
    """All that an envelope says of its own, for its marks: texts, codes and types, not what it quotes."""
    if depth > DEEPEST or not isinstance(value, dict):
        return
    yield from _texts(value)
    yield from (item for name in (*CODES, *KINDS) if isinstance(item := value.get(name), str))
    for name in ("error", *WRAPPERS):
        yield from _words(value.get(name), depth + 1)


def find_quotes(value: Any) -> str:
    """Find what an answer tells of the prompt: a translation of it is as little the relay's own word as the prompt."""
    if not isinstance(value, dict):
        return ""
    properties = value.get("properties")
    inner = properties if isinstance(properties, dict) else {}
    quoted = (one.get(name) for one in (value, inner) for name in QUOTES)
    return "\n".join(text for text in quoted if isinstance(text, str))
