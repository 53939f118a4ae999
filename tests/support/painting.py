"""What the tests of the other engines share: a job for one of them, its engine on a real socket, kept pictures."""

import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from bot.domain.job import Job, JobStatus
from bot.domain.outcomes import SubmitOutcome
from bot.domain.requests import EngineRequest
from bot.errors import PictureError
from bot.language import _
from bot.pictures.decoding import encoding, masks
from bot.relay.engine_base import EngineAdapter
from bot.relay.http import MAX_PAINTED_BYTES, RelayHttp
from bot.relay.jimeng import Jimeng
from bot.relay.refusals import NO_CODES, VendorCodes
from bot.settings.picture_models import ModelTable
from tests.support.loopback import ScriptedRelay
from tests.support.makers import make_job, make_settings

KEY = {"Authorization": "Bearer the-key"}


class Shelf:
    """Kept pictures by key, and those that an engine sent."""

    def __init__(self, **by_key: bytes) -> None:
        self.by_key = by_key
        self.made: dict[str, bytes] = {}

    async def read(self, key: str) -> bytes:
        return self.by_key[key]

    async def cut_out(self, key: str) -> bytes:
        return self._mask(key, masks.cut_out)

    async def inverted(self, key: str) -> bytes:
        return self._mask(key, masks.inverted)

    async def stacked(self, keys: Sequence[str]) -> bytes:
        return b"".join(self.by_key[key] for key in keys)

    def _mask(self, key: str, change: Callable[[Image.Image], Image.Image]) -> bytes:
        with Image.open(io.BytesIO(self.by_key[key])) as mask:
            return encoding.png(change(mask.convert("RGB")))

    async def edit_canvas(self, key: str, *, mask: str = "", shape: str = "") -> bytes:
        with Image.open(io.BytesIO(self.by_key[key])) as shown:
            region = Image.open(io.BytesIO(self.by_key[mask])).convert("RGB") if mask else None
            made, file = masks.canvas(shown.convert("RGB"), region, shape), io.BytesIO()
        made.save(file, "PNG")
        return file.getvalue()

    async def keep_original(self, name: str, address: str, *, at_any_rate: bool = False) -> str:  # noqa: ARG002
        if address not in self.by_key:
            raise PictureError(_("The picture could not be downloaded. Please try again."))
        return await self.keep_made(name, self.by_key[address])

    async def keep_again(self, name: str, key: str) -> str:
        if key not in self.by_key:
            raise PictureError(_("The picture is gone."))
        self.by_key[f"{name}.png"] = self.by_key[key]
        return f"{name}.png"

    async def keep_made(self, name: str, data: bytes) -> str:
        if not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise PictureError(_("The picture could not be downloaded. Please try again."))
        key = f"{name}.png"
        self.made[name] = self.by_key[key] = data
        return key


def jimeng_with(*models: str) -> "Make":
    """How Jimeng is made with these models."""
    return JimengMaker(make_settings(jimeng_models=",".join(models)).engines.jimeng.table)


@dataclass(frozen=True)
class JimengMaker:
    """Makes it with a table; it brings the codes of its vendor."""

    table: ModelTable
    codes: VendorCodes = field(default_factory=lambda: Jimeng.codes)

    def __call__(self, http: RelayHttp, shelf: Shelf) -> Jimeng:
        return Jimeng(http, shelf, self.table)


Make = Callable[[RelayHttp, Shelf], EngineAdapter]


def paint_job(engine: str, kind: str, *, prompt: str = "a cat", pictures: tuple[str, ...] = (), **options: Any) -> Job:
    """A job on its way to an engine."""
    request = EngineRequest(engine=engine, kind=kind, prompt=prompt, pictures=pictures, options=options)
    return make_job(JobStatus.SUBMITTING, engine=engine, request=request)


@asynccontextmanager
async def opened(make: Make, relay: ScriptedRelay, shelf: Shelf) -> AsyncIterator[EngineAdapter]:
    """The engine, pointed at the relay; an adapter's class brings the codes of its vendor."""
    codes: VendorCodes = getattr(make, "codes", NO_CODES)
    async with RelayHttp.opened(relay.url, KEY, MAX_PAINTED_BYTES, codes) as http:
        yield make(http, shelf)


async def submitted(make: Make, job: Job, *answers: Any, shelf: Shelf | None = None) -> tuple[SubmitOutcome, Any]:
    """What the submit comes to that these answers meet, and the requests that were seen."""
    async with ScriptedRelay.serving(*answers) as relay, opened(make, relay, shelf or Shelf()) as engine:
        return await engine.submit(job), relay.seen
