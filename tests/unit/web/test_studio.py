"""The owner's page opens for the application's owner alone."""

import re

import pytest

from bot.domain.alerts import Level
from bot.domain.job import Actor
from bot.errors import UserError
from bot.links import OWNER_LIFE_S, GalleryLinks, GalleryPass, OwnerLinks
from bot.services import Services
from bot.storage.audit import ActKind
from bot.ui.flows.owner_page import OWNER_FOR_S, OwnerPage
from bot.web.requests import PAGE
from bot.web.studio import BURST
from bot.web.studio_data import LISTS
from bot.web.studio_texts import ACTS, TEXTS
from tests.support.discord_bench import DiscordBench
from tests.support.ports import ManualClock
from tests.unit.web.owned import BASE, SERVER, Owned


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


def test_every_act_and_list_has_its_words() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in (PAGE / "assets/js/studio").glob("*.js"))
    html = (PAGE / "studio.html").read_text(encoding="utf-8")
    named = set(re.findall(r'say\("(\w+)"', scripts)) | set(re.findall(r'data-(?:text|label|name)="(\w+)"', html))
    built = {f"{start}_{name}" for start in ("list", "nothing") for name in LISTS}
    built |= {f"level_{level}" for level in Level} | {"jobs", "units", "servers", "audit", "settings"}

    assert set(ACTS) == set(ActKind)
    assert (named | built) - set(TEXTS) == set()


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
