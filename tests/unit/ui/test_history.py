"""The panel of /history: what a page looks like, within Discord's limits, and what its buttons stand for."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.engine_info import ENGINES
from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.library import LibraryKind, kind_of
from bot.domain.requests import Animate, Blend, EngineRequest, Imagine, Motion
from bot.storage.library import Entry, Page, Search, Spot
from bot.ui.panels.history import PER_PAGE, history_view
from bot.ui.panels.history_pages import SEARCH_BYTES, HistoryPage, Turn, page_in, read_page, searched
from bot.ui.text.job_titles import ago, job_title
from sandbox.discord.components import Kind, walk
from tests.support.makers import PICK_2, START, VARY_3, make_action, make_job, make_place, make_result

LARGEST = 2**63 - 1
NEWEST = HistoryPage()
SPOT = Spot(START + timedelta(microseconds=123_456), "00000000000000aa")


def entry(job: Job, *, is_favourite: bool = False) -> Entry:
    return Entry(job, kind_of(job), is_favourite)


def done(prompt: str = "a fox", **changes: Any) -> Job:
    known: dict[str, Any] = {"request": Imagine(prompt=prompt), "result": make_result(), "result_message_id": 5}
    return make_job(JobStatus.DONE, **(known | changes))


def parts_of(page: Page, shown: HistoryPage = NEWEST, thumbnails: Collection[str] = ()) -> list[dict[str, Any]]:
    view: Any = history_view(page, shown, "en-US", dict.fromkeys(thumbnails, b"webp"))
    return list(walk(view.to_components()))


def buttons_of(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for part in parts if part["type"] == Kind.BUTTON]


def face(button: dict[str, Any]) -> str:
    return str(button.get("label") or button["emoji"]["name"])


def test_the_longest_page_can_be_sent() -> None:
    place = make_place(channel_id=LARGEST, guild_id=LARGEST)
    jobs = [done("*" * 6000, place=place, result_message_id=LARGEST, units=LARGEST) for _number in range(PER_PAGE)]
    search = Search("x" * SEARCH_BYTES, LibraryKind.PICTURE, "midjourney", favourites=True)
    found = Page(tuple(map(entry, jobs)), has_more=True)

    parts = parts_of(found, HistoryPage(search, Turn.OLDER, SPOT), [job.id for job in jobs])

    custom_ids = [button["custom_id"] for button in buttons_of(parts)]
    assert len(parts) <= 40
    assert sum(len(part["content"]) for part in parts if part["type"] == Kind.TEXT) <= 4000
    assert max(map(len, custom_ids)) <= 100
    assert len(set(custom_ids)) == len(custom_ids)


def test_a_job_stands_beside_its_thumbnail_with_what_can_be_done() -> None:
    job = done(units=2)

    parts = parts_of(Page((entry(job, is_favourite=True),), has_more=False), thumbnails=[job.id])

    (section,) = [part for part in parts if part["type"] == Kind.SECTION]
    assert section["accessory"]["media"]["url"] == f"attachment://thumbnail-{job.id}.webp"
    assert section["accessory"]["description"] == "a fox"
    assert section["components"][0]["content"].startswith("**a fox**\n-# fast · <t:")
    assert "2 units" in section["components"][0]["content"]
    shown = buttons_of(parts)
    assert [face(button) for button in shown[:4]] == ["Show here", "Again", "Edit and run again", "⭐"]
    assert shown[3]["style"] == 1


@pytest.mark.parametrize(
    ("search", "words"),
    [
        (Search(), "There is nothing here yet. Start with /imagine."),
        (Search(favourites=True), "Nothing found: no favourites yet. Press ⭐ on one of your pictures."),
        (Search(kind=LibraryKind.FILM), "Nothing found of this kind yet."),
        (Search(engine="kling", favourites=True), "Nothing found of this kind yet."),
        (Search("fox", favourites=True), "Nothing found. Try fewer or shorter words."),
    ],
)
def test_an_empty_page_says_what_there_is_none_of(search: Search, words: str) -> None:
    parts = parts_of(Page((), has_more=False), HistoryPage(search))

    (text,) = [part["content"] for part in parts if part["type"] == Kind.TEXT]
    assert text.splitlines()[-1] == words


def test_a_job_whose_picture_is_gone_is_a_line() -> None:
    parts = parts_of(Page((entry(done()),), has_more=False))

    assert [part for part in parts if part["type"] == Kind.SECTION] == []
    assert any("**a fox**" in part.get("content", "") for part in parts)


def test_what_failed_offers_its_text_and_the_reason() -> None:
    job = make_job(JobStatus.REFUSED, failure=Failure(kind=FailureKind.BANNED, detail="gore"))

    parts = parts_of(Page((entry(job),), has_more=False))

    assert [face(button) for button in buttons_of(parts)[:2]] == ["Why?", "Edit and run again"]
    assert any("Refused" in part.get("content", "") for part in parts)


def test_a_pick_is_not_offered_again() -> None:
    pick = make_action(PICK_2.custom_id, "U2").with_(status=JobStatus.DONE, result=make_result())

    assert "Again" not in [face(button) for button in buttons_of(parts_of(Page((entry(pick),), has_more=False)))]


@pytest.mark.parametrize(
    ("turn", "has_more", "off"),
    [
        (Turn.NEWEST, True, {"Newer"}),
        (Turn.NEWEST, False, {"Newer", "Older"}),
        (Turn.OLDER, True, set()),
        (Turn.OLDER, False, {"Older"}),
        (Turn.NEWER, True, set()),
        (Turn.NEWER, False, {"Newer"}),
        (Turn.AT, False, {"Older"}),
    ],
)
def test_pages_end_where_there_is_nothing_more(turn: Turn, has_more: bool, off: set[str]) -> None:
    parts = parts_of(Page((entry(done()),), has_more=has_more), HistoryPage(turn=turn, spot=SPOT))

    assert {face(button) for button in buttons_of(parts) if button.get("disabled")} == off


# What buttons stand for.


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize(
    "search",
    [
        Search(),
        Search("fox in the snow", LibraryKind.FILM, "kling", favourites=True),
        Search("雪中的狐狸水彩画风城堡", LibraryKind.FAILED),
        *(Search(engine=name) for name in ENGINES),
    ],
    ids=str,
)
def test_a_page_survives_in_a_custom_id(turn: Turn, search: Search) -> None:
    page = HistoryPage(search, turn, None if turn is Turn.NEWEST else SPOT)

    assert read_page(turn, page.written()) == page
    assert len(f"easel-panel:history:{turn}:{page.written()}") <= 100


@pytest.mark.parametrize(
    ("turn", "written"),
    [("page", "3"), ("page", "0"), ("b", ""), ("b", "----"), ("p", "x--1" + "!" * 26), ("zz", "")],
)
def test_a_button_of_another_version_leads_to_the_newest(turn: str, written: str) -> None:
    assert read_page(turn, written) == HistoryPage()


def test_a_page_is_found_again_by_its_first_job() -> None:
    page = HistoryPage(Search("fox"), Turn.AT, SPOT)

    found = page_in(["easel:post:00000000000000aa", f"easel-panel:history:p:{page.written()}"], "history")

    assert found == page
    assert found.before is not None
    assert found.before > SPOT
    assert page_in([], "history") == HistoryPage()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a red   fox ", "a red fox"),
        ("x" * 60, "x" * 36),
        ("one two three four five six seven eight nine", "one two three four five six seven"),
        ("雪中的狐狸水彩画风城堡高塔", "雪中的狐狸水彩画风城堡高"),
        ("!!! ---", ""),
        ("", ""),
    ],
)
def test_a_search_is_cut_to_what_a_custom_id_holds(typed: str, kept: str) -> None:
    assert searched(typed) == kept


# What a job is called.


@pytest.mark.parametrize(
    ("job", "title"),
    [
        (done(), ""),
        (done(request=Blend()), "Blend"),
        (done(request=Animate(motion=Motion.HIGH)), "Animate (High motion)"),
        (done(request=EngineRequest(engine="ideogram", kind="remix")), "Remix"),
        (make_action(PICK_2.custom_id, "U2"), "U2"),
        (make_action(VARY_3.custom_id, "V3"), "V3 · Variations (Strong)"),
        (make_action("MJ::JOB::reroll::0::1::SOLO", ""), "Reroll"),
        (make_action("MJ::JOB::upsample_v6r1_2x_subtle::1::1::SOLO", ""), "Upscaled (Subtle)"),
        (make_action("MJ::JOB::animate_low::1::1::SOLO", ""), "Animate (Low motion)"),
        (make_action("MJ::JOB::video_virtual_upscale::2::1", ""), "Film #2"),
    ],
    ids=lambda value: value if isinstance(value, str) else "job",
)
def test_a_job_is_called_by_what_it_was(job: Job, title: str) -> None:
    assert job_title(job) == title


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7200, "2 h ago"),
        (200_000, "2 d ago"),
        (-5, "just now"),
    ],
)
def test_times_are_told_where_discord_tells_none(seconds: int, said: str) -> None:
    assert ago(START, START + timedelta(seconds=seconds)).render() == said
