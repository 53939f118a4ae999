"""Logging: one line per event, as text or JSON, with every known secret and what members wrote kept out."""

import json
import logging
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from typing_extensions import override

# Interaction tokens stand in URLs that discord.py logs, and in the gateway's events; keys may stand in headers of debug
# output. Links to the web side and to pictures are good for whoever has them.
_PATTERNS = re.compile(
    r"(?P<keep>/(?:interactions|webhooks)/\d+/|/callback/|/original/|/batch/|/gallery/(?:file|zip)/|[?&]hm=)[\w.-]+"
    r"|(?P<link>/(?:draw|gallery|studio)/?#)[^\s'\"<>)\\]+"
    r"|(?P<name>(?i:authorization|mj-api-secret)['\"]?\s*[:=]\s*['\"]?|\\?['\"]token\\?['\"]\s*:\s*\\?['\"])"
    r"(?i:(?:bearer|bot|basic|key)\s+)?[^\s'\"]+"
)
# Texts of others may hold what a terminal obeys, or what makes one line look like two or another: control characters,
# line and paragraph separators, and the marks that turn the direction of writing.
_UNSEEN = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(rf"[\x00-\x1f{_UNSEEN}]")
_CONTROLS_IN_JSON = re.compile(f"[{_UNSEEN}]")  # the others are escaped there already
_LONG_SECRET = 12  # characters; a shorter one could be a part of ordinary words, so that only the whole word is blanked
_SHORTEST_SECRET = 4  # characters; blanking "1" or "key" everywhere would hide the log, and they protect nothing
BLANK = "[secret]"
# What a message is formatted by, and what its arguments are called in it: "job ended job_id=%s status=%s".
_CONVERSIONS = re.compile(r"(?:\b(?P<name>[a-z_]+)=)?%(?P<kind>%|[-#0 +]*\d*(?:\.\d+)?[a-zA-Z])")


class Redactor:
    """Blanks out the secrets it knows, and tokens, key headers and signed links whoever knows them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        longest_first = sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True)
        known = "|".join(map(_found_anywhere, longest_first))
        self._known = re.compile(known) if known else None

    def __call__(self, text: str) -> str:
        """Return the text without them."""
        if self._known is not None:
            text = self._known.sub(BLANK, text)
        return _PATTERNS.sub(lambda m: (m["keep"] or m["link"] or m["name"]) + BLANK, text)


def _found_anywhere(secret: str) -> str:
    pattern = re.escape(secret)
    return pattern if len(secret) >= _LONG_SECRET else rf"(?<!\w){pattern}(?!\w)"


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, interaction tokens, authorization headers and signed links."""
    return Redactor(secrets)(text)


def plain(text: str) -> str:
    r"""Return the text on one line, its control characters written out as `\x1b` and the like."""
    return _CONTROLS.sub(lambda m: m[0].encode("unicode_escape").decode(), text)


class _Plain(logging.Formatter):
    """`2026-11-22 15:53:00 INFO bot.jobs: message`, for people; a traceback follows, set in."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self.redact = Redactor(secrets)

    def message(self, record: logging.LogRecord) -> str:
        """Return what the event says, without secrets and without what members wrote."""
        return self.redact(_outlined(record).getMessage())

    def traceback(self, record: logging.LogRecord) -> str:
        """Return where it went wrong; empty where nothing did."""
        return self.redact(self.formatException(record.exc_info)) if record.exc_info else ""

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record, self.datefmt)
        line = f"{at} {record.levelname} {record.name}: {plain(self.message(record))}"
        # No line of it may look like an event: exceptions quote others.
        inset = textwrap.indent("\n".join(map(plain, self.traceback(record).split("\n"))), "    ")
        return f"{line}\n{inset}" if inset else line


class _Json(_Plain):
    """One JSON object a line, for machines; what an event names (`job_id=...`) is also a field of its own."""

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the arguments that the event's message names; numbers stay numbers."""
        args = _outlined(record).args
        if not isinstance(args, tuple):
            return {}
        found = [match for match in _CONVERSIONS.finditer(str(record.msg)) if match["kind"] != "%"]
        named = {match["name"]: value for match, value in zip(found, args, strict=False) if match["name"]}
        return {
            # Redacted together with its name, as some names say that a secret follows.
            name: value if isinstance(value, int | float | None) else self.redact(f"{name}={value}")[len(name) + 1 :]
            for name, value in named.items()
        }

    @override
    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": self.message(record),
        }
        if traceback := self.traceback(record):
            event["traceback"] = traceback
        whole = event | {name: value for name, value in self.fields(record).items() if name not in event}
        return _CONTROLS_IN_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(whole, ensure_ascii=False))


def _outlined(record: logging.LogRecord) -> logging.LogRecord:
    """The record; of discord.py's debug lines only the outline, for they repeat whole messages and orders."""
    if not (record.name.startswith("discord") and record.levelno <= logging.DEBUG and record.args):
        return record
    args = record.args if isinstance(record.args, tuple) else (record.args,)
    outline = tuple(map(_outline, args))
    return logging.makeLogRecord(record.__dict__ | {"args": outline})


def _outline(value: object) -> object:
    match value:
        case Mapping():
            told = " ".join(f"{name}={value[name]}" for name in ("op", "t") if value.get(name) is not None)
            return f"[payload {told}]" if told else "[payload]"
        case str() if value.lstrip()[:1] in ("{", "["):
            return f"[payload of {len(value)} characters]"
        case str() | int() | float() | None | type():
            return value
        case _:
            return f"[{type(value).__name__}]"


def set_up_again(
    level: str,
    log_format: Literal["console", "json"],
    secrets: Iterable[str],
    levels: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Do as `set_up` does, where other levels were set before."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.setLevel(logging.NOTSET)
    set_up(level, log_format, secrets, levels)


def set_up(
    level: str,
    log_format: Literal["console", "json"],
    secrets: Iterable[str],
    levels: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Send all logs to standard error in one format; libraries stay at WARNING unless we are debugging.

    `levels` are of modules, and of all below them, that are logged otherwise.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(secrets) if log_format == "json" else _Plain(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for library in ("discord", "alembic", "aiosqlite", "aiohttp", "sqlalchemy"):
            logging.getLogger(library).setLevel(logging.WARNING)
        # They warn of voice libraries that nobody needs here, and that servers stay untold, as they should.
        for library in ("discord.client", "discord.state"):
            logging.getLogger(library).setLevel(logging.ERROR)
    else:
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # it repeats every row it touches
    for name, own_level in levels.items():
        logging.getLogger(name).setLevel(own_level)
