"""Settings that are read again while the bot runs: new keys, limits and engines without a restart."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.message_view import is_private
from tests.e2e.studio import CAT, Studio, ordered
from tests.support.forks import ForkedBot

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
NEW_KEY = "sk-sandbox-a-key-that-nobody-had-before"


class Owner:
    """Whoever writes the settings file, and is Mia on Discord."""

    def __init__(self, studio: Studio, file: Path) -> None:
        self.studio = studio
        self.file = file

    def write(self, **settings: str) -> None:
        """Write the whole file anew."""
        lines = [f"{name}='{value}'" for name, value in ({"RELAY_API_KEY": self.studio.relay.key} | settings).items()]
        self.file.write_text("\n".join(lines), encoding="utf-8")

    async def reload(self) -> str:
        """What /easel owner reload answers."""
        interaction = await self.studio.actor.slash("mia", "studio", "easel owner reload", {})
        return str((await self.studio.whole_answer(interaction, user="mia"))["content"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Owner]:
    """The same studio with its key in a file instead of the environment."""
    owner = Owner(studio, tmp_path_factory.mktemp("settings") / "easel.env")
    owner.write()
    await studio.restart(ENV_FILE=str(owner.file), RELAY_API_KEY="")
    yield owner


async def test_limits_hold_at_once_and_what_needs_a_start_is_named(owner: Owner) -> None:
    studio = owner.studio
    owner.write(UNITS_PER_MEMBER_DAY="0", METRICS_HOST="127.0.0.2")

    told = await owner.reload()

    assert "### What holds from now on\n- `UNITS_PER_MEMBER_DAY` - → 0" in told
    assert "### What holds after a restart\n- `METRICS_HOST` 127.0.0.1 → 127.0.0.2" in told
    refused = await studio.slash("imagine", {"prompt": CAT})
    assert is_private(refused)
    assert "more than you have left of your 0 for today" in refused["content"]
    owner.write()
    assert "`UNITS_PER_MEMBER_DAY` 0 → -" in await owner.reload()
    await studio.result(await studio.imagine())


async def test_an_invalid_file_changes_nothing(owner: Owner) -> None:
    owner.write(STOP_LIMIT_S="soon", UNITS_PER_MEMBER_DAY="0")

    told = await owner.reload()

    assert told == "The settings stay as they are:\n- `STOP_LIMIT_S must be a number.`"
    await owner.studio.result(await owner.studio.imagine())
    owner.write()
    assert await owner.reload() == "No setting has changed."


async def test_key_that_is_rotated_under_running_jobs_refuses_none(owner: Owner) -> None:
    studio = owner.studio
    jobs = [await studio.imagine(f"{CAT} --sandbox-queued", user=("ana", "ben", "mia")[one % 3]) for one in range(20)]
    for job in jobs:
        await studio.running(job)
    before = len(studio.relay.wire.requests)

    studio.relay.key = NEW_KEY
    owner.write()
    assert isinstance(studio.bot, ForkedBot)
    studio.bot.send(signal.SIGHUP)
    await studio.eventually(lambda: "setting changed name=RELAY_API_KEY" in studio.log(), "the new key taken")
    after = [await studio.imagine() for _one in range(3)]
    await asyncio.gather(*(studio.result(job) for job in (*jobs, *after)))

    later = studio.relay.wire.requests[before:]
    assert [one for one in later if "/submit/" in one.path and one.status != 200] == []
    assert [len(studio.tasks(job.id)) for job in (*jobs, *after)] == [1] * 23
    assert {studio.units(job) for job in (*jobs, *after)} == {"settled"}
    assert NEW_KEY not in studio.log()


async def test_secret_is_told_as_changed_alone(owner: Owner) -> None:
    owner.studio.relay.key = NEW_KEY[:-1]
    owner.write()

    told, _note, _to_others = (await owner.reload()).partition("\n-# ")  # on PostgreSQL, the killed bot may count yet
    assert told == "### What holds from now on\n- `RELAY_API_KEY` has changed"
    await owner.studio.result(await owner.studio.imagine())


async def test_engine_is_switched_off_and_on_with_its_commands(owner: Owner) -> None:
    studio = owner.studio

    def commands() -> set[str]:
        return {str(command["name"]) for command in studio.sandbox.discord._commands.usable(None)}

    assert "kling" in commands()
    begun = ordered(await studio.slash("kling imagine", {"prompt": "a red kite"}), "ana", "studio")
    await studio.eventually(lambda: "Waiting" not in str(studio.card(begun)), "the kite at the relay")
    owner.write(ENGINES="midjourney,openai")
    await owner.reload()
    off = commands()
    owner.write()
    await owner.reload()

    assert {"imagine", "draw"} <= off
    assert not off & {"kling", "fal", "ideogram", "jimeng"}
    await studio.result(begun)  # what was begun goes on
    assert commands() >= {"kling", "fal", "ideogram", "jimeng"}
    picture = await studio.slash("kling imagine", {"prompt": "a red kite"})
    assert not is_private(picture)


async def test_log_level_changes_and_what_it_was_comes_back(owner: Owner) -> None:
    studio = owner.studio
    owner.write(LOG_LEVELS="bot.relay=DEBUG")
    await owner.reload()
    await studio.result(await studio.imagine())
    assert "DEBUG bot.relay.http: relay answered" in studio.log()

    owner.write()
    await owner.reload()
    length = len(studio.log())
    await studio.result(await studio.imagine())

    assert "DEBUG" not in studio.log()[length:]
