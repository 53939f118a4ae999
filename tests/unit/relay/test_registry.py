"""Which engines there are, which are on, and how each is reached."""

import asyncio
import json

import pytest

from bot.clock import Clock
from bot.domain.engine_info import ENGINES, EngineInfo
from bot.domain.job import JobStatus, Wait
from bot.domain.outcomes import Accepted, Busy, Uncertain
from bot.errors import SettingsError
from bot.relay.kling import Kling
from bot.relay.registry import Engines, Tools, find_adapter
from bot.settings import Settings
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import make_job, make_settings, picture
from tests.support.painting import Shelf, paint_job

BODIES = {
    "ideogram": ("generate", {"data": []}),
    "fal": ("generate", {"request_id": "7"}),
    "jimeng": ("generate", {"data": []}),
    "kling": ("imagine", {"code": 0, "data": {"task_id": "7"}}),
}


def tools(settings: Settings) -> Tools:
    return Tools(settings, Shelf(one=picture()), Clock(1.0))


def test_all_engines_are_on_by_default() -> None:
    assert list(make_settings().engines.on) == list(ENGINES)


async def test_only_engines_that_are_on_are_made() -> None:
    async with Engines.opened(tools(make_settings(engines="kling, midjourney,kling"))) as engines:
        assert [(name, engine.name) for name, engine in engines.by_lane.items()] == [
            ("kling", "kling"),
            ("midjourney", "midjourney"),
        ]
        assert engines.answered_at() is None


def test_an_adapter_is_called_as_its_engine() -> None:
    assert find_adapter(ENGINES["kling"]) is Kling
    with pytest.raises(LookupError, match=r"^bot\.relay\.fetch has no EngineAdapter called fetch$"):
        find_adapter(EngineInfo("fetch", "Fetch", ()))


async def test_an_engine_that_is_not_known_is_told_in_one_line() -> None:
    with pytest.raises(SettingsError, match=r"^ENGINES names dalle; known are midjourney, ideogram"):
        async with Engines.opened(tools(make_settings(engines="dalle,kling"))):
            pass


@pytest.mark.parametrize("name", BODIES)
async def test_each_engine_goes_to_its_own_address_with_its_own_key(name: str) -> None:
    kind, answer = BODIES[name]
    async with ScriptedRelay.serving(answer) as relay:
        own = {f"{name}_base_url": relay.url, f"{name}_api_key": "own-key", f"{name}_headers": {"X-Key": "<{key}>"}}
        async with Engines.opened(tools(make_settings(**own))) as engines:
            await engines.by_lane[name].submit(paint_job(name, kind))

            assert engines.answered_at() is not None

    assert [seen.headers["X-Key"] for seen in relay.seen] == ["<own-key>"]


@pytest.mark.parametrize("name", BODIES)
async def test_a_vendors_own_codes_are_read_in_its_own_answers_alone(name: str) -> None:
    kind, _answer = BODIES[name]
    too_fast = Reply({"code": 1302, "message": "odd"}, 500)
    async with (
        ScriptedRelay.serving(too_fast) as relay,
        Engines.opened(tools(make_settings(relay_base_url=relay.url))) as engines,
    ):
        outcome = await engines.by_lane[name].submit(paint_job(name, kind))

    assert outcome == Busy(Wait.QUEUE_FULL, 15.0) if name == "kling" else isinstance(outcome, Uncertain)


async def test_other_key_and_address_hold_for_what_is_sent_from_then_on() -> None:
    kind, answer = BODIES["kling"]
    async with ScriptedRelay.serving(answer) as first, ScriptedRelay.serving(answer) as second:
        before = make_settings(relay_base_url=first.url, relay_api_key="old-key")
        async with Engines.opened(tools(before)) as engines:
            by_lane = engines.by_lane
            for settings in (
                before,
                make_settings(relay_base_url=first.url, relay_api_key="new-key"),
                make_settings(relay_base_url=second.url, relay_api_key="new-key"),
            ):
                await engines.apply(settings)
                await by_lane["kling"].submit(paint_job("kling", kind))

    assert ["old-key" in seen.headers["Authorization"] for seen in first.seen] == [True, False]
    assert len(second.seen) == 1


