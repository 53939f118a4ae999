"""Modals: what they suggest, what they send, who may answer, and that nothing typed into them is lost."""

import pytest
import pytest_asyncio
from PIL import Image

from sandbox.discord.errors import ActingError
from sandbox.driver import Modal, png
from sandbox.message_view import Message, cell, faces, is_private
from tests.e2e.gestures import call_with, calls, lies_in, send_for_job
from tests.e2e.studio import Ordered, Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
LIFE_S = 15 * 60.0
PROMPT = "a red lighthouse over the sea --seed 7"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def remixer(studio: Studio) -> str:
    """Somebody who has the remix switch on."""
    said = await studio.slash("prefer remix", user="ben")
    assert said["content"].startswith("Remix mode turned on!")
    return "ben"


# Custom Zoom.


async def test_custom_zoom_suggests_the_prompt_with_a_zoom(studio: Studio, single: Message) -> None:
    modal = await studio.open(single, "Custom Zoom")

    assert modal.title == "Zoom Out"
    assert modal.text == f"{PROMPT} --zoom 2"


async def test_the_zoom_that_was_typed_wins(studio: Studio, single: Message) -> None:
    modal = await studio.open(single, "Custom Zoom")
    job = await send_for_job(studio, modal, prompt=f"{PROMPT} --zoom 1.6")

    message = await studio.result(job)

    pressed, answered = studio.submits(job.id)
    assert (pressed.path, answered.path) == ("/mj/submit/action", "/mj/submit/modal")
    assert answered.body == {
        "taskId": studio.tasks(job.id)[0]["id"],
        "prompt": f"{PROMPT} --zoom 1.6",
        "state": job.id,
    }
    small = (await studio.picture(single)).resize((320, 320), Image.Resampling.LANCZOS)
    assert lies_in(small, cell(await studio.picture(message), 1))
    assert message["message_reference"]["message_id"] == single["id"]


@pytest.mark.parametrize("zoom", ["3", "0.5", "wide"])
async def test_an_impossible_zoom_is_refused_and_the_text_can_be_opened_again(
    studio: Studio, single: Message, zoom: str
) -> None:
    before = len(studio.requests_to("/mj/submit/action"))
    typed = f"a harbour --zoom {zoom}"
    refused = await studio.submit(await studio.open(single, "Custom Zoom"), prompt=typed)
    again = await studio.open(refused, "Open again")

    assert is_private(refused)
    assert "The zoom must be between 1 and 2" in refused["content"]
    assert again.text == typed
    assert len(studio.requests_to("/mj/submit/action")) == before


async def test_a_refused_modal_that_was_opened_again_counts(studio: Studio, single: Message) -> None:
    refused = await studio.submit(await studio.open(single, "Custom Zoom"), prompt="a harbour --zoom 4")
    again = await studio.open(refused, "Open again")
    job = await send_for_job(studio, again, prompt="a harbour --zoom 1")

    assert (await call_with(studio, job, "/mj/submit/modal")).body["prompt"] == "a harbour --zoom 1"


async def test_a_modals_card_becomes_the_result_where_the_bot_may_not_post(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(PROMPT, channel="no-posting"))
    single = await studio.result(await studio.follow_up(grid, "U1"))
    modal = await studio.open(single, "Custom Zoom")
    job = await send_for_job(studio, modal)

    message = await studio.result(job)

    assert message["id"] == job.card["id"]
    assert "Zoom Out by" in message["content"]


# Remix.


@pytest.mark.parametrize(("label", "title"), [("V3", "Remix Prompt"), ("🔄", "Imagine")], ids=["variation", "reroll"])
async def test_with_remix_on_the_modal_comes_first(
    studio: Studio, grid: Message, remixer: str, label: str, title: str
) -> None:
    modal = await studio.open(grid, label, user=remixer)
    job = await send_for_job(studio, modal, prompt="a blue lighthouse")

    assert (modal.title, modal.text) == (title, PROMPT)
    await studio.result(job)
    assert [task["prompt"] for task in studio.tasks(job.id)] == ["a blue lighthouse"]


@pytest.mark.parametrize(
    ("label", "title"),
    [("Vary (Subtle)", "Remix Prompt"), ("⬅️", "Pan"), ("Animate (Low motion)", "Animate")],
    ids=["vary", "pan", "animate"],
)
async def test_with_remix_on_a_single_pictures_buttons_ask_too(
    studio: Studio, single: Message, remixer: str, label: str, title: str
) -> None:
    modal = await studio.open(single, label, user=remixer)

    assert (modal.title, modal.text) == (title, PROMPT)


