"""Signed links to the web side: capabilities for one member, one job and one button, with an end."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from yarl import URL

from bot.clock import Clock
from bot.errors import UserError
from bot.language import Sentence, _

HOUR_S = 3600.0
DRAWING_LIFE_S = 30 * 60.0
ORIGINAL_LIFE_S = 7 * 24 * HOUR_S
GALLERY_LIFE_S = 24 * HOUR_S
BATCH_LIFE_S = 24 * HOUR_S
EXPORT_LIFE_S = 24 * HOUR_S
OWNER_LIFE_S = 15 * 60.0
DRAWING_SALT, CALLBACK_SALT, ORIGINAL_SALT = "easel-drawing", "easel-callback", "easel-original"
GALLERY_SALT, GALLERY_FILE_SALT, BATCH_SALT = "easel-gallery", "easel-gallery-file", "easel-batch"
OWNER_SALT, EXPORT_SALT = "easel-owner", "easel-export"


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
    EXPORT_ENDED = _("This link has ended, or the data was erased. Use /privacy in Discord to get a new one.")
    GONE = _("This file is no longer stored.")


class NoGallery(Enum):
    """Why a link to a gallery is refused; the value is what the person is told."""

    DAMAGED = _("This link is damaged. Please open it again from Discord with /gallery.")
    EXPIRED = _("This link has ended. Use /gallery in Discord to get a new one.")


class NoOwnerPage(Enum):
    """Why a link to the owner's page is refused; the value is what the person is told."""

    DAMAGED = _("This link is damaged. Please open it again from Discord with /easel web.")
    EXPIRED = _("This link has ended. Use /easel web in Discord to get a new one.")


Why = NoLink | NoOriginal | NoGallery | NoOwnerPage


class LinkRefusedError(UserError):
    """A link that opens nothing."""

    def __init__(self, why: Why) -> None:
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


class _EndingTokens:
    """Signed fields that are good until a moment; nobody without the owner's key can make or change one.

    Tokens that were written under one of the older keys are still read.
    """

    def __init__(
        self,
        keys: Sequence[str],
        salt: str,
        clock: Clock,
        kinds: Sequence[Callable[[Any], Any]],
        *,
        life_s: float,
        refusals: tuple[Why, Why],
        unit_s: float = 1.0,
        step_s: float = 0.0,
    ) -> None:
        """`kinds` turn what was signed into each of the fields; `refusals` are for damaged and for expired tokens.

        The end is written in units of `unit_s`, as full steps of `step_s` where there is one.
        """
        self._serializer = URLSafeSerializer(keys, salt=salt)  # the last key signs
        self._clock = clock
        self._kinds = kinds
        self._life_s, self._unit_s, self._step_s = life_s, unit_s, step_s
        self._damaged, self._expired = refusals

    def write(self, *fields: str | int) -> str:
        ends_at = self._clock.after(self._life_s).timestamp()
        if self._step_s:
            ends_at = math.ceil(ends_at / self._step_s) * self._step_s
        return str(self._serializer.dumps([*fields, round(ends_at / self._unit_s)]))

    def read(self, token: str) -> list[Any]:
        """The fields; raises `LinkRefusedError`."""
        try:
            loaded: Any = self._serializer.loads(token)
            *fields, ends_at = loaded
            read = [kind(field) for kind, field in zip(self._kinds, fields, strict=True)]
            is_over = self._clock.now().timestamp() > float(ends_at) * self._unit_s
        except (BadSignature, TypeError, ValueError) as exc:
            raise LinkRefusedError(self._damaged) from exc
        if is_over:
            raise LinkRefusedError(self._expired)
        return read


class Links:
    """Writes tickets of the mask editor into tokens and reads them back."""

    def __init__(self, secret_key: str, clock: Clock, older: Sequence[str] = ()) -> None:
        self._tokens = _EndingTokens(
            [*older, secret_key],
            DRAWING_SALT,
            clock,
            (str, int, str, int),
            life_s=DRAWING_LIFE_S,
            refusals=(NoLink.DAMAGED, NoLink.EXPIRED),
            unit_s=0.001,
        )

    def write(self, ticket: Ticket) -> str:
        """A token for the ticket, good for 30 minutes from now."""
        return self._tokens.write(ticket.id, ticket.member_id, ticket.job_id, ticket.key)

    def read(self, token: str) -> Ticket:
        """The ticket in a token.

        Raises:
            LinkRefusedError: the token is not one of ours, or its time is over.
        """
        return Ticket(*self._tokens.read(token))


@dataclass(frozen=True, slots=True)
class Original:
    """One of a job's pictures or films, counted from 0."""

    job_id: str
    number: int


