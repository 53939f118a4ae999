"""How values stand in columns: one type for each kind of value, which writes and reads it wherever it is used."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import BigInteger, BindParameter, ColumnElement, DateTime, Dialect, Integer, String, Text, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from typing_extensions import override

# SQLite's whole numbers are as large as they need to be, PostgreSQL's as large as they were declared.
UNITS = Integer().with_variant(BigInteger(), "postgresql")
# Names are sorted character by character, as SQLite does; PostgreSQL would do it in some language.
NAME = String(64).with_variant(String(64, collation="C"), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite, which has no time zones, keeps it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class EnumText(TypeDecorator[StrEnum]):
    """A member of an enum, kept as its value."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.members = members
        self.length = length

    @override
    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return self.members(value) if value else None


class ModelJson(TypeDecorator[BaseModel]):
    """A frozen model, kept as its JSON; the adapter knows which model it was where there are several."""

    impl = Text
    cache_ok = True

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        super().__init__()
        self.adapter = adapter

    @override
    def process_bind_param(self, value: BaseModel | None, dialect: Dialect) -> str | None:
        return None if value is None else value.model_dump_json()

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> BaseModel | None:
        if not value:
            return None
        model: BaseModel = self.adapter.validate_json(value)
        # Most name the same fields, and a set for each of thousands would be a tenth of what they take.
        object.__setattr__(model, "__pydantic_fields_set__", _shared_fields(frozenset(model.model_fields_set)))
        return model


@lru_cache(maxsize=256)
def _shared_fields(names: frozenset[str]) -> set[str]:
    return set(names)


class OutsideText(TypeDecorator[str]):
    """A text in words of others, of any length.

    SQLite keeps whatever it is; PostgreSQL holds to a length, and has no zero character.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        """`length` stands in the tables of SQLite, which holds nobody to it."""
        super().__init__(length)
        self.length = length

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_bound = dialect.name == "sqlite" and self.length is not None
        return dialect.type_descriptor(String(self.length) if is_bound else Text())

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or dialect.name == "sqlite" else value.replace("\0", "")


class CommonText(TypeDecorator[str]):
    """A word that thousands of rows have in common, kept in memory once."""

    impl = String
    cache_ok = True

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else sys.intern(value)


class _Searchable(FunctionElement[str]):
    """Words with spaces between them, as each database keeps what it searches."""

    inherit_cache = True
    type = Text()


@compiles(_Searchable, "sqlite")
def _as_text(element: _Searchable, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Searchable, "postgresql")
def _as_vector(element: _Searchable, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_tsvector('simple', {compiler.process(element.clauses, **options)})"


class SearchedText(TypeDecorator[str]):
    """Words to search by (`bot.storage.search_words`): a text, and in PostgreSQL a vector of them. Never read."""

    impl = Text
    cache_ok = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(Text())
        from sqlalchemy.dialects.postgresql import TSVECTOR  # noqa: PLC0415 - loaded by those who have a server alone

        return dialect.type_descriptor(TSVECTOR())

    @override
    def bind_expression(self, bindparam: BindParameter[str]) -> ColumnElement[str]:
        return _Searchable(type_coerce(bindparam, Text()))


class Ids(TypeDecorator[tuple[int, ...]]):
    """Ids of Discord's, kept as one text; none where nothing is kept."""

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str | None:
        return " ".join(map(str, value)) if value else None

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...]:
        return tuple(map(int, value.split())) if value else ()
