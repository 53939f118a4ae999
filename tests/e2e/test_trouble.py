"""The relay lets us down in every known way: members read a clear sentence, and nothing is lost."""

import pytest
import pytest_asyncio

from sandbox.message_view import Message, buttons, faces, is_private
from tests.e2e.studio import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
IMAGINE, ACTION, LIST = "/mj/submit/imagine", "/mj/submit/action", "/mj/task/list-by-condition"
HTML = "<html><body>Bad gateway</body></html>"
FORGOTTEN = {"code": 3, "description": "关联任务不存在或已失效", "properties": {}, "result": None}
NO_CREDIT = {"error": {"message": "用户额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid(studio: Studio) -> Message:
    """A finished grid."""
    return await studio.result(await studio.imagine())


async def test_jobs_wait_while_the_relay_cannot_be_reached_and_run_when_it_is_back(studio: Studio) -> None:
    port = int(studio.relay.base_url.rpartition(":")[2])
    await studio.relay.stop()
    job = await studio.imagine()

    await studio.shows(job, "(Waiting: the relay cannot be reached)")
    await studio.relay.start(port)

    await studio.result(job)


async def test_running_jobs_survive_an_outage(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.running(job)
    studio.relay_fault("POST", LIST, drop="before", times=3)

    await studio.result(job)


async def test_a_wrong_key_is_told_to_the_owner_and_jobs_wait(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(studio.relay, "key", "sk-another")
        job = await studio.imagine(user="ben")
        await studio.shows(job, "(Waiting: the relay refuses the key)")
        await studio.eventually(lambda: owner_alerts(studio, "refuses the key"), "a word to the owner")

    await studio.result(job)
    await studio.eventually(lambda: owner_alerts(studio, "refuses the key", "🟢"), "a word that it is over")


async def test_without_credit_members_read_it_and_the_owner_is_told_once(studio: Studio) -> None:
    told_before = len(owner_alerts(studio, "out of credit"))
    studio.relay_fault("POST", IMAGINE, status=403, body=NO_CREDIT, times=4)
    jobs = [await studio.imagine(user="ben") for _ in range(3)]

    await studio.shows(jobs[0], "(Waiting: the relay account is out of credit)")
    for job in jobs:
        await studio.result(job)

    await studio.eventually(lambda: owner_alerts(studio, "out of credit", "🟢"), "a word that it is over")
    assert len(owner_alerts(studio, "out of credit")) == told_before + 1
    refused = sum(request.status == 403 for job in jobs for request in studio.submits(job.id))
    assert refused == 4


async def test_a_full_queue_is_waited_for(studio: Studio) -> None:
    full = {"code": 23, "description": "队列已满,请稍后尝试", "properties": {"discordInstanceId": "1"}}
    studio.relay_fault("POST", IMAGINE, times=100, status=200, body=full, headers={"Retry-After": "180"})
    job = await studio.imagine()

    await studio.shows(job, "(Waiting: the relay's queue is full)")
    studio.clear_faults()  # not before it was seen: on a busy machine an edit of a card takes long
    refused = len(studio.submits(job.id))
    await studio.result(job)

    assert len(studio.submits(job.id)) == refused + 1
    assert len(studio.tasks(job.id)) == 1


async def test_a_queued_task_is_followed(studio: Studio) -> None:
    job = await studio.imagine("a boat --sandbox-queued --seed 7")

    await studio.result(job)

    assert studio.submits(job.id)[0].status == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "body": HTML},
        {"status": 200, "body": HTML},
        {"status": 200, "body": '{"code": 1, "resu'},
        {"status": 200, "body": {"code": 1, "result": None}},
        {"drop": "before"},
        {"drop": "after"},
    ],
    ids=["502", "html", "truncated", "no id", "reset before", "reset after"],
)
async def test_a_submit_without_a_readable_answer_is_uncertain_and_not_repeated(
    studio: Studio, fault: dict[str, object]
) -> None:
    studio.relay_fault("POST", IMAGINE, **fault)
    job = await studio.imagine()

    card = await studio.shows(job, "(Unknown outcome)")

    assert faces(card) == [["Why?", "Look again", "Send again (may be charged twice)", "Give up"]]
    assert len(studio.submits(job.id)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "body": HTML},
        {"status": 429, "body": {"message": "slow down"}, "headers": {"Retry-After": "2"}},
        {"status": 200, "body": '[{"id": "17'},
        {"drop": "before"},
        {"status": 200, "body": HTML},
        {"status": 200, "body": []},
    ],
    ids=["502", "429", "truncated", "reset", "html", "empty"],
)
async def test_a_job_survives_a_bad_look(studio: Studio, fault: dict[str, object]) -> None:
    job = await studio.imagine()
    await studio.running(job)
    studio.relay_fault("POST", LIST, **fault)

    await studio.result(job)


