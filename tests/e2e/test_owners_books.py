"""What owner and moderators read of the books in Discord, from the real bot."""

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

MIA = "mia"  # moderates the server, and belongs to the application's team


async def test_a_moderator_sees_what_the_server_spent_as_a_chart_with_its_description(studio: Studio) -> None:
    await studio.result(await studio.imagine())

    await studio.slash("easel usage", user=MIA)

    told = await studio.told("### Units of the last 30 days", user=MIA)
    (chart,) = told["attachments"]
    assert chart["content_type"] == "image/png"
    assert chart["description"].startswith("Chart of this server's units by day: ")
    assert (await studio.picture(told)).size == (960, 540)


async def test_an_owner_reads_that_a_relay_tells_nothing_of_its_key(studio: Studio) -> None:
    told = await studio.slash("easel relay", user=MIA)

    assert told["content"].startswith("Your relay does not say what its key has left.")
