"""Where links lead: to messages that last, and that whoever reads them can open."""

import pytest

from bot.domain.job import Job, JobStatus, Place
from bot.domain.requests import Imagine
from bot.services import Services
from bot.ui.components.message_links import job_link
from bot.ui.flows.known_jobs import sent_to, where_is
from bot.ui.flows.prompt_flow import PANEL
from bot.ui.messages.job_list import list_text
from tests.support.hands import Hands
from tests.support.makers import ANA, make_job, make_place

STUDIO = make_place()
CHANNEL = "https://discord.com/channels/201/301"


def private_job() -> Job:
    """A running job whose card only its author sees, and no link opens."""
    return make_job(is_private=True, place=STUDIO.for_author)


def test_a_job_is_led_to_where_it_stands() -> None:
    jobs = make_job(), make_job(JobStatus.DONE, result_message_id=500), private_job()

    assert [job_link(job) for job in jobs] == [f"{CHANNEL}/401", f"{CHANNEL}/500", CHANNEL]


def test_no_link_leads_to_what_only_its_author_sees() -> None:
    job = private_job()

    assert "401" not in where_is(job).render("en-US") + list_text([job], "en-US")
    assert "401" in where_is(make_job()).render("en-US")


@pytest.mark.parametrize(
    ("place", "told"),
    [(STUDIO, "Sent."), (make_place(channel_id=302), "Sent: https://discord.com/channels/201/302")],
)
def test_what_was_sent_is_led_to_by_its_channel_where_that_is_another(place: Place, told: str) -> None:
    assert sent_to(place, STUDIO).render("en-US") == told


async def test_panel_says_that_it_was_sent_and_leads_to_no_card(services: Services) -> None:
    hands = await Hands.of(services)
    interaction = hands.interaction(ANA.id, STUDIO)

    await hands.bot.flows.starter.start(interaction, Imagine(prompt="a cat"), mode=None, question=PANEL)

    assert interaction.answer.texts[-1] == "Sent."