async def test_a_banned_word_is_told_to_the_author_alone_and_the_card_goes(studio: Studio) -> None:
    job = await studio.imagine("a field of gore", user="ben")

    sentence = await studio.whisper("ben", "does not accept the word “gore”")
    await studio.gone(job)

    assert "nothing was charged" in sentence
    assert not any("gore" in said for said in studio.whispers("ana"))
    assert studio.tasks(job.id) == []


async def test_other_refusals_are_told_in_the_relays_words(studio: Studio) -> None:
    refusal = {"code": 4, "description": "Invalid parameter `--foo` @everyone", "properties": {}}
    studio.relay_fault("POST", IMAGINE, status=400, body=refusal)
    job = await studio.imagine()

    sentence = await studio.whisper("ana", "The relay did not accept this")
    await studio.gone(job)

    assert r"Invalid parameter \`--foo\` \@everyone" in sentence


async def test_a_forgotten_picture_offers_to_run_its_prompt_again(studio: Studio, grid: Message) -> None:
    studio.relay_fault("POST", ACTION, status=200, body=FORGOTTEN, times=3)
    job = await studio.follow_up(grid, "V4")
    await studio.whisper("ana", "no longer knows this picture")
    await studio.gone(job)

    offer = next(m for m in reversed(studio.messages()) if "no longer knows this picture" in m["content"])
    again = await studio.follow_up(offer, "Run the prompt again")
    await studio.result(again)

    assert is_private(offer)
    assert studio.submits(again.id)[0].path == IMAGINE


async def test_a_late_failure_says_why_on_its_card_and_to_whom_asks(studio: Studio) -> None:
    card = await failed(studio, "Sorry! @everyone it did **not** pass")

    why = await studio.press(card, "Why?", user="ben")

    line, reason = card["content"].split("\n-# ")
    assert line.endswith("<@1200000000004194304> (Failed)")
    assert is_private(why)
    assert why["content"] == reason
    assert reason.startswith(r"The relay could not finish this: Sorry! \@everyone it did \*\*not\*\* pass.")


async def test_try_again_after_a_failure_works_for_the_author_alone(studio: Studio) -> None:
    card = await failed(studio, "no luck")

    refusal = await studio.press(card, "Try again", user="ben")
    again = await studio.follow_up(card, "Try again")

    assert "Only the person who started this job" in refusal["content"]
    assert studio.messages()[-1]["id"] != card["id"]
    await studio.result(again)


async def test_the_relays_own_late_failure_is_understood(studio: Studio) -> None:
    job = await studio.imagine("a cat --sandbox-fail")

    card = await studio.shows(job, "(Failed)")

    assert "could not be finished" in (await studio.press(card, "Why?"))["content"]


async def test_a_moderated_end_takes_its_preview_away_and_invites_to_no_second_try(studio: Studio) -> None:
    studio.let_relay_work(0.1)  # so that a preview is seen before the end, however busy the machine is
    job = await studio.imagine("a cat --sandbox-moderated")
    await studio.eventually(lambda: any(stage["attachments"] for stage in studio.states(job.card["id"])), "a preview")
    studio.let_relay_work(1.0)

    card = await studio.shows(job, "(Failed)")

    assert card["attachments"] == []
    assert faces(card) == [["Why?", "Edit and run again"]]
    assert "change the prompt" in (await studio.press(card, "Why?"))["content"]


