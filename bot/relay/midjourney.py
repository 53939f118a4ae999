"""The Midjourney side of the relay: midjourney-proxy dialect, as UniAPI speaks it."""

import asyncio
import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard
from urllib.parse import quote

from bot.clock import Clock
from bot.domain.addresses import resolved
from bot.domain.custom_ids import FILM_HIGH, FILM_LOW, MANUAL, OWN_LINES, Family, parse
from bot.domain.engine import PictureSource
from bot.domain.job import Failure, FailureKind, Job, ResultImage, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Exists,
    Finished,
    Found,
    Missing,
    NeedsInput,
    NoList,
    NotListed,
    Observation,
    Refused,
    Resubmit,
    Search,
    SubmitOutcome,
    Succeeded,
    Unread,
    Working,
)
from bot.domain.requests import Action, Animate, Imagine, Mode, Motion
from bot.domain.rules import is_film, picked, picked_film
from bot.errors import PictureError, RefusalKind, RelayError, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.fairness import AnswersFirst
from bot.relay.answers import find_task, find_task_id, find_tasks, is_error, read_envelope
from bot.relay.http import RelayHttp, written_in
from bot.relay.midjourney_answers import (
    NO_ACCOUNT_FREE,
    meant_by_not_found,
    read_submit,
    read_tasks,
)
from bot.relay.midjourney_models import TEXT_FAMILIES, RelayTask, read_task, tasks_by_id
from bot.relay.midjourney_requests import SubmitBodies, prefix, short_change
from bot.relay.refusals import refusal_in
from bot.relay.result_images import build_images
from bot.relay.single_looks import LOOKS_AT_ONCE, SingleLooks, observed, troubles
from bot.relay.submit_outcomes import DEFAULT_RETRY_S, is_no_path, refused, submit_outcome, uncertain
from bot.settings import MidjourneyAuth

logger = logging.getLogger(__name__)

# Right after a success some relays do not know the parent yet; the refusal is clear, so asking again is safe.
FORGOTTEN_TRIES = 3
FORGOTTEN_PAUSE_S = 2.0
LIST_TRIES = 3  # failures in a row that make a list one that does not work, rather than one that slipped
NO_LIST_FOR_S = 300.0  # until such a list is tried again
SEED_TIME_LIMIT_S = 45.0  # the relay itself waits 30 s for a message round trip
FILMED = (FILM_HIGH, FILM_LOW)  # buttons of ours, under pictures that have no task
NOT_PASSED_ON = Refused(Failure(kind=FailureKind.UNSUPPORTED))


def auth_headers(style: MidjourneyAuth, key: str) -> dict[str, str]:
    """Build the headers that carry the relay key. Source: docs/relay.md 1.3."""
    headers: dict[str, str] = {}
    if style in (MidjourneyAuth.SECRET, MidjourneyAuth.BOTH):
        headers["mj-api-secret"] = key
    if style in (MidjourneyAuth.BEARER, MidjourneyAuth.BOTH):
        headers["Authorization"] = f"Bearer {key}"
    return headers


_KEEP_OFF = (
    RefusalKind.AUTH,
    RefusalKind.QUOTA,
    RefusalKind.BUSY,
)  # who says so about a list would say so about every task
_OFF = (
    r"(?:disabled|not allowed|not accepted|not enabled|not supported|forbidden|turned off|禁|不支持|未开启|关闭|不允许)"
)
_INSIDE = r"(?:base64|upload\w*|image|picture|图)"
_NO_BASE64 = re.compile(rf"{_INSIDE}.*{_OFF}|{_OFF}.*{_INSIDE}", re.IGNORECASE)


