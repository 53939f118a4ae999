"""Jobs and what happens to them: frozen values, no I/O.

A *relay task* is the relay's; a *job* is our row about it. Outcomes and observations are types, matched exhaustively.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter
from typing_extensions import override

from bot.settings import Mode


class JobStatus(StrEnum):
    """Where a job stands."""

    RECEIVED = "received"  # waits in our own queue; nothing was sent
    SUBMITTING = "submitting"  # the paid call is on its way; never repeated from here
    AWAITING_INPUT = "awaiting_input"  # a dialog must be answered
    RUNNING = "running"  # the relay works on it
    POSTING = "posting"  # finished; the result must still reach its place
    DONE = "done"  # posted
    UNDELIVERABLE = "undeliverable"  # finished, kept, but nowhere to post; shown in /jobs
    UNCERTAIN = "uncertain"  # we cannot know whether the relay took it
    REFUSED = "refused"  # the relay said no; nothing was paid
    FAILED = "failed"  # the relay took it and gave up
    EXPIRED = "expired"  # no end in sight after the deadline
    REMOVED = "removed"  # posted, and taken away again by a person; its buttons refuse
    CANCELLED = "cancelled"  # stopped by a person before it was sent


ENDED = frozenset(
    {
        JobStatus.DONE,
        JobStatus.REFUSED,
        JobStatus.FAILED,
        JobStatus.EXPIRED,
        JobStatus.CANCELLED,
        JobStatus.REMOVED,
    }
)


GOING_ON = frozenset(
    {
        JobStatus.RECEIVED,
        JobStatus.SUBMITTING,
        JobStatus.AWAITING_INPUT,
        JobStatus.RUNNING,
        JobStatus.POSTING,
    }
)


class _Stored(BaseModel):
    """Base of everything that is kept as JSON in a job's row."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Button(_Stored):
    """One button of a finished task, as the relay sent it. Source: upstream-api 7.1."""

    custom_id: str
    label: str = ""
    emoji: str = ""
    style: int = 2


class _Asked(_Stored):
    """Base of all requests: each has a prompt to show and may go by pictures (keys of kept ones)."""

    operation: str
    prompt: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What prices, logs and "not offered" call it."""
        return self.operation


class Imagine(_Asked):
    """A grid from a prompt, with up to five pictures to go by.

    `references` are further pictures whose parameter ("--sref", "--cref", "--oref") wants an address: the relay is
    asked for one. Their keys stand behind those of the plain pictures, in the same order.
    """

    operation: Literal["imagine"] = "imagine"
    references: tuple[str, ...] = ()


class Dimensions(StrEnum):
    """The shape of a blend, in the relay's words."""

    PORTRAIT = "PORTRAIT"  # 2:3
    SQUARE = "SQUARE"  # 1:1
    LANDSCAPE = "LANDSCAPE"  # 3:2


class Blend(_Asked):
    """A grid mixed from two to five pictures."""

    operation: Literal["blend"] = "blend"
    dimensions: Dimensions = Dimensions.SQUARE


class Describe(_Asked):
    """Four prompts for one picture."""

    operation: Literal["describe"] = "describe"


class Shorten(_Asked):
    """The weight of a prompt's words, and shorter prompts."""

    operation: Literal["shorten"] = "shorten"


class FaceSwap(_Asked):
    """The face of the first picture on the second."""

    operation: Literal["faceswap"] = "faceswap"


class Action(_Asked):
    """A press of a button of a finished task; where that opens a dialog, its answer.

    `answer` is the text for the dialog (None = nobody has answered yet); the mask, where there is one, is the picture.
    """

    operation: Literal["action"] = "action"
    button: Button
    parent_task_id: str
    answer: str | None = None
    is_answered: bool = False  # the answer was sent; it is never sent again by itself
    strong: bool | None = None  # how far V1 to V4 go; None leaves it to the relay


class Paint(_Asked):
    """A task of an engine other than Midjourney, in that engine's own words.

    `kind` is the engine's operation ("generate", "remix"); `options` are the fields sent besides prompt and pictures,
    checked by the engine's adapter.
    """

    operation: Literal["paint"] = "paint"
    engine: str
    kind: str
    options: Mapping[str, JsonValue] = Field(default_factory=dict)

    @property
    @override
    def name(self) -> str:
        return f"{self.engine}.{self.kind}"


Request = Annotated[Imagine | Blend | Describe | Shorten | FaceSwap | Action | Paint, Field(discriminator="operation")]
STORED_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