async def test_cancel_before_the_submit_is_free(studio: Studio) -> None:
    full = {"code": 30, "description": "当前分组负载已饱和", "type": "upstream_error"}
    studio.relay_fault("POST", IMAGINE, times=100, status=429, body=full, headers={"Retry-After": "600"})
    job = await studio.imagine()
    card = await studio.shows(job, "queue is full")

    answer = await studio.press(card, "Cancel Job")

    assert is_private(answer)
    assert answer["content"] == "Stopped before it was sent. Nothing was charged."
    assert (await studio.shows(job, "(Stopped)"))["components"] == []
    assert studio.tasks(job.id) == []


async def test_cancel_after_the_submit_keeps_the_picture_in_the_list(studio: Studio) -> None:
    job = await studio.imagine(user="ben")
    await studio.running(job)

    answer = await studio.press(job.card, "Cancel Job", user="ben")
    await studio.shows(job, "(Stopped)")

    assert "may still charge for it" in answer["content"]
    listed = await finished_anyway(studio, "ben")
    await studio.press(listed, "Post no. 1 here", user="ben")
    await studio.eventually(lambda: studio.results(job.id, "studio"), "the picture that was asked for after all")


async def test_cancel_is_for_the_author_and_moderators(studio: Studio) -> None:
    job = await studio.imagine()

    refusal = await studio.press(job.card, "Cancel Job", user="ben")
    answer = await studio.press(job.card, "Cancel Job", user="mia")

    assert "Only the person who started this job" in refusal["content"]
    assert answer["content"].startswith("Stopped")


async def failed(studio: Studio, reason: str) -> Message:
    """The card of a job that the relay has given up on, although its task would have been finished."""
    job = await studio.imagine()
    task = await studio.running(job)
    failure = {"id": task["id"], "status": "FAILURE", "progress": "100%", "failReason": reason}
    # Whichever look asks for it: after a list that failed, tasks are looked at one by one.
    studio.relay_fault("POST", LIST, status=200, body=[failure], times=1000)
    studio.relay_fault("GET", f"*/mj/task/{task['id']}/fetch", status=200, body=failure, times=1000)
    card = await studio.shows(job, "(Failed)")
    studio.clear_faults()
    return card


async def finished_anyway(studio: Studio, user: str) -> Message:
    """The member's list once the stopped job in it is finished."""
    while True:
        listed = await studio.slash("jobs", user=user)
        if "stopped too late" in listed["content"]:
            return listed


def owner_alerts(studio: Studio, words: str, mark: str = "🔴") -> list[Message]:
    """What the owner of the application was told directly."""
    told = [message for message in studio.messages("dm-ana") if words in message["content"]]
    return [message for message in told if message["content"].startswith(mark)]


async def test_a_limit_of_an_hour_holds_nothing_up(studio: Studio) -> None:
    """Discord counts edits of messages older than an hour, and may say to come back in as long."""
    grid = await studio.result(await studio.imagine())
    wait = {"message": "Maximum number of edits reached", "code": 30046, "retry_after": 3600.0, "global": False}
    studio.discord_fault("PATCH", f"/channels/*/messages/{grid['id']}", status=429, body=wait, headers={"Via": "1.1 x"})

    await studio.result(await studio.follow_up(grid, "U1"))

    await studio.eventually(lambda: "reason=RateLimited" in studio.log(), "the mark that could not be set")
    await studio.result(await studio.follow_up(grid, "U2"))

    def used() -> bool:
        shown = studio.message(grid["id"])
        return shown is not None and [button["style"] for button in buttons(shown)].count(1) == 2

    await studio.eventually(used, "both marks")
