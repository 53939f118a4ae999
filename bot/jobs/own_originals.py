"""Pictures of a grid that the relay lists one by one, so that none has to be picked for money."""

from bot.domain.custom_ids import FILM_PICK, Family, parse
from bot.domain.job import Job
from bot.domain.requests import Button
from bot.prompts import parse as read_prompt

FREE_FROM = 8.0  # the version of whose grids a pick opens nothing more; those of older ones open upscales and zooms


def own_original(parent: Job, button: Button) -> str:
    """Return where the picture behind U1 to U4 already is; "" where the relay is asked. Source: docs/relay.md 5.7."""
    kind, result = parse(button.custom_id), parent.result
    if result is None or kind.family is not Family.PICK or kind.verb == FILM_PICK:
        return ""
    versions = [one.value for one in read_prompt(result.final_prompt or parent.prompt).find("v")]
    is_free = bool(versions) and _number(versions[-1]) >= FREE_FROM
    return result.originals[kind.index - 1] if is_free and 0 < kind.index <= len(result.originals) else ""


def _number(version: str) -> float:
    try:
        return float(version)
    except ValueError:
        return 0.0
