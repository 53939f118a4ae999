"""What a relay's words mean, in whatever language it says them. Pure functions; a new meaning is a line here.

Source: docs/relay.md 7 (failure texts of midjourney-proxy and its successors, new-api, ideogram, fal and Kling), and
jimeng-api ("积分不足").
"""

import functools
import json
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from bot.text import unescape_html

SHORTEST_QUOTE = 4  # characters; shorter lines of what was written stand in every text
READABLE_LIMIT = 300  # characters of a relay's text that anybody is shown


class Meaning(StrEnum):
    """Reasons that members and owners can do something about."""

    UNKNOWN_STATE = "unknown_state"  # it may have been taken, and must not be sent again
    MODERATED = "moderated"  # the prompt, an input or the result is not allowed
    CREDIT = "credit"
    QUEUE_FULL = "queue_full"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    LINK = "link"  # an address in the prompt cannot be fetched
    PICTURE = "picture"  # a picture that was sent is no use
    PARAMETER = "parameter"
    NO_ACCOUNT = "no_account"  # the relay has no account free, or its account is in trouble
    KEY = "key"
    NOT_OFFERED = "not_offered"
    FORGOTTEN = "forgotten"
    PAGE = "page"  # a server between the relay and its upstream answered


# In the order in which they are looked for. A mark that the member wrote tells nothing: there are several of each.
MARKS: dict[Meaning, tuple[str, ...]] = {
    Meaning.UNKNOWN_STATE: (
        *("accepted state unknown", "state unknown", "unknown state", "state is unknown", "status is unknown"),
        *("status unknown", "unknown status", "outcome unknown", "outcome is unknown", "not be determined"),
        *("not retry", "don't retry", "not resubmit", "don't resubmit", "not re submit", "not submit again"),
        *("not send again", "not resend", "not be retried", "not try again", "don't try again", "never retry"),
        *("may have been submitted", "may have been accepted", "may have been charged", "may have been created"),
        *("might have been submitted", "might have been accepted", "may already", "might already"),
        *("idempotency conflict", "idempotency key", "insert midjourney task failed", "insert task failed"),
        *("save task failed", "failed to save task"),
        *("already submitted", "already accepted", "already been submitted"),
        *("already been accepted", "already in progress", "already processing", "already being processed"),
        *("duplicate request", "duplicate submission", "duplicate submit", "duplicate task", "duplicated request"),
        *("请勿重", "勿重试", "勿重複", "勿重新", "勿重試", "勿再次", "不要重试", "不要重試", "不要重复", "不要重新"),
        *("不要重複", "不要再次", "重复提交", "重複提交", "重复请求", "重複請求", "请求重复", "請求重複", "重复任务"),
        *("状态未知", "狀態未知", "未知状态", "未知狀態", "状态不明", "狀態不明", "结果未知", "結果未知", "结果不明"),
        *(
            "任务已提交",
            "任務已提交",
            "已经提交",
            "已經提交",
            "可能已提交",
            "可能已经",
            "可能已經",
            "已受理",
            "已被受理",
        ),
        *("保存任务失败", "保存任務失敗", "任务入库失败", "再試行しない", "再送しない", "再送信しない", "状態は不明"),
        *(
            "状態が不明",
            "受け付けられました",
            "受け付けました",
            "受付済み",
            "不明な状態",
            "не повторяйте",
            "уже принят",
        ),
        *("задача принята", "запрос принят", "неизвестно состояние", "состояние неизвестно", "статус неизвестен"),
        *("재시도하지 마", "다시 시도하지 마", "다시 제출하지 마", "상태를 알 수 없", "이미 제출", "이미 접수"),
        *("nicht erneut", "status unbekannt", "no reintente", "no vuelva a", "estado desconocido"),
        *("ne pas réessayer", "ne réessayez pas", "état inconnu", "não tente novamente", "estado desconhecido"),
    ),
    Meaning.MODERATED: (
        *("banned prompt", "banned word", "banned_prompt", "bannedword", "blocked prompt", "community standards"),
        *("community guidelines", "moderat", "image denied", "image filters", "image_filter", "filtered", "nsfw"),
        *("output filter", "content filters", "our filters", "rejected as a result of our safety"),
        *(
            "nsfw content",
            "content detected",
            "sensitive words",
            "sensitive content",
            "may contain",
            "敏感词",
            "敏感内容",
        ),
        *("违规内容", "违规词", "审核不通过", "审核未通过", "未通过审核", "涉嫌违规"),
        *("sensitive", "content_policy", "content policy", "policy_violation", "policy violation", "safety check"),
        *("safety system", "safety filter", "safety_filter", "content checker", "content filter", "content_filter"),
        *("risk control", "risk_control", "responsible ai", "inappropriate", "prohibited content", "unsafe"),
        *(
            "violates",
            "violation",
            "not allowed by our",
            "adult content",
            "audit failed",
            "审核",
            "敏感",
            "违规",
            "风控",
        ),
        *("违禁", "禁止的内容", "禁用词", "屏蔽词", "被拦截", "被过滤", "不合规", "涉黄", "涉政", "色情", "内容安全"),
        *("審核", "敏感詞", "違規", "違禁", "封禁词", "社区准则", "社群守則", "不適當", "不适当", "不当内容"),
        *(
            "модерац",
            "запрещ",
            "審査",
            "不適切",
            "禁止ワード",
            "ポリシー違反",
            "검열",
            "금지어",
            "부적절",
            "moderación",
        ),
        *("contenido inapropiado", "contenu inapproprié", "modération", "unangemessen", "verstößt"),
        *("prompt blocked", "content blocked", "image blocked", "been blocked", "blocked by our", "blocked by the"),
        *("image rejected", "prompt rejected", "content rejected", "against our", "against the rules", "violate"),
        *("our policies", "our policy", "trust & safety", "trust and safety", "explicit content", "sexual", "nudity"),
        *("porn", "violence", "self harm", "prohibited", "forbidden content", "flagged", "community rules"),
        *("封鎖", "被封锁", "被屏蔽", "裸露", "18禁", "r18", "暴力", "血腥", "违反", "違反", "不合法", "违法", "違法"),
        *(
            "禁止され",
            "ブロックされ",
            "センシティブ",
            "わいせつ",
            "ガイドライン",
            "модератор",
            "заблокирован",
            "отклонен",
        ),
        *("недопустим", "неприемлем", "위반", "차단", "모더레이션", "제한된 콘텐츠", "선정적", "jugendschutz"),
        *("blockiert", "anstößig", "contenu interdit", "contenido bloqueado", "conteúdo bloqueado", "moderação"),
        *("inapropriado", "inadequado", "contenuto inappropriato", "contenuto bloccato"),
    ),
    Meaning.CREDIT: (
        *("quota_not_enough", "user_quota", "insufficient_quota", "quota", "insufficient balance", "out of credit"),
        *("insufficient credit", "not enough credit", "no credit", "credits exhausted", "insufficient_credit"),
        *("credit balance", "insufficient funds", "insufficient points", "not enough points", "billing", "payment"),
        *("exhausted balance", "balance is not enough", "balance not enough", "account balance", "resource pack"),
        *(
            "额度",
            "余额",
            "積分不足",
            "积分不足",
            "积分不够",
            "积分已用",
            "积分用完",
            "点数",
            "點數",
            "次数已用",
            "次数不足",
        ),
        *(
            "次数用完",
            "次數已用",
            "欠费",
            "充值",
            "續費",
            "续费",
            "餘額",
            "額度",
            "fast hours",
            "fast time",
            "剩余时长",
        ),
    ),
    Meaning.QUEUE_FULL: (
        *("queue full", "queue is full", "job queued", "relay_admission_overloaded", "saturated", "overloaded"),
        *("too many requests", "too many concurrent", "too many jobs", "concurrency limit", "concurrent jobs"),
        *(
            "rate limit",
            "rate_limit",
            "server is busy",
            "队列已满",
            "队列满",
            "任务队列已",
            "排队已满",
            "负载已饱和",
            "負載",
        ),
        *("并发数", "并发任务", "请求过于频繁", "请求频繁", "繁忙", "稍后再试", "稍后尝试", "稍後再試"),
    ),
    Meaning.TIMEOUT: (
        *("timeout", "timed out", "time out", "deadline exceeded", "too long", "超时", "逾時", "超時", "タイムアウト"),
    ),
    Meaning.CANCELLED: ("取消", "cancelled", "canceled", "cancel by", "aborted by"),
    Meaning.LINK: (
        *("invalid link", "could not validate this link", "could not fetch", "failed to download", "failed to fetch"),
        *("链接无效", "无效链接", "链接失效", "无法访问", "下载失败", "图片下载", "could not complete"),
    ),
    Meaning.PICTURE: (
        *("invalid image", "image format", "unsupported image", "image too large", "image size", "decode image"),
        *("图片格式", "图片过大", "图片太大", "图片大小", "无效图片", "图片无效", "base64格式错误", "base64 格式"),
    ),
    Meaning.NO_ACCOUNT: (
        *("no available account", "no account", "account instance", "无可用的账号", "没有可用的账号", "无可用账号"),
        *(
            "账号不可用",
            "账户不可用",
            "账号实例",
            "账号已禁用",
            "账号被禁",
            "action restricted",
            "action needed",
            "subscription",
        ),
        *("account is banned", "account banned", "account suspended", "账号被封", "账户被封", "帐号被封", "帳號被封"),
        *("pending mod message", "captcha", "account blocked", "account disabled", "account is disabled", "验证码"),
    ),
    Meaning.NOT_OFFERED: (
        *("unknown_action", "model_not_found", "no available channel", "无可用渠道", "no channel for"),
        *("模型不存在", "接口不存在", "not implemented"),
    ),
    Meaning.PARAMETER: (
        *("invalid parameter", "invalid_parameter", "invalid value", "unrecognized", "invalid request", "bad request"),
        *(
            "参数错误",
            "参数无效",
            "无效参数",
            "无效的参数",
            "参数不正确",
            "不支持的参数",
            "参数校验",
            "參數",
            "不能为空",
        ),
        *("invalid prompt", "prompt format", "提示词格式", "格式错误", "not a valid", "validation error"),
    ),
    Meaning.FORGOTTEN: (
        *(
            "task_not_found",
            "task_no_found",
            "not exist",
            "不存在",
            "已失效",
            "任务已过期",
            "關聯任務",
            "no longer available",
        ),
    ),
    Meaning.KEY: ("invalid key", "invalid token", "invalid api key", "invalid signature", "unauthorized", "无效的令牌"),
    Meaning.PAGE: (
        *("bad gateway", "gateway time-out", "service unavailable", "internal server error", "cloudflare", "nginx"),
        *(
            "网关错误",
            "内部错误",
            "系统异常",
            "服务器错误",
            "upstream_error",
            "do_request_failed",
            "connection refused",
        ),
        *("traceback (most recent", "nullpointer", ".java:", "stack trace", "goroutine ", "runtime error", "<?xml"),
        *("unexpected token", "is not a function", "cannot read propert", "has no attribute"),
    ),
}

