"""The way out: every result is posted once, every end is told, and trouble is tried again."""

import asyncio
from datetime import timedelta

from bot.domain.job import JobStatus, Reach, Result, Token
from bot.domain.outcomes import NoPlace, Posted
from bot.jobs.deliveries import PICTURE_TRIES
from bot.jobs.stages import Stage
from bot.pictures.workers import Workers
from bot.services import Services
from tests.support.films import film
from tests.support.makers import PICK_2, START, make_place, make_token, picture
from tests.support.ports import ManualClock, RecordingPresenter, ShelfFetcher, until
from tests.support.refusals import refusals
from tests.support.stored import moved
from tests.support.walk import finished, now, running, work_off

S = JobStatus
YOUNGER = Token("younger", START + timedelta(minutes=30))


async def test_lost_post_is_tried_again_later_and_later(
    services: Services, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await finished(services)
    presenter.says = [OSError("discord is away")] * 3

    posts_by = []
    for _second in range(10):
        await work_off(services)
        posts_by.append(len([attempt for posted, attempt in presenter.posted if posted.status is S.POSTING]))
        clock.pass_by(1)

    assert (await now(services, job)).status is S.DONE
    assert [attempt for posted, attempt in presenter.posted if posted.status is S.POSTING] == [0, 1, 2, 3]
    assert [posts_by.index(count) for count in (1, 2, 3, 4)] == [0, 1, 3, 7]


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


async def test_film_that_is_too_large_is_made_smaller_before_its_turn_in_the_channel(
    services: Services, presenter: RecordingPresenter, fetcher: ShelfFetcher, workers: Workers
) -> None:
    job = await finished(services)
    data = fetcher.shelf["https://img.example.com/grid.png"] = await asyncio.to_thread(film, seconds=0.3)
    await services.store.update(job, upload_limit=len(data) - 1)
    (fetch,) = (await services.jobs.deliveries.lanes([job.id])).values()

    after = await services.jobs.deliveries.step(job.id, fetch)

    (worker,) = workers.films._idle
    served = worker.served
    upload = await services.pictures.fit(f"{job.id}.mp4", len(data) - 1)
    assert (fetch.stage, after and after.stage, presenter.posted) == (Stage.FETCH, Stage.POST, [])
    assert (upload.is_original, worker.served) == (False, served)


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


async def test_result_that_went_elsewhere_keeps_its_new_place(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    elsewhere = make_place(channel_id=302, guild_id=None, reach=Reach.DM)
    presenter.says = [Posted(501, elsewhere)]

    await work_off(services)

    assert (await now(services, job)).place == elsewhere


async def test_result_that_was_removed_while_it_was_being_posted_stays_removed(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    presenter.gate.clear()
    post = asyncio.create_task(services.jobs.deliveries.deliver(job.id), name="post")
    await until(lambda: presenter.posted)
    await moved(services.store, await now(services, job), S.DONE, S.REMOVED)

    presenter.gate.set()
    await post

    assert (await now(services, job)).status is S.REMOVED


async def test_press_that_comes_while_a_result_finds_no_place_is_tried(
    services: Services, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await finished(services)
    services.jobs.deliveries.due.take()
    presenter.says = [NoPlace()]
    presenter.gate.clear()
    post = asyncio.create_task(services.jobs.deliveries.deliver(job.id), name="post")
    await until(lambda: presenter.posted)
    await services.store.refresh_token(job.id, YOUNGER)

    presenter.gate.set()
    await post
    assert (await now(services, job)).status is S.POSTING
    clock.pass_by(2)
    await work_off(services)

    assert (await now(services, job)).status is S.DONE


async def test_result_is_shown_again_where_its_author_asks_for_it_though_the_job_was_stopped(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await finished(services)
    await services.store.update(job, stopped=True)
    await work_off(services)
    kept = await now(services, job)
    assert kept.status is S.UNDELIVERABLE

    await services.jobs.deliveries.show_here(kept, make_place(channel_id=302), YOUNGER, card_id=402)
    await work_off(services)

    posted = [known for known, _attempt in presenter.posted if known.status is S.POSTING]
    assert [known.token for known in posted] == [YOUNGER]
    assert (await now(services, job)).status is S.DONE


async def test_result_that_was_posted_is_not_shown_elsewhere(services: Services, presenter: RecordingPresenter) -> None:
    job = await finished(services)
    await work_off(services)

    await services.jobs.deliveries.show_here(await now(services, job), make_place(channel_id=302), YOUNGER, card_id=402)
    await work_off(services)

    assert len([1 for posted, _attempt in presenter.posted if posted.status is S.POSTING]) == 1
    assert (await now(services, job)).place.channel_id == 301


async def test_picture_that_nobody_here_can_read_is_kept_at_last(services: Services, fetcher: ShelfFetcher) -> None:
    job = await finished(services)
    fetcher.shelf["https://img.example.com/grid.png"] = picture((200, 200), noise=True)[:-2000]

    for _number in range(PICTURE_TRIES + 1):
        await services.jobs.deliveries.deliver(job.id)

    done = await now(services, job)
    assert done.result is not None
    assert (done.status, done.result.picture) == (S.DONE, f"{job.id}.png")


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
    await services.store.update(job, told=False)

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


async def test_job_that_goes_on_owes_nothing_yet(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)

    await services.jobs.deliveries.deliver(job.id)

    assert presenter.posted == []


async def test_unknown_delivery_is_nothing(services: Services) -> None:
    await services.jobs.deliveries.deliver("nobody")

    assert len(services.jobs.deliveries.due) == 0
