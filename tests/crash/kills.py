"""The two ways to kill: at a numbered point of one job's life, and at any moment under load."""

import asyncio
import math
import random

from tests.crash.arena import KINDS, Arena
from tests.crash.judge import Verdict, judge

USERS = ("ana", "ben", "mia")
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.25, 1.1  # of a bot under load, once it is connected
MOST_AT_ONCE = 25  # a machine that is slow today must not be asked for more and more
LAST_POINT = 250  # about as many points as a bot under load passes in that time


async def die_once(arena: Arena, kind: str, number: int, of: str = "*") -> bool:
    """Let the bot die at one point of a job's life, and settle; False when the life has fewer points."""
    await arena.kill()
    await arena.start(die_at=number, of=of)
    arena.begin_counting()
    await arena.ask(kind)
    has_survived = await arena.settle()
    await arena.revive()
    return not has_survived


async def die_starting(arena: Arena, number: int) -> bool:
    """Let the bot die at one point of its start, with a job of every kind to pick up; False when it has fewer."""
    await asyncio.gather(*(arena.ask(kind) for kind in KINDS))
    await asyncio.sleep(SHORTEST_LIFE_S)
    await arena.kill()
    await arena.start(die_at=number, count_from="start")
    has_survived = arena.studio.bot.running and await arena.settle()
    await arena.revive()
    return not has_survived


async def die_at_random(arena: Arena, *, kills: int, jobs: int, seed: int) -> Verdict:
    """Kill the bot again and again while people keep asking; half by the clock, half at a point of its work.

    What nobody heard because the bot was dead is asked again later, so that there are that many jobs in the end.
    """
    chance = random.Random(seed)
    wanted = arena.jobs() + jobs
    for left in range(kills, 0, -1):
        arena.studio.relay.offers_task_list = left % 2 == 0
        at_point = chance.random() < 0.5
        await arena.kill()
        await arena.start(die_at=chance.randint(1, LAST_POINT) if at_point else None, count_from="start")
        life_s = LONGEST_LIFE_S if at_point else chance.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S)
        async with asyncio.TaskGroup() as people:
            for _ in range(min(math.ceil((wanted - arena.jobs()) / left), MOST_AT_ONCE)):
                people.create_task(_ask_later(arena, chance, life_s))
            await asyncio.sleep(life_s)
    await arena.kill()
    await arena.start()
    while (missing := wanted - arena.jobs()) > 0:
        await asyncio.gather(*(_ask_later(arena, chance, LONGEST_LIFE_S) for _ in range(min(missing, MOST_AT_ONCE))))
        await arena.revive()
    await arena.revive()
    return judge(arena.sandbox)


async def _ask_later(arena: Arena, chance: random.Random, within_s: float) -> None:
    kind, user, delay_s = chance.choice(KINDS), chance.choice(USERS), chance.random() * within_s
    await asyncio.sleep(delay_s)
    await arena.ask(kind, user)
