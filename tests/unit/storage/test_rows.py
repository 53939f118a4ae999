"""Rows: every field of a job survives the way into the database and back."""

from dataclasses import MISSING, fields

import pytest

from bot.domain.job import Actor, Asked, BatchLine, Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.requests import Mode
from bot.storage.jobs import JobStore
from tests.support.makers import DAY, NO_LIMITS, PICK_2, START, make_job, make_place, make_result, make_token

pytestmark = pytest.mark.both_databases


async def test_every_field_of_a_job_survives(store: JobStore) -> None:
    parent = make_job(JobStatus.RECEIVED)
    job = make_job(
        JobStatus.AWAITING_INPUT,
        actor=Actor(2**62, "zh-CN"),
        place=make_place(guild_id=None, may_post=False),
        mode=Mode.RELAX,
        parent_id=parent.id,
        group_id="a" * 16,
        reply_to=1,
        replaces="b" * 16,
        once_key=PICK_2.custom_id,
        token=make_token(7),
        card_id=2,
        relay="spare",
        task_id="007",
        submitted_at=START,
        deadline_at=START,
        result=make_result(PICK_2),
        result_message_id=3,
        failure=Failure(kind=FailureKind.RELAY, detail="no"),
        stopped=True,
        told=False,
        waiting_for=Wait.CREDIT,
        asked=Asked(2**62, 3),
        line=BatchLine(7, "狐狸"),
        is_spoiler=True,
        is_private=True,
        in_review=True,
        owner="another",
        epoch=4,
    )
    unset = [field.name for field in fields(Job) if field.default is not MISSING]
    assert [name for name in unset if getattr(job, name) == Job.__dataclass_fields__[name].default] == []

    await store.admissions.admit(parent, NO_LIMITS, DAY)
    await store.admissions.admit(job, NO_LIMITS, DAY)

    assert await store.get(job.id) == job.with_(owner=store.database.process)


async def test_what_requests_share_is_not_changed_by_a_copy_of_one(store: JobStore) -> None:
    for _ in range(2):
        await store.admissions.admit(make_job(JobStatus.RECEIVED), NO_LIMITS, DAY)
    one, other = [job.request for job in await store.unfinished()]

    one.model_copy().model_fields_set.clear()

    assert one.model_fields_set is other.model_fields_set
    assert "prompt" in other.model_fields_set
