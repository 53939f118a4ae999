"""Fixtures of the ways in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from bot.domain.job import Place
from bot.jobs.access import NoMembers
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from tests.support.hands import EVERY_ENGINE, Hands
from tests.support.makers import make_settings
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.unit.ui.entry_points.rules import IN_CATEGORY, OPEN, THREAD, Against
from tests.unit.ui.entry_points.world import World


class Neighbourhood(NoMembers):
    """Knows which channels the rules' places belong to, as Discord would tell."""

    @override
    async def located(self, place: Place) -> Place:
        known = {one.channel_id: one for one in (THREAD, IN_CATEGORY)}.get(place.channel_id, place)
        return replace(place, parent_channel_id=known.parent_channel_id, category_id=known.category_id)


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
        members=Neighbourhood(),
    )
    return World(await Hands.of(services), services, against, tmp_path)
