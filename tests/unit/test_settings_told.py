"""Settings are told to their owner without a secret, and beside what they are by default."""

from typing import Any

import pytest

from bot.settings import PATHS
from bot.settings.telling import ToldSetting, told_settings
from tests.support.makers import make_settings

SECRET = "hunter2-hunter2-hunter2"


def told(**changes: Any) -> dict[str, ToldSetting]:
    return {one.name: one for one in told_settings(make_settings(**changes))}


def test_every_setting_is_told() -> None:
    assert [name.lower() for name in told()] == list(PATHS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discord_token", SECRET),
        ("relay_api_key", SECRET),
        ("secret_key", SECRET),
        ("secret_key_old", SECRET),
        ("fal_api_key", SECRET),
        ("fal_headers", f'{{"X-Key": "{SECRET}"}}'),
        ("database_url", f"postgresql://easel:{SECRET}@db.example/easel"),
        ("relay_base_url", f"https://me:{SECRET}@relay.example"),
        ("openai_base_url", f"https://{SECRET}@openai.example"),
    ],
)
def test_no_secret_is_told(name: str, value: str) -> None:
    given = {name: value} | ({"secret_key": "0123456789abcdef"} if name == "database_url" else {})
    all_told = told(**given)

    assert SECRET not in str(all_told)
    assert all_told[name.upper()].differs


def test_relays_are_told_but_for_their_keys() -> None:
    relays = f'[{{"name": "main", "url": "https://me:{SECRET}1@a.example", "key": "{SECRET}"}}]'
    told_relays = told(relays=relays, relay_base_url="", relay_api_key="")["RELAYS"]

    assert '"name":"main"' in told_relays.value
    assert "a.example" in told_relays.value
    assert SECRET not in str(told_relays)
    assert told_relays.differs


def test_what_stands_at_its_default_does_not_differ() -> None:
    settings = told(units_per_day="200", prices='{"*": 3}')

    assert {name for name, one in settings.items() if one.differs} == {
        *("DISCORD_TOKEN", "RELAY_BASE_URL", "RELAY_API_KEY", "UNITS_PER_DAY", "PRICES")
    }
    assert (settings["PRICES"].value, settings["UNITS_PER_DAY"].default) == ('{"*": 3}', "")
    assert (settings["SECRET_KEY"].value, settings["FAL_HEADERS"].value) == ("", "")


def test_values_read_as_they_would_be_written() -> None:
    settings = told(allowed_modes="turbo,fast", allow_dm="true")

    assert (settings["ALLOWED_MODES"].value, settings["ALLOW_DM"].value) == ("fast,turbo", "true")
    assert settings["OPENAI_MODELS"].value.startswith('{"')
