"""A Midjourney task as relays send it, and what it says. Source: docs/relay.md 5 and 6."""

import json
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.domain.addresses import is_bytes
from bot.domain.custom_ids import NOT_OFFERED, Family, parse
from bot.domain.job import FailureKind, Result, ResultImage
from bot.domain.outcomes import Asks, Failed, Observation, Succeeded, Working
from bot.domain.requests import Button
from bot.fairness import in_turns
from bot.relay.answers import find_pictures
from bot.relay.refusals import is_policy
from bot.relay.task_status import DONE, FAILED, HELD_BACK, OPEN, as_status, as_text, percent_of

logger = logging.getLogger(__name__)

_FAILS = re.compile(r"^(?:FAIL|CANCEL|ERROR)|(?:失败|失敗|取消)$")
TEXT_ACTIONS = ("DESCRIBE", "SHORTEN")
TEXT_FAMILIES = frozenset({Family.DESCRIBE_PICK, Family.SHORTEN_PICK})
BUTTONLESS_ACTIONS = ("SWAP_FACE",)
CELLS = 4  # of a grid
FILM_ACTIONS = ("VIDEO", "VIDEO_EXTEND", "SWAP_VIDEO_FACE")
_MOVES = re.compile(r"\.(?:webp|gif|mp4|webm|mov)(?:[?#]|$)", re.IGNORECASE)
_NUMBERED = re.compile(
    r"^\s*(?:[1-9]\ufe0f?\u20e3|[\u2460-\u2464]|[1-5]\s*[.)\uff0e\uff09\u3001:\uff1a])", re.MULTILINE
)
_ELSEWHERE = (
    "url",
    "image",
    "images",
    "imageUrls",
    "image_urls",
    "resultUrl",
    "result_url",
    "output",
    "result",
    "data",
)


def as_object(value: object) -> object:
    """Return a field that has parts; anything else has none."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _unpacked(value: object) -> object:
    """Return an object or a list, also one that stands as JSON in a text; any other value as a text."""
    if isinstance(value, list | dict):
        return value
    text = as_text(value)
    if text.lstrip().startswith(("[", "{")):
        with suppress(ValueError, RecursionError):
            return json.loads(text)
    return text


def as_address(value: object) -> str:
    """Find the first address of a field in any form: a text, an object, a list, or one of these as JSON in a text."""
    value = _unpacked(value)
    return value.strip() if isinstance(value, str) else next(iter(find_pictures({"url": value})), "")


def as_addresses(value: object) -> tuple[str, ...]:
    """Find all addresses of a field in any form, in their order."""
    return tuple(find_pictures({"url": _unpacked(value)}))


Text = Annotated[str, BeforeValidator(as_text)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(as_addresses)]


class _Wire(BaseModel):
    """Wire models take what they know and forgive the rest."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireButton(_Wire):
    """One button of a task. Source: docs/relay.md 6.1."""

    custom_id: Text = Field(default="", alias="customId")
    label: Text = ""
    emoji: Text = ""
    style: Any = 2


class TaskProperties(_Wire):
    """The part of a task's properties that means something to us."""

    final_prompt: Text = Field(default="", alias="finalPrompt")


