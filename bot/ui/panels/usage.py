"""What a member or a server spent, by day and engine, as a chart that only those see who may."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import discord

from bot.domain.engine_info import get_title
from bot.language import Sentence, _
from bot.services import Services
from bot.storage.overview import Overview
from bot.storage.usage import DayOfEngine, Span, UsageBy, days_by_engine
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, locale_of
from bot.ui.text.usage_lines import usage_text

DAYS = 30  # that a member's chart shows
MOST_BARS = 31  # of longer times several days make one
ALT_LIMIT = 1024  # characters, Discord's
Series = list[tuple[str, list[int]]]  # engines, each with its units for each day or bar


class UsagePanel:
    """Tells a member what they spent (/usage), and moderators what their server did (/easel usage)."""

    def __init__(self, services: Services) -> None:
        self._overview = Overview(services.store.database)
        self._clock = services.clock
        self._database = services.store.database
        self._pictures = services.pictures

    async def open(self, interaction: Interaction) -> None:
        """Answer with sums and a chart, for their eyes alone."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        actor, today = actor_of(interaction), self._clock.now().date()
        first = min(today - timedelta(days=DAYS - 1), today.replace(day=1))
        spent = [one for one in await days_by_engine(self._database, Span(first.isoformat()), actor.id) if one.units]
        text = usage_summary(spent, today, actor.locale)
        days = last_days(today, DAYS)
        await self._answer(interaction, text, days, units_by_engine(spent, days), _("Chart of your units by day"))

    async def open_server(self, interaction: Interaction, guild_id: int, by: UsageBy, count: int) -> None:
        """Answer with what a server spent in so many days, and with a chart of it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        span = Span.of_last(count, self._clock.now())
        found = await self._overview.usage(by, span, guild_id)
        spent = await days_by_engine(self._database, span, guild_id=guild_id)
        days = last_days(self._clock.now().date(), count)
        text, title = usage_text(by, count, found, locale_of(interaction)), _("Chart of this server's units by day")
        await self._answer(interaction, text, days, units_by_engine(spent, days), title)

    async def _answer(
        self, interaction: Interaction, text: str, days: Sequence[date], series: Series, title: Sentence
    ) -> None:
        """Send a text, with a chart where there is anything to show."""
        if not series:
            await interaction.followup.send(text, ephemeral=True)
            return
        labels, bars = in_bars(days, series)
        chart = await self._pictures.chart(labels, bars, of=interaction.user.id)
        described = alt_text_of(days, series, title, locale_of(interaction))
        file = discord.File(io.BytesIO(chart), "usage.png", description=described)
        await interaction.followup.send(text, file=file, ephemeral=True)


def usage_summary(spent: Sequence[DayOfEngine], today: date, locale: str) -> str:
    """Say what was spent today, in this week (from Monday) and in this month, and at which engines; days are UTC's."""
    if not spent:
        return _("You have spent no units in the last {days} days. Start with /imagine.", days=DAYS).render(locale)
    begins = (today, today - timedelta(days=today.weekday()), today.replace(day=1))
    day, week, month = (sum(one.units for one in spent if one.day >= begin.isoformat()) for begin in begins)
    sums = _(
        "Units today: **{day}** · this week: **{week}** · this month: **{month}**", day=day, week=week, month=month
    )
    by_engine = Counter[str]()
    for one in spent:
        by_engine[one.engine] += one.units
    engines = " · ".join(f"{get_title(engine)} {units}" for engine, units in by_engine.most_common())
    return f"{sums.render(locale)}\n-# {engines}"


def units_by_engine(spent: Sequence[DayOfEngine], days: Sequence[date]) -> Series:
    """Return the engines that were used, the most used first, each with its units for each of the days."""
    units = {(one.engine, one.day): one.units for one in spent}
    found = {engine: [max(0, units.get((engine, day.isoformat()), 0)) for day in days] for engine, _day in units}
    ordered = sorted(found.items(), key=lambda one: -sum(one[1]))
    return [(get_title(engine), of) for engine, of in ordered if any(of)]


def last_days(today: date, count: int) -> list[date]:
    """Return so many days up to today, the oldest first."""
    return [today - timedelta(days=back) for back in reversed(range(count))]


def in_bars(days: Sequence[date], series: Series) -> tuple[list[str], Series]:
    """Put days together so that a chart has room for them; returns a label for each bar, its first day's, and sums."""
    each = -(-len(days) // MOST_BARS)
    ends = range(len(days) % each or each, len(days) + 1, each)  # the oldest bar may have fewer days
    bars = [(max(0, end - each), end) for end in ends]
    labels = [str(days[begin].day) if each == 1 else f"{days[begin]:%m-%d}" for begin, _end in bars]
    return labels, [(name, [sum(of[begin:end]) for begin, end in bars]) for name, of in series]


def alt_text_of(days: Sequence[date], series: Series, title: Sentence, locale: str) -> str:
    """Say what the chart shows, for those who do not see it: the days on which something was spent."""
    sums = [sum(of[number] for _name, of in series) for number in range(len(days))]
    shown = ", ".join(f"{day.isoformat()}: {units}" for day, units in zip(days, sums, strict=True) if units)
    return f"{title.render(locale)}: {shown}"[:ALT_LIMIT]
