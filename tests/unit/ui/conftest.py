"""The fixtures of what talks to Discord."""

from collections.abc import AsyncIterator

import pytest

from bot.pictures.folder import Pictures
from bot.ui.delivery.presenter import DiscordPresenter
from tests.support.discord_bench import DiscordBench


@pytest.fixture
async def bench() -> AsyncIterator[DiscordBench]:
    async with DiscordBench.serving() as bench:
        yield bench


@pytest.fixture
def discord_presenter(bench: DiscordBench, pictures: Pictures) -> DiscordPresenter:
    return DiscordPresenter(bench.client, pictures, bench.cipher, bench.clock)
