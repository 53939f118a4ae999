"""The owner's page opens for the application's owner alone, and every act there stands in the audit."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import Actor, Job, JobStatus
from bot.errors import UserError
from bot.links import OWNER_LIFE_S, GalleryLinks, GalleryPass, OwnerLinks
from bot.services import Services
from bot.storage.overview import Overview
from bot.ui.components.names import Names
from bot.ui.flows.owner_page import OWNER_FOR_S, OwnerPage
from bot.web.server import build_app
from bot.web.studio import AT_ONCE, BURST, StudioPage
from sandbox.discord.model import User
from tests.support.discord_bench import DiscordBench
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_job, make_place
from tests.support.ports import ManualClock, ScriptedEngine
from tests.support.walk import now, uncertain, waiting
from tests.unit.web.browser import Web

BASE = "https://easel.example/here"
ORIGIN = "https://easel.example"
SERVER = make_place().guild_id
S = JobStatus


@dataclass
class Owned:
    """The page, a browser that asks it, and both sides of Discord."""

    page: OwnerPage
    browser: Web
    bench: DiscordBench
    services: Services
    links: OwnerLinks

    def person(self, name: str) -> User:
        found = self.bench.loopback.state.user(name)
        assert found is not None
        return found

    @property
    def owner(self) -> Actor:
        return Actor(self.person("ana").id)

    async def token(self) -> str:
        return (await self.page.url(self.owner)).partition("#")[2]

    async def ask(self, path: str, token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token if token is not None else await self.token()}"}
        async with self.browser.get(f"/studio/api/{path}", headers=headers) as response:
            return response.status, await response.json()

    async def act(
        self, path: str, origin: str | None = ORIGIN, token: str | None = None, body: str = " "
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token if token is not None else await self.token()}"}
        headers |= {"Origin": origin} if origin else {}
        async with self.browser.post(f"/studio/api/{path}", headers=headers, data=body) as response:
            return response.status, await response.json()

    async def acts(self) -> list[tuple[str, str, str]]:
        rows = await Overview(self.services.store.database).acts(50, None)
        return [(row.actor, row.act, row.target) for row in rows]


@pytest.fixture
async def owned(services: Services, clock: ManualClock) -> AsyncIterator[Owned]:
    links = OwnerLinks("the owner's key", BASE, clock)
    served = replace(services, owner_links=links)
    async with DiscordBench.serving() as bench:
        page = OwnerPage(bench.client, served)
        studio = StudioPage(page, served, Names(bench.client, clock), clock)
        async with TestClient(TestServer(build_app(studio.routes()))) as browser:
            yield Owned(page, browser, bench, served, links)


# Who comes in.


async def test_the_owner_comes_in_for_a_quarter_of_an_hour(owned: Owned, clock: ManualClock) -> None:
    token = await owned.token()
    clock.pass_by(OWNER_LIFE_S - 1)
    in_time = await owned.ask("overview", token)
    clock.pass_by(2)
    late = await owned.ask("overview", token)

    assert in_time[0] == 200
    assert (late[0], late[1]["error"]) == (410, "expired")
    assert "/easel web" in late[1]["text"]


async def test_nobody_else_is_given_a_link_or_comes_in_by_one(owned: Owned) -> None:
    ben = owned.person("ben").id
    with pytest.raises(UserError, match="Only the owner"):
        await owned.page.url(Actor(ben))
    forged = owned.links.write(ben, 0, "en-US").partition("#")[2]

    assert [(await owned.ask(path, forged))[0] for path in ("overview", "jobs?list=running", "settings")] == [403] * 3
    assert (await owned.act(f"servers/{SERVER}/pause", token=forged))[0] == 403
    assert await owned.acts() == []


async def test_without_a_web_side_there_is_no_page(services: Services) -> None:
    async with DiscordBench.serving() as bench:
        ana = bench.loopback.state.user("ana")
        assert ana is not None
        with pytest.raises(UserError, match="needs the web side"):
            await OwnerPage(bench.client, services).url(Actor(ana.id))


async def test_foreign_and_damaged_tokens_open_nothing(owned: Owned, clock: ManualClock) -> None:
    token = await owned.token()
    of_another_key = OwnerLinks("another key", BASE, clock).write(owned.owner.id, 0, "en-US").partition("#")[2]
    gallery = GalleryLinks("the owner's key", BASE, clock)
    of_a_gallery = gallery.write(GalleryPass(owned.owner.id, 0, "en-US")).partition("#")[2]

    for wrong in ("", "x", f"{token}x", token[1:], of_another_key, of_a_gallery):
        assert (await owned.ask("overview", wrong))[0] == 401, wrong


async def test_links_end_when_the_owner_says_so(owned: Owned) -> None:
    token = await owned.token()
    await owned.page.revoke(owned.owner)

    assert (await owned.ask("overview", token))[0] == 410
    assert (await owned.ask("overview", await owned.token()))[0] == 200


async def test_who_owns_the_application_no_more_does_nothing_at_once_and_sees_nothing_soon(
    owned: Owned, clock: ManualClock
) -> None:
    token = await owned.token()
    assert (await owned.ask("overview", token))[0] == 200
    owned.bench.loopback.state.application_team = None
    owned.bench.loopback.state.application_owner = owned.person("ben")

    assert (await owned.act(f"servers/{SERVER}/pause", token=token))[0] == 403
    clock.pass_by(OWNER_FOR_S + 1)
    assert (await owned.ask("overview", token))[0] == 403
    assert await owned.acts() == []


async def test_a_page_may_not_ask_too_often(owned: Owned) -> None:
    token = await owned.token()
    answers = [(await owned.ask("overview?known", token))[0] for _number in range(int(BURST) + 1)]

    assert answers == [200] * int(BURST) + [429]


# Acts.


@pytest.mark.parametrize("origin", [None, "https://evil.example", "http://easel.example", "null", f"{ORIGIN}:444"])
async def test_an_act_comes_from_the_page_itself(owned: Owned, origin: str | None) -> None:
    job = await waiting(owned.services)

    assert (await owned.act(f"jobs/{job.id}/cancel", origin))[0] == 403
    assert (await now(owned.services, job)).status is S.RECEIVED
    assert await owned.acts() == []


@pytest.mark.parametrize("path", ["jobs/0123456789abcdef/cancel", "servers/201/pause", "servers/201/members/901/block"])
async def test_acts_are_posts(owned: Owned, path: str) -> None:
    headers = {"Authorization": f"Bearer {await owned.token()}", "Origin": ORIGIN}
    async with owned.browser.get(f"/studio/api/{path}", headers=headers) as response:
        assert response.status == 405


async def test_a_waiting_job_is_stopped_in_the_owners_name(owned: Owned, engine: ScriptedEngine) -> None:
    job = await waiting(owned.services)

    status, said = await owned.act(f"jobs/{job.id}/cancel")

    await owned.services.jobs.submission.submit(job.id)
    assert (status, said["text"]) == (200, "Stopped before it was sent. Nothing was charged.")
    assert (engine.submitted, (await now(owned.services, job)).status) == ([], S.CANCELLED)
    assert await owned.acts() == [(str(owned.owner.id), "cancel", f"job:{job.id}")]


async def test_what_is_over_is_not_stopped_and_no_act(owned: Owned) -> None:
    job = await waiting(owned.services)
    await owned.services.jobs.controls.cancel(job)

    assert (await owned.act(f"jobs/{job.id}/cancel"))[0] == 403
    assert (await owned.act("jobs/0123456789abcdef/cancel"))[0] == 403
    assert await owned.acts() == []


async def test_a_job_of_unknown_outcome_is_looked_for_and_given_up(owned: Owned, engine: ScriptedEngine) -> None:
    job = await uncertain(owned.services, engine)
    submits = len(engine.submitted)

    looked = await owned.act(f"jobs/{job.id}/look")
    given_up = await owned.act(f"jobs/{job.id}/give_up")

    owner = str(owned.owner.id)
    assert (looked[0], given_up[0]) == (403, 200)  # this relay has no list
    assert ((await now(owned.services, job)).status, len(engine.submitted)) == (S.CANCELLED, submits)
    assert await owned.acts() == [(owner, "give_up", f"job:{job.id}"), (owner, "look", f"job:{job.id}")]


async def test_servers_are_paused_and_members_blocked_through_the_same_doors(owned: Owned) -> None:
    moderation = owned.services.jobs.moderation
    place = make_place()
    for path in (f"servers/{SERVER}/pause", f"servers/{SERVER}/members/{BEN.id}/block"):
        assert (await owned.act(path))[0] == 200
    with pytest.raises(UserError, match="is paused"):
        moderation.check(ANA, place)
    with pytest.raises(UserError, match="are blocked"):
        moderation.check(BEN, place)
    [listed] = (await owned.ask("servers"))[1]["servers"]
    for path in (f"servers/{SERVER}/resume", f"servers/{SERVER}/members/{BEN.id}/unblock"):
        assert (await owned.act(path))[0] == 200

    moderation.check(BEN, place)
    assert (listed["id"], listed["is_paused"], listed["blocked"]) == (str(SERVER), True, [str(BEN.id)])
    owner = str(owned.owner.id)
    assert await owned.acts() == [
        (owner, "unblock", str(BEN.id)),
        (owner, "resume", ""),
        (owner, "block", str(BEN.id)),
        (owner, "pause", ""),
    ]


async def test_a_member_is_banned_with_a_reason_and_let_in_again(owned: Owned) -> None:
    bans, place = owned.services.jobs.bans, make_place()
    without = await owned.act(f"people/{BEN.id}/ban")
    banned = await owned.act(f"people/{BEN.id}/ban", body="spends in my name")
    [told] = (await owned.ask("servers"))[1]["bans"]
    with pytest.raises(UserError, match="has banned you"):
        bans.check(BEN, place)
    lifted = [(await owned.act(f"people/{BEN.id}/lift"))[0] for _number in range(2)]

    bans.check(BEN, place)
    owner = str(owned.owner.id)
    assert (without[0], banned[0], lifted) == (403, 200, [200, 403])
    assert (told["id"], told["reason"], told["by"], told["until"]) == (str(BEN.id), "spends in my name", owner, "")
    assert [(actor, act) for actor, act, _target in await owned.acts()] == [(owner, "unban"), (owner, "ban")]


@pytest.mark.parametrize("path", ["servers/9999999999999999999/pause", "servers/x/pause", "servers/1/members/../block"])
async def test_what_is_no_id_is_not_found(owned: Owned, path: str) -> None:
    headers = {"Authorization": f"Bearer {await owned.token()}", "Origin": ORIGIN}
    async with owned.browser.post(f"/studio/api/{path}", headers=headers) as response:
        assert response.status == 404


# What it tells.


async def stored(services: Services, status: JobStatus, **changes: Any) -> Job:
    job = make_job(status, **changes)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    return job


async def test_jobs_are_listed_by_how_they_stand_a_page_at_a_time(owned: Owned) -> None:
    for _number in range(AT_ONCE + 3):
        await stored(owned.services, S.UNCERTAIN)
    done = await stored(owned.services, S.DONE)
    lonely = await stored(owned.services, S.UNDELIVERABLE)

    _status, first = await owned.ask("jobs?list=uncertain")
    _status, second = await owned.ask(f"jobs?list=uncertain&before={first['more'].replace('+', '%2B')}")
    _status, recent = await owned.ask("jobs?list=recent")
    _status, glance = await owned.ask("overview")

    assert (len(first["jobs"]), len(second["jobs"]), second["more"]) == (AT_ONCE, 3, "")
    assert len({job["id"] for job in (*first["jobs"], *second["jobs"])}) == AT_ONCE + 3
    assert first["jobs"][0]["acts"] == ["look", "give_up"]
    assert [job["id"] for job in recent["jobs"]] == [done.id]
    assert [job["id"] for job in (await owned.ask("jobs?list=undeliverable"))[1]["jobs"]] == [lonely.id]
    assert glance["counts"] == {"running": 0, "waiting": 0, "uncertain": AT_ONCE + 3, "undeliverable": 1}


async def test_recent_jobs_go_on_where_the_page_before_ended(owned: Owned) -> None:
    known = [(await stored(owned.services, S.DONE)).id for _number in range(AT_ONCE + 2)]

    _status, first = await owned.ask("jobs?list=recent")
    _status, second = await owned.ask(f"jobs?list=recent&before={first['more']}")

    assert [job["id"] for job in (*first["jobs"], *second["jobs"])] == known[::-1]


async def test_units_add_up_by_day_engine_member_and_server(owned: Owned) -> None:
    for actor, units, engine in ((ANA, 2, "midjourney"), (BEN, 5, "fal"), (BEN, 1, "midjourney")):
        await stored(owned.services, S.DONE, actor=actor, units=units, engine=engine)

    _status, told = await owned.ask("units?days=7")

    assert (len(told["days"]), told["days"][-1]) == (7, DAY)
    assert {one["name"]: one["units"][-1] for one in told["series"]} == {"fal": 5, "Midjourney": 3}
    assert [(row["name"], row["units"]) for row in told["by"]["member"]["rows"]] == [(str(BEN.id), 6), (str(ANA.id), 2)]
    assert [(row["name"], row["units"]) for row in told["by"]["server"]["rows"]] == [(str(SERVER), 8)]
    assert (await owned.ask("overview"))[1]["units_today"] == 8


async def test_settings_are_told_without_secrets(owned: Owned) -> None:
    _status, told = await owned.ask("settings")
    settings = {one["name"]: one for one in told["settings"]}

    assert settings["RELAY_API_KEY"]["value"] == "[secret]"
    assert settings["PRESS"]["differs"] is False
    assert settings["RELAY_BASE_URL"]["differs"] is True


async def test_names_are_asked_for_once_and_as_many_as_one_answer_takes(owned: Owned) -> None:
    ana = owned.owner.id
    guild = next(iter(owned.bench.loopback.state.guilds))
    strangers = ",".join(str(number) for number in range(1, 3 * AT_ONCE))
    query = f"names?people={ana},1&servers={guild}"
    first, second = await owned.ask(query), await owned.ask(query)
    asked = [call for call in owned.bench.calls if call == f"GET /users/{ana}"]

    assert first == second
    assert first[1] == {"people": {str(ana): "Ana"}, "servers": {str(guild): "Easel Studio"}}
    assert len(asked) == 1
    await owned.ask(f"names?people={strangers}&servers=")
    assert len([call for call in owned.bench.calls if call.startswith("GET /users/")]) <= AT_ONCE + 2


@pytest.mark.parametrize(
    "path",
    [
        "jobs?list=recent&before=99999999999999999999999",
        "jobs?list=running&before=2026-01-01 x",
        "jobs?list=nothing",
        "jobs",
        "audit?before=-1",
        "units?days=99999999999999",
        "units?days=x",
        "names?people=x,,9999999999999999999&servers=",
    ],
)
async def test_nonsense_is_answered_like_nothing(owned: Owned, path: str) -> None:
    assert (await owned.ask(path))[0] == 200


# The page itself.


async def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(owned: Owned) -> None:
    async with owned.browser.get("/studio/") as response:
        text, policy = await response.text(), response.headers["Content-Security-Policy"]

    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "style=" not in text
    assert "//" not in text.replace("<!doctype html>", "")
    assert "<script>" not in text


@pytest.mark.parametrize(
    "path", ["assets/", "assets/../studio.html", "assets/%2e%2e/studio.html", "assets/..%2f..%2fstudio.py"]
)
async def test_nothing_but_assets_is_served_as_assets(owned: Owned, path: str) -> None:
    async with owned.browser.get(f"/studio/{path}") as response:
        assert response.status in (403, 404)
