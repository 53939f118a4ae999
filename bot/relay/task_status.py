"""How far a relay says that a task is: its status as one word, and its progress."""

import json
import re
from functools import lru_cache

DONE = frozenset(
    {
        *("SUCCESS", "SUCCEEDED", "SUCCEED", "SUCCESSFUL", "COMPLETED", "COMPLETE", "FINISHED", "FINISH", "DONE", "OK"),
        *("成功", "任务成功", "完成", "已完成", "任务完成", "完了"),
    }
)
FAILED = frozenset(
    {
        *("FAILURE", "FAILED", "FAIL", "ERROR", "EXCEPTION", "CANCEL", "CANCELLED", "CANCELED", "TIMEOUT", "TIMED_OUT"),
        *("TIME_OUT", "EXPIRED", "ABORTED", "TERMINATED", "KILLED", "STOPPED", "REVOKED"),
        *("失败", "失敗", "任务失败", "已失败", "取消", "已取消", "错误", "超时", "已超时"),
    }
)
HELD_BACK = frozenset(
    {
        *("BANNED", "MODERATED", "MODERATION", "BLOCKED", "REJECTED", "FILTERED", "CENSORED", "FLAGGED", "NSFW"),
        *("审核不通过", "审核未通过", "未通过审核", "审核失败", "违规", "敏感"),
    }
)
OPEN = frozenset(
    {
        *("", "NOT_START", "NOT_STARTED", "SUBMITTED", "SUBMIT", "CREATED", "PENDING", "QUEUED", "QUEUEING"),
        *("IN_QUEUE", "WAITING", "STARTING", "STARTED", "IN_PROGRESS", "PROCESSING", "RUNNING", "GENERATING", "MODAL"),
    }
)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[%\uff05]")
_NUMBER = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*(?:/\s*100\s*)?")


def as_text(value: object) -> str:
    """Return a field as text; a list of texts stays JSON, so that its items can be told apart."""
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if all(isinstance(item, str) for item in value) else ""
    # Half a character (a broken escape in an emoji) could be neither stored nor shown.
    return "" if value is None or isinstance(value, dict) else str(value).encode(errors="replace").decode()


def as_status(value: object) -> str:
    """Return a status as one word of capitals."""
    return _one_word(as_text(value))


@lru_cache(maxsize=256)  # there are few, and thousands of tasks say them every second
def _one_word(status: str) -> str:
    return re.sub(r"[\s-]+", "_", status.strip().upper())


def percent_of(progress: str) -> int | None:
    """Return progress in percent, 0 to 100, from "31%", "31" or a part of 1; None for any other text."""
    if found := _PERCENT.search(progress):
        return min(int(float(found[1])), 100)
    if not (found := _NUMBER.fullmatch(progress)):
        return None
    number = float(found[1])
    return min(int(number * 100 if "." in found[1] and number < 1 else number), 100)
