"""/usage: what a member spent, by day and engine, as a chart that only they see."""

import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import discord

from bot.domain.engine_info import get_title
from bot.language import _
from bot.services import Services
from bot.storage.usage import DayOfEngine, Span, days_by_engine
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of

DAYS = 30  # that the chart shows
ALT_LIMIT = 1024  # characters, Discord's


class UsagePanel:
    """Tells a member what they spent."""

    def __init__(self, services: Services) -> None:
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
        days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
        series = units_by_engine(spent, days)
        if not series:
            await interaction.followup.send(text, ephemeral=True)
            return
        chart = await self._pictures.chart([str(day.day) for day in days], series, of=actor.id)
        file = discord.File(io.BytesIO(chart), "usage.png", description=alt_text_of(days, series, actor.locale))
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


def units_by_engine(spent: Sequence[DayOfEngine], days: Sequence[date]) -> list[tuple[str, list[int]]]:
    """Return the engines that were used, the most used first, each with its units for each of the days."""
    units = {(one.engine, one.day): one.units for one in spent}
    found = {engine: [max(0, units.get((engine, day.isoformat()), 0)) for day in days] for engine, _day in units}
    ordered = sorted(found.items(), key=lambda one: -sum(one[1]))
    return [(get_title(engine), of) for engine, of in ordered if any(of)]


def alt_text_of(days: Sequence[date], series: Sequence[tuple[str, Sequence[int]]], locale: str) -> str:
    """Say what the chart shows, for those who do not see it: the days on which something was spent."""
    sums = [sum(of[number] for _name, of in series) for number in range(len(days))]
    shown = ", ".join(f"{day.isoformat()}: {units}" for day, units in zip(days, sums, strict=True) if units)
    return _("Chart of your units by day: {days}", days=shown).render(locale)[:ALT_LIMIT]
