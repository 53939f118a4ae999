"""What a bot has in memory that nobody has asked for anything: a process as owners start it, not a fork of a test's."""

import sys
from pathlib import Path

import pytest

from sandbox.bot_process import BotProcess
from tests.e2e.studio import Studio, open_studio

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process has loaded")

# Each is megabytes of machine code, and waits for a member's job, a server's words, or a worker's picture.
UNNEEDED = ("cryptography", "re2", "PIL", "av", "obstore")


def loaded(studio: Studio) -> set[str]:
    """Those of the libraries whose machine code the bot has loaded."""
    assert studio.sandbox.bot is not None
    files = Path(f"/proc/{studio.sandbox.bot.pid}/maps").read_text()
    return {name for name in UNNEEDED if f"/site-packages/{name}/" in files}


async def test_an_idle_bot_has_loaded_nothing_that_only_jobs_need(tmp_path: Path) -> None:
    # Without docstrings, as the image and the service of systemd have it.
    async with open_studio(tmp_path, env={"PYTHONOPTIMIZE": "2"}, make_bot=BotProcess) as studio:
        idle = loaded(studio)
        await studio.result(await studio.imagine())

        assert idle == set()
        assert loaded(studio) == {"cryptography"}  # an interaction's token was sealed; workers decode the pictures
