"""The fixtures of what talks to Discord."""

from collections.abc import AsyncIterator

import pytest

from bot.jobs.extras import Extras
from bot.jobs.original_addresses import OriginalAddresses
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from bot.ui.delivery.presenter import DiscordPresenter
from tests.support.discord_bench import DiscordBench
from tests.support.makers import make_settings, picture


@pytest.fixture
async def bench() -> AsyncIterator[DiscordBench]:
    async with DiscordBench.serving() as bench:
        yield bench


@pytest.fixture
def discord_presenter(bench: DiscordBench, pictures: Pictures, store: JobStore) -> DiscordPresenter:
    extras = Extras.over(store, make_settings())
    return DiscordPresenter(bench.client, pictures, bench.cipher, bench.clock, OriginalAddresses(), extras)


@pytest.fixture
async def kept(pictures: Pictures) -> str:
    """The key of a picture that does not become smaller by packing it."""
    return await pictures.keep_made("made", picture((600, 600), noise=True))
