"""Settings that are read again: what differs is told without secrets, and what needs a start waits for it."""

from typing import Any

import pytest

from bot.settings import PATHS, Change, LiveSettings, Settings, changes, holding_now
from bot.settings.live import AT_START, SHOWN_VALUE
from bot.settings.secret_files import FILED
from tests.support.environment import value_of
from tests.support.makers import make_settings

SECRET = "a-new-secret-value-which-nobody-may-read"
OTHERS: dict[str, Any] = {  # values that secrets may have
    **dict.fromkeys(FILED, SECRET),
    **dict.fromkeys((name for name in FILED if name.endswith("_headers")), f'{{"Authorization": "{SECRET}"}}'),
    "alert_webhook": f"https://hooks.example/{SECRET}",
    "relays": f'[{{"name": "a", "url": "https://a.example", "key": "{SECRET}"}}]',
    "database_url": f"postgresql://easel:{SECRET}@127.0.0.1/easel",
}


def of(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Change]:
    return {one.name: one for one in changes(make_settings(**before), make_settings(**after))}


def test_same_settings_have_no_changes() -> None:
    assert changes(make_settings(), make_settings()) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "told"),
    [
        ("units_per_day", "200", "300", ("200", "300")),
        ("units_per_day", "", "300", ("", "300")),
        ("allowed_modes", "fast,relax", "fast", ("fast,relax", "fast")),
        ("fal_models", "a,b", "c", ("a,b", "c")),
        ("fal_any_model", "false", "true", ("false", "true")),
        ("prices", '{"*": 1}', '{"*": 2}', ('{"*": 1}', '{"*": 2}')),
        ("log_level", "INFO", "DEBUG", ("INFO", "DEBUG")),
        ("relay_base_url", "https://a.example", "https://b.example", ("https://a.example/", "https://b.example/")),
        ("allowed_guilds", "", "12,3", ("", "12,3")),
    ],
)
def test_plain_setting_is_told_as_it_was_and_as_it_is(
    name: str, before: str, after: str, told: tuple[str, str]
) -> None:
    (found,) = of({name: before}, {name: after}).values()

    assert (found.name, found.before, found.after, found.waits_for_start) == (name.upper(), *told, False)


def test_long_value_is_cut() -> None:
    (found,) = of({}, {"fal_models": ",".join(f"model-{number}" for number in range(100))}).values()

    assert len(found.after) == SHOWN_VALUE


@pytest.mark.parametrize("name", sorted(set(OTHERS)))
def test_secret_has_only_changed(name: str) -> None:
    more = {"secret_key": "0123456789abcdef"} if name == "database_url" else {}
    pair = {"aws_access_key_id": "x", "aws_secret_access_key": "y"} if name.startswith("aws_") else {}

    found = of(more | pair, more | pair | {name: OTHERS[name]})

    assert name.upper() in found
    assert name == "database_url" or (found[name.upper()].before, found[name.upper()].after) == ("", "")
    assert SECRET not in str(found)


def test_login_in_an_address_is_not_told() -> None:
    (found,) = of({}, {"relay_base_url": f"https://me:{SECRET}@relay.example"}).values()

    assert SECRET not in found.after
    assert "relay.example" in found.after


def test_what_waits_for_a_start_are_settings() -> None:
    assert set(PATHS) >= AT_START


def test_what_waits_for_a_start_stays_and_all_else_holds() -> None:
    before = make_settings()
    after = make_settings(web_port="8080", data_dir="/srv", units_per_day="5", relay_api_key="new", log_level="DEBUG")

    now = holding_now(before, after)

    assert [one.name for one in changes(now, after)] == ["DATA_DIR", "WEB_PORT"]
    assert [one.name for one in changes(before, now)] == ["LOG_LEVEL", "RELAY_API_KEY", "UNITS_PER_DAY"]


def test_whoever_keeps_the_settings_finds_what_holds_now() -> None:
    kept: Settings = LiveSettings.of(make_settings(units_per_day="5"))

    assert isinstance(kept, LiveSettings)
    kept.take(make_settings(units_per_day="6", relay_api_key="new"))

    assert kept.limits.units_per_day == 6
    assert value_of(kept, "relay_api_key").get_secret_value() == "new"
    assert "new" in kept.secrets()
