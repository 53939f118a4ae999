"""`python -m benchmarks.budgets`: two hundred commands at once, at a bot with all budgets on and at one with none.

Both bots run beside each other, each with a thousand jobs in flight, and are asked in turns, so that whatever else the
machine does meets both. A card is a command's first answer, so it is shown once the job is admitted.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.busy_server import CHANNELS, PERIODS, ROLES, owners_budgets, rules
from benchmarks.crowd import COMMANDS, answer_waits, fill
from benchmarks.hundred import share
from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure, show
from bot.domain.server_rules import Key
from bot.storage.jobs import JobStore
from sandbox.discord.model import Role
from sandbox.discord.permissions import Permission

IN_FLIGHT, ROUNDS = 1000, 10
UNITS_A_DAY = 1_000_000.0  # more than is asked for: every budget is held against, and none is used up
SHARE = 1.10  # "within a tenth"
APART_S = 3.0


async def figures(data: Path) -> list[Figure]:
    """The ratio of both bots' waits."""
    relays = [BenchRelay(shortest_s=None), BenchRelay(shortest_s=None)]
    ruled_env = {"BUDGETS": json.dumps(owners_budgets(UNITS_A_DAY))}
    async with (
        open_stage(data / "ruled", relays[0], ruled_env) as ruled,
        open_stage(data / "plain", relays[1]) as plain,
    ):
        for stage, relay, folder in ((ruled, relays[0], data / "ruled"), (plain, relays[1], data / "plain")):
            await stage.stop_bot()
            fill(folder / "easel.db", relay, int(stage.channels[0]), IN_FLIGHT)
            give_roles(stage)
            if stage is ruled:
                await write_rules(folder / "easel.db", stage)
            await stage.start_bot()
        waits: dict[str, list[float]] = {"ruled": [], "plain": []}
        for number in range(ROUNDS + 1):
            for name, stage in (("ruled", ruled), ("plain", plain)):
                found = await answer_waits(stage, COMMANDS)
                waits[name] += found if number else []  # in the first round both build their statements
                await asyncio.sleep(APART_S)
    return [
        Figure(
            f"acknowledgement {name} of {COMMANDS} commands at once, all budgets over none",
            share(sorted(waits["ruled"]), part) / share(sorted(waits["plain"]), part),
            "",
            SHARE,
            f"{share(sorted(waits['ruled']), part):.2f} s over {share(sorted(waits['plain']), part):.2f} s,"
            f" {IN_FLIGHT:,} in flight, {ROUNDS} rounds",
        )
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]


def give_roles(stage: Stage) -> None:
    """Give the member who asks the first three of the roles that have budgets."""
    state = stage.sandbox.discord.state
    guild = state.guilds[stage.guild_id]
    guild.roles += [Role(role, f"role {role}", Permission(0)) for role in ROLES]
    guild.roles_by_member[next(user.id for user in state.users.values() if user.username == "ben")] = list(ROLES)[:3]


async def write_rules(database: Path, stage: Stage) -> None:
    """Give the server, its channels, its roles and each of its members all budgets that there are."""
    channels = dict(zip((f"channel:{one}" for one in CHANNELS), stage.channels, strict=False))
    changes = {
        Key(f"channel:{channels[key.scope]}" if key.scope in channels else key.scope, key.name): value
        for key, value in rules(UNITS_A_DAY).items()
        if key.name.endswith(tuple(PERIODS))
    }
    async with JobStore.opened(f"sqlite+aiosqlite:///{database}") as store:
        await store.policies.change(stage.guild_id, changes, by=1)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="easel-budgets-", ignore_cleanup_errors=True) as name:
        sys.exit(0 if show(asyncio.run(figures(Path(name)))) else 1)
