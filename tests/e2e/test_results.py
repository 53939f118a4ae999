"""What can be done with a result: used marks, showing again, details, reactions, removal; and where it is too large."""

import re
import time

import pytest

from sandbox.discord import limits
from sandbox.driver import PATIENCE_S
from sandbox.message_view import Message, buttons, cell, face, faces, is_private
from tests.e2e.gestures import calls, job_of, relay_task
from tests.e2e.studio import Ordered, Studio, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SKETCHES = False  # some files have to be too large
SETTINGS = {"ALLOWED_MODES": "relax,fast"}
PROMPT = "a red lighthouse over the sea --seed 7"
GREY, BLUE = 2, 1
NOT_YOURS = "Only the person who started this job can do that."
# What a relay may send; the second has 85 characters, and nobody has seen its kind yet.
ODD = (
    {"customId": "MJ::JOB::upsample::1::6f0d7d5e-4a54-4e1b-8d1c-1f2d7c4f2a11", "label": "U1", "emoji": ""},
    {"customId": "MJ::JOB::dream_deeper::1::6f0d7d5e-4a54-4e1b-8d1c-1f2d7c4f2a11::SOLO::" + "x" * 15, "label": "Dream"},
    {"customId": "MJ::JOB::sing::1::x", "label": "", "emoji": "upscale_1"},
    {"customId": "MJ::BOOKMARK::x", "label": "", "emoji": "❤️"},
    {"customId": None, "label": "Web", "emoji": ""},
)


async def quick(studio: Studio, *, user: str = "ana", prompt: str = PROMPT, channel: str = "studio") -> Message:
    """A result of one's own."""
    return await studio.result(await studio.imagine(prompt, user=user, channel=channel))


def styles(message: Message) -> dict[str, int]:
    """The colours of a message's buttons."""
    return {face(button): button["style"] for button in buttons(message)}


# Used and unknown buttons.


async def test_a_used_pick_is_blue_and_leads_to_its_picture(studio: Studio, grid: Message, single: Message) -> None:
    def marked() -> Message | None:
        now = studio.message(grid["id"])
        return now if now is not None and styles(now)["U2"] == BLUE else None

    now = await studio.eventually(marked, "the mark")
    answer = await studio.press(now, "U2", user="ben")

    assert is_private(answer)
    assert single["id"] in answer["content"]
    assert {styles(now)[label] for label in ("U3", "V1", "V2", "🔄")} == {GREY}


async def test_a_mark_outlives_a_showing_again(studio: Studio, grid: Message, single: Message) -> None:
    shown = await show(studio, job_of(grid).id)

    assert single["message_reference"]["message_id"] == grid["id"]
    assert styles(shown)["U2"] == BLUE
    await studio.actor.delete_message("studio", shown["id"], "mia")


async def test_favourites_and_links_of_the_original_are_left_out(studio: Studio, single: Message) -> None:
    task = await relay_task(studio, studio.tasks(job_of(single).id)[0]["id"])

    assert {"❤️", "Web"} <= {button["emoji"] or button["label"] for button in task["buttons"]}
    assert not {"❤️", "Web"} & set(styles(single))


async def odd_result(studio: Studio, single: Message) -> Message:
    """A result whose buttons are as odd as relays send them."""
    done = await relay_task(studio, studio.tasks(job_of(single).id)[0]["id"])
    job = await studio.imagine(f"{PROMPT} --relax")
    task = await studio.running(job)
    odd = done | {"id": task["id"], "buttons": ODD}
    studio.relay_fault("POST", "/mj/task/list-by-condition", status=200, body=[odd], times=1000)
    message = await studio.result(job)
    studio.clear_faults()
    await studio.eventually(lambda: studio.tasks(job.id)[0]["status"] == "SUCCESS", "its end at the relay")
    return message


async def test_a_kind_nobody_has_seen_yet_is_shown_grey_and_sent_as_it_is(studio: Studio, single: Message) -> None:
    message = await odd_result(studio, single)
    job = await studio.follow_up(message, "Dream")

    await studio.told("The relay does not offer this.")

    (request,) = studio.submits(job.id)
    assert request.body["customId"] == ODD[1]["customId"]
    assert len(str(ODD[1]["customId"])) == 85
    assert styles(message) == {"U1": GREY, "Dream": GREY, "Sing": GREY}


# Showing again.


async def show(studio: Studio, job_id: str, *, user: str = "ana", channel: str = "studio") -> Message:
    """The message of /show, once its picture is there."""
    first = await studio.slash("show", {"id": job_id}, user=user, channel=channel)

    def shown() -> Message | None:
        now = studio.message(first["id"], channel, user)
        return now if now is not None and now["attachments"] else None

    return await studio.eventually(shown, "the result shown again")


async def test_one_chooses_among_ones_own_jobs(studio: Studio, grid: Message, single: Message) -> None:
    bens = await quick(studio, user="ben", prompt="a red lighthouse of ben --seed 8")

    offers = {
        user: {
            choice["value"] for choice in await studio.actor.autocomplete(user, "studio", "show", {"id": "Red L"}, "id")
        }
        for user in ("ana", "ben")
    }

    assert {job_of(grid).id, job_of(single).id} <= offers["ana"]
    assert job_of(bens).id in offers["ben"] - offers["ana"]
    assert not offers["ben"] & offers["ana"]


