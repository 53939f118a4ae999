"""Kling: pictures and try-ons as tasks; here success is code 0 and base64 goes raw. Source: docs/relay.md 12."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.engine_info import OPERATIONS
from bot.domain.job import FailureKind, Job, Result, Wait
from bot.domain.outcomes import Accepted, Busy, Failed, Observation, SubmitOutcome, Succeeded, Working
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay.answers import find_task_id, has_error
from bot.relay.engine_base import EngineAdapter, Options, build_result, read_options
from bot.relay.http import RelayHttp, written_in
from bot.relay.refusals import VendorCodes, is_policy, refusal_in
from bot.relay.task_status import DONE, FAILED, HELD_BACK, as_status

PATHS = {"imagine": "/kling/v1/images/generations", "tryon": "/kling/v1/images/kolors-virtual-try-on"}
REFERRING_MODEL = "kling-v1-5"  # the only one that wants to be told what a picture is for
SUCCESS = (0, 200, "0", "200", "success", "ok")
CROWDED = 1303  # too many tasks at once
FIRST_REST_S, LONGEST_REST_S = 2.0, 60.0
# Kling's own codes, which stand with any HTTP status. Source: docs/relay.md 12.4 and the vendor's list.
CODES: VendorCodes = {
    **dict.fromkeys((1000, 1001, 1002, 1003, 1004), RefusalKind.AUTH),
    **dict.fromkeys((1100, 1101, 1102), RefusalKind.QUOTA),
    1103: RefusalKind.UNSUPPORTED,
    **dict.fromkeys((1200, 1201), RefusalKind.INVALID),
    **dict.fromkeys((1202, 1203), RefusalKind.NOT_FOUND),
    1301: RefusalKind.POLICY,
    **dict.fromkeys((1302, 1303), RefusalKind.BUSY),
}

Share = Annotated[float, Field(ge=0, le=1)]


class ImagineOptions(Options):
    """Kling's fields for a picture."""

    model_name: str | None = None
    negative_prompt: Annotated[str, Field(max_length=2500)] | None = None
    image_reference: str | None = None
    image_fidelity: Share | None = None
    human_fidelity: Share | None = None
    resolution: str | None = None
    n: Annotated[int, Field(ge=1, le=9)] | None = None
    aspect_ratio: str | None = None


class TryOnOptions(Options):
    """Kling's fields for a try-on."""

    model_name: str | None = None


