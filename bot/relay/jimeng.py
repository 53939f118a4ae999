"""Jimeng in the OpenAI format: one slow call that answers with the pictures, or a task. Source: docs/relay.md 11."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import AliasChoices, Field
from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.job import FailureKind, Job, Result
from bot.domain.outcomes import Accepted, Failed, Finished, Missing, Observation, SubmitOutcome, Succeeded, Working
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay.answers import find_pictures, find_task_id, has_error, is_error, read_envelope, unwrap
from bot.relay.engine_base import Answer, EngineAdapter, Objects, Options, Text, build_result, read_answer, read_options
from bot.relay.http import PAINT_TIME_LIMIT_S, RelayHttp, written_in
from bot.relay.refusals import is_policy, refusal_in
from bot.relay.task_status import DONE, FAILED, HELD_BACK, as_status, percent_of
from bot.settings import Settings

PATH = "/v1/images/generations"
# Where asynchronous gateways tell of a task. Source: docs/relay.md 11.3.
TASK_ROUTES = ("/v1/tasks/{id}", "/v1/images/{id}", "/v1/images/generations/{id}", "/v1/images/tasks/{id}")


class GenerateOptions(Options):
    """Jimeng's fields; the size is spelt as the relay wants it (1024x1024, 1024*1024, 2:3)."""

    model: str | None = None
    size: str | None = None
    ratio: str | None = None
    resolution: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    response_format: str | None = None


class Picture(Answer):
    """One picture of an answer: its address, or its bytes."""

    url: Text = ""
    b64_json: Text = ""
    revised_prompt: Text = ""
    size: Text = ""
    seed: Text = ""

    @property
    def source(self) -> str:
        """Return its address; a data URL where there is no other."""
        bare = f"data:;base64,{self.b64_json}" if self.b64_json else ""
        return self.url or (self.b64_json if self.b64_json.startswith("data:") else bare)


class Pictures(Answer):
    """The answer."""

    data: Annotated[list[Picture], Objects] = Field(default_factory=list)
    seed: Text = ""


class Task(Answer):
    """Where an asynchronous task stands."""

    status: Annotated[Text, Field(validation_alias=AliasChoices("status", "task_status", "state"))] = ""
    progress: Text = ""


def _sources(answer: object) -> list[str]:
    """The pictures of an answer: those of the format's own list, else those that stand anywhere."""
    read = read_answer(Pictures, answer)
    return [picture.source for picture in read.data if picture.source] or find_pictures(answer)


def _task(answer: Mapping[str, Any]) -> Task | None:
    """The task of an answer, bare or wrapped; None where it says nothing of one."""
    for one in unwrap(answer):
        task = read_answer(Task, one)
        if task.status:
            return task
    return Task() if _sources(answer) else None


class Jimeng(EngineAdapter):
    """The engine behind /jimeng."""

    name = "jimeng"

    def __init__(self, http: RelayHttp, pictures: PictureSource, models: Sequence[str]) -> None:
        """`models` begins with the one that is taken where none is named."""
        super().__init__(http, pictures)
        self._models = models
        self._route = ""

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        own = settings.engines.jimeng
        return cls(http, pictures, own.models)

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`. Gateways answer with the pictures, or at once with the id of a task."""
        body = await self._body(request)
        answer = await self._http.submit(PATH, body, time_limit_s=PAINT_TIME_LIMIT_S)
        sources = _sources(answer)
        task_id = find_task_id(answer)
        if sources:
            return Finished(await self._result(job, answer, sources))
        if task_id and not has_error(answer):
            return Accepted(task_id)
        if is_error(answer):
            raise refusal_in(answer, written_in(body))
        raise RelayUnclearError("an answer without pictures", answered=True)

    @override
    async def observe(self, job: Job) -> Observation:
        """See `EngineAdapter`: each route is asked until one knows the task; that one is asked first from then on."""
        for route in sorted(TASK_ROUTES, key=lambda one: one != self._route):
            try:
                answer = await self._http.look(route.format(id=quote(job.task_id or "", safe="")))
            except RelayRefusedError as no:
                if no.kind in (RefusalKind.NOT_FOUND, RefusalKind.UNSUPPORTED, RefusalKind.INVALID):
                    continue
                raise
            if isinstance(answer, dict) and (task := _task(answer)):
                self._route = route
                return await self._seen(job, answer, task)
        return Missing()

    async def _seen(self, job: Job, answer: object, task: Task) -> Observation:
        status = as_status(task.status)
        if status in FAILED | HELD_BACK:
            reason = read_envelope(answer).text
            is_held_back = status in HELD_BACK or is_policy(reason, job.written)
            return Failed(reason, FailureKind.POLICY if is_held_back else FailureKind.RELAY)
        sources = _sources(answer) if status in DONE or not status else []
        if sources:
            return Succeeded(await self._result(job, answer, sources))
        return Succeeded(Result(), settled=False) if status in DONE else Working(percent_of(task.progress))

    async def _result(self, job: Job, answer: object, sources: Sequence[str]) -> Result:
        """What an answer with pictures gives; empty where none of them can be read."""
        read = read_answer(Pictures, answer)
        kept = await self.build_images(job, sources)
        if not kept or not isinstance(job.request, EngineRequest):
            return Result()
        options = job.request.options
        first = read.data[0] if read.data else Picture()
        final = first.revised_prompt if first.revised_prompt != job.prompt else ""
        facts = {
            "seed": first.seed or read.seed,
            "resolution": first.size or options.get("size"),
            "model": options.get("model") or self._models[0],
        }
        return build_result(kept, facts, final)

    async def _body(self, request: EngineRequest) -> dict[str, Any]:
        if request.kind != "generate":
            raise TypeError(f"jimeng has no {request.kind}")
        if not request.prompt.strip():
            raise UserError(_("This needs a prompt. Please write one."))
        fields = read_options(GenerateOptions, request).fields()
        body = {"model": self._models[0], "prompt": request.prompt} | fields
        return body | ({"image": [await self.data_url(key) for key in request.pictures]} if request.pictures else {})
