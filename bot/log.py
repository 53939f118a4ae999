"""Logging: one line per event, as text or JSON, with every known secret blanked out."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from typing_extensions import override

# Interaction tokens stand in URLs that discord.py logs, and in the gateway's events, which it logs whole when
# debugging; keys may stand in headers of debug output.
_PATTERNS = re.compile(
    r"(?P<keep>/(?:interactions|webhooks)/\d+/)[\w.-]+"
    r"|(?P<name>(?i:authorization|mj-api-secret)['\"]?\s*[:=]\s*['\"]?|\\?['\"]token\\?['\"]\s*:\s*\\?['\"])"
    r"(?i:(?:bearer|bot|basic|key)\s+)?[^\s'\"]+"
)
BLANK = "[secret]"


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, interaction tokens and authorization headers."""
    for secret in secrets:
        text = text.replace(secret, BLANK)
    return _PATTERNS.sub(lambda m: (m["keep"] or m["name"]) + BLANK, text)


class _Plain(logging.Formatter):
    """`2026-11-22 15:53:00 INFO bot.jobs: message`, for people."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self.secrets = tuple(secrets)

    @override
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self.secrets)


class _Json(_Plain):
    """One JSON object a line, for machines."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return redact(json.dumps(event, ensure_ascii=False), self.secrets)


def set_up(level: str, log_format: Literal["console", "json"], secrets: Iterable[str]) -> None:
    """Send all logs to standard error in one format; libraries stay at WARNING unless we are debugging."""
    handler = logging.StreamHandler(sys.stderr)
    known = [secret for secret in secrets if secret]
    handler.setFormatter(_Json(known) if log_format == "json" else _Plain(known))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    if level != "DEBUG":
        for library in ("discord", "alembic", "aiosqlite", "aiohttp"):
            logging.getLogger(library).setLevel(logging.WARNING)
        logging.getLogger("discord.client").setLevel(logging.ERROR)  # it warns of voice libraries nobody needs here
    else:
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # it repeats every row it touches
