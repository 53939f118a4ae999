"""RELAYS: what it stands for, and the sentence for each mistake in it."""

import json
from typing import Any

import pytest

from bot.domain.engine_info import ENGINES
from bot.domain.requests import Mode
from bot.errors import SettingsError
from bot.settings import MidjourneyAuth, settings_from

TOKEN = {"discord_token": "token"}
A = {"name": "a", "url": "https://a.example", "key": "key-of-a-1"}
B = {"name": "b", "url": "https://b.example/mj", "key": "key-of-b-2"}


def relays(*entries: Any) -> dict[str, str]:
    return TOKEN | {"relays": json.dumps(entries)}


def test_several_relays_need_no_address_and_key_beside_them() -> None:
    settings = settings_from(relays(A, B | {"weight": 3, "modes": ["fast"], "units_per_day": 500, "auth": "bearer"}))

    first, second = settings.relay.all
    assert (first.name, str(first.url), first.weight, first.auth) == ("a", "https://a.example/", 1, None)
    assert (first.modes, first.engines, first.units_per_day) == (frozenset(Mode), tuple(ENGINES), None)
    assert (second.weight, second.modes, second.units_per_day) == (3, frozenset({Mode.FAST}), 500)
    assert second.auth is MidjourneyAuth.BEARER


def test_without_them_the_only_relay_has_no_name() -> None:
    settings = settings_from(TOKEN | {"relay_base_url": "https://one.example", "relay_api_key": "k", "relays": "[]"})

    assert [(relay.name, str(relay.url), relay.key.get_secret_value()) for relay in settings.relay.all] == [
        ("", "https://one.example/", "k")
    ]


def test_with_them_the_address_and_the_key_of_one_are_not_looked_at() -> None:
    settings = settings_from(relays(A) | {"relay_base_url": "https://one.example", "relay_api_key": "k"})

    assert settings.addresses() == ["https://discord.com/api/v10", "https://a.example/"]


def test_their_pictures_are_trusted_and_their_keys_are_secrets() -> None:
    settings = settings_from(relays(A, B))

    assert {"https://a.example/", "https://b.example/mj"} <= set(settings.addresses())
    assert {"key-of-a-1", "key-of-b-2"} <= set(settings.secrets())
    assert "key-of" not in repr(settings)


def test_an_engine_is_reached_through_all_that_serve_it() -> None:
    settings = settings_from(relays(A | {"engines": ["midjourney"]}, B))

    assert [relay.name for relay in settings.relays_of("midjourney")] == ["a", "b"]
    assert [relay.name for relay in settings.relays_of("fal")] == ["b"]
    assert settings.access("fal").headers == {"Authorization": "Key key-of-b-2"}


@pytest.mark.parametrize("own", [{"fal_api_key": "own"}, {"fal_base_url": "https://fal.example"}])
def test_an_engine_with_something_of_its_own_has_no_choice_of_relays(own: dict[str, str]) -> None:
    settings = settings_from(relays(A | {"weight": 0}, B) | own)

    (only,) = settings.relays_of("fal")
    assert (only.name, only.weight) == ("", 1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nonsense", "RELAYS is not JSON; .env.example shows how it is written."),
        ({}, "RELAYS must be a JSON list; .env.example shows how it is written."),
        (["x"], "RELAYS: its entry 1 must be a JSON object; .env.example shows how it is written."),
        ([A, A], "RELAYS has two entries that are called “a”; give each its own name."),
        ([A, B | {"key": ""}], "RELAYS: “key” of its entry 2 must not be empty."),
        ([{"name": "a", "key": "k"}], "RELAYS: “url” of its entry 1 is missing."),
        ([A | {"name": "My relay"}], "RELAYS: “name” of its entry 1 must be 1 to 16 small letters, digits, - or _."),
        (
            [A | {"url": "ftp:/a"}],
            "RELAYS: “url” of its entry 1 must start with https://, for example https://api.example.com.",
        ),
        ([A | {"modes": ["quick"]}], "RELAYS: “modes” of its entry 1 must be relax, fast or turbo."),
        ([A | {"modes": []}], "RELAYS: “modes” of its entry 1 must not be empty."),
        (
            [A | {"engines": ["dalle"]}],
            f"RELAYS: “engines” of its entry 1 must name engines that there are ({', '.join(ENGINES)}), not dalle.",
        ),
        ([A | {"weight": -1}], "RELAYS: “weight” of its entry 1 must be at least 0."),
        ([A | {"units_per_day": "many"}], "RELAYS: “units_per_day” of its entry 1 must be a whole number."),
        (
            [A | {"wieght": 1}],
            "RELAYS: “wieght” of its entry 1 is not known; .env.example shows what may stand there.",
        ),
        ([A | {"weight": 0}], "RELAYS has no entry that takes new jobs; give one a weight above 0."),
        (
            [A | {"engines": ["midjourney"]}],
            "RELAYS has no entry that takes new jobs for ideogram, which ENGINES has on; name it in one, or leave it"
            " out of ENGINES.",
        ),
    ],
)
def test_each_mistake_is_told_in_one_plain_sentence(value: Any, said: str) -> None:
    text = value if isinstance(value, str) else json.dumps(value)

    with pytest.raises(SettingsError) as caught:
        settings_from(TOKEN | {"relays": text})

    assert str(caught.value) == said


def test_nothing_secret_stands_in_a_complaint() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(relays(A | {"url": "key-of-a-1", "weight": "key-of-a-1", "modes": ["key-of-a-1"]}))

    assert "key-of-a-1" not in str(caught.value)


def test_without_any_relay_address_and_key_are_asked_for() -> None:
    with pytest.raises(SettingsError, match=r"^RELAY_BASE_URL, RELAY_API_KEY must be set"):
        settings_from(TOKEN)
