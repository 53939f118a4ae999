"""Midjourney on a real socket, its sample task, and paid calls of every engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.domain.job import Job
from bot.domain.outcomes import (
    SubmitOutcome,
)
from bot.relay.fal import Fal
from bot.relay.fal_fields import FalFields
from bot.relay.http import RelayHttp
from bot.relay.ideogram import Ideogram
from bot.relay.kling import Kling
from bot.relay.midjourney import Midjourney, auth_headers
from bot.settings import MidjourneyAuth
from tests.support.loopback import Reply, ScriptedRelay, Seen
from tests.support.makers import fixture, make_job
from tests.support.painting import Shelf, jimeng_with, paint_job
from tests.support.ports import ManualClock

ID = "1795866712978896"
SUBMITS = ("/submit/", "/images/generations", "/ideogram/", "/fal-ai/", "/kling/")


@asynccontextmanager
async def midjourney(relay: ScriptedRelay, **kept: bytes) -> AsyncIterator[Midjourney]:
    async with RelayHttp.opened(relay.url, auth_headers(MidjourneyAuth.SECRET, "the-key")) as http:
        yield Midjourney(http, Shelf(**kept), ManualClock())


def task(**changes: Any) -> dict[str, Any]:
    """The sample task of the relay's introduction, with changes."""
    return fixture("sample_task.json") | changes  # type: ignore[no-any-return]


def paid(relay: ScriptedRelay) -> list[str]:
    """The paths of the calls that a relay would charge."""
    return [seen.path for seen in relay.seen if seen.method == "POST" and "list-by-condition" not in seen.path]


def known(submit: Any, *, found: bool = True, **changes: Any) -> Any:
    """A relay that answers each submit so, and knows its task or not."""

    def answer(seen: Seen) -> Any:
        if seen.method == "POST":
            return submit
        return task(id=seen.path.split("/")[-2], status="IN_PROGRESS", state="", **changes) if found else Reply(b"")

    return answer


async def submit_to(answer: Any, job: Job | None = None) -> tuple[SubmitOutcome, ScriptedRelay]:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        return await engine.submit(job or make_job(task_id=None)), relay


def engines() -> list[tuple[Any, Job]]:
    return [
        (jimeng_with("jimeng-4.0"), paint_job("jimeng", "generate")),
        (Ideogram, paint_job("ideogram", "generate")),
        (lambda http, shelf: Fal(http, shelf, ["flux"], FalFields()), paint_job("fal", "generate")),
        (Kling, paint_job("kling", "imagine")),
    ]