async def test_what_is_on_its_way_ends_as_it_began_when_the_key_changes() -> None:
    kind, answer = BODIES["kling"]
    async with ScriptedRelay.serving(answer) as relay:
        before = make_settings(relay_base_url=relay.url, relay_api_key="old-key", kling_models="kling-v1")
        async with Engines.opened(tools(before)) as engines:
            submit = asyncio.create_task(engines.by_lane["kling"].submit(paint_job("kling", kind)))
            await relay.arrived.wait()
            await engines.apply(make_settings(relay_base_url="https://other.example", engines="midjourney"))

            assert isinstance(await submit, Accepted)
            assert list(engines.by_lane) == ["midjourney"]


async def test_engine_that_was_off_is_opened_and_one_that_is_not_known_changes_nothing() -> None:
    async with Engines.opened(tools(make_settings(engines="midjourney"))) as engines:
        await engines.apply(make_settings(engines="midjourney,fal"))
        with pytest.raises(SettingsError, match="dalle"):
            await engines.apply(make_settings(engines="dalle"))

        assert sorted(engines.by_lane) == ["fal", "midjourney"]


async def test_what_an_adapter_learnt_stays_unless_it_is_made_of_something_else() -> None:
    async with Engines.opened(tools(make_settings())) as engines:
        before = dict(engines.by_lane)

        await engines.apply(make_settings(relay_api_key="new-key", fal_models="flux/dev"))

        assert {name for name, engine in engines.by_lane.items() if engine is not before[name]} == {"fal"}


async def test_each_relay_is_asked_with_its_own_key_and_the_first_takes_jobs_from_before() -> None:
    async with (
        ScriptedRelay.serving({"code": 1, "result": "7"}) as one,
        ScriptedRelay.serving({"code": 1, "result": "8"}) as two,
    ):
        relays = [
            {"name": "a", "url": one.url, "key": "key-a"},
            {"name": "b", "url": two.url, "key": "key-b", "auth": "bearer", "engines": ["midjourney"]},
            {"name": "c", "url": one.url, "key": "key-c", "engines": ["midjourney"]},
        ]
        settings = make_settings(engines="midjourney,kling", relays=json.dumps(relays))
        async with Engines.opened(tools(settings)) as engines:
            for lane in ("midjourney@a", "midjourney@b", "midjourney@c", "midjourney"):
                await engines.by_lane[lane].submit(make_job(JobStatus.SUBMITTING))

    assert list(engines.by_lane) == ["midjourney@a", "midjourney@b", "midjourney@c", "kling@a", "midjourney", "kling"]
    assert engines.by_lane["midjourney"] is engines.by_lane["midjourney@a"]
    assert [seen.headers["mj-api-secret"] for seen in one.seen] == ["key-a", "key-c", "key-a"]
    assert [seen.headers["Authorization"] for seen in two.seen] == ["Bearer key-b"]


async def test_of_several_relays_each_takes_its_own_key_and_one_that_is_gone_takes_nothing() -> None:
    kind, answer = BODIES["kling"]
    async with ScriptedRelay.serving(answer) as relay:

        def with_keys(**keys: str) -> Settings:
            entries = [{"name": name, "url": relay.url, "key": key} for name, key in keys.items()]
            return make_settings(relays=json.dumps(entries), engines="kling")

        async with Engines.opened(tools(with_keys(a="key-of-a", b="key-of-b"))) as engines:
            await engines.apply(with_keys(b="new-of-b", c="key-of-c"))
            for lane in ("kling@b", "kling@c", "kling"):
                await engines.by_lane[lane].submit(paint_job("kling", kind))

            assert list(engines.by_lane) == ["kling@b", "kling@c", "kling"]

    sent = [seen.headers["Authorization"] for seen in relay.seen]
    assert sent == ["Bearer new-of-b", "Bearer key-of-c", "Bearer new-of-b"]
