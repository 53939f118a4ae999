"""Jobs and the people, places and results that belong to them: frozen values, no I/O.

A *relay task* is the relay's; a *job* is our row about it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from bot.domain.custom_ids import parse
from bot.domain.lanes import lane_of
from bot.domain.requests import Action, Button, EngineRequest, Mode, Request, StoredModel, texts_in
from bot.domain.visibility import Visibility


class JobStatus(StrEnum):
    """Where a job stands."""

    RECEIVED = "received"  # waits in our own queue; nothing was sent
    SUBMITTING = "submitting"  # the paid call is on its way; never repeated from here
    AWAITING_INPUT = "awaiting_input"  # a modal must be answered
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
    {JobStatus.RECEIVED, JobStatus.SUBMITTING, JobStatus.AWAITING_INPUT, JobStatus.RUNNING, JobStatus.POSTING}
)


class ResultImage(StoredModel):
    """One more picture of a result: its address ("" where the engine sent the bytes) and its key once it is kept."""

    image_url: str = ""
    picture: str | None = None


class Result(StoredModel):
    """What a finished task gave us."""

    image_url: str = ""
    picture: str | None = None  # key of the kept original, once it was fetched
    more: tuple[ResultImage, ...] = ()  # the other pictures, where an engine makes several
    originals: tuple[str, ...] = ()  # where each picture of a grid is by itself, in the relay's words
    final_prompt: str = ""
    text: str = ""  # what describe and shorten have to say, as the relay wrote it
    took_s: float | None = None  # from the submit to the end, seconds
    facts: Mapping[str, str] = Field(default_factory=dict)  # seed, resolution and such, in the engine's words
    buttons: tuple[Button, ...] = ()
    is_flagged: bool = False  # the engine itself says that it is for adults, of some of its pictures at least
    is_diverted: bool = False  # for which reason a rule keeps it from the place where it was asked for

    @property
    def images(self) -> tuple[ResultImage, ...]:
        """All its pictures and films, the first among them."""
        return ResultImage(image_url=self.image_url, picture=self.picture), *self.more

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.image_url or self.picture or self.text)


class FailureKind(StrEnum):
    """Why a job ended without a result; each has its sentence in `bot.ui.text.job_lines`."""

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
    UNANSWERED = "unanswered"  # a modal that nobody answered in time
    EXPIRED = "expired"
    STOPPED = "stopped"  # by a person
    GIVEN_UP = "given_up"  # by its author, while nobody can say whether it was charged
    SENT_AGAIN = "sent_again"  # given up for the same once more, which stands in `instead`
    FOUND = "found"  # it was to stand in for a job that was found after all, in `instead`


class MessageLocation(StoredModel):
    """A message, wherever it stands."""

    guild_id: int | None
    channel_id: int
    message_id: int


class Failure(StoredModel):
    """Why a job ended without a result; `instead` is the message that stands in for its own."""

    kind: FailureKind
    detail: str = ""
    instead: MessageLocation | None = None
    # Of POLICY: kept back by moderators for the reason in `detail`, or "" where none of them looked in time.
    is_rejected: bool = False
    is_refunded: bool = False  # its units were given back all the same


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asks and pays."""

    id: int
    locale: str = "en-US"
    roles: tuple[int, ...] = ()  # in the server where they ask, as Discord told us then


