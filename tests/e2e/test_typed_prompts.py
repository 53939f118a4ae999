"""What a member typed is what is painted, whatever it was typed into: asked of the relay's own tasks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from sandbox.driver import mask_of, png
from sandbox.message_view import Message
from sandbox.relay.profiles import MIDJOURNEY_PROXY, UNIAPI, Profile
from tests.e2e.drawing import card_after, link_for, link_in, post, with_address
from tests.e2e.gestures import RED, painted, panel_of, send_for_job, tick
from tests.e2e.studio import Ordered, Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = with_address()
TYPED = "a lantern on a hill"
SIDE, SIZE = 512, (96, 64)
Way = Callable[["Desk", str], Awaitable[Ordered]]


@dataclass(frozen=True)
class Desk:
    """What can be typed at: results of two relays and of /draw; Ben has the remix switch on."""

    studio: Studio
    results: dict[str, Message]

    def upload(self, option: str) -> str:
        return self.studio.upload(f"{option}.png", half(SIZE) if option == "mask" else painted(RED, SIZE))

    def result_id(self, name: str) -> str:
        return ordered(self.results[name], "ana", "studio").id

    async def order(self, command: str, prompt: str, **options: Any) -> Ordered:
        return ordered(await self.studio.slash(command, {"prompt": prompt, **options}), "ana", "studio")

    async def draw(self, url: str, size: tuple[int, int], prompt: str) -> Ordered:
        """Send a drawing by a link, with this text."""
        known = {message["id"] for message in self.studio.messages()}
        status, answer = await post(url, png(half(size)), prompt)
        assert status == 200, answer
        return await card_after(self.studio, known)


def half(size: tuple[int, int]) -> Image.Image:
    """A mask whose upper half is white."""
    return mask_of(size, (0, 0, size[0], size[1] // 2))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(studio: Studio) -> Desk:
    await studio.slash("prefer remix", user="ben")
    results: dict[str, Message] = {}
    for name, profile, version in (("proxy", MIDJOURNEY_PROXY, " --v 8.2"), ("relay", UNIAPI, "")):
        studio.relay.profile = profile
        results[f"{name} grid"] = await studio.result(await studio.imagine(f"a boat --seed 7{version}"))
        results[name] = await studio.result(await studio.follow_up(results[f"{name} grid"], "U1"))
    drawn = ordered(await studio.slash("draw", {"prompt": "a plain fox"}), "ana", "studio")
    results["draw"] = await studio.result(drawn)
    return Desk(studio, results)


def in_command(command: str, *files: str, of: str = "", **options: Any) -> Way:
    """Typed into a command, with pictures or with a result of one's own."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        given = {name: desk.upload(name) for name in files} | ({"result": desk.result_id(of)} if of else {})
        return await desk.order(command, prompt, **given, **options)

    return type_


def in_modal(of: str, label: str, user: str = "ana") -> Way:
    """Typed into the modal that a button opens."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        modal = await desk.studio.open(desk.results[of], label, user=user)
        return await send_for_job(desk.studio, modal, prompt=prompt)

    return type_


def for_cells(of: str) -> Way:
    """Typed for cells of a result that were ticked."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        panel = await tick(desk.studio, await panel_of(desk.studio, desk.results[of]), "1")
        return await send_for_job(desk.studio, await desk.studio.open(panel, "Repaint…"), prompt=prompt)

    return type_


def for_mask(of: str) -> Way:
    """Typed beside a mask that is uploaded."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        panel = await panel_of(desk.studio, desk.results[of])
        modal = await desk.studio.open(panel, "Upload a mask…")
        mask = desk.studio.upload("mask.png", half((SIDE, SIDE)))
        return await send_for_job(desk.studio, modal, prompt=prompt, file=[mask])

    return type_


def on_page(of: str) -> Way:
    """Typed on the page, where a result is drawn on."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        size = (await desk.studio.picture(desk.results[of])).size
        return await desk.draw(await link_for(desk.studio, desk.results[of]), size, prompt)

    return type_


