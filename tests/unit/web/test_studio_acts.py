"""What the owner does on their page goes through the doors of the commands and stands in the audit."""

import pytest

from bot.domain.job import JobStatus
from bot.errors import UserError
from bot.operation.reloading import Reloading
from bot.settings import LiveSettings
from tests.support.makers import ANA, BEN, make_place, make_settings
from tests.support.ports import ScriptedEngine
from tests.support.walk import now, uncertain, waiting
from tests.unit.web.owned import ORIGIN, SERVER, Owned

S = JobStatus


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


async def test_settings_are_read_again_and_what_changed_is_told(owned: Owned, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[str, str]] = [{"units_per_day": "7", "web_port": "8080"}, {"units_per_day": "many"}]
    live = LiveSettings.of(make_settings())
    reloading = Reloading(live, lambda: make_settings(**written.pop(0)), owned.services.store)
    monkeypatch.setattr(owned.page, "_reloading", reloading)

    changed, wrong = await owned.act("settings/reload"), await owned.act("settings/reload")

    assert changed == (200, {"text": "Holds from now on: UNITS_PER_DAY. Holds after a restart: WEB_PORT."})
    assert wrong[0] == 403
    assert wrong[1]["text"].startswith("The settings stay as they are:\nUNITS_PER_DAY")
    assert live.limits.units_per_day == 7
    assert await owned.acts() == [(str(owned.owner.id), "reload", "")]
