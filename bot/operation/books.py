"""The owner's books on the command line: usage and acts, as a table for people or as CSV for programs."""

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TextIO

from bot.errors import SettingsError
from bot.settings import Settings
from bot.storage.inspection import reading_beside
from bot.storage.usage import AUDIT_COLUMNS, LEDGER_COLUMNS, Span, UsageBy, acts, ledger_lines, read_usage

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for one at the beginning of a cell


async def write_usage(
    settings: Settings, out: TextIO, *, first: str | None, last: str | None, by: str | None, as_csv: bool
) -> str:
    """Write what was spent in some days; without `by` every line of the ledger, as CSV.

    Raises:
        SettingsError: a day or a word is none, or the database cannot be read.
    """
    span = _span(first, last)
    if by is None and as_csv:
        async with reading_beside(settings.storage.database) as connection:
            return await _write_lines(out, LEDGER_COLUMNS, ledger_lines(connection, span))
    try:
        what = UsageBy(by or UsageBy.ENGINE)
    except ValueError as exc:
        raise SettingsError(f"--by takes {', '.join(UsageBy)}, not {by}.") from exc
    async with reading_beside(settings.storage.database) as connection:
        found = await read_usage(connection, what, span)
    rows = [(one.name, one.jobs, one.units) for one in found]
    _write(out, (what.value, "jobs", "units"), rows, as_csv=as_csv)
    return ""


async def write_audit(settings: Settings, out: TextIO, *, first: str | None, last: str | None, as_csv: bool) -> str:
    """Write what moderators and owners did in some days; raises as `write_usage` does."""
    span = _span(first, last)
    async with reading_beside(settings.storage.database) as connection:
        if as_csv:
            return await _write_lines(out, AUDIT_COLUMNS, acts(connection, span))
        _write(out, AUDIT_COLUMNS, [act async for some in acts(connection, span) for act in some], as_csv=False)
    return ""


async def _write_lines(out: TextIO, names: Sequence[str], lines: AsyncIterator[Sequence[Sequence[Any]]]) -> str:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    async for some in lines:
        writer.writerows([_cell(value) for value in line] for line in some)
    return ""


def _write(out: TextIO, names: Sequence[str], rows: Iterable[Sequence[Any]], *, as_csv: bool) -> None:
    if as_csv:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in rows)
        return
    cells = [list(names), *([str(_cell(value)) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.write(f"{line.rstrip()}\n")


def _cell(value: Any) -> Any:
    """A value as a cell says it; words of people never begin a formula."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _span(first: str | None, last: str | None) -> Span:
    for day in (first, last):
        try:
            is_day = day is None or date.fromisoformat(day).isoformat() == day
        except ValueError:
            is_day = False
        if not is_day:
            raise SettingsError(f"{day} is no day; write it as 2026-11-01.")
    return Span(first, last)
