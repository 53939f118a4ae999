"""Bans of members and servers, each change with its line of the audit in one transaction."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.bans import Ban
from bot.domain.job import Subject
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import Insert, by_dialect
from bot.storage.notifications import Changed
from bot.storage.schema import bans

BANS_NOTE = "bans:"  # how what is announced to other processes begins


def _keeping(insert_or: Insert) -> Any:
    row = insert_or(bans)
    anew = {name: row.excluded[name] for name in ("reason", "by", "at", "until")}
    return row.on_conflict_do_update(index_elements=["subject", "subject_id"], set_=anew)


_KEEP = by_dialect(_keeping)


class BanStore:
    """The table of bans."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read_all(self) -> Sequence[Ban]:
        """Return all bans, the newest first, those that have ended among them."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(bans).order_by(bans.c.at.desc(), bans.c.subject_id))
            return [_ban(row) for row in found]

    @retried
    async def keep(self, ban: Ban) -> None:
        """Ban a member or server, instead of how they were banned before."""
        async with self._database.transaction() as connection:
            before = await self._standing(connection, ban.subject, (ban.subject_id,))
            await connection.execute(_KEEP[connection.dialect.name], _row(ban))
            was, act = (_told(before[0]) if before else ""), (ActKind.BAN, _target(ban.subject, ban.subject_id))
            await connection.execute(audit_line(Act(ban.by, None, *act, was, _told(ban), ban.reason)))
            await self._announce(connection, ban.subject)

    @retried
    async def lift(self, subject: Subject, subject_id: int, alias: int, by: int, reason: str) -> bool:
        """Lift the ban of a member or server; False where there is none. An erased member's stands under an alias."""
        async with self._database.transaction() as connection:
            before = await self._standing(connection, subject, (subject_id, alias))
            if not before:
                return False
            ids = [ban.subject_id for ban in before]
            await connection.execute(delete(bans).where(bans.c.subject == subject, bans.c.subject_id.in_(ids)))
            act = ActKind.UNBAN, _target(subject, subject_id)
            await connection.execute(audit_line(Act(by, None, *act, _told(before[0]), "", reason)))
            await self._announce(connection, subject)
            return True

    @retried
    async def forget_ended(self, now: datetime) -> None:
        """Delete the bans that have ended; the audit keeps them."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(bans).where(bans.c.until <= now))

    @retried
    async def forget_member(self, member_id: int, alias: int) -> None:
        """Let an alias stand for a member who is erased, so that their ban still holds; for its author nobody does."""
        async with self._database.transaction() as connection:
            of_member = bans.c.subject == Subject.MEMBER, bans.c.subject_id == member_id
            renamed = update(bans).where(*of_member).values(subject_id=alias)
            # Of somebody who was erased before and banned again, the newer ban counts.
            older = bans.c.subject == Subject.MEMBER, bans.c.subject_id == alias
            is_there = select(func.count()).select_from(bans).where(*of_member)
            if await connection.scalar(is_there):
                await connection.execute(delete(bans).where(*older))
                await connection.execute(renamed)
            await connection.execute(update(bans).where(bans.c.by == member_id).values(by=0))

    async def _standing(self, connection: AsyncConnection, subject: Subject, ids: Sequence[int]) -> Sequence[Ban]:
        query = select(bans).where(bans.c.subject == subject, bans.c.subject_id.in_(ids)).with_for_update()
        return [_ban(row) for row in await connection.execute(query)]

    async def _announce(self, connection: AsyncConnection, subject: Subject) -> None:
        await self._database.notifications.announce(connection, Changed.NOTE, f"{BANS_NOTE}{subject}")


def _target(subject: Subject, subject_id: int) -> str:
    return str(subject_id) if subject is Subject.MEMBER else f"server:{subject_id}"


def _told(ban: Ban) -> str:
    """A ban as the audit has it before and after."""
    until = ban.until and ban.until.isoformat(timespec="seconds")
    return json.dumps({"reason": ban.reason, "until": until}, ensure_ascii=False)


def told_end(told: str) -> datetime | None:
    """Return the end of a ban as the audit has it; None = it has none."""
    until = json.loads(told)["until"]
    return until and datetime.fromisoformat(until)


def _row(ban: Ban) -> dict[str, Any]:
    return {
        "subject": ban.subject,
        "subject_id": ban.subject_id,
        "reason": ban.reason,
        "by": ban.by,
        "at": ban.at,
        "until": ban.until,
    }


def _ban(row: Row[Any]) -> Ban:
    return Ban(row.subject, row.subject_id, row.reason, row.by, row.at, row.until)
