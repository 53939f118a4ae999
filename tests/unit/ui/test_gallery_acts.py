"""Who goes on in Discord from a gallery does so as who they are there now, and by the rules of every other way in."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.job import Actor, Job, JobStatus, Reach
from bot.domain.requests import Button
from bot.domain.server_rules import Flagged, Key, Name
from bot.errors import UserError
from bot.jobs.preferences import Switch
from bot.jobs.unpaid_work import TooOftenError
from bot.links import GalleryPass
from bot.services import Services
from bot.ui.components.standing import Standing
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.gallery_acts import GalleryActs, region_of
from bot.ui.flows.gallery_places import BURST, GalleryPlaces
from bot.ui.flows.mask_editor import MaskEditor
from bot.ui.flows.result_posts import ResultPosts
from sandbox.discord.model import Overwrite, User
from sandbox.discord.permissions import Permission
from tests.support.discord_bench import DiscordBench
from tests.support.makers import DAY, NO_LIMITS, UUID, make_job, make_result, make_settings, picture

REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
PUBLIC_URL = "https://easel.example"


@pytest.fixture
def ana(bench: DiscordBench) -> User:
    user = bench.loopback.state.user("ana")
    assert user is not None
    return user


@pytest.fixture
def admitted(ana: User) -> GalleryPass:
    return GalleryPass(ana.id, 0, "en-US")


@pytest.fixture
def acts(bench: DiscordBench, services: Services) -> GalleryActs:
    settings = make_settings(public_url=PUBLIC_URL, web_port=8080, allow_dm=True)
    served = replace(services, settings=settings)
    originals = OriginalPictures(bench.client, services.pictures, services.jobs.deliveries)
    editor = MaskEditor(bench.client, served, originals)
    places = GalleryPlaces(bench.client, served)
    return GalleryActs(served, places, ResultPosts(bench.client, served, originals), editor)


@pytest.fixture
def settings() -> Any:
    return make_settings(allow_dm=True)


async def made(bench: DiscordBench, services: Services, ana: User, channel: str = "studio", **changes: Any) -> Job:
    """A finished picture of Ana's that can be repainted."""
    known = {"actor": Actor(ana.id), "place": bench.place(channel), "token": None, "result_message_id": 5566}
    job = make_job(JobStatus.DONE, **(known | changes))
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture())
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    result = make_result(REGION).model_copy(update={"picture": f"{job.id}.png"})
    kept = await services.store.move(job, [job.status], job.status, result=result, task_id="77", result_message_id=5566)
    assert kept is not None
    return kept


def deny(bench: DiscordBench, user: User, permission: Permission, channel: str = "studio") -> None:
    bench.channel(channel).overwrites.append(Overwrite(user.id, is_member=True, deny=permission))


async def test_it_is_posted_where_it_was_made(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)

    address = await acts.show(admitted, job)

    (message,) = bench.messages()
    assert address.endswith(f"/{message.channel_id}/{message.id}")
    assert [file.filename for file in message.attachments] == [f"easel-{job.id}.png"]


@pytest.mark.parametrize(
    "missing", [Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.USE_APPLICATION_COMMANDS]
)
async def test_who_could_not_do_so_there_by_themselves_gets_it_in_direct_messages(
    missing: Permission,
    bench: DiscordBench,
    services: Services,
    ana: User,
    acts: GalleryActs,
    admitted: GalleryPass,
) -> None:
    deny(bench, ana, missing)

    address = await acts.show(admitted, await made(bench, services, ana))

    assert "/channels/@me/" in address
    assert bench.messages() == []


