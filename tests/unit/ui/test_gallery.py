"""A gallery opens its member's own jobs, by a link that has not ended, and nothing else."""

from dataclasses import replace
from typing import Any, cast

import discord
import pytest

from bot.domain.job import Actor, Job, JobStatus
from bot.errors import UserError
from bot.links import GalleryFile, GalleryLinks, GalleryPass, LinkRefusedError, NoGallery
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.ui.flows.details import Details
from bot.ui.flows.gallery import MOST_CHOSEN, Gallery
from bot.ui.flows.own_messages import OwnMessages
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_job, make_result
from tests.support.ports import ManualClock

BASE = "https://easel.example"
PASS = GalleryPass(ANA.id, 0, "en-US")
pytestmark = pytest.mark.both_databases


@pytest.fixture
def links(clock: ManualClock) -> GalleryLinks:
    return GalleryLinks("the owner's key", BASE, clock)


@pytest.fixture
def gallery(services: Services, links: GalleryLinks) -> Gallery:
    client, own_messages = cast(discord.Client, None), OwnMessages(cast(discord.Client, None), services)
    return Gallery(client, replace(services, gallery_links=links), own_messages, cast(Details, None))


async def done(store: JobStore, actor: Actor = ANA, **changes: Any) -> Job:
    job = make_job(JobStatus.DONE, actor=actor, **changes)
    await store.admissions.admit(job, NO_LIMITS, DAY)
    result = make_result().model_copy(update={"picture": "0123.png"})
    moved = await store.move(job, [job.status], job.status, result=result)
    assert moved is not None
    return moved


def refusal(error: pytest.ExceptionInfo[LinkRefusedError]) -> object:
    return error.value.why


async def test_a_link_lets_its_member_in_until_they_end_it(gallery: Gallery) -> None:
    token = (await gallery.url(ANA)).removeprefix(f"{BASE}/gallery/#")
    admitted = await gallery.admit(token)
    await gallery.revoke(ANA.id)

    assert admitted == GalleryPass(ANA.id, 0, ANA.locale)
    with pytest.raises(LinkRefusedError) as caught:
        await gallery.admit(token)
    assert refusal(caught) is NoGallery.EXPIRED
    assert (await gallery.url(ANA)).partition("#")[2] != token


async def test_files_end_with_the_links(gallery: Gallery, store: JobStore) -> None:
    address = gallery.address(PASS, await done(store), 0, is_thumbnail=True)
    _job, key, file = await gallery.file(address)
    await gallery.revoke(ANA.id)

    assert (key, file.is_thumbnail) == ("0123.png", True)
    with pytest.raises(LinkRefusedError):
        await gallery.file(address)


async def test_jobs_of_others_and_removed_ones_are_not_opened(
    gallery: Gallery, links: GalleryLinks, store: JobStore
) -> None:
    bens, removed = await done(store, BEN), await done(store)
    await store.move(removed, [JobStatus.DONE], JobStatus.REMOVED)

    for job in (bens, removed):
        with pytest.raises(UserError):
            await gallery.own(PASS, job.id)
        with pytest.raises(UserError):
            await gallery.file(links.write_file(GalleryFile(ANA.id, 0, job.id, 0, is_thumbnail=False)))


@pytest.mark.parametrize("more", [{"in_review": True}, {"stopped": True}], ids=["waits", "stopped"])
async def test_what_moderators_have_not_seen_is_not_opened(
    gallery: Gallery, links: GalleryLinks, store: JobStore, more: dict[str, Any]
) -> None:
    job = await done(store, **more)
    await store.move(job, [JobStatus.DONE], JobStatus.UNDELIVERABLE)

    with pytest.raises(UserError):
        await gallery.own(PASS, job.id)
    with pytest.raises(UserError):
        await gallery.file(links.write_file(GalleryFile(ANA.id, 0, job.id, 0, is_thumbnail=False)))


async def test_only_what_is_finished_can_have_a_star(gallery: Gallery, services: Services, store: JobStore) -> None:
    made, failed = await done(store), make_job(JobStatus.FAILED, actor=ANA)
    await store.admissions.admit(failed, NO_LIMITS, DAY)

    await gallery.star(PASS, made, is_on=True)
    with pytest.raises(UserError):
        await gallery.star(PASS, failed, is_on=True)

    assert services.jobs.stars.take_changed() == {made.id}


async def test_a_choice_has_nothing_of_others_in_it(gallery: Gallery, store: JobStore) -> None:
    mine, bens = await done(store), await done(store, BEN)

    address = await gallery.choose(PASS, (bens.id, mine.id, "nothing"))

    assert [job.id for job in await gallery.chosen(address)] == [mine.id]


@pytest.mark.parametrize("count", [0, MOST_CHOSEN + 1])
async def test_nothing_and_too_much_cannot_be_chosen(gallery: Gallery, count: int) -> None:
    with pytest.raises(UserError):
        await gallery.choose(PASS, ("0123456789abcdef",) * count)


async def test_a_family_is_what_came_of_the_first_of_it_and_of_nobody_else(gallery: Gallery, store: JobStore) -> None:
    grid = await done(store)
    upscale = await done(store, parent_id=grid.id)
    film = await done(store, parent_id=upscale.id)
    second = await done(store, parent_id=grid.id)
    bens = await done(store, BEN, parent_id=grid.id)
    of_bens = await done(store, parent_id=bens.id)
    other = await done(store)

    async def family(job: Job) -> set[str]:
        return {one.id for one, _kind in await gallery.family(job)}

    assert await family(film) == await family(grid) == {grid.id, upscale.id, film.id, second.id}
    assert await family(of_bens) == {of_bens.id}
    assert await family(other) == {other.id}
