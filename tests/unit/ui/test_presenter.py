"""How jobs end on their cards, and who is told."""

import asyncio
import io
from dataclasses import replace
from typing import Any

import aiohttp
import discord
import pytest

from bot.domain.alerts import Alert, AlertKind, Level
from bot.domain.job import Failure, FailureKind, Job, JobStatus, MessageLocation
from bot.domain.outcomes import Told, Working
from bot.fairness import AnswersFirst
from bot.language import Sentence
from bot.operation.open_alerts import OpenAlerts
from bot.relay.webhook import post_to_webhook
from bot.storage.jobs import JobStore
from bot.ui.delivery.card_access import CardAccess
from bot.ui.delivery.owner_messages import OwnerMessages
from bot.ui.delivery.presenter import DiscordPresenter
from sandbox.discord.model import Message
from tests.support.discord_bench import DiscordBench
from tests.support.makers import TASK, make_settings
from tests.support.ports import at_work, until

BY_TOKEN, BY_BOT, FOLLOW_UP = "/webhooks/*/messages/*", "/channels/*/messages/*", "/webhooks/*"
RELAY = Failure(kind=FailureKind.RELAY, detail="no more steam")
ENDS = {
    JobStatus.FAILED: ["Why?", "Try again", "Edit and run again"],
    JobStatus.EXPIRED: ["Why?", "Try again", "Edit and run again", "Look again"],
    JobStatus.CANCELLED: [],
    JobStatus.UNDELIVERABLE: [],
    JobStatus.AWAITING_INPUT: ["Answer", "Cancel Job"],
    JobStatus.UNCERTAIN: ["Why?", "Look again", "Send again (may be charged twice)", "Give up"],
}


def labels(message: Message) -> list[str]:
    return [button["label"] for row in message.components for button in row["components"]]


async def ended(bench: DiscordBench, status: JobStatus, channel: str = "studio", **changes: Any) -> Job:
    known: dict[str, Any] = {"failure": RELAY, "task_id": TASK}
    return await bench.job(status, channel, **(known | changes))


@pytest.mark.parametrize("status", ENDS)
async def test_an_end_stands_on_the_card_with_what_can_be_done(
    status: JobStatus, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, status)

    assert await discord_presenter.post(job, 0) == Told()

    (card,) = bench.messages()
    assert card.content != "Working"
    assert labels(card) == ENDS[status]


async def test_what_waits_for_a_moderator_says_so_and_shows_nothing(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.UNDELIVERABLE, in_review=True, failure=None)

    await discord_presenter.post(job, 0)

    (card,) = bench.messages()
    assert "(Waiting for a moderator)" in card.content
    assert (labels(card), card.attachments) == (["Cancel Job"], [])


@pytest.mark.parametrize(("is_private", "is_told"), [(True, True), (False, False)])
async def test_rejection_is_told_directly_where_its_card_is_out_of_reach(
    bench: DiscordBench, discord_presenter: DiscordPresenter, *, is_private: bool, is_told: bool
) -> None:
    failure = Failure(kind=FailureKind.POLICY, detail="no faces", is_rejected=True)
    job = await ended(bench, JobStatus.FAILED, failure=failure, is_private=is_private, token=None)
    job = job.with_(place=replace(job.place, may_post=not is_private))

    await discord_presenter.post(job, 0)

    told = [message.content for message in bench.messages("dm-ana")]
    assert len(told) == int(is_told)
    assert all("no faces" in text for text in told)


async def test_what_timed_out_without_a_task_cannot_be_looked_at(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    await discord_presenter.post(await ended(bench, JobStatus.EXPIRED, task_id=None), 0)

    assert labels(bench.messages()[0]) == ["Why?", "Try again", "Edit and run again"]


async def test_what_was_held_back_keeps_no_preview(bench: DiscordBench, discord_presenter: DiscordPresenter) -> None:
    job = await ended(bench, JobStatus.FAILED, failure=Failure(kind=FailureKind.POLICY))
    cards = CardAccess(bench.client, bench.cipher, bench.clock)
    await cards.edit(job, "Nearly", None, [discord.File(io.BytesIO(b"RIFF"), "preview.webp")])

    await discord_presenter.post(job, 0)

    assert bench.messages()[0].attachments == []
    assert "Try again" not in labels(bench.messages()[0])


async def test_a_card_is_removed_once_its_result_is_posted(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    await discord_presenter.post(await ended(bench, JobStatus.DONE, result_message_id=77), 0)

    assert bench.messages() == []


@pytest.mark.parametrize("status", [JobStatus.RECEIVED, JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.REMOVED])
async def test_of_other_states_nobody_is_told(
    status: JobStatus, bench: DiscordBench, discord_presenter: DiscordPresenter, caplog: pytest.LogCaptureFixture
) -> None:
    assert await discord_presenter.post(await ended(bench, status), 0) == Told()

    assert bench.calls == []
    assert "nothing to post" in caplog.text


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50001)])
async def test_a_card_that_is_gone_ends_unseen(
    status: int, code: int, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.FAILED)
    bench.refuse("PATCH", BY_TOKEN, status, code)

    assert await discord_presenter.post(job, 0) == Told()


