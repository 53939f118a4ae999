"""Signed links to the web side: capabilities for one member, one job and one button, with an end."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from bot.clock import Clock
from bot.errors import UserError
from bot.language import Sentence, _

DRAWING_LIFE_S = 30 * 60.0
ORIGINAL_LIFE_S = 7 * 24 * 3600.0
HOUR_S = 3600
GALLERY_LIFE_S = 24 * 3600.0
BATCH_LIFE_S = 24 * 3600.0
DRAWING_SALT, CALLBACK_SALT, ORIGINAL_SALT = "easel-drawing", "easel-callback", "easel-original"
GALLERY_SALT, GALLERY_FILE_SALT, BATCH_SALT = "easel-gallery", "easel-gallery-file", "easel-batch"


class NoLink(Enum):
    """Why a link is refused; the value is what the person is told."""

    DAMAGED = _("This link is damaged. Please open it again in Discord with the button “Draw the region”.")
    EXPIRED = _(
        "This link has expired. Please get a new one in Discord, the way you got this one. Your drawing is "
        "saved in this browser."
    )


class NoOriginal(Enum):
    """Why a link to an original is refused; the value is what the person is told."""

    DAMAGED = _("This link is damaged. Please open it again from Discord.")
    EXPIRED = _("This link has expired. Use /show in Discord to get a new one.")
    BATCH_EXPIRED = _("This link has expired. Press Download all in Discord to get a new one.")
    GONE = _("This file is no longer stored.")


class NoGallery(Enum):
    """Why a link to a gallery is refused; the value is what the person is told."""

    DAMAGED = _("This link is damaged. Please open it again from Discord with /gallery.")
    EXPIRED = _("This link has ended. Use /gallery in Discord to get a new one.")


class LinkRefusedError(UserError):
    """A link that opens nothing."""

    def __init__(self, why: NoLink | NoOriginal | NoGallery) -> None:
        sentence: Sentence = why.value
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link stands for: our own ids alone, never the relay's."""

    id: str
    member_id: int
    job_id: str
    key: int


class Links:
    """Writes tickets into tokens and reads them back; nobody without the owner's key can make or change one.

    Tokens that were written under one of the older keys are still read.
    """

    def __init__(self, secret_key: str, clock: Clock, older: Sequence[str] = ()) -> None:
        self._serializer = URLSafeSerializer([*older, secret_key], salt=DRAWING_SALT)  # the last one signs
        self._clock = clock

    def write(self, ticket: Ticket) -> str:
        """A token for the ticket, good for 30 minutes from now."""
        ends_at = self._clock.after(DRAWING_LIFE_S).timestamp()
        fields = [ticket.id, ticket.member_id, ticket.job_id, ticket.key, round(ends_at * 1000)]
        return str(self._serializer.dumps(fields))

    def read(self, token: str) -> Ticket:
        """The ticket in a token.

        Raises:
            LinkRefusedError: the token is not one of ours, or its time is over.
        """
        try:
            fields: Any = self._serializer.loads(token)
            *parts, ends_at_ms = fields
            ticket, ends_at_s = Ticket(*parts), float(ends_at_ms) / 1000
        except (BadSignature, TypeError, ValueError) as exc:
            raise LinkRefusedError(NoLink.DAMAGED) from exc
        if self._clock.now().timestamp() > ends_at_s:
            raise LinkRefusedError(NoLink.EXPIRED)
        return ticket


@dataclass(frozen=True, slots=True)
class Original:
    """One of a job's pictures or films, counted from 0."""

    job_id: str
    number: int


class OriginalLinks:
    """Addresses of originals, for whoever sees the message in which they do not stand; each ends after a week.

    Those of all that came of a batch are told to its author alone, and end after a day.
    """

    def __init__(self, secret_key: str, public_url: str, clock: Clock, older: Sequence[str] = ()) -> None:
        self._serializer = URLSafeSerializer([*older, secret_key], salt=ORIGINAL_SALT)
        self._of_batches = URLSafeSerializer([*older, secret_key], salt=BATCH_SALT)
        self._base = public_url.rstrip("/")
        self._clock = clock

    def write(self, job_id: str, number: int) -> str:
        """The address of an original, good for a week from now."""
        ends_at = self._clock.after(ORIGINAL_LIFE_S).timestamp()
        return f"{self._base}/original/{self._serializer.dumps([job_id, number, round(ends_at)])}"

    def read(self, token: str) -> Original:
        """What an address's last part stands for.

        Raises:
            LinkRefusedError: it is not one of ours, or its time is over.
        """
        try:
            fields: Any = self._serializer.loads(token)
            job_id, number, ends_at_s = str(fields[0]), int(fields[1]), float(fields[2])
        except (BadSignature, TypeError, ValueError, LookupError) as exc:
            raise LinkRefusedError(NoOriginal.DAMAGED) from exc
        if self._clock.now().timestamp() > ends_at_s:
            raise LinkRefusedError(NoOriginal.EXPIRED)
        return Original(job_id, number)

    def write_batch(self, group_id: str) -> str:
        """The address of a batch's ZIP, good for a day from now."""
        ends_at = self._clock.after(BATCH_LIFE_S).timestamp()
        return f"{self._base}/batch/{self._of_batches.dumps([group_id, round(ends_at)])}"

    def read_batch(self, token: str) -> str:
        """The batch that an address's last part stands for; raises as `read` does."""
        try:
            fields: Any = self._of_batches.loads(token)
            group_id, ends_at_s = str(fields[0]), float(fields[1])
        except (BadSignature, TypeError, ValueError, LookupError) as exc:
            raise LinkRefusedError(NoOriginal.DAMAGED) from exc
        if self._clock.now().timestamp() > ends_at_s:
            raise LinkRefusedError(NoOriginal.BATCH_EXPIRED)
        return group_id