class RelayTask(_Wire):
    """A relay task. Source: docs/relay.md 5.1."""

    id: Text = Field(validation_alias=AliasChoices("id", "taskId", "task_id"))
    action: Text = ""
    status: Annotated[str, BeforeValidator(as_status)] = ""
    prompt: Text = ""
    prompt_en: Text = Field(default="", alias="promptEn")
    description: Text = ""
    progress: Text = ""
    image_url: Annotated[str, BeforeValidator(as_address)] = Field(
        default="", validation_alias=AliasChoices("imageUrl", "image_url", "imageURL")
    )
    image_urls: Addresses = Field(default=(), validation_alias=AliasChoices("imageUrls", "image_urls"))
    video_url: Addresses = Field(default=(), validation_alias=AliasChoices("videoUrl", "video_url"))
    video_urls: Addresses = Field(default=(), validation_alias=AliasChoices("videoUrls", "video_urls"))
    elsewhere: Text = ""  # where a finished task without it has a picture
    fail_reason: Text = Field(default="", validation_alias=AliasChoices("failReason", "fail_reason"))
    state: Text = ""
    seed: Text = ""
    buttons: Annotated[list[WireButton], BeforeValidator(_list)] = Field(default_factory=list)
    properties: Annotated[TaskProperties, BeforeValidator(as_object)] = Field(default_factory=TaskProperties)

    @property
    def percent(self) -> int | None:
        """Progress where it is a number."""
        return percent_of(self.progress)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in DONE | FAILED | HELD_BACK or _FAILS.search(self.status) is not None

    def offered_buttons(self) -> tuple[Button, ...]:
        """Return the buttons that can be pressed, once each, in the relay's order."""
        kept: dict[str, Button] = {}
        for button in self.buttons:
            if button.custom_id and parse(button.custom_id).family not in NOT_OFFERED:
                style = button.style if isinstance(button.style, int) else 2
                kept.setdefault(
                    button.custom_id,
                    Button(custom_id=button.custom_id, label=button.label, emoji=button.emoji, style=style),
                )
        return tuple(kept.values())

    @property
    def is_about_words(self) -> bool:
        """Whether it describes a picture or shortens a prompt."""
        families = {parse(button.custom_id).family for button in self.buttons}
        return self.action.upper() in TEXT_ACTIONS or bool(families & TEXT_FAMILIES)

    @property
    def films(self) -> tuple[str, ...]:
        """Where its films are, once each."""
        return self.video_urls or self.video_url

    def words(self) -> str:
        """Return the text that describe and shorten are about; "" for pictures. Source: docs/relay.md 5.3."""
        if not self.is_about_words:
            return ""
        places = (self.properties.final_prompt, self.prompt_en, self.prompt, self.description)
        numbered = next((text for text in places if _NUMBERED.search(text)), "")
        return numbered or next((text for text in places[:3] if text), "")

    def observation(self, written: str = "", *, is_film: bool = False, film: int = 0) -> Observation:
        """Tell what the task says to its job.

        Status decides, never the progress text: a failure may stand at 100%.

        Args:
            written: what the member wrote.
            is_film: whether a film was asked for, so that a still picture is not all of it.
            film: which one of a set was asked for, from 1; 0 = all that there are.
        """
        if self.status in OPEN and self.status != "MODAL":
            return self._working()
        status = "FAILED" if _FAILS.search(self.status) else self.status
        is_odd = status not in DONE | FAILED | HELD_BACK | OPEN
        # Of a word that nobody knows the rest of the task tells: what can be pressed is finished.
        if status in DONE or (is_odd and (self.image_url or self.films) and self.offered_buttons()):
            return self._success(is_film=is_film or self.action.upper() in FILM_ACTIONS, film=film)
        if status in HELD_BACK or (status in FAILED and is_policy(self.fail_reason, written)):
            return Failed(self.fail_reason, FailureKind.POLICY)
        if status in FAILED:
            return Failed(self.fail_reason)
        if status == "MODAL":
            return Asks(self.properties.final_prompt)
        return self._working()

    def _working(self) -> Working:
        return Working(self.percent, "" if is_bytes(self.image_url) else self.image_url)

    def _success(self, *, is_film: bool, film: int) -> Succeeded:
        """A success; what it lacks may come with the relay's next copy of the task, a film also later than that."""
        first, *more = self._picked(film) or (self.image_url or self.elsewhere,)
        result = Result(
            image_url=first,
            more=tuple(ResultImage(image_url=url) for url in more),
            originals=self.image_urls if len(self.image_urls) == CELLS else (),
            final_prompt=self.properties.final_prompt,
            text=self.words(),
            facts={"seed": self.seed} if self.seed else {},
            buttons=self.offered_buttons(),
        )
        lacks_film = is_film and not self.films and _MOVES.search(first) is None
        has_buttons = bool(result.buttons) or self.action.upper() in BUTTONLESS_ACTIONS
        has_result = bool(result.text if self.is_about_words else self.films or self.image_url)
        return Succeeded(result, settled=has_buttons and has_result and not lacks_film, lacks_film=lacks_film)

    def _picked(self, film: int) -> tuple[str, ...]:
        """Its films, or the one that was picked: some relays name all of the set once more beside it.

        Source: trueai-org/midjourney-proxy, TaskService.SubmitAction.
        """
        if not 0 < film <= len(self.films) or len(self.films) == 1:
            return self.films
        return (self.image_url if self.image_url in self.films else self.films[film - 1],)


def read_task(item: object, task_id: str = "") -> RelayTask | None:
    """Read a task of an answer; None for what cannot be one. `task_id` is what was asked for, where it does not say."""
    if isinstance(item, dict) and task_id and "status" in item:
        item = {"id": task_id} | item
    try:
        task = RelayTask.model_validate(item)
    except ValidationError as exc:
        logger.warning("unreadable task in an answer errors=%d", exc.error_count())
        return None
    has_result = task.image_url or task.films or task.is_about_words
    if not has_result and task.status in DONE and isinstance(item, dict):
        named = {name: value for name, value in item.items() if name in _ELSEWHERE}
        task = task.model_copy(update={"elsewhere": next(iter(find_pictures({"url": list(named.values())})), "")})
    return task if task.id else None


async def tasks_by_id(items: Iterable[object]) -> dict[str, RelayTask]:
    """Read the tasks of a list. Of several copies of one an older one may stand behind the last."""
    by_id: dict[str, RelayTask] = {}
    async for item in in_turns(items):
        if (task := read_task(item)) and not (task.id in by_id and by_id[task.id].is_over):
            by_id[task.id] = task
    return by_id
