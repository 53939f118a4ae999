"""Who is erased stands nowhere any more: at once, or as soon as what went on is over."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.crypto import Pseudonyms
from bot.domain.job import Actor, GroupKind, Job, JobStatus, Subject
from bot.domain.requests import Imagine, Mode, Request
from bot.jobs.preferences import Preferences
from bot.operation.eraser import LOOK_S, Eraser
from bot.operation.personal_data import AGAIN_S, Erased
from bot.operation.sweeper import DAY_S
from bot.services import Services
from bot.storage.erasures import WantedErasure
from bot.storage.schema import metadata
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Draft, Drafts
from tests.support.makers import BEN, DAY, NO_LIMITS, START, make_place, make_settings, make_token
from tests.support.ports import ManualClock, ToldGuilds, until
from tests.support.stored import moved, received

MEMBER = Actor(704_115_936_220_118_027)
SECRET = "xylophonegarden"
# Every table that names a member, by the schema, so that a new one is not forgotten here.
PERSONAL = [
    (table, column)
    for table in metadata.tables.values()
    for column in table.columns
    if column.name in ("author_id", "member_id", "user_id")
]


def eraser(services: Services) -> Eraser:
    return Eraser(
        services.store,
        services.pictures,
        services.personal_data,
        services.jobs.moderation,
        Pseudonyms("key"),
        ToldGuilds(),
        services.clock,
    )


async def asked_for(services: Services, *way: JobStatus, **changes: Any) -> Job:
    job = received(**({"actor": MEMBER, "request": Imagine(prompt=SECRET, pictures=("input.png",))} | changes))
    await services.store.admissions.admit(job, NO_LIMITS, job.created_at.date().isoformat())
    return await moved(services.store, job, *way) if way else job


@pytest.mark.both_databases
async def test_what_still_went_on_is_erased_once_it_is_over(services: Services, clock: ManualClock) -> None:
    job = await asked_for(services, JobStatus.RUNNING)
    assert await services.personal_data.erase(MEMBER) == Erased(jobs=0, going_on=1)
    clock.pass_by(AGAIN_S)
    await eraser(services).erase_due()
    assert await services.store.get(job.id) is not None

    await moved(services.store, job.with_(status=JobStatus.RUNNING), JobStatus.FAILED)
    clock.pass_by(AGAIN_S)
    await eraser(services).erase_due()

    assert await services.store.get(job.id) is None


@pytest.mark.both_databases
async def test_todays_units_are_erased_once_the_day_is_over(services: Services, clock: ManualClock) -> None:
    await asked_for(services, JobStatus.POSTING, JobStatus.DONE)
    await services.personal_data.erase(MEMBER)
    assert await services.store.spent(MEMBER, DAY) == (1, 1)

    clock.pass_by(DAY_S)
    await eraser(services).erase_due()

    assert await services.store.spent(MEMBER, DAY) == (0, 1)
    assert await services.store.erasures.of(Subject.MEMBER) == []


@pytest.mark.both_databases
async def test_what_was_asked_for_afterwards_stays(services: Services, clock: ManualClock) -> None:
    await asked_for(services, JobStatus.POSTING, JobStatus.DONE)
    await services.personal_data.erase(MEMBER)
    clock.pass_by(60)
    later = await asked_for(services, JobStatus.POSTING, JobStatus.DONE, created_at=clock.now())

    clock.pass_by(DAY_S)
    await eraser(services).erase_due()

    assert await services.store.get(later.id) is not None


@pytest.mark.both_databases
async def test_a_row_that_somebody_else_left_is_found_within_seconds(services: Services, clock: ManualClock) -> None:
    job = await asked_for(services, JobStatus.POSTING, JobStatus.DONE)
    await services.store.erasures.note(WantedErasure(Subject.MEMBER, MEMBER.id, clock.now(), clock.now()))

    working = asyncio.create_task(eraser(services).run())
    await until(lambda: LOOK_S in clock.slept)
    working.cancel()

    assert await services.store.get(job.id) is None


def traces(folder: Path, *words: bytes) -> Iterator[tuple[str, bytes]]:
    """Files that hold one of these, or are called so."""
    for path in folder.rglob("*"):
        held = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        yield from ((path.name, word) for word in words if word in held)


async def knowing(services: Services) -> set[str]:
    """The tables that have a row which names the member."""
    known = set()
    async with services.store.database.reading() as connection:
        for table, column in PERSONAL:
            query = select(table).where(column == MEMBER.id)
            if (await connection.execute(query)).first() is not None:
                known.add(table.name)
    return known


@pytest.mark.sqlite_only(reason="looks through the bytes of its file")
async def test_no_byte_of_an_erased_member_is_left(
    services: Services, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    as_kept = [str(MEMBER.id).encode(), MEMBER.id.to_bytes(8, "big"), SECRET.encode()]
    yesterday = START - timedelta(days=1)
    for number in range(30):  # enough that pages fill and are freed
        await asked_for(services, JobStatus.POSTING, JobStatus.DONE, created_at=yesterday + timedelta(seconds=number))
        await asked_for(services, JobStatus.POSTING, JobStatus.DONE, actor=BEN, request=Imagine(prompt="a boat"))
    await Preferences(services.store, make_settings()).prefer_remix(MEMBER, on=True)
    await Drafts(services.store.notes, clock).keep(Draft(user_id=MEMBER.id, text=SECRET, ask=ModalKind.PROMPT))
    mine = await asked_for(services, JobStatus.POSTING, JobStatus.DONE, created_at=yesterday)
    await services.store.library.star(MEMBER.id, mine.id, yesterday)
    named = await services.store.collections.create(MEMBER.id, SECRET, yesterday)
    await services.store.collections.add(MEMBER.id, named.id, [mine.id], yesterday)
    cats: list[tuple[Request, Mode | None]] = [(Imagine(prompt=SECRET), Mode.FAST) for _number in range(2)]
    _group, members = await services.jobs.admission.request_group(
        MEMBER, make_place(), GroupKind.PERMUTATION, SECRET, cats, token=make_token()
    )
    for one in members:
        await moved(services.store, one, JobStatus.FAILED, told=True)
    clock.pass_by(1)
    while await services.store.library.list_some():
        pass
    await services.jobs.controls.ban(Subject.MEMBER, MEMBER.id, 1, reason="spam", until=None)
    (tmp_path / "pictures" / "input.png").write_bytes(SECRET.encode())
    assert {word for _file, word in traces(tmp_path, *as_kept)} == {*as_kept}
    assert await knowing(services) == {table.name for table, _column in PERSONAL}, "fill the new table here, too"

    await services.personal_data.erase(MEMBER)
    clock.pass_by(DAY_S)
    await eraser(services).erase_due()

    assert [*traces(tmp_path, *as_kept)] == []
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert (str(MEMBER.id) in logged, SECRET in logged) == (False, False)
    assert sqlite3.connect(tmp_path / "easel.db").execute("PRAGMA integrity_check").fetchall() == [("ok",)]
