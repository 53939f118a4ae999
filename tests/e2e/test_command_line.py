"""The owner's view: a wrong token ends the start in one line, and the doctor says what is wrong in a sentence each.

They run in forks; `unit/test_main.py` starts both commands as programs.
"""

import json
import shutil
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord import payloads
from sandbox.wire import Fault
from tests.e2e.studio import Studio
from tests.support.forks import ForkedBot, run_bot
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUCKET = {
    "PICTURES_URL": "s3://pictures/easel",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:{closed}",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
HEALTHY = {"ok The settings are complete.", "ok The relay answers and takes the key."}


async def call(studio: Studio, command: str, data: Path, *options: str, **changes: str) -> tuple[int | None, list[str]]:
    """Run a command of the bot beside the running one; its exit code and everything that it said."""
    elsewhere = {} if data == studio.sandbox.data else {"DATABASE_URL": ""}  # in that folder
    environment = studio.bot.environment | elsewhere | {"DATA_DIR": str(data)} | changes
    with tempfile.TemporaryDirectory() as folder:
        fork = ForkedBot(environment, Path(folder) / "said", launch=partial(run_bot, command, *options))
        await fork.start()
        await fork.wait_ended()
        return fork.exit_code, [" ".join(line.split()) for line in fork.log_path.read_text().splitlines()]


def contents(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_wrong_token_ends_the_start_in_one_line(studio: Studio, tmp_path: Path) -> None:
    code, said = await call(studio, "run", tmp_path, DISCORD_TOKEN="not.the.token")

    assert code == 2
    assert said == ["Discord does not accept DISCORD_TOKEN; copy it again from the developer portal."]


async def test_a_missing_token_and_key_end_the_start_in_one_line(studio: Studio, tmp_path: Path) -> None:
    code, said = await call(studio, "run", tmp_path, DISCORD_TOKEN="", RELAY_API_KEY="")

    assert code == 2
    assert said == ["DISCORD_TOKEN, RELAY_API_KEY must be set (in the environment or in .env)."]


async def test_a_bucket_that_cannot_be_reached_ends_the_start_in_one_line(
    studio: Studio, tmp_path: Path, closed_port: int
) -> None:
    bucket = {name: value.format(closed=closed_port) for name, value in BUCKET.items()}

    code, said = await call(studio, "run", tmp_path, **bucket)

    assert code == 2
    assert len(said) == 1
    assert said[0].startswith(f"The bucket pictures cannot be reached at http://127.0.0.1:{closed_port}; check")


@pytest.mark.sqlite_only(reason="a server's database is shared")
async def test_a_second_bot_on_the_same_data_ends_in_one_line(studio: Studio) -> None:
    code, said = await call(studio, "run", studio.sandbox.data)

    assert code == 2
    assert len(said) == 1
    assert said[0].startswith("Another Easel already works on")


async def test_the_doctor_is_content_with_a_whole_configuration_and_writes_nothing(
    studio: Studio, tmp_path: Path
) -> None:
    data = tmp_path / "data"

    code, said = await call(studio, "doctor", data)

    assert code == 0
    assert set(said) >= HEALTHY
    assert f"note There is no database yet; the first start makes it in {data}." in said
    assert any(line.startswith("ok Discord takes the token of Easel") for line in said)
    assert contents(tmp_path) == []


async def test_the_doctor_can_be_asked_while_the_bot_runs(studio: Studio) -> None:
    code, said = await call(studio, "doctor", studio.sandbox.data)

    assert code == 0
    is_file = isinstance(studio.database, Path)  # a server can be read while others write
    known = (
        "ok The database is in use by a running Easel." if is_file else "ok The database is up to date; 0 unfinished"
    )
    assert any(line.startswith(known) for line in said)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"DISCORD_TOKEN": "not.the.token"}, "wrong Discord does not accept DISCORD_TOKEN"),
        ({"RELAY_API_KEY": "sk-wrong"}, "wrong The relay refuses the key; check RELAY_API_KEY"),
        ({"RELAY_BASE_URL": "http://127.0.0.1:{closed}"}, "cannot be reached; check RELAY_BASE_URL."),
        ({"RELAY_BASE_URL": "{discord}/avatars"}, "wrong"),
        ({"DISCORD_API_URL": "http://127.0.0.1:{closed}/api/v10"}, "wrong Discord cannot be reached"),
        (BUCKET, "wrong The bucket pictures cannot be reached at http://127.0.0.1:"),
    ],
    ids=["token", "key", "relay away", "no relay", "discord away", "bucket away"],
)
async def test_the_doctor_names_what_is_wrong_and_ends_with_1(
    studio: Studio, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    with socket.socket() as bound:  # and does not listen: whoever connects is refused
        bound.bind(("127.0.0.1", 0))
        places = {"closed": bound.getsockname()[1], "discord": studio.sandbox.discord.origin}
        filled = {name: value.format(**places) for name, value in changes.items()}

        code, said = await call(studio, "doctor", tmp_path, **filled)

    assert code == 1
    assert any(sentence in line for line in said)
    assert sum(line.startswith("wrong") for line in said) == 1
    assert not any("Traceback" in line for line in said)


async def test_the_doctor_asks_each_of_several_relays(studio: Studio, tmp_path: Path) -> None:
    first = {"name": "first", "url": studio.relay.base_url, "key": studio.relay.key}
    spare = {"name": "spare", "url": studio.relay.base_url, "key": "sk-wrong", "engines": ["midjourney"]}

    code, said = await call(studio, "doctor", tmp_path, RELAYS=json.dumps([first, spare]))

    assert code == 1
    assert "ok The relay “first” answers and takes the key." in said
    assert "wrong The relay “spare” refuses the key; check its key in RELAYS, and its auth if it is right." in said
    assert "sk-wrong" not in " ".join(said)


async def test_commands_that_are_not_in_sync_yet_are_a_note_and_stay_so(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = studio.sandbox.discord._commands
    requests = len(studio.sandbox.discord.wire.requests)
    with monkeypatch.context() as changed:
        changed.setattr(commands, "listed", lambda _place=None: [])

        code, said = await call(studio, "doctor", tmp_path)

    assert code == 0
    assert any(line.startswith("note") and "does not know the commands of this version yet" in line for line in said)
    assert {request.method for request in studio.sandbox.discord.wire.requests[requests:]} == {"GET"}


@pytest.mark.parametrize(("mode", "mark"), [(0o600, "ok"), (0o640, "note"), (0o604, "note")])
async def test_the_doctor_looks_at_who_may_read_the_settings_file(
    studio: Studio, tmp_path: Path, mode: int, mark: str
) -> None:
    file = tmp_path / "my.env"
    file.write_text("LOG_LEVEL=INFO\n")
    file.chmod(mode)

    code, said = await call(studio, "doctor", tmp_path, ENV_FILE=str(file))

    assert code == 0
    assert [line.split(" ")[0] for line in said if str(file) in line] == [mark]


async def test_the_doctor_guesses_what_a_misspelt_setting_was_to_be(studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "my.env"
    file.write_text("MAX_RUNING=3\nSOMETHING_ELSE=1\n")

    code, said = await call(studio, "doctor", tmp_path, ENV_FILE=str(file))

    assert code == 1
    assert (
        "wrong The settings file has names that Easel does not know:"
        " MAX_RUNING (did you mean MAX_RUNNING?), SOMETHING_ELSE."
    ) in said


async def examined(studio: Studio, data: Path, **changes: str) -> dict[str, dict[str, Any]]:
    """What `doctor --json` finds, by check; the last answer where one gives several."""
    _code, said = await call(studio, "doctor", data, "--json", **changes)
    return {answer["check"]: answer for answer in json.loads("".join(said))["checks"]}


async def test_the_doctor_tells_programs_the_same_with_its_figures(studio: Studio, tmp_path: Path) -> None:
    code, said = await call(studio, "doctor", tmp_path, "--json")
    report = json.loads("".join(said))

    assert (code, report["is_well"]) == (0, True)
    assert [answer["check"] for answer in report["checks"] if answer["mark"] == "wrong"] == []
    disk = next(answer for answer in report["checks"] if answer["check"] == "disk")
    assert disk["figures"]["total_bytes"] == shutil.disk_usage(tmp_path).total


async def test_the_doctor_names_the_rights_that_each_channel_lacks(studio: Studio, tmp_path: Path) -> None:
    code, said = await call(studio, "doctor", tmp_path)

    assert code == 0  # a channel may be closed to the bot on purpose
    lacking = "#no-posting (Send Messages, Attach Files, Embed Links)"
    assert any(line.startswith(f"note Easel Studio: rights are missing in {lacking}.") for line in said)
    assert any(line.startswith("ok Boosted Hall: the bot may post in every channel") for line in said)


async def test_a_member_is_erased_while_the_bot_runs(studio: Studio) -> None:
    await studio.result(await studio.imagine("a private otter", user="mia"))
    mia = str(next(user.id for user in studio.sandbox.discord.state.users.values() if user.username == "mia"))

    told = await call(studio, "erase", studio.sandbox.data, mia)
    done = await call(studio, "erase", studio.sandbox.data, mia, "--yes")

    assert (told[0], done[0]) == (0, 0)
    assert any("jobs with" in line and "add --yes" in line for line in told[1])
    assert any(line.startswith(f"Erased of {mia}:") for line in done[1])
    assert rows(studio.database, f"SELECT id FROM jobs WHERE author_id = {mia}") == []
    assert mia not in studio.bot.log_path.read_text()


@pytest.mark.parametrize(
    ("set_here", "in_portal", "begins"),
    [
        ("", "", "note PRIVACY_URL is not set"),
        ("https://example.com/privacy", "https://example.com/privacy/", "ok PRIVACY_URL is in the developer portal"),
        (
            "https://example.com/privacy",
            "",
            "note PRIVACY_URL is https://example.com/privacy, and the developer portal",
        ),
        (
            "",
            "https://example.com/old",
            "note PRIVACY_URL is not set, and the developer portal has https://example.com/",
        ),
    ],
)
async def test_the_doctor_holds_the_privacy_policy_against_the_portal(
    set_here: str, in_portal: str, begins: str, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        pages = {"privacy_policy_url": in_portal} if in_portal else {}
        changed.setattr(studio.sandbox.discord.state, "application_pages", pages)

        _code, said = await call(studio, "doctor", tmp_path, PRIVACY_URL=set_here)

    assert any(line.startswith(begins) for line in said)


async def test_replies_without_the_intent_that_they_need_are_wrong(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(payloads, "APPLICATION_FLAGS", 0)

        code, said = await call(studio, "doctor", tmp_path, MESSAGE_REPLIES="true")
        without, _said = await call(studio, "doctor", tmp_path, MESSAGE_REPLIES="false")

    assert (code, without) == (1, 0)
    assert any(line.startswith("wrong MESSAGE_REPLIES needs the Message Content intent") for line in said)


@pytest.mark.parametrize(
    ("date", "mark"), [("Wed, 01 Jan 2020 00:00:00 GMT", "wrong"), ("no date", None)], ids=["years ago", "untold"]
)
async def test_a_clock_that_goes_wrong_is_noticed(studio: Studio, tmp_path: Path, date: str, mark: str | None) -> None:
    studio.sandbox.discord.wire.faults.append(
        Fault("GET", "/api/v10/gateway", status=200, body={"url": ""}, headers={"Date": date})
    )

    found = await examined(studio, tmp_path)

    assert (found["clock"]["mark"] if "clock" in found else None) == mark


async def test_a_disk_without_room_is_wrong(studio: Studio, tmp_path: Path) -> None:
    found = await examined(studio, tmp_path, KEEP_FREE_MB=str(10**9))

    assert found["disk"]["mark"] == "wrong"
