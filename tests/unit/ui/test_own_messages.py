"""Every message of ours is known as ours: what it is about, who may take it away, and what that ends."""

from typing import Any, cast

import discord
import pytest

from bot.domain.job import Actor, Group, GroupKind, Job, JobStatus, Reach, new_job_id
from bot.domain.review import Decision, Review
from bot.errors import UserError
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.ui.flows.own_messages import OwnMessages
from bot.ui.messages.review import outcome_line
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, make_job, make_place, make_result
from tests.support.messages import attached, boxed, button, gallery, person, read_message, row, section

CARD = 501
STUDIO = make_place()
DIRECT = make_place(guild_id=None, reach=Reach.DM)
CHAT = make_place(guild_id=None, reach=Reach.USER_INSTALL, may_post=False)
SOMEBODY = Actor(902_000_000_000_000_000)  # mentions have ids of real length


@pytest.fixture
def messages(services: Services) -> OwnMessages:
    return OwnMessages(cast(discord.Client, None), services)


async def insert(store: JobStore, **changes: Any) -> Job:
    posted_at = changes.pop("result_message_id", CARD)
    job = make_job(**({"status": JobStatus.DONE} | changes))
    await store.admissions.admit(job, NO_LIMITS, DAY)
    return await posted(store, job, posted_at)


async def posted(store: JobStore, job: Job, message_id: int) -> Job:
    moved = await store.move(job, [job.status], job.status, result=make_result(), result_message_id=message_id)
    assert moved is not None
    return moved


async def comparison(store: JobStore, *statuses: JobStatus) -> list[Job]:
    group = Group(new_job_id(), GroupKind.COMPARISON, ANA, make_place(), "a cat", START, CARD)
    jobs = [make_job(status, group_id=group.id) for status in statuses]
    await store.admissions.admit_group(group, jobs, NO_LIMITS, DAY)
    return [await posted(store, job, CARD) for job in jobs]


def card_of(*jobs: Job) -> dict[str, Any]:
    """A comparison as Discord gives it back: no attachments, everything inside one container."""
    pictures = gallery(*(f"comparison-{job.id}.webp" for job in jobs))
    lines = [section("x", button(f"easel:goon:{job.id}")) for job in jobs]
    return {"components": [boxed(pictures, *lines)], "flags": 1 << 15}


@pytest.mark.parametrize(
    "made_of",
    [
        lambda job: {"attachments": [attached(f"easel-{job.id}.png")]},
        lambda job: {"attachments": [attached(f"SPOILER_easel-{job.id}.png")]},
        lambda job: {"components": [row(button(f"easel:press:{job.id}:3"))]},
        lambda job: {"components": [boxed(row(button(f"easel:press:{job.id}:3")))]},
        lambda job: {"components": [boxed(section("x", button(f"easel:goon:{job.id}")))]},
        lambda job: {"components": [gallery(f"comparison-{job.id}.png")]},
        lambda job: {"components": [gallery(f"SPOILER_comparison-{job.id}.png")]},
        lambda job: {"embeds": [{"type": "rich", "image": {"url": f"https://cdn.example/easel-{job.id}.webp?ex=1"}}]},
    ],
    ids=["file", "covered", "button", "boxed", "section", "gallery", "covered in a gallery", "embed"],
)
async def test_a_job_is_found_in_whatever_shows_it(messages: OwnMessages, store: JobStore, made_of: Any) -> None:
    job = await insert(store)

    own = await messages.read(read_message(**made_of(job)), STUDIO)

    assert [shown.id for shown in own.shown] == [job.id]
    assert own.is_of(ANA)
    assert not own.is_of(BEN)


async def test_a_comparison_tells_of_all_its_jobs(messages: OwnMessages, store: JobStore) -> None:
    first, second = await comparison(store, JobStatus.DONE, JobStatus.DONE)

    own = await messages.read(read_message(**card_of(second, first)), STUDIO)

    assert [shown.id for shown in own.shown] == [second.id, first.id]
    assert own.group is not None
    assert own.is_of(ANA)


