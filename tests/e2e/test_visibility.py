"""Private results and spoilers: who sees card and picture, also after restarts and once a token is dead.

At this speed a token lives 7.5 s and the slow job takes 10 s.
"""

import pytest

from sandbox.message_view import Message, faces, is_private
from sandbox.panel import open_panel
from tests.e2e.studio import CAT, Ordered, Studio, ordered, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 120.0
SMALL = "a heron --ar 4:1 --seed 7"
SLOW = f"{CAT} --relax --sandbox-slow"


async def imagined(studio: Studio, prompt: str = SMALL, user: str = "ana", **options: bool) -> Ordered:
    """A job of a command with options."""
    card = await studio.slash("imagine", {"prompt": prompt, **options}, user=user)
    return ordered(card, user, card["channel_id"])


def seen_by(studio: Studio, user: str, job: Ordered) -> list[Message]:
    """What somebody sees of a job anywhere in the studio."""
    return [one for one in studio.messages("studio", user) if job.id in str(one)]


async def test_a_private_job_is_seen_by_its_author_alone(studio: Studio) -> None:
    job = await imagined(studio, private=True)
    assert is_private(job.card)
    assert "only you see this" in job.card["content"]

    message = await studio.result(job)

    assert message["id"] == job.card["id"]
    assert result_files(message) == [f"easel-{job.id}.png"]
    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]
    ping = await studio.eventually(
        lambda: next((said for said in studio.whispers("ana") if job.card["id"] in said), None), "a private ping"
    )
    assert "Your picture is ready" in ping
    assert [one for one in studio.messages("studio", "ben") if job.card["id"] in str(one)] == []


async def test_what_comes_of_a_private_result_is_private(studio: Studio) -> None:
    grid = await studio.result(await imagined(studio, private=True))

    pressed = await studio.follow_up(grid, "U2")

    assert is_private(pressed.card)
    assert is_private(await studio.result(pressed))
    assert seen_by(studio, "ben", pressed) == []


async def test_a_private_job_goes_on_on_its_card_after_the_bot_died(studio: Studio) -> None:
    studio.let_relay_work(0.01)
    job = await imagined(studio, private=True)
    await studio.running(job)
    await studio.kill()

    await studio.start()
    studio.finish(job)
    studio.let_relay_work(1.0)
    message = await studio.result(job)

    assert message["id"] == job.card["id"]
    assert studio.results(job.id, "dm-ana") == []


async def test_a_private_job_that_outlives_its_token_comes_by_direct_message(studio: Studio) -> None:
    job = await imagined(studio, SLOW, private=True)
    card = await studio.shows(job, "Press Check")
    assert faces(card) == [["Check", "Cancel Job"]]

    (message,) = await studio.eventually(lambda: studio.results(job.id, "dm-ana"), "the direct message")

    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]
    assert studio.results(job.id, "studio") == []


async def test_a_private_result_without_any_place_is_shown_to_its_author_alone(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio.sandbox.discord.state.user("ben"), "accepts_dms", False)
    job = await imagined(studio, SLOW, user="ben", private=True)
    await studio.eventually(
        lambda: studio.stored(f"SELECT status FROM jobs WHERE id = '{job.id}'") == "undeliverable", "no place"
    )

    listed = await studio.slash("jobs", user="ben")
    shown = await studio.press(listed, "Post no. 1 here", user="ben")

    assert is_private(shown)
    found = await studio.eventually(lambda: studio.results(job.id, "studio", "ben"), "the result")
    assert [one["id"] for one in found] == [shown["id"]]
    assert seen_by(studio, "ana", job) == []


async def test_it_is_shown_to_everybody_only_where_its_author_says_so(studio: Studio) -> None:
    job = await imagined(studio, private=True)
    await studio.result(job)
    history = await open_panel(studio, "history")

    again = await studio.whole_answer(await history.click("Show here"))
    assert is_private(again)
    shown = await studio.slash("show", {"id": job.id, "private": False})

    assert not is_private(shown)
    copy = (await studio.eventually(lambda: studio.results(job.id, "studio", "ben"), "the copy for everybody"))[0]
    # What is shown once more was not posted twice.
    await studio.actor.delete_message("studio", copy["id"], "mia")
    await studio.actor.delete_message("studio", again["id"], "ana")


