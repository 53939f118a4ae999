"""Where the owner wants alerts: levels, a channel, and a webhook that nobody can listen in on."""

import pytest
from pydantic import SecretStr

from bot.domain.alerts import Level
from bot.errors import SettingsError
from bot.settings import load_settings
from tests.support.environment import value_of

pytestmark = pytest.mark.usefixtures("environment")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ALERT_DM_LEVEL", "off", None),
        ("ALERT_CHANNEL_LEVEL", "Warning", Level.WARNING),
        ("ALERT_CHANNEL", "444", 444),
        ("ALERT_CHANNEL", "", None),
        ("ALERT_WEBHOOK", "https://hooks.example/1", SecretStr("https://hooks.example/1")),
        ("ALERT_WEBHOOK", "http://127.0.0.1:8000/1", SecretStr("http://127.0.0.1:8000/1")),
        ("ALERT_LANGUAGE", "zh-CN", "zh-CN"),
    ],
)
def test_alerts_go_where_the_owner_says(
    name: str, value: str, expected: object, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, value)

    assert value_of(load_settings(), name) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_DM_LEVEL", "loud"),
        ("ALERT_CHANNEL", "here"),
        ("ALERT_WEBHOOK", "http://hooks.example/1"),
        ("ALERT_WEBHOOK", "https://"),
        ("ALERT_WEBHOOK", "hooks"),
    ],
)
def test_what_is_no_destination_is_refused_by_its_name(name: str, value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsError, match=f"^{name} must be") as caught:
        load_settings()

    assert "hooks.example" not in str(caught.value)
