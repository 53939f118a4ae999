"""Jobs asked for together: the card they share, and whether their author was told that all are over."""

from sqlalchemy import select, update

from bot.domain.job import Group, GroupState
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.rows import group_of, read_jobs
from bot.storage.schema import groups, jobs


class GroupStore:
    """Groups in the database; they come in by `Admissions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, group_id: str) -> GroupState | None:
        """Return a group and its jobs."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(groups).where(groups.c.id == group_id))).one_or_none()
            if row is None:
                return None
            members = await read_jobs(
                connection, select(jobs).where(jobs.c.group_id == group_id).order_by(jobs.c.created_at)
            )
        return GroupState(group_of(row), tuple(members))

    async def list_open(self) -> list[Group]:
        """Return the groups of this process whose authors must still be told that all is over."""
        async with self._database.reading() as connection:
            mine = groups.c.owner == self._database.process
            found = await connection.execute(select(groups).where(groups.c.told.is_(False), mine))
            return [group_of(row) for row in found]

    @retried
    async def card_shown(self, group_id: str, card_id: int, *, waiting_for: str = "") -> None:
        """Keep a group's card, and what its jobs wait for; their messages reply to it."""
        async with self._database.transaction() as connection:
            await connection.execute(update(groups).where(groups.c.id == group_id).values(card_id=card_id))
            await connection.execute(
                update(jobs).where(jobs.c.group_id == group_id).values(reply_to=card_id, waiting_for=waiting_for)
            )

    @retried
    async def pause(self, group_id: str, *, is_paused: bool) -> None:
        """Keep whether anything of a group may start; other processes than its owner tell that one by themselves."""
        async with self._database.transaction() as connection:
            await connection.execute(update(groups).where(groups.c.id == group_id).values(is_paused=is_paused))

    @retried
    async def told(self, group_id: str) -> None:
        """Keep that nobody needs to be told of a group any more."""
        async with self._database.transaction() as connection:
            await connection.execute(update(groups).where(groups.c.id == group_id).values(told=True))
