"""/usage: what a member spent, in sums and as a chart that only they see."""

import io
import math
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.language import Sentence
from bot.pictures.decoding.charts import BACK, COLOURS, HEIGHT, WIDTH, stacked_bars
from bot.storage.usage import DayOfEngine
from bot.ui.panels.usage import DAYS, MOST_BARS, alt_text_of, in_bars, last_days, units_by_engine, usage_summary

TODAY = date(2026, 11, 25)  # a Wednesday
SPENT = [
    DayOfEngine("2026-11-02", "fal", 4),
    DayOfEngine("2026-11-23", "midjourney", 2),
    DayOfEngine("2026-11-25", "midjourney", 3),
]
LAST_DAYS = [TODAY - timedelta(days=back) for back in reversed(range(DAYS))]


def colour_of(name: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(name.removeprefix("#")))


def test_sums_are_told_of_day_week_and_month_and_by_engine() -> None:
    assert usage_summary(SPENT, TODAY, "en-US") == (
        "Units today: **3** · this week: **5** · this month: **9**\n-# Midjourney 5 · fal 4"
    )


def test_who_spent_nothing_is_told_how_to_begin() -> None:
    assert "/imagine" in usage_summary([], TODAY, "en-US")
    assert units_by_engine([], LAST_DAYS) == []


def test_the_chart_has_a_bar_for_each_engine_as_high_as_what_was_spent() -> None:
    series = units_by_engine(SPENT, LAST_DAYS)

    chart = Image.open(io.BytesIO(stacked_bars([str(day.day) for day in LAST_DAYS], series))).convert("RGB")

    assert [(name, sum(of)) for name, of in series] == [("Midjourney", 5), ("fal", 4)]
    assert (chart.width, chart.height) == (WIDTH, HEIGHT)
    drawn = {colour: count for count, colour in chart.getcolors(chart.width * chart.height) or []}
    assert drawn[colour_of(COLOURS[0])] > drawn[colour_of(COLOURS[1])] > 1000


def test_many_names_and_large_numbers_stay_within_the_chart() -> None:
    series = [(f"Engine number {number}", [12_000] * len(LAST_DAYS)) for number in range(len(COLOURS))]

    chart = Image.open(io.BytesIO(stacked_bars([f"{day:%m-%d}" for day in LAST_DAYS], series))).convert("RGB")

    for edge in ((0, 0, 4, HEIGHT), (WIDTH - 4, 0, WIDTH, HEIGHT)):
        assert {colour for _count, colour in chart.crop(edge).getcolors() or []} == {colour_of(BACK)}


def test_who_does_not_see_the_chart_is_told_its_days() -> None:
    text = alt_text_of(LAST_DAYS, units_by_engine(SPENT, LAST_DAYS), Sentence("Units by day"), "en-US")

    assert text == "Units by day: 2026-11-02: 4, 2026-11-23: 2, 2026-11-25: 3"


@pytest.mark.parametrize("count", [1, 30, 31, 32, 90, 366])
def test_days_of_a_longer_time_share_bars_and_nothing_is_lost(count: int) -> None:
    days = last_days(TODAY, count)
    series = [("fal", [1] * count), ("Draw", list(range(count)))]

    labels, bars = in_bars(days, series)

    assert len(labels) <= MOST_BARS
    assert [sum(of) for _name, of in bars] == [count, sum(range(count))]
    assert {len(of) for _name, of in bars} == {len(labels)}
    first_of_last = days[-math.ceil(count / MOST_BARS)]
    assert labels[-1] in (str(first_of_last.day), f"{first_of_last:%m-%d}")
