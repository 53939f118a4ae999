"""Cards are reached by the interaction's token while it lives, by the bot's own afterwards."""

import io
from datetime import timedelta

import aiohttp
import discord
import pytest

from bot.domain.job import Job, JobStatus
from bot.ui.components.job_buttons import stopped_view
from bot.ui.delivery.card_access import CardAccess
from tests.support.discord_bench import DiscordBench
from tests.support.makers import START

BY_TOKEN, BY_BOT = "/webhooks/*/messages/*", "/channels/*/messages/*"
DEAD_TOKEN = [(404, 10015), (404, 10062), (401, 50027)]
LIFE = timedelta(minutes=15)


@pytest.fixture
def cards(bench: DiscordBench) -> CardAccess:
    return CardAccess(bench.client, bench.cipher, bench.clock)


def preview() -> list[discord.File]:
    return [discord.File(io.BytesIO(b"RIFF"), "preview.webp")]


async def test_a_living_token_edits_the_card_and_keeps_its_files(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.FAILED, "lounge")
    await cards.edit(job, "Nearly", None, preview())

    await cards.edit(job, "Over", stopped_view(job), [])

    (card,) = bench.messages("lounge")
    assert card.content == "Over"
    assert [file.filename for file in card.attachments] == ["preview.webp"]
    assert len(card.components[0]["components"]) == 3


async def test_a_card_without_files_loses_those_it_had(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.FAILED)
    await cards.edit(job, "Nearly", None, preview())

    await cards.edit(job, "Over", None, None)

    assert bench.messages()[0].attachments == []


@pytest.mark.parametrize(("status", "code"), DEAD_TOKEN)
async def test_a_token_that_died_early_leaves_the_bots_own(
    status: int, code: int, bench: DiscordBench, cards: CardAccess
) -> None:
    job = await bench.job(JobStatus.RUNNING)
    bench.refuse("PATCH", BY_TOKEN, status, code)

    await cards.edit(job, "Nearly", None, preview())

    (card,) = bench.messages()
    assert card.content == "Nearly"
    assert [file.data for file in card.attachments] == [b"RIFF"]


async def test_an_expired_token_is_not_even_tried(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.RUNNING)
    bench.clock.pass_by(3600)

    await cards.edit(job, "Late", None, [])

    assert bench.calls == [f"PATCH /channels/{job.place.channel_id}/messages/{job.card_id}"]


async def test_a_guest_without_a_token_leaves_the_card(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.RUNNING, "lounge", token=None)

    await cards.edit(job, "Late", None, [])
    await cards.remove(job)

    assert bench.calls == []


async def test_a_job_without_a_card_changes_nothing(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.RUNNING, card_id=None)

    await cards.edit(job, "Over", None, [])
    await cards.remove(job)

    assert bench.calls == []


async def test_other_refusals_of_an_edit_are_the_callers(bench: DiscordBench, cards: CardAccess) -> None:
    job = await bench.job(JobStatus.RUNNING)
    bench.refuse("PATCH", BY_TOKEN, 404, 10008)

    with pytest.raises(discord.NotFound):
        await cards.edit(job, "Over", None, [])


async def test_cards_are_removed_but_never_results(bench: DiscordBench, cards: CardAccess) -> None:
    job, other = await bench.job(JobStatus.DONE), await bench.job(JobStatus.DONE)

    await cards.remove(job)
    await cards.remove(other.with_(result_message_id=other.card_id))

    assert [message.id for message in bench.messages()] == [other.card_id]


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50001)])
async def test_a_card_that_is_gone_needs_no_removing(
    status: int, code: int, bench: DiscordBench, cards: CardAccess
) -> None:
    job = await bench.job(JobStatus.DONE)
    bench.refuse("DELETE", BY_TOKEN, status, code)

    await cards.remove(job)

    assert len(bench.messages()) == 1


# Cards whose ids never reached us.


async def lost(bench: DiscordBench, channel: str = "studio") -> tuple[Job, int | None]:
    """A job that does not know its card, and the card."""
    job = await bench.job(JobStatus.RUNNING, channel)
    return job.with_(card_id=None), job.card_id


@pytest.mark.parametrize("channel", ["studio", "lounge", "dm-ana"])
async def test_a_lost_card_is_the_tokens_first_answer(channel: str, bench: DiscordBench, cards: CardAccess) -> None:
    job, card_id = await lost(bench, channel)

    assert await cards.find_lost(job, until=job.created_at + LIFE) == card_id
    assert len(bench.calls) == 1


@pytest.mark.parametrize(("status", "code"), [*DEAD_TOKEN, (404, 10008)])
async def test_a_lost_card_stands_in_history(status: int, code: int, bench: DiscordBench, cards: CardAccess) -> None:
    job, card_id = await lost(bench)
    bench.refuse("GET", BY_TOKEN, status, code)

    assert await cards.find_lost(job, until=job.created_at + LIFE) == card_id


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_lost_card_is_searched_where_it_can_stand_and_among_others(
    is_late: bool, bench: DiscordBench, cards: CardAccess
) -> None:
    _other, _card_id = await lost(bench)
    if is_late:
        bench.clock.pass_by(3600)
    job, card_id = await lost(bench)

    found = await cards.find_lost(job.with_(token=None), until=START + LIFE)

    assert found == (None if is_late else card_id)


async def test_anothers_card_is_not_taken_for_the_lost_one(bench: DiscordBench, cards: CardAccess) -> None:
    (job, card_id), (other, _card_id) = await lost(bench), await lost(bench)

    assert await cards.find_lost(job.with_(token=other.token), until=None) == card_id


async def test_a_guests_lost_card_is_found_by_its_token_alone(bench: DiscordBench, cards: CardAccess) -> None:
    job, _card_id = await lost(bench, "lounge")
    bench.clock.pass_by(3600)

    assert await cards.find_lost(job, until=None) is None
    assert bench.calls == []


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003)])
async def test_what_cannot_be_searched_is_not_found(
    status: int, code: int, bench: DiscordBench, cards: CardAccess
) -> None:
    job, _card_id = await lost(bench)
    bench.refuse("GET", "/*", status, code)

    with pytest.raises(discord.HTTPException):
        await cards.find_lost(job, until=None)
    assert await cards.find_lost(job.with_(token=None), until=None) is None


async def test_an_outage_is_no_answer(bench: DiscordBench, cards: CardAccess) -> None:
    job, _card_id = await lost(bench)
    bench.cut("GET", BY_TOKEN)

    with pytest.raises(aiohttp.ClientError):
        await cards.find_lost(job, until=None)
