"""Secrets in files: by `NAME_FILE`, and as credentials of the service manager."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import PATHS, kept_secrets, load_settings, near_name, unknown_names
from bot.settings.secret_files import CREDENTIALS, FILED, MOST_BYTES
from tests.support.environment import value_of

pytestmark = pytest.mark.usefixtures("environment")
Hand = Callable[[str, str | bytes], Path]


@pytest.fixture(params=["named", "credential"])
def hand(request: pytest.FixtureRequest, environment: pytest.MonkeyPatch, tmp_path: Path) -> Hand:
    """Gives a setting a file of its own, in either way, and nothing in the environment."""

    def give(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        environment.delenv(name, raising=False)
        if request.param == "named":
            environment.setenv(f"{name}_FILE", str(path))
        else:
            environment.setenv(CREDENTIALS, str(tmp_path))
        return path

    return give


def sentence() -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def test_every_secret_may_stand_in_a_file() -> None:
    keys = {name for name in PATHS if name.endswith(("_api_key", "_token", "_headers")) or name.startswith("secret_")}
    bucket = {"aws_access_key_id", "aws_secret_access_key"}

    assert set(FILED) == keys | bucket | {"relays", "alert_webhook", "database_url"}


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_secret_is_read_without_the_line_end_behind_it(hand: Hand, end: str) -> None:
    hand("DISCORD_TOKEN", f" a token{end}")

    assert load_settings().discord.token.get_secret_value() == " a token"


def test_the_mark_that_editors_put_before_a_text_is_no_part_of_it(hand: Hand) -> None:
    hand("RELAY_API_KEY", b"\xef\xbb\xbfa key\r\n")

    assert load_settings().relay.api_key.get_secret_value() == "a key"


def test_an_address_with_a_password_and_headers_are_read(hand: Hand) -> None:
    hand("DATABASE_URL", "sqlite+aiosqlite:////srv/easel.db\n")
    hand("FAL_HEADERS", '{\n  "X-Key": "a literal key"\n}\n')

    settings = load_settings()

    assert settings.storage.database == "sqlite+aiosqlite:////srv/easel.db"
    assert settings.access("fal").headers == {"X-Key": "a literal key"}


def test_a_secret_in_a_file_is_kept_out_of_the_log(hand: Hand) -> None:
    hand("FAL_API_KEY", "a-key-of-fal\n")

    assert "a-key-of-fal" in load_settings().secrets()


def test_a_secret_that_is_given_twice_is_one_sentence(hand: Hand, environment: pytest.MonkeyPatch) -> None:
    hand("DISCORD_TOKEN", "the second token")
    environment.setenv("DISCORD_TOKEN", "the first token")

    told = sentence()

    assert told.startswith("DISCORD_TOKEN is given twice, once by ")
    assert told.endswith("; keep one of them.")
    assert not {"the first token", "the second token"} & {told}


def test_a_file_and_a_credential_are_twice_as_well(hand: Hand, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = hand("SECRET_KEY", "k" * 16)
    environment.setenv("SECRET_KEY_FILE", str(path))
    environment.setenv(CREDENTIALS, str(tmp_path))

    assert sentence() == "SECRET_KEY is given twice, once by $CREDENTIALS_DIRECTORY/SECRET_KEY; keep one of them."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty."),
        ("\n", "is empty."),
        (b"\xff\xfe", "is no text."),
        ("one\ntwo\n", "holds more than one secret."),
        ("x" * (MOST_BYTES + 1), "holds more than one secret."),
    ],
    ids=["nothing", "a line end", "bytes", "two lines", "very long"],
)
def test_a_file_without_a_secret_is_one_sentence(hand: Hand, content: str | bytes, told: str) -> None:
    hand("RELAY_API_KEY", content)

    assert sentence().endswith(told)


def test_a_file_that_is_not_there_is_one_sentence_with_its_name(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("RELAY_API_KEY")
    environment.setenv("RELAY_API_KEY_FILE", "/nowhere/key")

    assert sentence() == "RELAY_API_KEY_FILE (/nowhere/key) cannot be read: No such file or directory."


def test_several_mistakes_are_a_line_each(environment: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "RELAY_API_KEY"):
        environment.delenv(name)
        environment.setenv(f"{name}_FILE", "/nowhere")

    assert len(sentence().splitlines()) == 2


def test_an_empty_name_of_a_file_counts_as_not_given(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DISCORD_TOKEN_FILE", "")

    assert load_settings().discord.token.get_secret_value() == "t"


def test_a_wrong_value_from_a_file_is_told_by_its_setting_without_the_value(hand: Hand) -> None:
    hand("SECRET_KEY", "too short")

    assert sentence() == "SECRET_KEY must have at least 16 characters; empty, Easel makes one itself."


def test_the_settings_file_may_name_files(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from a file\n")
    (tmp_path / "my.env").write_text(f"DISCORD_TOKEN_FILE={tmp_path}/token\nRELAY_API_KEY_FIL=x\nPRESS_FILE=x\n")
    environment.delenv("DISCORD_TOKEN")
    environment.setenv("ENV_FILE", str(tmp_path / "my.env"))

    assert value_of(load_settings(), "DISCORD_TOKEN").get_secret_value() == "from a file"
    assert unknown_names(tmp_path / "my.env") == ["PRESS_FILE", "RELAY_API_KEY_FIL"]
    assert near_name("RELAY_API_KEY_FIL") == "RELAY_API_KEY_FILE"


def test_the_files_are_listed_for_the_doctor(hand: Hand) -> None:
    path = hand("DISCORD_TOKEN", "token")

    assert [(file.setting, file.path) for file in kept_secrets()] == [("discord_token", path)]
