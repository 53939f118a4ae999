"""Logs: one line per event, and no secret in any of them."""

import json
import logging
import re
from collections.abc import Iterator

import pytest

from bot.errors import SettingsError
from bot.log import BLANK, redact, set_up, set_up_again
from tests.support.makers import make_settings


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


# Secrets by their length: a short one must not eat the log.


@pytest.mark.parametrize(
    ("secret", "line", "shown"),
    [
        ("k", "job kept key=k took 3 ticks", "job kept key=k took 3 ticks"),
        ("1", "attempt=1 of 11", "attempt=1 of 11"),
        ("sk-1", "used sk-1, not sk-11 or ask-1", f"used {BLANK}, not sk-11 or ask-1"),
        ("token", "a token, tokens, a betokened one", f"a {BLANK}, tokens, a betokened one"),
        ("sk-0123456789", "urlsk-0123456789x", f"url{BLANK}x"),
        ("a+b(c", "with a+b(c inside", f"with {BLANK} inside"),
    ],
)
def test_short_secrets_are_blanked_as_whole_words_only(secret: str, line: str, shown: str) -> None:
    assert redact(line, [secret]) == shown


def test_the_longer_of_two_secrets_is_blanked_whole() -> None:
    assert redact("sk-0123456789-more", ["sk-0123456789", "sk-0123456789-more"]) == BLANK


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("[Draw](https://e.example/draw/#WzEsMl0.x-Y_z)", f"[Draw](https://e.example/draw/#{BLANK})"),
        ("[Open](https://e.example/gallery/#WzEsMl0.x-Y_z)", f"[Open](https://e.example/gallery/#{BLANK})"),
        ("https://e.example/studio/#WzEsMl0.x-Y_z", f"https://e.example/studio/#{BLANK}"),
        ("GET /gallery/file/WzEs.x-Y_z", f"GET /gallery/file/{BLANK}"),
        ("GET /gallery/zip/WzEs.x-Y_z", f"GET /gallery/zip/{BLANK}"),
        ("[All](https://e.example/batch/WzEs.x-Y_z)", f"[All](https://e.example/batch/{BLANK})"),
        ('{"url": "https://e.example/draw#WzEsMl0.x"}', f'{{"url": "https://e.example/draw#{BLANK}"}}'),
        ("POST /callback/ImpvYiI.aB-c_d 200", f"POST /callback/{BLANK} 200"),
        (
            "[Full video](<https://e.example/original/WzEs.x-Y_z>)",
            f"[Full video](<https://e.example/original/{BLANK}>)",
        ),
        ("/a.png?ex=67ce&is=67cd&hm=b87e6b24&", f"/a.png?ex=67ce&is=67cd&hm={BLANK}&"),
    ],
)
def test_signed_links_are_blanked(line: str, shown: str) -> None:
    assert redact(line, []) == shown


# Texts of others.

FOREIGN = [
    ("two\n2026-11-22 15:53:00 INFO bot.jobs: forged", r"two\n2026-11-22 15:53:00 INFO bot.jobs: forged"),
    ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
    ("csi \x9b31m nel \x85 del \x7f", r"csi \x9b31m nel \x85 del \x7f"),
    ("separators \u2028 \u2029 turned \u202e \u2066", r"separators \u2028 \u2029 turned \u202e \u2066"),
    ("\ttab\rreturn\0nul", r"\ttab\rreturn\x00nul"),
    ("猫 ok “quoted”", "猫 ok “quoted”"),
]


@pytest.mark.parametrize(("text", "shown"), FOREIGN)
def test_console_writes_control_characters_out(capsys: pytest.CaptureFixture[str], text: str, shown: str) -> None:
    set_up("INFO", "console", [])

    logging.getLogger("bot.jobs").warning("relay said reason=%s", text)

    line = capsys.readouterr().err
    assert line.endswith(f"WARNING bot.jobs: relay said reason={shown}\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize(("text", "_shown"), FOREIGN)
def test_json_gives_texts_back_whole_and_holds_nothing_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str], text: str, _shown: str
) -> None:
    set_up("INFO", "json", [])

    logging.getLogger("bot.jobs").warning("relay said reason=%s", text)

    line = capsys.readouterr().err
    assert json.loads(line)["message"] == f"relay said reason={text}"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", line)
    assert line.count("\n") == 1