async def test_an_outage_leaves_the_end_to_be_told_later(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.FAILED)
    bench.cut("PATCH", BY_TOKEN)

    with pytest.raises(aiohttp.ClientError):
        await discord_presenter.post(job, 0)


async def test_a_card_whose_id_was_lost_shows_the_end_all_the_same(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.CANCELLED)

    await discord_presenter.post(job.with_(card_id=None), 0)

    assert bench.messages()[0].content != "Working"


async def test_an_end_is_shown_after_the_edit_that_is_on_its_way(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job, other = await ended(bench, JobStatus.FAILED), await ended(bench, JobStatus.FAILED)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await go_on.wait()

    edit = asyncio.create_task(discord_presenter.editor.finish(job.id, slow), name="edit")
    await begun.wait()
    end = asyncio.create_task(discord_presenter.post(job, 0), name="end")
    for _time in range(2):  # calls stand in line, and the first of the other job's goes before all
        await discord_presenter.post(other, 0)

    assert [f"/messages/{job.card_id}" in call for call in bench.calls] == [False, False]
    go_on.set()
    await asyncio.gather(edit, end)
    assert labels(bench.messages()[0]) == ENDS[JobStatus.FAILED]


# Refusals.


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FailureKind.FORGOTTEN, ["Run the prompt again"]),
        (FailureKind.MASK_EMPTY, ["Send it anyway"]),
        (FailureKind.MASK_FULL, ["Send it anyway"]),
        (FailureKind.BANNED, ["Edit and run again"]),
        (FailureKind.UNSUPPORTED, ["Edit and run again"]),
    ],
)
async def test_the_author_alone_is_told_of_a_refusal_and_the_card_goes(
    kind: FailureKind, expected: list[str], bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.REFUSED, failure=Failure(kind=kind))

    await discord_presenter.post(job, 0)

    (told,) = bench.messages()
    assert told.visible_to == job.actor.id
    assert labels(told) == expected


@pytest.mark.parametrize("is_known_dead", [True, False])
async def test_where_nobody_can_be_told_alone_the_card_says_it(
    is_known_dead: bool, bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.REFUSED)
    if is_known_dead:
        bench.clock.pass_by(3600)
    else:
        bench.refuse("*", FOLLOW_UP, 401, 50027)

    await discord_presenter.post(job, 0)

    (card,) = bench.messages()
    assert card.id == job.card_id
    assert labels(card) == ["Why?", "Try again", "Edit and run again"]


async def test_a_refusal_that_could_not_be_told_is_told_later(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    job = await ended(bench, JobStatus.REFUSED)
    bench.refuse("POST", FOLLOW_UP, 400, 50035)

    with pytest.raises(Exception, match="50035"):
        await discord_presenter.post(job, 0)

    assert len(bench.messages()) == 1


# While it runs.


async def test_progress_is_shown_on_a_jobs_own_card_alone(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    other = await bench.job(JobStatus.RUNNING)
    job = await bench.job(JobStatus.RUNNING, group_id="b" * 16)  # a question gave it one
    discord_presenter.show(other.with_(group_id="a" * 16, card_id=None), Working(62))
    discord_presenter.show(job, Working(31))

    async with at_work(discord_presenter.editor.run(AnswersFirst())):
        await until(lambda: bench.calls)

    assert [f"/messages/{job.card_id}" in call for call in bench.calls] == [True]


async def test_the_owner_hears_what_jobs_have_to_tell_and_when_it_is_over(
    bench: DiscordBench, discord_presenter: DiscordPresenter, store: JobStore
) -> None:
    alert = Alert(AlertKind.KEY, Level.CRITICAL, Sentence("The relay wants another key."), "fal")
    await discord_presenter.alert_owner(alert)
    await discord_presenter.resolve_alert(AlertKind.KEY, "fal")

    messages = OwnerMessages(bench.client, make_settings().alerts, post_to_webhook)
    async with at_work(discord_presenter.alerts.run(OpenAlerts(store.notes, bench.clock), messages)):
        await discord_presenter.alerts.waiting.join()

    assert len(bench.messages("dm-ana")) == 2
    assert all(message.content.endswith("The relay wants another key.") for message in bench.messages("dm-ana"))


async def test_what_stands_in_for_a_job_leaves_nothing_to_try(
    bench: DiscordBench, discord_presenter: DiscordPresenter
) -> None:
    place = MessageLocation(guild_id=None, channel_id=1, message_id=2)
    failure = Failure(kind=FailureKind.SENT_AGAIN, instead=place)
    job = await ended(bench, JobStatus.EXPIRED, failure=failure)

    await discord_presenter.post(job, 0)

    assert labels(bench.messages()[0]) == ["Look again"]
