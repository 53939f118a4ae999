"""What moderators and owners did: a line for each act, in the transaction of what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Executable, func, insert, select

from bot.storage.database import Database
from bot.storage.dialects import DatabaseTime
from bot.storage.schema import audit

LONGEST = 2000  # characters of what was before or after


class ActKind(StrEnum):
    """What somebody did."""

    PAUSE = "pause"
    RESUME = "resume"
    BLOCK = "block"
    UNBLOCK = "unblock"
    SET = "set"  # a rule
    GRANT = "grant"
    IMPORT = "import"
    BAN = "ban"
    UNBAN = "unban"
    RELOAD = "reload"  # of the settings
    CANCEL = "cancel"  # somebody else's job
    GIVE_UP = "give_up"  # one of unknown outcome
    LOOK = "look"  # for one of unknown outcome, at the relay
    REVIEW = "review"  # decided about a result
    REVIEW_CHANNEL_LOST = "review channel out of reach"


@dataclass(frozen=True, slots=True)
class Act:
    """One act: who did what to whom or what, and how that was before and after. Without a server it is for all."""

    actor_id: int
    guild_id: int | None
    kind: ActKind
    target: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""


def audit_line(act: Act) -> Executable:
    """Return the statement that writes an act down, for the transaction of what it changes."""
    return insert(audit).values(
        at=DatabaseTime(0),
        guild_id=act.guild_id,
        actor=str(act.actor_id),
        act=act.kind.value,
        target=act.target,
        before=act.before[:LONGEST],
        after=act.after[:LONGEST],
        reason=act.reason[:LONGEST],
    )


async def write_act(database: Database, act: Act) -> None:
    """Write down an act that changes nothing in the database by itself."""
    async with database.transaction() as connection:
        await connection.execute(audit_line(act))


async def last_acts(database: Database, guild_id: int | None, limit: int) -> Sequence[Any]:
    """Return the rows of the last acts in a server, or of those for all, newest first."""
    query = select(audit).where(audit.c.guild_id == guild_id).order_by(audit.c.id.desc()).limit(limit)
    async with database.reading() as connection:
        return (await connection.execute(query)).all()


async def last_act(database: Database) -> int:
    """Return the number of the last act; 0 where there is none."""
    async with database.reading() as connection:
        return int(await connection.scalar(select(func.max(audit.c.id))) or 0)


async def acts_after(database: Database, number: int, at_most: int = 200) -> Sequence[Any]:
    """Return the acts after one, the oldest first."""
    query = select(audit).where(audit.c.id > number).order_by(audit.c.id).limit(at_most)
    async with database.reading() as connection:
        return (await connection.execute(query)).all()
