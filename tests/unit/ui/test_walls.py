"""A wall shows a result once, however its posting went and however long Discord is away after it."""

from bot.domain.job import Job
from bot.domain.outcomes import Succeeded
from bot.domain.requests import Mode
from bot.services import Services
from bot.storage.walls import Wall
from bot.ui.delivery.wall import ABANDONED_S, Walls
from sandbox.wire import Fault
from tests.support.discord_bench import DiscordBench
from tests.support.makers import ANA, BEN, make_result, make_token
from tests.support.ports import ManualClock
from tests.support.walk import CAT, work_off

NONCES_S = 15 * 60.0  # Discord has forgotten them by then


async def starred(services: Services, bench: DiscordBench) -> Job:
    """A posted result in the studio with the one star that its server's wall asks for."""
    wall = bench.channel("news")
    assert wall.guild_id is not None
    now = services.clock.now()
    await services.store.walls.name(Wall(wall.guild_id, wall.id, 1), now, BEN.id)
    request = services.jobs.admission.request
    job = await request(ANA, bench.place("studio"), CAT, mode=Mode.FAST, token=make_token())
    await services.jobs.intake.card_shown(job, 401)
    await services.jobs.submission.submit(job.id)
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)
    await services.store.library.star(BEN.id, job.id, now)
    return job


async def test_a_post_whose_answer_was_lost_is_found_however_often_it_could_not_be_looked_for(
    bench: DiscordBench, services: Services, clock: ManualClock
) -> None:
    await starred(services, bench)
    walls, faults = Walls(bench.client, services), bench.loopback.wire.faults
    faults.append(Fault("POST", "/api/v10/channels/*/messages", drop="after"))
    await walls.keep_once()
    assert len(bench.messages("news")) == 1

    for is_away in (True, False):
        for one in (clock, bench.clock):
            one.pass_by(max(ABANDONED_S, NONCES_S) + 1)
        faults[:] = [Fault("GET", "/api/v10/channels/*/messages", drop="before", times=9)] if is_away else []
        await walls.keep_once()

    assert len(bench.messages("news")) == 1
    assert await services.store.walls.unsettled(services.clock.now()) == []


async def test_what_stood_on_the_wall_before_a_backup_was_put_back_is_found_there(
    bench: DiscordBench, services: Services, clock: ManualClock
) -> None:
    job = await starred(services, bench)
    await Walls(bench.client, services).keep_once()
    await services.store.walls.forget(job.id)  # as in a backup from before
    for one in (clock, bench.clock):
        one.pass_by(NONCES_S)

    services.jobs.live.deliveries.restored_until = services.clock.now()
    await Walls(bench.client, services).keep_once()

    assert len(bench.messages("news")) == 1
    assert await services.store.walls.deserving() == []