def test_no_line_of_a_traceback_looks_like_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("INFO", "console", [])
    try:
        json.JSONDecoder().raw_decode("x")
    except ValueError as exc:
        exc.args = ("x\n2026-11-22 15:53:00 INFO bot.jobs: forged \x1b[31m",)
        logging.getLogger("bot.jobs").exception("it broke")

    first, *others = capsys.readouterr().err.splitlines()
    assert first.endswith("ERROR bot.jobs: it broke")
    assert others
    assert all(line.startswith("    ") and "\x1b" not in line for line in others)


# Debugging.

ORDER = {"op": 0, "t": "INTERACTION_CREATE", "d": {"data": {"options": [{"value": "a private prompt"}]}}}


@pytest.mark.parametrize(
    ("name", "message", "args", "kept"),
    [
        ("discord.gateway", "For Shard ID %s: WebSocket Event: %s", (0, ORDER), "op=0 t=INTERACTION_CREATE"),
        (
            *("discord.http", "%s %s with %s has returned %s"),
            ("PATCH", "https://discord.com/api/v10/x", '{"content": "a private prompt"}', 200),
            "PATCH https://discord.com/api/v10/x with [payload of 31 characters] has returned 200",
        ),
        ("discord.http", "%s %s has received %s", ("GET", "/x", [{"content": "a private prompt"}]), "GET /x"),
        ("discord.gateway", "Received %s", (ORDER,), "op=0 t=INTERACTION_CREATE"),
    ],
)
def test_debugging_shows_calls_and_events_but_not_what_members_wrote(
    capsys: pytest.CaptureFixture[str], name: str, message: str, args: tuple[object, ...], kept: str
) -> None:
    set_up("DEBUG", "console", [])

    logging.getLogger(name).debug(message, *args)

    line = capsys.readouterr().err
    assert kept in line
    assert "private" not in line


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


@pytest.mark.parametrize(
    ("message", "args", "fields"),
    [
        ("job ended job_id=%s status=%s", ("0123", "done"), {"job_id": "0123", "status": "done"}),
        ("100%% read count=%d after %s from=%r", (3, "a while", "x"), {"count": 3, "from": "x"}),
        ("submit failed job_id=%s key=%s", ("0123", "the-key"), {"job_id": "0123", "key": BLANK}),
        ("odd authorization=%s", ("Bearer abc.def",), {"authorization": BLANK}),
        ("odd message=%s level=%s", ("a", "b"), {}),
        ("odd job_id=%s prompt=a job_id=1", ("0123",), {"job_id": "0123"}),
        ("nothing named", (), {}),
    ],
)
def test_json_has_what_an_event_names_as_fields(
    capsys: pytest.CaptureFixture[str], message: str, args: tuple[object, ...], fields: dict[str, object]
) -> None:
    set_up("INFO", "json", ["the-key"])

    logging.getLogger("bot.jobs").info(message, *args)

    event = json.loads(capsys.readouterr().err)
    assert {name: value for name, value in event.items() if name not in ("at", "level", "logger", "message")} == fields
    assert event["message"] == redact(message % args, ["the-key"])


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


def test_modules_are_logged_as_much_as_the_owner_wants(capsys: pytest.CaptureFixture[str]) -> None:
    levels = make_settings(log_levels="bot.relay=debug, bot.jobs = WARNING").log.levels
    quiet, talkative = logging.getLogger("bot.jobs.poller"), logging.getLogger("bot.relay.http")
    try:
        set_up("INFO", "console", [], levels)
        quiet.info("not told")
        talkative.debug("told")
    finally:
        for name in levels:
            logging.getLogger(name).setLevel(logging.NOTSET)

    assert capsys.readouterr().err.endswith("DEBUG bot.relay.http: told\n")


@pytest.mark.parametrize("wrong", ["bot.relay", "=DEBUG", "bot.relay=LOUD"])
def test_levels_that_nobody_understands_are_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="LOG_LEVELS must be"):
        make_settings(log_levels=wrong)


def test_levels_of_before_are_taken_back_when_they_change() -> None:
    set_up("DEBUG", "console", [], {"bot.relay": "ERROR"})

    set_up_again("INFO", "console", [], {"bot.jobs": "DEBUG"})

    levels = {name: logging.getLogger(name).getEffectiveLevel() for name in ("bot.relay", "bot.jobs", "aiohttp")}
    assert levels == {"bot.relay": logging.INFO, "bot.jobs": logging.DEBUG, "aiohttp": logging.WARNING}
    logging.getLogger("bot.jobs").setLevel(logging.NOTSET)


def test_what_is_asked_of_the_database_is_not_logged_after_the_settings_were_read_again() -> None:
    set_up_again("INFO", "console", [])

    assert not logging.getLogger("sqlalchemy.engine.Engine").isEnabledFor(logging.INFO)
