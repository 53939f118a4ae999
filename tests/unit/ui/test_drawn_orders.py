"""Orders whose mask is drawn: a private link, and nothing admitted before the drawing comes."""

from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.domain.job import JobStatus
from bot.services import Services
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton
from tests.support.hands import EVERY_ENGINE, Hands, Interaction
from tests.support.makers import ANA, DAY, NO_LIMITS, make_job, make_place, make_result, make_settings, picture
from tests.support.ports import ShelfFetcher

STUDIO = make_place()
SERVED = make_settings(public_url="https://draw.example", web_port=8080)


@pytest.fixture
async def hands(services: Services) -> Hands:
    services.jobs.engines._by_name = dict.fromkeys(EVERY_ENGINE, services.jobs.engines.get("midjourney"))
    return await Hands.of(replace(services, settings=SERVED))


def url_in(interaction: Interaction) -> str:
    """The address behind the one button that was shown last."""
    (button,) = interaction.answer.views[-1].children
    assert isinstance(button, discord.ui.Button)
    return button.url or ""


async def opened(hands: Hands, interaction: Interaction) -> Any:
    """What the link leads to."""
    mask_editor = hands.bot.flows.mask_editor
    return await mask_editor.open(mask_editor._links.read(url_in(interaction).partition("#")[2]))


@pytest.mark.parametrize(
    ("name", "options"),
    [("edit", {"picture": "88"}), ("draw", {"image1": "88", "image2": "88"})],
)
async def test_command_gives_a_link_and_starts_nothing(
    name: str, options: dict[str, str], hands: Hands, services: Services
) -> None:
    asked = await hands.command(name, ANA.id, STUDIO, region=True, **options)

    order = (await opened(hands, asked)).order
    assert "only for you" in asked.said
    assert (order.request.prompt, order.request.is_masked) == ("a cat", True)
    assert len(order.request.pictures) == len(options)
    assert all([await services.pictures.has(key) for key in order.request.pictures])
    assert await services.store.unfinished() == []
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_result_of_ones_own_is_drawn_on(hands: Hands, services: Services) -> None:
    job = make_job(JobStatus.DONE)
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture())
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    result = make_result().model_copy(update={"picture": f"{job.id}.png"})
    await services.store.update(job, result=result, result_message_id=500)

    link = await opened(hands, await hands.command("edit", ANA.id, STUDIO, result=job.id, region=True))

    assert (link.parent.id, link.pressed.message_id, link.ticket.job_id) == (job.id, 500, job.id)


async def test_same_picture_finds_what_was_drawn_on_it(hands: Hands, fetcher: ShelfFetcher) -> None:
    first, same = [await hands.command("edit", ANA.id, STUDIO, picture="88", region=True) for _number in range(2)]
    fetcher.shelf = dict.fromkeys(fetcher.shelf, picture(colour="red"))
    other = await hands.command("edit", ANA.id, STUDIO, picture="88", region=True)

    names = [(await opened(hands, one)).canvas for one in (first, same, other)]
    assert names[0] == names[1] != names[2]


async def test_doubtful_prompt_is_asked_about_before_the_link(hands: Hands) -> None:
    asked = await hands.command("edit", ANA.id, STUDIO, picture="88", region=True, prompt="a cat --stylze 50")
    fix = next(one for one in asked.answer.views[-1].children if isinstance(one, JobButton))

    answered = await hands.press(JobAction.FIX_AND_RUN, fix.job_id, ANA.id, STUDIO)

    assert (await opened(hands, answered)).prompt == "a cat --stylize 50"
    again = await hands.press(JobAction.FIX_AND_RUN, fix.job_id, ANA.id, STUDIO)
    assert "already answered" in again.said


async def test_text_is_kept_when_its_file_is_no_picture(hands: Hands, fetcher: ShelfFetcher) -> None:
    fetcher.shelf = dict.fromkeys(fetcher.shelf, b"no picture")

    refused = await hands.command("edit", ANA.id, STUDIO, picture="88", region=True)

    (button,) = refused.answer.views[-1].children
    assert isinstance(button, JobButton)
    assert button.item.label == "Edit and run again"
    draft = await hands.drafts.get(button.job_id, ANA)
    assert (draft.text, draft.is_drawn, draft.lacks_pictures) == ("a cat", True, True)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("edit", {"picture": "88", "mask": "88"}, "either give a mask or draw"),
        ("draw", {}, "Please add the picture"),
        ("draw", {"image1": "88", "model": "nano-banana"}, "takes no mask"),
        ("draw", {"image1": "88", "model": "flux-kontext-pro", "quality": "high"}, "has no choice of quality"),
    ],
)
async def test_nobody_draws_in_vain(
    name: str, options: dict[str, Any], words: str, hands: Hands, fetcher: ShelfFetcher
) -> None:
    refused = await hands.command(name, ANA.id, STUDIO, region=True, **options)

    assert words in refused.said
    assert fetcher.fetched == []


async def test_without_a_page_the_mask_is_asked_for(services: Services) -> None:
    refused = await (await Hands.of(services)).command("edit", ANA.id, STUDIO, picture="88", region=True)

    assert "Drawing in the browser is not set up" in refused.said
