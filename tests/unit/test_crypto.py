"""Secrets at rest."""

import stat
from pathlib import Path

import pytest

from bot.crypto import TokenCipher, older_keys, secret_key


def test_what_was_sealed_opens_under_the_same_key() -> None:
    assert TokenCipher("key").decrypt(TokenCipher("key").encrypt("token")) == "token"


@pytest.mark.parametrize(
    "sealed", ["", "not sealed", TokenCipher("other").encrypt("token")], ids=["empty", "plain", "foreign"]
)
def test_what_another_key_sealed_is_lost_not_an_error(sealed: str) -> None:
    assert TokenCipher("key").decrypt(sealed) is None


def test_sealed_text_shows_nothing_and_differs_every_time() -> None:
    cipher = TokenCipher("key")

    assert "token" not in cipher.encrypt("token")
    assert cipher.encrypt("token") != cipher.encrypt("token")


def test_configured_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert secret_key("mine", tmp_path) == "mine"
    assert list(tmp_path.iterdir()) == []


def test_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    first, second = secret_key("", tmp_path), secret_key("", tmp_path)

    (file,) = tmp_path.iterdir()
    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_data_folder_has_its_own_key(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    assert secret_key("", tmp_path) != secret_key("", other)


def test_a_key_file_that_a_crash_left_empty_is_made_anew(tmp_path: Path) -> None:
    name = next(iter(_made(tmp_path)))
    (tmp_path / name).write_text("")

    assert len(secret_key("", tmp_path)) >= 32


def _made(folder: Path) -> list[str]:
    secret_key("", folder)
    return [file.name for file in folder.iterdir()]


def test_what_an_older_key_sealed_can_still_be_read_and_is_sealed_anew_under_the_new_one() -> None:
    rotated = TokenCipher("new", ["old", "older"])

    assert [rotated.decrypt(TokenCipher(key).encrypt("token")) for key in ("new", "old", "older")] == ["token"] * 3
    assert TokenCipher("new").decrypt(rotated.encrypt("token")) == "token"
    assert TokenCipher("old").decrypt(rotated.encrypt("token")) is None


def test_the_key_that_was_made_stays_good_after_the_owner_has_set_one(tmp_path: Path) -> None:
    made = secret_key("", tmp_path)

    assert older_keys("", tmp_path) == []
    assert older_keys("configured", tmp_path) == [made]
    assert TokenCipher("configured", older_keys("configured", tmp_path)).decrypt(TokenCipher(made).encrypt("t")) == "t"


def test_without_a_key_that_was_made_none_is_older(tmp_path: Path) -> None:
    assert older_keys("configured", tmp_path) == []