async def test_a_card_that_counts_is_its_groups(messages: OwnMessages, store: JobStore) -> None:
    group = Group(new_job_id(), GroupKind.PERMUTATION, ANA, make_place(), "{a, b} cat", START, CARD)
    jobs = [make_job(JobStatus.FAILED, group_id=group.id), make_job(JobStatus.DONE, group_id=group.id)]
    await store.admissions.admit_group(group, jobs, NO_LIMITS, DAY)

    own = await messages.read(read_message(components=[row(button(f"easel:failed:{group.id}"))]), STUDIO)

    assert {shown.id for shown in own.shown} == {job.id for job in jobs}
    assert own.is_of(ANA)


async def test_one_result_of_a_group_is_not_its_card(messages: OwnMessages, store: JobStore) -> None:
    first, _second = await comparison(store, JobStatus.DONE, JobStatus.DONE)

    own = await messages.read(read_message(id="777", attachments=[attached(f"easel-{first.id}.png")]), STUDIO)

    assert own.group is None


METADATA = {"id": "1", "type": 2, "user": person(SOMEBODY.id), "authorizing_integration_owners": {}}


@pytest.mark.parametrize(
    "fields",
    [
        {"interaction_metadata": METADATA},
        {"content": f"<@{SOMEBODY.id}> Your picture is ready: x"},
        {"content": f"**a cat** - <@{SOMEBODY.id}> (fast)"},
        {
            "type": 19,
            "message_reference": {"channel_id": "301", "message_id": "400"},
            "referenced_message": {
                "id": "400",
                "channel_id": "301",
                "type": 0,
                "content": "U2",
                "author": person(SOMEBODY.id),
                "timestamp": "2026-11-22T12:00:00+00:00",
                "edited_timestamp": None,
                "attachments": [],
                "embeds": [],
                "components": [],
                "mentions": [],
                "mention_roles": [],
                "mention_everyone": False,
                "pinned": False,
                "tts": False,
            },
        },
    ],
    ids=["asked a question", "spoken to", "of a job that is forgotten", "answered"],
)
async def test_a_message_without_a_job_is_theirs_for_whom_it_was_written(
    messages: OwnMessages, fields: dict[str, Any]
) -> None:
    own = await messages.read(read_message(**fields), STUDIO)

    await messages.remove(own, SOMEBODY, manages_messages=False)
    with pytest.raises(UserError, match="Only the person"):
        await messages.remove(own, ANA, manages_messages=False)
    await messages.remove(own, ANA, manages_messages=True)


REVIEW = Review("0" * 16, 201, 777, START, START, Decision.REJECT, decision=Decision.POST, decided_by=SOMEBODY.id)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": f"<t:1795435200:R> <@{SOMEBODY.id}> **grant** <@{ANA.id}>: - → 500 units"},
        {
            "content": f"**a cat** - <@{SOMEBODY.id}> (fast)\n-# For <#301>. If nobody decides, it is posted <t:1:R>.",
            "components": [row(button(f"easel-review:post:{'0' * 16}"))],
        },
        {"content": outcome_line(REVIEW, make_job(JobStatus.DONE, actor=SOMEBODY))},
        {"content": outcome_line(REVIEW, None)},
    ],
    ids=["in the log", "waits for a moderator", "decided", "decided about one that is gone"],
)
async def test_what_is_told_of_somebody_to_moderators_is_not_theirs(
    messages: OwnMessages, fields: dict[str, Any]
) -> None:
    own = await messages.read(read_message(**fields), STUDIO)

    with pytest.raises(UserError, match="Only the person"):
        await messages.remove(own, SOMEBODY, manages_messages=False)


async def test_in_direct_messages_everything_may_be_taken_away(messages: OwnMessages) -> None:
    own = await messages.read(read_message(is_direct=True, content="The account is empty."), DIRECT)

    await messages.remove(own, BEN, manages_messages=False)


async def test_in_other_direct_messages_everything_is_whose_it_was(messages: OwnMessages, store: JobStore) -> None:
    job = await insert(store, result_message_id=CARD, place=CHAT)

    own = await messages.read(read_message(is_direct=True, attachments=[attached(f"easel-{job.id}.png")]), CHAT)

    with pytest.raises(UserError, match="Only the person"):
        await messages.remove(own, BEN, manages_messages=False)
    assert not await removed(store, job)
    await messages.remove(own, ANA, manages_messages=False)
    assert await removed(store, job)


