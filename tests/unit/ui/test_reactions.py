"""What reactions under messages of ours do, and for whom: as much as the buttons that do the same."""

from typing import Any, cast

import discord
import pytest

from bot.domain.job import Group, GroupKind, Job, JobStatus, Result, new_job_id
from bot.domain.server_rules import Key, Name
from bot.services import Services
from tests.support.hands import APPLICATION, Hands
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, TASK, make_job, make_place, make_result, picture
from tests.support.messages import boxed, button, person, read_message, row, section
from tests.support.walk import now

S = JobStatus
ROLE, MODERATOR = 42, 903


class DirectMessages:
    """Takes all that is sent to a person."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.files: list[str] = []

    async def send(self, text: str = "", *, files: Any = (), **_more: Any) -> None:
        self.texts.append(text)
        self.files += [file.filename for file in files]


class Reactions:
    """Reactions of Ben, who has a role, under a message of ours in the studio."""

    def __init__(self, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
        self.direct = DirectMessages()
        self._hands = hands
        self._message = read_message(author=APPLICATION)
        monkeypatch.setattr(type(hands.bot), "get_partial_messageable", lambda *_bot, **_more: self)
        monkeypatch.setattr(type(hands.bot), "create_dm", self._create_dm)

    async def fetch_message(self, _message_id: int) -> discord.Message:
        return self._message

    async def _create_dm(self, _user: Any) -> DirectMessages:
        return self.direct

    async def react(self, emoji: str, **fields: Any) -> None:
        """React as Ben under a message with these fields."""
        self._message = read_message(author=APPLICATION, **fields)
        data = {"message_id": "501", "channel_id": "301", "guild_id": "201", "user_id": str(BEN.id), "type": 0}
        told = cast(Any, data | {"message_author_id": str(APPLICATION), "burst": False})
        event = discord.RawReactionActionEvent(told, discord.PartialEmoji(name=emoji), "REACTION_ADD")
        state, guild = cast(Any, self._hands.bot)._connection, cast(Any, discord.Object(201))
        member: dict[str, Any] = {"user": person(BEN.id), "roles": [str(ROLE)], "joined_at": None, "flags": 0}
        event.member = discord.Member(data=cast(Any, member), guild=guild, state=state)
        await cast(Any, self._hands.bot.get_cog("ResultsCog")).on_raw_reaction_add(event)


@pytest.fixture
async def reactions(services: Services, monkeypatch: pytest.MonkeyPatch) -> Reactions:
    return Reactions(await Hands.of(services), monkeypatch)


async def kept(services: Services, job: Job) -> Job:
    """A job as it stands in the database, its picture in the folder."""
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture((200, 200)))
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    await services.store.update(job, result=with_picture(job, make_result()), task_id=TASK)
    return await now(services, job)


def with_picture(job: Job, result: Result) -> Result:
    return result.model_copy(update={"picture": f"{job.id}.png"})


async def test_an_envelope_brings_a_result_with_its_four_pictures(services: Services, reactions: Reactions) -> None:
    job = await kept(services, make_job(S.DONE))

    await reactions.react("✉️", components=[row(button(f"easel:press:{job.id}:0"))])

    assert reactions.direct.files == [f"{job.id}.png", *(f"{job.id}-{corner}.png" for corner in range(1, 5))]


@pytest.mark.parametrize(
    ("status", "more"),
    [(S.POSTING, {}), (S.UNDELIVERABLE, {"in_review": True}), (S.UNDELIVERABLE, {"stopped": True})],
    ids=["moderators not asked yet", "waits for a moderator", "stopped"],
)
async def test_an_envelope_brings_no_pictures_that_moderators_have_not_seen(
    services: Services, reactions: Reactions, status: JobStatus, more: dict[str, Any]
) -> None:
    job = await kept(services, make_job(status, **more))

    await reactions.react("✉️", components=[row(button(f"easel:cancel:{job.id}"))])

    assert len(reactions.direct.texts) == 1
    assert reactions.direct.files == []


async def test_an_envelope_brings_nothing_of_what_is_private_on_a_card_for_everybody(
    services: Services, reactions: Reactions
) -> None:
    group = Group(new_job_id(), GroupKind.COMPARISON, ANA, make_place(), "a cat", START, 501)
    jobs = [make_job(S.DONE, group_id=group.id, is_private=is_private) for is_private in (True, False)]
    await services.store.admissions.admit_group(group, jobs, NO_LIMITS, DAY)
    for job in jobs:
        services.pictures.stock.path(f"{job.id}.png").write_bytes(picture())
        await services.store.update(job, result=with_picture(job, Result()))
    lines = [section("x", button(f"easel:goon:{job.id}")) for job in jobs]

    await reactions.react("✉️", components=[boxed(*lines)], flags=1 << 15)

    assert reactions.direct.files == [f"{jobs[1].id}.png"]
    assert len(reactions.direct.texts) == 1


@pytest.mark.parametrize("emoji", ["✉️", "⭐"])
@pytest.mark.parametrize("role", [ROLE, 43])
async def test_reactions_of_roles_that_may_not_use_it_do_nothing(
    services: Services, reactions: Reactions, emoji: str, role: int
) -> None:
    job = await kept(services, make_job(S.DONE))
    await services.jobs.rulebook.set(201, {Key(f"role:{role}", Name.ALLOW): False}, MODERATOR)

    await reactions.react(emoji, components=[row(button(f"easel:press:{job.id}:0"))])

    done = len(reactions.direct.texts) + await services.store.library.stars_of(job.id)
    assert done == (0 if role == ROLE else 1)