async def test_with_remix_on_what_has_no_prompt_of_its_own_does_not_ask(
    studio: Studio, single: Message, remixer: str
) -> None:
    job = await studio.follow_up(single, "Zoom Out 2x", user=remixer)

    await call_with(studio, job, "/mj/submit/action")


async def test_a_remixed_prompt_is_what_is_painted(studio: Studio, remixer: str) -> None:
    grid = await studio.result(await studio.imagine("a green hill --sandbox-remix"))
    modal = await studio.open(grid, "V1", user=remixer)
    job = await send_for_job(studio, modal, prompt="a blue lighthouse")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert [task["prompt"] for task in studio.tasks(job.id)] == ["a blue lighthouse"]


async def test_an_account_without_remix_paints_its_own_prompt_and_says_so(studio: Studio, remixer: str) -> None:
    prompt = "a brown hill --sandbox-noremix"
    grid = await studio.result(await studio.imagine(prompt))
    modal = await studio.open(grid, "V1", user=remixer)
    job = await send_for_job(studio, modal, prompt="a blue lighthouse")

    result = await studio.result(job)

    assert [task["prompt"] for task in studio.tasks(job.id)] == [prompt]
    assert "a blue lighthouse" not in result["content"]
    assert "The relay takes no other prompt" in result["content"]