async def test_in_direct_messages_nobody_ends_what_somebody_else_made(messages: OwnMessages, store: JobStore) -> None:
    job = await insert(store, result_message_id=CARD)

    own = await messages.read(read_message(is_direct=True, attachments=[attached(f"easel-{job.id}.png")]), DIRECT)
    await messages.remove(own, BEN, manages_messages=False)

    assert not await removed(store, job)


async def removed(store: JobStore, job: Job) -> bool:
    now = await store.get(job.id)
    assert now is not None
    return now.status is JobStatus.REMOVED


@pytest.mark.parametrize(("who", "manages"), [(ANA, False), (BEN, True)], ids=["author", "moderator"])
async def test_a_comparison_ends_with_its_card(
    messages: OwnMessages, store: JobStore, who: Actor, manages: bool
) -> None:
    first, second = await comparison(store, JobStatus.DONE, JobStatus.FAILED)

    own = await messages.read(read_message(**card_of(first)), STUDIO)
    await messages.remove(own, who, manages_messages=manages)

    assert await removed(store, first)
    assert not await removed(store, second)


async def test_a_copy_that_a_moderator_takes_away_ends_nothing(messages: OwnMessages, store: JobStore) -> None:
    job = await insert(store, result_message_id=400)

    own = await messages.read(read_message(attachments=[attached(f"easel-{job.id}.png")]), STUDIO)
    await messages.remove(own, BEN, manages_messages=True)

    assert not await removed(store, job)


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.UNCERTAIN, JobStatus.AWAITING_INPUT])
async def test_what_is_not_decided_yet_stays(messages: OwnMessages, store: JobStore, status: JobStatus) -> None:
    job = await insert(store, status=status)

    own = await messages.read(read_message(components=[row(button(f"easel:cancel:{job.id}"))]), STUDIO)

    with pytest.raises(UserError, match="not ended yet"):
        await messages.remove(own, ANA, manages_messages=False)


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED, JobStatus.REMOVED])
async def test_the_card_of_what_ended_can_be_taken_away(
    messages: OwnMessages, store: JobStore, status: JobStatus
) -> None:
    job = await insert(store, status=status)

    own = await messages.read(read_message(components=[row(button(f"easel:why:{job.id}"))]), STUDIO)

    await messages.remove(own, ANA, manages_messages=False)


async def test_the_card_of_a_stopped_job_can_be_taken_away(messages: OwnMessages, store: JobStore) -> None:
    job = await insert(store, status=JobStatus.RUNNING, stopped=True)

    own = await messages.read(read_message(components=[row(button(f"easel:check:{job.id}"))]), STUDIO)

    await messages.remove(own, ANA, manages_messages=False)


@pytest.mark.parametrize(("who", "manages"), [(ANA, False), (BEN, True)], ids=["author", "moderator"])
async def test_a_job_is_stopped_by_its_author_or_a_moderator_alone(
    messages: OwnMessages, store: JobStore, who: Actor, manages: bool
) -> None:
    job = await insert(store, status=JobStatus.RECEIVED)
    own = await messages.read(read_message(components=[row(button(f"easel:cancel:{job.id}"))]), STUDIO)

    with pytest.raises(UserError, match="Only the person"):
        await messages.stop(own, BEN, manages_messages=False)
    assert [one.id for one in await store.of_author(ANA.id, 9)] == [job.id]
    await messages.stop(own, who, manages_messages=manages)

    assert await store.of_author(ANA.id, 9) == []


@pytest.mark.parametrize(("who", "manages"), [(ANA, False), (BEN, True)], ids=["author", "moderator"])
async def test_a_group_is_stopped_by_its_author_or_a_moderator_alone(
    messages: OwnMessages, store: JobStore, who: Actor, manages: bool
) -> None:
    first, second = await comparison(store, JobStatus.RECEIVED, JobStatus.RECEIVED)
    own = await messages.read(read_message(**card_of(first, second)), STUDIO)

    with pytest.raises(UserError, match="Only the person"):
        await messages.stop(own, BEN, manages_messages=False)
    assert len(await store.of_author(ANA.id, 9)) == 2
    await messages.stop(own, who, manages_messages=manages)

    assert await store.of_author(ANA.id, 9) == []
