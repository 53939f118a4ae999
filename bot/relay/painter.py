"""What the engines beside Midjourney have in common."""

import asyncio
import base64
import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.errors import No, PictureError, RelayError, RelayRefusedError, UserError
from bot.jobs.engines import PictureSource
from bot.jobs.models import (
    Failure,
    FailureKind,
    GaveUp,
    Job,
    JobStatus,
    Missing,
    NoList,
    NotListed,
    Observation,
    Paint,
    Refused,
    Result,
    Search,
    Shot,
    SubmitOutcome,
    Working,
)
from bot.language import _
from bot.relay.http import Base64, RelayHttp, Upload, data_url, media_type
from bot.relay.outcomes import submit_outcome

logger = logging.getLogger(__name__)

LOOKS_AT_ONCE = 6
NO_ROOM_PAUSE_S = 5.0  # real seconds until the disk is tried again
MAX_SEED = 2_147_483_647


class Options(BaseModel):
    """An engine's own fields of a request. What it does not know passes through: engines learn new words."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    def fields(self) -> dict[str, Any]:
        """What goes over the wire: nothing that was not said."""
        return self.model_dump(exclude_none=True)


class Answer(BaseModel):
    """Base of what engines answer with: takes what it knows and forgives the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _text(value: object) -> str:
    # Half a character (a broken escape in an emoji) could be neither stored nor shown.
    return "" if value is None or isinstance(value, dict | list) else str(value).encode(errors="replace").decode()


