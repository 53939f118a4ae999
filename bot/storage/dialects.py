"""What is said differently to SQLite and to PostgreSQL: upserts, the time, and a text inside of JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Float, Text, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.storage.column_types import UtcDateTime

Statement = TypeVar("Statement")
Insert = Callable[..., Any]  # one dialect's `insert`; both settle conflicts by methods of the same names


def by_dialect(build: Callable[[Insert], Statement]) -> Mapping[str, Statement]:
    """Build a statement with each dialect's `insert`; where it runs, `connection.dialect.name` chooses."""
    return _ByDialect(build)


class _ByDialect(dict[str, Statement]):
    """Builds what is asked for once, since whoever works on one kind of database need not load the other's dialect."""

    def __init__(self, build: Callable[[Insert], Statement]) -> None:
        super().__init__()
        self._build = build

    def __missing__(self, dialect: str) -> Statement:
        self[dialect] = self._build(import_module(f"sqlalchemy.dialects.{dialect}").insert)
        return self[dialect]


class PromptOf(FunctionElement[str]):
    """The prompt in a column that holds a request as JSON."""

    inherit_cache = True
    type = Text()


@compiles(PromptOf, "sqlite")
def _by_path(element: PromptOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **options)}, '$.prompt')"


@compiles(PromptOf, "postgresql")
def _by_arrow(element: PromptOf, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    # A text of PostgreSQL cannot hold a zero character, and to ask for one would fail the whole query.
    return rf"CASE WHEN position('\u0000' IN {column}) = 0 THEN CAST({column} AS JSON) ->> 'prompt' END"


class JsonElements(FunctionElement[Any]):
    """The elements of a JSON array, as rows with a column `value`."""

    inherit_cache = True


@compiles(JsonElements, "sqlite")
def _by_json_each(element: JsonElements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(JsonElements, "postgresql")
def _by_array_elements(element: JsonElements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements({compiler.process(element.clauses, **options)})"


class JsonItem(FunctionElement[str]):
    """An item of a JSON array in a column, as a text; `place` counts from 0."""

    inherit_cache = True
    type = Text()

    def __init__(self, array: ColumnElement[Any], place: int) -> None:
        super().__init__(array, literal_column(str(place)))


@compiles(JsonItem, "sqlite")
def _by_place_in_path(element: JsonItem, compiler: SQLCompiler, **options: Any) -> str:
    array, place = (compiler.process(one, **options) for one in element.clauses)
    return f"json_extract({array}, '$[{place}]')"  # `->>` is younger than some systems' SQLite


@compiles(JsonItem, "postgresql")
def _by_place(element: JsonItem, compiler: SQLCompiler, **options: Any) -> str:
    array, place = (compiler.process(one, **options) for one in element.clauses)
    return f"{array} ->> {place}"


class DatabaseTime(FunctionElement[datetime]):
    """A moment by the database's own clock, which all its processes have in common."""

    inherit_cache = True
    type = UtcDateTime()

    def __init__(self, in_s: float) -> None:
        """`in_s` is how many seconds after now it is; before now where negative."""
        super().__init__(literal(in_s, Float()))


@compiles(DatabaseTime, "sqlite")
def _by_strftime(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(DatabaseTime, "postgresql")
def _by_clock(element: DatabaseTime, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"clock_timestamp() + make_interval(secs => {seconds})"
