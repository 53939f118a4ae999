"""How members like to work."""

import asyncio

import pytest

from bot.domain.requests import Mode
from bot.errors import UserError
from bot.jobs.preferences import TEXT_LIMIT, Preferences, PromptDefaults, Variability
from bot.prompts import MAX_OPTIONS
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, make_settings


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
        ("a cat--fast", Mode.FAST, "a cat"),
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
    with pytest.raises(UserError, match="Turbo mode is switched off"):
        await preferences.prefer_mode(ANA, Mode.TURBO)


async def test_remix_is_a_switch_of_each_members_own(preferences: Preferences) -> None:
    assert [await preferences.switch_remix(ANA), await preferences.switch_remix(ANA)] == [True, False]

    await preferences.switch_remix(ANA)
    assert (await preferences.has_remix(ANA), await preferences.has_remix(BEN)) == (True, False)


async def test_suffix_is_kept_on_one_line_and_an_empty_one_removes_it(preferences: Preferences) -> None:
    assert await preferences.set_suffix(ANA, " --ar 3:2\n --raw ") == "--ar 3:2 --raw"
    assert (await preferences.suffix(ANA), await preferences.suffix(BEN)) == ("--ar 3:2 --raw", "")

    await preferences.set_suffix(ANA, " ")
    assert await preferences.suffix(ANA) == ""


@pytest.mark.parametrize("text", ["in oil --ar 3:2", f"--no {'x' * TEXT_LIMIT}"])
async def test_suffix_of_words_or_without_end_is_refused(text: str, preferences: Preferences) -> None:
    with pytest.raises(UserError):
        await preferences.set_suffix(ANA, text)

    assert await preferences.suffix(ANA) == ""


async def test_options_are_each_members_own_and_go_with_an_empty_text(preferences: Preferences) -> None:
    assert await preferences.set_option(ANA, "--Mine", "--ar 7:4  --s 250") == "mine"
    assert await preferences.set_option(ANA, "oil", "oil on canvas") == "oil"
    assert await preferences.options(ANA) == {"mine": "--ar 7:4 --s 250", "oil": "oil on canvas"}
    assert await preferences.options(BEN) == {}

    await preferences.set_option(ANA, "mine", "")
    assert await preferences.options(ANA) == {"oil": "oil on canvas"}
    with pytest.raises(UserError, match="You have no shortcut `--mine`"):
        await preferences.set_option(ANA, "mine", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [("ar", "--s 50"), ("two words", "--s 50"), ("", "--s 50"), ("mine", "a cat --mine"), ("mine", "x" * 1001)],
)
async def test_options_that_cannot_work_are_refused(name: str, text: str, preferences: Preferences) -> None:
    with pytest.raises(UserError):
        await preferences.set_option(ANA, name, text)

    assert await preferences.options(ANA) == {}


async def test_options_inside_of_options_are_refused_whichever_came_first(preferences: Preferences) -> None:
    await preferences.set_option(ANA, "warm", "golden light --later 3")
    await preferences.set_option(ANA, "oil", "oil on canvas")

    with pytest.raises(UserError, match="`--mine` cannot contain your shortcut `--oil`"):
        await preferences.set_option(ANA, "mine", "--OIL --ar 3:2")
    with pytest.raises(UserError, match="`--warm` cannot contain your shortcut `--later`"):
        await preferences.set_option(ANA, "later", "--ar 3:2")
    assert set(await preferences.options(ANA)) == {"warm", "oil"}


async def test_there_is_room_for_a_number_of_options_which_can_still_be_changed(preferences: Preferences) -> None:
    names = [f"my{chr(97 + number)}" for number in range(MAX_OPTIONS)]
    for name in names:
        await preferences.set_option(ANA, name, "--ar 3:2")

    with pytest.raises(UserError, match="already have 20 shortcuts"):
        await preferences.set_option(ANA, "more", "--ar 3:2")
    await preferences.set_option(ANA, names[0], "--ar 2:3")
    assert (await preferences.options(ANA))[names[0]] == "--ar 2:3"
    assert len(await preferences.options(ANA)) == MAX_OPTIONS