def _objects(value: object) -> list[object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
Objects = BeforeValidator(_objects)
OptionsType = TypeVar("OptionsType", bound=Options)
AnswerType = TypeVar("AnswerType", bound=Answer)


class Painter:
    """Base of the engines that paint `Paint` requests: no list of recent tasks, one look for each task."""

    name: str

    def __init__(self, http: RelayHttp, pictures: PictureSource) -> None:
        self._http = http
        self._pictures = pictures

    async def paint(self, job: Job, request: Paint) -> SubmitOutcome:
        """Send the job once.

        Raises:
            UserError: it cannot be done as it is asked for; nothing was sent.
            RelayError: the paid call did not say yes.
        """
        raise NotImplementedError

    async def observe(self, job: Job) -> Observation:
        """One look at a job's task; a synchronous engine has none.

        Raises:
            RelayError: nothing could be learnt.
        """
        raise NotImplementedError

    async def submit(self, job: Job) -> SubmitOutcome:
        """See `Engine`."""
        request = job.request
        if not isinstance(request, Paint) or request.engine != self.name:
            raise TypeError(f"{request.name} is not a request for {self.name}")
        try:
            return await self.paint(job, request)
        except RelayError as exc:
            return submit_outcome(exc, job.id, not_found=Refused(Failure(kind=FailureKind.UNSUPPORTED)))
        except PictureError:
            raise
        except UserError as exc:
            detail = exc.sentence.render(job.actor.locale)
            return Refused(Failure(kind=FailureKind.INVALID, detail=detail))

    async def fetch(self, job: Job) -> Observation:
        """See `Engine`."""
        try:
            return await self.observe(job)
        except RelayRefusedError as no:
            if no.kind is No.NOT_FOUND or no.status == 404:
                return Missing()
            raise

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """See `Engine`; what could not be learnt about one task hides nothing about the others."""
        places = asyncio.Semaphore(LOOKS_AT_ONCE)

        async def seen(job: Job) -> Observation | RelayError:
            async with places:
                try:
                    return await self.fetch(job)
                except RelayError as exc:
                    return exc

        found = await asyncio.gather(*(seen(job) for job in jobs))
        troubles = [one for one in found if isinstance(one, RelayError)]
        if troubles and len(troubles) == len(jobs):
            raise troubles[0]
        for trouble in troubles:
            logger.info("task not looked at engine=%s reason=%s", self.name, trouble)
        # Working: it counts as looked at, so that its deadline stays in force.
        return {job.id: Working() if isinstance(one, RelayError) else one for job, one in zip(jobs, found, strict=True)}

    async def find(self, job: Job) -> Search:  # noqa: ARG002 - the port has it
        """See `Engine`."""
        return NoList()

    async def recognise(self, job: Job, task_id: str) -> Search:  # noqa: ARG002 - the port has it
        """See `Engine`."""
        return NotListed()

    async def seed(self, job: Job) -> str:
        """See `Engine`: it came with the result, or not at all."""
        seed = job.result.facts.get("seed") if job.result else None
        if seed is None:
            raise RelayRefusedError(No.UNSUPPORTED, "the engine did not tell the seed")
        return seed

    async def upload(self, key: str) -> Upload:
        """A kept picture as a part of a form; kept inputs are PNG or JPEG."""
        data = await self._pictures.read(key)
        kind = media_type(data)
        return Upload(data, "image.png" if kind == "image/png" else "image.jpg", kind)

    async def encoded(self, key: str) -> Base64:
        """A kept picture as raw base64."""
        return Base64(await self._pictures.read(key))

    async def data_url(self, key: str) -> Base64:
        """A kept picture as an address that holds its bytes."""
        return data_url(await self._pictures.read(key))

    async def shots(self, job: Job, sources: Sequence[str]) -> list[Shot]:
        """The pictures behind addresses; what came as bytes (a data URL) is kept at once, as nobody sends it again.

        Raises:
            OSError: there is no room for bytes that the next look brings again.
        """
        kept: list[Shot] = []
        for source in sources:
            if not source.startswith("data:"):
                kept.append(Shot(image_url=source))
                continue
            name = f"{job.id}-{len(kept)}" if kept else job.id
            try:
                data = await asyncio.to_thread(_decoded, source)
                kept.append(Shot(picture=await self._keep(job, name, data)))
            except (PictureError, ValueError) as exc:
                logger.warning("made picture not kept job_id=%s error=%s", job.id, type(exc).__name__)
        return kept

    async def _keep(self, job: Job, name: str, data: bytes) -> str:
        """Keep a picture that came as bytes; those that answer a paid call wait for room, as they were paid for."""
        while True:
            try:
                return await self._pictures.keep_made(name, data)
            except OSError:
                if job.status is not JobStatus.SUBMITTING:
                    raise
                logger.exception("made picture not kept yet job_id=%s", job.id)
                await asyncio.sleep(NO_ROOM_PAUSE_S)


def read_options(kind: type[OptionsType], request: Paint) -> OptionsType:
    """The request's options, checked.

    Raises:
        UserError: one of them is not what the engine takes.
    """
    try:
        return kind.model_validate(dict(request.options))
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "options"
        raise UserError(_("{option} cannot be {value}.", option=name, value=repr(first["input"])[:80])) from exc


def read_answer(kind: type[AnswerType], answer: object) -> AnswerType:
    """An answer in its form; what is no object has none of its parts."""
    return kind.model_validate(answer if isinstance(answer, dict) else {})


def painted(shots: Sequence[Shot], facts: Mapping[str, object], final_prompt: str = "") -> Result:
    """A result: the first picture and the others, with the facts that are known."""
    first, *more = shots
    known = {name: str(value) for name, value in facts.items() if value not in (None, "")}
    return Result(
        image_url=first.image_url, picture=first.picture, more=tuple(more), facts=known, final_prompt=final_prompt
    )


def held_back(count: int, total: int) -> dict[str, object]:
    """The fact that a safety check let only some of the pictures through."""
    return {"held back by the safety check": f"{count} of {total}"} if count else {}


NOTHING_CAME = GaveUp("")
POLICY = GaveUp("", FailureKind.POLICY)


def _decoded(source: str) -> bytes:
    return base64.b64decode(source.partition(",")[2])
