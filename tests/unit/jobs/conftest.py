"""A second process beside the one that each test has, for what is done over a server's database."""

from collections.abc import AsyncIterator

import pytest

from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services


@pytest.fixture
def other_presenter() -> RecordingPresenter:
    return RecordingPresenter()


@pytest.fixture
async def other(
    services: Services,
    database: str,
    engine: ScriptedEngine,
    pictures: Pictures,
    other_presenter: RecordingPresenter,
    settings: Settings,
    clock: ManualClock,
) -> AsyncIterator[Services]:
    """The services of a second process."""
    assert services.store.database.is_shared
    async with JobStore.opened(database) as store:
        await services.store.database.processes.renew()  # which finds that it is not alone any more
        yield make_services(
            store=store,
            engines={engine.name: engine, "painter": engine},
            pictures=pictures,
            presenter=other_presenter,
            settings=settings,
            clock=clock,
        )
