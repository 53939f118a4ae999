"""The bot dies, in order or not, at the worst moments: nothing is lost, paid twice or posted twice."""

import pytest
import pytest_asyncio

from sandbox.bot_process import BOT_COMMAND, BotProcess
from sandbox.discord import messages
from sandbox.message_view import Message, cell, faces, is_private
from sandbox.wire import RecordedRequest, moment
from tests.e2e.studio import Ordered, Studio, same_pixels
from tests.support.rows import Row, rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

IMAGINE = "/mj/submit/imagine"
SEND_AGAIN = "Send again (may be charged twice)"
SAID_MEANWHILE = 250  # more than fit in two pages of history
BUSY = {"code": 23, "description": "队列已满,请稍后尝试", "properties": {}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid(studio: Studio) -> Message:
    """A finished grid."""
    return await studio.result(await studio.imagine())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def caught(studio: Studio) -> list[Ordered]:
    """Jobs whose bot was killed during their submits, and started again; only the first did reach the relay."""
    studio.relay_fault("POST", IMAGINE, delay_s=1.5)
    studio.relay_fault("POST", IMAGINE, delay_s=1.5, drop="before", times=3)
    jobs = []
    for user in ("ana", "ana", "ana", "ben"):
        jobs.append(await studio.imagine(user=user))
        await submitted(studio, jobs[-1])
    await studio.kill()
    await studio.start()
    return jobs


async def submitted(studio: Studio, job: Ordered) -> None:
    """Wait until the job's paid call is on its way."""
    await studio.eventually(lambda: studio.submits(job.id), "the submit")


@pytest.mark.parametrize("ending", ["kill", "terminate"])
async def test_a_running_job_goes_on_after_the_bot_ended(studio: Studio, ending: str) -> None:
    job = await studio.imagine()
    await studio.running(job)

    await getattr(studio.bot, ending)()
    await studio.start()
    await studio.result(job)

    assert len(studio.submits(job.id)) == 1


@pytest.mark.sqlite_only(reason="a server's database is shared, and nobody waits for it")
async def test_a_bot_that_waits_goes_on_where_the_one_before_it_ends(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.running(job)
    heir = BotProcess(studio.bot.environment, studio.sandbox.data / "heir.log", command=(*BOT_COMMAND, "--wait", "60"))
    await heir.start()
    await studio.eventually(lambda: any("waiting for another Easel" in line for line in heir.last_lines), "its word")

    studio._starts.append(moment())
    await studio.bot.terminate()
    await studio.eventually(studio.sandbox.discord.bot_connected, "the other one connected")
    await studio.result(job)
    during = await studio.imagine()
    await studio.result(during)

    assert (len(studio.submits(job.id)), len(studio.submits(during.id))) == (1, 1)
    await heir.terminate()
    await studio.start()


async def test_commands_are_told_once_in_all_languages(studio: Studio) -> None:
    def syncs() -> int:
        requests = studio.sandbox.discord.wire.requests
        return sum(one.method == "PUT" and one.path.endswith("/commands") for one in requests)

    await studio.restart()

    assert syncs() == 1
    described = {one["name"]: one.get("description_localizations") or {} for one in studio.actor.state()["commands"]}
    assert described["imagine"]["zh-CN"] == "用提示词生成四张图片"
    assert described["imagine"].keys() <= {"zh-CN", "zh-TW", "ja", "ko", "de", "fr", "es-ES", "es-419", "pt-BR"}


async def test_a_button_answers_after_a_restart(studio: Studio, grid: Message) -> None:
    await studio.restart()

    single = await studio.result(await studio.follow_up(grid, "U1"))

    assert same_pixels(await studio.picture(single), cell(await studio.picture(grid), 1))


async def test_a_job_that_waits_for_a_place_is_sent_after_a_restart(studio: Studio) -> None:
    studio.relay_fault("POST", IMAGINE, body=BUSY, status=200, headers={"Retry-After": "600"})
    job = await studio.imagine()
    await studio.shows(job, "queue is full")

    await studio.kill()
    await studio.start()
    await studio.result(job)

    assert [request.status for request in studio.submits(job.id)] == [200, 200]


async def test_a_job_killed_in_its_submit_is_uncertain_and_says_so(studio: Studio, caught: list[Ordered]) -> None:
    cards = [await studio.shows(job, "(Unknown outcome)") for job in caught[:2]]

    assert [faces(card) for card in cards] == [[["Why?", "Look again", SEND_AGAIN, "Give up"]]] * 2
    assert "will not resend it without asking" in (await studio.press(cards[0], "Why?"))["content"]


async def test_a_job_killed_in_its_submit_is_not_sent_again_by_itself(studio: Studio, caught: list[Ordered]) -> None:
    taken, lost, *_ = caught

    await studio.eventually(lambda: studio.tasks(taken.id), "the task that nobody heard of")

    assert studio.tasks(lost.id) == []
    assert [len(studio.submits(job.id)) for job in caught] == [1, 1, 1, 1]


async def test_an_uncertain_job_is_sent_again_by_its_author_alone(studio: Studio, caught: list[Ordered]) -> None:
    card = await studio.shows(caught[2], "(Unknown outcome)")

    refusal = await studio.press(card, SEND_AGAIN, user="ben")
    second = await studio.follow_up(card, SEND_AGAIN)

    assert is_private(refusal)
    assert "Only the person who started this job" in refusal["content"]
    await studio.result(second)
    old = await studio.shows(caught[2], "Sent again: ")
    assert faces(old) == []


async def test_an_uncertain_job_stands_in_the_list_until_it_is_dropped(studio: Studio, caught: list[Ordered]) -> None:
    card = await studio.shows(caught[3], "(Unknown outcome)")

    before = await studio.slash("jobs", user="ben")
    await studio.press(card, "Give up", user="ben")
    after = await studio.slash("jobs", user="ben")

    assert "unknown outcome" in before["content"]
    assert "unknown outcome" not in after["content"]


async def test_a_submit_on_its_way_is_awaited_when_the_bot_is_told_to_stop(studio: Studio) -> None:
    studio.relay_fault("POST", IMAGINE, delay_s=1.0)
    job = await studio.imagine()
    await submitted(studio, job)

    await studio.restart()
    await studio.result(job)

    assert len(studio.submits(job.id)) == 1


async def test_an_answer_that_comes_too_late_as_the_bot_stops_is_no_failure(studio: Studio, grid: Message) -> None:
    single = await studio.result(await studio.follow_up(grid, "U2"))
    studio.relay_fault("POST", IMAGINE, delay_s=2.0)  # which the stop waits for, as it is paid
    await submitted(studio, await studio.imagine())
    upset = {"message": "upset"}
    # The library tries again after a second, when the connection is closed.
    studio.discord_fault("POST", "/interactions/*/callback", status=503, body=upset)
    await studio.click(single, "Vary (Region)")
    await studio.eventually(lambda: refused_answers(studio), "the answer refused")

    await studio.restart()

    assert "interaction failed" not in studio.log()


@pytest.mark.parametrize("ending", ["refused", "killed"])
async def test_sending_again_without_a_card_leaves_the_first_as_it_was(studio: Studio, ending: str) -> None:
    studio.relay_fault("POST", IMAGINE, drop="before")
    job = await studio.imagine()
    card = await studio.shows(job, "(Unknown outcome)")
    seen = len(refused_answers(studio))
    status, times = (404, 1) if ending == "refused" else (503, 9)
    body = {"message": "Unknown interaction", "code": 10062}
    studio.discord_fault("POST", "/interactions/*/callback", status=status, body=body, times=times)

    await studio.click(card, SEND_AGAIN)
    await studio.eventually(lambda: len(refused_answers(studio)) > seen, "the answer refused")
    if ending == "killed":
        await studio.kill()
        studio.clear_faults()
        await studio.start()
    else:
        await studio.eventually(lambda: "job ended" in studio.log().rpartition("job received")[2], "the end")
    # On a server the one that died holds its jobs until its lease is over.
    await studio.eventually(lambda: not waiting(studio), "what it had begun withdrawn")
    second = await studio.follow_up(await studio.shows(job, "(Unknown outcome)"), SEND_AGAIN)

    await studio.result(second)
    await studio.shows(job, "Sent again: ")
    assert [len(studio.submits(one.id)) for one in (job, second)] == [1, 1]


def waiting(studio: Studio) -> list[Row]:
    """The jobs that were admitted, and of which nothing was shown or sent yet."""
    return rows(studio.database, "SELECT * FROM jobs WHERE status = 'received'")


def refused_answers(studio: Studio) -> list[RecordedRequest]:
    """The answers to interactions that Discord had trouble with."""
    return [r for r in studio.sandbox.discord.wire.requests if "/callback" in r.path and r.status in (404, 503)]


async def test_a_result_posted_just_before_the_kill_is_not_posted_again(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.running(job)
    studio.discord_fault("POST", "/channels/*/messages", drop="after")
    await studio.eventually(lambda: studio.results(job.id, "studio"), "the first posting")

    await studio.kill()
    await studio.start()

    await studio.result(job)
    assert len(studio.results(job.id, "studio")) == 1


async def test_a_result_posted_before_a_long_outage_is_found_behind_all_that_was_said_since(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await studio.imagine()
    await studio.running(job)
    studio.discord_fault("POST", "/channels/*/messages", drop="after")
    await studio.eventually(lambda: studio.results(job.id, "studio"), "the first posting")

    await studio.kill()
    for number in range(SAID_MEANWHILE):
        await studio.actor.say("ben", "studio", f"lovely weather, day {number}")
    monkeypatch.setattr(messages, "NONCE_LIFE_S", 0.0)
    await studio.start()

    await studio.result(job)
    assert len(studio.results(job.id, "studio")) == 1


async def test_a_result_whose_answer_was_lost_is_not_posted_again(studio: Studio) -> None:
    studio.discord_fault("POST", "/channels/*/messages", drop="after", times=2)

    await studio.result(await studio.imagine())


async def test_a_result_that_could_not_be_posted_before_the_kill_is_posted_after_it(studio: Studio) -> None:
    job = await studio.imagine()
    await studio.running(job)
    studio.discord_fault("POST", "/channels/*/messages", status=503, body={"message": "upset"}, times=1000)
    posts = len(studio.sandbox.discord.wire.requests)
    await studio.eventually(
        lambda: any(request.status == 503 for request in studio.sandbox.discord.wire.requests[posts:]),
        "a refused posting",
    )

    await studio.kill()
    studio.clear_faults()
    await studio.start()

    await studio.result(job)
