"""What commands with an engine's own options share."""

from collections.abc import Iterable

from discord import app_commands

PROMPT = app_commands.Range[str, 1, 6000]  # Discord's limit for a text option
MAX_CHOICES, CHOICE_LIMIT = 25, 100


def given(**options: str | float | None) -> dict[str, str | int | float]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def suggested(known: Iterable[str], typed: str) -> list[app_commands.Choice[str]]:
    """Known values that fit what was typed so far. Anything else may be typed too: engines learn new words."""
    wanted = typed.casefold()
    fitting = [value for value in known if wanted in value.casefold() and len(value) <= CHOICE_LIMIT]
    return [app_commands.Choice(name=value, value=value) for value in fitting[:MAX_CHOICES]]
