"""The Midjourney side of the relay: midjourney-proxy dialect, as UniAPI speaks it."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeGuard
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.clock import Clock
from bot.errors import No, RelayError, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.jobs.engines import PictureSource
from bot.jobs.models import (
    Accepted,
    Action,
    Asks,
    Blend,
    Busy,
    Button,
    Describe,
    Exists,
    FaceSwap,
    Failure,
    FailureKind,
    Found,
    GaveUp,
    Imagine,
    Instead,
    Job,
    Missing,
    NeedsInput,
    NoList,
    NotListed,
    Observation,
    Paint,
    Refused,
    Result,
    Search,
    Shorten,
    SubmitOutcome,
    Succeeded,
    Wait,
    Working,
)
from bot.prompts import parse as read_prompt
from bot.relay.custom_ids import CHANGE, NOT_OFFERED, Family, parse
from bot.relay.http import Base64, RelayHttp, banned_word, data_url, refusal
from bot.relay.outcomes import DEFAULT_RETRY_S, refused, submit_outcome
from bot.settings import MidjourneyAuth, Mode
from bot.turns import in_turns

logger = logging.getLogger(__name__)

ACCEPTED_CODES = (1, 22)
ASKS_OR_EXISTS = 21
# Right after a success some relays do not know the parent yet; the refusal is clear, so asking again is safe.
DEFAULT_BOT = "MID_JOURNEY"
FORGOTTEN_TRIES = 3
FORGOTTEN_PAUSE_S = 2.0
TEXT_ACTIONS = ("DESCRIBE", "SHORTEN")
TEXT_FAMILIES = frozenset({Family.DESCRIBE_PICK, Family.SHORTEN_PICK})
BUTTONLESS_ACTIONS = ("SWAP_FACE", "SHORTEN")
KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"
SEED_TIME_LIMIT_S = 45.0  # the relay itself waits 30 s for a message round trip
NO_ACCOUNT_FREE = Busy(Wait.QUEUE_FULL, DEFAULT_RETRY_S)  # code 3 on a fresh submit
PARENT_FORGOTTEN = Refused(Failure(kind=FailureKind.FORGOTTEN))


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
    action: Text = ""
    status: Text = ""
    prompt: Text = ""
    prompt_en: Text = Field(default="", alias="promptEn")
    description: Text = ""
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

    def words(self) -> str:
        """The text that describe and shorten are about; "" for pictures. Source: upstream-api 6.1."""
        families = {parse(button.custom_id).family for button in self.buttons}
        if self.action not in TEXT_ACTIONS and not families & TEXT_FAMILIES:
            return ""
        description = self.description if KEYCAP in self.description else ""
        return self.properties.final_prompt or self.prompt_en or self.prompt or description

    def observation(self) -> Observation:
        """What the task says. Status decides, never the progress text: a failure may stand at 100%."""
        match self.status.upper():
            case "SUCCESS":
                buttons = self.offered_buttons()
                result = Result(
                    image_url=self.image_url,
                    final_prompt=self.properties.final_prompt,
                    text=self.words(),
                    buttons=buttons,
                )
                has_all = bool(buttons) or self.action in BUTTONLESS_ACTIONS
                return Succeeded(result, settled=has_all and bool(self.image_url or result.text))
            case "FAILURE" | "CANCEL":
                return GaveUp(self.fail_reason)
            case "MODAL":
                return Asks(self.properties.final_prompt)
            case _:
                return Working(self.percent, self.image_url)


class Midjourney:
    """The engine behind /imagine and its buttons."""

    name = "midjourney"

    def __init__(
        self,
        http: RelayHttp,
        pictures: PictureSource,
        clock: Clock,
        hook_for: Callable[[str], str] | None = None,
    ) -> None:
        """`hook_for` gives the address on which the relay may report a job; None where we cannot be reached."""
        self._http = http
        self._pictures = pictures
        self._clock = clock
        self._hook_for = hook_for

    async def submit(self, job: Job) -> SubmitOutcome:
        """Send the job once; see `Engine`. A job that has its task already answers the task's dialog."""
        try:
            path, body = await self._call(job)
        except RelayError as exc:  # the pictures have no addresses; the paid call was not made
            return _not_prepared(exc)
        outcome = await self._submit_patiently(job, path, body)
        match job.request:
            case Action(button=button, answer=str(text)) if (
                _may_go_another_way(outcome) and parse(button.custom_id).family in TEXT_FAMILIES
            ):
                return Instead(Imagine(prompt=text))
        spare = await self._spare_call(job, path, outcome)
        if spare is None:
            return outcome
        return await self._submit_patiently(job, *spare)

    async def _submit_patiently(self, job: Job, path: str, body: dict[str, Any]) -> SubmitOutcome:
        for tries_left in reversed(range(FORGOTTEN_TRIES)):
            outcome = await self._submit_once(job, prefix(job.mode) + path, body)
            match outcome:
                case Refused(Failure(kind=FailureKind.FORGOTTEN)) if tries_left:
                    await self._clock.sleep(FORGOTTEN_PAUSE_S)
                case _:
                    return outcome
        raise AssertionError("the last try always returns")

    async def _spare_call(self, job: Job, path: str, outcome: SubmitOutcome) -> tuple[str, dict[str, Any]] | None:
        """Another way to the same end, for what a relay clearly refused and therefore did not charge."""
        if not _may_go_another_way(outcome):
            return None
        match job.request:
            case Action(button=button, parent_task_id=parent) if path == "/mj/submit/change":
                return "/mj/submit/simple-change", {"content": f"{parent} {_short(button.custom_id)}"} | self._marks(
                    job
                )
            case Imagine(prompt=prompt, pictures=keys, references=()) if keys and _is_about_pictures(outcome):
                try:
                    addresses = await self.upload(keys)
                except RelayError:
                    return None
                return path, await self._imagine_body(" ".join([*addresses, prompt]), ()) | self._marks(job)
        return None

    async def _call(self, job: Job) -> tuple[str, dict[str, Any]]:
        """Path and body of a job's submit."""
        path, body = await self._operation(job)
        return path, body | self._marks(job)

    def _marks(self, job: Job) -> dict[str, str]:
        """What every submit carries: our id, by which a lost one can be found, and where changes may be told."""
        return {"state": job.id} | ({"notifyHook": self._hook_for(job.id)} if self._hook_for else {})

    async def _operation(self, job: Job) -> tuple[str, dict[str, Any]]:
        match job.request:
            case Imagine(prompt=prompt, pictures=keys, references=references):
                plain, referred = keys[: len(keys) - len(references)], keys[len(keys) - len(references) :]
                addresses = await self.upload(referred)
                pointers = [f"{flag} {url}" for flag, url in zip(references, addresses, strict=True)]
                return "/mj/submit/imagine", await self._imagine_body(" ".join([prompt, *pointers]), plain)
            case Blend(pictures=keys, dimensions=dimensions):
                images = [await self._data_url(key) for key in keys]
                return "/mj/submit/blend", {"base64Array": images, "dimensions": dimensions, "botType": DEFAULT_BOT}
            case Describe(pictures=keys):
                return "/mj/submit/describe", {"base64": await self._data_url(keys[0]), "botType": DEFAULT_BOT}
            case Shorten(prompt=prompt):
                return "/mj/submit/shorten", {"prompt": prompt, "botType": bot_type(prompt)}
            case FaceSwap(pictures=keys):
                source, target = [await self._data_url(key) for key in keys]
                return "/mj/insight-face/swap", {"sourceBase64": source, "targetBase64": target}
            case Action(answer=answer, prompt=prompt, pictures=masks) if job.task_id is not None:
                # A blank prompt would mean different things to different relays, so it is always said.
                body = {"taskId": job.task_id, "prompt": answer or prompt}
                return "/mj/submit/modal", body | ({"maskBase64": await self._data_url(masks[0])} if masks else {})
            case Action():
                return _press(job.request)
            case Paint():
                raise TypeError(f"{job.request.name} is not a request for Midjourney")

    async def _imagine_body(self, prompt: str, keys: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"botType": bot_type(prompt), "prompt": prompt}
        return body | ({"base64Array": [await self._data_url(key) for key in keys]} if keys else {})

    async def _data_url(self, key: str) -> Base64:
        return data_url(await self._pictures.read(key))

    async def upload(self, keys: Sequence[str]) -> list[str]:
        """Addresses for kept pictures, in their order.

        Raises:
            RelayError: the relay does not give any.
        """
        if not keys:
            return []
        images = [await self._data_url(key) for key in keys]
        answer = await self._http.submit("/mj/submit/upload-discord-images", {"base64Array": images})
        return read_upload(answer, len(keys))

    async def _submit_once(self, job: Job, path: str, body: dict[str, Any]) -> SubmitOutcome:
        written = f"{job.request.prompt}\n{job.prompt}"
        try:
            return read_submit(await self._http.submit(path, body, prompt=written), written)
        except RelayError as exc:
            is_follow_up = isinstance(job.request, Action)
            return submit_outcome(exc, job.id, not_found=PARENT_FORGOTTEN if is_follow_up else NO_ACCOUNT_FREE)

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """One list call for all of them; see `Engine`."""
        ids = [job.task_id for job in jobs if job.task_id]
        answer = await self._http.look("/mj/task/list-by-condition", {"ids": ids})
        if not isinstance(answer, list):
            raise _not_a_list(answer)
        seen = {task.id: task.observation() async for item in in_turns(answer) if (task := read_task(item))}
        return {job.id: seen.get(job.task_id or "", Missing()) for job in jobs}

    async def fetch(self, job: Job) -> Observation:
        """One task by its id; see `Engine`. Relays say in several ways that they do not know it."""
        try:
            answer = await self._http.look(f"{prefix(job.mode)}/mj/task/{job.task_id}/fetch")
        except RelayRefusedError as no:
            if no.kind is No.NOT_FOUND:
                return Missing()
            raise
        task = read_task(answer) if answer else None
        return task.observation() if task is not None else Missing()

    async def recognise(self, job: Job, task_id: str) -> Search:
        """Whether a task that somebody named carries the job's id; see `Engine`."""
        try:
            answer = await self._http.look(f"{prefix(job.mode)}/mj/task/{quote(task_id, safe='')}/fetch")
        except RelayRefusedError:
            return NotListed()
        task = read_task(answer) if answer else None
        return Found(task.id) if task is not None and task.state == job.id else NotListed()

    async def find(self, job: Job) -> Search:
        """Search the newest hundred tasks, where the relay lists them; see `Engine`."""
        try:
            answer = await self._http.look("/mj/task/list")
        except RelayRefusedError as no:
            if no.kind in (No.UNSUPPORTED, No.NOT_FOUND, No.INVALID):
                return NoList()
            raise
        if not isinstance(answer, list):
            return NoList()
        tasks = (read_task(item) for item in answer)
        return next((Found(task.id) for task in tasks if task is not None and task.state == job.id), NotListed())

    async def seed(self, job: Job) -> str:
        """The seed of a finished task; see `Engine`."""
        path = f"{prefix(job.mode)}/mj/task/{job.task_id}/image-seed"
        try:
            envelope = SubmitAnswer.model_validate(await self._http.look(path, time_limit_s=SEED_TIME_LIMIT_S))
        except ValidationError as exc:
            raise RelayUnclearError("the answer is no seed envelope") from exc
        if envelope.code != 1 or not envelope.task_id:
            raise refusal(200, envelope.code, envelope.description)
        return envelope.task_id  # the envelope carries it where submits carry their id

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
    return "NIJI_JOURNEY" if read_prompt(prompt).find("niji") else DEFAULT_BOT


