"""Four bad answers, one after the other, to the looks at each of twenty jobs, twenty of twenty are delivered."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.studio import CAT, Studio, open_studio

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOBS = 20
LIST = "/mj/task/list-by-condition"
FAULTS: list[dict[str, Any]] = [
    {"status": 502, "body": "<html><body>Bad gateway</body></html>"},
    {"status": 429, "body": {"message": "slow down"}, "headers": {"Retry-After": "2"}},
    {"status": 200, "body": '[{"id": "17'},
    {"drop": "before"},
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("looks"), speed=12.0) as opened:
        await opened.result(await opened.imagine())  # painted once for all
        yield opened
        opened.clear_faults()


async def test_all_are_delivered_although_looks_at_each_went_wrong_in_every_way(studio: Studio) -> None:
    studio.let_relay_work(0.01)  # until all are looked at together
    jobs = await asyncio.gather(*(studio.imagine(CAT, user=("ana", "ben")[number % 2]) for number in range(JOBS)))
    for job in jobs:
        await studio.running(job)
    before = len(studio.relay.wire.requests)
    for fault in FAULTS:
        studio.relay_fault("POST", LIST, **fault)

    await studio.eventually(lambda: not any(fault.times for fault in studio.relay.wire.faults), "the bad answers")
    for job in jobs:
        studio.finish(job)
    for job in jobs:
        await studio.result(job)

    looks = [request for request in studio.relay.wire.requests[before:] if request.path == LIST]
    missed = {one for look in looks if look.status != 200 for one in look.body["ids"]}
    tasks = {task["id"] for job in jobs for task in studio.tasks(job.id)}
    assert len(tasks) == JOBS
    assert missed >= tasks
