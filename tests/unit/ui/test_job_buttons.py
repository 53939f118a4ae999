"""The relay's buttons on Discord: rows, faces, and custom ids that answer for ever."""

import re
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.domain.custom_ids import Family
from bot.domain.job import Job, JobStatus
from bot.domain.requests import Button
from bot.ui.components import button_faces, job_buttons
from bot.ui.components.button_faces import choose_face, is_emoji, place_in_rows
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import TEMPLATE, JobButton, result_view
from bot.ui.messages.result import shows_result_of
from tests.support.makers import UUID, fixture, make_job, make_result

JOB = "0123456789abcdef"
ANY = f"1::{UUID}::SOLO"
GRID = tuple(
    Button(custom_id=one["customId"], label=one["label"], emoji=one["emoji"])
    for one in fixture("sample_task.json")["buttons"]
)
SINGLE = tuple(
    Button(custom_id=custom_id, label=label)
    for custom_id, label in [
        (f"MJ::JOB::upsample_v7_2x_subtle::{ANY}", "Upscale (Subtle)"),
        (f"MJ::JOB::upsample_v7_2x_creative::{ANY}", "Upscale (Creative)"),
        (f"MJ::JOB::low_variation::{ANY}", "Vary (Subtle)"),
        (f"MJ::JOB::high_variation::{ANY}", "Vary (Strong)"),
        (f"MJ::Inpaint::{ANY}", "Vary (Region)"),
        (f"MJ::Outpaint::50::{ANY}", "Zoom Out 2x"),
        (f"MJ::Outpaint::75::{ANY}", "Zoom Out 1.5x"),
        (f"MJ::CustomZoom::{UUID}", "Custom Zoom"),
        (f"MJ::JOB::pan_left::{ANY}", ""),
        (f"MJ::JOB::pan_right::{ANY}", ""),
        (f"MJ::JOB::pan_up::{ANY}", ""),
        (f"MJ::JOB::pan_down::{ANY}", ""),
        (f"MJ::JOB::animate_high::{ANY}", "Animate (High motion)"),
        (f"MJ::JOB::animate_low::{ANY}", "Animate (Low motion)"),
    ]
)


def unknown(count: int) -> tuple[Button, ...]:
    return tuple(Button(custom_id=f"MJ::JOB::future_{number}::{ANY}", label=f"F{number}") for number in range(count))


def done(*relay_buttons: Button) -> Job:
    return make_job(JobStatus.DONE, result=make_result(*relay_buttons))


def sent(view: discord.ui.View) -> list[list[dict[str, Any]]]:
    """The rows as Discord gets them."""
    return [row["components"] for row in view.to_components()]


# Rows.


def test_a_grid_stands_in_the_official_rows() -> None:
    view = result_view(done(*GRID))

    labels = [[button.get("label") or button["emoji"]["name"] for button in row] for row in sent(view)]
    assert labels == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]


def test_a_single_picture_stands_in_rows_by_meaning() -> None:
    assert place_in_rows(SINGLE) == [[0, 1], [2, 3, 4], [5, 6, 7], [8, 9, 10, 11], [12, 13]]


@pytest.mark.parametrize(
    ("count", "shape"), [(0, []), (3, [3]), (5, [5]), (6, [5, 1]), (16, [5, 5, 5, 1]), (25, [5] * 5), (40, [5] * 5)]
)
def test_unknown_kinds_are_packed_in_order(count: int, shape: list[int]) -> None:
    placed = place_in_rows(unknown(count))

    assert [len(row) for row in placed] == shape
    assert [key for row in placed for key in row] == list(range(min(count, 25)))


@pytest.mark.parametrize("relay_buttons", [GRID, SINGLE, SINGLE + unknown(2), unknown(40), (*SINGLE, *GRID)])
def test_every_list_of_buttons_can_be_sent(relay_buttons: tuple[Button, ...]) -> None:
    built = sent(result_view(done(*relay_buttons)))

    assert len(built) <= 5
    assert all(1 <= len(row) <= 5 for row in built)
    assert all(button.get("label") or button.get("emoji") for row in built for button in row)


def test_used_once_only_buttons_are_blue() -> None:
    view = result_view(done(*GRID), used={GRID[1].custom_id})

    assert [button["style"] for button in sent(view)[0]] == [2, 1, 2, 2, 2]


def test_a_description_offers_to_imagine_all() -> None:
    picks = [Button(custom_id=f"MJ::Job::PicReader::{number}") for number in range(1, 5)]

    built = sent(result_view(describing("1. a cat\n2. a dog\n3. a hen\n4. a cow", *picks)))

    assert [button["emoji"]["name"] for button in built[0]] == ["1️⃣", "2️⃣", "3️⃣", "4️⃣"]
    assert built[1][0]["label"] == "Imagine all"


@pytest.mark.parametrize(("text", "left"), [("1. a cat\n2. a dog", ["1️⃣", "2️⃣"]), ("a cat", []), ("", [])])
def test_no_button_stands_for_a_line_that_is_not_there(text: str, left: list[str]) -> None:
    picks = [Button(custom_id=f"MJ::Job::PicReader::{number}") for number in range(1, 5)]

    built = sent(result_view(describing(text, *picks)))

    faces = [button["emoji"]["name"] for row in built for button in row if not button.get("label")]
    assert faces == left
    assert any(button.get("label") == "Imagine all" for row in built for button in row) is bool(left)


def describing(text: str, *buttons: Button) -> Job:
    job = done(*buttons)
    assert job.result is not None
    return job.with_(result=job.result.model_copy(update={"text": text}))


