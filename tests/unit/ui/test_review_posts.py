"""What a review channel shows of a result stands there once."""

from sqlalchemy import delete, update

from bot.domain.job import Job, JobStatus
from bot.domain.outcomes import Succeeded
from bot.domain.requests import Mode
from bot.domain.server_rules import Key, Name
from bot.services import Services
from bot.storage.schema import jobs, reviews
from bot.ui.delivery.review_posts import ReviewPosts
from tests.support.discord_bench import DiscordBench
from tests.support.makers import ANA, make_result, make_token
from tests.support.ports import ManualClock
from tests.support.walk import CAT, work_off

MODERATOR = 903
NONCES_S = 15 * 60.0  # Discord has forgotten them by then


async def held_back(services: Services, bench: DiscordBench) -> Job:
    """A result that waits for a moderator, whose message stands in the review channel."""
    channel, place = bench.channel("news"), bench.place("studio")
    rules = {Key("server", Name.REVIEW): True, Key("server", Name.REVIEW_CHANNEL): channel.id}
    await services.jobs.rulebook.set(place.guild_id or 0, rules, MODERATOR)
    job = await services.jobs.admission.request(ANA, place, CAT, mode=Mode.FAST, token=make_token())
    await services.jobs.intake.card_shown(job, 401)
    await services.jobs.submission.submit(job.id)
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)
    await ReviewPosts(bench.client, services).keep_once()
    assert len(bench.messages("news")) == 1
    return job


async def test_what_was_shown_before_a_backup_was_put_back_is_found_there(
    bench: DiscordBench, services: Services, clock: ManualClock
) -> None:
    job = await held_back(services, bench)
    async with services.store.database.transaction() as connection:  # as in a backup from before
        await connection.execute(delete(reviews))
        await connection.execute(update(jobs).values(status=JobStatus.POSTING, in_review=False))
    for one in (clock, bench.clock):
        one.pass_by(NONCES_S)

    services.jobs.live.deliveries.restored_until = services.clock.now()
    services.jobs.live.deliveries.put(job.id)
    await work_off(services)
    await ReviewPosts(bench.client, services).keep_once()

    assert len(bench.messages("news")) == 1
    review = await services.store.reviews.get(job.id)
    assert review is not None
    assert review.message_id == bench.messages("news")[0].id
