"""A caller for the tests of the engines' fakes."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.engines.caller import Caller
from tests.sandbox.relay_bench import Bench


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with Bench.open(seed=3) as bench:
        yield Caller(bench)
