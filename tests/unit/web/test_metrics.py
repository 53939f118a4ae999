"""`/metrics`: what stands in the database and the lists, told without a name of anybody."""

from pathlib import Path

import pytest

from bot.domain.job import Failure, FailureKind, JobStatus, Wait
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.metrics import REGISTRY
from bot.operation.gauges import FRESH_S, GatewayState, Gauges
from bot.storage.jobs import JobStore
from tests.support.makers import START, make_job, make_place
from tests.support.ports import ManualClock
from tests.support.scrape import metrics_app, samples, scrape
from tests.support.stored import admitted, moved, received

NOBODY = frozenset({"guild", "guild_id", "channel", "channel_id", "user", "user_id", "member", "author", "author_id"})


@pytest.fixture
def live(clock: ManualClock) -> LiveJobs:
    return LiveJobs(clock)


@pytest.mark.both_databases
async def test_jobs_are_counted_as_the_database_has_them(
    store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path
) -> None:
    lost = Failure(kind=FailureKind.STRANGE)
    await admitted(store, received(id="a"))
    await moved(store, await admitted(store, received(id="b")), JobStatus.SUBMITTING, JobStatus.RUNNING)
    for name in "cd":
        job = await admitted(store, received(id=name))
        await moved(store, job, JobStatus.SUBMITTING, JobStatus.UNCERTAIN, failure=lost)
    await moved(store, await admitted(store, received(id="e")), JobStatus.CANCELLED)

    families = await scrape(metrics_app(store, live, tmp_path, clock))

    assert samples(families, "easel_jobs") == {
        ("midjourney", "received"): 1,
        ("midjourney", "running"): 1,
        ("midjourney", "uncertain"): 2,
    }
    assert samples(families, "easel_uncertain") == {(): 2}
    assert samples(families, "easel_undeliverable") == {(): 0}
    assert 0 < samples(families, "easel_disk_free_ratio")[()] <= 1


async def test_the_lists_tell_what_waits_and_since_when(
    store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path
) -> None:
    live.enqueue(make_job(JobStatus.RECEIVED, id="a", created_at=START))
    live.deliveries.schedule(make_job(JobStatus.POSTING, id="b"), attempt=0)
    live.held |= {"midjourney": Wait.CREDIT, "fal@spare": Wait.KEY}
    clock.pass_by(30)

    families = await scrape(metrics_app(store, live, tmp_path, clock))

    assert samples(families, "easel_waiting") == {(): 1}
    assert samples(families, "easel_queue_oldest_seconds") == {(): (clock.now() - START).total_seconds()}
    assert samples(families, "easel_delivery_oldest_seconds") == {(): 30}
    assert samples(families, "easel_hold") == {("midjourney", "", "credit"): 1, ("fal", "spare", "key"): 1}


async def test_what_people_paused_does_not_age(
    store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path
) -> None:
    moderation = Moderation(store)
    await moderation.pause(202)
    live.paused.add("g")
    live.enqueue(make_job(JobStatus.RECEIVED, id="a", group_id="g"))
    live.enqueue(make_job(JobStatus.RECEIVED, id="b", place=make_place(guild_id=202)))
    clock.pass_by(3600)
    live.enqueue(make_job(JobStatus.RECEIVED, id="c", created_at=clock.now()))
    clock.pass_by(30)

    families = await scrape(metrics_app(store, live, tmp_path, clock, moderation=moderation))

    assert samples(families, "easel_waiting") == {(): 3}
    assert samples(families, "easel_queue_oldest_seconds") == {(): 30}


async def test_shards_are_told_one_by_one(store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path) -> None:
    def gateway() -> GatewayState:
        return GatewayState(up={0: True, 1: False}, latency_s={0: 0.04}, identifies_left=990, invalid_lately=3)

    families = await scrape(metrics_app(store, live, tmp_path, clock, gateway))

    assert samples(families, "easel_gateway_up") == {("0",): 1, ("1",): 0}
    assert samples(families, "easel_gateway_latency_seconds") == {("0",): 0.04}
    assert samples(families, "easel_identifies_left") == {(): 990}
    assert samples(families, "easel_discord_invalid_10m") == {(): 3}


async def test_what_was_read_serves_for_a_while_and_outlives_a_failure(
    store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    gauges = Gauges(live, Moderation(store), store.database, folder, GatewayState, clock)

    async def received_jobs() -> float:
        await gauges.refresh()
        families = {one.name: one for one in gauges.collect()}
        return sum(sample.value for sample in families["easel_jobs"].samples)

    assert await received_jobs() == 0
    await admitted(store)
    assert await received_jobs() == 0
    clock.pass_by(FRESH_S + 1)
    assert await received_jobs() == 1
    folder.rmdir()
    clock.pass_by(FRESH_S + 1)
    assert await received_jobs() == 1


async def test_no_label_names_a_member_a_server_or_a_channel(
    store: JobStore, live: LiveJobs, clock: ManualClock, tmp_path: Path
) -> None:
    families = await scrape(metrics_app(store, live, tmp_path, clock))
    labels = {label for family in families.values() for sample in family.samples for label in sample.labels}
    counted = {label for one in REGISTRY._collector_to_names for label in getattr(one, "_labelnames", ())}

    assert not NOBODY & (labels | counted)
