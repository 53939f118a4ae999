"""The privacy policy says what the settings do, in English and in Chinese."""

from typing import Any

import pytest

from bot.operation.privacy_policy import privacy_policy
from tests.support.makers import make_settings


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"relay_base_url": "https://relay.example.com/mj"}, "relay.example.com"),
        ({"fal_base_url": "https://fal.example.com"}, "fal.example.com"),
        ({"keep_prompts_days": 40}, "Prompts and results: 40 days"),
        ({"keep_prompts_days": 40, "keep_jobs_days": 20}, "Prompts and results: 20 days"),
        ({"keep_pictures_days": 0}, "Pictures: until you erase them"),
        ({"keep_pictures_days": 0, "keep_jobs_days": 9}, "Pictures: 9 days"),
        ({"keep_guild_days": 7}, "after the bot has left it: 7 days"),
        ({}, "on the bot's own machine"),
        ({"pictures_url": "s3://pics", "aws_endpoint_url": "https://s3.example.com"}, "stored at s3.example.com"),
        ({"terms_url": "https://example.com/terms"}, "https://example.com/terms"),
    ],
)
def test_it_is_filled_from_the_settings(changes: dict[str, Any], says: str) -> None:
    assert says in privacy_policy(make_settings(**changes), "en-US")


def test_addresses_of_engines_that_are_off_are_not_named() -> None:
    settings = make_settings(engines="midjourney", fal_base_url="https://fal.example.com")

    assert "fal.example.com" not in privacy_policy(settings, "en-US")


def test_no_secret_stands_in_it() -> None:
    settings = make_settings(discord_token="discord-secret", relay_api_key="relay-secret")

    assert "secret" not in privacy_policy(settings, "en-US")


def test_it_is_there_in_chinese() -> None:
    text = privacy_policy(make_settings(), "zh-CN")

    assert "隐私政策" in text
    assert "127.0.0.1" in text
