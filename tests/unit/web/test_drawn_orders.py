"""Drawings over a picture of the member's own: the link of an order opens that picture, and makes one job of it."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from bot.domain.job import Job, JobStatus, Place, Reach
from bot.domain.requests import Edit, EngineRequest, Mode, Request
from bot.links import Links, Ticket
from bot.services import Services
from bot.ui.flows.mask_editor import DrawnOrder, MaskEditor, RegionPress
from tests.support.makers import ANA, BEN, make_place, make_token, picture
from tests.unit.web.browser import SIZE, FakeDiscord, Web, ask, mask, send

KEY, CANVAS = "00000000000000aa-input1.png", "00000000000000cc"
PROMPT = "a harbour --ar 3:2"
EDIT = Edit(prompt=PROMPT, masked=True, pictures=(KEY,))
PRESSED = RegionPress(ANA, make_place(), 0)


@pytest.fixture(autouse=True)
def _upload(services: Services) -> None:
    services.pictures.stock.path(KEY).write_bytes(picture(SIZE))


async def link(mask_editor: MaskEditor, request: Request = EDIT, *, place: Place | None = None, **more: Any) -> str:
    order = DrawnOrder(request, more.pop("mode", None), CANVAS, **more)
    pressed = replace(PRESSED, place=place or PRESSED.place, token=make_token(minutes=-1))
    return (await mask_editor.url_of_order(pressed, order)).partition("#")[2]


async def sent(services: Services) -> Job:
    """The one job that a drawing made."""
    (job,) = await services.store.unfinished()
    return job


async def test_an_order_opens_its_picture_with_its_prompt(browser: Web, mask_editor: MaskEditor) -> None:
    token = await link(mask_editor)

    status, body = await ask(browser, token)
    async with browser.get("/draw/api/picture", headers={"Authorization": f"Bearer {token}"}) as response:
        shown = await response.read()

    assert (status, body["picture"]) == (200, {"width": 64, "height": 48})
    assert (body["prompt"], body["drawing"]) == (PROMPT, f"{CANVAS}-{ANA.id}")
    assert (body["texts"]["title"], body["texts"]["repaint"]) == ("Draw the region", "Repaint")
    assert shown == picture(SIZE)


@pytest.mark.parametrize(
    "request_",
    [EDIT, EngineRequest(engine="painter", kind="generate", prompt=PROMPT, options={"masked": True}, pictures=(KEY,))],
)
async def test_a_drawing_becomes_the_job_with_the_mask_behind_its_pictures(
    browser: Web, mask_editor: MaskEditor, services: Services, talk: FakeDiscord, request_: Request
) -> None:
    status, _body = await send(browser, await link(mask_editor, request_, mode=Mode.TURBO), mask(), prompt="a boat")

    job = await sent(services)
    first, drawn = job.request.pictures
    given = await services.pictures.read(first)
    kept = Image.open(io.BytesIO(await services.pictures.read(drawn)))
    assert (status, len(talk.channel.sent)) == (200, 1)
    assert (job.prompt, job.mode, job.parent_id, job.reply_to) == ("a boat", Mode.TURBO, None, None)
    assert (job.request.name, job.request.is_masked, given) == (request_.name, True, picture(SIZE))
    assert (kept.size, kept.getbbox()) == (SIZE, (8, 8, 30, 30))


async def test_an_order_about_a_result_belongs_to_it(
    browser: Web, mask_editor: MaskEditor, services: Services, parent: Job
) -> None:
    await send(browser, await link(mask_editor, follows=parent.id), mask())

    job = await sent(services)
    assert (job.parent_id, job.prompt, len(job.request.pictures)) == (parent.id, PROMPT, 2)


async def test_an_order_is_sent_once_and_again_when_nothing_came_of_it(
    browser: Web, mask_editor: MaskEditor, services: Services
) -> None:
    token = await link(mask_editor)

    once = [(await send(browser, token, mask()))[0] for _number in range(2)]
    opened = (await ask(browser, token))[0]
    await services.jobs.controls.cancel(await sent(services))
    await services.jobs.inputs.settle_one()  # what belonged to the job goes
    again = (await send(browser, token, mask()))[0]

    assert (once, opened, again) == ([200, 409], 409, 200)


@pytest.mark.parametrize("change", [{"member_id": BEN.id}, {"job_id": "0" * 16}, {"id": "6" * 24}])
async def test_no_other_ticket_opens_the_picture(
    browser: Web, mask_editor: MaskEditor, links: Links, services: Services, change: dict[str, Any]
) -> None:
    """Even if somebody had the owner's key."""
    ticket: Ticket = links.read(await link(mask_editor))

    status, body = await send(browser, links.write(replace(ticket, **change)), mask())

    assert (status, body["error"]) == (410, "expired")
    assert await services.store.unfinished() == []


async def test_an_order_about_a_result_that_was_removed_is_refused(
    browser: Web, mask_editor: MaskEditor, services: Services, parent: Job
) -> None:
    token = await link(mask_editor, follows=parent.id)
    await services.store.update(parent, status=JobStatus.REMOVED)

    assert (await send(browser, token, mask()))[0] == 403


async def test_a_picture_that_is_gone_is_said(browser: Web, mask_editor: MaskEditor, services: Services) -> None:
    token = await link(mask_editor)
    await services.pictures.discard(KEY)

    status, body = await ask(browser, token)

    assert status == 400
    assert "no longer stored" in body["text"]
    assert (await send(browser, token, mask()))[0] == 400


async def test_what_was_asked_about_in_discord_is_not_asked_about_again(
    browser: Web, mask_editor: MaskEditor, services: Services
) -> None:
    token = await link(mask_editor, EDIT.model_copy(update={"prompt": "a harbour --stylze 50"}))

    changed, _question = await send(browser, token, mask(), prompt="a boat --stylze 50")
    status, _body = await send(browser, token, mask(), prompt="a harbour --stylze 50")

    assert (changed, status) == (422, 200)
    assert (await sent(services)).prompt == "a harbour --stylze 50"


async def test_where_the_bot_may_not_post_and_the_command_is_too_old_it_goes_on_in_a_direct_message(
    browser: Web, mask_editor: MaskEditor, services: Services
) -> None:
    guarded = make_place(may_post=False)

    status, body = await send(browser, await link(mask_editor, place=guarded), mask())

    assert (status, body["address"]) == (200, "https://discord.com/channels/@me/901901/7001")
    assert (await sent(services)).place.reach is Reach.DM
