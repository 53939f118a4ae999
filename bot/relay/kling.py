"""Kling: pictures and try-ons as tasks; here success is code 0 and base64 goes raw. Source: docs/relay.md 12."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.engine_info import OPERATIONS
from bot.domain.job import FailureKind, Job, Result, Wait
from bot.domain.outcomes import Accepted, Busy, Failed, Observation, SubmitOutcome, Succeeded, Working
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError, UserError
from bot.language import _
from bot.relay.answers import find_task_id, has_error, read_envelope
from bot.relay.engine_base import EngineAdapter, build_result, read_options
from bot.relay.http import Base64, RelayHttp, written_in
from bot.relay.kling_requests import (
    PICTURE_STYLE,
    SCENE,
    SUBJECT,
    TWO_GARMENTS_MODEL,
    TryOnOptions,
    build_expand,
    build_imagine,
    build_multi,
    fitting_model,
    is_omni,
    path_of,
    renamed,
)
from bot.relay.refusals import VendorCodes, is_policy, refusal_in
from bot.relay.task_status import DONE, FAILED, HELD_BACK, as_status
from bot.settings import Settings

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


class Kling(EngineAdapter):
    """The engine behind /kling."""

    name = "kling"
    codes = CODES

    def __init__(self, http: RelayHttp, pictures: PictureSource, models: Sequence[str] = ()) -> None:
        """Where a request names no model, the first of `models` that fits is taken, or what the vendor takes."""
        super().__init__(http, pictures)
        self._models = models
        self._times_crowded = 0

    @classmethod
    @override
    def from_settings(cls, http: RelayHttp, pictures: PictureSource, settings: Settings) -> Self:
        return cls(http, pictures, settings.engines.kling.models)

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`. The vendor lets so many tasks in at once and no more: each time longer is waited."""
        body = await self._body(request)
        marks = {"external_task_id": job.id}
        try:
            data = _data(
                await self._http.submit(path_of(request, self._model(request)), body | marks), written_in(body)
            )
        except RelayRefusedError as no:
            if no.code != CROWDED:
                raise
            rest_s = min(FIRST_REST_S * 2**self._times_crowded, LONGEST_REST_S)
            self._times_crowded = min(self._times_crowded + 1, 10)
            return Busy(Wait.QUEUE_FULL, max(rest_s, no.retry_after_s or 0.0))
        self._times_crowded = 0
        task_id = find_task_id(data)
        if not task_id:
            words = read_envelope(data).text
            raise RelayUnclearError("a yes without a task id", answered=True, words=words)
        return Accepted(task_id)

    @override
    async def observe(self, job: Job) -> Observation:
        """See `EngineAdapter`."""
        if not isinstance(job.request, EngineRequest):
            raise TypeError("not a request for Kling")
        model = self._model(job.request)
        data = _data(await self._http.look(f"{path_of(job.request, model)}/{job.task_id}"), job.written)
        status = as_status(_first(data, "task_status", "status", "state"))
        if status in FAILED | HELD_BACK:
            reason = str(_first(data, "task_status_msg", "fail_reason") or "")
            is_held_back = status in HELD_BACK or is_policy(reason, job.written)
            return Failed(reason, FailureKind.POLICY if is_held_back else FailureKind.RELAY)
        addresses = list(_addresses(data))
        if status not in DONE and (status or not addresses):
            return Working()
        images = await self.build_images(job, addresses)
        if not images:
            return Succeeded(Result(), settled=False)  # they may come with the relay's next copy of the task
        facts = {name: job.request.options.get(name) for name in ("resolution", "aspect_ratio")}
        return Succeeded(build_result(images, facts | {"model": model or default_model(job.request)}))

    def _model(self, request: EngineRequest) -> str:
        """The model that a request goes to; "" leaves it to the vendor."""
        named = str(renamed(request).options.get("model_name") or "")
        return named or (fitting_model(self._models, len(request.pictures)) if request.kind == "imagine" else "")

    async def _body(self, request: EngineRequest) -> dict[str, Any]:
        request = renamed(request)
        match request.kind:
            case "imagine":
                return await self._imagine_body(request, self._model(request))
            case "multi":
                return await self._multi_body(request)
            case "expand":
                fields = build_expand(request)
                return fields | {"image": await self.encoded(request.pictures[0])}
            case _:
                return await self._tryon_body(request)

    async def _imagine_body(self, request: EngineRequest, model: str) -> dict[str, Any]:
        body = build_imagine(request, model)
        images = [await self.encoded(key) for key in request.pictures]
        if not images:
            return body
        return body | (
            {"image_list": [{"image": image} for image in images]} if is_omni(model) else {"image": images[0]}
        )

    async def _multi_body(self, request: EngineRequest) -> dict[str, Any]:
        body = build_multi(request)
        subjects = [{"subject_image": await self.encoded(key)} for key in request.pictures_for(SUBJECT)]
        others = {
            field: await self.encoded(key)
            for role, field in ((SCENE, "scene_image"), (PICTURE_STYLE, "style_image"))
            for key in request.pictures_for(role)[:1]
        }
        return body | {"subject_image_list": subjects} | others

    async def _tryon_body(self, request: EngineRequest) -> dict[str, Any]:
        person, *clothes = request.pictures or ("",)
        if not 1 <= len(clothes) <= 2:
            raise UserError(_("A try-on needs two pictures: the person and the clothes."))
        fields = read_options(TryOnOptions, request).fields()
        if len(clothes) == 2 and fields.get("model_name") != TWO_GARMENTS_MODEL:
            raise UserError(_("Only the model {model} can try on two garments at once.", model=TWO_GARMENTS_MODEL))
        worn = Base64(await self._pictures.stacked(clothes)) if len(clothes) == 2 else await self.encoded(clothes[0])
        return {"human_image": await self.encoded(person), "cloth_image": worn} | fields


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
    if isinstance(no, RelayUnclearError) and not no.words:
        raise RelayUnclearError(f"code {code}", answered=True, words=f"code {code}")
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
    named = (one.get(name) for name in ("images", "series_images") for one in _levels(data))
    images = next((found for found in named if isinstance(found, list) and found), None)
    found = images if images is not None else [_first(data, "url")]
    for image in found:
        address = image.get("url") if isinstance(image, dict) else image
        if isinstance(address, str) and address:
            yield address
