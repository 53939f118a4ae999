"""The ways to kill: at a named point of one job's life, at a numbered point of a start, at any moment under load."""

import asyncio
import math
import random
from collections import Counter
from collections.abc import Sequence

from tests.crash.arena import CROWD_KINDS, KINDS, Arena
from tests.crash.judge import Verdict
from tests.crash.launcher import Plan

USERS = ("ana", "ben", "mia")
SHORTEST_LIFE_S, LONGEST_LIFE_S = 0.25, 1.1  # of a bot under load, once it is connected
MOST_AT_ONCE = 25  # a machine that is slow today must not be asked for more and more
LAST_POINT = 250  # about as many points as a bot under load passes in that time
FAILING_SHARE, STOPPED_SHARE = 0.05, 0.15  # of the jobs under load: given up by the relay, stopped by their author
LOST_SHARE, DECIDED_SHARE = 0.05, 0.15  # answers of the relay that are lost; people who send again, or drop, what was
REFUSED_SHARE = 0.03  # of the commits of a bot under load, in every other life


async def points_of(arena: Arena, kind: str) -> Sequence[Plan]:
    """Every point in the life of a job of this kind, found out by letting one live."""
    arena.follow(Plan())
    await arena.ask(kind)
    await arena.revive()
    return numbered(arena.trace())


async def points_of_start(arena: Arena) -> Sequence[Plan]:
    """Every point of a start that has a job of every kind to pick up, until they are settled.

    They are taken by number alone: which jobs are how far, and whose turn it is, differs from start to start.
    """
    await _leave_unfinished(arena)
    await arena.start(Plan())
    await arena.revive()
    return [Plan(number=number) for number in range(1, len(arena.trace()) + 1)]


def numbered(names: Sequence[str]) -> Sequence[Plan]:
    """Names in the order of their passing as plans to die there."""
    passed: Counter[str] = Counter()
    plans = []
    for name in names:
        passed[name] += 1
        plans.append(Plan(name, passed[name]))
    return plans


async def die_once(arena: Arena, kind: str, plan: Plan) -> bool:
    """Let the bot die at one point of a job's life, and settle; False when this life did not pass it."""
    await arena.revive()  # the one before may have died after all
    arena.follow(plan)
    await arena.ask(kind)
    has_survived = await arena.settle()
    await arena.revive()
    return not has_survived


async def die_starting(arena: Arena, plan: Plan) -> bool:
    """Let the bot die at one point of its start, with a job of every kind to pick up; False if it did not pass it."""
    await _leave_unfinished(arena)
    await arena.start(plan)
    has_survived = arena.bot.running and await arena.settle()
    await arena.revive()
    return not has_survived


async def _leave_unfinished(arena: Arena) -> None:
    await asyncio.gather(*(arena.ask(kind) for kind in KINDS))
    await asyncio.sleep(SHORTEST_LIFE_S)
    await arena.kill()


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
        number = chance.randint(1, LAST_POINT) if at_point else None
        await arena.start(Plan(number=number, refused=REFUSED_SHARE if left % 4 < 2 else 0.0))
        life_s = LONGEST_LIFE_S if at_point else chance.uniform(SHORTEST_LIFE_S, LONGEST_LIFE_S)
        count = min(math.ceil((wanted - arena.jobs()) / left), MOST_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            people = [group.create_task(_ask_later(arena, chance, life_s)) for _ in range(count)]
            await asyncio.sleep(life_s)
            for one in people:
                one.cancel()  # nobody answers them any more
    await arena.kill()
    await arena.start()
    while (missing := wanted - arena.jobs()) > 0:
        await asyncio.gather(*(_ask_later(arena, chance, LONGEST_LIFE_S) for _ in range(min(missing, MOST_AT_ONCE))))
        await arena.revive()
    await arena.revive()
    verdict = arena.verdict()
    # What a refused pick met by chance must not meet the next life, nor what the bot remembers of it.
    arena.studio.clear_faults()
    await arena.kill()
    await arena.start()
    return verdict


async def _ask_later(arena: Arena, chance: random.Random, within_s: float) -> None:
    kind, user, delay_s = chance.choice(CROWD_KINDS), chance.choice(USERS), chance.random() * within_s
    fails, stops = chance.random() < FAILING_SHARE, chance.random() < STOPPED_SHARE
    is_lost, decides = chance.random() < LOST_SHARE, chance.random() < DECIDED_SHARE
    await asyncio.sleep(delay_s)
    if is_lost:
        arena.lose_an_answer()
    await arena.ask("failing" if fails else kind, user)
    if decides:
        await arena.decide(user, chance)
    if stops:
        await asyncio.sleep(chance.random() * (within_s - delay_s))
        await arena.stop(user)
