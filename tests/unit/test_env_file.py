"""The file with the settings, and `.env.example`, which shows each of them with its default."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from bot.errors import SettingsError
from bot.settings import PATHS, Settings, env_file, load_settings, unknown_names
from tests.support.environment import REQUIRED, field_of, value_of

pytestmark = pytest.mark.usefixtures("environment")

EXAMPLE = Path(__file__).parents[2] / ".env.example"


# The file.


def test_file_is_read_and_the_environment_counts_more(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / "my.env").write_text("LOG_LEVEL=DEBUG\nMAX_RUNNING=7\n")
    environment.setenv("ENV_FILE", str(tmp_path / "my.env"))
    environment.setenv("MAX_RUNNING", "8")

    settings = load_settings()

    assert (settings.log.level, settings.limits.max_running) == ("DEBUG", 8)


def test_empty_env_file_means_no_file(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n")
    environment.chdir(tmp_path)

    assert env_file() is None
    assert load_settings().log.level == "INFO"


def test_without_env_file_dot_env_is_read_where_it_is(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n")
    environment.chdir(tmp_path)
    environment.delenv("ENV_FILE")

    assert load_settings().log.level == "DEBUG"


def test_env_file_that_is_not_there_is_told(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ENV_FILE", "/nowhere/easel.env")

    with pytest.raises(SettingsError, match="ENV_FILE names /nowhere/easel"):
        load_settings()


def test_names_that_nobody_knows_are_found(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("DISCORD_TOKEN=x\nRELAY_KEY=x\nallow_dm=true\nALOW_DM=true\n")

    assert unknown_names(path) == ["ALOW_DM", "RELAY_KEY"]
    assert unknown_names(None) == []


# The example.


def example() -> dict[str, str]:
    """Names of the example with the values it shows."""
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def default_of(name: str) -> Any:
    return field_of(name).get_default(call_default_factory=True)


def test_no_two_settings_share_a_name() -> None:
    names = [name for name, _path in Settings.paths()]

    assert sorted(names) == sorted(PATHS)


def test_example_lists_exactly_the_settings() -> None:
    assert sorted(example()) == sorted(name.upper() for name in PATHS)


@pytest.mark.parametrize("name", sorted(example()))
def test_example_shows_the_default(name: str, environment: pytest.MonkeyPatch) -> None:
    if default_of(name) is PydanticUndefined:
        assert example()[name] == ""
        return
    environment.setenv(name, example()[name])

    assert value_of(load_settings(), name) == default_of(name)


@pytest.mark.parametrize("name", sorted(example()))
def test_example_says_something_about_every_setting(name: str) -> None:
    lines = EXAMPLE.read_text().splitlines()
    before = lines[next(at for at, line in enumerate(lines) if re.match(rf"#?{name}=", line)) - 1]

    assert re.match(r"# \w.*\.$", before), before


def test_example_leaves_only_the_required_ones_to_fill_in() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]

    assert lines == [f"{name}=" for name in REQUIRED]