async def test_with_remix_off_a_relay_that_asks_is_answered_with_the_unchanged_prompt(studio: Studio) -> None:
    prompt = "a yellow hill --sandbox-remix"
    grid = await studio.result(await studio.imagine(f"{prompt} --relax"))
    job = await studio.follow_up(grid, "V2")

    await studio.result(job)

    assert calls(studio, job) == ["/mj-relax/mj/submit/action", "/mj-relax/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == prompt


async def test_a_question_that_the_gateway_hides_is_found_by_the_status(studio: Studio) -> None:
    prompt = "a white hill --sandbox-rewrite"
    grid = await studio.result(await studio.imagine(prompt))
    job = await studio.follow_up(grid, "🔄")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == prompt


async def test_a_prompt_too_long_for_the_field_stays_unchanged_when_it_is_left_empty(
    studio: Studio, remixer: str
) -> None:
    prompt = ("a very long lighthouse " * 300)[: 6_000 - len(" --sandbox-remix")] + " --sandbox-remix"
    grid = await studio.result(await studio.imagine(prompt))
    modal = await studio.open(grid, "V4", user=remixer)
    job = await send_for_job(studio, modal)

    answered = await call_with(studio, job, "/mj/submit/modal")

    assert (modal.text, modal.fields["prompt"]["required"]) == ("", False)
    assert modal.hints["prompt"] == "Your prompt is too long for this field. Leave it empty to keep your prompt."
    assert len(prompt) == 6_000
    assert answered.body["prompt"] == prompt


# Whose it is, and for how long.


async def test_a_modal_that_was_open_across_a_restart_counts(studio: Studio, single: Message) -> None:
    modal = await studio.open(single, "Custom Zoom")
    await studio.restart()
    job = await send_for_job(studio, modal, prompt="a dune --zoom 1.5")

    assert (await call_with(studio, job, "/mj/submit/modal")).body["prompt"] == "a dune --zoom 1.5"


async def test_a_modal_lapses_after_a_quarter_of_an_hour_and_keeps_the_text(studio: Studio, single: Message) -> None:
    modal = await studio.open(single, "Custom Zoom")
    open_since(studio, modal, LIFE_S + 1.0)

    lapsed = await studio.submit(modal, prompt="a dune --zoom 1.2")
    again = await studio.open(lapsed, "Open again")
    job = await send_for_job(studio, again)

    assert is_private(lapsed)
    assert "has expired after 15 minutes" in lapsed["content"]
    assert (await call_with(studio, job, "/mj/submit/modal")).body["prompt"] == "a dune --zoom 1.2"


async def test_a_modal_counts_until_its_quarter_of_an_hour_is_over(studio: Studio, single: Message) -> None:
    modal = await studio.open(single, "Custom Zoom")
    open_since(studio, modal, LIFE_S / 2)

    job = await send_for_job(studio, modal, prompt="a reef --zoom 1.2")

    assert (await call_with(studio, job, "/mj/submit/modal")).body["prompt"] == "a reef --zoom 1.2"


def open_since(studio: Studio, opened: Modal, age_s: float) -> None:
    """Let a modal look as if it had been opened so long ago, in simulated seconds; its id names the moment."""
    modal = studio.sandbox.discord.state.interactions[int(opened.interaction_id)].modal
    assert modal is not None
    start, _, moment = str(modal["custom_id"]).rpartition(":")
    modal["custom_id"] = f"{start}:{int(moment, 16) - int(studio.sandbox.clock.real(age_s) * 1000):x}"


async def test_somebody_elses_job_is_not_cancelled(studio: Studio) -> None:
    job = await studio.imagine("a pond --sandbox-stuck")
    await studio.running(job)

    refused = await studio.press(job.card, "Cancel Job", user="ben")

    assert refused["content"] == "Only the person who started this job can do that."
    card = studio.card(job)
    assert card is not None
    assert faces(card) == [["Cancel Job"]]


async def test_somebody_elses_failed_job_is_not_tried_again(studio: Studio) -> None:
    job = await studio.imagine("a pond --sandbox-fail --seed 3")
    card = await studio.shows(job, "(Failed)")

    refused = await studio.press(card, "Try again", user="ben")

    assert refused["content"] == "Only the person who started this job can do that."


async def test_trying_again_uses_the_same_pictures_and_prompt(studio: Studio) -> None:
    image = studio.upload("hill.png", png(Image.new("RGB", (60, 40), "green")))
    failed = await studio.imagine("a pond --sandbox-fail --seed 3", image1=image)
    card = await studio.shows(failed, "(Failed)")
    again = ordered(await studio.press(card, "Try again"), "ana", "studio")

    second = await call_with(studio, again, "/mj/submit/imagine")

    (first,) = studio.submits(failed.id)
    assert second.body == first.body | {"state": again.id}
    assert len(second.body["base64Array"]) == 1


async def test_a_kept_text_is_for_its_writer_alone(studio: Studio, single: Message) -> None:
    refused = await studio.submit(await studio.open(single, "Custom Zoom"), prompt="a harbour --zoom 9")

    with pytest.raises(ActingError, match="sees no message"):
        await studio.click(refused, "Open again", user="ben")


# A modal's answer and a crash.


async def crash_while_answering(studio: Studio, message: Message) -> Ordered:
    """Press a button at a relay in remix mode, and kill the bot when its answer to the modal is on its way."""
    job = await studio.follow_up(message, "V1")
    await call_with(studio, job, "/mj/submit/modal")
    await studio.kill()
    return job


async def test_an_answer_that_arrived_before_a_crash_is_not_given_again(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a brown hill --sandbox-remix"))
    studio.relay_fault("POST", "/mj/submit/modal", delay_s=0.5)
    job = await crash_while_answering(studio, grid)
    await studio.start()

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]


async def test_an_answer_that_was_lost_in_a_crash_is_the_authors_to_give_again(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a grey hill --sandbox-remix"))
    studio.relay_fault("POST", "/mj/submit/modal", delay_s=0.5, drop="before")
    job = await crash_while_answering(studio, grid)
    await studio.start()
    card = await studio.eventually(lambda: asking(studio, job), "the question")
    by_itself = calls(studio, job)
    refused = await studio.press(card, "Answer", user="ben")
    modal = await studio.open(card, "Answer")
    await studio.actor.modal("ana", modal.interaction_id, {"prompt": "a grey hill, again"})

    await studio.result(job)

    assert by_itself == ["/mj/submit/action", "/mj/submit/modal"]
    assert refused["content"] == "Only the person who started this job can do that."
    assert studio.submits(job.id)[-1].body["prompt"] == "a grey hill, again"
    assert len(studio.tasks(job.id)) == 1


def asking(studio: Studio, job: Ordered) -> Message | None:
    """The card, once it asks."""
    card = studio.card(job)
    return card if card is not None and "Answer" in faces(card)[0] else None


async def test_an_answer_whose_own_answer_is_lost_is_looked_up(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine("a silver hill --sandbox-remix"))
    studio.relay_fault("POST", "/mj/submit/modal", drop="after")
    job = await studio.follow_up(grid, "V1")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]


async def test_a_question_of_a_kind_nobody_expected_gets_an_answer_button(studio: Studio, grid: Message) -> None:
    task_id = studio.tasks(grid["attachments"][0]["filename"].removeprefix("easel-")[:16])[0]["id"]
    question = {"code": 21, "description": "Waiting for window confirm", "result": task_id, "properties": {}}
    studio.relay_fault("POST", "/mj/submit/action", status=200, body=question)
    studio.relay_fault("POST", "/mj/submit/modal", status=200, body={"code": 1, "result": int(task_id)})
    job = await studio.follow_up(grid, "U4")
    card = await studio.eventually(lambda: asking(studio, job), "the question")
    modal = await studio.open(card, "Answer")
    await studio.actor.modal("ana", modal.interaction_id, {"prompt": "as you like"})

    await studio.result(job)

    assert (modal.title, modal.text) == ("Your answer", PROMPT)
    assert studio.submits(job.id)[-1].body["prompt"] == "as you like"
