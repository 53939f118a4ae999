"""The rules of servers as rows, each with who set it and when; every change with its line in the audit."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Entry
from bot.domain.server_rules import GrantedUnits, Key, ServerRules
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import DatabaseTime, Insert, by_dialect
from bot.storage.ledger import carried_over, write_down
from bot.storage.notifications import Changed
from bot.storage.schema import policies

RULES_NOTE = "rules:"  # how what is announced to other processes begins
_GRANT = "grant."


def _keeping(insert_or: Insert) -> Any:
    row = insert_or(policies).values(at=DatabaseTime(0))
    changed = {name: row.excluded[name] for name in ("value", "by", "at")}
    return row.on_conflict_do_update(index_elements=["guild_id", "scope", "name"], set_=changed)


_KEEP = by_dialect(_keeping)


class PolicyStore:
    """Reads all rules at once, and changes those of a server in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stamp(self) -> tuple[int, str]:
        """Return what is another one once any rule has changed."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(func.count(), func.max(policies.c.at)).select_from(policies))).one()
            return int(row[0]), str(row[1])

    async def read_all(self) -> Mapping[int, ServerRules]:
        """Return the rules of all servers that have any."""
        values: defaultdict[int, dict[Key, Any]] = defaultdict(dict)
        grants: defaultdict[int, list[GrantedUnits]] = defaultdict(list)
        async with self._database.reading() as connection:
            for row in await connection.execute(select(policies)):
                if row.name.startswith(_GRANT):
                    granted = json.loads(row.value)
                    one = GrantedUnits(row.name.removeprefix(_GRANT), row.scope, granted["units"], granted["until"])
                    grants[row.guild_id].append(one)
                else:
                    values[row.guild_id][Key(row.scope, row.name)] = json.loads(row.value)
        return {one: ServerRules(one, values[one], grants[one]) for one in {*values, *grants}}

    @retried
    async def change(
        self, guild_id: int, changes: Mapping[Key, Any], by: int, kind: ActKind = ActKind.SET, reason: str = ""
    ) -> None:
        """Set rules of a server, or take them away where they are None."""
        async with self._database.transaction() as connection:
            query = select(policies.c.scope, policies.c.name, policies.c.value).where(policies.c.guild_id == guild_id)
            was = {Key(row.scope, row.name): row.value for row in await connection.execute(query.with_for_update())}
            for key, value in changes.items():
                after = "" if value is None else json.dumps(value, ensure_ascii=False)
                if after == was.get(key, ""):
                    continue
                await self._write(connection, guild_id, key, after, by)
                act = Act(by, guild_id or None, kind, str(key), was.get(key, ""), after, reason)
                await connection.execute(audit_line(act))
            await self._database.notifications.announce(connection, Changed.NOTE, f"{RULES_NOTE}{guild_id}")

    async def _write(self, connection: AsyncConnection, guild_id: int, key: Key, value: str, by: int) -> None:
        if not value:
            which = policies.c.guild_id == guild_id, policies.c.scope == key.scope, policies.c.name == key.name
            await connection.execute(delete(policies).where(*which))
            return
        row = {"guild_id": guild_id, "scope": key.scope, "name": key.name, "value": value, "by": by}
        await connection.execute(_KEEP[connection.dialect.name], row)

    @retried
    async def grant(self, guild_id: int, granted: GrantedUnits, by: int, day: str) -> None:
        """Let somebody have units beside a budget until a moment."""
        key = Key(granted.scope, f"{_GRANT}{granted.id}")
        value = json.dumps({"units": granted.units, "until": granted.until})
        async with self._database.transaction() as connection:
            await self._write(connection, guild_id, key, value, by)
            act = Act(by, guild_id or None, ActKind.GRANT, granted.scope, "", value)
            await connection.execute(audit_line(act))
            kind, _colon, one = granted.scope.partition(":")
            line = carried_over(one if kind == "member" else "", Entry.GRANT, granted.units, day, None)
            await write_down(connection, line | {"guild_id": guild_id or None})
            await self._database.notifications.announce(connection, Changed.NOTE, f"{RULES_NOTE}{guild_id}")


def rows_of(rules: ServerRules) -> Sequence[tuple[Key, Any]]:
    """Return rules in the order in which people read them."""
    return sorted(rules.values.items())
