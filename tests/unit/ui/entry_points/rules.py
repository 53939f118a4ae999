"""The rules of owner and moderators, each made to stand against Ben."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.domain.job import JobStatus, Place, Reach, Subject
from bot.domain.requests import Mode
from bot.domain.server_rules import OWNER, Key
from bot.services import Services
from tests.support.hands import EVERY_ENGINE
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, make_job, make_place

STUDIO = make_place()
THREAD = make_place(channel_id=302, parent_channel_id=301)
IN_CATEGORY = make_place(channel_id=303, category_id=777)
DM = make_place(guild_id=None, reach=Reach.DM)
ELSEWHERE = make_place(guild_id=777, reach=Reach.USER_INSTALL, may_post=False)
OPEN: dict[str, Any] = {
    "allow_dm": True,
    "allow_user_install": True,
    "max_waiting_per_member": 1000,
    "public_url": "https://draw.example",
    "web_port": 8080,
    **{f"{engine}_any_model": True for engine in EVERY_ENGINE if engine != "midjourney"},
}


@dataclass(frozen=True)
class Against:
    """One rule, made to stand against Ben: settings, the place where he is, and what else has to happen before."""

    settings: dict[str, Any] = field(default_factory=dict)
    place: Place = STUDIO
    arrange: Callable[[Services], Awaitable[None]] | None = None
    is_about_people: bool = True  # who comes or from where: not even a modal opens


async def block(services: Services) -> None:
    await services.jobs.controls.block(201, BEN.id)


async def ban_member(services: Services) -> None:
    await services.jobs.controls.ban(Subject.MEMBER, BEN.id, 1, reason="spam", until=None)


async def ban_server(services: Services) -> None:
    await services.jobs.controls.ban(Subject.GUILD, 201, 1, reason="spam", until=None)


async def pause(services: Services) -> None:
    await services.jobs.moderation.pause(201)


def rule(
    scope: str, name: str, value: Any, *more: tuple[str, str, Any], of: int = 201
) -> Callable[[Services], Awaitable[None]]:
    """Rules of the server, as its moderators set them; or `of` the owner."""

    async def arrange(services: Services) -> None:
        rules = {Key(*key): value for *key, value in ((scope, name, value), *more)}
        await services.jobs.rulebook.set(of, rules, by=1)

    return arrange


async def only_fast(services: Services) -> None:
    await prefer_turbo(services)
    await rule("server", "only.mode.turbo", [])(services)


async def cool_down(services: Services) -> None:
    await services.store.admissions.admit(make_job(JobStatus.RECEIVED, actor=BEN, created_at=START), NO_LIMITS, DAY)
    await rule("server", "cooldown", 60)(services)


async def prefer_turbo(services: Services) -> None:
    await services.store.notes.set(f"mode:{BEN.id}", Mode.TURBO)


async def fill(services: Services) -> None:
    await services.store.admissions.admit(make_job(JobStatus.RECEIVED, actor=BEN), NO_LIMITS, DAY)


async def switch_off(services: Services) -> None:
    services.jobs.engines._by_name = {}


async def remove_all(services: Services) -> None:
    for author in (ANA, BEN):
        for entry in (await services.store.library.find(author.id, count=100)).entries:
            await services.jobs.controls.remove(entry.job)


RULES = {
    "server not in the list": Against({"allowed_guilds": "999"}),
    "direct messages off": Against({"allow_dm": False}, DM),
    "use elsewhere off": Against({"allow_user_install": False}, ELSEWHERE),
    "member of no listed server": Against({"allowed_guilds": "999"}, DM),
    "blocked": Against(arrange=block),
    "blocked, in direct messages": Against(place=DM, arrange=block),
    "member banned": Against(arrange=ban_member),
    "member banned, in direct messages": Against(place=DM, arrange=ban_member),
    "member banned, elsewhere": Against(place=ELSEWHERE, arrange=ban_member),
    "server banned": Against(arrange=ban_server),
    "paused": Against(arrange=pause),
    "no units": Against({"units_per_member_day": 0}, is_about_people=False),
    "no units for anybody": Against({"units_per_day": 0}, is_about_people=False),
    "too many waiting": Against({"max_waiting_per_member": 1}, arrange=fill, is_about_people=False),
    "engine off": Against(arrange=switch_off, is_about_people=False),
    "mode off": Against({"allowed_modes": "fast"}, arrange=prefer_turbo, is_about_people=False),
    "model not named": Against(
        {f"{engine}_any_model": False for engine in EVERY_ENGINE if engine != "midjourney"}, is_about_people=False
    ),
    "PRESS=author": Against({"press": "author"}),
    "presses for authors here": Against(arrange=rule("server", "press", "author")),
    "presses for authors in the category": Against(place=IN_CATEGORY, arrange=rule("channel:777", "press", "author")),
    "channel not allowed": Against(arrange=rule("channel:301", "allow", False)),
    "another channel allowed": Against(arrange=rule("channel:999", "allow", True)),
    "thread of a channel not allowed": Against(place=THREAD, arrange=rule("channel:301", "allow", False)),
    "category not allowed": Against(place=IN_CATEGORY, arrange=rule("channel:777", "allow", False)),
    "role needed": Against(arrange=rule("role:5", "allow", True)),
    "not age-restricted": Against(arrange=rule("server", "age", "restricted")),
    "no units of the server": Against(arrange=rule("server", "units.month", 0), is_about_people=False),
    "no units of the channel": Against(arrange=rule("channel:301", "units.week", 0), is_about_people=False),
    "no units for members here": Against(arrange=rule("server", "member.day", 0), is_about_people=False),
    "mode for nobody here": Against(arrange=only_fast, is_about_people=False),
    "engines for a role": Against(
        arrange=rule(
            *("server", f"only.engine.{EVERY_ENGINE[0]}", [5]),
            *(("server", f"only.engine.{engine}", [5]) for engine in EVERY_ENGINE[1:]),
        ),
        is_about_people=False,
    ),
    "role needed, by the owner": Against(arrange=rule("role:5", "allow", True, of=OWNER)),
    "not age-restricted, by the owner, in direct messages": Against(
        place=DM, arrange=rule("server", "age", "restricted", of=OWNER)
    ),
    "no units of any server": Against(arrange=rule("server", "units.month", 0, of=OWNER), is_about_people=False),
    "no units for members anywhere": Against(arrange=rule("server", "member.day", 0, of=OWNER), is_about_people=False),
    "cooldown": Against(arrange=cool_down, is_about_people=False),
    "picture removed": Against(arrange=remove_all),
}
# Caps of what runs are no matter of ways in: what is admitted waits (tests/unit/jobs/test_dispatcher.py).

ABOUT_A_PICTURE = (
    "PRESS=author",
    "presses for authors here",
    "presses for authors in the category",
    "picture removed",
)
PEOPLE = [name for name, rule in RULES.items() if rule.is_about_people and name not in ABOUT_A_PICTURE]
