"""How members like to work."""

import pytest

from bot.errors import UserError
from bot.jobs.preferences import Preferences
from bot.jobs.store import JobStore
from bot.settings import Mode
from tests.makers import ANA, BEN, make_settings


@pytest.fixture
def preferences(store: JobStore) -> Preferences:
    return Preferences(store, make_settings(relay_mode="relax", allowed_modes="relax,fast"))


@pytest.mark.parametrize(
    ("prompt", "mode", "rest"),
    [
        ("a cat", Mode.RELAX, "a cat"),
        ("a cat --turbo", Mode.TURBO, "a cat"),
        ("--fast a cat", Mode.FAST, "a cat"),
        ("a cat --fast --ar 3:2 --turbo", Mode.TURBO, "a cat --ar 3:2"),
        ("a cat \N{EM DASH}FAST", Mode.FAST, "a cat"),
        ("a --fastcat", Mode.RELAX, "a --fastcat"),
        ("a cat--fast", Mode.RELAX, "a cat--fast"),
    ],
)
async def test_flag_in_the_prompt_counts_and_is_taken_out(
    prompt: str, mode: Mode, rest: str, preferences: Preferences
) -> None:
    assert await preferences.mode_for(ANA, prompt) == (mode, rest)


async def test_members_speed_counts_more_than_the_owners(preferences: Preferences) -> None:
    await preferences.prefer_mode(ANA, Mode.FAST)

    assert (await preferences.mode_for(ANA, "a cat"))[0] is Mode.FAST
    assert (await preferences.mode_for(BEN, "a cat"))[0] is Mode.RELAX


async def test_speed_that_is_switched_off_cannot_be_preferred(preferences: Preferences) -> None:
    with pytest.raises(UserError, match="switched turbo mode off"):
        await preferences.prefer_mode(ANA, Mode.TURBO)


async def test_remix_is_a_switch_of_each_members_own(preferences: Preferences) -> None:
    assert [await preferences.switch_remix(ANA), await preferences.switch_remix(ANA)] == [True, False]

    await preferences.switch_remix(ANA)
    assert (await preferences.has_remix(ANA), await preferences.has_remix(BEN)) == (True, False)