class Shot(_Stored):
    """One more picture of a result: its address ("" where the engine sent the bytes) and its key once it is kept."""

    image_url: str = ""
    picture: str | None = None


class Result(_Stored):
    """What a finished task gave us."""

    image_url: str = ""
    picture: str | None = None  # key of the kept original, once it was fetched
    more: tuple[Shot, ...] = ()  # the other pictures, where an engine makes several
    final_prompt: str = ""
    text: str = ""  # what describe and shorten have to say, as the relay wrote it
    took_s: float | None = None  # from the submit to the end, seconds
    facts: Mapping[str, str] = Field(default_factory=dict)  # seed, resolution and such, in the engine's words
    buttons: tuple[Button, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.image_url or self.picture or self.text)


class FailureKind(StrEnum):
    """Why a job ended without a result; each has its sentence in `bot.ui.texts`."""

    BANNED = "banned"
    INVALID = "invalid"
    FORGOTTEN = "forgotten"  # the relay does not know the parent any more
    UNSUPPORTED = "unsupported"
    MASK_EMPTY = "mask_empty"  # nothing would be repainted; asked before spending
    MASK_FULL = "mask_full"  # everything would be repainted; asked before spending
    PICTURE = "picture"  # an attachment was no use; `detail` says why
    RELAY = "relay"  # the relay's own words in `detail`
    RULE = "rule"  # of the owner's or a moderator's, before anything was sent; `detail` is the sentence
    POLICY = "policy"  # a safety check held the result back
    EMPTY = "empty"  # done and charged, with nothing to show
    LOST = "lost"  # the relay took it and does not know it any more
    STRANGE = "strange"  # the submit was answered, and nobody can say with what
    SENT_BACK = "sent_back"  # not taken, several times, while others were; `detail` is the `Wait`
    UNANSWERED = "unanswered"  # a dialog that nobody answered in time
    EXPIRED = "expired"
    STOPPED = "stopped"  # by a person
    GIVEN_UP = "given_up"  # by its author, while nobody could say whether it was charged
    SENT_AGAIN = "sent_again"  # given up for the same once more, which stands in `instead`
    FOUND = "found"  # it was to stand in for a job that was found after all, in `instead`


class Spot(_Stored):
    """A message, wherever it stands."""

    guild_id: int | None
    channel_id: int
    message_id: int


class Failure(_Stored):
    """Why a job ended without a result; `instead` is the message that stands in for its own."""

    kind: FailureKind
    detail: str = ""
    instead: Spot | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asks and pays."""

    id: int
    locale: str = "en-US"


class Reach(StrEnum):
    """How the bot got to a place, which decides what it may do there."""

    GUILD = "guild"  # a member of the server
    DM = "dm"  # its own direct messages with the author
    FOREIGN = "foreign"  # only user-installed: it can answer interactions and nothing else


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job was asked for and where its result goes, as Discord told us at the press."""

    channel_id: int
    guild_id: int | None
    reach: Reach
    may_post: bool  # by the bot's own token, with a picture
    upload_limit: int  # bytes per file


