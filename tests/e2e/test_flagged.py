"""What an engine flags as for adults, where a server has rules about it."""

import pytest

from sandbox.message_view import Message, is_private
from sandbox.panel import Panel
from tests.e2e.studio import Ordered, Studio, ordered, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
FLAGGED = {"prompt": "a boat --sandbox-nsfw", "count": 2}  # the first of two is flagged and held back
COVER, KEEP = "Cover what engines flag", "Flagged: age-restricted channels only"


async def painted(studio: Studio, channel: str = "studio") -> Ordered:
    card = await studio.slash("fal generate", FLAGGED, channel=channel)
    return ordered(card, "ana", channel)


async def turned(studio: Studio, label: str) -> Panel:
    """The panel of rules after a press on a switch."""
    panel = Panel(studio, await studio.slash("easel setup", user="mia"), "mia")
    return await (await panel.choose("page", "more")).press(label)


async def test_it_is_covered_where_a_rule_says_so(studio: Studio) -> None:
    assert COVER in (await turned(studio, COVER)).is_on

    job = await painted(studio)
    covered = await studio.result(job)
    adult = await painted(studio, "after-dark")
    open_one = await studio.result(adult)

    assert result_files(covered)[0].startswith(f"SPOILER_easel-{job.id}")
    assert result_files(open_one)[0].startswith(f"easel-{adult.id}")


async def test_it_comes_to_its_author_where_it_may_not_be_shown(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = await turned(studio, KEEP)
    assert (KEEP in panel.is_on, COVER in panel.is_on) == (True, False)

    job = await painted(studio)

    def sent() -> Message | None:
        return next(iter(studio.results(job.id, "dm-ana")), None)

    message = await studio.eventually(sent, "the direct message")
    await studio.gone(job)
    assert "flagged this as for adults" in message["content"]
    assert studio.results(job.id, "studio") == []

    monkeypatch.setattr(studio.sandbox.discord.state.user("ana"), "accepts_dms", False)
    stuck = await painted(studio)
    card = await studio.shows(stuck, "it is not shown here")
    assert result_files(card) == []
    listed = await studio.slash("jobs")
    shown = await studio.press(listed, "Post no. 1 here")
    assert is_private(shown)
    await studio.eventually(lambda: studio.results(stuck.id, "studio"), "the private result")
    assert studio.results(stuck.id, "studio", "ben") == []
