"""Fixtures of the ways in."""

from pathlib import Path
from typing import Any

import pytest

from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from tests.support.hands import EVERY_ENGINE, Hands
from tests.support.makers import make_settings
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.unit.ui.entry_points.rules import OPEN, Against
from tests.unit.ui.entry_points.world import World


@pytest.fixture
async def world(
    store: JobStore, pictures: Pictures, presenter: RecordingPresenter, clock: ManualClock, tmp_path: Path, request: Any
) -> World:
    against: Against = getattr(request, "param", Against())
    settings = make_settings(**(OPEN | against.settings))
    engine = ScriptedEngine()
    services = make_services(
        store=store,
        engines=dict.fromkeys(EVERY_ENGINE, engine),
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
    )
    return World(await Hands.of(services), services, against, tmp_path)
