"""Pictures in a bucket of a real S3 server: the machine that made them may be gone, the bucket may be away."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.message_view import Message
from sandbox.servers import NoServerError
from tests.e2e.gestures import job_of, painted, panel_of, send_for_job, tick
from tests.e2e.studio import Studio, open_studio, result_files, same_pixels
from tests.support import buckets
from tests.support.rows import rows

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.process]

PROMPT = "a red lighthouse over the sea --seed 7"
AWAY = 503


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bucket() -> dict[str, str]:
    try:
        return buckets.server().new_place()
    except NoServerError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="module")
def door(bucket: dict[str, str]) -> buckets.Doorway:
    return buckets.Doorway(bucket["AWS_ENDPOINT_URL"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def studio(
    bucket: dict[str, str], door: buckets.Doorway, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with door.opened() as endpoint:
        env = bucket | {"AWS_ENDPOINT_URL": endpoint}
        async with open_studio(folder, speed=60.0, env=env) as opened:
            yield opened


def here(studio: Studio, folder: str) -> set[str]:
    return {path.name for path in (studio.sandbox.data / folder).iterdir()}


async def lose_the_machine(studio: Studio) -> None:
    """Kill the bot and all that its machine had of pictures; another one starts on the same database."""
    await studio.kill()
    for folder in ("pictures", "cache"):
        shutil.rmtree(studio.sandbox.data / folder)
    await studio.start()


async def test_results_are_in_the_bucket_before_they_are_posted(
    studio: Studio, grid: Message, bucket: dict[str, str]
) -> None:
    name = f"{job_of(grid).id}.png"

    assert name in buckets.keys_in(bucket)
    assert name not in here(studio, "pictures")
    (listed,) = rows(studio.database, f"SELECT kind FROM pictures WHERE key = '{name}'")
    assert listed["kind"] == "result"


async def test_a_region_is_repainted_where_the_machine_that_made_the_picture_is_gone(
    studio: Studio, single: Message, door: buckets.Doorway
) -> None:
    await lose_the_machine(studio)
    door.asked.clear()

    panel = await panel_of(studio, single)
    assert [a["content_type"] for a in panel["attachments"]] == ["image/webp"]
    modal = await studio.open(await tick(studio, panel, "5"), "Repaint…")
    job = await send_for_job(studio, modal, prompt="a storm")
    repainted = await studio.result(job)

    assert result_files(repainted) == [f"easel-{job.id}.png"]
    assert door.asked.count(("GET", f"{job_of(single).id}.png")) == 1


async def test_a_result_is_shown_again_where_its_machine_is_gone(studio: Studio, grid: Message) -> None:
    await lose_the_machine(studio)

    first = await studio.slash("show", {"id": job_of(grid).id})

    def shown() -> Message | None:
        now = studio.now(first)
        return now if now is not None and now["attachments"] else None

    again = await studio.eventually(shown, "the picture once more")
    assert same_pixels(await studio.picture(again), await studio.picture(grid))
    await studio.actor.delete_message("studio", again["id"], "mia")


async def test_removing_deletes_in_the_bucket_at_once(studio: Studio, bucket: dict[str, str]) -> None:
    job = await studio.imagine("a boat --seed 9", user="ben")
    result = await studio.result(job)
    assert f"{job.id}.png" in buckets.keys_in(bucket)

    answer = await studio.answer(await studio.use_menu(result, "Remove", user="ben"))

    assert answer["content"] == "Removed."
    assert f"{job.id}.png" not in buckets.keys_in(bucket)


async def test_a_result_is_posted_while_the_bucket_is_away_and_reaches_it_later(
    studio: Studio, door: buckets.Doorway, bucket: dict[str, str]
) -> None:
    door.answers = AWAY
    job = await studio.imagine("a boat --seed 8")

    posted = await studio.result(job)

    name = f"{job.id}.png"
    assert result_files(posted) == [f"easel-{name}"]
    assert name in here(studio, "pictures")
    assert name not in buckets.keys_in(bucket)
    door.answers = None
    await studio.restart()
    await studio.eventually(lambda: name in buckets.keys_in(bucket), "the picture in the bucket")
    await studio.eventually(lambda: name in here(studio, "cache"), "its copy here")
    assert here(studio, "pictures") == set()


async def test_a_members_picture_is_refused_while_the_bucket_is_away_and_nothing_is_paid(
    studio: Studio, door: buckets.Doorway
) -> None:
    door.answers = AWAY
    job = await studio.imagine("a boat", image1=studio.upload("red.png", painted((9, 0, 0))))

    await studio.eventually(
        lambda: any("Please try again in a minute" in told for told in studio.whispers("ana")), "the sentence"
    )

    door.answers = None
    assert studio.submits(job.id) == []