async def test_changes_at_the_same_time_all_count(preferences: Preferences) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(preferences.set_option(ANA, f"my{chr(97 + number)}", "--ar 3:2"))

    assert len(await preferences.options(ANA)) == 8


@pytest.mark.parametrize(
    ("taste", "parameters"),
    [
        (PromptDefaults(), ""),
        (PromptDefaults(model="niji 6"), "--niji 6"),
        (PromptDefaults(model="v 7", is_raw=True, stylize=0, is_personal=True), "--v 7 --raw --stylize 0 --p"),
    ],
)
async def test_taste_is_written_as_parameters(taste: PromptDefaults, parameters: str, preferences: Preferences) -> None:
    await preferences.prefer_taste(ANA, taste)

    assert (await preferences.taste(ANA), await preferences.taste(BEN)) == (taste, PromptDefaults())
    assert await preferences.defaults(ANA) == parameters


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("a cat", "a cat --ar 3:2 --chaos 5 --v 7 --stylize 50"),
        ("a cat --niji 6", "a cat --niji 6 --ar 3:2 --chaos 5 --stylize 50"),
        ("a cat --ar 1:1 --s 9", "a cat --ar 1:1 --s 9 --chaos 5 --v 7"),
        ("a cat --wild", "a cat in a jungle --c 80 --ar 3:2 --v 7 --stylize 50"),
    ],
)
async def test_typed_beats_option_beats_suffix_beats_taste(typed: str, whole: str, preferences: Preferences) -> None:
    await preferences.prefer_taste(ANA, PromptDefaults(model="v 7", stylize=50))
    await preferences.set_option(ANA, "wild", "in a jungle --c 80")
    await preferences.set_option(ANA, "wide", "--ar 3:2")
    await preferences.set_suffix(ANA, "--wide --chaos 5")

    assert await preferences.in_full(ANA, typed) == whole


async def test_reset_forgets_switches_and_keeps_what_was_typed(preferences: Preferences) -> None:
    await preferences.prefer_mode(ANA, Mode.FAST)
    await preferences.switch_remix(ANA)
    await preferences.prefer_variability(ANA, Variability.LOW)
    await preferences.prefer_taste(ANA, PromptDefaults(model="v 7"))
    await preferences.set_suffix(ANA, "--ar 3:2")
    assert await preferences.variability(ANA) is Variability.LOW

    await preferences.reset(ANA)

    assert await preferences.mode(ANA) is Mode.RELAX
    assert not await preferences.has_remix(ANA)
    assert await preferences.variability(ANA) is None
    assert await preferences.defaults(ANA) == ""
    assert await preferences.suffix(ANA) == "--ar 3:2"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("—v 6.1", "--v 6.1"),
        ("\uff0d\uff0dar \uff11\uff16\uff1a\uff19\uff0c--v 7", "--ar 16:9 --v 7"),
        ("(--ar 3:2)", "--ar 3:2"),
        ("--ar 3:2\u200b", "--ar 3:2"),
    ],
)
async def test_suffix_is_kept_as_it_is_sent(text: str, kept: str, preferences: Preferences) -> None:
    assert await preferences.set_suffix(ANA, text) == kept
    assert await preferences.set_option(ANA, "mine", f"oil {text}") == "mine"
    assert await preferences.options(ANA) == {"mine": f"oil {kept}"}


@pytest.mark.parametrize("text", ["--stylze 50", "--width 1024 --height 768", "--ar wide", "--steps 30"])
async def test_suffix_that_would_be_asked_about_at_every_prompt_is_refused(text: str, preferences: Preferences) -> None:
    with pytest.raises(UserError, match="asked about it at every prompt"):
        await preferences.set_suffix(ANA, text)

    assert await preferences.suffix(ANA) == ""


async def test_suffix_may_have_own_options_and_what_the_owner_knows(store: JobStore) -> None:
    preferences = Preferences(store, make_settings(extra_parameters="fresh"))
    await preferences.set_option(ANA, "mine", "--s 250")

    assert await preferences.set_suffix(ANA, "--mine --fresh 3") == "--mine --fresh 3"
