"""The Midjourney side of the relay: midjourney-proxy dialect, as UniAPI speaks it."""

import base64
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.clock import Clock
from bot.errors import No, RelayError, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.jobs.engines import PictureSource
from bot.jobs.models import (
    Accepted,
    Action,
    Asks,
    Busy,
    Button,
    Exists,
    Failure,
    FailureKind,
    GaveUp,
    Imagine,
    Job,
    Missing,
    NeedsInput,
    Observation,
    Refused,
    Result,
    SubmitOutcome,
    Succeeded,
    Uncertain,
    Wait,
    Working,
)
from bot.relay.custom_ids import NOT_OFFERED, parse
from bot.relay.http import RelayHttp, banned_word, refusal
from bot.settings import MidjourneyAuth, Mode

logger = logging.getLogger(__name__)

ACCEPTED_CODES = (1, 22)
ASKS_OR_EXISTS = 21
# Right after a success some relays do not know the parent yet; the refusal is clear, so asking again is safe.
FORGOTTEN_TRIES = 3
FORGOTTEN_PAUSE_S = 2.0
DEFAULT_RETRY_S = 15.0
OWNER_RETRY_S = 60.0  # while the owner has to pay or mend the key


def auth_headers(style: MidjourneyAuth, key: str) -> dict[str, str]:
    """The headers that carry the relay key. Source: upstream-api 1.3."""
    headers: dict[str, str] = {}
    if style in (MidjourneyAuth.SECRET, MidjourneyAuth.BOTH):
        headers["mj-api-secret"] = key
    if style in (MidjourneyAuth.BEARER, MidjourneyAuth.BOTH):
        headers["Authorization"] = f"Bearer {key}"
    return headers


def _text(value: object) -> str:
    # Half a character (a broken escape in an emoji) could be neither stored nor shown.
    return "" if value is None else str(value).encode(errors="replace").decode()


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]


class _Wire(BaseModel):
    """Wire models take what they know and forgive the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SubmitAnswer(_Wire):
    """The submit envelope. Source: upstream-api 2.0."""

    code: int
    description: Text = ""
    result: Any = None
    properties: Annotated[dict[str, Any], BeforeValidator(_object)] = Field(default_factory=dict)

    @property
    def task_id(self) -> str:
        """The task id, which comes as a number or as a text; "" when there is none."""
        if isinstance(self.result, bool) or not isinstance(self.result, int | str):
            return ""
        return str(self.result).strip()


class WireButton(_Wire):
    """One button of a task. Source: upstream-api 7.1."""

    custom_id: Text = Field(default="", alias="customId")
    label: Text = ""
    emoji: Text = ""
    style: Any = 2


class TaskProperties(_Wire):
    """The part of a task's properties that means something to us."""

    final_prompt: Text = Field(default="", alias="finalPrompt")


class RelayTask(_Wire):
    """A relay task. Source: upstream-api 6.1."""

    id: Text
    status: Text = ""
    progress: Text = ""
    image_url: Text = Field(default="", alias="imageUrl")
    fail_reason: Text = Field(default="", alias="failReason")
    state: Text = ""
    buttons: Annotated[list[WireButton], BeforeValidator(_list)] = Field(default_factory=list)
    properties: Annotated[TaskProperties, BeforeValidator(_object)] = Field(default_factory=TaskProperties)

    @property
    def percent(self) -> int | None:
        """Progress where it is a number; it can be empty, null or any text."""
        match = re.match(r"\s*(\d{1,3})\s*%", self.progress)
        return min(int(match[1]), 100) if match else None

    def offered_buttons(self) -> tuple[Button, ...]:
        """The buttons that can be pressed, once each, in the relay's order."""
        kept: dict[str, Button] = {}
        for button in self.buttons:
            if button.custom_id and parse(button.custom_id).family not in NOT_OFFERED:
                style = button.style if isinstance(button.style, int) else 2
                kept.setdefault(
                    button.custom_id,
                    Button(custom_id=button.custom_id, label=button.label, emoji=button.emoji, style=style),
                )
        return tuple(kept.values())

    def observation(self) -> Observation:
        """What the task says. Status decides, never the progress text: a failure may stand at 100%."""
        match self.status.upper():
            case "SUCCESS":
                buttons = self.offered_buttons()
                result = Result(image_url=self.image_url, final_prompt=self.properties.final_prompt, buttons=buttons)
                return Succeeded(result, settled=bool(buttons) and bool(self.image_url))
            case "FAILURE" | "CANCEL":
                return GaveUp(self.fail_reason)
            case "MODAL":
                return Asks(self.properties.final_prompt)
            case _:
                return Working(self.percent, self.image_url)