# What breaks between the relay and its own upstream tells as little of the job as what breaks before the relay.
ACCIDENTS = (
    *("timeout", "timed out", "time out", "deadline exceeded", "gateway time", "超时", "逾時", "超時"),
    *("タイムアウト", "시간 초과", "превышено время", "zeitüberschreitung", "tiempo de espera", "délai dépassé"),
    *("do request failed", "read response body", "empty response body", "close request body"),
    *("close response body", "unmarshal response body", "bad response body"),
    *("copy response body", "get response body", "get body failed", "bad response status code 5", "unexpected eof"),
    *("connection reset", "connection was reset", "broken pipe", "socket hang up", "econnreset", "epipe", "etimedout"),
    *("connection closed", "connection lost", "connection aborted", "premature", "remote end closed", "econnaborted"),
    *(
        "连接被重置",
        "连接重置",
        "连接中断",
        "连接断开",
        "連線中斷",
        "接続がリセット",
        "接続が切断",
        "соединение разорвано",
    ),
    *("bad gateway", "网关错误", "網關錯誤"),
)

# Words that only say again that it failed.
_NOTHING = re.compile(
    r"(?:null|none|nil|undefined|nan|\[?object object\]?|unknown|n/a|"
    r"(?:an? )?(?:unknown |task |job |generation |generate |image )*(?:error|fail(?:ed|ure)?)(?: occurred)?|"
    r"(?:未知|任务|任務|生成|图片|圖片|绘图|繪圖|执行|執行|请求|請求|操作|处理|出图)*"
    r"(?:失败|失敗|错误|錯誤|异常|出错)(?:[,\uff0c]?请?(?:稍后)?(?:重试|再试|再試))?)?[\s.!\u3002\uff01]*",
    re.IGNORECASE,
)
_YES = re.compile(
    r"success|submitted|accepted|queued|created|processing|started|received|pending|in progress"
    r"|成功|已提交|已創建|已创建|排队|排隊|处理中|處理中|受理|已接收|受け付けました",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:not|no|never|cannot|can't|isn't|wasn't|un\w+|in(?:valid|correct)|without|refused|rejected|denied|required"
    r"|bad|wrong|illegal|forbidden|blocked|banned|too)\b"
    r"|fail|error|missing|失败|失敗|错误|錯誤|未|不|无|無|禁|违|超出|ません",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[!/?a-zA-Z][^>]*>", re.DOTALL | re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|title|h1|p|div|center|hr|br|pre)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1", re.DOTALL | re.IGNORECASE)