def _press(request: Action) -> tuple[str, dict[str, Any]]:
    """The call for a button: ours drive the older change operation, the relay's own go back as they came."""
    parent, custom_id = request.parent_task_id, request.button.custom_id
    start, _, rest = custom_id.partition("::")
    if start != CHANGE:
        body = {"taskId": parent, "customId": custom_id}
        return "/mj/submit/action", body if request.strong is None else body | {"strong": request.strong}
    action, _, index = rest.partition("::")
    # Some relays want the index even where it means nothing.
    return "/mj/submit/change", {"taskId": parent, "action": action, "index": int(index)}


def _short(custom_id: str) -> str:
    """U2, V3 or R: how simple-change says it."""
    kind = parse(custom_id)
    return "R" if kind.family is Family.REROLL else f"{kind.verb[:1].upper()}{kind.index}"


def _may_go_another_way(outcome: SubmitOutcome) -> TypeGuard[Refused]:
    """Whether a relay does not take this kind of request, rather than this one."""
    return isinstance(outcome, Refused) and outcome.failure.kind in (FailureKind.UNSUPPORTED, FailureKind.INVALID)


def _is_about_pictures(outcome: Refused) -> bool:
    return any(word in outcome.failure.detail.casefold() for word in ("base64", "image", "picture", "图"))