def test_a_reroll_stands_behind_what_it_makes_anew_and_alone_under_a_single_picture() -> None:
    reroll = Button(custom_id=f"MJ::JOB::reroll::0::{UUID}::SOLO", emoji="🔄")

    assert place_in_rows((*SINGLE, reroll)) == [[0, 1], [2, 3, 4], [5, 6, 7], [8, 9, 10, 11], [12, 13, 14]]
    assert place_in_rows((*GRID[:4], *GRID[5:], reroll)) == [[0, 1, 2, 3, 8], [4, 5, 6, 7]]


@pytest.mark.parametrize("family", Family)
def test_every_family_has_its_row(family: Family) -> None:
    assert family in button_faces._ROW_OF_FAMILY


# Faces.


@pytest.mark.parametrize(
    ("custom_id", "label", "emoji", "shown"),
    [
        (f"MJ::JOB::upsample::3::{UUID}", "", "", ("U3", None)),
        (f"MJ::JOB::variation::4::{UUID}", "anything", "upscale_1", ("V4", None)),
        (f"MJ::JOB::reroll::0::{UUID}::SOLO", "", "", (None, "🔄")),
        (f"MJ::JOB::pan_left::{ANY}", "", "pan_left", (None, "⬅️")),
        (f"MJ::JOB::low_variation::{ANY}", "", "\ufffd", ("Vary (Subtle)", "🪄")),
        (f"MJ::JOB::upsample_v7_2x_subtle::{ANY}", "Upscale (Subtle)", "upscale_1", ("Upscale (Subtle)", None)),
        (f"MJ::JOB::upsample_v7_2x_subtle::{ANY}", "", "upscale_1", ("Upsample V7 2X Subtle", None)),
        (f"MJ::JOB::future::{ANY}", "New", "🎉", ("New", "🎉")),
        (f"MJ::JOB::future::{ANY}", "", "🎉", (None, "🎉")),
        (f"MJ::JOB::future::{ANY}", " \n ", "", ("Future", None)),
        (f"MJ::JOB::future::{ANY}", "a\nb", "", ("a b", None)),
        (f"MJ::JOB::future::{ANY}", "x" * 90, "", ("x" * 79 + "…", None)),
        ("odd", "", "", ("?", None)),
        ("change::UPSCALE::2", "U2", "", ("U2", None)),
        ("change::REROLL::1", "", "🔄", (None, "🔄")),
    ],
)
def test_every_button_has_a_face(custom_id: str, label: str, emoji: str, shown: tuple[str | None, str | None]) -> None:
    assert choose_face(Button(custom_id=custom_id, label=label, emoji=emoji)) == shown


@pytest.mark.parametrize(
    "text",
    ["🔄", "🪄", "🎞️", "🖌️", "❤️", "⬅️", "↔️", "🔍", "1️⃣", "#️⃣", "🎉", "👩\u200d🎨", "👍🏽", "🇨🇳", "✉️", "❤️\u200d🔥"],
)
def test_one_pictograph_is_an_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    ["", "upscale_1", "a", "1", "猫", "🔄🔄", "\ufe0f", "\u200d", "°", "1abc\u20e3", "<:x:1>", "🎉 ", "\ufffd", "🇨"],
)
def test_anything_else_is_no_emoji(text: str) -> None:
    assert not is_emoji(text)


# Custom ids.


@pytest.mark.parametrize("verb", JobAction)
@pytest.mark.parametrize("key", [None, 0, 24, 99])
def test_custom_ids_come_back_as_they_were_made(verb: JobAction, key: int | None) -> None:
    custom_id = JobButton(verb, "0123456789abcdef", key).custom_id

    match = re.fullmatch(TEMPLATE, custom_id)
    assert match is not None
    assert (match["verb"], match["job"], match["key"]) == (verb, "0123456789abcdef", None if key is None else str(key))


OF_MEMBERS = ("reopen_view", "edit_view", "confirm_all_view")  # these want a language as well
VIEWS = [view for name, view in vars(job_buttons).items() if name.endswith("_view") and name not in OF_MEMBERS]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.__name__))
def test_every_view_can_be_sent_and_answers_for_ever(view: Any) -> None:
    built = view(done(*GRID, *unknown(11)))

    ids = [button["custom_id"] for row in sent(built) for button in row]
    assert built.timeout is None
    assert ids
    assert len(set(ids)) == len(ids)
    assert all(len(custom_id) <= 100 and re.fullmatch(TEMPLATE, custom_id) for custom_id in ids)


@pytest.mark.parametrize(
    "custom_id",
    ["easel:press:short:1", "easel:press:0123456789ABCDEF", "other:press:0123456789abcdef", "easel::0:1"],
)
def test_foreign_custom_ids_are_left_alone(custom_id: str) -> None:
    assert re.fullmatch(TEMPLATE, custom_id) is None


@pytest.mark.parametrize(
    ("custom_id", "is_found"),
    [
        (f"easel:press:{JOB}:0", True),
        (f"easel:press:{JOB}:12", True),
        (f"easel:press:{'0' * 16}:0", False),
        (f"easel:cancel:{JOB}", False),
        (f"easel:again:{JOB}", False),
        ("press", False),
        (None, False),
    ],
)
def test_a_result_without_a_picture_is_known_by_its_buttons(custom_id: str | None, *, is_found: bool) -> None:
    row = SimpleNamespace(children=[SimpleNamespace(custom_id=custom_id)])
    message = SimpleNamespace(attachments=[], embeds=[], components=[SimpleNamespace(), row])

    assert shows_result_of(cast(discord.Message, message), JOB) is is_found
