"""The way out: every result is posted once, every end is told, and trouble is tried again."""

from bot.domain.job import JobStatus, Result
from bot.domain.outcomes import NoPlace
from bot.jobs.deliveries import PICTURE_TRIES
from bot.services import Services
from tests.support.makers import PICK_2, make_place, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ShelfFetcher
from tests.support.refusals import refusals
from tests.support.walk import finished, now, work_off

S = JobStatus


async def test_lost_post_is_tried_again_later_and_later(
    services: Services, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await finished(services)
    presenter.says = [OSError("discord is away")] * 3

    while (await now(services, job)).status is S.POSTING:
        await work_off(services)
        clock.pass_by(1)

    assert (await now(services, job)).status is S.DONE
    assert [attempt for posted, attempt in presenter.posted if posted.status is S.POSTING] == [0, 1, 2, 3]
    assert 6 <= clock.passed_s <= 9


async def test_a_day_of_lost_posts_does_not_stop_the_trying(services: Services, presenter: RecordingPresenter) -> None:
    job = await finished(services)
    presenter.says = [OSError("discord is away")]
    services.jobs.deliveries.due.schedule(job, attempt=2000)

    await services.jobs.deliveries.deliver(job.id)

    assert job.id in services.jobs.deliveries.due


async def test_picture_is_kept_before_it_is_posted(
    services: Services, presenter: RecordingPresenter, fetcher: ShelfFetcher
) -> None:
    job = await finished(services)
    kept_bytes = fetcher.shelf.pop("https://img.example.com/grid.png")

    await work_off(services)
    assert presenter.posted == []
    fetcher.shelf["https://img.example.com/grid.png"] = kept_bytes
    await services.jobs.deliveries.deliver(job.id)

    done = await now(services, job)
    assert done.result is not None
    assert (done.status, done.result.picture) == (S.DONE, f"{job.id}.png")


async def test_result_whose_picture_cannot_be_had_is_posted_without(
    services: Services, presenter: RecordingPresenter, fetcher: ShelfFetcher
) -> None:
    job = await finished(services)
    fetcher.shelf.clear()

    for _number in range(PICTURE_TRIES + 1):
        await services.jobs.deliveries.deliver(job.id)

    posted = presenter.posted[0][0]
    assert posted.result is not None
    assert (posted.result.picture, (await now(services, job)).status) == (None, S.DONE)


async def test_words_need_no_picture(services: Services, fetcher: ShelfFetcher) -> None:
    job = await finished(services, Result(text="1️⃣ a cat", buttons=(PICK_2,)))

    await work_off(services)

    assert (fetcher.fetched, (await now(services, job)).status) == ([], S.DONE)


async def test_result_without_a_place_is_kept_and_shown_elsewhere(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    presenter.says = [NoPlace()]
    await work_off(services)
    kept = await now(services, job)
    assert (kept.status, kept.token) == (S.UNDELIVERABLE, None)

    await services.jobs.deliveries.show_here(kept, make_place(channel_id=302), make_token(30), card_id=402)
    await work_off(services)

    done = await now(services, job)
    assert (done.status, done.place.channel_id, done.result_message_id) == (S.DONE, 302, 501)


async def test_result_is_shown_elsewhere_once(services: Services, presenter: RecordingPresenter) -> None:
    job = await finished(services)
    presenter.says = [NoPlace()]
    await work_off(services)

    for card_id in (402, 403):
        await services.jobs.deliveries.show_here(job, make_place(), make_token(), card_id=card_id)
    await work_off(services)

    assert len([1 for posted, _attempt in presenter.posted if posted.status is S.POSTING]) == 2


async def test_card_that_could_not_be_removed_is_tried_again_without_a_second_post(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    await services.jobs.deliveries.deliver(job.id)
    await services.store.update(job.id, told=False)

    await services.jobs.deliveries.deliver(job.id)

    assert [posted.status for posted, _attempt in presenter.posted] == [S.POSTING, S.DONE, S.DONE]


async def test_what_was_told_while_it_waited_in_its_lane_is_not_told_again(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    lanes = await services.jobs.deliveries.lanes([job.id])
    await work_off(services)

    assert await services.jobs.deliveries.step(job.id, lanes[job.id]) is None

    assert [posted.status for posted, _attempt in presenter.posted] == [S.POSTING, S.DONE]


async def test_what_the_database_cannot_read_now_is_delivered_later(services: Services, clock: ManualClock) -> None:
    job = await finished(services)
    with refusals(services.store) as moments:
        moments.refuse_at(1)
        await work_off(services)

    assert (await now(services, job)).status is S.POSTING
    clock.pass_by(1)
    await work_off(services)

    assert (await now(services, job)).status is S.DONE


async def test_unknown_delivery_is_nothing(services: Services) -> None:
    await services.jobs.deliveries.deliver("nobody")

    assert len(services.jobs.deliveries.due) == 0