class Midjourney:
    """The engine behind /imagine and its buttons."""

    name = "midjourney"

    def __init__(self, http: RelayHttp, pictures: PictureSource, clock: Clock) -> None:
        self._http = http
        self._pictures = pictures
        self._clock = clock

    async def submit(self, job: Job) -> SubmitOutcome:
        """Send the job once; see `Engine`."""
        path, body = await self._call(job)
        for tries_left in reversed(range(FORGOTTEN_TRIES)):
            outcome = await self._submit_once(job, prefix(job.mode) + path, body)
            match outcome:
                case Refused(Failure(kind=FailureKind.FORGOTTEN)) if tries_left:
                    await self._clock.sleep(FORGOTTEN_PAUSE_S)
                case _:
                    return outcome
        raise AssertionError("the last try always returns")

    async def _call(self, job: Job) -> tuple[str, dict[str, Any]]:
        match job.request:
            case Imagine(prompt=prompt, pictures=keys):
                body: dict[str, Any] = {"botType": bot_type(prompt), "prompt": prompt, "state": job.id}
                if keys:
                    body["base64Array"] = [data_url(await self._pictures.read(key)) for key in keys]
                return "/mj/submit/imagine", body
            case Action(button=button, parent_task_id=parent):
                return "/mj/submit/action", {"taskId": parent, "customId": button.custom_id, "state": job.id}

    async def _submit_once(self, job: Job, path: str, body: dict[str, Any]) -> SubmitOutcome:
        try:
            return read_submit(await self._http.submit(path, body))
        except RelayRefusedError as no:
            logger.info("relay refused job_id=%s kind=%s text=%s", job.id, no.kind, no.text)
            return _refused(no, is_follow_up=isinstance(job.request, Action))
        except RelayNotReachedError as exc:
            logger.info("relay not reached job_id=%s error=%s", job.id, exc)
            return Busy(Wait.UNREACHABLE, DEFAULT_RETRY_S)
        except RelayUnclearError as exc:
            logger.warning("submit without a readable answer job_id=%s error=%s", job.id, exc)
            return Uncertain(str(exc))

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """One list call for all of them; see `Engine`."""
        ids = [job.task_id for job in jobs if job.task_id]
        answer = await self._http.look("/mj/task/list-by-condition", {"ids": ids})
        if not isinstance(answer, list):
            raise _not_a_list(answer)
        tasks = {task.id: task for item in answer if (task := read_task(item))}
        return {job.id: tasks[job.task_id].observation() if job.task_id in tasks else Missing() for job in jobs}

    @staticmethod
    async def check(http: RelayHttp) -> None:
        """Make the free list call that shows whether address and key work.

        Raises:
            RelayError: they do not; the error says how.
        """
        answer = await http.look("/mj/task/list-by-condition", {"ids": []})
        if not isinstance(answer, list):
            raise _not_a_list(answer)


def prefix(mode: Mode | None) -> str:
    """What stands in front of /mj for a mode. Source: upstream-api 1.2."""
    return f"/mj-{mode}" if mode else ""


def bot_type(prompt: str) -> str:
    """The bot that a prompt is for: niji when it says so."""
    return "NIJI_JOURNEY" if re.search(r"(?:^|\s)(?:--|\N{EM DASH})niji\b", prompt) else "MID_JOURNEY"


def data_url(data: bytes) -> str:
    """A kept picture as the relay wants it; kept inputs are PNG or JPEG."""
    media_type = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def read_task(item: object) -> RelayTask | None:
    """A task of a list answer; None for what cannot be one."""
    try:
        task = RelayTask.model_validate(item)
    except ValidationError as exc:
        logger.warning("unreadable task in a list answer errors=%d", exc.error_count())
        return None
    return task if task.id else None


def read_submit(answer: object) -> SubmitOutcome:
    """What the envelope of a submit says.

    Raises:
        RelayRefusedError: a clear no.
        RelayUnclearError: a yes without an id, or not an envelope at all.
    """
    try:
        envelope = SubmitAnswer.model_validate(answer)
    except ValidationError as exc:
        raise RelayUnclearError("the answer is no submit envelope") from exc
    task_id, extras = envelope.task_id, envelope.properties
    if envelope.code in ACCEPTED_CODES and task_id:
        ahead = extras.get("numberOfQueues")
        return Accepted(task_id, ahead if isinstance(ahead, int) else None)
    if envelope.code == ASKS_OR_EXISTS and task_id:
        # The same code has two meanings: an old task that is told by its outcome, or a dialog.
        if extras.get("imageUrl") or extras.get("status") == "SUCCESS":
            return Exists(task_id)
        return NeedsInput(task_id, _text(extras.get("finalPrompt")))
    if envelope.code in (*ACCEPTED_CODES, ASKS_OR_EXISTS):
        raise RelayUnclearError(f"code {envelope.code} without a task id")
    raise refusal(200, envelope.code, envelope.description, word=banned_word(answer))


def _refused(no: RelayRefusedError, *, is_follow_up: bool) -> SubmitOutcome:
    match no.kind:
        case No.AUTH:
            return Busy(Wait.KEY, OWNER_RETRY_S)
        case No.QUOTA:
            return Busy(Wait.CREDIT, OWNER_RETRY_S)
        case No.BUSY:
            return Busy(Wait.QUEUE_FULL, no.retry_after_s or DEFAULT_RETRY_S)
        case No.NOT_FOUND if not is_follow_up:
            return Busy(Wait.QUEUE_FULL, DEFAULT_RETRY_S)  # code 3 on a fresh submit: no account is free
        case No.NOT_FOUND:
            return Refused(Failure(kind=FailureKind.FORGOTTEN))
        case No.BANNED:
            return Refused(Failure(kind=FailureKind.BANNED, detail=no.word or ""))
        case No.UNSUPPORTED:
            return Refused(Failure(kind=FailureKind.UNSUPPORTED))
        case No.INVALID:
            return Refused(Failure(kind=FailureKind.INVALID, detail=no.text))
        case No.FAILED:
            return Refused(Failure(kind=FailureKind.RELAY, detail=no.text))


def _not_a_list(answer: object) -> RelayError:
    if isinstance(answer, dict) and isinstance(answer.get("code"), int):
        return refusal(200, answer["code"], _text(answer.get("description")))
    return RelayUnclearError("the list answer is not a list")