@dataclass(frozen=True, slots=True)
class Token:
    """An interaction token, sealed, and the moment it dies."""

    sealed: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """One thing a person asked for."""

    id: str
    status: JobStatus
    engine: str
    actor: Actor
    place: Place
    request: Request
    mode: Mode | None  # None = no prefix on the relay's paths, shown as fast
    units: int
    created_at: datetime
    parent_id: str | None = None
    group_id: str | None = None  # jobs asked for together share a card
    reply_to: int | None = None  # the message whose button was pressed
    replaces: str | None = None  # the job of unknown outcome, or timed out, that this one is to stand in for
    once_key: str | None = None  # set while a once-only button of the parent is used up by this job
    token: Token | None = None
    card_id: int | None = None  # the message that shows the job while it runs
    task_id: str | None = None
    submitted_at: datetime | None = None
    deadline_at: datetime | None = None
    result: Result | None = None
    result_message_id: int | None = None
    failure: Failure | None = None
    stopped: bool = False  # a person pressed Cancel after the submit; followed silently to its end
    told: bool = True  # False while the author must still be told of the current status
    waiting_for: str = ""  # why a job waits in our queue (a `Wait`), "" for its turn

    @property
    def prompt(self) -> str:
        """The prompt to show: what was answered in a dialog, else what was typed."""
        if isinstance(self.request, Action) and self.request.answer:
            return self.request.answer
        return self.request.prompt

    @property
    def written(self) -> str:
        """All that a member wrote for it, in lines; where a relay quotes that, it is not the relay's own word."""
        request = self.request
        answer = request.answer or "" if isinstance(request, Action) else ""
        options = _texts(dict(request.options)) if isinstance(request, Paint) else ()
        return "\n".join([request.prompt, answer, *options])

    @property
    def speed(self) -> Mode:
        """The mode to show and to price."""
        return self.mode or Mode.FAST

    @property
    def operation(self) -> str:
        """The kind of request, in the relay's word."""
        return self.request.name

    @property
    def lacks_pictures(self) -> bool:
        """Whether the pictures that it goes by were not all taken in; without them it is another job."""
        return self.waiting_for == Wait.PICTURES

    def with_(self, **changes: object) -> Self:
        """A copy with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass at run time


class GroupKind(StrEnum):
    """What jobs asked for together are to each other."""

    PERMUTATION = "permutation"  # one prompt's variants and repeats; each result is a message of its own
    COMPARISON = "comparison"  # one prompt on several engines; the results stand side by side in the card


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs asked for together; `title` is what was typed, `told` whether their author knows that all are over."""

    id: str
    kind: GroupKind
    actor: Actor
    place: Place
    title: str
    created_at: datetime
    card_id: int | None = None
    told: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A group with its jobs as they stand, in the order in which they were asked for."""

    group: Group
    jobs: tuple[Job, ...]

    @property
    def is_over(self) -> bool:
        """Whether none of them goes on, or is still searched for; what was stopped is only followed."""
        return not any(
            (job.status in GOING_ON and not job.stopped) or (job.status is JobStatus.UNCERTAIN and not job.told)
            for job in self.jobs
        )


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


def new_job_id() -> str:
    """16 unguessable characters: they stand in custom ids, file names and the relay's `state`."""
    return secrets.token_hex(8)


class Wait(StrEnum):
    """Why a job waits in our queue although it may be its turn."""

    PICTURES = "pictures"  # they are being taken in
    QUEUE_FULL = "queue_full"
    UNREACHABLE = "unreachable"
    CREDIT = "credit"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took it; `ahead` tasks stand before it, where it says so."""

    task_id: str
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The relay had already done the same; the task is an old one."""

    task_id: str


@dataclass(frozen=True, slots=True)
class NeedsInput:
    """The relay opened a dialog for the task; `prefill` is the text it suggests."""

    task_id: str
    prefill: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no; nothing was paid."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Instead:
    """Clearly refused, and another request comes to the same end."""

    request: Request


@dataclass(frozen=True, slots=True)
class Busy:
    """Certainly not taken, and worth sending again later."""

    wait: Wait
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody can say whether it was taken; `was_answered` where it was not the connection that broke."""

    detail: str
    was_answered: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A synchronous engine answered with the result itself."""

    result: Result


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The relay took it and ended it without a result; `reason` in its own words."""

    reason: str
    kind: FailureKind = FailureKind.RELAY


SubmitOutcome = Accepted | Finished | GaveUp | Exists | NeedsInput | Refused | Instead | Busy | Uncertain


@dataclass(frozen=True, slots=True)
class Working:
    """Not finished; `percent` and `preview_url` where the relay gives them.

    `is_unread` says that looks have failed for a while, so that nobody knows how far it is.
    """

    percent: int | None = None
    preview_url: str = ""
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Finished. `settled` is False when buttons may still be on their way (upstream-api 11.13)."""

    result: Result
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Asks:
    """The relay waits for the answer to a dialog."""

    prefill: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The relay did not mention the task."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The look failed: nothing was learnt, and the job's deadline stays in force."""


Observation = Working | Succeeded | GaveUp | Asks | Missing | Unread


# What a search among the relay's recent tasks can come to.


@dataclass(frozen=True, slots=True)
class Found:
    """A task that carries the job's id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class NotListed:
    """The relay has a list, and the job is not on it (yet)."""


@dataclass(frozen=True, slots=True)
class NoList:
    """The relay has no list of recent tasks."""


Search = Found | NotListed | NoList


@dataclass(frozen=True, slots=True)
class Posted:
    """The result stands in a message; `place` where it is another place than the job's."""

    message_id: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The author was told, or cannot be told any more; `card_id` where the job got a card of its own for it."""

    card_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoPlace:
    """There is nowhere left to post; /jobs will show it."""


Delivery = Posted | Told | NoPlace