class Kling(EngineAdapter):
    """The engine behind /kling."""

    name = "kling"
    codes = CODES

    def __init__(self, http: RelayHttp, pictures: PictureSource) -> None:
        super().__init__(http, pictures)
        self._times_crowded = 0

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`. The vendor lets so many tasks in at once and no more: each time longer is waited."""
        body = await self._body(request)
        marks = {"external_task_id": job.id}
        try:
            data = _data(await self._http.submit(_path(request), body | marks), written_in(body))
        except RelayRefusedError as no:
            if no.code != CROWDED:
                raise
            rest_s = min(FIRST_REST_S * 2**self._times_crowded, LONGEST_REST_S)
            self._times_crowded = min(self._times_crowded + 1, 10)
            return Busy(Wait.QUEUE_FULL, max(rest_s, no.retry_after_s or 0.0))
        self._times_crowded = 0
        task_id = find_task_id(data)
        if not task_id:
            raise RelayUnclearError("a yes without a task id", answered=True)
        return Accepted(task_id)

    @override
    async def observe(self, job: Job) -> Observation:
        """See `EngineAdapter`."""
        if not isinstance(job.request, EngineRequest):
            raise TypeError("not a request for Kling")
        data = _data(await self._http.look(f"{_path(job.request)}/{job.task_id}"), job.written)
        status = as_status(_first(data, "task_status", "status"))
        if status in FAILED | HELD_BACK:
            reason = str(_first(data, "task_status_msg", "fail_reason") or "")
            is_held_back = status in HELD_BACK or is_policy(reason, job.written)
            return Failed(reason, FailureKind.POLICY if is_held_back else FailureKind.RELAY)
        if status not in DONE:
            return Working()
        images = await self.build_images(job, list(_addresses(data)))
        if not images:
            return Succeeded(Result(), settled=False)  # they may come with the relay's next copy of the task
        facts = {name: job.request.options.get(name) for name in ("resolution", "aspect_ratio")}
        return Succeeded(build_result(images, facts | {"model": _model(job.request)}))

    async def _body(self, request: EngineRequest) -> dict[str, Any]:
        if request.kind == "tryon":
            if len(request.pictures) != 2:
                raise UserError(_("A try-on needs two pictures: the person and the clothes."))
            person, clothes = [await self.encoded(key) for key in request.pictures]
            return {"human_image": person, "cloth_image": clothes} | read_options(
                TryOnOptions, _renamed(request)
            ).fields()
        options = read_options(ImagineOptions, _renamed(request))
        _check(request, options)
        body = {"prompt": request.prompt} | options.fields()
        if not request.pictures:
            return body
        if options.model_name == REFERRING_MODEL:
            body = {"image_reference": "subject"} | body
        return body | {"image": await self.encoded(request.pictures[0])}


def _check(request: EngineRequest, options: ImagineOptions) -> None:
    """Say before spending what the vendor would refuse."""
    if not request.prompt.strip():
        raise UserError(_("This needs a prompt. Please write one."))
    if len(request.prompt) > 2500:
        raise UserError(_("Kling takes prompts of up to {limit} characters.", limit=2500))
    if request.pictures and options.negative_prompt:
        raise UserError(_("Kling takes either a picture or a negative prompt. Please leave one of them out."))
    if options.image_reference and not request.pictures:
        raise UserError(_("A reference is taken from a picture. Please add the picture."))
    if options.image_reference and options.model_name != REFERRING_MODEL:
        raise UserError(_("Only the model {model} takes a reference.", model=REFERRING_MODEL))
    if options.human_fidelity is not None and options.image_reference != "subject":
        raise UserError(_("The fidelity to a person goes with the reference to a subject only."))


def _path(request: EngineRequest) -> str:
    if request.kind not in PATHS:
        raise TypeError(f"kling has no {request.kind}")
    return PATHS[request.kind]


def _renamed(request: EngineRequest) -> EngineRequest:
    """The request with the model under its new name: the vendor ignores the old one and takes its oldest model."""
    options = dict(request.options)
    old = options.pop("model", None)
    return request.model_copy(update={"options": ({"model_name": old} if old is not None else {}) | options})


def _model(request: EngineRequest) -> object:
    return _renamed(request).options.get("model_name") or default_model(request)


def default_model(request: EngineRequest) -> str:
    """Return the model that is taken where a request names none."""
    return OPERATIONS[request.name].default_model


def _data(answer: object, written: str) -> Mapping[str, Any]:
    """The data of a success, or the whole answer where a gateway took the envelope off.

    Raises:
        RelayRefusedError: a clear no.
        RelayUnclearError: neither; it may name a task.
    """
    if not isinstance(answer, dict):
        raise RelayUnclearError("the answer is no object", answered=True)
    code, data = answer.get("code"), answer.get("data")
    if isinstance(code, str):
        code = code.casefold()
    task_id = find_task_id(answer)
    if (code in SUCCESS and not isinstance(code, bool)) or (code is None and not has_error(answer)):
        if isinstance(data, dict):
            return data
        if task_id or _first(answer, "task_status", "status"):
            return answer
        raise RelayUnclearError("a success without data", answered=True)
    no = refusal_in(answer, written, CODES)
    if task_id and not (isinstance(no, RelayRefusedError) and no.code in CODES):
        raise RelayUnclearError(f"code {code} with a task id", task_id=task_id, answered=True)
    if isinstance(no, RelayRefusedError) and no.kind is RefusalKind.FAILED and not no.text:
        raise RelayRefusedError(RefusalKind.FAILED, f"code {code}")
    raise no


def _levels(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The object and all those in it, the outer ones first: gateways wrap the vendor's answer in their own."""
    level = [data]
    while level:
        yield from level
        level = [value for one in level for value in one.values() if isinstance(value, dict)]


def _first(data: Mapping[str, Any], *names: str) -> object:
    """The outermost value of one of these names that says something."""
    return next((one[name] for one in _levels(data) for name in names if one.get(name) not in (None, "")), None)


def _addresses(data: Mapping[str, Any]) -> Iterator[str]:
    """Where the pictures are: the first list of images anywhere, else a single address."""
    lists = (one["images"] for one in _levels(data) if isinstance(one.get("images"), list) and one["images"])
    images = next(lists, None)
    found = images if images is not None else [_first(data, "url")]
    for image in found:
        address = image.get("url") if isinstance(image, dict) else image
        if isinstance(address, str) and address:
            yield address
