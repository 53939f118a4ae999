"""Cards that are no interaction's first answer."""

import aiohttp
import pytest

from bot.domain.job import JobStatus
from bot.services import Services
from bot.ui.components.message_links import reference_to
from bot.ui.delivery.card_access import CardAccess
from bot.ui.messages.card_posts import follow_up_card, post_card
from tests.support.discord_bench import DiscordBench
from tests.support.walk import now, received

SEND = "/channels/*/messages"


async def test_a_card_replies_and_lets_its_job_run(bench: DiscordBench, services: Services) -> None:
    parent, place = await bench.job(JobStatus.DONE), bench.place()
    job = await received(services)
    channel = bench.client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)

    card_id = await post_card(services.jobs.intake, channel, job, reference_to(place, parent.card_id))

    card = bench.messages()[-1]
    assert (card.id, card.reply_to, card.mentions.users) == (card_id, parent.card_id, [])
    assert [button["custom_id"] for button in card.components[0]["components"]] == [f"easel:cancel:{job.id}"]
    assert (await now(services, job)).card_id == card_id
    assert services.jobs.live.queue.take() == [job.id]


async def test_without_its_card_a_job_does_not_run(bench: DiscordBench, services: Services) -> None:
    job = await received(services)
    bench.cut("POST", SEND)

    with pytest.raises(aiohttp.ClientError):
        await post_card(services.jobs.intake, bench.client.get_partial_messageable(bench.place().channel_id), job, None)

    assert (await now(services, job)).card_id is None
    assert services.jobs.live.queue.take() == []


async def test_a_follow_up_is_a_card_where_the_bot_may_not_post(bench: DiscordBench) -> None:
    job = await bench.job(JobStatus.RECEIVED, "lounge")
    webhook = CardAccess(bench.client, bench.cipher, bench.clock).webhook(job)
    assert webhook is not None

    card_id = await follow_up_card(webhook, job)

    answer, card = bench.messages("lounge")
    assert (card.id, card.reply_to, card.mentions.users) == (card_id, answer.id, [])
