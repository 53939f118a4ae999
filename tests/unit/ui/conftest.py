"""The fixtures of what talks to Discord."""

from collections.abc import AsyncIterator

import pytest

from bot.jobs.first_grid import FirstGrid
from bot.jobs.original_addresses import OriginalAddresses
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from bot.ui.delivery.presenter import DiscordPresenter
from tests.support.discord_bench import DiscordBench
from tests.support.makers import picture


@pytest.fixture
async def bench() -> AsyncIterator[DiscordBench]:
    async with DiscordBench.serving() as bench:
        yield bench


@pytest.fixture
def discord_presenter(bench: DiscordBench, pictures: Pictures, store: JobStore) -> DiscordPresenter:
    first_grid = FirstGrid(store)
    return DiscordPresenter(bench.client, pictures, bench.cipher, bench.clock, OriginalAddresses(), first_grid)


@pytest.fixture
async def kept(pictures: Pictures) -> str:
    """The key of a picture that does not become smaller by packing it."""
    return await pictures.keep_made("made", picture((600, 600), noise=True))
