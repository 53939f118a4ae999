"""Jobs and groups as rows, and back. What a single column holds is written and read by its type in `schema`."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from sys import intern
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Actor, Asked, BatchLine, Group, Job, Place, Token

# Values that take several columns: by the value's field, the column. The other fields have a column of their name.
SPREAD: dict[str, dict[str, str]] = {
    "actor": {"id": "author_id", "locale": "author_locale", "roles": "author_roles"},
    "place": {field.name: field.name for field in fields(Place)} | {"locale": "guild_locale"},
    "token": {"sealed": "token", "expires_at": "token_expires_at"},
    "asked": {"by": "asked_by", "number": "asked_no"},
    "line": {"number": "line_no", "name": "line_name"},
}
SHARED = 1000  # persons and places that jobs have in common, kept at hand, of each
_JOB_FIELDS = tuple(field.name for field in fields(Job))
_GROUP_FIELDS = tuple(field.name for field in fields(Group))
_OWN_COLUMNS_OF_JOB = tuple(name for name in _JOB_FIELDS if name not in SPREAD)
_OWN_COLUMNS_OF_GROUP = tuple(name for name in _GROUP_FIELDS if name not in SPREAD)


def columns_of(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values by field as values by column."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if name in SPREAD:
            columns |= {column: getattr(value, field, None) for field, column in SPREAD[name].items()}
        else:
            columns[name] = value
    return columns


def row_of_job(job: Job, owner: str) -> dict[str, Any]:
    """Return a job as a new row that a process owns."""
    own = {"operation": job.operation, "owner": owner}
    return columns_of({name: getattr(job, name) for name in _JOB_FIELDS}) | own


def row_of_group(group: Group, owner: str) -> dict[str, Any]:
    """Return a group as a new row that a process owns."""
    return columns_of({name: getattr(group, name) for name in _GROUP_FIELDS}) | {"owner": owner}


def job_of(row: Row[Any]) -> Job:
    """Return the job of a row. What thousands have in common they share: persons, places, words."""
    own = {name: getattr(row, name) for name in _OWN_COLUMNS_OF_JOB}
    own |= {"engine": intern(row.engine), "owner": _shared(row.owner)}
    token = Token(row.token, row.token_expires_at) if row.token else None
    asked = None if row.asked_by is None else Asked(row.asked_by, row.asked_no)
    line = None if row.line_no is None else BatchLine(row.line_no, row.line_name or "")
    return Job(actor=_actor(row), place=_place(row), token=token, asked=asked, line=line, **own)


def group_of(row: Row[Any]) -> Group:
    """Return the group of a row."""
    own = {name: getattr(row, name) for name in _OWN_COLUMNS_OF_GROUP}
    return Group(actor=_actor(row), place=_place(row), **own)


async def read_job(connection: AsyncConnection, query: Select[Any]) -> Job | None:
    """Return the one job that a query finds, if any."""
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else job_of(row)


async def read_jobs(connection: AsyncConnection, query: Select[Any]) -> list[Job]:
    """Return the jobs that a query finds."""
    return [job_of(row) for row in await connection.execute(query)]


def _actor(row: Row[Any]) -> Actor:
    return _shared_actor(row.author_id, intern(row.author_locale), row.author_roles)


def _place(row: Row[Any]) -> Place:
    return _shared_place(
        row.channel_id,
        row.guild_id,
        row.reach,
        row.may_post,
        row.upload_limit,
        row.parent_channel_id,
        row.category_id,
        bool(row.is_age_restricted),  # the version before did not ask
        _shared(row.guild_locale),
    )


_shared_actor = lru_cache(maxsize=SHARED)(Actor)
_shared_place = lru_cache(maxsize=SHARED)(Place)


def _shared(word: str | None) -> str | None:
    return None if word is None else intern(word)