def _not_prepared(exc: RelayError) -> SubmitOutcome:
    match exc:
        case RelayRefusedError():
            return refused(exc, not_found=NO_ACCOUNT_FREE)
        case RelayNotReachedError():
            return Busy(Wait.UNREACHABLE, DEFAULT_RETRY_S)
        case _:
            return Refused(Failure(kind=FailureKind.RELAY, detail="The pictures could not be uploaded."))


def read_task(item: object) -> RelayTask | None:
    """A task of a list answer; None for what cannot be one."""
    try:
        task = RelayTask.model_validate(item)
    except ValidationError as exc:
        logger.warning("unreadable task in a list answer errors=%d", exc.error_count())
        return None
    return task if task.id else None


def read_upload(answer: object, count: int) -> list[str]:
    """The addresses of an upload answer. Source: upstream-api 2.7.

    Raises:
        RelayError: there are not as many as pictures.
    """
    try:
        envelope = SubmitAnswer.model_validate(answer)
    except ValidationError as exc:
        raise RelayUnclearError("the answer is no upload envelope") from exc
    found = envelope.result if isinstance(envelope.result, list) else [envelope.result]
    addresses = [url for url in found if isinstance(url, str) and url.startswith(("http://", "https://"))]
    if envelope.code in (0, 1) and len(addresses) == count:
        return addresses
    raise refusal(200, envelope.code or 4, envelope.description)


def read_submit(answer: object, prompt: str = "") -> SubmitOutcome:
    """What the envelope says that answers the submit of this prompt.

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
    raise refusal(200, envelope.code, envelope.description, prompt, word=banned_word(answer))


def _not_a_list(answer: object) -> RelayError:
    if isinstance(answer, dict) and isinstance(answer.get("code"), int):
        return refusal(200, answer["code"], _text(answer.get("description")))
    return RelayUnclearError("the list answer is not a list")
