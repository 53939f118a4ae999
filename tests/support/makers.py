"""Ready-made values: what a test does not mention does not matter to it."""

import base64
import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from bot.domain.job import Actor, Job, JobStatus, Place, Reach, Result, Token, new_job_id
from bot.domain.requests import Action, Button, Imagine, Mode
from bot.settings import Settings, settings_from
from bot.storage.units import Limits

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = START.date().isoformat()
NO_LIMITS = Limits(waiting_per_member=1000, units_per_member_day=None, units_per_day=None)
FIXTURES = Path(__file__).parents[1] / "fixtures" / "relay"
UUID = "26d56b92-4ed6-45e2-8561-563797923135"
TASK = "1320098173412546"

ANA, BEN = Actor(901), Actor(902)
PICK_2 = Button(custom_id=f"MJ::JOB::upsample::2::{UUID}", label="U2")
VARY_3 = Button(custom_id=f"MJ::JOB::variation::3::{UUID}", label="V3")


def make_settings(**changes: Any) -> Settings:
    """The smallest configuration that works, with changes."""
    required = {"discord_token": "token", "relay_base_url": "http://127.0.0.1:9", "relay_api_key": "key"}
    return settings_from(required | changes)


def make_place(**changes: Any) -> Place:
    """The studio channel of a server."""
    known: dict[str, Any] = {
        "channel_id": 301,
        "guild_id": 201,
        "reach": Reach.GUILD,
        "may_post": True,
        "upload_limit": 10_000_000,
    }
    return Place(**(known | changes))


def make_token(minutes: float = 15) -> Token:
    """A sealed token that lives for some minutes from the start of time."""
    return Token("sealed", START + timedelta(minutes=minutes))


def make_job(status: JobStatus = JobStatus.RUNNING, **changes: Any) -> Job:
    """An imagine of Ana's in the studio."""
    known: dict[str, Any] = {
        "id": new_job_id(),
        "status": status,
        "engine": "midjourney",
        "actor": ANA,
        "place": make_place(),
        "request": Imagine(prompt="a cat in the rain --v 7"),
        "mode": None,
        "units": 1,
        "created_at": START,
        "token": make_token(),
    }
    if status in (JobStatus.RUNNING, JobStatus.POSTING):
        known |= {"task_id": TASK, "submitted_at": START, "card_id": 401}
    return Job(**(known | changes))


def make_action(custom_id: str, label: str = "", **changes: Any) -> Job:
    """A job behind a button of a finished task."""
    button = Button(custom_id=custom_id, label=label)
    request = Action(prompt="a cat in the rain --v 7", button=button, parent_task_id=TASK)
    known: dict[str, Any] = {"request": request, "mode": Mode.FAST}
    return make_job(**(known | changes))


def make_result(*buttons: Button, url: str = "https://img.example.com/grid.png") -> Result:
    """A finished grid."""
    return Result(image_url=url, buttons=buttons or (PICK_2, VARY_3))


def fixture(name: str) -> Any:
    """A recorded answer of a relay."""
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def picture(
    size: tuple[int, int] = (64, 48), kind: str = "PNG", *, colour: str = "teal", noise: bool = False, **options: Any
) -> bytes:
    """The bytes of a small picture; with noise it does not compress."""
    return _saved(size, kind, colour, noise, **options) if options else _kept(size, kind, colour, noise)


def _saved(size: tuple[int, int], kind: str, colour: str, noise: bool, **options: Any) -> bytes:
    image = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, colour)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


_kept = cache(_saved)  # the same few are wanted thousands of times


def png_url(data: bytes) -> str:
    """A PNG as an address that holds its bytes."""
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