_LONGEST_READ = 20_000  # characters of a text that are looked at


def meaning_of(text: str, written: str = "") -> Meaning | None:
    """Find what a relay's text means, other than by quoting what was `written`; None where nobody knows."""
    plain = unquoted(text, written)
    return next((meaning for meaning, marks in MARKS.items() if says(marks, plain, written)), None)


def says(marks: tuple[str, ...], text: str, written: str = "") -> bool:
    """Whether the text has one of the marks, other than by quoting what was written."""
    folded, quoted = _loose(text[:_LONGEST_READ]), _loose(written)
    return any(loose in folded and loose not in quoted for loose in map(_loose, marks))


@functools.lru_cache(maxsize=2048)
def _loose(text: str) -> str:
    """A text in which case, dashes for blanks, and the kind of an apostrophe make no difference."""
    return " ".join(text.casefold().translate(_ALIKE).split())


_ALIKE = str.maketrans({"_": " ", "-": " ", "\u2019": "'"})


def unquoted(text: str, written: str) -> str:
    """Return a relay's text without the lines that were written, where it quotes them whole."""
    text = text[:_LONGEST_READ].casefold()
    for line in sorted(written.casefold().splitlines(), key=len, reverse=True):
        if len(line) >= SHORTEST_QUOTE:
            text = text.replace(line, " ")
    return text


