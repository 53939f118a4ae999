"""Batches end to end: a file is checked, confirmed, painted line by line, and taken away as a ZIP."""

import csv
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from sandbox.message_view import Message, faces, is_private
from tests.e2e.questions import posted_after, sent, spent
from tests.e2e.studio import Studio
from tests.e2e.test_permutations import all_over, pings_of, results_under

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"MAX_JOBS_PER_BATCH": "8", "UNITS_PER_MEMBER_DAY": "60", "MAX_RUNNING_PER_MEMBER": "3"}
FILE = """\
prompt,engine,params,repeat,name
a brass owl,,--ar 4:1 --seed 7,2,Owl
"a {tin, zinc} mouse, asleep",,--ar 4:1 --seed 7,,
a copper hen,steam,,,
,,,,
a lead frog --quux 7 --v,,,,
an iron heron,fal,,,Reiher
"""


async def check(studio: Studio, data: str | bytes, name: str = "farm.csv", user: str = "ana") -> Message:
    """What is asked about a file before anything is spent."""
    upload = studio.upload(name, data.encode() if isinstance(data, str) else data)
    press = await studio.actor.slash(user, "studio", "batch", {"file": upload})
    question = await studio.whole_answer(press, user=user)
    assert is_private(question), question["content"]
    return question


async def started(studio: Studio, data: str, count: int, user: str = "ana") -> Message:
    """The card of a batch that was confirmed."""
    question = await check(studio, data, user=user)
    await studio.click(question, f"Start {count} jobs · {count} units", user=user)
    return await posted_after(studio, question, f"/{count})", user)


def lines(*prompts: str) -> str:
    """A file of prompts that are quick to paint."""
    return "prompt,params,name\n" + "".join(f"{prompt},--ar 4:1 --seed 7,\n" for prompt in prompts)


async def table_of(studio: Studio, message: Message) -> list[dict[str, str]]:
    """The table that is attached to a message."""
    return list(csv.DictReader(io.StringIO((await studio.download(message)).decode("utf-8-sig"))))


def paid(studio: Studio, word: str) -> Counter[str]:
    """How often the relay was asked to imagine each prompt with a word in it."""
    return Counter(prompt for prompt in sent(studio) if word in prompt)


async def test_a_file_is_checked_before_anything_is_spent(studio: Studio) -> None:
    before, paid_before = spent(studio), len(sent(studio))

    question = await check(studio, FILE)

    text = question["content"]
    assert "**farm.csv** stands for 5 jobs: 5 units in all. You have" in text
    assert "`2` a brass owl --ar 4:1 --seed 7 x2" in text
    assert "**Left out: 2 lines**" in text
    assert "`4` There is no engine “steam” here." in text
    assert re.search(r"`6` .*quux", text)
    assert faces(question) == [["Start 5 jobs · 5 units", "Never mind"]]
    rows = await table_of(studio, question)
    assert [(row["line"], row["jobs"], bool(row["problem"])) for row in rows] == [
        ("2", "2", False),
        ("3", "2", False),
        ("4", "0", True),
        ("6", "0", True),
        ("7", "1", False),
    ]
    await studio.click(question, "Never mind")
    await studio.with_text(question, "Nothing was started.")
    assert (spent(studio), len(sent(studio))) == (before, paid_before)


async def test_each_line_is_paid_once_and_taken_away_with_a_table(studio: Studio) -> None:
    card = await started(studio, FILE, 5)
    assert faces(card)[0][-1] == "Cancel the rest"

    await all_over(studio, card)

    assert paid(studio, "owl") == {"a brass owl --ar 4:1 --seed 7": 2}
    assert paid(studio, "mouse") == {f"a {metal} mouse, asleep --ar 4:1 --seed 7": 1 for metal in ("tin", "zinc")}
    (ping,) = pings_of(studio, card)
    assert ping["content"] == f"{studio.mention('ana')} All 5 are ready."
    assert len(results_under(studio, card)) == 6  # with the table
    rows = await table_of(studio, ping)
    assert [(row["line"], row["name"], row["engine"], row["status"], row["seed"]) for row in rows] == [
        ("2", "Owl", "midjourney", "done", "7"),
        ("2", "Owl", "midjourney", "done", "7"),
        ("3", "", "midjourney", "done", "7"),
        ("3", "", "midjourney", "done", "7"),
        ("7", "Reiher", "fal", "done", rows[4]["seed"]),
    ]

    answer = await studio.whole_answer(await studio.click(ping, "Download all"))

    archive = zipfile.ZipFile(io.BytesIO(await studio.download(answer)))
    assert archive.testzip() is None
    names = {Path(name).stem for name in archive.namelist()}
    mice = {f"003-a-{metal}-mouse-asleep" for metal in ("tin", "zinc")}
    assert names == {"002-Owl", "002-Owl-2", *mice, "007-Reiher", "manifest"}
    assert "Only the person" in (await studio.press(ping, "Download all", user="ben"))["content"]


