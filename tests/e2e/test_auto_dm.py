"""/prefer auto_dm: finished pictures come by direct message, too; once, whatever happens meanwhile."""

import pytest

from sandbox.message_view import Message, faces, is_private
from tests.e2e.studio import Ordered, Studio, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SMALL = "a heron --ar 4:1 --seed 7"


async def switch(studio: Studio, user: str) -> str:
    """Turn the switch; returns what is said."""
    said = await studio.slash("prefer auto_dm", user=user)
    assert is_private(said)
    return str(said["content"])


async def copies(studio: Studio, job: Ordered, user: str) -> list[Message]:
    """The copies of a job's result, once there is one."""
    return await studio.eventually(lambda: studio.results(job.id, f"dm-{user}", user), "the copy")


async def test_a_result_comes_twice_for_who_wants_that_and_its_copy_works(studio: Studio) -> None:
    assert "now also come" in await switch(studio, "ana")
    grid = await studio.result(job := await studio.imagine(SMALL))

    (copy,) = await copies(studio, job, "ana")

    assert result_files(copy) == result_files(grid)
    assert grid["id"] in copy["content"]
    assert faces(copy) == faces(grid)
    pressed = await studio.follow_up(copy, "U2")
    await studio.result(pressed)  # which stands there alone
    assert len(studio.results(pressed.id, "dm-ana")) == 1
    assert "no longer" in await switch(studio, "ana")


async def test_each_picture_of_several_comes(studio: Studio) -> None:
    await switch(studio, "ben")
    studio.messages("dm", "ben")  # opens it
    question = await studio.slash("imagine", {"prompt": "a {red, blue} boat --ar 4:1 --seed 7"}, user="ben")
    await studio.click(question, "Start all 2", user="ben")

    def sent() -> list[Message] | None:
        found = [one for one in studio.messages("dm", "ben") if " boat" in one["content"]]
        return found if len(found) == 2 else None

    await studio.eventually(sent, "both copies")
    await switch(studio, "ben")


async def test_it_comes_once_where_the_bot_dies_while_it_is_sent(studio: Studio) -> None:
    await switch(studio, "ana")
    job = await studio.imagine(SMALL)
    await studio.running(job)
    direct = studio.channel_id("dm-ana")
    studio.discord_fault("POST", f"/channels/{direct}/messages", drop="after")
    studio.finish(job)
    await copies(studio, job, "ana")
    await studio.kill()

    await studio.start()
    await studio.eventually(lambda: studio.stored(f"SELECT told FROM jobs WHERE id = '{job.id}'") or None, "the end")

    assert len(studio.results(job.id, "dm-ana")) == 1
    assert len(studio.results(job.id, "studio")) == 1
    await switch(studio, "ana")


async def test_closed_direct_messages_are_told_once_and_turn_it_off(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    await switch(studio, "mia")
    monkeypatch.setattr(studio.sandbox.discord.state.user("mia"), "accepts_dms", False)

    await studio.result(await studio.imagine(SMALL, user="mia"))
    told = await studio.told("couldn't send you a direct message", user="mia")
    await studio.result(await studio.imagine(SMALL, user="mia"))

    assert is_private(told)
    whispers = [one for one in studio.whispers("mia") if "direct message" in one and "couldn't" in one]
    assert len(whispers) == 1
    assert "now also come" in await switch(studio, "mia")  # it was off
    await switch(studio, "mia")
