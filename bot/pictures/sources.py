"""Where a member's picture comes from, which decides how it may be fetched."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator


@dataclass(frozen=True, slots=True)
class Source:
    """The address of a member's picture: an attachment's, which Discord gave, or whatever the member named.

    Only an attachment's address profits from the trust in the origins that the owner configured.
    """

    url: str
    is_attachment: bool = False


def _of_old(value: object) -> object:
    """Drafts of older versions hold bare addresses; without a word about where they come from, none is trusted."""
    return Source(value) if isinstance(value, str) else value


KeptSource = Annotated[Source, BeforeValidator(_of_old)]
