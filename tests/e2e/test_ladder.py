"""Where results go: the channel, else the card while its token lives, else a direct message, else the member's list.

At this speed a token lives 7.5 s and the slow job takes 10 s.
"""

import pytest
import pytest_asyncio

from sandbox.message_view import Message, cell, faces, is_private
from tests.e2e.studio import CAT, Ordered, Studio, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 120.0
SLOW = f"{CAT} --relax --sandbox-slow"
PLACES = ("studio", "no-posting", "dm-ana", "side-thread", "lounge")
OWN_PLACE = "hall"  # of the tests that close it: the slow jobs post all the while in the others


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow_jobs(studio: Studio) -> dict[str, Ordered]:
    """In every kind of place a job that outlives its token, and more that take long; all at once."""
    # The picture is painted before: in the 5 s before a token's death, its card must change whatever else is to do.
    await studio.result(await studio.imagine())
    jobs = {place: await studio.imagine(SLOW, channel=place) for place in PLACES}
    mia = studio.sandbox.discord.state.user("mia")
    assert mia is not None
    mia.accepts_dms = False
    jobs["closed"] = await studio.imagine(SLOW, channel="no-posting", user="mia")
    jobs["endless"] = await studio.imagine(f"{CAT} --sandbox-stuck")
    return jobs


@pytest.mark.parametrize("place", ["studio", "dm-ana", "side-thread"])
async def test_a_job_longer_than_its_token_is_posted_where_the_bot_may_post(
    studio: Studio, slow_jobs: dict[str, Ordered], place: str
) -> None:
    message = await studio.result(slow_jobs[place])

    assert "interaction_metadata" not in message
    assert "reference" not in message
    assert [user["username"] for user in message["mentions"]] == ["ana"]


@pytest.mark.parametrize("place", ["no-posting", "lounge"])
async def test_a_job_longer_than_its_token_is_sent_directly_where_the_bot_may_not_post(
    studio: Studio, slow_jobs: dict[str, Ordered], place: str
) -> None:
    job = slow_jobs[place]

    def sent() -> list[Message]:
        return studio.results(job.id, "dm-ana")

    message = (
        await studio.eventually(
            sent,
            "the direct message",
        )
    )[0]

    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]
    assert faces(studio.states(job.card["id"])[-1])[0] == ["Check", "Cancel Job"]
    assert "press Check" in studio.states(job.card["id"])[-1]["content"]


async def test_a_place_without_the_right_to_post_is_told_before_spending(studio: Studio) -> None:
    job = await studio.imagine(channel="no-posting")

    assert job.card["content"].endswith("the picture will appear here.")
    assert studio.states(job.card["id"])[0]["id"] == job.card["id"]


async def test_the_card_becomes_the_result_where_the_bot_may_not_post(studio: Studio) -> None:
    job = await studio.imagine(channel="no-posting")

    message = await studio.result(job)

    assert message["id"] == job.card["id"]
    assert result_files(message) == [f"easel-{job.id}.png"]
    assert faces(message) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]


async def test_a_short_follow_up_pings_when_the_card_became_the_result(studio: Studio) -> None:
    job = await studio.imagine(channel="no-posting")

    def ping() -> Message | None:
        later = [m for m in studio.messages("no-posting") if int(m["id"]) > int(job.card["id"])]
        return next((m for m in later if job.card["id"] in m["content"]), None)

    message = await studio.eventually(ping, "the ping")

    assert [user["username"] for user in message["mentions"]] == ["ana"]
    assert "Your picture is ready" in message["content"]


async def test_the_buttons_of_a_card_that_became_the_result_work(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(channel="no-posting"))

    single = await studio.result(await studio.follow_up(grid, "U3"))

    assert same_pixels(await studio.picture(single), cell(await studio.picture(grid), 3))


async def test_a_press_on_check_keeps_a_long_job_in_its_place(studio: Studio) -> None:
    studio.let_relay_work(0.01)  # until the card has been kept alive for longer than a token lives
    job = await studio.imagine(SLOW, channel="no-posting")
    assert faces(job.card) == [["Cancel Job"]]

    for _press in range(2):  # each is good for another life of a token; four edits later the first is dead
        card = await studio.shows(job, "press Check")
        await studio.click(card, "Check")
        await studio.eventually(lambda: "press Check" not in (studio.card(job) or job.card)["content"], "a fresh card")
    studio.finish(job)
    message = await studio.result(job)

    assert message["id"] == job.card["id"]
    assert studio.results(job.id, "dm-ana") == []


