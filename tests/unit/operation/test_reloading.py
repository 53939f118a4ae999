"""Settings are read again while the bot runs: what is wrong changes nothing, and what can, holds at once."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.requests import Imagine
from bot.errors import SettingsError, UserError
from bot.operation.reloading import NOTE, Reloading
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import LiveSettings, Settings
from bot.storage.audit import last_acts
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, make_place, make_settings, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services

pytestmark = pytest.mark.both_databases


class Written:
    """What the owner has written; it is read when somebody asks for it."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.wrong = ""

    def __call__(self) -> Settings:
        if self.wrong:
            raise SettingsError(self.wrong)
        return make_settings(**self.values)


class Part:
    """Somebody who made something of the settings."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.took: list[Settings] = []
        self._trouble = trouble

    async def __call__(self, settings: Settings) -> None:
        self.took.append(settings)
        if self._trouble is not None:
            raise self._trouble


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def live() -> LiveSettings:
    return LiveSettings.of(make_settings())


@pytest.fixture
def reloading(live: LiveSettings, written: Callable[[], Settings], store: JobStore) -> Reloading:
    return Reloading(live, written, store)


async def test_what_changed_holds_and_is_handed_on(live: LiveSettings, written: Written, reloading: Reloading) -> None:
    part = Part()
    reloading.subscribe(part)
    written.values = {"units_per_day": "7"}

    found = await reloading.reload()

    assert [(one.name, one.after) for one in found] == [("UNITS_PER_DAY", "7")]
    assert live.limits.units_per_day == 7
    assert part.took == [live]


async def test_invalid_settings_change_nothing(live: LiveSettings, written: Written, reloading: Reloading) -> None:
    part = Part()
    reloading.subscribe(part)
    written.values = {"units_per_day": "7"}
    await reloading.reload()
    written.wrong = "MAX_RUNNING must be a whole number."

    with pytest.raises(SettingsError, match="MAX_RUNNING"):
        await reloading.reload_everywhere(1)

    assert live.limits.units_per_day == 7
    assert len(part.took) == 1


async def test_engine_that_there_is_not_changes_nothing(
    live: LiveSettings, written: Written, reloading: Reloading
) -> None:
    written.values = {"engines": "midjourney,dalle", "units_per_day": "7"}

    with pytest.raises(SettingsError, match="dalle"):
        await reloading.reload()

    assert live.limits.units_per_day is None


async def test_what_waits_for_a_start_is_told_each_time_and_handed_to_nobody(
    live: LiveSettings, written: Written, reloading: Reloading
) -> None:
    part = Part()
    reloading.subscribe(part)
    written.values = {"web_port": "8080"}

    first, second = await reloading.reload(), await reloading.reload()

    assert [(one.name, one.waits_for_start) for one in first] == [("WEB_PORT", True)]
    assert second == first
    assert (live.web.port, part.took) == (None, [])


async def test_part_that_fails_keeps_no_other_from_it(written: Written, reloading: Reloading) -> None:
    parts = [Part(TimeoutError()), Part()]
    reloading.subscribe(*parts)
    written.values = {"units_per_day": "7"}

    await reloading.reload()

    assert [len(part.took) for part in parts] == [1, 1]


async def test_an_owners_reload_is_written_down_without_secrets(
    store: JobStore, written: Written, reloading: Reloading
) -> None:
    written.values = {"units_per_day": "7", "relay_api_key": "sk-something-new"}

    await reloading.reload_everywhere(99)

    (act,) = await last_acts(store.database, None, 5)
    assert (act.act, act.actor) == ("reload", "99")
    assert act.after.splitlines() == ["RELAY_API_KEY=", "UNITS_PER_DAY=7"]
    assert "sk-something-new" not in json.dumps([act.before, act.after])


async def test_signal_is_followed_once(
    store: JobStore, live: LiveSettings, written: Written, reloading: Reloading
) -> None:
    written.values = {"units_per_day": "7"}
    await reloading.look_once()
    before = live.limits.units_per_day

    reloading.ask()
    await reloading.look_once()
    await reloading.look_once()

    assert (before, live.limits.units_per_day) == (None, 7)
    assert len(await last_acts(store.database, None, 5)) == 1


async def test_log_says_what_changed_and_no_value(
    written: Written, reloading: Reloading, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    written.values = {"relay_api_key": "sk-something-new"}

    await reloading.reload()

    assert "name=RELAY_API_KEY" in caplog.text
    assert "sk-something-new" not in caplog.text


async def test_limits_prices_modes_and_places_hold_for_the_next_request(
    store: JobStore,
    engine: ScriptedEngine,
    pictures: Pictures,
    presenter: RecordingPresenter,
    clock: ManualClock,
    live: LiveSettings,
    written: Written,
    reloading: Reloading,
) -> None:
    services = make_services(
        store=store,
        engines={engine.name: engine},
        pictures=pictures,
        presenter=presenter,
        settings=live,
        clock=clock,
    )
    first = await _ask(services)
    written.values = {"prices": '{"*": 3}', "units_per_member_day": "4"}
    await reloading.reload()
    second = await _ask(services)
    with pytest.raises(UserError, match="of your 4 for today"):
        await _ask(services)
    written.values = {"allowed_guilds": "999"}
    await reloading.reload()
    with pytest.raises(UserError, match="not allowed on this server"):
        await _ask(services, BEN)

    assert (first.units, second.units) == (1, 3)


async def _ask(services: Services, actor: Any = ANA) -> Any:
    request = Imagine(prompt="a cat")
    return await services.jobs.admission.request(actor, make_place(), request, mode=None, token=make_token())


async def test_asking_changes_the_note_that_others_look_at(store: JobStore, reloading: Reloading) -> None:
    before = await store.notes.get(NOTE)
    await reloading.reload_everywhere(99)
    first = await store.notes.get(NOTE)
    await reloading.reload_everywhere(99)

    assert len({before, first, await store.notes.get(NOTE)}) == 3
