"""What an answer means that is no yes: the table of error shapes. Pure functions. Source: docs/relay.md 3.2 to 3.5."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.errors import RefusalKind, RelayError, RelayRefusedError, RelayUnclearError
from bot.relay.answers import find_quotes, find_task_id, is_fine, read_envelope
from bot.relay.meanings import (
    ACCIDENTS,
    MARKS,
    Meaning,
    is_page,
    readable,
    says,
    sounds_refused,
    sounds_taken,
    unquoted,
)

NO_PATH = 404
REQUEST_TIMEOUT, CONFLICT = 408, 409  # whoever says so does not know how much arrived, or that it arrived before

REFUSING_CODES = (3, 4, 5, 9, 23, 24, 30)  # of the envelope; with these even a 5xx is a clear no
_ERROR_NAMES = ("error", "errors", "detail", "error_code", "error_msg", "error_message", "errcode", "errmsg")
_POLICY_NAMES = ("content_policy", "content policy", "policy_violation")
_UNSUPPORTED = (
    *("unknown_action", "model_not_found", "no available channel", "无可用渠道", "接口不存在"),
    # With 403, though the key is good for others. Source: QuantumNous/new-api, middleware/distributor.go.
    *("no access to model ", "无权访问模型"),
)
_FIELDS = ("不支持的参数", "不支持的分辨率", "不支持的比例")  # said of a body that was not passed on
_NO_SUPPORT = ("not support", "unsupported", "not implemented", "不支持", "未开放", "not available", "not enabled")
# Of what is not supported, only the operation itself is something that the relay does not offer.
_OPERATION = re.compile(
    r"\b(?:operation|action|endpoint|interface|route|method|feature|function|api|swap|blend|describe|shorten|upload)s?\b"
    r"|操作|接口|功能|换脸|混图|图生文",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\s*(?:this |it )?(?:is )?(?:not supported|unsupported|not implemented|不支持)\s*[.!\u3002\uff01]?\s*",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(?:param\w*|argument|field|value|size|ratio|format|resolution|option|prompt|task|account|remix)s?\b"
    r"|参数|尺寸|比例|格式|分辨率|任务|当前账号|选项",
    re.IGNORECASE,
)
# The job is sent again by itself after these, so that no weaker word will do ("try again later" may follow a charge).
_BUSY = (
    *("queue full", "queue is full", "队列已满", "队列满", "relay_admission_overloaded", "saturated", "负载已饱和"),
    *("too many concurrent", "concurrency limit", "too many requests", "rate limit", "请求过于频繁"),
)

# What a vendor's own codes mean, which stand with any HTTP status. Each adapter has its own: the same number says
# something else elsewhere.
VendorCodes = Mapping[int, RefusalKind]
NO_CODES: VendorCodes = MappingProxyType({})
BANNED_WORD = 24  # the envelope's code for a word that Midjourney does not take


def refusal(
    status: int,
    code: int | None,
    text: str,
    written: str = "",
    *,
    marks: str = "",
    retry_after_s: float | None = None,
    word: str | None = None,
    task_id: str = "",
    codes: VendorCodes = NO_CODES,
) -> RelayError:
    """Classify what came instead of a yes.

    Args:
        status: the HTTP status.
        code: the envelope's.
        text: its words for people.
        written: all that a member wrote of the request; where it is quoted, it is not taken for the relay's own word.
        marks: all words of the envelope, where there are more than the text.
        retry_after_s: seconds that the relay asks to wait.
        word: the banned word.
        task_id: the id that came along.
        codes: what the vendor's own codes mean.

    Returns:
        `RelayRefusedError` for a clear no, else `RelayUnclearError`.
    """
    marks = marks or text
    if says(MARKS[Meaning.UNKNOWN_STATE], unquoted(marks, written)) or status == CONFLICT:
        return _unclear(status, text, task_id)
    kind = _kind(status, code, marks, written, codes)
    is_accident = kind in (RefusalKind.FAILED, RefusalKind.INVALID) and _is_accident(marks, written)
    is_odd = kind is RefusalKind.FAILED and (
        (code is not None and 500 <= code < 600) or sounds_taken(unquoted(marks, written))
    )
    if is_accident or is_odd:
        return _unclear(status, text, task_id)
    return RelayRefusedError(kind, readable(text), word=word, retry_after_s=retry_after_s, status=status, code=code)


def refusal_in(value: Any, written: str = "", codes: VendorCodes = NO_CODES) -> RelayError:
    """Classify an answer that is no yes although HTTP called it a success, by what its body says."""
    return refusal_of(200, value, written, codes=codes)


def refusal_of(
    status: int,
    value: Any,
    written: str = "",
    retry_after_s: float | None = None,
    codes: VendorCodes = NO_CODES,
) -> RelayError:
    """Classify a decoded answer that is no yes; returns as `refusal` does."""
    words = read_envelope(value)
    quoted, task_id = f"{written}\n{find_quotes(value)}", find_task_id(value)
    is_accident = 300 <= status < 400 or status >= 500 or status == REQUEST_TIMEOUT
    is_clear = words.code in codes or _is_clear(words.marks, quoted)
    if is_accident and words.code not in REFUSING_CODES and (task_id or not is_clear):
        # Somebody between us and the relay, or the relay in pieces.
        return _unclear(status, words.text, task_id)
    no = refusal(
        status,
        words.code,
        words.text,
        quoted,
        marks=words.marks,
        retry_after_s=retry_after_s,
        word=banned_word(value),
        task_id=task_id,
        codes=codes,
    )
    is_known = words.code in REFUSING_CODES or words.code in codes or _is_marked(value)
    if status < 300 and not is_known and _says_no_more(no) and not sounds_refused(unquoted(words.marks, quoted)):
        return _unclear(status, words.text, task_id)  # words, or a code, that nobody knows: it may have been paid
    return no


def _says_no_more(no: RelayError) -> bool:
    """Whether nothing is known of a refusal but that it is no yes."""
    return isinstance(no, RelayRefusedError) and no.kind is RefusalKind.FAILED


def _is_marked(value: Any) -> bool:
    """Whether an answer calls itself an error."""
    if not isinstance(value, dict):
        return False
    return value.get("success") is False or any(value.get(name) and not is_fine(value[name]) for name in _ERROR_NAMES)


def refusal_of_text(status: int, text: str, written: str = "", retry_after_s: float | None = None) -> RelayError:
    """Classify an answer that is not JSON: a line of text, or a web page; returns as `refusal` does."""
    if not 400 <= status < 500 or status == REQUEST_TIMEOUT:
        return RelayUnclearError(f"HTTP {status} with a body that is not JSON", answered=True)
    plain = f"HTTP {status}" if is_page(text) or text.startswith("<") else text
    return refusal(status, None, plain, written, retry_after_s=retry_after_s)


def is_policy(text: str, written: str = "") -> bool:
    """Whether a relay says that a safety check held something back."""
    return says(MARKS[Meaning.MODERATED], unquoted(text, written), written)


def banned_word(value: Any) -> str | None:
    """Find the word of an answer with code 24; None where it names none."""
    properties = value.get("properties") if isinstance(value, dict) else None
    word = properties.get("bannedWord") if isinstance(properties, dict) else None
    return str(word) if word else None


def _is_accident(marks: str, written: str) -> bool:
    """Whether something broke on the way to those who paint, so that nobody knows what they took."""
    plain = unquoted(marks, written)
    before = (*MARKS[Meaning.LINK], *MARKS[Meaning.PICTURE])  # what was fetched before anything was sent
    broke = says(ACCIDENTS, plain, written) or any(line.strip() == "eof" for line in plain.splitlines())
    return broke and not says(before, plain, written)


def _is_clear(marks: str, written: str) -> bool:
    clear = (*_UNSUPPORTED, *_FIELDS, *_BUSY, *MARKS[Meaning.CREDIT], *_POLICY_NAMES)
    return says(clear, marks, written) or _is_about_operation(marks, written)


def _is_about_operation(text: str, written: str) -> bool:
    """Whether an operation is not supported, rather than a value, a task or an account."""
    if any(_BARE.fullmatch(line) for line in text.splitlines()):
        return True
    quoted = written.casefold()
    names = any(found[0].casefold() not in quoted for found in _OPERATION.finditer(text))
    return names and says(_NO_SUPPORT, text, written) and not _VALUE.search(text)


def _kind(status: int, code: int | None, text: str, written: str, codes: VendorCodes) -> RefusalKind:
    if code == BANNED_WORD:
        return RefusalKind.BANNED
    if code is not None and code in codes:
        return codes[code]
    if code is not None and 400 <= code < 500:  # gateways that repeat the status in the body, with a success of HTTP
        status, code = (code if status < 300 else status), None
    return _by_words(status, code, text, written) or _by_numbers(status, code, text, written)


def _by_words(status: int, code: int | None, text: str, written: str) -> RefusalKind | None:
    """What is said plainly, whatever the status."""
    if status == 402 or says(MARKS[Meaning.CREDIT], text, written):
        return RefusalKind.QUOTA
    if code in (23, 30) or status == 429 or says(_BUSY, text, written):
        return RefusalKind.BUSY
    if status == 501 or says(_UNSUPPORTED, text, written) or _is_about_operation(text, written):
        return RefusalKind.UNSUPPORTED
    if status not in (401, 403, 404) and is_policy(text, written):
        return RefusalKind.POLICY
    return None


def _by_numbers(status: int, code: int | None, text: str, written: str) -> RefusalKind:
    if status in (401, 403):
        return RefusalKind.AUTH
    if code == 3 or says(MARKS[Meaning.FORGOTTEN], text, written):
        return RefusalKind.NOT_FOUND
    if status == NO_PATH:
        return RefusalKind.UNSUPPORTED
    if status == 503:
        return RefusalKind.BUSY
    if code in (5, 9):
        return RefusalKind.FAILED
    if code == 4 or status in (400, 422) or says(_NO_SUPPORT, text, written):
        return RefusalKind.INVALID
    return RefusalKind.FAILED


def _unclear(status: int, text: str, task_id: str) -> RelayUnclearError:
    words = readable(text)
    return RelayUnclearError(f"HTTP {status}", task_id=task_id, answered=True, words=words)