def on_page_after(command: str, option: str) -> Way:
    """Typed on the page, where an upload is drawn on; in the command stood something else."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        options = {"prompt": "a first thought", option: desk.upload(option), "region": True}
        asked = await desk.studio.actor.slash("ana", "studio", command, options)
        return await desk.draw(link_in(await desk.studio.whole_answer(asked)), SIZE, prompt)

    return type_


def left_on_page(command: str, option: str) -> Way:
    """Typed into the command, and left as it is on the page."""

    async def type_(desk: Desk, prompt: str) -> Ordered:
        options = {"prompt": prompt, option: desk.upload(option), "region": True}
        asked = await desk.studio.actor.slash("ana", "studio", command, options)
        return await desk.draw(link_in(await desk.studio.whole_answer(asked)), SIZE, "")

    return type_


R, P = UNIAPI, MIDJOURNEY_PROXY
FILM = " --video 1"  # as the service repeats the prompt of a film
WAYS: dict[str, tuple[Profile, Way, str]] = {
    "remix, variation": (R, in_modal("relay grid", "V1", "ben"), ""),
    "remix, reroll": (R, in_modal("relay grid", "🔄", "ben"), ""),
    "remix, vary": (R, in_modal("relay", "Vary (Subtle)", "ben"), ""),
    "remix, pan": (R, in_modal("relay", "⬅️", "ben"), ""),
    "remix, film": (R, in_modal("relay", "Animate (Low motion)", "ben"), FILM),
    "remix, proxy": (P, in_modal("proxy grid", "V1", "ben"), ""),
    "remix, film of the proxy": (P, in_modal("proxy", "Animate (Low motion)", "ben"), FILM),
    "custom zoom": (R, in_modal("relay", "Custom Zoom"), " --zoom 1.5"),
    "region, cells": (R, for_cells("relay"), ""),
    "region, mask": (R, for_mask("relay"), ""),
    "region, drawn": (R, on_page("relay"), ""),
    "region of the proxy, cells": (P, for_cells("proxy"), ""),
    "region of the proxy, mask": (P, for_mask("proxy"), ""),
    "region of the proxy, drawn": (P, on_page("proxy"), ""),
    "/edit": (P, in_command("edit", "picture"), ""),
    "/edit, mask": (P, in_command("edit", "picture", "mask"), ""),
    "/edit, shape": (P, in_command("edit", "picture", shape="16:9"), " --ar 16:9"),
    "/edit, result": (P, in_command("edit", of="proxy"), ""),
    "/edit, drawn": (P, on_page_after("edit", "picture"), ""),
    "/edit, drawn as typed": (P, left_on_page("edit", "picture"), ""),
    "/animate": (P, in_command("animate", "picture", films=1), FILM),
    "/animate, result": (P, in_command("animate", of="proxy", films=1), FILM),
    "/draw": (R, in_command("draw"), ""),
    "/draw, picture": (R, in_command("draw", "image1", "image2"), ""),
    "/draw, chat": (R, in_command("draw", model="gemini-2.5-flash-image"), ""),
    "/draw, drawn": (R, on_page_after("draw", "image1"), ""),
    "/draw, drawn as typed": (R, left_on_page("draw", "image1"), ""),
    "/draw, reworded": (R, in_modal("draw", "Vary the prompt"), ""),
    "/draw, edited": (R, in_modal("draw", "Edit this"), ""),
    "/draw, cells": (R, for_cells("draw"), ""),
    "/draw, region drawn": (R, on_page("draw"), ""),
}
UNSAID = {" --ar 16:9", FILM}  # what the bot or the service adds


@pytest.mark.parametrize("name", WAYS)
async def test_what_was_typed_is_painted(desk: Desk, name: str) -> None:
    profile, type_, ending = WAYS[name]
    desk.studio.relay.profile = profile
    before = len(desk.studio.relay.tasks())

    await desk.studio.result(await type_(desk, TYPED + (ending if ending not in UNSAID else "")))

    painted_now = [task["prompt"] for task in desk.studio.relay.tasks()[before:]]
    assert painted_now == [TYPED + ending]
