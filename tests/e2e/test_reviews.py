"""Results that moderators look at first: shown to them alone, decided once, and whatever is killed, posted once."""

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

from sandbox.message_view import Message, buttons, faces
from sandbox.panel import open_panel
from tests.e2e.studio import Ordered, Studio, result_files
from tests.e2e.test_command_line import call
from tests.e2e.test_compare import compare, go_ons, parts, pings, whole
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SMALL = "--ar 1:1 --seed 7"
REVIEW, LOG = "news", "after-dark"
WAITS = "(Waiting for a moderator)"


async def set_rules(studio: Studio, **rules: Any) -> None:
    """Let results of the studio wait; rules of the server beside that."""
    server = {"review_channel": studio.channel_id(REVIEW), "log": studio.channel_id(LOG)} | rules
    chosen = {"server": server, f"channel:{studio.channel_id('studio')}": {"review": True}}
    file = studio.upload("rules.json", json.dumps(chosen).encode())
    said = await studio.slash("easel import", {"file": file}, user="mia")
    await studio.with_text(said, "Imported: ", user="mia")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _rules(studio: Studio) -> None:
    await set_rules(studio)


def asked(studio: Studio, job: Ordered, channel: str = REVIEW) -> list[Message]:
    """What asks moderators about a job."""
    return [m for m in studio.messages(channel, "mia") if f":{job.id}" in str(m["components"])]


async def held(studio: Studio, prompt: str = "a fox") -> tuple[Ordered, Message]:
    """A job whose result waits, and the message that asks about it."""
    job = await studio.imagine(f"{prompt} {SMALL}")
    (message,) = await studio.eventually(lambda: asked(studio, job), "the result in the review channel")
    await studio.shows(job, WAITS)
    return job, message


async def is_decided(studio: Studio, message: Message, text: str) -> Message:
    """The message once it says what was decided; nothing of the result is left there."""

    def closed() -> Message | None:
        now = studio.now(message, user="mia")
        return now if now is not None and not now["attachments"] and not buttons(now) else None

    now = await studio.eventually(closed, "nothing left to decide")
    assert text in now["content"]
    return now


async def test_result_is_shown_to_moderators_alone_and_posted_when_one_approves(studio: Studio) -> None:
    job, message = await held(studio)

    assert [file["filename"] for file in message["attachments"]] == [f"review-{job.id}.png"]
    assert faces(message) == [["Approve", "Spoiler", "Reject"]]
    assert studio.results(job.id, "studio") == []
    card = studio.card(job)
    assert card is not None
    assert (card["attachments"], faces(card)) == ([], [["Cancel Job"]])

    await studio.click(message, "Approve", user="mia")

    assert result_files(await studio.result(job)) == [f"easel-{job.id}.png"]
    assert studio.mention("mia") in (await is_decided(studio, message, "approved"))["content"]


async def test_spoiler_is_posted_covered(studio: Studio) -> None:
    job, message = await held(studio)

    await studio.click(message, "Spoiler", user="mia")

    assert result_files(await studio.result(job)) == [f"SPOILER_easel-{job.id}.png"]


async def test_who_may_not_manage_anything_decides_nothing(studio: Studio) -> None:
    job, message = await held(studio)

    said = await studio.press(message, "Approve", user="ben")

    assert "Only people who can manage this server" in said["content"]
    assert studio.results(job.id, "studio") == []


@pytest.mark.parametrize(
    ("choice", "state", "told"), [("back", "released", "given back"), ("spent", "settled", "stay spent")]
)
async def test_rejection_tells_its_reason_and_what_became_of_the_units(
    studio: Studio, choice: str, state: str, told: str
) -> None:
    before = studio.spent_today()
    job, message = await held(studio)

    modal = await studio.open(message, "Reject", user="mia")
    await studio.send(modal, prompt="No foxes in here", choice=[choice])

    card = await studio.shows(job, "No foxes in here")
    assert "(Not approved)" in card["content"]
    assert told in card["content"]
    assert (studio.units(job), studio.spent_today() - before) == (state, 0 if choice == "back" else 1)
    await is_decided(studio, message, "rejected")
    await studio.eventually(lambda: not kept_files(studio, job), "its pictures deleted")
    assert studio.results(job.id, "studio") == []
    log = await studio.eventually(lambda: logged(studio, "No foxes in here"), "the decision in the log channel")
    assert studio.mention("mia") in log[-1]["content"]


def kept_files(studio: Studio, job: Ordered) -> list[Any]:
    return list(rows(studio.database, f"SELECT key FROM pictures WHERE key LIKE '{job.id}%' AND kind <> 'removed'"))


def logged(studio: Studio, text: str) -> list[Message]:
    return [message for message in studio.messages(LOG, "mia") if text in message["content"]]


async def test_of_ten_presses_at_the_same_instant_one_counts(studio: Studio) -> None:
    job, message = await held(studio)

    presses = [studio.press(message, ("Approve", "Spoiler")[number % 2], user="mia") for number in range(10)]
    await asyncio.gather(*presses)

    await studio.result(job)
    acts = list(rows(studio.database, f"SELECT act FROM audit WHERE before = '{job.id}'"))
    assert len(acts) == 1
    late = await studio.press(message, "Reject", user="mia") if buttons(studio.now(message, user="mia") or {}) else None
    assert late is None or "approved" in late["content"]


async def test_it_waits_over_a_kill_and_is_posted_once(studio: Studio) -> None:
    job, message = await held(studio)

    await studio.kill()
    await studio.start()
    await studio.click(message, "Approve", user="mia")

    await studio.result(job)
    assert len(asked(studio, job)) == 0


