"""Which of a grid's four pictures a request goes by, so that what came of one of them can say so. Pure functions."""

from bot.domain.custom_ids import FILM_PICK, Family, Kind, parse
from bot.domain.requests import Action, Button, Request

CORNERS = range(1, 5)  # in the order of their buttons
_SINGLE = frozenset({Family.PICK, Family.UPSCALE})  # results that are one picture


def corner_of(request: Request) -> int:
    """Tell which picture of its grid a request goes by, from 1; 0 for what goes by all of them or none."""
    if not isinstance(request, Action):
        return 0
    # Those with a number in their button knew it before it was kept.
    corner = _numbered(parse(request.button.custom_id)) or request.corner
    return corner if corner in CORNERS else 0


def corner_behind(parent: Request, button: Button) -> int:
    """Tell the same of a button under the result of another request."""
    is_single = isinstance(parent, Action) and parse(parent.button.custom_id).family in _SINGLE
    return _numbered(parse(button.custom_id)) or (corner_of(parent) if is_single else 0)


def _numbered(kind: Kind) -> int:
    is_of_grid = kind.family in (Family.PICK, Family.VARIATION) and kind.verb != FILM_PICK
    return kind.index if is_of_grid and kind.index in CORNERS else 0