class Midjourney:
    """The engine behind /imagine and its buttons."""

    name = "midjourney"

    def __init__(
        self,
        http: RelayHttp,
        pictures: PictureSource,
        clock: Clock,
        hook_for: Callable[[str], str] | None = None,
        answers_first: AnswersFirst | None = None,
    ) -> None:
        """`hook_for` gives the address on which the relay may report a job; None where we cannot be reached."""
        self._http = http
        self._pictures = pictures
        self._bodies = SubmitBodies(http, pictures)
        self._clock = clock
        self._hook_for = hook_for
        self._no_list_until = -math.inf  # on the monotonic clock
        self._list_failures = 0
        self._has_speeds: bool | None = None  # whether paths may begin with a speed; None as long as nobody knows
        self._probes = 0
        self._reading = asyncio.Lock()
        self._answers_first = answers_first or AnswersFirst()
        self._singly = SingleLooks()

    async def submit(self, job: Job) -> SubmitOutcome:
        """Send the job once; see `Engine`. A job that has its task already answers the task's modal."""
        match job.request:
            case Action(original=str(original)) if original:
                return await self._picked(job, job.request)
            case Action(button=button, answer=text) if button.custom_id in OWN_LINES:
                return Resubmit(Imagine(prompt=text or job.request.prompt))
            case Action(button=button) if button.custom_id in FILMED or button.custom_id.endswith(f"::{MANUAL}"):
                return await self._filmed(job, job.request, NOT_PASSED_ON)
        try:
            path, body = await self._call(job)
        except RelayError as exc:  # the pictures have no addresses; the paid call was not made
            return _not_prepared(exc)
        outcome = await self._submit_patiently(job, path, body)
        match job.request:
            case Action(button=button, answer=str(text)) if (
                _may_go_another_way(outcome) and parse(button.custom_id).family in TEXT_FAMILIES
            ):
                return Resubmit(Imagine(prompt=text))
            case Action(button=button) if parse(button.custom_id).family is Family.ANIMATE and _may_go_another_way(
                outcome
            ):
                return await self._filmed(job, job.request, outcome)
        spare = await self._spare_call(job, path, body, outcome)
        if spare is None:
            return outcome
        return await self._submit_patiently(job, *spare)

    async def _picked(self, job: Job, request: Action) -> SubmitOutcome:
        """The picture itself; where its address has died, the relay is asked for it after all."""
        address = resolved(request.original, self._http.base)
        try:
            key = await self._pictures.keep_original(job.id, address, at_any_rate=True)
        except PictureError:
            return Resubmit(request.model_copy(update={"original": ""}))
        return Finished(picked(request, key))

    async def _filmed(self, job: Job, request: Action, refused: Refused) -> SubmitOutcome:
        """The same films by a submit of their own, where the relay does not pass the button on."""
        verb, prompt = parse(request.button.custom_id).verb, request.answer or request.prompt
        motion = Motion.LOW if "low" in verb else Motion.HIGH
        if verb.endswith("_extend"):
            return Resubmit(Animate(prompt=prompt, motion=motion, extends=request.parent_task_id, relay=request.relay))
        try:
            picture = await self._pictures.keep_again(f"{job.id}-input1", request.source)
        except PictureError:
            return refused
        return Resubmit(Animate(prompt=prompt, pictures=(picture,), motion=motion))

    async def _submit_patiently(self, job: Job, path: str, body: dict[str, Any]) -> SubmitOutcome:
        for tries_left in reversed(range(FORGOTTEN_TRIES)):
            outcome = await self._submit_once(job, self._prefix(job), path, body)
            match outcome:
                case Refused(Failure(kind=FailureKind.FORGOTTEN)) if tries_left:
                    await self._clock.sleep(FORGOTTEN_PAUSE_S)
                case _:
                    return outcome
        raise AssertionError("the last try always returns")

    def _prefix(self, job: Job) -> str:
        """What stands in front of a job's paths; a relay without speeds has the usual one, which is shown as fast."""
        return "" if self._has_speeds is False and job.mode is Mode.FAST else prefix(job.mode)

    async def _spare_call(
        self, job: Job, path: str, body: dict[str, Any], outcome: SubmitOutcome
    ) -> tuple[str, dict[str, Any]] | None:
        """Another way to the same end, for what a relay clearly refused and therefore did not charge."""
        match job.request:
            case Action() if body.get("enableRemix") and _cannot_remix(outcome):
                return path, {name: value for name, value in body.items() if name != "enableRemix"}
            case Action(button=button, parent_task_id=parent) if path == "/mj/submit/change" and _may_go_another_way(
                outcome
            ):
                content = f"{parent} {short_change(button.custom_id)}"
                return "/mj/submit/simple-change", {"content": content} | self._marks(job)
            case Imagine(prompt=prompt, pictures=keys, references=()) if keys and _takes_no_pictures(outcome):
                try:
                    addresses = await self._bodies.upload(keys)
                except RelayError:
                    return None
                return path, await self._bodies.imagine(" ".join([*addresses, prompt]), ()) | self._marks(job)
        return None

    async def _call(self, job: Job) -> tuple[str, dict[str, Any]]:
        """Path and body of a job's submit."""
        path, body = await self._bodies.build(job)
        return path, body | self._marks(job)

    def _marks(self, job: Job) -> dict[str, str]:
        """What every submit carries: our id, by which a lost one can be found, and where changes may be told."""
        return {"state": job.id} | ({"notifyHook": self._hook_for(job.id)} if self._hook_for else {})

    async def _submit_once(self, job: Job, speed: str, path: str, body: dict[str, Any]) -> SubmitOutcome:
        try:
            outcome = read_submit(await self._http.submit(speed + path, body), written_in(body))
        except RelayError as exc:
            if speed and job.mode is Mode.FAST and self._has_speeds is None and is_no_path(exc):
                outcome = await self._submit_once(job, "", path, body)
                self._has_speeds = False if isinstance(outcome, Accepted | Exists | NeedsInput) else None
                return outcome
            if isinstance(exc, RelayUnclearError) and exc.task_id and job.task_id is None:
                return await self._looked_up(job, exc)
            if speed and not self._has_speeds and is_no_path(exc):  # be it for the operation or for its speed
                return Refused(Failure(kind=FailureKind.UNSUPPORTED, detail=job.mode or ""))
            return submit_outcome(exc, job.id, not_found=meant_by_not_found(exc, job.request))
        if speed:
            self._has_speeds = True
        return outcome

    async def _looked_up(self, job: Job, unclear: RelayUnclearError) -> SubmitOutcome:
        """An answer that is neither yes nor no names a task: whether the relay has it for us tells which it was."""
        for _try in range(FORGOTTEN_TRIES):
            try:
                task = await self._task(job, unclear.task_id)
            except RelayError as exc:
                logger.info("named task not looked at job_id=%s reason=%r", job.id, str(exc))
                break
            if task is not None:
                return Accepted(task.id) if task.state in ("", job.id) else uncertain(unclear, job.id)
            await self._clock.sleep(FORGOTTEN_PAUSE_S)
        return uncertain(unclear, job.id)

    @property
    def looks_together(self) -> bool:
        """Whether the list works."""
        return self._clock.monotonic() >= self._no_list_until

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """Make one list call for all of them; see `Engine`. Where the list fails, each is looked at by itself."""
        if not self.looks_together:
            seen = await self._singly.at(jobs, self.fetch)
            if (trouble := troubles(seen)) and len(trouble) == len(jobs):
                raise trouble[0]
            return observed(seen)
        asked = {"ids": [job.task_id for job in jobs if job.task_id]}
        try:
            tasks = read_tasks(await self._http.look("/mj/task/list-by-condition", asked))
        except RelayError as exc:
            if isinstance(exc, RelayNotReachedError) or (isinstance(exc, RelayRefusedError) and exc.kind in _KEEP_OFF):
                raise
            return await self._without_list(jobs, exc)
        self._list_failures = 0
        await self._answers_first.come_after()
        async with self._reading:  # one list at a time: tasks are large, and looks come in hundreds
            by_id = await tasks_by_id(tasks)
        listed = {job.id: await self._observed(job, task) for job in jobs if (task := by_id.get(job.task_id or ""))}
        # Lists leave tasks out for reasons of their own.
        return listed | observed(await self._singly.at([job for job in jobs if job.id not in listed], self.fetch))

    async def _without_list(self, jobs: Sequence[Job], exc: RelayError) -> Mapping[str, Observation]:
        """Look at each job by itself for a while, unless that fails as well: each time a few others are tried first."""
        start = self._probes % len(jobs) if jobs else 0
        self._probes += LOOKS_AT_ONCE
        jobs = [*jobs[start:], *jobs[:start]]
        seen = await self._singly.at(jobs[:LOOKS_AT_ONCE], self.fetch)
        if all(isinstance(one, RelayError | Missing | Unread) for one in seen.values()):
            raise exc
        # A list that is refused, or never comes, is left alone for a while; one that only slips is asked for each time.
        self._list_failures += isinstance(exc, RelayRefusedError) or not getattr(exc, "answered", True)
        if self._list_failures >= LIST_TRIES:
            logger.warning("the relay's list cannot be read, tasks are looked at one by one error=%r", str(exc))
            self._no_list_until = self._clock.monotonic() + self._clock.real(NO_LIST_FOR_S)
        return observed(seen | await self._singly.at(jobs[LOOKS_AT_ONCE:], self.fetch))

    async def _observed(self, job: Job, task: RelayTask) -> Observation:
        """What a task says to its job; pictures that stand in the answer itself are kept."""
        seen = task.observation(job.written, is_film=is_film(job.request), film=picked_film(job.request))
        match seen:
            case Succeeded(result=result) if result.image_url:
                sources = [image.image_url for image in result.images]
                try:
                    made = await build_images(self._pictures, self._http.base, job, sources)
                except OSError:
                    logger.exception("made picture not kept yet job_id=%s", job.id)
                    return Unread()
                first = made[0] if made else ResultImage()
                changes = {"image_url": first.image_url, "picture": first.picture, "more": tuple(made[1:])}
                return replace(seen, result=result.model_copy(update=changes), settled=seen.settled and bool(made))
            case Working(preview_url=url) if url:
                return Working(seen.percent, resolved(url, self._http.base))
            case _:
                return seen

    async def fetch(self, job: Job) -> Observation:
        """Look at one task by its id; see `Engine`. Relays say in several ways that they do not know it."""
        task = await self._task(job, job.task_id or "")
        return await self._observed(job, task) if task is not None else Missing()

    async def _task(self, job: Job, task_id: str) -> RelayTask | None:
        """The task of that id, None where the relay does not know it; raises as `look` does."""
        try:
            answer = await self._http.look(f"{self._prefix(job)}/mj/task/{quote(task_id, safe='')}/fetch")
            if not answer:
                return None
            task = read_task(find_task(answer, task_id), task_id)
            if task is None and is_error(answer):
                raise refusal_in(answer)
        except RelayRefusedError as no:
            if no.kind is RefusalKind.NOT_FOUND:
                return None
            raise
        if task is None and not isinstance(answer, dict | list):
            raise RelayUnclearError("the answer is no task", answered=True)
        return task

    async def recognise(self, job: Job, task_id: str) -> Search:
        """Whether a task that somebody named carries the job's id; see `Engine`."""
        try:
            task = await self._task(job, task_id)
        except RelayRefusedError:
            return NotListed()
        return Found(task.id) if task is not None and task.state == job.id else NotListed()

    async def find(self, job: Job) -> Search:
        """Search the newest hundred tasks, where the relay lists them; see `Engine`."""
        try:
            items = find_tasks(await self._http.look("/mj/task/list"))
        except RelayRefusedError as no:
            if no.kind in (RefusalKind.UNSUPPORTED, RefusalKind.NOT_FOUND, RefusalKind.INVALID):
                return NoList()
            raise
        if items is None:
            return NoList()
        tasks = (read_task(item) for item in items)
        return next((Found(task.id) for task in tasks if task is not None and task.state == job.id), NotListed())

    async def seed(self, job: Job) -> str:
        """Return the seed of a finished task; see `Engine`. Newer relays tell it with the task itself."""
        if job.result is not None and (told := job.result.facts.get("seed")):
            return told
        path = f"{self._prefix(job)}/mj/task/{job.task_id}/image-seed"
        answer = await self._http.look(path, time_limit_s=SEED_TIME_LIMIT_S)
        seed = find_task_id(answer)  # the envelope carries it where submits carry their id
        if read_envelope(answer).code != 1 or not seed:
            raise refusal_in(answer)
        return seed

    async def cancel(self, job: Job) -> None:
        """See `Engine`: a proxy would forget what its account goes on to make (docs/relay.md 4.3)."""

    @staticmethod
    async def check(http: RelayHttp) -> None:
        """Make the free list call that shows whether address and key work.

        Raises:
            RelayError: they do not; the error says how.
        """
        read_tasks(await http.look("/mj/task/list-by-condition", {"ids": []}))