@dataclass(frozen=True, slots=True)
class GalleryPass:
    """What lets somebody into a member's gallery; a pass of an older revision was revoked."""

    member_id: int
    revision: int
    locale: str


@dataclass(frozen=True, slots=True)
class GalleryFile:
    """One file of a member's gallery: a job's picture, counted from 0, or a thumbnail of it."""

    member_id: int
    revision: int
    job_id: str
    number: int
    is_thumbnail: bool


class GalleryLinks:
    """Addresses of members' galleries and of the files in them; each ends after a day."""

    def __init__(self, secret_key: str, public_url: str, clock: Clock, older: Sequence[str] = ()) -> None:
        keys = [*older, secret_key]
        self._passes = URLSafeSerializer(keys, salt=GALLERY_SALT)
        self._files = URLSafeSerializer(keys, salt=GALLERY_FILE_SALT)
        self._base = public_url.rstrip("/")
        self._clock = clock

    def write(self, admitted: GalleryPass) -> str:
        """The address of a gallery; the token stands behind "#", so that it reaches no log and no other site."""
        fields = [admitted.member_id, admitted.revision, admitted.locale, self._ends_at()]
        return f"{self._base}/gallery/#{self._passes.dumps(fields)}"

    def read(self, token: str) -> GalleryPass:
        """Whom a token lets in.

        Raises:
            LinkRefusedError: it is not one of ours, or its time is over.
        """
        member_id, revision, locale = self._fields(self._passes, token, 3)
        return GalleryPass(int(member_id), int(revision), str(locale))

    def write_file(self, file: GalleryFile) -> str:
        """The last part of a file's address."""
        fields = [file.member_id, file.revision, file.job_id, file.number, file.is_thumbnail, self._ends_at()]
        return str(self._files.dumps(fields))

    def read_file(self, token: str) -> GalleryFile:
        """What a file's address stands for; raises as `read` does."""
        member_id, revision, job_id, number, is_thumbnail = self._fields(self._files, token, 5)
        return GalleryFile(int(member_id), int(revision), str(job_id), int(number), bool(is_thumbnail))

    def _ends_at(self) -> int:
        """To the hour, so that a browser that asks again knows the address of what it has."""
        return math.ceil(self._clock.after(GALLERY_LIFE_S).timestamp() / HOUR_S) * HOUR_S

    def _fields(self, serializer: URLSafeSerializer, token: str, count: int) -> list[Any]:
        try:
            loaded: list[Any] = serializer.loads(token)
            *fields, ends_at_s = loaded
            is_over = self._clock.now().timestamp() > float(ends_at_s)
        except (BadSignature, TypeError, ValueError) as exc:
            raise LinkRefusedError(NoGallery.DAMAGED) from exc
        if len(fields) != count:
            raise LinkRefusedError(NoGallery.DAMAGED)
        if is_over:
            raise LinkRefusedError(NoGallery.EXPIRED)
        return fields


class CallbackLinks:
    """The address on which the relay may say that a job's task has changed; nobody can guess another job's."""

    def __init__(self, secret_key: str, public_url: str, older: Sequence[str] = ()) -> None:
        self._serializer = URLSafeSerializer([*older, secret_key], salt=CALLBACK_SALT)
        self._base = public_url.rstrip("/")

    def write(self, job_id: str) -> str:
        """The address for a job."""
        return f"{self._base}/callback/{self._serializer.dumps(job_id)}"

    def read(self, token: str) -> str | None:
        """The job of an address's last part; None when it is not one of ours."""
        try:
            job_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return job_id if isinstance(job_id, str) else None