def readable(text: str, limit: int = READABLE_LIMIT) -> str:
    """Return a relay's text for people and logs: one line without markup and control characters, at most `limit` long.

    Of a web page its title stays, of JSON in a text its words.
    """
    text = unescape_html(text[:_LONGEST_READ]).strip()
    if text[:1] in "{[":
        text = "; ".join(_words_of_json(text)) or text
    if _PAGE.search(text):
        found = _TITLE.search(text) or _HEADING.search(text)
        text = found[1] if found else text
    text = unescape_html(_TAGS.sub(" ", text))
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def is_page(text: str) -> bool:
    """Whether a text is the source of a web page."""
    return _PAGE.search(unescape_html(text[:_LONGEST_READ])) is not None


def sounds_taken(text: str) -> bool:
    """Whether a text says rather that a job was taken than that it was not."""
    return _YES.search(text) is not None and _NO.search(text) is None


def sounds_refused(text: str) -> bool:
    """Whether a text says no, in whatever words."""
    return _NO.search(text) is not None


def says_nothing(text: str) -> bool:
    """Whether a reason is none: empty, or only one more word for a failure."""
    return len(text) <= READABLE_LIMIT and _NOTHING.fullmatch(text.strip()) is not None


def _words_of_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    level = [value]
    while level:
        one = level.pop(0)
        if isinstance(one, dict):
            yield from (item for name, item in one.items() if name in WORDS and isinstance(item, str) and item)
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        level += [item for item in inner if isinstance(item, dict | list)]


# Under which names relays say what is wrong, the plainest first.
WORDS = (
    *("description", "message", "msg", "error_msg", "error_message", "errorMessage", "errmsg", "err_msg", "detail"),
    *("details", "reason", "fail_reason", "failReason", "task_status_msg", "title", "error", "errors", "info"),
)
