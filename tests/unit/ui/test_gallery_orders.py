"""Orders from a gallery are jobs as any other: by the same rules, and once for each try."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.job import Actor, Job, JobStatus
from bot.domain.requests import Blend, Imagine
from bot.errors import UserError
from bot.links import GalleryPass
from bot.services import Services
from bot.ui.flows.build import build_flows
from bot.ui.flows.gallery_orders import GalleryOrder, GalleryOrders
from bot.ui.flows.page_orders import PROMPT_LIMIT, QuestionError
from sandbox.discord.model import User
from tests.support.discord_bench import DiscordBench
from tests.support.makers import DAY, NO_LIMITS, make_job, make_result, make_settings

RUN = "0123456789abcdef"


@pytest.fixture
def ana(bench: DiscordBench) -> User:
    user = bench.loopback.state.user("ana")
    assert user is not None
    return user


@pytest.fixture
def admitted(ana: User) -> GalleryPass:
    return GalleryPass(ana.id, 0, "en-US")


@pytest.fixture
def settings() -> Any:
    return make_settings(allow_dm=True)


@pytest.fixture
def orders(bench: DiscordBench, services: Services) -> GalleryOrders:
    return build_flows(bench.client, replace(services, cipher=bench.cipher)).gallery_orders


async def made(
    bench: DiscordBench, services: Services, ana: User, status: JobStatus = JobStatus.DONE, **changes: Any
) -> Job:
    known = {"actor": Actor(ana.id), "place": bench.place(), "token": None, "result": make_result()}
    job = make_job(status, **(known | changes))
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    return job


async def asked_for(services: Services) -> list[Job]:
    return [job for job in await services.store.unfinished() if job.status is JobStatus.RECEIVED]


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.FAILED, JobStatus.REFUSED])
async def test_a_text_is_ordered_anew_where_it_was_made(
    status: JobStatus, bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana, status)
    opened = await orders.open(admitted, job, with_seed=False)

    address = await orders.run(admitted, job, GalleryOrder(f"{opened.text} --seed 5", RUN))

    (card,) = bench.messages()
    (ordered,) = await asked_for(services)
    assert (opened.text, opened.costs) == (job.prompt, "1 unit")
    assert address.endswith(f"/{card.id}")
    assert (ordered.prompt, ordered.actor.id, ordered.card_id) == (f"{job.prompt} --seed 5", ana.id, card.id)


async def test_the_same_try_makes_one_job(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)

    addresses = [await orders.run(admitted, job, GalleryOrder("a dog", RUN)) for _number in range(2)]

    assert addresses[0] == addresses[1]
    assert len(await asked_for(services)) == 1
    await orders.run(admitted, job, GalleryOrder("a dog", RUN[::-1]))
    assert len(await asked_for(services)) == 2


async def test_who_is_blocked_orders_nothing(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    await services.jobs.controls.block(job.place.guild_id or 0, ana.id)

    with pytest.raises(UserError, match="blocked"):
        await orders.run(admitted, job, GalleryOrder("a dog", RUN))

    assert (bench.messages(), await asked_for(services)) == ([], [])


@pytest.mark.parametrize(
    "order", [GalleryOrder("  ", RUN), GalleryOrder("x" * (PROMPT_LIMIT + 1), RUN), GalleryOrder("a dog", "")]
)
async def test_what_is_no_order_starts_nothing(
    order: GalleryOrder,
    bench: DiscordBench,
    services: Services,
    ana: User,
    orders: GalleryOrders,
    admitted: GalleryPass,
) -> None:
    job = await made(bench, services, ana)

    with pytest.raises(UserError):
        await orders.run(admitted, job, order)

    assert await asked_for(services) == []


async def test_doubts_are_asked_about_first(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)

    with pytest.raises(QuestionError) as caught:
        await orders.run(admitted, job, GalleryOrder("a dog --stylze 50", RUN))
    nothing = await asked_for(services)
    await orders.run(admitted, job, GalleryOrder("a dog --stylze 50", RUN, is_as_typed=True))

    assert (caught.value.fixed, nothing) == ("a dog --stylize 50", [])
    assert [one.prompt for one in await asked_for(services)] == ["a dog --stylze 50"]


async def test_what_lost_its_pictures_is_not_ordered_without_them(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    lost = await made(bench, services, ana, request=Imagine(prompt="a cat", pictures=("gone.png",)))
    blend = await made(bench, services, ana, request=Blend(pictures=("gone.png",)))

    with pytest.raises(UserError, match="no longer stored"):
        await orders.run(admitted, lost, GalleryOrder("a dog", RUN))
    with pytest.raises(UserError, match="no prompt"):
        await orders.open(admitted, blend, with_seed=False)


async def test_what_comes_of_a_private_picture_is_private(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana, is_private=True)

    assert "/channels/@me/" in await orders.run(admitted, job, GalleryOrder("a dog", RUN))
    assert bench.messages() == []


async def test_where_no_task_is_known_there_is_no_seed(
    bench: DiscordBench, services: Services, ana: User, orders: GalleryOrders, admitted: GalleryPass
) -> None:
    with pytest.raises(UserError, match="did not give the seed"):
        await orders.open(admitted, await made(bench, services, ana), with_seed=True)
