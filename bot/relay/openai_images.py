"""Picture models in the OpenAI format: one slow call that answers with the pictures, or a task.

Source: docs/relay.md 11 and 13.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from bot.domain.engine import PictureSource
from bot.domain.job import FailureKind, Job, Result
from bot.domain.outcomes import Accepted, Failed, Finished, Missing, Observation, SubmitOutcome, Succeeded, Working
from bot.domain.requests import EngineRequest
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError
from bot.relay.answers import find_task_id, has_error, is_error, read_envelope
from bot.relay.engine_base import EngineAdapter, build_result, read_answer
from bot.relay.http import PAINT_TIME_LIMIT_S, RelayHttp, Upload, written_in
from bot.relay.meanings import readable
from bot.relay.openai_answers import Pictures, Task, choices, find_sources, find_task, is_held_back
from bot.relay.openai_requests import Order, build_chat, build_form, build_json, facts_of, read_order
from bot.relay.refusals import is_policy, refusal_in
from bot.relay.task_status import DONE, FAILED, HELD_BACK, as_status, percent_of
from bot.settings.picture_models import ModelTable, Way

# Where asynchronous gateways tell of a task. Source: docs/relay.md 11.3.
TASK_ROUTES = ("/v1/tasks/{id}", "/v1/images/{id}", "/v1/images/generations/{id}", "/v1/images/tasks/{id}")


class ImagesAdapter(EngineAdapter):
    """Base of the engines that are asked in this format, each with a table of its models."""

    has_regions: ClassVar[bool] = False  # whether results offer to paint a part of them anew

    def __init__(self, http: RelayHttp, pictures: PictureSource, table: ModelTable) -> None:
        """`table` begins with the model that is taken where none is named and it fits."""
        super().__init__(http, pictures)
        self._table = table
        self._route = ""

    @override
    async def paint(self, job: Job, request: EngineRequest) -> SubmitOutcome:
        """See `EngineAdapter`. Gateways answer with the pictures, or at once with the id of a task."""
        if request.kind != "generate":
            raise TypeError(f"{self.name} has no {request.kind}")
        order = read_order(request, self._table)
        answer = await self._sent(order)
        if sources := find_sources(answer):
            return Finished(await self._result(job, order, answer, sources))
        chat = choices(answer)
        if chat:
            if is_held_back(chat):
                raise RelayRefusedError(RefusalKind.POLICY, readable(chat[0].message.text))
            raise RelayUnclearError("words without a picture", answered=True, words=readable(chat[0].message.text))
        task_id = find_task_id(answer)
        if task_id and not has_error(answer):
            return Accepted(task_id)
        if is_error(answer):
            raise refusal_in(answer, written_in(order.fields), self.codes)
        raise RelayUnclearError("an answer without pictures", answered=True)

    async def _sent(self, order: Order) -> Any:
        """Make the one paid call."""
        limit_s = PAINT_TIME_LIMIT_S
        if order.way is Way.EDITS:
            mask = Upload(await self._pictures.cut_out(order.mask), "mask.png", "image/png") if order.mask else None
            parts = build_form(order, [await self.upload(key) for key in order.pictures], mask)
            return await self._http.submit_form(order.path, parts, time_limit_s=limit_s)
        pictures = [await self.data_url(key) for key in order.pictures]
        build = build_chat if order.way is Way.CHAT else build_json
        return await self._http.submit(order.path, build(order, pictures), time_limit_s=limit_s)

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
            if isinstance(answer, dict) and (task := find_task(answer)):
                self._route = route
                return await self._seen(job, answer, task)
        return Missing()

    async def _seen(self, job: Job, answer: object, task: Task) -> Observation:
        status = as_status(task.status)
        if status in FAILED | HELD_BACK:
            reason = read_envelope(answer).text
            is_kept_back = status in HELD_BACK or is_policy(reason, job.written)
            return Failed(reason, FailureKind.POLICY if is_kept_back else FailureKind.RELAY)
        sources = find_sources(answer) if status in DONE or not status else []
        if sources and isinstance(job.request, EngineRequest):
            return Succeeded(await self._result(job, read_order(job.request, self._table), answer, sources))
        return Succeeded(Result(), settled=False) if status in DONE else Working(percent_of(task.progress))

    async def _result(self, job: Job, order: Order, answer: object, sources: Sequence[str]) -> Result:
        """What an answer with pictures gives; empty where none of them can be read."""
        read = read_answer(Pictures, answer)
        kept = await self.build_images(job, sources)
        if not kept:
            return Result()
        first, asked = read.first, facts_of(order)
        final = first.revised_prompt if first.revised_prompt != job.prompt else ""
        facts = {
            "seed": first.seed or read.seed,
            "resolution": first.size or read.size or asked["resolution"],
            "model": asked["model"],
        }
        return build_result(kept, facts, final, has_regions=self.has_regions and self._takes_masks)

    @property
    def _takes_masks(self) -> bool:
        """Whether one of the models does."""
        return self._table.get(self._table.fitting(1, is_masked=True)).takes_mask