async def test_a_result_without_any_place_waits_in_the_list_until_its_author_shows_it(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await studio.imagine(SLOW, user="ben", channel=OWN_PLACE)
    await studio.running(job)
    invalid = {"message": "Invalid", "code": 50027}
    studio.discord_fault("PATCH", f"/webhooks/*/messages/{job.card['id']}", status=401, body=invalid, times=1000)
    close(studio)
    monkeypatch.setattr(studio.sandbox.discord.state.user("ben"), "accepts_dms", False)
    studio.finish(job)
    await studio.eventually(lambda: no_place(studio, job), "an undeliverable result")
    studio.clear_faults()

    listed = await studio.slash("jobs", user="ben", channel="studio")
    shown = await studio.press(listed, "Post no. 1 here", user="ben")

    assert is_private(listed)
    assert "it could not be posted" in listed["content"]
    assert not is_private(shown)
    found = await studio.eventually(lambda: studio.results(job.id, "studio", "ben"), "the result in the studio")
    assert len(found) == 1


async def test_a_closed_direct_message_leaves_the_result_in_the_list(
    studio: Studio, slow_jobs: dict[str, Ordered]
) -> None:
    job = slow_jobs["closed"]

    await studio.eventually(lambda: no_place(studio, job), "an undeliverable result")
    listed = await studio.slash("jobs", user="mia")
    await studio.press(listed, "Post no. 1 here", user="mia")

    await studio.eventually(lambda: studio.results(job.id, "studio", "mia"), "the result where it was asked for")


async def test_a_channel_that_was_closed_meanwhile_gets_the_result_on_the_card(studio: Studio) -> None:
    close(studio)
    job = await studio.imagine(channel=OWN_PLACE)

    message = await studio.result(job)

    assert message["id"] == job.card["id"]


async def test_a_follow_up_of_a_deleted_message_is_posted_all_the_same(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine())
    job = await studio.follow_up(grid, "V2")
    await studio.actor.delete_message("studio", grid["id"], "mia")

    message = await studio.result(job)

    assert "Variations (Strong) by" in message["content"]


async def test_the_result_of_a_deleted_card_is_posted_all_the_same(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.actor.delete_message("studio", job.card["id"], "mia")

    message = await studio.result(job)

    assert result_files(message) == [f"easel-{job.id}.png"]


async def test_the_result_of_a_deleted_card_is_sent_directly_where_the_bot_may_not_post(studio: Studio) -> None:
    job = await studio.imagine(channel="no-posting")
    await studio.actor.delete_message("no-posting", job.card["id"], "mia")

    await studio.eventually(lambda: studio.results(job.id, "dm-ana"), "the direct message")


async def test_a_thread_has_its_own_pictures_and_follow_ups(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(channel="side-thread"))

    single = await studio.result(await studio.follow_up(grid, "U1"))

    assert single["channel_id"] == grid["channel_id"]
    assert single["message_reference"]["message_id"] == grid["id"]


async def test_a_direct_message_has_its_own_pictures_and_follow_ups(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(channel="dm", user="ben"))

    single = await studio.result(await studio.follow_up(grid, "U1", user="ben"))

    assert single["channel_id"] == grid["channel_id"]


async def test_a_job_without_an_end_expires_and_says_why(studio: Studio, slow_jobs: dict[str, Ordered]) -> None:
    card = await studio.shows(slow_jobs["endless"], "(Timed out)")

    assert faces(card) == [["Why?", "Try again", "Edit and run again", "Look again"]]
    assert "did not finish this in time" in (await studio.press(card, "Why?"))["content"]


def close(studio: Studio) -> None:
    """Let nothing be posted any more in the place that may be closed."""
    forbidden = {"message": "Missing Permissions", "code": 50013}
    path = f"/channels/{studio.channel_id(OWN_PLACE)}/messages"
    studio.discord_fault("POST", path, status=403, body=forbidden, times=1000)


def no_place(studio: Studio, job: Ordered) -> bool:
    """Whether the bot has given up posting the job's result."""
    return f"result has no place job_id={job.id}" in studio.log()