async def test_nobody_is_asked_twice_where_the_answer_was_lost(studio: Studio) -> None:
    review = f"/channels/{studio.channel_id(REVIEW)}/messages"
    studio.discord_fault("POST", review, drop="after", times=10)

    job = await studio.imagine(f"an owl {SMALL}")
    await studio.eventually(lambda: asked(studio, job), "the result in the review channel")
    studio.clear_faults()
    await studio.kill()
    await studio.start()
    known = f"SELECT count(*) FROM reviews WHERE job_id = '{job.id}' AND message_id IS NOT NULL"
    await studio.eventually(lambda: studio.stored(known), "its message known")

    (message,) = asked(studio, job)
    await studio.click(message, "Approve", user="mia")
    await studio.result(job)


async def test_what_nobody_looks_at_goes_as_the_server_wants(studio: Studio) -> None:
    await set_rules(studio, review_minutes=5, review_after="spoiler")

    job = await studio.imagine(f"a heron {SMALL}")

    assert result_files(await studio.result(job)) == [f"SPOILER_easel-{job.id}.png"]
    decided = [m for m in studio.messages(REVIEW, "mia") if "Nobody decided in time" in m["content"]]
    assert decided


async def test_without_a_channel_that_can_be_reached_the_log_says_so_once_and_time_decides(studio: Studio) -> None:
    closed = studio.channel_id("no-posting")
    await set_rules(studio, review_channel=closed, review_minutes=5, review_after="post")

    jobs = [await studio.imagine(f"{what} {SMALL}") for what in ("a kite", "a plum")]

    for job in jobs:
        await studio.result(job)
    said = await studio.eventually(lambda: logged(studio, "review channel out of reach"), "the log's word")
    assert sum(one["content"].count("review channel out of reach") for one in said) == 1


async def test_list_of_ones_jobs_says_that_it_waits_and_offers_nothing(studio: Studio) -> None:
    _job, _message = await held(studio, "a barn")

    listed = await studio.slash("jobs")

    line = next(line for line in listed["content"].splitlines() if "a barn" in line)
    assert "waiting for a moderator" in line
    assert not [face for row in faces(listed) for face in row if face.startswith("Post")]


async def test_what_its_author_withdraws_is_taken_from_the_moderators(studio: Studio) -> None:
    job, message = await held(studio, "a quince")
    card = studio.card(job)
    assert card is not None

    await studio.click(card, "Cancel Job", user="ben")
    await studio.told("Only the person who started this job can do that", user="ben")
    await studio.click(card, "Cancel Job")

    await studio.told("Withdrawn.")
    await studio.eventually(lambda: studio.now(message, user="mia") is None, "nothing to decide")
    assert (studio.card(job), kept_files(studio, job), studio.units(job)) == (None, [], "settled")


async def test_what_is_erased_with_its_author_is_taken_from_the_moderators(studio: Studio) -> None:
    job = await studio.imagine(f"a pear {SMALL}", user="ben")
    (message,) = await studio.eventually(lambda: asked(studio, job), "the result in the review channel")
    told = f"SELECT count(*) FROM jobs WHERE id = '{job.id}' AND told"
    await studio.eventually(lambda: studio.stored(told), "the card's word")

    panel = await open_panel(studio, "privacy", user="ben")
    await (await panel.press("Erase my data…")).write("Erase", "erase")

    await studio.eventually(lambda: studio.now(message, user="mia") is None, "nothing to decide")


async def test_comparison_shows_what_was_let_through_alone_and_is_over_when_all_is_decided(studio: Studio) -> None:
    card = await compare(studio, {"prompt": f"a harbour {SMALL}", "engines": "midjourney, ideogram"})
    waiting = "SELECT id FROM jobs WHERE in_review AND group_id IS NOT NULL AND status = 'undeliverable'"
    jobs = await studio.eventually(
        lambda: found if len(found := [row["id"] for row in rows(studio.database, waiting)]) == 2 else None,
        "both waiting",
    )
    messages = {job_id: await asking(studio, job_id) for job_id in jobs}
    assert go_ons(studio.message(card["id"]) or {}) == []
    first, second = jobs

    await studio.click(messages[first], "Spoiler", user="mia")
    shown = await whole(studio, card, 1)
    covered = [item["spoiler"] for part in parts(shown) for item in part.get("items", ())]
    assert (covered, pings(studio, card)) == ([True], [])
    modal = await studio.open(messages[second], "Reject", user="mia")
    await studio.send(modal, prompt="Not this one")

    (ping,) = await studio.eventually(lambda: pings(studio, card), "the ping")
    assert "1 of 2 is ready, 1 failed." in ping["content"]


async def asking(studio: Studio, job_id: str) -> Message:
    """The message that asks about a job."""
    (message,) = await studio.eventually(
        lambda: [m for m in studio.messages(REVIEW, "mia") if f":{job_id}" in str(m["components"])], "a question"
    )
    return message


async def test_doctor_looks_whether_the_review_channel_can_be_written(studio: Studio) -> None:
    await set_rules(studio)
    open_code, said = await call(studio, "doctor", studio.sandbox.data)
    assert any(f"the bot may write in the review channel #{REVIEW}." in line for line in said)

    await set_rules(studio, review_channel=studio.channel_id("no-posting"))
    closed_code, said = await call(studio, "doctor", studio.sandbox.data)

    missing = "rights are missing in the review channel #no-posting (Send Messages, Attach Files, Embed Links)"
    assert any(missing in line for line in said)
    assert (open_code, closed_code) == (0, 0)


async def test_nothing_was_paid_posted_or_edited_too_often(studio: Studio) -> None:
    studio.check_house_rules()
