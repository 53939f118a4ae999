"""A member's data as a ZIP: by direct message or by a link, until it is erased."""

import io
import re
import zipfile

import aiohttp
import pytest

from sandbox.message_view import is_private
from sandbox.panel import open_panel
from tests.e2e.drawing import with_address
from tests.e2e.galleries import ask, link_of
from tests.e2e.studio import Studio
from tests.support.rows import change

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = with_address()
SPEED = 120.0


async def exported(studio: Studio) -> str:
    """What Mia is told when she asks for her data."""
    panel = await open_panel(studio, "privacy", user="mia")
    answer = await studio.whole_answer(await panel.click("Export my data"), user="mia")
    assert is_private(answer)
    return str(answer["content"])


async def test_what_is_too_much_for_a_message_has_a_link_until_it_is_erased(studio: Studio) -> None:
    job = await studio.imagine("a lighthouse --seed 7", user="mia")
    await studio.result(job)
    assert await exported(studio) == "Sent to your direct messages."
    large = f"UPDATE pictures SET bytes = {11 * 1024 * 1024} WHERE job_id = '{job.id}'"
    change(studio.database, large)

    link = re.search(r"\(<(.+/export/.+)>\)", await exported(studio))

    assert link is not None
    async with aiohttp.ClientSession() as session:
        async with session.get(link[1]) as response:
            assert response.status == 200
            archive = zipfile.ZipFile(io.BytesIO(await response.read()))
        data, newest, *_of_other_tests = archive.namelist()
        assert archive.testzip() is None
        assert newest == f"pictures/easel-{job.id}.png"
        assert archive.read(newest) == (studio.sandbox.data / "pictures" / f"{job.id}.png").read_bytes()
        assert "a lighthouse" in archive.read(data).decode()
        assert "a cat in the rain" not in archive.read(data).decode()

        panel = await open_panel(studio, "privacy", user="mia")
        await (await panel.press("Erase my data…")).write("Erase", "erase")
        async with session.get(link[1]) as response:
            assert (response.status, "erased" in await response.text()) == (410, True)


async def test_closed_direct_messages_are_told(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    job = await studio.imagine("a pier --seed 7", user="mia")
    await studio.result(job)
    monkeypatch.setattr(studio.sandbox.discord.state.user("mia"), "accepts_dms", False)

    status, said = await ask(await link_of(studio, user="mia"), f"api/jobs/{job.id}/send", "POST")

    assert (status, "couldn't send you a direct message" in said["text"]) == (403, True)
    assert "couldn't send you a direct message" in await exported(studio)
