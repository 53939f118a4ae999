"""Fixtures of the tests of pictures."""

import pytest

from bot.pictures.folder import Pictures
from tests.support.ports import ShelfFetcher
from tests.unit.pictures.shelf import Shelf


@pytest.fixture
def shelf(pictures: Pictures, fetcher: ShelfFetcher) -> Shelf:
    return Shelf(pictures, fetcher)
