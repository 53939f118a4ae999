"""Tables as files that spreadsheets open as they are meant."""

import csv
import io
from collections.abc import Iterable, Sequence

_MARK = "\ufeff"  # by which Excel knows that a file is UTF-8
# What spreadsheets compute. Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Build a CSV file in UTF-8; nothing in it is a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return (_MARK + written.getvalue()).encode()


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
