"""The command line: mistakes of the configuration are one line and exit code 2."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
ROOT = Path(__file__).parents[2]
COMPLETE = {"DISCORD_TOKEN": "token", "RELAY_BASE_URL": "http://127.0.0.1:9", "RELAY_API_KEY": "key"}


def easel(command: str, data_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real program to its end with nothing of ours in its environment but this."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "bot", command],
        env=known | {"ENV_FILE": "", "DATA_DIR": str(data_dir)} | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_are_explained_where_python_drops_docstrings(tmp_path: Path) -> None:
    with_all, without = (easel("--help", tmp_path, PYTHONOPTIMIZE=level).stdout for level in ("0", "2"))

    assert "Run the bot until it is told to stop." in with_all
    assert without == with_all


@pytest.mark.parametrize(
    ("command", "name"),
    [("run", "DISCORD_TOKEN"), ("run", "RELAY_BASE_URL"), ("run", "RELAY_API_KEY"), ("doctor", "RELAY_API_KEY")],
)
def test_a_missing_setting_is_one_line_and_exit_code_2(command: str, name: str, tmp_path: Path) -> None:
    ended = easel(command, tmp_path, **(COMPLETE | {name: ""}))

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{name} must be set (in the environment or in .env).\n"


@pytest.mark.parametrize("wrong", [{"PRICES": "cheap"}, {"ALLOWED_MODES": "relax"}])
def test_a_wrong_setting_is_one_line_and_exit_code_2(wrong: dict[str, str], tmp_path: Path) -> None:
    ended = easel("run", tmp_path, **(COMPLETE | wrong))

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_a_second_process_on_the_same_database_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "easel.db.lock").touch(mode=0o600)
    with (tmp_path / "easel.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = easel("run", tmp_path, **COMPLETE)

    assert ended.returncode == 2
    assert ended.stderr == f"Another Easel already works on {tmp_path}/easel.db; stop it first.\n"


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_database_server_that_is_not_there_is_one_line_without_its_password(
    command: str, tmp_path: Path, closed_port: int
) -> None:
    server = {"DATABASE_URL": f"postgresql://easel:horse-staple@127.0.0.1:{closed_port}/easel", "SECRET_KEY": "k" * 16}

    ended = easel(command, tmp_path, **(COMPLETE | server))

    told = [line for line in (ended.stdout + ended.stderr).splitlines() if "database server" in line]
    assert (ended.returncode, len(told)) == (2 if command == "run" else 1, 1)
    assert told[0].endswith(f"127.0.0.1:{closed_port} cannot be reached; check DATABASE_URL and whether it runs.")
    assert "horse-staple" not in ended.stdout + ended.stderr


def test_a_backup_of_nothing_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    ended = easel("backup", tmp_path, **COMPLETE)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"There is no database {tmp_path}/easel.db yet, so there is nothing to back up.\n"


def test_a_data_folder_that_cannot_be_made_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    ended = easel("run", tmp_path / "file" / "data", **COMPLETE)

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "DATA_DIR" in ended.stderr


def test_a_secret_that_is_given_twice_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")

    ended = easel("run", tmp_path, **COMPLETE, DISCORD_TOKEN_FILE=str(tmp_path / "token"))

    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert ended.stderr.startswith(f"DISCORD_TOKEN is given twice, once by DISCORD_TOKEN_FILE ({tmp_path}/token)")


@pytest.mark.parametrize(("mode", "mark"), [(0o600, "ok"), (0o640, "note"), (0o604, "note")])
def test_the_doctor_names_a_secret_that_others_may_read(mode: int, mark: str, tmp_path: Path, closed_port: int) -> None:
    """Discord and the relay are not there, which is another matter."""
    (tmp_path / "key").write_text("key\n")
    (tmp_path / "key").chmod(mode)
    nowhere = f"http://127.0.0.1:{closed_port}"
    environment = COMPLETE | {"RELAY_BASE_URL": nowhere, "DISCORD_API_URL": nowhere, "RELAY_API_KEY": ""}

    ended = easel("doctor", tmp_path, **environment, RELAY_API_KEY_FILE=str(tmp_path / "key"))

    told = [line for line in ended.stdout.splitlines() if "secrets" in line]
    assert [line.split()[0] for line in told] == [mark], ended.stdout + ended.stderr
    assert (f"chmod 600 {tmp_path}/key" in told[0]) == (mark == "note")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_a_process_whose_secrets_stand_in_files_has_none_in_its_environment(tmp_path: Path) -> None:
    secrets = {"DISCORD_TOKEN": "a-token-of-ours", "RELAY_API_KEY": "a-relay-key-of-ours"}
    for name, value in secrets.items():
        (tmp_path / name).write_text(value)
    show = "from pathlib import Path; from bot.settings import load_settings; print(*load_settings().secrets());"
    show += "print(Path('/proc/self/environ').read_text())"

    shown = subprocess.run(
        [sys.executable, "-c", show],
        env={"ENV_FILE": "", "RELAY_BASE_URL": "https://relay.example", "CREDENTIALS_DIRECTORY": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    read, environment = shown.stdout.split("\n", 1)
    assert set(secrets.values()) <= set(read.split())
    assert not [value for value in secrets.values() if value in environment]


def test_help_names_both_commands(tmp_path: Path) -> None:
    ended = easel("--help", tmp_path)

    assert ended.returncode == 0
    assert "run" in ended.stdout
    assert "doctor" in ended.stdout
