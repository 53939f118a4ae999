"""A file with rows in every table, of values that are easily spoilt on the way."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table

from bot.domain.requests import Imagine
from bot.storage.column_types import EnumText, Ids, ModelJson, UtcDateTime
from bot.storage.schema import metadata

TEXTS = ("", "一只猫 🎨 «» \\ \t\n", "NULL", 'it\'s "quoted" {"a": [1, "\\u0000"]}', "e\u0301 é ÿ \u202e")
LARGEST = 2**63 - 1
START = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
MODELS = {"request": Imagine(prompt="一只猫 --v 7").model_dump_json(), "result": "{}", "failure": '{"kind":"relay"}'}


def fill(path: Path, rows: int = 7) -> None:
    """Put rows into every table of a database that is up to date and that nobody has open."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            places = ", ".join("?" for _column in table.columns)
            values = [[_value(table, column, number) for column in table.columns] for number in range(rows)]
            connection.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', values)


def _value(table: Table, column: Column[Any], number: int) -> object:
    """A value that fits; some columns that may be empty are so in every third row."""
    if column.foreign_keys:
        parent = number - 1 if table.name == "jobs" else number
        return None if parent < 0 else f"{parent:016x}"
    if column is table.autoincrement_column:
        return number + 1
    if column.primary_key and not isinstance(column.type, Integer):
        return f"{number:016x}" if column.name in ("id", "job_id") else f"{table.name[:4]}:{number}"
    if column.nullable and number % 3 == 2:
        return None
    return _of_type(column, number)


def _of_type(column: Column[Any], number: int) -> object:
    kind: Any = column.type
    match kind:
        case UtcDateTime():
            return str((START + timedelta(hours=number)).replace(tzinfo=None))
        case EnumText():
            members = list(kind.members)
            return members[number % len(members)].value
        case ModelJson():
            return MODELS[column.name]
        case Ids():
            return f"{number} {LARGEST}"
        case Boolean():
            return number % 2
        case BigInteger():
            return LARGEST - number
        case Integer():
            return number
    length = getattr(kind, "length", None) or 4_000
    text = f"{number}{TEXTS[number % len(TEXTS)]}"
    return text if len(text) <= length else f"{number}é"
