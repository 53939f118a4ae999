"""What the engines beside Midjourney have in common."""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from bot.domain.engine import PictureSource
from bot.domain.job import Failure, FailureKind, Job, Result, ResultImage
from bot.domain.outcomes import (
    Accepted,
    Failed,
    Missing,
    NoList,
    NotListed,
    Observation,
    Refused,
    Search,
    SubmitOutcome,
)
from bot.domain.requests import EngineRequest
from bot.domain.rules import OWN_REGION_BUTTON
from bot.errors import PictureError, RefusalKind, RelayError, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay.http import Base64, RelayHttp, Upload, data_url, media_type
from bot.relay.refusals import NO_CODES, VendorCodes
from bot.relay.result_images import build_images
from bot.relay.single_looks import SingleLooks, observed, troubles
from bot.relay.submit_outcomes import submit_outcome, uncertain
from bot.settings import Settings
from bot.text import escape_inline

logger = logging.getLogger(__name__)

MAX_SEED = 2_147_483_647
REASON_LIMIT = 300  # characters


def _unsent(job: Job, exc: UserError) -> Failure:
    """Why a job was not sent, in our own words, as no relay has seen it; what a member typed is quoted in them."""
    locale = job.actor.locale
    reason = escape_inline(exc.sentence.render(locale), REASON_LIMIT)
    return Failure(kind=FailureKind.RULE, detail=_("{reason} Nothing was charged.", reason=reason).render(locale))


class Options(BaseModel):
    """An engine's own fields of a request. What it does not know passes through: engines learn new words."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    def fields(self) -> dict[str, Any]:
        """Return what goes over the wire: only fields that were given."""
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


class EngineAdapter:
    """Base of the engines that paint `EngineRequest` requests: no list of recent tasks, one look for each task."""

    name: str
    codes: ClassVar[VendorCodes] = NO_CODES  # what the vendor's own codes mean
    looks_together = False

    def __init__(self, http: RelayHttp, pictures: PictureSource) -> None:
        self._http = http
        self._pictures = pictures
        self._singly = SingleLooks()

    @classmethod
    def from_settings(
        cls,
        http: RelayHttp,
        pictures: PictureSource,
        settings: Settings,  # noqa: ARG003 - some engines have some of their own
    ) -> Self:
        """Build the adapter with what it needs of the owner's settings."""
        return cls(http, pictures)

    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """Send the job once.

        Raises:
            UserError: it cannot be done as it is asked for; nothing was sent.
            RelayError: the paid call did not say yes.
        """
        raise NotImplementedError

    async def observe(self, job: Job) -> Observation:
        """Take one look at a job's task; a synchronous engine has none.

        Raises:
            RelayError: nothing could be learnt.
        """
        raise NotImplementedError

    async def submit(self, job: Job) -> SubmitOutcome:
        """See `Engine`."""
        request = job.request
        if not isinstance(request, EngineRequest) or request.engine != self.name:
            raise TypeError(f"{request.name} is not a request for {self.name}")
        try:
            return await self.paint(job, request)
        except RelayError as exc:
            if isinstance(exc, RelayUnclearError) and exc.task_id:
                return await self._looked_up(job, exc)
            return submit_outcome(exc, job.id, not_found=Refused(Failure(kind=FailureKind.UNSUPPORTED)))
        except PictureError:
            raise
        except UserError as exc:
            return Refused(_unsent(job, exc))

    async def _looked_up(self, job: Job, unclear: RelayUnclearError) -> SubmitOutcome:
        """An answer that is neither yes nor no names a task: whether that can be seen tells which it was."""
        try:
            seen = await self.observe(job.with_(task_id=unclear.task_id))
        except RelayError as exc:
            logger.info("named task not looked at job_id=%s reason=%r", job.id, str(exc))
            return uncertain(unclear, job.id)
        return uncertain(unclear, job.id) if isinstance(seen, Missing) else Accepted(unclear.task_id)

    async def fetch(self, job: Job) -> Observation:
        """See `Engine`."""
        try:
            return await self.observe(job)
        except RelayRefusedError as no:
            if no.kind is RefusalKind.NOT_FOUND or no.status == 404:
                return Missing()
            raise

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """See `Engine`; what could not be learnt about one task hides nothing about the others."""
        seen = await self._singly.at(jobs, self.fetch)
        failed = troubles(seen)
        if failed and len(failed) == len(jobs):
            raise failed[0]
        for trouble in failed:
            logger.info("task not looked at engine=%s reason=%r", self.name, str(trouble))
        return observed(seen)

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
            raise RelayRefusedError(RefusalKind.UNSUPPORTED, "the engine did not tell the seed")
        return seed

    async def cancel(self, job: Job) -> None:
        """See `Engine`: most of them cannot be asked."""

    async def upload(self, key: str) -> Upload:
        """Read a kept picture as a part of a form; kept inputs are PNG or JPEG."""
        data = await self._pictures.read(key)
        kind = media_type(data)
        return Upload(data, "image.png" if kind == "image/png" else "image.jpg", kind)

    async def encoded(self, key: str) -> Base64:
        """Read a kept picture as raw base64."""
        return Base64(await self._pictures.read(key))

    async def data_url(self, key: str) -> Base64:
        """Read a kept picture as a data URL."""
        return data_url(await self._pictures.read(key))

    async def build_images(self, job: Job, sources: Sequence[str]) -> list[ResultImage]:
        """Build the result images for addresses; raises as `result_images.build_images` does."""
        return await build_images(self._pictures, self._http.base, job, sources)


def read_options(kind: type[OptionsType], request: EngineRequest) -> OptionsType:
    """Check the request's options against the model of the engine's own.

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
    """Read an answer into its model; what is no JSON object becomes an empty one."""
    return kind.model_validate(answer if isinstance(answer, dict) else {})


def build_result(
    images: Sequence[ResultImage],
    facts: Mapping[str, object],
    final_prompt: str = "",
    *,
    has_regions: bool = False,
    is_flagged: bool = False,
) -> Result:
    """Build a result: the first picture and the others, with the facts that are known.

    With `has_regions` a part of a single picture can be painted anew. It `is_flagged` where the engine's safety check
    spoke up about any of its pictures, also one that it holds back.
    """
    first, *more = images
    return Result(
        image_url=first.image_url,
        picture=first.picture,
        more=tuple(more),
        facts={name: str(value) for name, value in facts.items() if value not in (None, "")},
        final_prompt=final_prompt,
        buttons=(OWN_REGION_BUTTON,) if has_regions and not more else (),
        is_flagged=is_flagged,
    )


def held_back(count: int, total: int) -> dict[str, object]:
    """Build the fact that a safety check let only some of the pictures through; empty where it held none back."""
    return {"held back by the safety check": f"{count} of {total}"} if count else {}


POLICY = Failed("", FailureKind.POLICY)
