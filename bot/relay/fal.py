"""fal: a queue for many models; its tickets name the vendor's host, where our key means nothing.

Source: docs/relay.md 10.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.engine_info import ENGINES
from bot.domain.job import FailureKind, Job, Result, ResultImage
from bot.domain.outcomes import Accepted, Failed, Finished, Observation, SubmitOutcome, Succeeded, Working
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayError, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay.answers import find_pictures, find_task_id, has_error, is_error, read_envelope, unwrap
from bot.relay.engine_base import (
    POLICY,
    EngineAdapter,
    build_result,
    held_back,
    read_answer,
    read_options,
)
from bot.relay.fal_fields import MOST_PICTURES, SEVERAL, FalFields
from bot.relay.fal_models import Generated, GenerateOptions, TaskStatus, Ticket
from bot.relay.http import RelayHttp
from bot.relay.refusals import is_policy, refusal_in
from bot.relay.task_status import DONE, FAILED, HELD_BACK, as_status
from bot.settings import Settings

INFO = ENGINES["fal"]
RESULT_TIME_LIMIT_S = 60.0  # the pictures may stand in the answer
_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)*", re.ASCII)
_TASK = re.compile(r"/\S*?/requests/[^/\s]+")
_PLAIN = re.compile(r"[\w./-]+", re.ASCII)
CANCELLED = "client_cancelled"  # what a task that was stopped says of its end
_STILL_WORKING = ("still in progress", "in progress", "in queue", "not completed", "not ready")


class Fal(EngineAdapter):
    """The engine behind /fal."""

    name = "fal"

    def __init__(
        self,
        http: RelayHttp,
        pictures: PictureSource,
        models: Sequence[str],
        fields: FalFields,
    ) -> None:
        """`models` are tried in order where none is named; `fields` says which fields each has."""
        super().__init__(http, pictures)
        self._models = models
        self._fields = fields

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        own = settings.engines.fal
        return cls(http, pictures, own.models, FalFields.of(own))

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`."""
        if request.kind != "generate":
            raise TypeError(f"fal has no {request.kind}")
        model = self.model_of(request)
        body = await self._body(request, model)
        path = self._fields.path(model)
        answer = await self._http.submit(f"/{path}", body, typed=model)
        if isinstance(answer, dict) and ({"images", "image"} & answer.keys()):  # a gateway that waits for the queue
            outcome = await self._generated(job, answer)
            if not isinstance(outcome, Succeeded):
                return outcome
            if not outcome.result.is_empty:
                return Finished(outcome.result)
            words = read_envelope(answer).text
            raise RelayUnclearError("an answer without pictures", answered=True, words=words)
        ticket = _ticket(answer)
        if ticket.request_id and not has_error(answer):
            return Accepted(_task_id(ticket, path))
        if sources := find_pictures(answer):
            images = await self.build_images(job, sources)
            return Finished(self._made(images, {"model": model}) if images else Result())
        if ticket.request_id:
            raise RelayUnclearError("an error with a ticket", task_id=_task_id(ticket, path), answered=True)
        if is_error(answer):
            raise refusal_in(answer, f"{model}\n{job.written}")
        return Accepted(_task_id(ticket, path))

    def model_of(self, request: EngineRequest) -> str:
        """Choose the model for a request: the one it names, else the first that takes as many pictures.

        Raises:
            UserError: no model is called so.
        """
        named = INFO.model_named(str(request.options.get("model") or ""))
        if not named:
            keys, _mask = request.plain_and_mask
            named = self._fields.fitting_model(self._models, len(keys), is_masked=request.is_masked)
        if not _MODEL.fullmatch(named):  # it becomes a path
            raise UserError(_("{model} is not a known model. Please choose one from the list.", model=named[:80]))
        return named

    async def _body(self, request: EngineRequest, model: str) -> dict[str, Any]:
        field, mask_field = self._fields.picture_field(model), self._fields.mask_field(model)
        keys, mask = request.plain_and_mask
        _check_pictures(model, field, len(keys))
        _check_mask(model, mask_field, mask)
        fields = read_options(GenerateOptions, request).fields()
        for ours in ("model", "masked"):
            fields.pop(ours, None)
        shape = self._fields.shape(model, fields.pop("aspect_ratio", None), fields.pop("resolution", None))
        prompt = {"prompt": request.prompt} if request.prompt else {}
        body = {**prompt, **self._fields.always_sent(model), **fields, **shape}
        if not keys:
            return body
        images = [await self.data_url(key) for key in keys]
        over = {mask_field: await self.data_url(mask)} if mask else {}
        return body | {field: images if field in SEVERAL else images[0]} | over

    @override
    async def observe(self, job: Job) -> Observation:
        """See `EngineAdapter`. A task that is over may have failed: only its result tells."""
        task = _standing(await self._http.look(f"/{job.task_id}/status"))
        status = as_status(task.status)
        if status not in DONE | FAILED | HELD_BACK:
            return Working()
        reason = task.error or task.detail or task.error_type
        if task.error_type == CANCELLED:
            return Failed(reason, FailureKind.STOPPED)
        if status in HELD_BACK:
            return Failed(reason, FailureKind.POLICY)
        if reason:
            return _gave_up(reason, job.written)
        try:
            end = await self._result(job, _result_path(job.task_id or "", task.response_url))
        except RelayError:
            if status in FAILED:
                return Failed("")
            return Working()  # it is generated, and not to be had just now; the deadline ends it
        return Failed("") if status in FAILED and not isinstance(end, Failed) else end

    @override
    async def cancel(self, job: Job) -> None:
        """See `Engine`. Source: docs/relay.md 10.2."""
        await self._http.stop(f"/{job.task_id}/cancel")

    async def _result(self, job: Job, path: str) -> Observation:
        try:
            answer = await self._http.look(f"/{path}", time_limit_s=RESULT_TIME_LIMIT_S)
        except RelayRefusedError as no:
            if any(words in no.text.casefold() for words in _STILL_WORKING):
                return Working()  # too early
            if (
                no.kind in (RefusalKind.BUSY, RefusalKind.AUTH, RefusalKind.QUOTA, RefusalKind.NOT_FOUND)
                or no.status == 404
            ):
                raise
            return Failed(no.text, FailureKind.POLICY if no.kind is RefusalKind.POLICY else FailureKind.RELAY)
        return await self._generated(job, answer)

    async def _generated(self, job: Job, answer: object) -> Succeeded | Failed:
        generated = read_answer(Generated, answer)
        if not generated.pictures:
            if has_error(answer):
                return _gave_up(read_envelope(answer).text, job.written)
            # Done in a shape that nobody has described, or done with nothing in it.
            sources = find_pictures(answer)
            images = await self.build_images(job, sources)
            return Succeeded(self._made(images, {"seed": generated.seed}) if images else Result(), settled=bool(images))
        # A flagged picture is blacked out.
        flags = generated.has_nsfw_concepts if len(generated.has_nsfw_concepts) == len(generated.pictures) else []
        shown = [picture for number, picture in enumerate(generated.pictures) if not (flags and flags[number])]
        if not shown:
            return POLICY
        images = await self.build_images(job, [picture.url for picture in shown])
        if not images:
            return Succeeded(Result(), settled=False)
        facts: dict[str, object] = {"seed": generated.seed, "resolution": shown[0].resolution}
        if isinstance(job.request, EngineRequest):
            facts["model"] = self.model_of(job.request)
        final = generated.prompt if generated.prompt != job.prompt else ""
        told = facts | held_back(sum(flags), len(generated.pictures))
        return Succeeded(self._made(images, told, final, is_flagged=any(flags)))

    def _made(
        self,
        images: Sequence[ResultImage],
        facts: Mapping[str, object],
        final: str = "",
        *,
        is_flagged: bool = False,
    ) -> Result:
        """The result; a part of a single picture can be painted anew where one of the models takes a mask."""
        has_regions = any(map(self._fields.mask_field, self._models))
        return build_result(images, facts, final, has_regions=has_regions, is_flagged=is_flagged)