async def test_a_shown_job_has_its_picture_and_living_buttons(studio: Studio, grid: Message) -> None:
    shown = await show(studio, job_of(grid).id, channel="hall")
    job = await studio.follow_up(shown, "V4")

    message = await studio.result(job, channel="hall")

    assert same_pixels(await studio.picture(shown), await studio.picture(grid))
    assert shown["content"] == grid["content"]
    assert message["message_reference"]["message_id"] == shown["id"]
    await studio.actor.delete_message("hall", shown["id"], "mia")


async def test_somebody_elses_job_is_not_shown(studio: Studio, grid: Message) -> None:
    answer = await studio.slash("show", {"id": job_of(grid).id}, user="ben")

    assert answer["content"] == "You have no finished job with this id. Please choose one from the list."


# Details and files.


async def test_the_menu_tells_seed_and_details_privately(studio: Studio, grid: Message) -> None:
    await studio.use_menu(grid, "Details and files", user="ben")

    message = await studio.told("Job ID", user="ben")

    assert job_of(grid).id in message["content"]
    assert "**seed** 7" in message["content"]
    assert "**Mode**: fast" in message["content"]


async def test_an_envelope_brings_seed_and_pictures_by_direct_message(studio: Studio, grid: Message) -> None:
    await studio.actor.react("ana", grid["id"], "✉️")

    def sent() -> Message | None:
        return next((m for m in studio.messages("dm-ana") if job_of(grid).id in m["content"]), None)

    message = await studio.eventually(sent, "the direct message")

    assert "**seed** 7" in message["content"]
    assert len(message["attachments"]) == 5
    fourth = await studio.picture(message | {"attachments": message["attachments"][4:]})
    assert same_pixels(fourth, cell(await studio.picture(grid), 4))


# Bytes that were lost.


def lose(studio: Studio, message: Message) -> Ordered:
    """Lose the kept file of a result."""
    job = job_of(message)
    (studio.sandbox.data / "pictures" / f"{job.id}.png").unlink()
    return job


def downloads(studio: Studio) -> int:
    """How often pictures were fetched from the relay."""
    return sum(request.path.startswith("/attachments/") for request in studio.relay.wire.requests)


async def test_a_lost_file_is_found_in_the_posted_message(studio: Studio) -> None:
    message = await quick(studio)
    job, before = lose(studio, message), downloads(studio)

    shown = await show(studio, job.id)

    assert same_pixels(await studio.picture(shown), await studio.picture(message))
    assert downloads(studio) == before
    await studio.actor.delete_message("studio", shown["id"], "mia")


async def test_a_lost_file_whose_message_is_gone_is_fetched_from_the_relay(studio: Studio) -> None:
    message = await quick(studio)
    job, before = lose(studio, message), downloads(studio)
    await studio.actor.delete_message("studio", message["id"], "mia")

    shown = await show(studio, job.id)

    assert result_files(shown) == [f"easel-{job.id}.png"]
    assert downloads(studio) == before + 1


async def test_a_picture_that_is_nowhere_any_more_is_a_sentence(studio: Studio) -> None:
    message = await quick(studio)
    job = lose(studio, message)
    await studio.actor.delete_message("studio", message["id"], "mia")
    studio.relay_fault("GET", "/attachments/*", status=404, body="gone", times=10)

    await studio.slash("show", {"id": job.id})

    await studio.eventually(
        lambda: any("The picture is gone" in m["content"] for m in studio.messages()), "the sentence"
    )


# Stopping and removing.


async def test_a_cross_stops_a_running_job(studio: Studio) -> None:
    job = await studio.imagine("a marsh --sandbox-stuck")
    await studio.running(job)

    await studio.actor.react("ana", job.card["id"], "❌")

    await studio.shows(job, "(Stopped)")


async def test_a_cross_of_somebody_else_stops_nothing(studio: Studio) -> None:
    message = await quick(studio)
    await studio.actor.react("ben", message["id"], "❌")
    await studio.actor.react("ana", message["id"], "❌")

    await studio.eventually(lambda: studio.message(message["id"]) is None, "the picture removed by its author")

    deletions = [
        r for r in studio.sandbox.discord.wire.requests if r.path.endswith(message["id"]) and r.method == "DELETE"
    ]
    assert len(deletions) == 1


async def test_a_cross_of_a_moderator_removes_a_picture(studio: Studio) -> None:
    message = await quick(studio)

    await studio.actor.react("mia", message["id"], "❌")

    await studio.eventually(lambda: studio.message(message["id"]) is None, "the picture removed by a moderator")


@pytest.mark.parametrize("user", ["ana", "mia"])
async def test_author_and_moderator_may_remove_a_picture(studio: Studio, user: str) -> None:
    message = await quick(studio)

    answer = await studio.answer(await studio.use_menu(message, "Remove", user=user))

    assert answer["content"] == "Removed."
    await studio.eventually(lambda: studio.message(message["id"]) is None, "the picture gone")