class OriginalLinks:
    """Addresses of originals, for whoever sees the message in which they do not stand; each ends after a week.

    Those of all that came of a batch, and of all that is kept of a member, are told to that member alone, and end after
    a day.
    """

    def __init__(self, secret_key: str, public_url: str, clock: Clock, older: Sequence[str] = ()) -> None:
        keys = [*older, secret_key]
        self._originals = _EndingTokens(
            keys,
            ORIGINAL_SALT,
            clock,
            (str, int),
            life_s=ORIGINAL_LIFE_S,
            refusals=(NoOriginal.DAMAGED, NoOriginal.EXPIRED),
        )
        self._batches = _EndingTokens(
            keys,
            BATCH_SALT,
            clock,
            (str,),
            life_s=BATCH_LIFE_S,
            refusals=(NoOriginal.DAMAGED, NoOriginal.BATCH_EXPIRED),
        )
        self._exports = _EndingTokens(
            keys,
            EXPORT_SALT,
            clock,
            (int, str),
            life_s=EXPORT_LIFE_S,
            refusals=(NoOriginal.DAMAGED, NoOriginal.EXPORT_ENDED),
        )
        self._base = public_url.rstrip("/")

    def write(self, job_id: str, number: int) -> str:
        """The address of an original, good for a week from now."""
        return f"{self._base}/original/{self._originals.write(job_id, number)}"

    def read(self, token: str) -> Original:
        """What an address's last part stands for.

        Raises:
            LinkRefusedError: it is not one of ours, or its time is over.
        """
        return Original(*self._originals.read(token))

    def write_batch(self, group_id: str) -> str:
        """The address of a batch's ZIP, good for a day from now."""
        return f"{self._base}/batch/{self._batches.write(group_id)}"

    def read_batch(self, token: str) -> str:
        """The batch that an address's last part stands for; raises as `read` does."""
        (group_id,) = self._batches.read(token)
        return str(group_id)

    def write_export(self, member_id: int, grant_id: str) -> str:
        """The address of all that is kept of a member, good for a day from now, or until the grant is gone."""
        return f"{self._base}/export/{self._exports.write(member_id, grant_id)}"

    def read_export(self, token: str) -> tuple[int, str]:
        """The member and the grant that an address's last part stands for; raises as `read` does."""
        member_id, grant_id = self._exports.read(token)
        return int(member_id), str(grant_id)


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
        keys, refusals = [*older, secret_key], (NoGallery.DAMAGED, NoGallery.EXPIRED)
        # To the hour, so that a browser that asks again knows the address of what it has.
        self._passes = _EndingTokens(
            keys, GALLERY_SALT, clock, (int, int, str), life_s=GALLERY_LIFE_S, step_s=HOUR_S, refusals=refusals
        )
        self._files = _EndingTokens(
            keys,
            GALLERY_FILE_SALT,
            clock,
            (int, int, str, int, bool),
            life_s=GALLERY_LIFE_S,
            step_s=HOUR_S,
            refusals=refusals,
        )
        self._base = public_url.rstrip("/")

    def write(self, admitted: GalleryPass) -> str:
        """The address of a gallery; the token stands behind "#", so that it reaches no log and no other site."""
        token = self._passes.write(admitted.member_id, admitted.revision, admitted.locale)
        return f"{self._base}/gallery/#{token}"

    def read(self, token: str) -> GalleryPass:
        """Whom a token lets in.

        Raises:
            LinkRefusedError: it is not one of ours, or its time is over.
        """
        return GalleryPass(*self._passes.read(token))

    def write_file(self, file: GalleryFile) -> str:
        """The last part of a file's address."""
        return self._files.write(file.member_id, file.revision, file.job_id, file.number, file.is_thumbnail)

    def read_file(self, token: str) -> GalleryFile:
        """What a file's address stands for; raises as `read` does."""
        return GalleryFile(*self._files.read(token))


@dataclass(frozen=True, slots=True)
class OwnerPass:
    """What lets an owner into their page until a moment (Unix time); a pass of an older revision was revoked."""

    member_id: int
    revision: int
    locale: str
    ends_at: int


class OwnerLinks:
    """Addresses of the owner's page; each ends after a quarter of an hour."""

    def __init__(self, secret_key: str, public_url: str, clock: Clock, older: Sequence[str] = ()) -> None:
        refusals = NoOwnerPage.DAMAGED, NoOwnerPage.EXPIRED
        self._tokens = _EndingTokens(
            [*older, secret_key], OWNER_SALT, clock, (int, int, str, int), life_s=OWNER_LIFE_S, refusals=refusals
        )
        self._clock = clock
        self._base = public_url.rstrip("/")
        self.origin = str(URL(public_url).origin())

    def write(self, member_id: int, revision: int, locale: str) -> str:
        """The address of the page, which says itself when it ends; the token stands behind "#", as a gallery's does."""
        ends_at = int(self._clock.after(OWNER_LIFE_S).timestamp())
        token = self._tokens.write(member_id, revision, locale, ends_at)
        return f"{self._base}/studio/#{token}"

    def read(self, token: str) -> OwnerPass:
        """Whom a token lets in.

        Raises:
            LinkRefusedError: it is not one of ours, or its time is over.
        """
        return OwnerPass(*self._tokens.read(token))


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
