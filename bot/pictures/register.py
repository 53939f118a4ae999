"""Which pictures are kept, as a table tells it: asked instead of a folder or a bucket, which take long to list."""

from collections.abc import Awaitable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A kept picture: its key, its bytes, and since when; the SHA-256 is "" where nobody looked."""

    key: str
    size: int
    kept_at: datetime
    sha256: str = ""


class Register(Protocol):
    """The table of kept pictures."""

    def add(self, kept: Sequence[KeptPicture]) -> Awaitable[None]:
        """List pictures that are kept, or about to be, or kept anew."""
        ...

    def adopt(self, found: Sequence[KeptPicture]) -> Awaitable[int]:
        """List those of these that are not listed: kept by an earlier version, say; returns how many."""
        ...

    def find(self, key: str) -> Awaitable[KeptPicture | None]:
        """Return what is known of a picture; None where it is not listed."""
        ...

    def unlisted(self, keys: Iterable[str]) -> Awaitable[frozenset[str]]:
        """Return those of these keys that are not listed, or are to be deleted."""
        ...

    def inputs(self, among: Collection[str] | None = None) -> Awaitable[list[KeptPicture]]:
        """Return pictures and masks that members sent, oldest first; all, or those with these keys."""
        ...

    def input_bytes(self) -> Awaitable[int]:
        """Return the bytes of all that members sent."""
        ...

    def inputs_of(self, job_id: str) -> Awaitable[frozenset[str]]:
        """Return the keys of members' pictures that are kept under a job's id."""
        ...

    def older_than(self, moment: datetime) -> Awaitable[frozenset[str]]:
        """Return the keys of all that were kept before a moment."""
        ...

    def over(self, most: int, needed: Collection[str]) -> Awaitable[frozenset[str]]:
        """Return the keys of the oldest whose bytes are more than `most` in all; never of those that are needed."""
        ...

    def remove(self, keys: Iterable[str]) -> Awaitable[None]:
        """List these no more."""
        ...

    def mark_removed(self, keys: Iterable[str]) -> Awaitable[None]:
        """Remember that these must still be deleted where they are kept."""
        ...

    def removed(self) -> Awaitable[frozenset[str]]:
        """Return the keys of those."""
        ...