class Reach(StrEnum):
    """How the bot got to a place, which decides what it may do there."""

    GUILD = "guild"  # a member of the server
    DM = "dm"  # its own direct messages with the author
    USER_INSTALL = "foreign"  # only user-installed: it can answer interactions and nothing else


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job was asked for and where its result goes, as Discord told us at the press."""

    channel_id: int
    guild_id: int | None
    reach: Reach
    may_post: bool  # by the bot's own token, with a picture
    upload_limit: int  # bytes per file
    parent_channel_id: int | None = None  # of a thread
    category_id: int | None = None
    is_age_restricted: bool = False
    locale: str | None = None  # what its server speaks, for what all may read; None where only its author reads

    @property
    def for_author(self) -> Self:
        """The same place for what its author alone may see there: an answer, except in direct messages with the bot."""
        return self if self.reach is Reach.DM else replace(self, may_post=False)

    @property
    def channels(self) -> tuple[int, ...]:
        """All channels that it is part of, the narrowest first: thread, channel, category."""
        return tuple(one for one in (self.channel_id, self.parent_channel_id, self.category_id) if one)


@dataclass(frozen=True, slots=True)
class Token:
    """An interaction token, sealed, and the moment it dies."""

    sealed: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job was asked for by, which Discord may deliver twice: an interaction or a message, by its id.

    `number` counts the jobs that were asked for by the same one.
    """

    by: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class BatchLine:
    """The line of a file that a job was asked for by, counted from 1, and the name that it was given there."""

    number: int
    name: str = ""


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
    relay: str = ""  # where it was sent, by its name in RELAYS; "" = nowhere yet, or the first of them
    task_id: str | None = None
    submitted_at: datetime | None = None
    deadline_at: datetime | None = None
    result: Result | None = None
    result_message_id: int | None = None
    failure: Failure | None = None
    stopped: bool = False  # a person pressed Cancel after the submit; followed silently to its end
    told: bool = True  # False while the author must still be told of the current status
    waiting_for: str = ""  # why a job waits in our queue (a `Wait`), "" for its turn
    asked: Asked | None = None  # None where nothing of Discord's asked, such as a drawing on a page
    line: BatchLine | None = None  # of a batch's file
    is_spoiler: bool = False  # its pictures are covered until somebody clicks on them
    is_private: bool = False  # for its author's eyes alone
    in_review: bool = False  # a moderator has to let it through first
    owner: str | None = ""  # the process that works on it, and None where none does; empty as long as it is not stored
    epoch: int = 1  # how often it changed hands; a write of an earlier owner matches nothing

    @property
    def prompt(self) -> str:
        """The prompt to show: what was answered in a modal, else what was typed."""
        if isinstance(self.request, Action) and self.request.answer and not self.is_unasked:
            return self.request.answer
        return self.request.prompt

    @property
    def is_unasked(self) -> bool:
        """Whether it is finished though the relay never asked for the text that was typed: it painted without it."""
        request = self.request
        if not isinstance(request, Action) or request.is_answered or self.result is None:
            return False
        if not parse(request.button.custom_id).is_remixable:
            return False  # its text went with it, or was made a prompt of its own
        return request.answer not in (None, "", request.prompt)

    @property
    def written(self) -> str:
        """All that a member wrote for it, in lines; where a relay quotes that, it is not the relay's own word."""
        request = self.request
        answer = request.answer or "" if isinstance(request, Action) else ""
        options = texts_in(dict(request.options)) if isinstance(request, EngineRequest) else ()
        return "\n".join([request.prompt, answer, *options])

    @property
    def lane(self) -> str:
        """Where it is worked on: its engine, at its relay."""
        return lane_of(self.engine, self.relay)

    @property
    def speed(self) -> Mode:
        """The mode to show and to price."""
        return self.mode or Mode.FAST

    @property
    def public_locale(self) -> str:
        """The language of what everybody in its place may read; what is private is in its author's."""
        return (None if self.is_private else self.place.locale) or self.actor.locale

    @property
    def visibility(self) -> Visibility:
        """How the same is shown where it is made again; what it was not is left to what its member prefers by then."""
        return Visibility(self.is_private or None, self.is_spoiler or None)

    @property
    def is_ephemeral(self) -> bool:
        """Whether its card is a message that only an interaction's token reaches, and only its author sees."""
        is_diverted = self.result is not None and self.result.is_diverted  # its card is for everybody
        return self.is_private and not self.place.may_post and not is_diverted

    @property
    def operation(self) -> str:
        """The kind of request, in the relay's word."""
        return self.request.name

    @property
    def began_at(self) -> datetime:
        """When it was submitted; as long as it was not, when it was asked for."""
        return self.submitted_at or self.created_at

    @property
    def awaits_review(self) -> bool:
        """Whether it is finished, and rests until a moderator decides about it."""
        return self.in_review and self.status is JobStatus.UNDELIVERABLE

    @property
    def is_withheld(self) -> bool:
        """Whether nobody but moderators may see what came of it."""
        return self.awaits_review or (self.failure is not None and self.failure.is_rejected)

    @property
    def may_be_seen(self) -> bool:
        """Whether what came of it may be handed out: it was posted, or only had no place.

        What was stopped ended before moderators and rules were asked; they are, once its author has it posted.
        """
        has_no_place = self.status is JobStatus.UNDELIVERABLE and not self.stopped
        return (self.status is JobStatus.DONE or has_no_place) and not self.is_withheld

    @property
    def lacks_pictures(self) -> bool:
        """Whether the pictures that it goes by were not all taken in; without them it is another job."""
        return self.waiting_for == Wait.PICTURES

    def with_(self, **changes: object) -> Self:
        """A copy with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names are checked by the dataclass at run time


class Subject(StrEnum):
    """Of whom all is erased, or who is banned."""

    MEMBER = "member"
    GUILD = "guild"  # a server that the bot left


class GroupKind(StrEnum):
    """What jobs asked for together are to each other."""

    PERMUTATION = "permutation"  # one prompt's variants and repeats; each result is a message of its own
    COMPARISON = "comparison"  # one prompt on several engines; the results stand side by side in the card


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs asked for together; `title` is what was typed, `told` whether their author knows that all are over.

    A batch, whose jobs come from the lines of a file, is a permutation that can be paused: older versions take it
    for one.
    """

    id: str
    kind: GroupKind
    actor: Actor
    place: Place
    title: str
    created_at: datetime
    card_id: int | None = None
    told: bool = False
    is_batch: bool = False
    is_paused: bool = False  # nothing of it starts, until its author lets it go on
    owner: str | None = ""  # as a job's

    @property
    def public_locale(self) -> str:
        """See `Job.public_locale`."""
        return self.place.locale or self.actor.locale


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group with its jobs as they stand, in the order in which they were asked for."""

    group: Group
    jobs: tuple[Job, ...]

    @property
    def is_over(self) -> bool:
        """Whether none goes on, is searched for, or waits for a moderator; what was stopped is only followed."""
        return not any(
            (job.status in GOING_ON and not job.stopped)
            or (job.status is JobStatus.UNCERTAIN and not job.told)
            or job.awaits_review
            for job in self.jobs
        )


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