async def test_nobody_else_may_remove_a_picture(studio: Studio) -> None:
    message = await quick(studio)

    answer = await studio.answer(await studio.use_menu(message, "Remove", user="ben"))

    assert (is_private(answer), answer["content"]) == (True, NOT_YOURS)
    assert studio.message(message["id"]) is not None


async def test_a_removed_job_is_not_shown_and_its_buttons_refuse(studio: Studio) -> None:
    message = await quick(studio)
    copy = await show(studio, job_of(message).id)
    await studio.answer(await studio.use_menu(message, "Remove"))

    pressed = await studio.press(copy, "U1")
    shown = await studio.slash("show", {"id": job_of(message).id})

    assert pressed["content"] == "This picture was removed, so its buttons no longer work."
    assert shown["content"].startswith("You have no finished job with this id.")


async def test_cancelling_before_the_submit_is_free_and_says_so(studio: Studio) -> None:
    studio.relay_fault("POST", "/mj-fast/mj/submit/imagine", status=429, headers={"Retry-After": "150"}, times=100)
    job = await studio.imagine("a fen")
    card = await studio.shows(job, "queue is full")

    answer = await studio.press(card, "Cancel Job")

    assert answer["content"] == "Stopped before it was sent. Nothing was charged."
    assert studio.tasks(job.id) == []


async def test_a_stopped_job_that_finishes_anyway_waits_in_the_list(studio: Studio) -> None:
    job = await studio.imagine(f"{PROMPT} --relax --sandbox-queued", user="ben")
    await studio.running(job)
    answer = await studio.press(job.card, "Cancel Job", user="ben")
    stopped = await studio.shows(job, "(Stopped)")
    running = await studio.slash("jobs", user="ben")

    await studio.eventually(lambda: studio.tasks(job.id)[0]["status"] == "SUCCESS", "its end at the relay", 40)
    listed = await finished_anyway(studio)
    await studio.press(listed, "Post no. 1 here", user="ben")

    assert "may still charge for it" in answer["content"]
    assert faces(stopped) == []
    assert "stopped (the relay is still working)" in running["content"]
    found = await studio.eventually(lambda: studio.results(job.id, "studio", "ben"), "the picture")
    assert len(found) == 1


async def finished_anyway(studio: Studio) -> Message:
    """Ben's list, once it says so."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        listed = await studio.slash("jobs", user="ben")
        if "stopped too late: the picture is ready" in listed["content"]:
            return listed
        assert time.monotonic() < deadline, listed["content"]


# Speeds that are switched off.


async def test_a_speed_that_is_switched_off_cannot_be_preferred(studio: Studio) -> None:
    answer = await studio.slash("turbo")

    assert answer["content"] == "Turbo mode is switched off here. You can use: /fast, /relax."


async def test_a_speed_that_is_switched_off_is_refused_in_a_prompt(studio: Studio) -> None:
    before = len(studio.requests_to("/mj-fast/mj/submit/imagine"))

    answer = await studio.slash("imagine", {"prompt": "a boat --turbo"})

    assert is_private(answer)
    assert "Turbo mode is switched off" in answer["content"]
    assert len(studio.requests_to("/mj-fast/mj/submit/imagine")) == before


# Files.


async def test_alt_text_says_what_it_is_and_the_prompt_on_one_line(studio: Studio) -> None:
    message = await quick(studio, prompt="a  lighthouse\n in   @everyone's rain --seed 7")

    assert message["attachments"][0]["description"] == "Grid of four: a lighthouse in @everyone's rain --seed 7"
    assert not message["mention_everyone"]


async def test_a_picture_too_large_for_its_place_is_made_smaller_with_a_way_to_the_original(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.FILE_LIMITS, 0, 60_000)

    message = await quick(studio)

    job = job_of(message)
    assert result_files(message) == [f"easel-{job.id}-small.webp"]
    assert len(await studio.download(message)) <= 60_000
    link = re.search(r"Made smaller to fit here\. \[Original\]\(<(\S+)>\)", message["content"])
    assert link is not None
    assert link[1] == (await relay_task(studio, studio.tasks(job.id)[0]["id"]))["imageUrl"]


async def test_a_boosted_server_gets_the_original(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.FILE_LIMITS, 0, 60_000)

    message = await quick(studio, channel="hall")

    assert result_files(message) == [f"easel-{job_of(message).id}.png"]
    assert "Original" not in message["content"]


async def test_a_place_whose_limit_was_lowered_meanwhile_gets_a_smaller_picture(studio: Studio) -> None:
    too_large = {"message": "Request entity too large", "code": 40005}
    job = await studio.imagine(PROMPT)
    await studio.running(job)
    studio.discord_fault("POST", "/channels/*/messages", status=413, body=too_large, times=5)

    message = await studio.result(job)

    assert result_files(message) == [f"easel-{job.id}-small.webp"]
    assert calls(studio, job) == ["/mj-fast/mj/submit/imagine"]