def _standing(answer: object) -> TaskStatus:
    """Where a task stands, by an answer that is bare or wrapped."""
    read = (read_answer(TaskStatus, one) for one in unwrap(answer))
    return next((task for task in read if task.status), TaskStatus())


def _gave_up(reason: str, written: str) -> Failed:
    return Failed(reason, FailureKind.POLICY if is_policy(reason, written) else FailureKind.RELAY)


def _ticket(answer: object) -> Ticket:
    """The ticket of an answer, bare or wrapped; some gateways call its id otherwise."""
    for one in unwrap(answer):
        ticket = read_answer(Ticket, one)
        if ticket.request_id or ticket.response_url or ticket.status_url:
            return ticket
    return Ticket(request_id=find_task_id(answer))


def _check_pictures(model: str, field: str, count: int) -> None:
    """Say before spending what a model cannot start from."""
    if count and not field:
        raise UserError(_("The model {model} takes no pictures. Please choose one that does.", model=model))
    if field and not count:
        raise UserError(_("The model {model} needs a picture. Please add one.", model=model))
    if count > 1 and field not in SEVERAL:
        raise UserError(_("The model {model} takes only one picture.", model=model))
    if count > MOST_PICTURES:
        raise UserError(_("The model {model} takes at most {limit} pictures.", model=model, limit=MOST_PICTURES))


def _check_mask(model: str, field: str, mask: str) -> None:
    if mask and not field:
        raise UserError(
            _("The model {model} takes no mask. Please choose another one, or describe what to change.", model=model)
        )
    if field and not mask:
        raise UserError(_("The model {model} needs a mask for its picture. Please add one.", model=model))


def _task_id(ticket: Ticket, model: str) -> str:
    """The path of a task, without its host: it names owner and app, whatever else the model's id says.

    Raises:
        RelayUnclearError: the ticket names none.
    """
    owner, app, *_rest = model.split("/")
    for address in (ticket.response_url, ticket.status_url):
        path = f"/{urlsplit(address).path.strip('/')}"
        found = _TASK.match(path, max(0, path.find(f"/{owner}/")))
        if found is not None and f"/{owner}/" in path:
            return found[0].strip("/")
    if not ticket.request_id:
        raise RelayUnclearError("a ticket without a request id", answered=True)
    return f"{owner}/{app}/requests/{ticket.request_id}"


def _result_path(task_path: str, response_url: str) -> str:
    """Where the result is: the address that the status gives, where it is one below the task's."""
    path = f"/{urlsplit(response_url).path.strip('/')}"
    at = path.find(f"/{task_path}/")
    return path[at:].strip("/") if at >= 0 and _PLAIN.fullmatch(path[at:]) else task_path