async def test_who_prefers_it_has_private_results_unless_an_option_says_otherwise(studio: Studio) -> None:
    said = await studio.slash("prefer private")
    assert "now private" in said["content"]

    assert is_private((await imagined(studio)).card)
    public = await imagined(studio, private=False)
    assert not is_private(public.card)
    refusal = await studio.slash("imagine", {"prompt": "a {red, blue} boat"})
    assert "can't be private" in refusal["content"]
    question = await studio.slash("imagine", {"prompt": "a {red, blue} boat", "private": False})
    assert "Start all 2" in faces(question)[0]
    assert "no longer private" in (await studio.slash("prefer private"))["content"]
    await studio.result(public)


async def test_a_spoiler_is_covered_and_so_is_what_comes_of_it(studio: Studio) -> None:
    job = await imagined(studio, spoiler=True)
    grid = await studio.result(job)
    assert result_files(grid) == [f"SPOILER_easel-{job.id}.png"]

    pressed = await studio.follow_up(grid, "U3")
    assert result_files(await studio.result(pressed)) == [f"SPOILER_easel-{pressed.id}.png"]
    assert "now covered" in (await studio.slash("prefer spoiler"))["content"]
    preferred = await imagined(studio)
    assert result_files(await studio.result(preferred)) == [f"SPOILER_easel-{preferred.id}.png"]
    plain = await imagined(studio, spoiler=False)
    assert result_files(await studio.result(plain)) == [f"easel-{plain.id}.png"]
    await studio.slash("prefer spoiler")


async def test_a_question_before_a_private_job_keeps_it_private(studio: Studio) -> None:
    question = await studio.slash("imagine", {"prompt": "a boat --stylise 100 --vv 7 --ar 16x9x3", "private": True})

    await studio.click(question, "Run as it is")

    await studio.whisper("ana", "Private: only you see this")


async def test_other_engines_keep_it_too(studio: Studio) -> None:
    card = await studio.slash("fal generate", {"prompt": "a boat", "private": True, "spoiler": True})
    job = ordered(card, "ana", card["channel_id"])

    message = await studio.result(job)

    assert is_private(message)
    assert result_files(message)[0].startswith(f"SPOILER_easel-{job.id}")


async def test_a_failed_private_job_is_tried_again_in_private(studio: Studio) -> None:
    failed = await imagined(studio, f"{SMALL} --sandbox-fail", private=True)
    card = await studio.shows(failed, "(Failed)")
    assert is_private(card)

    again = await studio.press(card, "Try again")

    assert is_private(again)
    await studio.shows(ordered(again, "ana", again["channel_id"]), "(Failed)")


async def test_a_private_job_of_unknown_outcome_leads_to_the_one_that_stands_in_for_it(studio: Studio) -> None:
    studio.relay_fault("POST", "/mj/submit/imagine", drop="before")
    lost = await imagined(studio, private=True)
    card = await studio.shows(lost, "(Unknown outcome)")

    await studio.click(card, "Send again (may be charged twice)")

    first = await studio.shows(lost, "Sent again")
    assert is_private(first)
    second = first["content"].partition("/channels/")[2].partition(")")[0].rpartition("/")[2]
    (copy,) = await studio.eventually(
        lambda: [one for one in studio.messages("studio") if one["id"] == second and result_files(one)], "the second"
    )
    assert is_private(copy)


async def test_the_settings_panel_has_the_same_switches(studio: Studio) -> None:
    panel = await (await open_panel(studio, "settings")).press("Private results")
    assert "Private results" in panel.is_on
    assert is_private((await imagined(studio)).card)

    panel = await panel.press("Reset Settings")

    assert "Private results" not in panel.is_on
    assert not is_private((await imagined(studio)).card)
