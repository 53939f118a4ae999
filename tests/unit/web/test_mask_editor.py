"""What a link of the mask editor opens, and what everybody is told."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.job import Actor, Job, JobStatus
from bot.links import DRAWING_LIFE_S, Links
from bot.services import Services
from bot.ui.flows.mask_editor import MaskEditor, RegionPress
from tests.support.makers import ANA, BEN, TASK, UUID, make_place, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import PUBLIC_URL, SIZE, FakeDiscord, Web, ask, editor_of, mask, send


async def test_doubtful_prompt_is_asked_about_on_the_page(
    browser: Web, token: str, services: Services, talk: FakeDiscord
) -> None:
    status, asked = await send(browser, token, mask(), prompt="a harbour --stylze 50")
    nothing = await services.store.unfinished()

    sent, _answer = await send(browser, token, mask(), prompt=asked["fixed"], as_typed="yes")

    assert (status, asked["error"], asked["fixed"]) == (422, "question", "a harbour --stylize 50")
    assert nothing == []
    assert sent == 200
    assert [job.prompt for job in await services.store.unfinished()] == ["a harbour --stylize 50"]
    assert len(talk.channel.sent) == 1


async def test_slips_on_the_page_are_put_right(browser: Web, token: str, services: Services) -> None:
    status, _answer = await send(browser, token, mask(), prompt="a harbour \u2014ar 3\uff1a2\r\n at night")

    assert status == 200
    assert [job.prompt for job in await services.store.unfinished()] == ["a harbour at night --ar 3:2"]


@pytest.mark.parametrize("prompt", ["{a, b} harbour", "a harbour --repeat 20"])
async def test_prompt_for_several_jobs_starts_none_from_the_page(
    prompt: str, browser: Web, token: str, services: Services
) -> None:
    asked, _question = await send(browser, token, mask(), prompt=prompt)
    refused, why = await send(browser, token, mask(), prompt=prompt, as_typed="yes")

    assert (asked, refused, why["error"]) == (422, 403, "refused")
    assert await services.store.unfinished() == []


async def test_a_link_stands_behind_the_public_address(mask_editor: MaskEditor, parent: Job) -> None:
    url = await mask_editor.url(RegionPress(ANA, make_place(), 500), parent, 0)

    assert url is not None
    assert url.startswith(f"{PUBLIC_URL}/draw/#")
    assert len(url) <= 512, "Discord's limit"


async def test_without_a_public_address_there_is_no_link(talk: FakeDiscord, parent: Job, services: Services) -> None:
    editor = editor_of(services, talk)

    assert await editor.url(RegionPress(ANA, make_place(), 500), parent, 0) is None


async def test_it_opens_size_prompt_and_words(browser: Web, token: str) -> None:
    status, body = await ask(browser, token)

    assert status == 200
    assert body["picture"] == {"width": 64, "height": 48}
    assert body["prompt"] == "a cat in the rain --v 7"
    assert body["texts"]["repaint"] == "Repaint"


async def test_nothing_of_the_relay_leaves(browser: Web, token: str) -> None:
    _status, body = await ask(browser, token)

    assert TASK not in str(body)
    assert UUID not in str(body)


async def test_the_picture_is_the_kept_original(browser: Web, token: str) -> None:
    async with browser.get("/draw/api/picture", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.content_type == "image/png"
        assert await response.read() == picture(SIZE)
        assert response.headers["Cache-Control"] == "no-store"


async def test_a_link_without_its_word_opens_nothing(browser: Web, token: str) -> None:
    async with browser.get("/draw/api/picture", headers={"Authorization": token}) as response:
        assert response.status == 401


async def test_an_expired_link_is_refused_in_its_members_language(
    browser: Web, mask_editor: MaskEditor, parent: Job, clock: ManualClock
) -> None:
    url = await mask_editor.url(RegionPress(Actor(901, "zh-CN"), make_place(), 500), parent, 0)
    clock.pass_by(DRAWING_LIFE_S + 1)

    status, body = await ask(browser, str(url).partition("#")[2])

    assert (status, body["error"]) == (410, "expired")


@pytest.mark.parametrize("change", [{"member_id": BEN.id}, {"job_id": "0" * 16}, {"key": 1}, {"id": "6" * 24}])
async def test_a_ticket_that_was_never_given_out_opens_nothing(
    browser: Web, links: Links, token: str, change: dict[str, Any]
) -> None:
    """Even if somebody had the owner's key: member, job and button are those of the press."""
    forged = links.write(replace(links.read(token), **change))

    status, _body = await ask(browser, forged)

    assert status in (403, 410)


async def test_a_damaged_link_is_refused_in_the_browsers_language(browser: Web) -> None:
    headers = {"Authorization": "Bearer nonsense", "Accept-Language": "zh-TW,zh;q=0.9"}
    async with browser.get("/draw/api/region", headers=headers) as response:
        body = await response.json()

    assert (response.status, body["error"], body["locale"]) == (401, "damaged", "zh-TW")


@pytest.mark.parametrize("language", ["", "../../../etc", "it", "x" * 5000])
async def test_a_strange_language_is_english(browser: Web, language: str) -> None:
    async with browser.get("/draw/api/region", headers={"Accept-Language": language}) as response:
        assert (await response.json())["locale"] == "en-US"


async def test_a_blocked_member_is_refused(browser: Web, token: str, services: Services) -> None:
    await services.jobs.moderation.block(201, ANA.id)

    assert (await ask(browser, token))[0] == 403
    assert (await send(browser, token, mask()))[0] == 403


async def test_a_removed_picture_is_refused(browser: Web, token: str, services: Services, parent: Job) -> None:
    await services.store.update(parent, status=JobStatus.REMOVED)

    assert (await send(browser, token, mask()))[0] == 403


async def test_old_notes_of_links_are_swept(
    mask_editor: MaskEditor, parent: Job, services: Services, clock: ManualClock, token: str, links: Links
) -> None:
    old = links.read(token)
    clock.pass_by(2 * DRAWING_LIFE_S)
    await mask_editor.url(RegionPress(ANA, make_place(), 500), parent, 0)

    assert await services.store.notes.get(f"drawing:{old.id}") is None
