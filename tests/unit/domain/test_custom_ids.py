"""Understanding custom ids: the whole catalogue, in every spelling that was seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.custom_ids import MODALS, NOT_OFFERED, ONCE_ONLY, Family, Kind, change_id, parse
from tests.support.makers import UUID

CATALOGUE = [
    ("MJ::JOB::upsample::1::{h}", Family.PICK, "upsample", 1),
    ("MJ::JOB::upsample::4::{h}", Family.PICK, "upsample", 4),
    ("MJ::JOB::variation::3::{h}", Family.VARIATION, "variation", 3),
    ("MJ::JOB::reroll::0::{h}::SOLO", Family.REROLL, "reroll", 0),
    ("MJ::JOB::upsample_v5_2x::1::{h}::SOLO", Family.UPSCALE, "upsample_v5_2x", 1),
    ("MJ::JOB::upsample_v5_4x::1::{h}::SOLO", Family.UPSCALE, "upsample_v5_4x", 1),
    ("MJ::JOB::upsample_v6_2x_subtle::1::{h}::SOLO", Family.UPSCALE, "upsample_v6_2x_subtle", 1),
    ("MJ::JOB::upsample_v6_2x_creative::1::{h}::SOLO", Family.UPSCALE, "upsample_v6_2x_creative", 1),
    ("MJ::JOB::upsample_v6r1_2x_creative::1::{h}::SOLO", Family.UPSCALE, "upsample_v6r1_2x_creative", 1),
    ("MJ::JOB::upsample_v7_2x_subtle::1::{h}::SOLO", Family.UPSCALE, "upsample_v7_2x_subtle", 1),
    ("MJ::JOB::low_variation::1::{h}::SOLO", Family.VARY, "low_variation", 1),
    ("MJ::JOB::high_variation::1::{h}::SOLO", Family.VARY, "high_variation", 1),
    ("MJ::Inpaint::1::{h}::SOLO", Family.REGION, "inpaint", 1),
    ("MJ::Outpaint::50::1::{h}::SOLO", Family.ZOOM, "outpaint", 50),
    ("MJ::Outpaint::75::1::{h}::SOLO", Family.ZOOM, "outpaint", 75),
    ("MJ::Outpaint::100::1::{h}::SOLO", Family.ZOOM, "outpaint", 100),
    ("MJ::Outpaint::1::{h}::SOLO", Family.ZOOM, "outpaint", 1),
    ("MJ::CustomZoom::{h}", Family.CUSTOM_ZOOM, "customzoom", 0),
    ("MJ::CustomZoom::1::{h}", Family.CUSTOM_ZOOM, "customzoom", 1),
    ("MJ::JOB::pan_left::1::{h}::SOLO", Family.PAN, "pan_left", 1),
    ("MJ::JOB::pan_down::1::{h}::SOLO", Family.PAN, "pan_down", 1),
    ("MJ::JOB::animate_high::1::{h}::SOLO", Family.ANIMATE, "animate_high", 1),
    ("MJ::JOB::animate_low_extend::2::{h}", Family.ANIMATE, "animate_low_extend", 2),
    ("MJ::JOB::video_virtual_upscale::3::{h}", Family.PICK, "video_virtual_upscale", 3),
    ("MJ::JOB::video::1::{h}::low::manual", Family.ANIMATE, "animate_low", 1),
    ("MJ::JOB::video::1::{h}::high::manual", Family.ANIMATE, "animate_high", 1),
    ("MJ::BOOKMARK::{h}", Family.BOOKMARK, "bookmark", 0),
    ("MJ::Job::PicReader::2", Family.DESCRIBE_PICK, "picreader", 2),
    ("MJ::Job::PicReader::all", Family.DESCRIBE_ALL, "picreader", 0),
    ("MJ::Picread::Retry", Family.REROLL, "retry", 0),
    ("MJ::Job::PromptAnalyzer::5", Family.SHORTEN_PICK, "promptanalyzer", 5),
    ("MJ::JOB::PromptAnalyzer::1", Family.SHORTEN_PICK, "promptanalyzer", 1),
    ("MJ::JOB::PromptAnalyzerExtended::1", Family.SHORTEN_DETAILS, "promptanalyzerextended", 1),
    ("MJ::JOB::remove_background::1::{h}::SOLO", Family.OTHER, "remove_background", 1),
]


@pytest.mark.parametrize(("pattern", "family", "verb", "index"), CATALOGUE)
@pytest.mark.parametrize("spell", [str, str.upper, str.lower], ids=["as-is", "upper", "lower"])
def test_every_id_of_the_catalogue_is_understood_in_any_case(
    pattern: str, family: Family, verb: str, index: int, spell: type[str]
) -> None:
    assert parse(spell(pattern.format(h=UUID))) == Kind(family, verb, index)


@pytest.mark.parametrize(
    ("pattern", "family"),
    [
        ("MJ::Upsample::2::{h}", Family.PICK),
        ("MJ::Variation::2::{h}", Family.VARIATION),
        ("MJ::Inpaint::{h}::SOLO", Family.REGION),
        ("MJ::JOB::Inpaint::1::{h}::SOLO", Family.REGION),
        ("MJ::JOB::Outpaint::50::1::{h}::SOLO", Family.ZOOM),
    ],
)
def test_verb_may_stand_in_either_place(pattern: str, family: Family) -> None:
    assert parse(pattern.format(h=UUID)).family is family


@pytest.mark.parametrize(
    "custom_id", ["", "MJ", "MJ::", "MJ::JOB", "MJ::JOB::", "XY::JOB::upsample::1", "change::UPSCALE::x"]
)
def test_what_is_no_custom_id_is_of_another_kind(custom_id: str) -> None:
    assert parse(custom_id).family is Family.OTHER


@given(
    st.lists(
        st.sampled_from(["MJ", "change", "JOB", "Job", "upsample", "PicReader", "Picread", "all", "1", "", "²", UUID])
    )
)
def test_any_mixture_of_parts_is_understood_as_something(parts: list[str]) -> None:
    assert isinstance(parse("::".join(parts)), Kind)


@given(st.text(max_size=120))
def test_any_text_is_understood_as_something(custom_id: str) -> None:
    assert isinstance(parse(custom_id), Kind)


@pytest.mark.parametrize(
    ("action", "family"), [("UPSCALE", Family.PICK), ("VARIATION", Family.VARIATION), ("REROLL", Family.REROLL)]
)
def test_our_own_ids_for_the_change_operation_are_understood(action: str, family: Family) -> None:
    assert parse(change_id(action, 3)) == Kind(family, action.lower(), 3)


@pytest.mark.parametrize(
    ("custom_id", "is_remixable"),
    [
        (f"MJ::JOB::variation::1::{UUID}", True),
        (f"MJ::JOB::reroll::0::{UUID}::SOLO", True),
        (f"MJ::JOB::pan_up::1::{UUID}::SOLO", True),
        (f"MJ::JOB::high_variation::1::{UUID}::SOLO", True),
        ("MJ::Picread::Retry", False),
        (f"MJ::JOB::upsample::1::{UUID}", False),
        (f"MJ::Inpaint::1::{UUID}::SOLO", False),
    ],
)
def test_remix_is_for_what_runs_a_prompt_again(custom_id: str, *, is_remixable: bool) -> None:
    assert parse(custom_id).is_remixable is is_remixable


def test_a_pick_is_not_an_upscale() -> None:
    pick, upscale = parse(f"MJ::JOB::upsample::1::{UUID}"), parse(f"MJ::JOB::upsample_v7_2x_subtle::1::{UUID}::SOLO")

    assert pick.family in ONCE_ONLY
    assert upscale.family not in ONCE_ONLY


def test_modals_are_the_four_kinds_that_always_ask() -> None:
    ask = {parse(pattern.format(h=UUID)).family for pattern, *_ in CATALOGUE} & MODALS

    assert ask == {Family.REGION, Family.CUSTOM_ZOOM, Family.DESCRIBE_PICK, Family.SHORTEN_PICK}


def test_bookmark_and_imagine_all_are_never_offered() -> None:
    assert {Family.BOOKMARK, Family.DESCRIBE_ALL} == NOT_OFFERED