async def test_a_paused_batch_starts_nothing_until_it_is_resumed(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    words = ("red", "blue", "green", "pink", "grey")
    card = await started(studio, lines(*(f"a {word} kite" for word in words)), 5)
    running = "SELECT count(*) FROM jobs WHERE status = 'running' AND request LIKE '% kite%'"
    await studio.eventually(lambda: studio.stored(running) == 3, "three tasks")
    assert "Only the person" in (await studio.press(card, "Pause", user="ben"))["content"]
    assert "Paused" in (await studio.press(card, "Pause"))["content"]
    paused = await studio.with_text(card, "Paused. 3 running, 2 waiting.")
    assert faces(paused) == [["Resume", "Cancel the rest"]]

    await studio.kill()
    studio.let_relay_work(1.0)
    await studio.start()

    await studio.eventually(lambda: len(results_under(studio, card)) == 3, "what was sent")
    await studio.with_text(card, "Paused. 0 running, 2 waiting.")
    assert len(paid(studio, "kite")) == 3
    await studio.press(await studio.with_text(card, "(3/5)"), "Resume")
    await all_over(studio, card)
    assert paid(studio, "kite") == {f"a {word} kite --ar 4:1 --seed 7": 1 for word in words}


async def test_a_batch_killed_half_way_pays_each_line_once(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    words = ("oak", "elm", "ash", "fir", "yew")
    card = await started(studio, lines(*(f"an old {word} bench" for word in words)), 5, "mia")
    running = "SELECT count(*) FROM jobs WHERE status = 'running' AND request LIKE '% bench%'"
    await studio.eventually(lambda: studio.stored(running) == 3, "three tasks")

    await studio.kill()
    studio.let_relay_work(1.0)
    await studio.start()

    await all_over(studio, card, "mia")
    assert paid(studio, "bench") == {f"an old {word} bench --ar 4:1 --seed 7": 1 for word in words}
    assert len(pings_of(studio, card, "mia")) == 1
    await studio.with_text(card, "(5/5)", user="mia")


async def test_what_was_stopped_of_a_batch_is_not_sent_after_a_kill(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    words = ("tin", "zinc", "lead", "gold", "iron")
    card = await started(studio, lines(*(f"a {word} spoon" for word in words)), 5)
    running = "SELECT count(*) FROM jobs WHERE status = 'running' AND request LIKE '% spoon%'"
    await studio.eventually(lambda: studio.stored(running) == 3, "three tasks")
    assert "Stopped 5." in (await studio.press(card, "Cancel the rest"))["content"]

    await studio.kill()
    studio.let_relay_work(1.0)
    await studio.start()

    await studio.with_text(card, "5 stopped.")
    assert sum(paid(studio, "spoon").values()) == 3
    await all_over(studio, card)


async def test_a_paused_batch_whose_card_was_deleted_ends_unpaid(studio: Studio) -> None:
    studio.let_relay_work(0.02)
    card = await started(studio, lines(*(f"a {word} drum" for word in ("big", "small", "loud", "soft"))), 4, "mia")
    await studio.eventually(lambda: len(paid(studio, "drum")) == 3, "three tasks")
    await studio.press(card, "Pause", user="mia")

    await studio.actor.delete_message("studio", card["id"], "mia")
    studio.let_relay_work(1.0)

    waiting = "SELECT count(*) FROM jobs WHERE status = 'cancelled' AND request LIKE '% drum%'"
    await studio.eventually(lambda: studio.stored(waiting) == 1, "the waiting job ended")
    assert len(paid(studio, "drum")) == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG\0\0", "is not text"),
        (b"a fox\n", "must name its columns"),
        (b"prompt\n" + b"a fox\n" * 41, "more than 40 prompts"),
    ],
)
async def test_a_file_of_no_use_is_refused_with_a_sentence(studio: Studio, data: bytes, says: str) -> None:
    assert says in (await check(studio, data))["content"]


async def test_more_than_the_cap_starts_nothing(studio: Studio) -> None:
    question = await check(studio, "prompt,repeat\na fox,8\na hare,1\n")

    assert "9 jobs" in question["content"]
    assert "A batch may start 8 here" in question["content"]
    assert question["components"] == []