async def test_who_left_the_server_posts_nothing_there(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    guild_id = bench.channel("studio").guild_id
    assert guild_id is not None
    del bench.loopback.state.guilds[guild_id].roles_by_member[ana.id]

    assert "/channels/@me/" in await acts.show(admitted, job)
    assert bench.messages() == []


async def test_what_is_private_is_shown_to_its_member_alone(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana, is_private=True)

    assert "/channels/@me/" in await acts.show(admitted, job)
    assert bench.messages() == []


async def test_who_wants_their_results_private_draws_for_direct_messages(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    await services.preferences.turn(Switch.PRIVATE, Actor(ana.id))

    await acts.draw(admitted, job)

    assert not any(call.startswith(f"GET /channels/{job.place.channel_id}") for call in bench.calls)
    assert "POST /users/@me/channels" in bench.calls


async def test_where_the_bot_may_not_post_it_goes_to_direct_messages(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    bench.deny(Permission.SEND_MESSAGES)

    assert "/channels/@me/" in await acts.show(admitted, await made(bench, services, ana))


@pytest.mark.parametrize("settings", [make_settings()], ids=["no direct messages"])
async def test_where_direct_messages_are_off_nothing_is_posted(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    deny(bench, ana, Permission.SEND_MESSAGES)

    with pytest.raises(UserError, match="direct messages"):
        await acts.show(admitted, await made(bench, services, ana))
    assert bench.messages() == []


async def test_who_is_blocked_shows_and_draws_nothing(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    await services.jobs.controls.block(job.place.guild_id or 0, ana.id)

    for act in (acts.show, acts.draw):
        with pytest.raises(UserError, match="blocked"):
            await act(admitted, job)
    assert bench.messages() == []


async def test_it_is_done_only_so_often(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    for _number in range(int(BURST)):
        await acts.draw(admitted, job)

    asked = len(bench.calls)
    with pytest.raises(TooOftenError):
        await acts.draw(admitted, job)

    assert len(bench.calls) == asked


async def test_a_link_to_draw_leads_back_to_where_the_picture_stands(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)

    url = await acts.draw(admitted, job)

    ticket = services.links.read(url.removeprefix(f"{PUBLIC_URL}/draw/#"))
    assert (ticket.member_id, ticket.job_id, ticket.key) == (ana.id, job.id, region_of(job))


async def test_what_has_no_region_leads_nowhere(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    job = await made(bench, services, ana)
    plain = job.with_(result=make_result())

    with pytest.raises(UserError, match="No region"):
        await acts.draw(admitted, plain)
    with pytest.raises(UserError, match="Only a finished"):
        await acts.show(admitted, job.with_(status=JobStatus.FAILED))


@pytest.mark.parametrize(("rule", "is_covered"), [(Flagged.SPOILER, True), (Flagged.RESTRICTED, False)])
async def test_what_an_engine_flagged_is_shown_by_the_rules_of_now(
    rule: Flagged,
    is_covered: bool,
    bench: DiscordBench,
    services: Services,
    ana: User,
    acts: GalleryActs,
    admitted: GalleryPass,
) -> None:
    job = await made(bench, services, ana)
    assert job.result is not None
    guild_id = job.place.guild_id
    assert guild_id is not None
    job = job.with_(result=job.result.model_copy(update={"is_flagged": True}))
    await services.jobs.rulebook.set(guild_id, {Key("server", Name.FLAGGED): rule}, 77)

    await acts.show(admitted, job)

    shown = [file.filename for message in bench.messages() for file in message.attachments]
    assert [name.startswith("SPOILER_") for name in shown] == [True] * is_covered


async def test_the_age_of_a_channel_is_that_of_now(
    bench: DiscordBench, services: Services, ana: User, acts: GalleryActs, admitted: GalleryPass
) -> None:
    there = bench.place(is_age_restricted=True, category_id=5)  # when the picture was made
    job = await made(bench, services, ana, place=there)
    assert there.guild_id is not None
    await services.jobs.rulebook.set(there.guild_id, {Key("server", Name.AGE): "restricted"}, 77)

    with pytest.raises(UserError, match="age-restricted"):
        await acts.draw(admitted, job)


async def test_a_thread_counts_by_its_channel(bench: DiscordBench, ana: User) -> None:
    standing, actor = Standing(bench.client), Actor(ana.id)
    assert await standing.in_channel(actor, bench.place("side-thread")) is not None

    deny(bench, ana, Permission.SEND_MESSAGES_IN_THREADS)

    assert await standing.in_channel(actor, bench.place("side-thread")) is None


async def test_a_moderator_stands_there_with_their_roles(bench: DiscordBench) -> None:
    mia = bench.loopback.state.user("mia")
    assert mia is not None

    there = await Standing(bench.client).in_channel(Actor(mia.id), bench.place())

    assert there is not None
    actor, _place = there
    assert actor.roles != ()


@pytest.mark.parametrize("place", [{"may_post": False}, {"reach": Reach.DM, "guild_id": None}])
async def test_discord_is_not_asked_where_the_bot_posts_nothing(
    place: dict[str, Any], bench: DiscordBench, ana: User
) -> None:
    assert await Standing(bench.client).in_channel(Actor(ana.id), bench.place(**place)) is None
    assert bench.calls == []
