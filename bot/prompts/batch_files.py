"""Files of prompts: a table (CSV with a line that names its columns), or plain text with a prompt a line.

No sniffing: the first line decides. Where it names columns, its separator is that of the whole file; else every line
is a prompt as it stands, commas and all.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import UserError
from bot.language import Sentence, _
from bot.prompts.folding import fold
from bot.text import escape_inline

MAX_FILE_BYTES = 1024 * 1024
COLUMNS = ("prompt", "engine", "params", "repeat", "name")
SEPARATORS = (",", ";", "\t")
NAME_LIMIT = 80  # characters of a line's name, which becomes a file's
# As spreadsheets write text: UTF-8 and UTF-16 say so by their first bytes, Excel in China writes GB18030.
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A line of a file, in its own words; `number` counts the lines of the file from 1, the first one included."""

    number: int
    prompt: str
    engine: str = ""
    params: str = ""
    repeat: int = 1
    name: str = ""
    problem: Sentence | None = None  # why it cannot be read


def read_batch_file(data: bytes, file_name: str, most: int) -> list[BatchRow]:
    """Read the lines of a file that say something, at most `most` of them.

    Raises:
        UserError: it is no text, has no prompts or too many, or its table cannot be read.
    """
    text = _decoded(data)
    header, separator = _header(text)
    if not header and file_name.lower().endswith((".csv", ".tsv")):
        raise UserError(
            _(
                "The first line of a table must name its columns: {columns}. Only prompt must be there."
                " A plain text file (.txt) has one prompt a line instead.",
                columns=", ".join(COLUMNS),
            )
        )
    rows: list[BatchRow] = []
    for row in _of_table(text, header, separator) if header else _of_lines(text):
        if len(rows) == most:
            raise UserError(
                _("This file has more than {count} prompts, which is the most for one batch here.", count=most)
            )
        rows.append(row)
    if not rows:
        raise UserError(_("There is no prompt in this file."))
    return rows


def _decoded(data: bytes) -> str:
    named = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UserError(_("This file is not text. Please save it as CSV or as plain text, in UTF-8."))


def _header(text: str) -> tuple[list[str], str]:
    """The columns that the first line with something in it names, and what separates them; none where it names none."""
    first = next((line for _number, line in _lines(text)), "")
    for separator in SEPARATORS:
        cells = [_column(cell) for cell in first.rstrip(separator).split(separator)]
        if "prompt" in cells and (len(cells) > 1 or separator == SEPARATORS[-1]):
            _check_columns([cell for cell in cells if cell])
            return cells, separator
    return [], ""


def _column(cell: str) -> str:
    return fold(cell).strip().strip('"').strip().casefold()


def _check_columns(named: Sequence[str]) -> None:
    for column in named:
        if column not in COLUMNS or named.count(column) > 1:
            raise UserError(
                _(
                    "The first line has a column “{column}” that is not known, or is there twice. Columns: {columns}.",
                    column=escape_inline(column, 40),
                    columns=", ".join(COLUMNS),
                )
            )


def _of_lines(text: str) -> Iterator[BatchRow]:
    for number, line in _lines(text):
        yield BatchRow(number, line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers as an editor shows them."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line.strip("\n")


def _of_table(text: str, header: Sequence[str], separator: str) -> Iterator[BatchRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number, is_header = 1, True
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as exc:
            raise UserError(
                _(
                    "Line {line} cannot be read as a line of a table. A cell with quotes in it stands in quotes,"
                    " and each of its own quotes twice.",
                    line=number,
                )
            ) from exc
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            if not is_header:
                yield _row(number, header, cells)
            is_header = False
        number = reader.line_num + 1


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> BatchRow:
    given = dict(zip(header, (cell.strip() for cell in cells), strict=False))
    row = BatchRow(
        number,
        given.get("prompt", ""),
        fold(given.get("engine", "")).casefold(),
        given.get("params", ""),
        name=" ".join(given.get("name", "").split())[:NAME_LIMIT],
    )
    times = fold(given.get("repeat", "")) or "1"
    problem = None
    if any(cell.strip() for cell in cells[len(header) :]):
        problem = _("It has more cells than the first line has columns: a prompt with a separator in it needs quotes.")
    elif not row.prompt:
        problem = _("It has no prompt.")
    elif not (times.isascii() and times.isdecimal() and 0 < len(times) < 5 and int(times)):
        problem = _("“{value}” is no number of repeats.", value=escape_inline(times, 20))
    if problem is not None:
        return BatchRow(row.number, row.prompt, row.engine, row.params, 1, row.name, problem)
    return BatchRow(row.number, row.prompt, row.engine, row.params, int(times), row.name)
