"""Which page of a member's library a button of /history stands for, written into its custom id.

Nothing is kept elsewhere, so that a panel works for ever. A custom id has 100 characters, of which a search gets what
is left: 36 bytes of UTF-8.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.domain.engine_info import ENGINES
from bot.domain.library import LibraryKind
from bot.storage.library import EVERYTHING, Search, Spot
from bot.storage.search_words import words_of

SEARCH_BYTES = 36
AT_A_SPOT = "g"  # behind every character of a job's id: a page that begins with it has it, too
_KINDS = {
    LibraryKind.PICTURE: "p",
    LibraryKind.VARIATION: "v",
    LibraryKind.SINGLE: "s",
    LibraryKind.FILM: "f",
    LibraryKind.TEXT: "t",
    LibraryKind.FAILED: "x",
}
_NONE = "-"
_FLAGS, _MOMENT, _ID = 4, 10, 16  # characters of each part
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Turn(StrEnum):
    """Where a page stands: its value is a part of custom ids."""

    NEWEST = "o"
    OLDER = "b"  # behind a spot
    NEWER = "a"  # before it
    AT = "p"  # beginning with it


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of what is looked for."""

    search: Search = EVERYTHING
    turn: Turn = Turn.NEWEST
    spot: Spot | None = None

    def turned(self, turn: Turn, spot: Spot | None = None) -> "HistoryPage":
        """Another page of the same."""
        return replace(self, turn=turn, spot=spot)

    @property
    def before(self) -> Spot | None:
        """What it must be older than."""
        if self.turn is Turn.AT and self.spot is not None:
            return Spot(self.spot.created_at, f"{self.spot.job_id}{AT_A_SPOT}")
        return self.spot if self.turn is Turn.OLDER else None

    @property
    def after(self) -> Spot | None:
        """What it must be newer than."""
        return self.spot if self.turn is Turn.NEWER else None

    def written(self) -> str:
        """The page as the last part of a custom id."""
        search = self.search
        kind = _KINDS[search.kind] if search.kind else _NONE
        flags = f"{kind}{search.engine[:2] or _NONE * 2}{int(search.favourites)}"
        words = base64.urlsafe_b64encode(search.words.encode()).decode().rstrip("=")
        return flags + (_written_spot(self.spot) if self.spot else "") + words


def read_page(turn: str, written: str) -> HistoryPage:
    """Read what a button stands for; one of another version of the bot stands for the newest of all."""
    try:
        has_spot = Turn(turn) is not Turn.NEWEST
        flags, rest = written[:_FLAGS], written[_FLAGS:]
        spot = _read_spot(rest[: _MOMENT + _ID]) if has_spot else None
        words = rest[_MOMENT + _ID :] if has_spot else rest
        search = Search(
            base64.urlsafe_b64decode(words + "=" * (-len(words) % 4)).decode(),
            next((kind for kind, code in _KINDS.items() if code == flags[0]), None),
            next((name for name in ENGINES if name.startswith(flags[1:3])), ""),
            flags[3] == "1",
        )
        return HistoryPage(search, Turn(turn), spot)
    except (ValueError, IndexError, OverflowError, binascii.Error):
        return HistoryPage()


def page_in(custom_ids: Iterable[str], panel: str) -> HistoryPage:
    """Find the page that a panel shows: the button that shows it anew names it."""
    start = f"easel-panel:{panel}:{Turn.AT}:"
    at = next((custom_id.removeprefix(start) for custom_id in custom_ids if custom_id.startswith(start)), None)
    return HistoryPage() if at is None else read_page(Turn.AT, at)


def searched(typed: str) -> str:
    """Cut what was typed to the words that a custom id has room for."""
    kept = ""
    for word in typed.split() if " " in typed.strip() else [typed.strip()]:
        longer = f"{kept} {word}".strip()
        if len(longer.encode()) > SEARCH_BYTES:
            return kept or longer.encode()[:SEARCH_BYTES].decode(errors="ignore")
        kept = longer
    return kept if words_of(kept) else ""


def _written_spot(spot: Spot) -> str:
    number, digits = (spot.created_at - _EPOCH) // timedelta(microseconds=1), ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits.rjust(_MOMENT, "0") + spot.job_id


def _read_spot(written: str) -> Spot:
    moment = timedelta(microseconds=int(written[:_MOMENT], len(_DIGITS)))
    return Spot(_EPOCH + moment, written[_MOMENT:])
