"""Fills the options of a slash command as a client would, and refuses what a client would not send."""

from collections.abc import Callable
from typing import Any

from sandbox.discord.commands import NESTED, OptionType
from sandbox.discord.errors import ActingError
from sandbox.discord.model import Payload
from sandbox.discord.resolving import Resolver

MAX_STRING = 6000


def find_leaf(command: Payload, words: list[str]) -> list[Payload]:
    """The options on the way from a command to the subcommand that the words name."""
    path: list[Payload] = []
    node = command
    for word in words:
        found = next((o for o in node.get("options") or [] if o["name"] == word and o["type"] in NESTED), None)
        if found is None:
            raise ActingError(404, f"/{command['name']} has no subcommand {' '.join(words)}.")
        path.append(found)
        node = found
    if any(option["type"] in NESTED for option in node.get("options") or []):
        raise ActingError(400, f"/{command['name']} needs a subcommand.")
    return path


def wrap(path: list[Payload], values: list[Payload]) -> list[Payload]:
    """Put the values into their subcommand and group."""
    for option in reversed(path):
        values = [{"name": option["name"], "type": option["type"], "options": values}]
    return values


def fill(declared: list[Payload], given: dict[str, Any], resolver: Resolver) -> list[Payload]:
    """The values of a command that is sent."""
    _refuse_unknown(declared, given)
    filled = []
    for option in declared:
        name = option["name"]
        if given.get(name) is None:
            if option.get("required"):
                raise ActingError(400, f"The option {name} is missing.")
            continue
        filled.append({"name": name, "type": option["type"], "value": _value(option, given[name], resolver)})
    return filled


def fill_partly(declared: list[Payload], given: dict[str, Any], focused: str) -> list[Payload]:
    """The values of a command that is being typed: unchecked, incomplete, the focused one as text."""
    _refuse_unknown(declared, given)
    by_name = {option["name"]: option for option in declared}
    if not by_name.get(focused, {}).get("autocomplete"):
        raise ActingError(400, f"The option {focused} has no suggestions.")
    typed = [
        {"name": name, "type": by_name[name]["type"], "value": value}
        for name, value in given.items()
        if name != focused
    ]
    text = str(given.get(focused, ""))
    return [*typed, {"name": focused, "type": by_name[focused]["type"], "value": text, "focused": True}]


def _refuse_unknown(declared: list[Payload], given: dict[str, Any]) -> None:
    unknown = set(given) - {option["name"] for option in declared}
    if unknown:
        raise ActingError(400, f"There is no option {', '.join(sorted(unknown))}.")


def _value(option: Payload, given: Any, resolver: Resolver) -> Any:
    kind = option["type"]
    readers: dict[int, Callable[[], Any]] = {
        OptionType.STRING: lambda: _text(option, given),
        OptionType.INTEGER: lambda: _number(option, given, int),
        OptionType.NUMBER: lambda: _number(option, given, float),
        OptionType.BOOLEAN: lambda: _boolean(option, given),
        OptionType.USER: lambda: resolver.user(given),
        OptionType.ROLE: lambda: resolver.role(given),
        OptionType.MENTIONABLE: lambda: resolver.mentionable(given),
        OptionType.CHANNEL: lambda: resolver.channel(given, option.get("channel_types")),
        OptionType.ATTACHMENT: lambda: resolver.attachment(given),
    }
    value = readers[kind]()
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ActingError(400, f"{value} is not one of the choices of {option['name']}.")
    return value


def _text(option: Payload, given: Any) -> str:
    low, high = option.get("min_length", 0), option.get("max_length", MAX_STRING)
    if not isinstance(given, str):
        raise ActingError(400, f"The option {option['name']} must be a text.")
    if not low <= len(given) <= high:
        raise ActingError(400, f"The option {option['name']} must have {low} to {high} characters.")
    return given


def _number(option: Payload, given: Any, convert: type[int] | type[float]) -> float:
    try:
        value = convert(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ActingError(400, f"The option {option['name']} must be a number.") from error
    low, high = option.get("min_value", -(2**53)), option.get("max_value", 2**53)
    if isinstance(given, bool) or not low <= value <= high:
        raise ActingError(400, f"The option {option['name']} must lie between {low} and {high}.")
    return value


def _boolean(option: Payload, given: Any) -> bool:
    if not isinstance(given, bool):
        raise ActingError(400, f"The option {option['name']} must be true or false.")
    return given
