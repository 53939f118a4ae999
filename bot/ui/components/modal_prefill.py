"""What a modal suggests, and which answers are refused before they cost anything. Pure functions."""

import re

from bot.domain.custom_ids import Family, Kind
from bot.domain.job import Job
from bot.errors import UserError
from bot.language import _
from bot.ui.text.describe_text import parse_describe_text

_ZOOM = re.compile(r"\s*(?:--|\N{EM DASH})zoom\s+(\S+)", re.IGNORECASE)
DEFAULT_ZOOM = "2"


def prefill(parent: Job, kind: Kind) -> str:
    """Return the text that a modal opens with: the picked line, or the parent's prompt."""
    match kind.family:
        case Family.DESCRIBE_PICK | Family.SHORTEN_PICK:
            prompts = parse_describe_text(parent.result.text).prompts if parent.result else ()
            return prompts[kind.index - 1] if 0 < kind.index <= len(prompts) else parent.prompt
        case Family.CUSTOM_ZOOM:
            return f"{_ZOOM.sub('', parent.prompt)} --zoom {DEFAULT_ZOOM}"
        case _:
            return parent.prompt


def check_text(text: str, kind: Kind) -> None:
    """Refuse what the relay would charge for and then fail.

    Raises:
        UserError: the zoom is not between 1 and 2.
    """
    zoom = _ZOOM.search(text)
    if kind.family is not Family.CUSTOM_ZOOM or zoom is None:
        return
    try:
        fits = 1 <= float(zoom[1]) <= 2
    except ValueError:
        fits = False
    if not fits:
        raise UserError(_("The zoom must be between 1 and 2, for example --zoom 1.5."))
