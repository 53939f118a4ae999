"""Logs: one line per event, and no secret in any of them."""

import json
import logging
from collections.abc import Iterator

import pytest

from bot.log import BLANK, redact, set_up


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """What `set_up` changes for the whole process is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("discord", "alembic", "aiosqlite", "aiohttp", "discord.client"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    "line",
    [
        "POST https://discord.com/api/v10/interactions/123/aW50ZXJ.hY3-Rp_b24/callback",
        "PATCH https://discord.com/api/v10/webhooks/123/aW50ZXJ.hY3-Rp_b24/messages/@original",
        "Authorization: Bearer aW50ZXJ.hY3-Rp_b24",
        "authorization=Bot aW50ZXJ.hY3-Rp_b24",
        "{'Authorization': 'Bearer aW50ZXJ.hY3-Rp_b24', 'x': 1}",
        '{"mj-api-secret": "aW50ZXJ.hY3-Rp_b24"}',
        "MJ-API-SECRET: aW50ZXJ.hY3-Rp_b24",
        "Authorization: Key aW50ZXJ.hY3-Rp_b24",
        "WebSocket Event: {'op': 0, 'd': {'type': 2, 'token': 'aW50ZXJ.hY3-Rp_b24', 'x': 1}}",
        '{"message": "raw {\\"token\\": \\"aW50ZXJ.hY3-Rp_b24\\"}"}',
    ],
)
def test_tokens_and_key_headers_are_blanked_even_if_nobody_knows_them(line: str) -> None:
    shown = redact(line, [])

    assert "aW50ZXJ" not in shown
    assert BLANK in shown


def test_what_stands_around_a_secret_stays_readable() -> None:
    assert redact("PATCH /webhooks/123/abc.def/messages/@original 404", []) == (
        f"PATCH /webhooks/123/{BLANK}/messages/@original 404"
    )
    assert redact("{'Authorization': 'Bearer abc', 'x': 1}", []).endswith("'x': 1}")


def test_known_secrets_are_blanked_anywhere() -> None:
    assert redact("key=sk-1 and again sk-1", ["sk-1"]) == f"key={BLANK} and again {BLANK}"


def test_ordinary_lines_are_left_alone() -> None:
    line = "job ended job_id=0123 status=failed kind=relay"

    assert redact(line, ["sk-1"]) == line


def logged(capsys: pytest.CaptureFixture[str], log_format: str, message: str, *args: object) -> str:
    set_up("INFO", "json" if log_format == "json" else "console", ["the-key", ""])
    try:
        int("wrong the-key\nsecond line")
    except ValueError:
        logging.getLogger("bot.jobs").exception(message, *args)
    return capsys.readouterr().err


def test_json_is_one_object_a_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    out = logged(capsys, "json", "it\nbroke job_id=%s", "猫")

    event = json.loads(out)
    assert out.count("\n") == 1
    assert (event["level"], event["logger"], event["message"]) == ("ERROR", "bot.jobs", "it\nbroke job_id=猫")
    assert "'wrong [secret]" in event["traceback"]


def test_console_names_level_and_logger(capsys: pytest.CaptureFixture[str]) -> None:
    out = logged(capsys, "console", "it broke with the-key")

    assert f"ERROR bot.jobs: it broke with {BLANK}" in out.splitlines()[0]
    assert "the-key" not in out


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_libraries_are_quiet_unless_debugging(level: str, *, shown: bool) -> None:
    set_up(level, "console", [])

    assert logging.getLogger("discord.http").isEnabledFor(logging.INFO) is shown


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_rows_are_never_logged(level: str) -> None:
    set_up(level, "console", [])

    assert not logging.getLogger("aiosqlite").isEnabledFor(logging.DEBUG)
