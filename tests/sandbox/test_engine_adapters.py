"""The bot's adapters against the fakes of their engines: every operation, every odd end, in both families of relays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import Clock
from bot.domain.job import FailureKind, Job, JobStatus, Result
from bot.domain.outcomes import Accepted, Busy, Failed, Finished, Observation, Refused, SubmitOutcome, Succeeded
from bot.relay.registry import Engines, Tools
from bot.ui.text.describe_text import parse_describe_text
from sandbox.relay.profiles import NEW_API
from tests.sandbox.relay_bench import Bench
from tests.support.makers import make_settings, picture
from tests.support.painting import Shelf, paint_job

INPUTS = {"one": picture((512, 512), colour="red"), "two": picture((512, 512), colour="blue")}
INPUTS["mask"] = picture((512, 512), colour="white")
EXPANDED = {f"{side}_expansion_ratio": 0.25 for side in ("up", "down", "left", "right")}
OPERATIONS: list[tuple[str, str, tuple[str, ...], dict[str, Any]]] = [
    ("ideogram", "generate", (), {"aspect_ratio": "ASPECT_16_9", "seed": 7, "num_images": 2}),
    ("ideogram", "remix", ("one",), {"image_weight": 70}),
    ("ideogram", "generate", (), {"model": "V_3_FLASH", "aspect_ratio": "ASPECT_16_9", "style_codes": "0123ABCD"}),
    ("ideogram", "remix", ("one",), {"model": "V_3", "image_weight": 70, "style_type": "FICTION"}),
    ("ideogram", "edit", ("one", "mask"), {"masked": True, "num_images": 2}),
    ("ideogram", "reframe", ("one",), {"aspect_ratio": "ASPECT_16_9"}),
    ("ideogram", "background", ("one",), {"rendering_speed": "TURBO"}),
    ("ideogram", "upscale", ("one",), {"resemblance": 80}),
    ("fal", "generate", (), {"num_images": 2, "aspect_ratio": "16:9", "safety_tolerance": 2}),
    ("fal", "generate", ("one",), {}),
    ("fal", "generate", ("one", "two"), {"model": "flux-pro/kontext/max/multi"}),
    ("fal", "generate", ("one", "mask"), {"masked": True, "num_images": 2}),
    ("fal", "generate", (), {"model": "nano-banana-2", "aspect_ratio": "16:9", "resolution": "0.5K"}),
    ("fal", "generate", ("one", "two", "one"), {"model": "flux-2-pro/edit", "aspect_ratio": "3:2"}),
    ("fal", "generate", (), {"model": "bytedance/seedream/v5/text-to-image", "aspect_ratio": "1:1"}),
    ("fal", "generate", (), {"model": "ideogram/v4", "aspect_ratio": "4:3"}),
    ("jimeng", "generate", (), {"ratio": "2:3", "resolution": "1k", "n": 2}),
    ("jimeng", "generate", ("one", "two"), {"resolution": "1k", "response_format": "b64_json"}),
    ("openai", "generate", (), {"model": "gpt-image-1", "shape": "1536x1024", "quality": "low", "n": 2}),
    ("openai", "generate", ("one", "two"), {}),
    ("openai", "generate", ("one", "two", "mask"), {"masked": True}),
    ("openai", "generate", ("one", "two"), {"model": "nano-banana-2", "shape": "16:9", "quality": "1K"}),
    ("openai", "generate", ("one",), {"model": "gemini-2.5-flash-image", "shape": "16:9"}),
    ("openai", "generate", ("one", "two"), {"model": "doubao-seedream-4-5-251128", "shape": "2048x2048"}),
    ("openai", "generate", ("one",), {"model": "doubao-seedream-4-5-251128", "n": 3}),
    ("openai", "generate", (), {"model": "qwen-image", "shape": "3:2", "n": 2}),
    ("openai", "generate", ("one",), {"model": "qwen-image-edit"}),
    ("openai", "generate", ("one",), {"model": "flux-kontext-max", "shape": "3:2"}),
    ("openai", "generate", ("one", "two"), {"model": "flux-2-pro", "shape": "1024x1024"}),
    ("openai", "generate", (), {"model": "fal-ai/flux/dev", "n": 2}),
    ("kling", "imagine", (), {"n": 2, "resolution": "2k"}),
    ("kling", "imagine", ("one",), {"model_name": "kling-v1-5"}),
    ("kling", "imagine", ("one",), {"human_fidelity": 0.9}),
    ("kling", "imagine", ("one", "two"), {"aspect_ratio": "auto"}),
    ("kling", "expand", ("one",), EXPANDED),
    ("kling", "tryon", ("one", "two"), {}),
    ("kling", "tryon", ("one", "two", "one"), {"model_name": "kolors-virtual-try-on-v1-5"}),
]
FIRST = {"ideogram": "generate", "fal": "generate", "jimeng": "generate", "kling": "imagine", "openai": "generate"}


class Lab:
    """The engines, pointed at a relay whose clock stands still."""

    def __init__(self, bench: Bench, engines: Engines, shelf: Shelf) -> None:
        self.bench = bench
        self.engines = engines
        self.shelf = shelf

    async def submit(self, job: Job) -> SubmitOutcome:
        return await self.engines.by_lane[job.engine].submit(job)

    async def look(self, job: Job, task_id: str) -> Observation:
        running = job.with_(status=JobStatus.RUNNING, task_id=task_id)
        return (await self.engines.by_lane[job.engine].look([running]))[job.id]

    async def end(self, job: Job) -> SubmitOutcome | Observation:
        """What a job comes to, however its engine tells it."""
        outcome = await self.submit(job)
        if not isinstance(outcome, Accepted):
            return outcome
        self.bench.clock.at += 120.0
        return await self.look(job, outcome.task_id)

    async def result(self, job: Job) -> Result:
        end = await self.end(job)
        assert isinstance(end, Finished | Succeeded), end
        return end.result

    async def sizes(self, result: Result) -> list[int]:
        """The bytes of every picture of a result, all to be had."""
        shots = [(result.image_url, result.picture), *((shot.image_url, shot.picture) for shot in result.more)]
        return [len(await self._bytes(url, key)) for url, key in shots]

    async def _bytes(self, url: str, key: str | None) -> bytes:
        if key is not None:
            return self.shelf.made[key.removesuffix(".png")]
        async with self.bench.session.get(url) as response:
            assert response.status == 200
            return await response.read()


@pytest.fixture(params=[None, NEW_API], ids=["usual", "new-api"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    shelf = Shelf(**INPUTS)
    async with Bench.open() as bench:
        if request.param is not None:
            bench.relay.profile = request.param
        settings = make_settings(relay_base_url=bench.relay.base_url, relay_api_key=bench.relay.key)
        async with Engines.opened(Tools(settings, shelf, Clock(1.0))) as engines:
            yield Lab(bench, engines, shelf)


@pytest.mark.parametrize(("engine", "kind", "pictures", "options"), OPERATIONS)
async def test_every_operation_comes_to_pictures(
    engine: str, kind: str, pictures: tuple[str, ...], options: dict[str, Any], lab: Lab
) -> None:
    job = paint_job(engine, kind, prompt="a fox in the snow", pictures=pictures, **options)

    sizes = await lab.sizes(await lab.result(job))

    assert len(sizes) == options.get("num_images", options.get("n", 1))
    assert min(sizes) > 1000


async def test_a_description_can_be_read(lab: Lab) -> None:
    result = await lab.result(paint_job("ideogram", "describe", prompt="", pictures=("one",)))

    assert len(parse_describe_text(result.text).prompts) == 4


@pytest.mark.parametrize("engine", FIRST)
async def test_odd_forms_come_to_pictures_too(engine: str, lab: Lab) -> None:
    job = paint_job(engine, FIRST[engine], prompt="a fox --sandbox-odd --sandbox-b64")

    assert await lab.sizes(await lab.result(job))


@pytest.mark.parametrize("engine", FIRST)
async def test_what_is_unsafe_is_told_as_policy(engine: str, lab: Lab) -> None:
    end = await lab.end(paint_job(engine, FIRST[engine], prompt="a fox --sandbox-unsafe"))

    kind = end.failure.kind if isinstance(end, Refused) else end.kind if isinstance(end, Failed) else end
    assert kind is FailureKind.POLICY


@pytest.mark.parametrize("engine", FIRST)
async def test_what_fails_is_told_as_failed(engine: str, lab: Lab) -> None:
    end = await lab.end(paint_job(engine, FIRST[engine], prompt="a fox --sandbox-fail"))

    kind = end.failure.kind if isinstance(end, Refused) else end.kind if isinstance(end, Failed) else end
    assert kind in (FailureKind.RELAY, FailureKind.INVALID)


@pytest.mark.parametrize("engine", FIRST)
async def test_a_full_engine_is_busy(engine: str, lab: Lab) -> None:
    assert isinstance(await lab.submit(paint_job(engine, FIRST[engine], prompt="a fox --sandbox-full")), Busy)


@pytest.mark.parametrize("engine", ["ideogram", "fal"])
async def test_some_pictures_held_back_leave_the_rest(engine: str, lab: Lab) -> None:
    job = paint_job(engine, "generate", prompt="a fox --sandbox-nsfw", num_images=2)

    result = await lab.result(job)

    assert result.facts["held back by the safety check"] == "1 of 2"
    assert len(await lab.sizes(result)) == 1


@pytest.mark.parametrize("engine", ["fal", "jimeng"])
async def test_a_model_that_is_missing_is_not_offered(engine: str, lab: Lab) -> None:
    model = {"fal": "flux-pro/sandbox-missing", "jimeng": "jimeng-sandbox-missing"}[engine]

    outcome = await lab.submit(paint_job(engine, "generate", model=model))

    assert isinstance(outcome, Refused)
    assert outcome.failure.kind is FailureKind.UNSUPPORTED
