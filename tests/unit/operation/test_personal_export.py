"""A member takes along what they made, byte for byte, and nothing of anybody else's or that they may not see."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus, Result, ResultImage
from bot.domain.requests import Imagine
from bot.links import EXPORT_LIFE_S
from bot.operation.personal_export import DATA, PersonalExport
from bot.services import Services
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, make_job, picture
from tests.support.ports import ManualClock


@pytest.fixture
def export(services: Services) -> PersonalExport:
    return services.personal_export


async def made(
    services: Services,
    *pictures: bytes,
    actor: Actor = ANA,
    status: JobStatus = JobStatus.DONE,
    minute: int = 0,
    **more: Any,
) -> Job:
    """A job that came to these pictures and stands so."""
    created = START - timedelta(hours=1) + timedelta(minutes=minute)
    job = make_job(JobStatus.RECEIVED, actor=actor, request=Imagine(prompt="a fox"), created_at=created)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    names = [f"{job.id}{f'-{number}' if number else ''}" for number in range(len(pictures))]
    keys = [await services.pictures.keep_made(name, data) for name, data in zip(names, pictures, strict=True)]
    result = Result(picture=keys[0], more=tuple(ResultImage(picture=key) for key in keys[1:]))
    moved = await services.store.move(job, [JobStatus.RECEIVED], status, result=result, **more)
    assert moved is not None
    return moved


async def sent(export: PersonalExport, member_id: int = ANA.id) -> zipfile.ZipFile:
    """The ZIP as it is streamed."""
    pieces = io.BytesIO()

    async def take(piece: bytes) -> None:
        pieces.write(piece)

    await export.send(member_id, take)
    archive = zipfile.ZipFile(pieces)
    assert archive.testzip() is None
    return archive


def pictures_in(archive: zipfile.ZipFile) -> list[str]:
    first, *pictures = archive.namelist()
    assert first == DATA
    return pictures


async def test_all_that_a_member_made_is_in_it_the_newest_first(services: Services, export: PersonalExport) -> None:
    fox, cat, dog = (picture(size) for size in ((40, 30), (30, 40), (20, 20)))
    old = await made(services, fox)
    new = await made(services, cat, dog, minute=1)
    await made(services, picture((8, 8)), actor=BEN, minute=2)

    archive = await sent(export)

    names = [f"easel-{new.id}.png", f"easel-{new.id}-2.png", f"easel-{old.id}.png"]
    assert pictures_in(archive) == [f"pictures/{name}" for name in names]
    assert [archive.read(name) for name in archive.namelist()[1:]] == [cat, dog, fox]
    assert {job["id"] for job in json.loads(archive.read(DATA))["jobs"]} == {old.id, new.id}


@pytest.mark.parametrize(
    ("status", "more"),
    [
        (JobStatus.UNDELIVERABLE, {"in_review": True}),
        (JobStatus.UNDELIVERABLE, {"stopped": True}),
        (JobStatus.POSTING, {}),
        (JobStatus.REMOVED, {}),
        (JobStatus.FAILED, {"failure": Failure(kind=FailureKind.RELAY, is_rejected=True)}),
        (JobStatus.UNDELIVERABLE, {"failure": Failure(kind=FailureKind.RELAY, is_rejected=True)}),
    ],
    ids=["in review", "stopped", "not decided yet", "removed", "rejected", "rejected, half deleted"],
)
async def test_what_its_author_may_not_see_is_not_in_it(
    services: Services, export: PersonalExport, status: JobStatus, more: dict[str, Any]
) -> None:
    await made(services, picture((40, 30)), status=status, **more)

    assert pictures_in(await sent(export)) == []
    assert pictures_in(zipfile.ZipFile(io.BytesIO((await export.fitting(ANA.id, 10**6)).data))) == []


async def test_what_is_not_kept_any_more_is_left_out(services: Services, export: PersonalExport) -> None:
    gone = await made(services, picture((40, 30)))
    await services.pictures.remove([f"{gone.id}.png"])

    assert pictures_in(await sent(export)) == []
    assert (await export.fitting(ANA.id, 10**6)).left_out == 0


async def test_what_another_process_has_only_just_kept_is_in_it(services: Services, export: PersonalExport) -> None:
    job = await made(services, fox := picture((40, 30)))
    await (await services.pictures.stock.register()).remove([f"{job.id}.png"])  # the table alone

    archive = zipfile.ZipFile(io.BytesIO((await export.fitting(ANA.id, 10**6)).data))

    assert [archive.read(name) for name in pictures_in(archive)] == [fox]


async def test_of_what_is_too_much_the_newest_come_and_the_rest_is_counted(
    services: Services, export: PersonalExport
) -> None:
    jobs = [await made(services, picture((40, 30)), minute=minute) for minute in range(6)]
    whole = await export.fitting(ANA.id, 10**6)
    assert whole.left_out == 0
    limit = len(whole.data) - 1

    packed = await export.fitting(ANA.id, limit)

    names = pictures_in(zipfile.ZipFile(io.BytesIO(packed.data)))
    assert 0 < len(names) < 6
    assert names == [f"pictures/easel-{job.id}.png" for job in reversed(jobs)][: len(names)]
    assert packed.left_out == 6 - len(names)
    assert len(packed.data) <= limit
    assert (await export.fitting(ANA.id, limit, is_all=True)).left_out == 1


async def test_a_grant_is_its_members_and_ends_after_a_day_or_with_the_data(
    services: Services, export: PersonalExport, clock: ManualClock
) -> None:
    first = await export.grant(ANA.id)
    assert [await export.is_granted(one.id, first) for one in (ANA, BEN)] == [True, False]

    await services.personal_data.erase(ANA)
    assert not await export.is_granted(ANA.id, first)

    second = await export.grant(ANA.id)
    clock.pass_by(EXPORT_LIFE_S + 2)
    assert not await export.is_granted(ANA.id, second)