def _may_go_another_way(outcome: SubmitOutcome) -> TypeGuard[Refused]:
    """Whether a relay clearly does not take this kind of request, rather than this one."""
    return isinstance(outcome, Refused) and outcome.failure.kind is FailureKind.UNSUPPORTED


def _cannot_remix(outcome: SubmitOutcome) -> bool:
    """Whether an account clearly takes no other prompt. Source: docs/relay.md 2.6."""
    match outcome:
        case Refused(Failure(kind=FailureKind.UNSUPPORTED | FailureKind.INVALID, detail=detail)):
            return "remix" in detail.casefold()
    return False


def _takes_no_pictures(outcome: SubmitOutcome) -> bool:
    """Whether a relay clearly takes no pictures in a request, as operators can choose. Source: docs/relay.md 2.2."""
    match outcome:
        case Refused(Failure(kind=FailureKind.UNSUPPORTED | FailureKind.INVALID, detail=detail)):
            return _NO_BASE64.search(detail) is not None
    return False


def _not_prepared(exc: RelayError) -> SubmitOutcome:
    match exc:
        case RelayRefusedError():
            return refused(exc, not_found=NO_ACCOUNT_FREE)
        case RelayNotReachedError():
            return Busy(Wait.UNREACHABLE, DEFAULT_RETRY_S)
        case _:
            return Refused(Failure(kind=FailureKind.RELAY, detail="The pictures could not be uploaded."))
